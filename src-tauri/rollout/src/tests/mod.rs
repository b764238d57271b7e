//! The decisions of one tick, one after another.

mod chance;

use crate::*;
use chrono::DateTime;
use chrono::Utc;
use rust_decimal::Decimal;
use seaworthy_domain::operation::*;
use seaworthy_domain::policy::*;
use seaworthy_domain::*;
use seaworthy_rules::Condition;
use seaworthy_rules::Evaluation;
use seaworthy_rules::Period;
use seaworthy_rules::Polarity;
use seaworthy_rules::Rule;
use seaworthy_rules::Traffic;
use std::collections::BTreeMap;
use uuid::Uuid;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

fn guardrail(name: &str, then: Then, on_no_data: OnNoData) -> Guardrail {
    let rule = Rule::parse("error_rate > 1% for 5m with >= 100 requests").unwrap();
    Guardrail { name: name.into(), rule, then, on_no_data }
}

fn policy(auto_advance: bool, guardrails: Vec<Guardrail>) -> Policy {
    let soak = Soak {
        length: Period::from_secs(600),
        at_most: Some(Period::from_secs(3_600)),
        coverage: Coverage(Decimal::new(9, 1)),
    };
    let stage =
        |share: &str, soak| Stage { name: share.into(), share: share.parse().unwrap(), soak, auto_advance };
    let environment = Environment { kind: EnvironmentKind::Production, target: "web".into(), url: None };
    Policy {
        meta: Meta::default(),
        project: Project { id: ProjectId(Uuid::nil()), name: "harbor".into(), repository: "".into() },
        roles: BTreeMap::new(),
        connections: BTreeMap::new(),
        environments: BTreeMap::from([("production".to_owned(), environment)]),
        targets: BTreeMap::new(),
        probe: None,
        metrics: BTreeMap::new(),
        checks: BTreeMap::new(),
        phases: Vec::new(),
        gates: Vec::new(),
        rollout: Rollout { stages: vec![stage("5%", Some(soak.clone())), stage("100%", None)] },
        guardrails,
        watches: vec![Watch {
            name: "hypercare".into(),
            after: Anchor::Deploy,
            soak,
            needed_for: NeededFor::Close,
        }],
    }
}

/// A release in production at its first stage.
struct World {
    release: Release,
    made: u128,
}

impl World {
    fn climbing() -> Self {
        let opened = Event::Opened {
            project: ProjectId(Uuid::nil()),
            project_name: "harbor".into(),
            version: "1.0.0".into(),
            policy: Digest::of(b""),
            policy_title: String::new(),
        };
        let release = Release::open(ReleaseId(Uuid::nil()), &opened, at(0)).unwrap();
        let mut world = Self { release, made: 0 };
        let (commit, configuration) = ("c".to_owned(), Digest::of(b""));
        world.take(&Event::CandidateNamed { number: 1, commit, branch: None, configuration });
        let operation = world.operate(Act::Place);
        world.applied(operation);
        let operation = world.operate(Act::SetShare { share: "5%".parse().unwrap(), stage: Some(1) });
        world.applied(operation);
        world
    }

    fn take(&mut self, event: &Event) {
        self.release.apply(event, &Stamp { at: at(0), actor: "dana" }).unwrap();
    }

    fn operate(&mut self, act: Act) -> OperationId {
        self.made += 1;
        let operation = OperationId(Uuid::from_u128(self.made));
        self.take(&Event::Intended {
            operation,
            act,
            environment: "production".into(),
            target: "web".into(),
            deployment: DeploymentId("new".into()),
            candidate: 1,
            expected: Expected::Anything,
            preview: Preview { method: String::new(), target: String::new(), body: Vec::new() },
            effect: EffectClass::Opaque,
            acting: None,
            rehearsal: false,
        });
        operation
    }

    fn settle(&mut self, operation: OperationId, outcome: Outcome) {
        self.take(&Event::Settled { operation, outcome });
    }

    fn applied(&mut self, operation: OperationId) {
        self.settle(operation, Outcome::Applied { url: None });
    }

    fn back(&mut self) -> OperationId {
        self.operate(Act::RollBack { to: DeploymentId("old".into()), reason: "2 %".into() })
    }

    fn hold(&mut self) {
        self.take(&Event::HoldSet { reason: "stop".into(), cause: HoldCause::Person, acting: None });
    }

    fn breach(&mut self, name: &str, then: Then) {
        let (guardrail, rule, reason) = (name.to_owned(), "rule".to_owned(), "2 %".to_owned());
        self.take(&Event::Breached { guardrail, rule, then, reason, from: at(0), at: at(300) });
    }
}

fn reading(guardrail: &Guardrail, condition: Condition, blind_for: Option<u64>) -> Reading<'_> {
    let met = (condition == Condition::Met).then(|| at(600));
    Reading {
        guardrail,
        evaluation: Evaluation {
            polarity: Polarity::Guardrail,
            condition,
            verdict: condition.verdict(Polarity::Guardrail),
            reason: "as measured".into(),
            limit: guardrail.rule.limit(),
            figure: None,
            met_at: met,
            interval: None,
            run: None,
            coverage: None,
            newest: None,
            traffic: Traffic::NotChecked,
            counted: 0,
            skipped: 0,
            values: Vec::new(),
        },
        blind_for: blind_for.map(Period::from_secs),
        blind_limit: Period::from_secs(75),
        calm_at: None,
    }
}

