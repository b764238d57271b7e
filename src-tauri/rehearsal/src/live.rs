//! The rehearsal in the window: practice time runs by itself, the person is the captain.

use crate::fault::Fault;
use crate::stage::EVERY;
use crate::stage::Rehearsal;
use chrono::TimeDelta;
use seaworthy_engine::Engine;
use seaworthy_wire::Code;
use seaworthy_wire::FaultView;
use seaworthy_wire::PracticeChange;
use seaworthy_wire::PracticeView;
use seaworthy_wire::Push;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use seaworthy_wire::State;
use seaworthy_wire::Which;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::sync::mpsc;

/// Speeds to choose from; ui.md asks for the first, the second and the last.
const SPEEDS: [u32; 4] = [1, 60, 1_000, 10_000];
/// Speed while a person has something to decide.
const DECIDING: u32 = 60;
/// Real time between two turns of the practice clock.
const TURN: Duration = Duration::from_millis(100);

/// A rehearsal that a window talks to.
pub struct LiveRehearsal {
    rehearsal: Rehearsal,
    engine: Arc<Engine>,
    pace: Mutex<Pace>,
}

#[derive(Clone)]
struct Pace {
    speed: u32,
    running_at: u32,
    paused: bool,
    faults: Vec<Fault>,
}

/// Practice time since the prober was last due. A turn need not be as long as some of its intervals.
#[derive(Default)]
struct Beat(TimeDelta);

impl Beat {
    /// The next step of a turn with `left` to go; it ends where the prober is due.
    fn step(&mut self, left: TimeDelta) -> TimeDelta {
        let step = left.min(EVERY - self.0);
        self.0 += step;
        if self.0 >= EVERY {
            self.0 = TimeDelta::zero();
        }
        step
    }
}

