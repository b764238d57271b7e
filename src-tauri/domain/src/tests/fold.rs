//! What each event does to a release, and which events cannot follow.

use super::*;
use crate::policy::OnNoData;
use crate::policy::Then;

fn unknown() -> Outcome {
    Outcome::Unknown { why: "no answer".into() }
}

fn breach(then: Then) -> Event {
    let (guardrail, rule, reason) = ("errors".to_owned(), "error_rate > 1%".to_owned(), "2 %".to_owned());
    Event::Breached { guardrail, rule, then, reason, from: start(), at: start() }
}

#[test]
fn a_release_begins_with_its_opening_and_only_once() {
    let mut world = World::open();
    let lifted = Event::HoldLifted { reason: String::new() };
    assert_eq!(Release::open(world.release.id, &lifted, start()).unwrap_err(), Misfit::NotOpened);
    let again = Event::Opened {
        project: ProjectId(Uuid::nil()),
        project_name: "harbor".into(),
        version: "2".into(),
        policy: Digest::of(b""),
        policy_title: String::new(),
    };
    assert_eq!(world.apply(&again), Err(Misfit::OpenedTwice));
    assert_eq!(world.release.version, "1.0.0");
}

#[test]
fn a_life_in_events() {
    let mut world = World::open();
    let seen = |world: &World| world.release.lifecycle;
    assert_eq!(seen(&world), Lifecycle::Planning);
    world.freeze();
    assert_eq!(seen(&world), Lifecycle::Frozen);
    world.prove();
    assert_eq!(
        (seen(&world), world.release.position().as_str()),
        (Lifecycle::Candidate, "1.0.0/rc.1/placed:1")
    );
    assert_eq!(world.release.deployment_in(STAGING).unwrap().share, Share::FULL);
    world.deploy(PRODUCTION).unwrap();
    assert_eq!(world.release.position(), "1.0.0/rc.1/placed:2");
    world.advance().unwrap();
    assert_eq!(
        (seen(&world), world.release.position().as_str()),
        (Lifecycle::RollingOut, "1.0.0/rc.1/stage:1")
    );
    let mut world = World::full();
    assert_eq!(seen(&world), Lifecycle::Hypercare);
    assert!(world.release.ladder.as_ref().unwrap().full_at.is_some());
    world.take([Event::WatchEnded { watch: "hypercare".into(), observed_ms: 1, wall_ms: 2, lost_ms: 1 }]);
    assert_eq!(world.release.watches_ended["hypercare"].lost_ms, 1);
    world.take([Event::Closed { summary: "done".into() }]);
    assert!(seen(&world).is_over() && world.release.ended_at == Some(world.now));
    let mut given_up = World::open();
    given_up.take([Event::Abandoned { reason: "no".into() }]);
    assert_eq!(seen(&given_up), Lifecycle::Abandoned);
}

#[test]
fn events_about_the_workspace_change_no_release() {
    let mut world = World::open();
    let before = world.release.clone();
    let sealed = Event::Sealed { source: "probe".into(), digest: Digest::of(b""), bytes: 0 };
    world.take([
        Event::ProjectRegistered { id: ProjectId(Uuid::nil()), name: "n".into(), folder: "/f".into() },
        Event::ApprovalGranted { subject: "check lint".into(), digest: Digest::of(b""), text: "t".into() },
        Event::RegressionAccepted { expected_seq: 9, found_seq: 8, reason: "restored".into() },
        Event::ClockJumped { by_ms: -5_000 },
        Event::Noticed {
            title: "t".into(),
            body: "b".into(),
            urgent: true,
            of: vec![NoticeKey::of(Topic::Rollback)],
            times: 1,
            summary: false,
            undelivered: None,
        },
        Event::NoticeKept { about: NoticeKey::of(Topic::Decision), title: "t".into(), body: "b".into() },
        Event::NoticeSettled { of: vec![NoticeKey::of(Topic::Rollback)], by: SettledBy::Seen },
        Event::NoticesSet { quiet: None, names_hidden: true },
        sealed,
    ]);
    assert_eq!(world.release, before);
}