fn span(observed: u64, wall: i64) -> Observed {
    Observed { from: at(0), to: at(wall), observed: Period::from_secs(observed), gaps: Vec::new() }
}

fn actions(
    policy: &Policy,
    world: &World,
    readings: &[Reading<'_>],
    seen: bool,
    span: &Observed,
) -> Vec<Action> {
    decide(&Situation {
        policy,
        release: &world.release,
        now: span.to,
        seen,
        readings,
        stage: Some(span.clone()),
        watches: vec![("hypercare".to_owned(), span.clone())],
    })
}

/// One word for each action.
fn words(actions: &[Action]) -> Vec<String> {
    let word = |action: &Action| match action {
        Action::Record(event) => event.to_entry().unwrap().kind,
        Action::RollBack { .. } => "ROLL BACK".to_owned(),
        Action::Advance => "ADVANCE".to_owned(),
        Action::Tell { title, .. } => format!("\"{}\"", title.replace("harbor 1.0.0", "it")),
    };
    actions.iter().map(word).collect()
}

/// What one guardrail that says `condition` leads to.
fn told(world: &World, then: Then, condition: Condition, blind: Option<u64>) -> Vec<String> {
    let policy = policy(false, vec![guardrail("errors", then, OnNoData::Hold)]);
    let readings = [reading(&policy.guardrails[0], condition, blind)];
    words(&actions(&policy, world, &readings, true, &span(60, 60)))
}

/// What is done about an owed rollback so many seconds after the events of `world`.
fn later(world: &World, seconds: i64) -> Vec<String> {
    let policy = policy(false, vec![guardrail("errors", Then::Rollback, OnNoData::Hold)]);
    let quiet = [reading(&policy.guardrails[0], Condition::NotMet, None)];
    words(&actions(&policy, world, &quiet, true, &span(0, seconds)))
}

#[test]
fn a_breach_does_what_the_policy_says_and_says_so() {
    let world = World::climbing();
    let met = |then| told(&world, then, Condition::Met, None);
    assert_eq!(met(Then::Rollback), ["guardrail.breached", "ROLL BACK", "\"Rolling back it\""]);
    assert_eq!(met(Then::Hold), ["guardrail.breached", "hold.set", "\"it is on hold\""]);
    assert_eq!(met(Then::Notify), ["guardrail.breached", "\"it: errors is over its limit\""]);
    for condition in [Condition::Building, Condition::NotMet, Condition::Unclear, Condition::NoData] {
        assert!(told(&world, Then::Rollback, condition, None).is_empty(), "{condition:?}");
    }
}

#[test]
fn a_breach_is_told_once() {
    let mut world = World::climbing();
    world.hold();
    let seen = ["guardrail.breached", "\"it: errors is over its limit\""];
    assert_eq!(
        told(&world, Then::Hold, Condition::Met, None),
        seen,
        "what happens under a hold is no secret"
    );
    world.breach("errors", Then::Hold);
    assert!(told(&world, Then::Hold, Condition::Met, None).is_empty(), "never calm in between");
    let mut world = World::climbing();
    world.breach("errors", Then::Notify);
    assert!(told(&world, Then::Notify, Condition::Met, None).is_empty(), "never calm in between");
    let policy = policy(false, vec![guardrail("errors", Then::Notify, OnNoData::Hold)]);
    let calm = |seconds| Reading {
        calm_at: Some(at(seconds)),
        ..reading(&policy.guardrails[0], Condition::Met, None)
    };
    assert!(actions(&policy, &world, &[calm(299)], true, &span(60, 60)).is_empty(), "calm before");
    assert_eq!(actions(&policy, &world, &[calm(400)], true, &span(60, 60)).len(), 2, "over again");
}

#[test]
fn a_rollback_is_owed_after_a_restart_and_tried_three_times() {
    let mut world = World::climbing();
    world.breach("errors", Then::Rollback);
    let quiet = |world: &World| later(world, 60 * 60);
    assert_eq!(later(&world, 0), ["ROLL BACK"], "the breach is on disk, the intent is not");
    for _ in 0..3 {
        assert_eq!(quiet(&world), ["ROLL BACK"]);
        let operation = world.back();
        assert!(quiet(&world).is_empty(), "on its way");
        world.settle(operation, Outcome::Unknown { why: "lost".into() });
        assert!(quiet(&world).is_empty(), "unknown is not absent");
        let seen = Seen::Absent;
        world.take(&Event::Observed {
            operation,
            seen,
            by: Observer::Target,
            detail: String::new(),
            url: None,
        });
    }
    assert_eq!(quiet(&world), ["\"it could not be rolled back\""]);
    let operation = world.back();
    world.applied(operation);
    assert!(quiet(&world).is_empty());
}

#[test]
fn a_rollback_that_a_person_began_is_finished() {
    let mut world = World::climbing();
    let operation = world.back();
    world.settle(operation, Outcome::NotSent { why: "no route".into() });
    assert_eq!(told(&world, Then::Hold, Condition::NotMet, None), ["ROLL BACK"]);
}

#[test]
fn attempts_are_minutes_apart_and_one_that_never_left_is_none() {
    let mut world = World::climbing();
    world.breach("errors", Then::Rollback);
    for (pause, outcome) in [
        (0, Outcome::NotSent { why: "the lock is held".into() }),
        (60, Outcome::Refused { why: "no".into() }),
        (5 * 60, Outcome::NotSent { why: "no route".into() }),
        (15 * 60, Outcome::NotSent { why: "no route".into() }),
        (15 * 60, Outcome::Refused { why: "no".into() }),
        (15 * 60, Outcome::Refused { why: "no".into() }),
    ] {
        assert!(pause == 0 || later(&world, pause - 1).is_empty(), "{pause}");
        assert_eq!(later(&world, pause), ["ROLL BACK"], "{pause}");
        let operation = world.back();
        world.settle(operation, outcome);
    }
    assert_eq!(later(&world, 0), ["\"it could not be rolled back\""]);
}

#[test]
fn nobody_is_told_of_a_rollback_that_does_not_begin() {
    let mut world = World::climbing();
    let met = |world: &World| told(world, Then::Rollback, Condition::Met, None);
    let operation = world.back();
    assert_eq!(met(&world), ["guardrail.breached", "\"it: errors is over its limit\""], "one is on its way");
    world.settle(operation, Outcome::Refused { why: "no".into() });
    for _ in 0..2 {
        let operation = world.back();
        world.settle(operation, Outcome::Refused { why: "no".into() });
    }
    let expected =
        ["guardrail.breached", "\"it: errors is over its limit\"", "\"it could not be rolled back\""];
    assert_eq!(met(&world), expected);
}

#[test]
fn blindness_holds_after_its_limit_and_not_before() {
    let mut world = World::climbing();
    let blind = |world: &World, seconds| told(world, Then::Rollback, Condition::NoData, seconds);
    assert!(blind(&world, None).is_empty(), "warming up");
    assert!(blind(&world, Some(75)).is_empty());
    assert_eq!(blind(&world, Some(76)), ["guardrail.blind", "hold.set", "\"it is on hold\""]);
    world.hold();
    assert_eq!(blind(&world, Some(76)), ["guardrail.blind", "\"it: errors has no measurement\""]);
    world.take(&Event::Blind { guardrail: "errors".into(), reason: String::new(), then: OnNoData::Hold });
    assert!(blind(&world, Some(76)).is_empty(), "one spell is told once");
    // The world's events are at 0 and this tick is at 60.
    assert_eq!(blind(&world, Some(76 - 17)), [""; 0], "not blind for long enough");
    // Where the policy says so it goes back, and a hold is no reason not to.
    let policy = policy(false, vec![guardrail("errors", Then::Hold, OnNoData::Rollback)]);
    let readings = [reading(&policy.guardrails[0], Condition::NoData, Some(76))];
    let decided = actions(&policy, &world, &readings, true, &span(60, 60));
    assert_eq!(words(&decided), ["guardrail.blind", "ROLL BACK", "\"Rolling back it\""]);
}

#[test]
fn a_soak_is_recorded_and_the_next_step_asked_for_or_taken() {
    let world = World::climbing();
    for (auto, expected) in [
        (
            false,
            &["stage.soaked", "watch.ended", "\"it: you decide\"", "\"it: watch hypercare is over\""][..],
        ),
        (true, &["stage.soaked", "watch.ended", "ADVANCE", "\"it: watch hypercare is over\""][..]),
    ] {
        let policy = policy(auto, vec![guardrail("errors", Then::Rollback, OnNoData::Hold)]);
        let quiet = [reading(&policy.guardrails[0], Condition::NotMet, None)];
        assert_eq!(words(&actions(&policy, &world, &quiet, true, &span(600, 600))), expected);
        assert!(actions(&policy, &world, &quiet, true, &span(599, 600)).is_empty(), "too short");
        assert!(actions(&policy, &world, &quiet, true, &span(600, 667)).is_empty(), "too thin");
        assert!(actions(&policy, &world, &quiet, false, &span(600, 600)).is_empty(), "this tick saw nothing");
        assert!(actions(&policy, &world, &[], true, &span(600, 600)).is_empty(), "nothing was evaluated");
    }
}

#[test]
fn a_decision_is_overdue_at_the_end_of_its_range() {
    let world = World::climbing();
    let policy = policy(false, vec![guardrail("errors", Then::Rollback, OnNoData::Hold)]);
    let readings = [reading(&policy.guardrails[0], Condition::Unclear, None)];
    assert!(actions(&policy, &world, &readings, true, &span(600, 3_600)).is_empty());
    let overdue = actions(&policy, &world, &readings, true, &span(600, 3_601));
    assert_eq!(words(&overdue), ["\"it: the decision is overdue\""]);
}
