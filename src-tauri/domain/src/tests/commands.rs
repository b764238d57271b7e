//! Every refusal of every command.

use super::*;
use crate::proof::Doubt;
use crate::proof::NodeState;

fn wrong(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::WrongState { .. })
}

fn names(refusal: Refusal) -> Vec<String> {
    let Refusal::NotReady { missing, .. } = refusal else { panic!("{refusal:?}") };
    missing.into_iter().map(|m| format!("{}/{} {}", m.gate, m.criterion, m.state)).collect()
}

fn freeze(world: &World) -> Result<Vec<Event>, Refusal> {
    world.context().freeze(Digest::of(b"p"), "t", Digest::of(b"[]"))
}

fn held(mut world: World) -> World {
    let events = world.context().hold("stop").unwrap();
    world.take(events);
    world
}

/// With a step of unknown outcome.
fn unsure(mut world: World) -> World {
    let (_, step) = world.context().advance().unwrap();
    let operation = world.intend(&step);
    world.settle(operation, Outcome::Unknown { why: "lost".into() });
    world
}

#[test]
fn a_hold_stops_every_forward_command_and_nothing_else() {
    let on_hold = |refusal: Refusal| matches!(refusal, Refusal::OnHold { .. });
    let mut world = World::open();
    world.attest("scope/goal");
    assert!(on_hold(freeze(&held(world)).unwrap_err()));
    let mut world = World::open();
    world.freeze();
    assert!(on_hold(held(world).candidate().unwrap_err()));
    assert!(on_hold(held(World::in_production()).deploy(STAGING).unwrap_err()));
    let mut world = held(World::climbing());
    assert!(on_hold(world.advance().unwrap_err()));
    world.back();
    world.context().hold("still").unwrap();
    let lifted = world.context().lift("fine").unwrap();
    world.take(lifted);
    assert!(world.release.hold.is_none());
    assert_eq!(world.context().lift("again").unwrap_err(), Refusal::NotHeld);
    assert!(on_hold(held(World::full()).context().close("").unwrap_err()));
}

#[test]
fn nothing_moves_forward_while_an_outcome_is_unknown() {
    let open = |refusal: Refusal| matches!(refusal, Refusal::Unsettled { .. });
    let mut world = unsure(World::in_production());
    assert!(open(world.candidate().unwrap_err()));
    assert!(open(world.deploy(STAGING).unwrap_err()));
    assert!(open(world.advance().unwrap_err()));
    assert!(open(world.context().abandon("no").unwrap_err()));
    // The way back does not wait for it, except for another way back.
    let step = world.back();
    let operation = world.intend(&step);
    let again = |world: &World| world.context().roll_back(&DeploymentId("old".into()), "").unwrap_err();
    assert!(open(again(&world)));
    world.settle(operation, Outcome::Unknown { why: "lost".into() });
    assert!(open(again(&world)));
}

#[test]
fn commands_out_of_order_say_what_would_follow() {
    let mut world = World::open();
    for refusal in [
        world.candidate().unwrap_err(),
        world.deploy(STAGING).unwrap_err(),
        world.advance().unwrap_err(),
        world.context().close("").unwrap_err(),
    ] {
        assert!(wrong(&refusal), "{refusal}");
        assert!(refusal.to_string().ends_with("the next step is `freeze`"), "{refusal}");
    }
    let nothing = world.context().exposed().unwrap_err().to_string();
    assert_eq!(nothing, "1.0.0 has no traffic in production, so there is nothing to roll back");
    world.freeze();
    assert!(wrong(&freeze(&world).unwrap_err()));
    world.prove();
    assert!(wrong(&world.deploy(STAGING).unwrap_err()), "it is there already");
    world.deploy(PRODUCTION).unwrap();
    assert!(wrong(&world.deploy(PRODUCTION).unwrap_err()));
    let mut full = World::full();
    assert!(wrong(&full.advance().unwrap_err()));
    assert!(wrong(&full.candidate().unwrap_err()));
    for exposed in [World::climbing(), World::full()] {
        assert!(wrong(&exposed.context().abandon("no").unwrap_err()));
    }
    full.take([Event::Closed { summary: String::new() }]);
    for refusal in [
        full.context().hold("x").unwrap_err(),
        full.context().attest("done/lessons", "").unwrap_err(),
        full.context().abandon("x").unwrap_err(),
        full.context().close("").unwrap_err(),
    ] {
        assert!(refusal.to_string().ends_with("nothing follows"), "{refusal}");
    }
}

#[test]
fn what_the_policy_does_not_know_is_named_with_what_it_knows() {
    let mut world = World::in_production();
    for unknown in ["scope/gaol", "quality/lint", "nothing"] {
        let refusal = world.context().attest(unknown, "").unwrap_err();
        assert!(refusal.to_string().contains("scope/goal, go-live/support, done/lessons"), "{refusal}");
    }
    let refusal = world.deploy("moon").unwrap_err();
    assert!(refusal.to_string().contains("it has production, staging"), "{refusal}");
    assert!(world.context().attest("goal", "").is_ok(), "a unique name needs no gate");
}

#[test]
fn gates_name_each_missing_criterion() {
    let mut world = World::open();
    assert_eq!(names(freeze(&world).unwrap_err()), ["scope/goal pending"]);
    world.freeze();
    world.candidate().unwrap();
    assert_eq!(names(world.deploy(STAGING).unwrap_err()), ["quality/lint no measurement"]);
    assert_eq!(
        names(world.deploy(PRODUCTION).unwrap_err()),
        [
            "go-live/staged pending",
            "go-live/smoke pending",
            "go-live/support pending",
            "go-live/audit no measurement"
        ]
    );
    let mut world = World::climbing();
    world.soaked(1);
    assert_eq!(names(world.advance().unwrap_err()), ["expand/errors no measurement"]);
    let mut full = World::full();
    full.facts.measured.clear();
    let missing = ["done/lessons pending", "expand/errors no measurement", "watches/hypercare running"];
    assert_eq!(names(full.context().close("").unwrap_err()), missing);
}