#[test]
fn what_was_never_introduced_does_not_fit_and_changes_nothing() {
    let mut world = World::climbing();
    let before = world.release.clone();
    let nobody = OperationId(Uuid::max());
    let looked = Event::Observed {
        operation: nobody,
        seen: Seen::Applied,
        by: Observer::Target,
        detail: String::new(),
        url: None,
    };
    let finished = Event::CheckFinished {
        run: RunId(Uuid::max()),
        result: CheckResult::Pass,
        summary: String::new(),
        log: None,
        took_ms: 0,
        unbound: None,
    };
    let soaked = Event::Soaked { stage: 7, observed_ms: 0, wall_ms: 0, lost_ms: 0 };
    let settled = Event::Settled { operation: nobody, outcome: unknown() };
    for event in [looked, finished, soaked, settled] {
        assert!(matches!(world.apply(&event), Err(Misfit::Unintroduced { .. })));
    }
    assert_eq!(world.release, before);
}

#[test]
fn nothing_settles_or_begins_twice() {
    let mut world = World::in_production();
    let (_, step) = world.context().advance().unwrap();
    let operation = world.intend(&step);
    world.settle(operation, unknown());
    let applied = || Event::Observed {
        operation,
        seen: Seen::Applied,
        by: Observer::Target,
        detail: "5%".into(),
        url: None,
    };
    world.take([applied()]);
    let before = world.release.clone();
    // Two looks at the same time: the second finds the question answered.
    assert!(matches!(world.apply(&applied()), Err(Misfit::Repeated { kind: "op.outcome", .. })));
    let late = Event::Settled { operation, outcome: Outcome::Applied { url: None } };
    assert!(matches!(world.apply(&late), Err(Misfit::Repeated { .. })));
    let named = |number| Event::CandidateNamed {
        number,
        commit: "c".into(),
        branch: None,
        configuration: Digest::of(b""),
    };
    for number in [0, 1, 3] {
        assert!(matches!(world.apply(&named(number)), Err(Misfit::Repeated { .. })));
    }
    assert_eq!(world.release, before);
    let run = world.begin("lint", None);
    world.end(run, CheckResult::Pass, None);
    let again = Event::CheckFinished {
        run,
        result: CheckResult::Fail,
        summary: String::new(),
        log: None,
        took_ms: 0,
        unbound: None,
    };
    assert!(matches!(world.apply(&again), Err(Misfit::Repeated { .. })));
}

#[test]
fn outcomes_leave_exactly_what_they_prove() {
    for (outcome, open) in [
        (Outcome::Refused { why: "no".into() }, false),
        (Outcome::NotSent { why: "no route".into() }, false),
        (Outcome::Drift { found: "7%".into() }, false),
        (unknown(), true),
    ] {
        let mut world = World::in_production();
        let (_, step) = world.context().advance().unwrap();
        let operation = world.intend(&step);
        world.settle(operation, outcome);
        assert_eq!(world.release.open_operation().is_some(), open);
        assert_eq!(world.release.unknown_operation().is_some(), open);
        assert_eq!(world.release.may_have_moved().is_some(), open);
        assert_eq!(world.release.lifecycle, Lifecycle::Candidate);
        assert!(!world.release.is_exposed());
    }
    let mut world = World::in_production();
    let (_, step) = world.context().advance().unwrap();
    let operation = world.intend(&step);
    assert!(world.release.unknown_operation().is_none(), "on its way is not unknown yet");
    world.settle(operation, unknown());
    let look =
        |seen| Event::Observed { operation, seen, by: Observer::Captain, detail: "looked".into(), url: None };
    world.take([look(Seen::Partly)]);
    assert!(world.release.unknown_operation().is_some(), "partly done is not done");
    world.take([look(Seen::Absent)]);
    assert!(world.release.open_operation().is_none() && world.release.ladder.is_none());
}

#[test]
fn a_rollback_ends_the_rollout_whatever_stage_it_was_at() {
    for mut world in [World::in_production(), World::climbing(), World::full()] {
        let step = world.back();
        world.carry_out(&step);
        assert_eq!(world.release.lifecycle, Lifecycle::RolledBack);
        assert_eq!(world.release.deployment_in(PRODUCTION).unwrap().share, Share::NONE);
        assert!(!world.release.is_exposed());
        world.candidate().unwrap();
        assert_eq!(world.release.position(), "1.0.0/rc.2/placed:0");
        assert!(world.release.way_back.is_none() && world.release.ladder.is_none());
    }
}

