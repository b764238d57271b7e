//! Requests that a person confirms: shown as the engine describes them, carried out after a yes.

use std::sync::Arc;

use seaworthy_control::Handler;
use seaworthy_wire::{
    ApprovalView, Code, ConnectOrder, ConnectPlan, ConnectionChange, Fault, Reply, Request, Secret,
    VaultView, Which,
};
use tauri::{AppHandle, Manager, Runtime};

use crate::confirm::{Answer, Subject, Typed};
use crate::desk::{Desk, carry_out};
use crate::window;

/// Shows what `request` would do and carries it out after a yes, on the engine that described it.
pub(crate) async fn ask<R: Runtime>(
    app: &AppHandle<R>,
    desk: &Desk,
    request: Request,
) -> Result<Reply, Fault> {
    let engine = desk.handler().await?;
    let (shown, subject) = describe(&engine, &request).await?;
    let which = subject.as_ref().map(pin);
    let (ticked, _) = agreed(app, put(app, desk, shown, None, subject).await?)?;
    carry_out(&engine, narrow(about(request, which), &ticked)?).await
}

/// Connects a service. The page that asks never holds the token: it is typed in the window of the question, which says
/// where it will go.
pub(crate) async fn connect<R: Runtime>(
    app: &AppHandle<R>,
    desk: &Desk,
    plan: ConnectPlan,
) -> Result<Reply, Fault> {
    let engine = desk.handler().await?;
    if plan.vault && vault(&engine).await? != VaultView::Open {
        open_vault(app, desk, &engine).await?;
    }
    let change = ConnectionChange::Connect { plan: plan.clone() };
    let token = typed(app, desk, &engine, change, Typed::Token).await?;
    let order = ConnectOrder { plan, token };
    carry_out(&engine, Request::Connect { order: Box::new(order) }).await
}

/// Opens the vault, or makes it.
pub(crate) async fn unlock<R: Runtime>(app: &AppHandle<R>, desk: &Desk) -> Result<Reply, Fault> {
    open_vault(app, desk, &desk.handler().await?).await
}

async fn open_vault<R: Runtime>(
    app: &AppHandle<R>,
    desk: &Desk,
    engine: &Arc<dyn Handler>,
) -> Result<Reply, Fault> {
    let made = vault(engine).await? != VaultView::NotMade;
    let asks = if made { Typed::Passphrase } else { Typed::NewPassphrase };
    let passphrase = typed(app, desk, engine, ConnectionChange::Unlock, asks).await?;
    carry_out(engine, Request::Unlock { passphrase }).await
}

async fn vault(engine: &Arc<dyn Handler>) -> Result<VaultView, Fault> {
    match carry_out(engine, Request::Connections { folder: None, stores: false }).await? {
        Reply::Connections(view) => Ok(view.vault),
        _ => Err(wrong_answer()),
    }
}

/// What a person typed in the window that shows `change`.
async fn typed<R: Runtime>(
    app: &AppHandle<R>,
    desk: &Desk,
    engine: &Arc<dyn Handler>,
    change: ConnectionChange,
    asks: Typed,
) -> Result<Secret, Fault> {
    let shown = carry_out(engine, Request::PreviewConnection { change: Box::new(change) }).await?;
    let (_, secret) = agreed(app, put(app, desk, shown, Some(asks), None).await?)?;
    secret.ok_or_else(|| Fault::new(Code::BadInput, "nothing was typed; nothing was done"))
}

/// What came with a yes.
fn agreed<R: Runtime>(app: &AppHandle<R>, answer: Answer) -> Result<(Vec<String>, Option<Secret>), Fault> {
    // The window that asked gets the keyboard back, whatever the answer was.
    window::focus(app);
    match answer {
        Answer::Yes { ticked, secret } => Ok((ticked, secret)),
        Answer::No => Err(nothing_done()),
        Answer::Withdrawn => {
            Err(Fault::new(Code::Refused, "the release moved on meanwhile; nothing was done"))
        }
    }
}

/// Puts a question in a window of its own and waits for the answer.
pub(crate) async fn put<R: Runtime>(
    app: &AppHandle<R>,
    desk: &Desk,
    shown: Reply,
    typed: Option<Typed>,
    subject: Option<Subject>,
) -> Result<Answer, Fault> {
    let put = desk.confirm.put(shown, typed, subject)?;
    if let Err(error) = window::open_confirm(app, &put.label) {
        desk.confirm.closed(&put.label);
        return Err(Fault::new(Code::Outside, format!("the confirming window does not open: {error}")));
    }
    let answer = put.answer.await.unwrap_or(Answer::No);
    if let Some(window) = app.get_webview_window(&put.label) {
        // A window that does not go shows nothing any more: its question is answered.
        let _ = window.destroy();
    }
    Ok(answer)
}