#[test]
fn a_stage_is_left_only_soaked() {
    let mut world = World::climbing();
    assert_eq!(world.advance().unwrap_err(), Refusal::StillSoaking { stage: 1 });
    world.measured(Verdict::Pass);
    world.soaked(1);
    world.advance().unwrap();
    assert_eq!(world.advance().unwrap_err(), Refusal::StillSoaking { stage: 2 });
}

#[test]
fn more_traffic_needs_quiet_guardrails_and_the_end_needs_none_over() {
    let doubt = |state| Doubt { guardrail: "errors".into(), state, reason: "why".into() };
    for state in [NodeState::Fail, NodeState::Inconclusive, NodeState::NoData] {
        let mut world = World::climbing();
        world.measured(Verdict::Pass);
        world.soaked(1);
        world.facts.doubts = vec![doubt(state)];
        assert_eq!(names(world.advance().unwrap_err()), [format!("guardrails/errors {state}")]);
        world.back();
        let mut full = World::full();
        full.attest("done/lessons");
        full.take([Event::WatchEnded { watch: "hypercare".into(), observed_ms: 1, wall_ms: 1, lost_ms: 0 }]);
        full.facts.doubts = vec![doubt(state)];
        assert_eq!(full.context().close("").is_err(), state == NodeState::Fail);
    }
}

#[test]
fn what_owes_a_rollback_goes_nowhere_else() {
    let breach = |world: &mut World| {
        let (guardrail, rule) = ("errors".to_owned(), "error_rate > 1%".to_owned());
        let (reason, then, at) = ("3% of requests fail".to_owned(), Then::Rollback, world.now);
        world.take([Event::Breached { guardrail, rule, then, reason, from: at, at }]);
    };
    let mut world = World::climbing();
    world.measured(Verdict::Pass);
    world.soaked(1);
    breach(&mut world);
    let owed = Refusal::MustGoBack { reason: "3% of requests fail".into() };
    assert_eq!(world.advance().unwrap_err(), owed);
    let mut full = World::full();
    full.attest("done/lessons");
    full.take([Event::WatchEnded { watch: "hypercare".into(), observed_ms: 1, wall_ms: 1, lost_ms: 0 }]);
    breach(&mut full);
    assert_eq!(full.context().close("").unwrap_err(), owed);
    let back = world.back();
    world.carry_out(&back);
    world.candidate().unwrap();
    // The first release of a project has nothing to go back to, and must not be stuck for that.
    let mut first = World::climbing();
    first.measured(Verdict::Pass);
    first.soaked(1);
    first.take([Event::WayBackPinned { environment: PRODUCTION.into(), deployment: None }]);
    breach(&mut first);
    first.advance().unwrap();
}

#[test]
fn one_release_of_a_project_has_production_at_a_time() {
    let occupied = |refusal: Refusal| matches!(refusal, Refusal::Occupied { .. });
    let mut world = World::open();
    world.freeze();
    world.facts.occupied_by = Some("0.9.0".into());
    world.prove();
    let refusal = world.deploy(PRODUCTION).unwrap_err();
    assert!(refusal.to_string().starts_with("0.9.0 has production"), "{refusal}");
    let mut world = World::in_production();
    world.facts.occupied_by = Some("0.9.0".into());
    assert!(occupied(world.advance().unwrap_err()));
    world.back();
}

#[test]
fn the_rest_of_a_deploy_waits_for_nothing_but_its_candidate() {
    let mut world = World::open();
    world.freeze();
    world.candidate().unwrap();
    world.check("lint", None);
    let operation = OperationId(world.id());
    let (passage, steps) = world.context().deploy(STAGING, operation).unwrap();
    world.take(passage);
    let id = world.intend(&steps[0]);
    assert!(world.context().follow_up(&steps[1]).is_err(), "the first step is not settled");
    world.settle(id, Outcome::Applied { url: None });
    world.context().follow_up(&steps[1]).unwrap();
    let world = held(world);
    assert!(matches!(world.context().follow_up(&steps[1]), Err(Refusal::OnHold { .. })));
    let mut world = world;
    let lifted = world.context().lift("").unwrap();
    world.take(lifted);
    world.candidate().unwrap();
    assert!(wrong(&world.context().follow_up(&steps[1]).unwrap_err()));
}

#[test]
fn steps_say_what_they_expect() {
    let mut world = World::open();
    world.freeze();
    world.candidate().unwrap();
    world.check("lint", None);
    let (_, steps) = world.context().deploy(STAGING, OperationId(Uuid::from_u128(0xabcd))).unwrap();
    let [place, share] = &steps[..] else { panic!("{steps:?}") };
    assert_eq!((&place.act, &place.expected), (&Act::Place, &Expected::Missing));
    assert_eq!(share.expected, Expected::Share { share: Share::NONE });
    assert_eq!(place.deployment.0, "1.0.0-rc.1-0000abcd");
    let world = World::climbing();
    assert_eq!(world.back().expected, Expected::Anything);
    let mut world = World::climbing();
    world.measured(Verdict::Pass);
    world.soaked(1);
    let (_, step) = world.context().advance().unwrap();
    assert_eq!(step.expected, Expected::Share { share: "5%".parse().unwrap() });
}