#[test]
fn a_step_forward_found_out_about_after_the_way_back_brings_nothing_back() {
    let mut world = World::in_production();
    let (_, step) = world.context().advance().unwrap();
    let forward = world.intend(&step);
    world.settle(forward, unknown());
    let back = world.back();
    world.carry_out(&back);
    let operation = forward;
    world.take([Event::Observed {
        operation,
        seen: Seen::Applied,
        by: Observer::Captain,
        detail: "looked".into(),
        url: None,
    }]);
    assert_eq!(world.release.lifecycle, Lifecycle::RolledBack);
    assert_eq!(world.release.deployment_in(PRODUCTION).unwrap().share, Share::NONE);
    assert!(world.release.open_operation().is_none());
}

#[test]
fn a_rollback_ends_its_own_hold_and_that_of_a_guardrail_but_not_a_persons() {
    for (cause, by, stays) in [
        (HoldCause::Person, "dana", true),
        (HoldCause::Guardrail("errors".into()), "guardrail errors", false),
        (HoldCause::Rollback, "the rollback of dana", false),
    ] {
        let mut world = World::climbing();
        world.take([Event::HoldSet { reason: "r".into(), cause, acting: None }]);
        assert_eq!(world.release.hold.as_ref().unwrap().by, by);
        let step = world.back();
        world.carry_out(&step);
        assert_eq!(world.release.hold.is_some(), stays, "{by}");
    }
    let old = serde_json::json!({ "reason": "r" });
    let read = Event::from_entry("hold.set", &old).unwrap();
    assert_eq!(read, Event::HoldSet { reason: "r".into(), cause: HoldCause::Person, acting: None });
    assert_eq!(read.to_entry().unwrap().body, old);
}

#[test]
fn a_rollback_is_owed_from_the_breach_until_traffic_is_back() {
    let blind = |then| Event::Blind { guardrail: "errors".into(), reason: "blind".into(), then };
    for (event, owed) in [
        (breach(Then::Rollback), true),
        (breach(Then::Hold), false),
        (breach(Then::Notify), false),
        (blind(OnNoData::Rollback), true),
        (blind(OnNoData::Hold), false),
    ] {
        let mut world = World::climbing();
        world.take([event]);
        assert_eq!(world.release.rollback_owed.is_some(), owed);
        let step = world.back();
        let operation = world.intend(&step);
        world.settle(operation, Outcome::NotSent { why: "no route".into() });
        assert_eq!(world.release.rollback_owed.is_some(), owed, "an attempt is not enough");
        world.carry_out(&step);
        assert!(world.release.rollback_owed.is_none());
    }
}

#[test]
fn memory_is_bounded() {
    let mut world = World::in_production();
    for _ in 0..=RUNS_KEPT {
        world.check("lint", None);
    }
    assert_eq!(world.release.runs["lint"].len(), RUNS_KEPT);
    let gap = |from: i64| Gap {
        from: start() + TimeDelta::seconds(from),
        to: start() + TimeDelta::seconds(from + 1),
        cause: GapCause::Offline,
    };
    for from in 0..=i64::try_from(GAPS_KEPT).unwrap() {
        let stamp = Stamp { at: start(), actor: "dana" };
        world.release.apply(&Event::GapRecorded { gap: gap(from) }, &stamp).unwrap();
    }
    assert_eq!((world.release.gaps.len(), world.release.gaps[0].clone()), (GAPS_KEPT, gap(1)));
    for from in 0..=i64::try_from(GAPS_KEPT).unwrap() {
        let fill = Fill { gap: gap(from), samples: 1, counts: true, held: Vec::new() };
        let stamp = Stamp { at: start(), actor: "dana" };
        world.release.apply(&Event::GapFilled { fill }, &stamp).unwrap();
    }
    assert_eq!((world.release.fills.len(), world.release.fills[0].gap.clone()), (GAPS_KEPT, gap(1)));
}

