//! Random commands and outcomes: whatever people and targets do, a release never gets where it must not be.

use super::*;
use crate::proof::Doubt;
use crate::proof::NodeState;
use proptest::prelude::*;

#[derive(Clone, Copy, Debug)]
enum Move {
    Freeze,
    Candidate,
    Attest(usize),
    Check(usize),
    Deploy(bool),
    Advance,
    RollBack,
    Hold,
    Lift,
    Soak,
    Breach,
    Doubt(bool),
    Measure(bool),
    WatchEnds,
    Close,
    Abandon,
    Reconcile(bool),
    Crash,
    Wait,
}

/// What becomes of the next operation.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Applied,
    NotSent,
    Lost,
}

const STATEMENTS: [&str; 3] = ["scope/goal", "go-live/support", "done/lessons"];
const CHECKS: [(&str, Option<&str>); 3] = [("lint", None), ("audit", None), ("smoke", Some(STAGING))];

fn moves() -> impl Strategy<Value = (Move, Fate)> {
    let one = prop_oneof![
        2 => Just(Move::Freeze),
        3 => Just(Move::Candidate),
        4 => (0..3_usize).prop_map(Move::Attest),
        5 => (0..3_usize).prop_map(Move::Check),
        5 => any::<bool>().prop_map(Move::Deploy),
        6 => Just(Move::Advance),
        1 => Just(Move::RollBack),
        1 => Just(Move::Hold),
        2 => Just(Move::Lift),
        4 => Just(Move::Soak),
        1 => Just(Move::Breach),
        2 => prop::bool::weighted(0.3).prop_map(Move::Doubt),
        3 => prop::bool::weighted(0.8).prop_map(Move::Measure),
        2 => Just(Move::WatchEnds),
        2 => Just(Move::Close),
        1 => Just(Move::Abandon),
        2 => any::<bool>().prop_map(Move::Reconcile),
        1 => Just(Move::Crash),
        1 => Just(Move::Wait),
    ];
    let fate = prop_oneof![6 => Just(Fate::Applied), 1 => Just(Fate::NotSent), 1 => Just(Fate::Lost)];
    (one, fate)
}

impl World {
    fn sent(&mut self, step: &Step, fate: Fate) -> bool {
        let operation = self.intend(step);
        match fate {
            Fate::Applied => self.settle(operation, Outcome::Applied { url: None }),
            Fate::NotSent => self.settle(operation, Outcome::NotSent { why: "no route".into() }),
            Fate::Lost => self.settle(operation, Outcome::Unknown { why: "lost".into() }),
        }
        matches!(fate, Fate::Applied)
    }

    fn events(&mut self, events: Result<Vec<Event>, Refusal>) -> Result<(), Refusal> {
        self.take(events?);
        Ok(())
    }

    fn play(&mut self, what: Move, fate: Fate) -> Result<(), Refusal> {
        match what {
            Move::Freeze => {
                let events = self.context().freeze(Digest::of(b"p"), "t", Digest::of(b"[]"));
                self.events(events)
            }
            Move::Candidate => self.candidate(),
            Move::Attest(n) => {
                let events = self.context().attest(STATEMENTS[n], "");
                self.events(events)
            }
            Move::Check(n) if self.release.candidate().is_some() && !self.release.lifecycle.is_over() => {
                self.check(CHECKS[n].0, CHECKS[n].1);
                Ok(())
            }
            Move::Deploy(production) => self.place(if production { PRODUCTION } else { STAGING }, fate),
            Move::Advance => {
                let (passage, step) = self.context().advance()?;
                self.take(passage);
                self.sent(&step, fate);
                Ok(())
            }
            Move::RollBack => {
                let step = self.context().roll_back(&DeploymentId("old".into()), "enough")?;
                self.sent(&step, fate);
                Ok(())
            }
            Move::Hold => {
                let events = self.context().hold("stop");
                self.events(events)
            }
            Move::Lift => {
                let events = self.context().lift("");
                self.events(events)
            }
            Move::Close => {
                let events = self.context().close("");
                self.events(events)
            }
            Move::Abandon => {
                let events = self.context().abandon("no");
                self.events(events)
            }
            other => {
                self.outside(other);
                Ok(())
            }
        }
    }

    fn place(&mut self, environment: &str, fate: Fate) -> Result<(), Refusal> {
        let operation = OperationId(self.id());
        let (passage, steps) = self.context().deploy(environment, operation)?;
        self.take(passage);
        for step in steps {
            if self.context().follow_up(&step).is_err() || !self.sent(&step, fate) {
                break;
            }
        }
        Ok(())
    }

