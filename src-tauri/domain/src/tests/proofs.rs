//! States of the proof tree that its kinds can reach, and what a passage keeps.

use super::*;
use crate::proof::Leaf;
use crate::proof::NodeState;
use crate::proof::tree;

fn leaf(world: &World, name: &str) -> Leaf {
    let (gate, id) = name.split_once('/').unwrap();
    let tree = tree(&world.policy, &world.release, &world.facts, world.now);
    let gates = tree.into_iter().flat_map(|phase| phase.gates);
    let mut found = gates.filter(|g| g.id == gate).flat_map(|g| g.criteria).filter(|leaf| leaf.id == id);
    found.next().unwrap()
}

fn state(world: &World, name: &str) -> NodeState {
    leaf(world, name).state
}

fn named() -> World {
    let mut world = World::open();
    world.freeze();
    world.candidate().unwrap();
    world
}

#[test]
fn a_check_of_the_candidate() {
    let mut world = World::open();
    world.freeze();
    assert_eq!(leaf(&world, "quality/lint").act.as_deref(), Some("seaworthy candidate"));
    assert_eq!(state(&world, "quality/lint"), NodeState::Pending);
    world.candidate().unwrap();
    assert_eq!(state(&world, "quality/lint"), NodeState::NoData);
    for (result, unbound, expected) in [
        (CheckResult::Pass, None, NodeState::Pass),
        (CheckResult::Pass, Some("the tree is dirty"), NodeState::NoData),
        (CheckResult::Fail, None, NodeState::Fail),
        (CheckResult::Fail, Some("the tree is dirty"), NodeState::Fail),
        (CheckResult::NotRun, None, NodeState::NoData),
        (CheckResult::Interrupted, None, NodeState::NoData),
    ] {
        let run = world.begin("lint", None);
        assert_eq!(state(&world, "quality/lint"), NodeState::Running);
        world.end(run, result, unbound);
        assert_eq!(state(&world, "quality/lint"), expected, "{result:?} {unbound:?}");
        assert_eq!(leaf(&world, "quality/lint").act.is_none(), expected == NodeState::Pass);
    }
    world.check("lint", None);
    world.candidate().unwrap();
    let stale = leaf(&world, "quality/lint");
    assert_eq!((stale.state, stale.reason.as_str()), (NodeState::Stale, "seen on rc.1 only"));
}

#[test]
fn a_proof_grows_old() {
    let mut world = named();
    world.check("audit", None);
    let seen = leaf(&world, "go-live/audit");
    assert_eq!(seen.fresh_until, seen.seen_at.map(|at| at + TimeDelta::hours(24)));
    world.now = seen.fresh_until.unwrap();
    assert_eq!(state(&world, "go-live/audit"), NodeState::Pass, "fresh to the end");
    world.pass(1);
    assert_eq!(state(&world, "go-live/audit"), NodeState::Stale);
    // Only a pass grows old; a failure stays one.
    let run = world.begin("audit", None);
    world.end(run, CheckResult::Fail, None);
    world.pass(1_000_000);
    assert_eq!(state(&world, "go-live/audit"), NodeState::Fail);
}

#[test]
fn a_check_of_a_deployment_comes_after_it_and_looks_at_it() {
    let mut world = named();
    world.check("lint", None);
    world.check("smoke", Some(STAGING));
    let waits = leaf(&world, "go-live/smoke");
    let act = Some("seaworthy deploy --env staging".to_owned());
    assert_eq!((waits.state, waits.act), (NodeState::Pending, act));
    let operation = OperationId(world.id());
    let (_, steps) = world.context().deploy(STAGING, operation).unwrap();
    world.carry_out(&steps[0]);
    // Placed without traffic: whoever answers at staging's address is the version before.
    assert_eq!(state(&world, "go-live/smoke"), NodeState::Pending);
    assert_eq!(state(&world, "go-live/staged"), NodeState::Pending);
    world.check("smoke", Some(STAGING));
    world.carry_out(&steps[1]);
    assert_eq!(state(&world, "go-live/staged"), NodeState::Pass);
    let early = leaf(&world, "go-live/smoke");
    assert_eq!(
        (early.state, early.reason.as_str()),
        (NodeState::Stale, "seen before the candidate was deployed")
    );
    world.check("smoke", Some(PRODUCTION));
    let elsewhere = leaf(&world, "go-live/smoke");
    assert_eq!(elsewhere.state, NodeState::NoData);
    assert_eq!(elsewhere.reason, "looked at production, not at staging");
    world.check("smoke", Some(STAGING));
    assert_eq!(state(&world, "go-live/smoke"), NodeState::Pass);
    // A check with a whole address of its own names no environment.
    world.check("smoke", None);
    assert_eq!(state(&world, "go-live/smoke"), NodeState::Pass);
}