#[test]
fn a_share_on_its_way_is_partly_there() {
    let live = |share: &str| TargetState {
        deployments: vec![Live {
            id: DeploymentId("new".into()),
            share: share.parse().unwrap(),
            version: None,
            commit: None,
            url: None,
        }],
        ..TargetState::default()
    };
    let mut world = World::climbing();
    world.measured(Verdict::Pass);
    world.soaked(1);
    let (_, step) = world.context().advance().unwrap();
    let step = Step { deployment: DeploymentId("new".into()), ..step };
    world.intend(&step);
    let operation = world.release.open_operation().unwrap();
    let seen = |share| operation.seen_in(&live(share));
    assert_eq!((seen("50%"), seen("5%"), seen("27%")), (Seen::Applied, Seen::Absent, Seen::Partly));
    assert_eq!(operation.seen_in(&TargetState::default()), Seen::Absent);
}

#[test]
fn an_act_is_seen_only_where_it_shows() {
    let state = |shares: &[(&str, i64)]| TargetState {
        deployments: shares
            .iter()
            .map(|(id, percent)| Live {
                id: DeploymentId((*id).into()),
                share: Share::percent((*percent).into()).unwrap(),
                version: None,
                commit: None,
                url: None,
            })
            .collect(),
        ..TargetState::default()
    };
    let new = DeploymentId("new".into());
    let give = |share: Share| Act::SetShare { share, stage: Some(1) };
    let back = Act::RollBack { to: DeploymentId("old".into()), reason: String::new() };
    for (act, shares, seen) in [
        (Act::Place, &[("old", 100)][..], Seen::Absent),
        (Act::Place, &[("old", 100), ("new", 0)][..], Seen::Applied),
        (give(Share::FULL), &[("old", 0), ("new", 100)][..], Seen::Applied),
        (give(Share::FULL), &[("old", 1), ("new", 99)][..], Seen::Absent),
        (give(Share::FULL), &[][..], Seen::Absent),
        (back.clone(), &[][..], Seen::Partly),
        (back.clone(), &[("other", 100)][..], Seen::Partly),
        (back.clone(), &[("old", 100), ("new", 0)][..], Seen::Applied),
        (back, &[("new", 100)][..], Seen::Absent),
    ] {
        assert_eq!(act.seen_in(&state(shares), &new), seen, "{act} in {shares:?}");
    }
}

#[test]
fn a_step_that_a_rollback_overtook_is_absent_where_nothing_is_left_of_it() {
    let mut world = World::climbing();
    world.soaked(1);
    world.measured(Verdict::Pass);
    let (_, step) = world.context().advance().unwrap();
    let operation = world.intend(&step);
    world.settle(operation, Outcome::Unknown { why: "not waited for".into() });
    let seen = |world: &World, share: &str, unsettled: Option<&str>| {
        let live = |id: &DeploymentId, share: &str| {
            let share = share.parse().unwrap();
            Live { id: id.clone(), share, version: None, commit: None, url: None }
        };
        let state = TargetState {
            deployments: vec![live(&step.deployment, share), live(&DeploymentId("old".into()), "50%")],
            unsettled: unsettled.map(str::to_owned),
            ..TargetState::default()
        };
        let operation = world.release.operations.iter().find(|op| op.id == operation).unwrap();
        world.release.seen_in(operation, &state)
    };
    assert_eq!(seen(&world, "0%", None), Seen::Partly, "neither 5% nor 50%");
    let back = world.back();
    let back = world.intend(&back);
    assert_eq!(seen(&world, "0%", None), Seen::Partly, "the rollback may not have taken effect");
    world.settle(back, Outcome::Applied { url: None });
    assert_eq!(seen(&world, "0%", None), Seen::Absent);
    assert_eq!(seen(&world, "20%", None), Seen::Partly, "something is left of it");
    assert_eq!(seen(&world, "0%", Some("one domain follows")), Seen::Partly);
}

#[test]
fn a_drift_is_remembered_until_an_operation_takes_effect() {
    let mut world = World::in_production();
    let (_, step) = world.context().advance().unwrap();
    let operation = world.intend(&step);
    world.settle(operation, Outcome::Drift { found: "it has 50%".into() });
    assert_eq!(world.release.drift.as_deref(), Some("it has 50%"));
    world.carry_out(&step);
    assert_eq!(world.release.drift, None);
}