    /// What happens without anybody asking for it.
    fn outside(&mut self, what: Move) {
        match what {
            Move::Soak if self.release.is_exposed() => {
                let stage = self.release.ladder.as_ref().unwrap().current().unwrap().stage;
                self.soaked(stage);
            }
            Move::Breach if self.release.is_exposed() => {
                let (guardrail, rule) = ("errors".to_owned(), "error_rate > 1%".to_owned());
                let (reason, then) = ("too many".to_owned(), Then::Rollback);
                self.take([Event::Breached { guardrail, rule, then, reason, from: self.now, at: self.now }]);
            }
            Move::Doubt(on) => {
                let doubt =
                    Doubt { guardrail: "errors".into(), state: NodeState::NoData, reason: String::new() };
                self.facts.doubts = if on { vec![doubt] } else { Vec::new() };
            }
            Move::Measure(good) => self.measured(if good { Verdict::Pass } else { Verdict::Fail }),
            Move::WatchEnds if self.release.lifecycle == Lifecycle::Hypercare => {
                let watch = "hypercare".to_owned();
                self.take([Event::WatchEnded { watch, observed_ms: 1, wall_ms: 1, lost_ms: 0 }]);
            }
            Move::Reconcile(applied) => {
                if let Some(operation) = self.release.open_operation().map(|op| op.id) {
                    let seen = if applied { Seen::Applied } else { Seen::Absent };
                    let detail = "looked".to_owned();
                    self.take([Event::Observed { operation, seen, by: Observer::Target, detail, url: None }]);
                }
            }
            Move::Crash => {
                let step = self.context().advance().map(|(_, step)| step);
                if let Ok(step) = step {
                    self.intend(&step);
                }
            }
            _ => self.pass(60),
        }
    }
}

fn stages(release: &Release) -> usize {
    release.ladder.as_ref().map_or(0, |ladder| ladder.entered.len())
}

/// What must be true after every move, given what was before it.
fn oracle(before: &Release, after: &World, what: Move, doubted: bool) -> Result<(), TestCaseError> {
    let release = &after.release;
    prop_assert!(stages(release) <= stages(before) + 1, "two stages in one move");
    let forward =
        matches!(what, Move::Freeze | Move::Candidate | Move::Deploy(_) | Move::Advance | Move::Close);
    if forward && (before.hold.is_some() || before.open_operation().is_some()) {
        prop_assert_eq!(before, release, "moved on hold or while unknown");
    }
    if forward && before.must_go_back().is_some() {
        prop_assert_eq!(before, release, "moved while a rollback is owed");
    }
    if matches!(what, Move::Advance) && doubted && before.is_exposed() {
        prop_assert_eq!(before, release, "moved on doubt");
    }
    if let Some(ladder) = &release.ladder {
        for (entry, expected) in ladder.entered.iter().zip(1_u32..) {
            prop_assert_eq!(entry.stage, expected, "a stage was skipped or entered twice");
        }
        let left = ladder.entered.split_last().map_or(&[][..], |(_, left)| left);
        prop_assert!(left.iter().all(|entry| entry.soaked.is_some()), "left before it was soaked");
    }
    if release.lifecycle == Lifecycle::Closed {
        prop_assert!(release.watches_ended.contains_key("hypercare"), "closed without its watch");
        prop_assert!(release.ladder.as_ref().is_some_and(|l| l.full_at.is_some()));
    }
    let backward = release.operations.iter().filter(|op| op.act.is_backward() && op.state.is_open()).count();
    prop_assert!(backward <= 1, "two rollbacks at once");
    let open = release.operations.iter().filter(|op| op.state.is_open() && !op.act.is_backward()).count();
    prop_assert!(open <= 1, "two forward steps at once");
    if before.lifecycle.is_over() {
        prop_assert_eq!(&before.lifecycle, &release.lifecycle);
    }
    if release.lifecycle == Lifecycle::RolledBack {
        prop_assert!(release.deployment_in(PRODUCTION).is_some_and(|d| d.share == Share::NONE));
    }
    for deployment in release.deployments.iter().filter(|d| d.environment == PRODUCTION) {
        let passed = release.passages.iter().any(|p| {
            p.transition == Transition::Deploy(PRODUCTION.into()) && p.candidate == Some(deployment.candidate)
        });
        prop_assert!(passed, "in production without a passed gate");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_reaches_an_impossible_state(
        begin in 0..4_u8,
        moves in proptest::collection::vec(moves(), 1..80),
    ) {
        let mut world = match begin {
            0 => World::open(),
            1 => World::in_production(),
            2 => World::climbing(),
            _ => World::full(),
        };
        for (what, fate) in moves {
            let before = world.release.clone();
            let doubted = !world.facts.doubts.is_empty();
            if world.play(what, fate).is_err() {
                prop_assert_eq!(&before, &world.release, "a refusal changed something");
            }
            oracle(&before, &world, what, doubted)?;
        }
    }
}