#[test]
fn a_statement_is_about_what_it_was_made_about() {
    let mut world = World::open();
    assert_eq!(state(&world, "scope/goal"), NodeState::Pending);
    world.freeze();
    world.candidate().unwrap();
    world.candidate().unwrap();
    assert_eq!(state(&world, "scope/goal"), NodeState::Pass, "the release stays the same");
    world.attest("go-live/support");
    assert_eq!(state(&world, "go-live/support"), NodeState::Pass);
    world.candidate().unwrap();
    let stale = leaf(&world, "go-live/support");
    assert_eq!(stale.reason, "attested by dana as captain, about rc.2");
    // A policy that asks for something else under the same name has not been answered.
    world.attest("go-live/support");
    let CriterionKind::Attest { statement, .. } = &mut world.policy.gates[2].criteria[2].kind else {
        panic!()
    };
    "Support is asleep".clone_into(statement);
    assert_eq!(state(&world, "go-live/support"), NodeState::Stale);
}

#[test]
fn a_statement_about_a_deployment_waits_for_it() {
    let world = named();
    let early = world.context().attest("done/lessons", "").unwrap_err().to_string();
    assert!(early.starts_with("rc.1 is not in production, so the statement would not count"), "{early}");
    assert_eq!(state(&world, "done/lessons"), NodeState::Pending);
    let mut world = World::in_production();
    let before = world.release.clone();
    world.attest("done/lessons");
    assert_eq!(state(&world, "done/lessons"), NodeState::Pass);
    let mut early = world.release.attestations.clone();
    world.release = before;
    early.values_mut().for_each(|a| a.at = start());
    world.release.attestations = early;
    assert_eq!(state(&world, "done/lessons"), NodeState::Stale);
}

#[test]
fn a_rule_says_what_was_measured() {
    let mut world = World::climbing();
    assert_eq!(state(&world, "expand/errors"), NodeState::NoData);
    for (verdict, expected) in [
        (Verdict::Pass, NodeState::Pass),
        (Verdict::Fail, NodeState::Fail),
        (Verdict::Inconclusive, NodeState::Inconclusive),
        (Verdict::NoData, NodeState::NoData),
    ] {
        world.measured(verdict);
        assert_eq!(state(&world, "expand/errors"), expected);
    }
}

#[test]
fn a_watch_waits_runs_and_ends() {
    let mut world = World::climbing();
    assert_eq!(state(&world, "watches/hypercare"), NodeState::Pending);
    world = World::full();
    assert_eq!(state(&world, "watches/hypercare"), NodeState::Running);
    world.take([Event::WatchEnded { watch: "hypercare".into(), observed_ms: 1, wall_ms: 1, lost_ms: 0 }]);
    assert_eq!(state(&world, "watches/hypercare"), NodeState::Pass);
    world.policy.watches.clear();
    let phases = tree(&world.policy, &world.release, &world.facts, world.now);
    assert_eq!(phases.len(), 1, "without watches there is no such phase");
}

#[test]
fn a_phase_without_criteria_never_passes() {
    let mut world = World::open();
    world.policy.gates.clear();
    let phases = tree(&world.policy, &world.release, &world.facts, world.now);
    assert_eq!(phases[0].state, NodeState::NoData);
}

#[test]
fn a_passed_gate_shows_how_it_was_passed_and_until_close_shows_now() {
    let mut world = World::in_production();
    let run = world.begin("lint", None);
    world.end(run, CheckResult::Fail, None);
    let lint = leaf(&world, "quality/lint");
    assert_eq!((lint.state, lint.at_passage), (NodeState::Pass, true));
    let run = world.begin("audit", None);
    world.end(run, CheckResult::Fail, None);
    let audit = leaf(&world, "go-live/audit");
    assert_eq!((audit.state, audit.at_passage), (NodeState::Fail, false));
}