/// What to show for `request`, and the place it is about.
async fn describe(engine: &Arc<dyn Handler>, request: &Request) -> Result<(Reply, Option<Subject>), Fault> {
    match request {
        Request::Move { which, step, expect } => {
            let subject = locate(engine, which).await?;
            let preview = Request::Preview { which: pin(&subject), step: step.clone() };
            let shown = carry_out(engine, preview).await?;
            match &shown {
                Reply::Preview(preview) if preview.expect == *expect => Ok((shown, Some(subject))),
                Reply::Preview(_) => Err(Fault::new(Code::Refused, "the release moved on; nothing was done")
                    .with_help("look at it again, then decide")),
                _ => Err(wrong_answer()),
            }
        }
        Request::Approve { which, digests } => {
            let subject = locate(engine, which).await?;
            let all = carry_out(engine, Request::Approvals { which: pin(&subject) }).await?;
            let Reply::Approvals(all) = all else { return Err(wrong_answer()) };
            Ok((Reply::Approvals(asked_for(all, digests)?), Some(subject)))
        }
        Request::RemoveConnection { name } => {
            let change = ConnectionChange::Remove { name: name.clone() };
            let preview = Request::PreviewConnection { change: Box::new(change) };
            Ok((carry_out(engine, preview).await?, None))
        }
        Request::Connect { .. } | Request::Unlock { .. } => {
            Err(Fault::new(Code::Refused, "a secret is typed in a window of its own, and never handed over"))
        }
        _ => Err(Fault::new(Code::BadInput, "this needs no confirmation").with_help("call it instead")),
    }
}

async fn locate(engine: &Arc<dyn Handler>, which: &Which) -> Result<Subject, Fault> {
    match carry_out(engine, Request::Status { which: which.clone() }).await? {
        Reply::Release(view) => Ok(Subject { release: view.head.id, position: view.head.position }),
        _ => Err(wrong_answer()),
    }
}

fn pin(subject: &Subject) -> Which {
    Which { release: Some(subject.release.clone()), folder: None }
}

/// Exactly the commands that were asked for, or nothing: a digest that is not there any more was never shown.
fn asked_for(all: Vec<ApprovalView>, digests: &[String]) -> Result<Vec<ApprovalView>, Fault> {
    let shown: Vec<_> = all.into_iter().filter(|command| digests.contains(&command.digest)).collect();
    if shown.is_empty() || digests.iter().any(|digest| !shown.iter().any(|command| command.digest == *digest))
    {
        return Err(Fault::new(Code::Refused, "a command changed since it was read; nothing was done")
            .with_help("look at the commands again, then approve"));
    }
    Ok(shown)
}

/// The same request about the release that was shown, whatever became the newest one meanwhile.
fn about(request: Request, shown: Option<Which>) -> Request {
    let Some(shown) = shown else { return request };
    match request {
        Request::Move { step, expect, .. } => Request::Move { which: shown, step, expect },
        Request::Approve { digests, .. } => Request::Approve { which: shown, digests },
        other => other,
    }
}

/// An approval covers what was ticked, and nothing that was not asked for.
fn narrow(request: Request, ticked: &[String]) -> Result<Request, Fault> {
    let Request::Approve { which, digests } = request else { return Ok(request) };
    let digests: Vec<_> = digests.into_iter().filter(|digest| ticked.contains(digest)).collect();
    if digests.is_empty() { Err(nothing_done()) } else { Ok(Request::Approve { which, digests }) }
}

fn nothing_done() -> Fault {
    Fault::new(Code::Cancelled, "nothing was done")
}

fn wrong_answer() -> Fault {
    Fault::new(Code::Outside, "the engine answered something else than was asked")
}

#[cfg(test)]
mod tests {
    use super::{asked_for, narrow};
    use seaworthy_wire::{ApprovalView, Request, Which};

    fn command(digest: &str) -> ApprovalView {
        let (subject, text) = (format!("check {digest}"), "npm test".to_owned());
        ApprovalView {
            subject,
            digest: digest.into(),
            text,
            approved: false,
            before: None,
            problem: None,
            warning: None,
        }
    }

    fn approve(digests: &[&str]) -> Request {
        let digests = digests.iter().map(|digest| (*digest).to_owned()).collect();
        Request::Approve { which: Which::default(), digests }
    }

    #[test]
    fn a_command_that_is_not_there_any_more_stops_the_question() {
        let all = || vec![command("a"), command("b")];
        let wanted = |digests: &[&str]| digests.iter().map(|d| (*d).to_owned()).collect::<Vec<_>>();
        assert_eq!(asked_for(all(), &wanted(&["b"])).expect("there"), [command("b")]);
        assert!(asked_for(all(), &wanted(&["b", "gone"])).is_err());
        assert!(asked_for(all(), &[]).is_err());
    }

    #[test]
    fn an_answer_cannot_approve_more_than_was_asked() {
        let ticked = ["b".to_owned(), "smuggled".to_owned()];
        assert_eq!(narrow(approve(&["a", "b"]), &ticked).expect("one is left"), approve(&["b"]));
        assert!(narrow(approve(&["a"]), &ticked).is_err());
    }
}
