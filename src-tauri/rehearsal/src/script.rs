//! The scripted rehearsal: a practice captain takes a release from open to closed in under a minute.

use crate::fault::Fault;
use crate::stage::EVERY;
use crate::stage::Rehearsal;
use chrono::TimeDelta;
use seaworthy_engine::Engine;
use seaworthy_wire::Code;
use seaworthy_wire::Forward;
use seaworthy_wire::ReleaseView;
use seaworthy_wire::Reply;
use seaworthy_wire::ReportPage;
use seaworthy_wire::Request;
use seaworthy_wire::Which;
use std::sync::Arc;
use tokio::sync::mpsc;

type Result<T> = std::result::Result<T, seaworthy_wire::Fault>;

/// Practice time after which the script gives up waiting for something.
const PATIENCE: TimeDelta = TimeDelta::days(7);
/// How long the fault is left to work before the practice captain does what nobody else did.
const REACTION: TimeDelta = TimeDelta::minutes(30);

/// How a rehearsal ended.
pub struct Ending {
    /// The release as it stands.
    pub view: ReleaseView,
    /// The report a manager would get.
    pub report: ReportPage,
}

/// Plays the whole release; `say` gets one line for each thing that happens, with practice time.
///
/// # Errors
/// Whatever the engine refuses: a rehearsal that cannot be finished is a defect, and says so.
pub async fn play(
    rehearsal: &Rehearsal,
    fault: Option<Fault>,
    say: &mut (dyn FnMut(String) + Send),
) -> Result<Ending> {
    let mut player =
        Player { rehearsal, engine: Some(rehearsal.engine()?), which: Which::default(), told: 0, say };
    rehearsal.connect(&*player.engine()?).await?;
    player.ask(Request::Open { folder: rehearsal.project(), version: "1.0.0".to_owned() }).await?;
    player.attest("scope/goal", "Practice makes calm captains").await?;
    player.ask(Request::Freeze { which: player.which.clone() }).await?;
    if let Some(fault) = fault {
        player.climb(Some(fault)).await?;
        player.ensure_back(fault).await?;
        rehearsal.afflict(&[]);
        rehearsal.tree.commit_a_fix();
        player.pass_time(TimeDelta::hours(2)).await?;
    }
    player.climb(None).await?;
    player.watch_and_close().await
}

struct Player<'a> {
    rehearsal: &'a Rehearsal,
    /// `None` only between a crash and the next start.
    engine: Option<Arc<Engine>>,
    which: Which,
    /// Position of the newest sentence already said.
    told: u64,
    say: &'a mut (dyn FnMut(String) + Send),
}