#[test]
fn a_passage_without_effect_proves_nothing_for_the_next_attempt() {
    let mut world = World::open();
    world.freeze();
    world.prove();
    let operation = OperationId(world.id());
    let (passage, steps) = world.context().deploy(PRODUCTION, operation).unwrap();
    world.take(passage);
    let id = world.intend(&steps[0]);
    world.settle(id, Outcome::NotSent { why: "no route".into() });
    let run = world.begin("smoke", Some(STAGING));
    world.end(run, CheckResult::Fail, None);
    assert_eq!(state(&world, "go-live/smoke"), NodeState::Fail);
    let refusal = world.deploy(PRODUCTION).unwrap_err();
    assert!(refusal.to_string().contains("go-live/smoke (fail)"), "{refusal}");
}

#[test]
fn close_asks_again_for_what_must_hold_and_the_end_is_kept_as_it_was() {
    let mut world = World::full();
    world.attest("done/lessons");
    world.take([Event::WatchEnded { watch: "hypercare".into(), observed_ms: 1, wall_ms: 1, lost_ms: 0 }]);
    world.measured(Verdict::Fail);
    let run = world.begin("lint", None);
    world.end(run, CheckResult::Fail, None);
    let refusal = world.context().close("").unwrap_err();
    assert!(refusal.to_string().ends_with("expand/errors (fail)"), "{refusal}");
    world.measured(Verdict::Pass);
    let events = world.context().close("done").unwrap();
    let Event::GatePassed { proof, .. } = &events[0] else { panic!("{events:?}") };
    let kept: Vec<_> = proof.iter().map(|p| format!("{}/{}", p.gate, p.criterion)).collect();
    assert_eq!(kept, ["done/lessons", "go-live/audit", "expand/errors", "watches/hypercare"]);
    world.take(events);
    world.facts.measured.clear();
    world.pass(10_000_000);
    for name in ["expand/errors", "go-live/audit"] {
        let leaf = leaf(&world, name);
        assert_eq!((leaf.state, leaf.at_passage), (NodeState::Pass, true), "{name}");
    }
}

#[test]
fn a_snapshot_fits_into_one_event_however_much_people_said() {
    let mut world = World::open();
    let many = (0..200).map(|n| attest(&format!("c{n}"), Subject::Release));
    world.policy.gates[0].criteria.extend(many);
    world.attest("scope/goal");
    for n in 0..200 {
        let events = world.context().attest(&format!("scope/c{n}"), &"ö".repeat(2_000)).unwrap();
        world.take(events);
    }
    let events = world.context().freeze(Digest::of(b"p"), "t", Digest::of(b"[]")).unwrap();
    let entry = events[0].to_entry().unwrap();
    let bytes = serde_json::to_vec(&entry.body).unwrap().len();
    assert!(bytes < 60 * 1024, "{bytes}");
}

#[test]
fn what_another_release_displaced_proves_nothing_until_it_is_back() {
    let mut world = named();
    world.prove();
    assert_eq!(state(&world, "go-live/staged"), NodeState::Pass);
    assert_eq!(state(&world, "go-live/smoke"), NodeState::Pass);
    assert!(world.deploy(STAGING).is_err(), "it is there");
    world.facts.displaced.insert(STAGING.into(), "1.1.0".into());
    for name in ["go-live/staged", "go-live/smoke"] {
        let gone = leaf(&world, name);
        assert_eq!(
            (gone.state, gone.reason.as_str()),
            (NodeState::Stale, "1.1.0 is in staging now"),
            "{name}"
        );
        assert_eq!(gone.act.as_deref(), Some("seaworthy deploy --env staging"));
    }
    // What is asked now is asked of the other one.
    world.check("smoke", Some(STAGING));
    assert!(matches!(world.deploy(PRODUCTION), Err(Refusal::NotReady { missing, .. }) if missing.len() == 2));
    assert_eq!(world.context().next(), Some(Transition::Deploy(STAGING.into())));
    world.deploy(STAGING).unwrap();
    world.facts.displaced.clear();
    assert_eq!(state(&world, "go-live/staged"), NodeState::Pass);
    assert_eq!(state(&world, "go-live/smoke"), NodeState::Stale, "seen before it was back");
    world.check("smoke", Some(STAGING));
    world.deploy(PRODUCTION).unwrap();
}
