//! One request in, one answer out.

use crate::commands::Wanted;
use crate::engine::Engine;
use crate::recover;
use crate::view;
use seaworthy_domain::ReleaseId;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use seaworthy_wire::Push;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;

impl Engine {
    /// Carries out `request`. Pushes that belong to it, such as the output of a check, go to `pushes` while it runs;
    /// a listener that went away stops a subscription and nothing else.
    ///
    /// # Errors
    /// [`Fault`] with the code to branch on.
    pub async fn call(&self, request: Request, pushes: mpsc::Sender<Push>) -> Result<Reply, Fault> {
        let unshown = || Fault::new(Code::Outside, "the answer holds a secret where none can stand");
        match self.answer(request, pushes).await {
            Ok(reply) => self.without_secrets(reply).ok_or_else(unshown),
            Err(fault) => Err(self.without_secrets(fault).unwrap_or_else(unshown)),
        }
    }

    async fn answer(&self, request: Request, pushes: mpsc::Sender<Push>) -> Result<Reply, Fault> {
        recover::end_broken_off(self).await;
        match request {
            Request::Releases => Ok(Reply::Releases(view::cards(self))),
            Request::PolicyCheck { folder } => self.policy_check(&folder).map(Reply::PolicyFine),
            Request::Approvals { which } => self.approvals(&which).map(Reply::Approvals),
            Request::CheckLog { which, name } => self.check_log(&which, &name).map(Reply::Log),
            Request::Preview { which, step } => self.preview(&which, &step).await.map(Reply::Preview),
            Request::PreviewRollback { which } => self.preview_rollback(&which).await.map(Reply::Preview),
            Request::Series { which, guardrail, window_ms } => {
                self.series(&which, &guardrail, window_ms).map(|series| Reply::Series(Box::new(series)))
            }
            Request::Log { which, search, group, before, limit } => {
                let wanted = Wanted { which: which.as_ref(), search: search.as_deref(), group };
                self.log(&wanted, before, limit).map(Reply::Events)
            }
            Request::Event { seq } => self.event(seq).map(|event| Reply::Event(Box::new(event))),
            Request::Ledger { verify } => self.ledger_view(verify).await.map(Reply::Ledger),
            Request::Home => view::home(self).map(Reply::Home),
            Request::Report { which } => self.report(&which).map(Reply::Report),
            Request::Doctor => Ok(Reply::Doctor(self.doctor().await)),
            Request::AcceptRegression { reason } => self.accept_regression(&reason).map(|()| Reply::Done),
            Request::Connections { folder, stores } => {
                Ok(Reply::Connections(self.connections(folder.as_deref(), stores).await))
            }
            Request::PreviewConnection { change } => {
                self.preview_connection(&change).await.map(Reply::Preview)
            }
            Request::Connect { order } => self.connect(*order).await.map(Reply::Connection),
            Request::TestConnection { name } => self.test_connection(&name).await.map(Reply::Connection),
            Request::RemoveConnection { name } => self.remove_connection(&name).await.map(|()| Reply::Done),
            Request::Bundle { which, without_logs } => {
                self.bundle(&which, without_logs, &pushes).await.map(Reply::Bundle)
            }
            Request::Key => Ok(Reply::Key(self.key_view().await)),
            Request::NewKey { vault, reason } => self.new_key(vault, reason.as_deref()).await.map(Reply::Key),
            Request::Unlock { passphrase } => self.unlock(passphrase).await.map(|()| Reply::Done),
            Request::Subscribe => self.stream(&pushes).await,
            Request::Practice { .. } => Err(Fault::new(Code::Refused, "this is no rehearsal")),
            Request::Check { which, names } => {
                let (id, outcome) = self.check_with_output(&which, &names, &pushes).await?;
                outcome?;
                self.shown(id)
            }
            Request::Attention { change } => self.attention(change).await.map(Reply::Attention),
            Request::TryNotice => self.try_notice().await.map(|()| Reply::Done),
            changing => {
                let (acts, began) = (changing.changes(), self.time.now().wall);
                let id = self.change(changing).await?;
                if acts {
                    self.acted(id, began);
                }
                self.shown(id)
            }
        }
    }