impl Player<'_> {
    fn engine(&self) -> Result<Arc<Engine>> {
        self.engine
            .clone()
            .ok_or_else(|| seaworthy_wire::Fault::new(Code::Outside, "the practice engine is gone"))
    }

    async fn ask(&mut self, request: Request) -> Result<ReleaseView> {
        // Nobody listens: a push to a closed channel is dropped.
        let (pushes, _) = mpsc::channel(1);
        match self.engine()?.call(request, pushes).await? {
            Reply::Release(view) => {
                self.tell(&view);
                Ok(*view)
            }
            other => {
                Err(seaworthy_wire::Fault::new(Code::BadInput, format!("an unexpected answer: {other:?}")))
            }
        }
    }

    fn tell(&mut self, view: &ReleaseView) {
        let fresh: Vec<_> = view.recent.iter().filter(|h| h.seq > self.told).collect();
        for happened in fresh.iter().rev() {
            let at = chrono::DateTime::from_timestamp_millis(happened.at)
                .map(|at| at.format("%a %H:%M:%S").to_string());
            (self.say)(format!("{}  {}", at.unwrap_or_default(), happened.text));
        }
        self.told = fresh.first().map_or(self.told, |h| h.seq);
    }

    async fn status(&mut self) -> Result<ReleaseView> {
        self.ask(Request::Status { which: self.which.clone() }).await
    }

    async fn attest(&mut self, criterion: &str, note: &str) -> Result<ReleaseView> {
        let (which, criterion, note) = (self.which.clone(), criterion.to_owned(), note.to_owned());
        self.ask(Request::Attest { which, criterion, note }).await
    }

    async fn step(&mut self, step: Forward) -> Result<ReleaseView> {
        let expect = self.status().await?.head.position;
        self.rehearsal.clock.advance(TimeDelta::seconds(20));
        self.ask(Request::Move { which: self.which.clone(), step, expect }).await
    }

    async fn check(&mut self, name: &str) -> Result<ReleaseView> {
        self.rehearsal.clock.advance(TimeDelta::seconds(20));
        self.ask(Request::Check { which: self.which.clone(), names: vec![name.to_owned()] }).await
    }

    /// Candidate, proof, production and the ladder; with a fault, only until it has done its work.
    async fn climb(&mut self, fault: Option<Fault>) -> Result<()> {
        self.rehearsal.clock.advance(TimeDelta::minutes(5));
        self.ask(Request::Candidate { which: self.which.clone(), revision: None, again: false }).await?;
        self.step(Forward::Deploy { environment: "staging".to_owned() }).await?;
        self.check("answers").await?;
        self.attest("readiness/way-back", "").await?;
        self.step(Forward::Deploy { environment: "production".to_owned() }).await?;
        self.step(Forward::Advance).await?;
        self.until(|view| view.decision_open()).await?;
        if fault == Some(Fault::Crash) {
            return self.crash().await;
        }
        self.step(Forward::Advance).await?;
        if let Some(fault) = fault {
            self.pass_time(TimeDelta::hours(1)).await?;
            self.rehearsal.afflict(&[fault]);
            let deadline = REACTION;
            self.until_or(deadline, |view| view.head.rolled_back || view.head.hold.is_some()).await?;
            return Ok(());
        }
        self.until(|view| view.decision_open()).await?;
        self.step(Forward::Advance).await?;
        Ok(())
    }

    /// The program dies while the answer is awaited, and is started again.
    async fn crash(&mut self) -> Result<()> {
        self.rehearsal.afflict(&[Fault::Crash]);
        let expect = self.status().await?.head.position;
        let request = Request::Move { which: self.which.clone(), step: Forward::Advance, expect };
        let (pushes, _) = mpsc::channel(1);
        let engine = self.engine()?;
        tokio::select! {
            reply = engine.call(request, pushes) => { reply?; }
            () = self.rehearsal.practice.silenced() => {}
        }
        drop(engine);
        (self.say)("            The program is killed while the answer is awaited".to_owned());
        self.rehearsal.afflict(&[]);
        self.reopen().await?;
        let view = self.ask(Request::Reconcile { which: self.which.clone(), saw: None }).await?;
        self.tell(&view);
        Ok(())
    }

    async fn reopen(&mut self) -> Result<()> {
        self.rehearsal.clock.advance(TimeDelta::minutes(3));
        // The dead engine holds the ledger; it must be gone before the next one opens it.
        self.engine = None;
        self.engine = Some(self.rehearsal.engine()?);
        self.status().await?;
        Ok(())
    }

    /// Whatever the fault did not bring back by itself, the practice captain does.
    async fn ensure_back(&mut self, fault: Fault) -> Result<()> {
        let view = self.status().await?;
        if view.head.rolled_back {
            return Ok(());
        }
        let reason = format!("Rehearsed fault: {}", fault.name());
        self.ask(Request::Rollback { which: self.which.clone(), reason, emergency: false }).await?;
        Ok(())
    }

    async fn watch_and_close(mut self) -> Result<Ending> {
        self.until(|view| view.rollout.watches.iter().all(|w| w.state == seaworthy_wire::State::Pass))
            .await?;
        self.check("production-answers").await?;
        self.attest("done/lessons", "Rehearsed").await?;
        let summary = "Rehearsal finished".to_owned();
        let view = self.ask(Request::Close { which: self.which.clone(), summary }).await?;
        let (pushes, _) = mpsc::channel(1);
        let report = match self.engine()?.call(Request::Report { which: self.which.clone() }, pushes).await? {
            Reply::Report(report) => report,
            other => {
                return Err(seaworthy_wire::Fault::new(
                    Code::BadInput,
                    format!("an unexpected answer: {other:?}"),
                ));
            }
        };
        Ok(Ending { view, report })
    }

    async fn pass_time(&mut self, time: TimeDelta) -> Result<()> {
        self.until_or(time, |_| false).await.map(drop)
    }

    async fn until(&mut self, done: impl Fn(&ReleaseView) -> bool) -> Result<()> {
        if self.until_or(PATIENCE, done).await? {
            return Ok(());
        }
        Err(seaworthy_wire::Fault::new(
            Code::NotReady,
            "the rehearsal waited a week of practice time in vain",
        ))
    }

    /// Ticks until `done`, at most for `time`; says whether it was done.
    async fn until_or(&mut self, time: TimeDelta, done: impl Fn(&ReleaseView) -> bool) -> Result<bool> {
        let ticks = time.num_seconds() / EVERY.num_seconds();
        for _ in 0..ticks {
            self.rehearsal.clock.advance(EVERY);
            self.engine()?.tick().await;
            if done(&self.status().await?) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

trait DecisionOpen {
    fn decision_open(&self) -> bool;
}

impl DecisionOpen for ReleaseView {
    fn decision_open(&self) -> bool {
        self.rollout.decision.state == seaworthy_wire::State::Pass
    }
}