impl LiveRehearsal {
    /// Opens the practice release and waits for the captain.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn begin(rehearsal: Rehearsal) -> Result<Arc<Self>, seaworthy_wire::Fault> {
        let engine = rehearsal.engine()?;
        rehearsal.connect(&engine).await?;
        let (pushes, _) = mpsc::channel(1);
        let open = Request::Open { folder: rehearsal.project(), version: "1.0.0".to_owned() };
        engine.call(open, pushes).await?;
        let pace = Pace { speed: SPEEDS[2], running_at: 1, paused: false, faults: Vec::new() };
        Ok(Arc::new(Self { rehearsal, engine, pace: Mutex::new(pace) }))
    }

    /// Answers a request; those about the rehearsal itself here, all others by its engine.
    ///
    /// # Errors
    /// As [`Engine::call`].
    pub async fn call(
        &self,
        request: Request,
        pushes: mpsc::Sender<Push>,
    ) -> Result<Reply, seaworthy_wire::Fault> {
        match request {
            Request::Practice { change: None } => Ok(Reply::Practice(self.view())),
            Request::Practice { change: Some(change) } => self.change(change).map(Reply::Practice),
            Request::Candidate { which, revision, again } => {
                self.candidate(which, revision, again, pushes).await
            }
            other => self.engine.call(other, pushes).await,
        }
    }

    /// A next candidate means that somebody fixed what was wrong; one that is refused means nothing.
    async fn candidate(
        &self,
        which: Which,
        revision: Option<String>,
        again: bool,
        pushes: mpsc::Sender<Push>,
    ) -> Result<Reply, seaworthy_wire::Fault> {
        let next = self.engine_status(&which).await?.head.rolled_back;
        if next {
            self.rehearsal.tree.commit_a_fix();
        }
        let named = self.engine.call(Request::Candidate { which, revision, again }, pushes).await;
        match (&named, next) {
            (Ok(_), true) => {
                self.pace().faults.clear();
                self.rehearsal.afflict(&[]);
                self.engine.announce(Push::Practice { view: self.view() });
            }
            (Err(_), true) => self.rehearsal.tree.take_back_a_fix(),
            _ => {}
        }
        named
    }

    /// Turns the practice clock until the last handle is gone.
    pub async fn run(self: Arc<Self>) {
        let weak = Arc::downgrade(&self);
        drop(self);
        let mut beat = Beat::default();
        loop {
            tokio::time::sleep(TURN).await;
            let Some(live) = weak.upgrade() else { return };
            live.turn(&mut beat).await;
        }
    }

    async fn turn(&self, beat: &mut Beat) {
        let pace = self.pace().clone();
        if pace.paused {
            return;
        }
        let speed = match (self.engine.is_exposed(), self.deciding().await) {
            (false, _) => 1,
            (true, true) => pace.speed.min(DECIDING),
            (true, false) => pace.speed,
        };
        if speed != pace.running_at {
            self.pace().running_at = speed;
            self.engine.announce(Push::Practice { view: self.view() });
        }
        let mut left =
            TimeDelta::milliseconds(i64::try_from(TURN.as_millis()).unwrap_or(0) * i64::from(speed));
        while left > TimeDelta::zero() {
            let step = beat.step(left);
            self.rehearsal.clock.advance(step);
            self.engine.tick().await;
            left -= step;
            if speed > DECIDING && self.deciding().await {
                return;
            }
        }
    }

    /// Whether a person has something to decide, or to watch that decides itself.
    async fn deciding(&self) -> bool {
        let status = self.engine_status(&Which::default()).await;
        let decision = status.as_ref().ok().map(|view| &view.rollout.decision);
        decision.is_some_and(|d| d.rollback_due.is_some() || d.state == State::Pass)
    }

    async fn engine_status(
        &self,
        which: &Which,
    ) -> Result<Box<seaworthy_wire::ReleaseView>, seaworthy_wire::Fault> {
        let (pushes, _) = mpsc::channel(1);
        match self.engine.call(Request::Status { which: which.clone() }, pushes).await? {
            Reply::Release(view) => Ok(view),
            _ => Err(seaworthy_wire::Fault::new(Code::BadInput, "no release came back")),
        }
    }

    fn change(&self, change: PracticeChange) -> Result<PracticeView, seaworthy_wire::Fault> {
        match change {
            PracticeChange::Speed { times } if SPEEDS.contains(&times) => self.pace().speed = times,
            PracticeChange::Speed { times } => {
                return Err(seaworthy_wire::Fault::new(
                    Code::BadInput,
                    format!("{times} is none of the speeds {SPEEDS:?}"),
                ));
            }
            PracticeChange::Paused { on } => self.pace().paused = on,
            PracticeChange::Fault { name, on } => {
                let fault: Fault =
                    name.parse().map_err(|e: String| seaworthy_wire::Fault::new(Code::BadInput, e))?;
                let faults = {
                    let mut pace = self.pace();
                    pace.faults.retain(|known| *known != fault);
                    if on {
                        pace.faults.push(fault);
                    }
                    pace.faults.clone()
                };
                self.rehearsal.afflict(&faults);
            }
        }
        let view = self.view();
        self.engine.announce(Push::Practice { view: view.clone() });
        Ok(view)
    }

    fn view(&self) -> PracticeView {
        let pace = self.pace().clone();
        let fault = |fault: Fault, title: &str, line: &str| FaultView {
            name: fault.name().to_owned(),
            title: title.to_owned(),
            line: line.to_owned(),
            on: pace.faults.contains(&fault),
        };
        PracticeView {
            speed: pace.speed,
            running_at: pace.running_at,
            speeds: SPEEDS.to_vec(),
            paused: pace.paused,
            faults: vec![
                fault(Fault::ErrorRate, "A bad release", "four requests of ten fail"),
                fault(Fault::Latency, "A slow release", "every answer takes 400 ms"),
                fault(Fault::NoData, "Nothing to see", "only the old version answers"),
            ],
            seed: self.rehearsal.seed().to_string(),
        }
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::Beat;
    use super::EVERY;
    use super::SPEEDS;
    use super::TURN;
    use chrono::TimeDelta;
    use std::collections::BTreeSet;

    #[test]
    fn the_prober_is_due_at_the_end_of_a_step_at_every_speed() {
        for speed in SPEEDS.map(i64::from) {
            let turn = TimeDelta::from_std(TURN).unwrap() * i32::try_from(speed).unwrap();
            let (mut beat, mut now) = (Beat::default(), TimeDelta::zero());
            let mut ends = BTreeSet::new();
            while now < EVERY * 5 {
                let mut left = turn;
                while left > TimeDelta::zero() {
                    let step = beat.step(left);
                    assert!(step > TimeDelta::zero() && step <= EVERY, "{speed}: {step}");
                    left -= step;
                    now += step;
                    ends.insert(now);
                }
            }
            assert!((1..=5).all(|n| ends.contains(&(EVERY * n))), "{speed}: {ends:?}");
        }
    }
}