    /// Requests that end with the release as it then stands.
    async fn change(&self, request: Request) -> Result<ReleaseId, Fault> {
        match request {
            Request::Status { which } => {
                let id = self.find(&which)?;
                self.compare_pins(id)?;
                Ok(id)
            }
            Request::Open { folder, version } => self.open_release(&folder, &version),
            Request::Freeze { which } => self.freeze(&which),
            Request::Candidate { which, revision, again } => {
                self.candidate(&which, revision.as_deref(), again).await
            }
            Request::Approve { which, digests } => self.approve(&which, &digests),
            Request::CancelCheck { which, name } => self.cancel_check(&which, &name),
            Request::Attest { which, criterion, note } => self.attest(&which, &criterion, &note),
            Request::Move { which, step, expect } => self.forward(&which, &step, &expect, None).await,
            Request::Rollback { which, reason, emergency } => {
                self.roll_back(&which, &reason, emergency).await
            }
            Request::Hold { which, reason } => self.hold(&which, &reason),
            Request::Lift { which, reason } => self.lift(&which, &reason),
            Request::Reconcile { which, saw } => self.reconcile(&which, saw).await,
            Request::Seen { which } => {
                let id = self.find(&which)?;
                self.seen(id, self.time.now().wall).await;
                Ok(id)
            }
            Request::Close { which, summary } => self.close(&which, &summary),
            Request::Abandon { which, reason } => self.abandon(&which, &reason),
            _ => Err(Fault::new(Code::BadInput, "this request is answered elsewhere")),
        }
    }

    fn shown(&self, id: ReleaseId) -> Result<Reply, Fault> {
        view::release(self, id).map(|view| Reply::Release(Box::new(view)))
    }

    /// A check's output also reaches the caller, in order; other doors get it as pushes.
    async fn check_with_output(
        &self,
        which: &seaworthy_wire::Which,
        names: &[String],
        pushes: &mpsc::Sender<Push>,
    ) -> Result<(ReleaseId, Result<ReleaseId, Fault>), Fault> {
        let id = self.find(which)?;
        let mut listener = self.listen();
        let release = id.to_string();
        let running = self.check(which, names);
        tokio::pin!(running);
        loop {
            tokio::select! {
                outcome = &mut running => {
                    while let Ok(push) = listener.try_recv() {
                        forward(&release, push, pushes);
                    }
                    return Ok((id, outcome));
                }
                push = listener.recv() => if let Ok(push) = push {
                    forward(&release, push, pushes);
                }
            }
        }
    }

    async fn stream(&self, pushes: &mpsc::Sender<Push>) -> Result<Reply, Fault> {
        let mut listener = self.listen();
        let _ = pushes.send(Push::Releases { releases: view::cards(self) }).await;
        loop {
            let push = tokio::select! {
                () = pushes.closed() => return Ok(Reply::Done),
                push = listener.recv() => push,
            };
            match push {
                Ok(push) => {
                    if pushes.send(push).await.is_err() {
                        return Ok(Reply::Done);
                    }
                }
                // What was lost is not repeated; the list tells the listener to read again.
                Err(RecvError::Lagged(_)) => {
                    let _ = pushes.send(Push::Releases { releases: view::cards(self) }).await;
                }
                Err(RecvError::Closed) => return Ok(Reply::Done),
            }
        }
    }

    /// The release as one HTML page.
    fn report(&self, which: &seaworthy_wire::Which) -> Result<seaworthy_wire::ReportPage, Fault> {
        let id = self.find(which)?;
        let view = view::release(self, id)?;
        let mut series = Vec::new();
        for guardrail in &view.rollout.guardrails {
            series.push(self.series(which, &guardrail.name, None)?);
        }
        let head = self.ledger.head().hash.map(|hash| hash.to_string());
        let file_name =
            format!("{}-{}.html", view.head.project, view.head.version).replace(['/', '\\', ' '], "-");
        let report = seaworthy_report::Report {
            made_at: view.now,
            view,
            series,
            events: self.whole_log(id)?,
            zone: "UTC".to_owned(),
            ledger_head: head,
            product_version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        Ok(seaworthy_wire::ReportPage {
            file_name,
            html: seaworthy_report::render(&report),
            doubt: report.view.doubt,
        })
    }
}

/// Hazard: waiting here for whoever asked would stop the check, its timeout and its end. Somebody who does not read
/// misses pieces, sees the hole in their numbers, and finds them in the kept log.
fn forward(release: &str, push: Push, pushes: &mpsc::Sender<Push>) {
    if matches!(&push, Push::Output { release: of, .. } if of == release) {
        let _ = pushes.try_send(push);
    }
}
