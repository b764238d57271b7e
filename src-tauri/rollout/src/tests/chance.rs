//! The decisions of one tick in random situations.

use super::*;
use proptest::prelude::*;

fn condition() -> impl Strategy<Value = Condition> {
    prop_oneof![
        1 => Just(Condition::Met),
        1 => Just(Condition::Building),
        8 => Just(Condition::NotMet),
        1 => Just(Condition::Unclear),
        1 => Just(Condition::NoData),
    ]
}

#[derive(Clone, Debug)]
struct Case {
    rails: Vec<(Then, OnNoData, Condition, Option<u64>)>,
    /// Earlier rollbacks: refused, unknown or still on their way.
    tried: Vec<u8>,
    breached: bool,
    held: bool,
    forward: u8,
    auto: bool,
    soaked: bool,
    seen: bool,
    observed: u64,
}

fn case() -> impl Strategy<Value = Case> {
    let then = prop_oneof![Just(Then::Rollback), Just(Then::Hold), Just(Then::Notify)];
    let on_no_data = prop_oneof![3 => Just(OnNoData::Hold), 1 => Just(OnNoData::Rollback)];
    let rail = (then, on_no_data, condition(), proptest::option::of(0_u64..200));
    let rails = proptest::collection::vec(rail, 1..4);
    let tried = proptest::collection::vec(0_u8..3, 0..4);
    let flags = (any::<bool>(), prop::bool::weighted(0.3), 0_u8..4, any::<bool>(), any::<bool>());
    (rails, tried, flags, prop::bool::weighted(0.8), 0_u64..1_200).prop_map(
        |(rails, tried, (breached, held, forward, auto, soaked), seen, observed)| Case {
            rails,
            tried,
            breached,
            held,
            forward,
            auto,
            soaked,
            seen,
            observed,
        },
    )
}

impl Case {
    fn world(&self) -> World {
        let mut world = World::climbing();
        if self.soaked {
            world.take(&Event::Soaked { stage: 1, observed_ms: 0, wall_ms: 0, lost_ms: 0 });
        }
        if self.held {
            world.hold();
        }
        if self.forward == 0 {
            let operation = world.operate(Act::SetShare { share: Share::FULL, stage: Some(2) });
            world.settle(operation, Outcome::Unknown { why: "lost".into() });
        }
        if self.breached {
            world.breach("earlier", Then::Rollback);
        }
        for (n, how) in self.tried.iter().enumerate() {
            let operation = world.back();
            let last = n + 1 == self.tried.len();
            match how {
                1 if last => world.settle(operation, Outcome::Unknown { why: "lost".into() }),
                2 if last => {}
                _ => world.settle(operation, Outcome::Refused { why: "no".into() }),
            }
        }
        world
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn back_exactly_when_owed_and_on_only_without_doubt(case in case()) {
        let world = case.world();
        let rails = case.rails.iter().enumerate();
        let rails = rails.map(|(n, (then, blind, ..))| guardrail(&format!("g{n}"), *then, *blind)).collect();
        let policy = policy(case.auto, rails);
        let readings: Vec<_> = policy.guardrails.iter().zip(&case.rails)
            .map(|(rail, (_, _, condition, blind))| {
                reading(rail, *condition, blind.filter(|_| *condition == Condition::NoData))
            })
            .collect();
        let decided = actions(&policy, &world, &readings, case.seen, &span(case.observed, 1_200));

        let backward: Vec<_> = world.release.operations.iter().filter(|op| op.act.is_backward()).collect();
        let open = backward.iter().any(|op| op.state.is_open());
        let breach = case.rails.iter().any(|(then, _, c, _)| *c == Condition::Met && *then == Then::Rollback);
        let blind = readings.iter().any(|r| r.is_blind() && r.guardrail.on_no_data == OnNoData::Rollback);
        let owed = breach || blind || case.breached || !backward.is_empty();
        let back = decided.iter().filter(|a| matches!(a, Action::RollBack { .. })).count();
        prop_assert_eq!(back, usize::from(owed && !open && backward.len() < 3), "{:?}", words(&decided));

        let on = decided.iter().filter(|a| **a == Action::Advance).count();
        let quiet = case.rails.iter().all(|(_, _, c, _)| *c == Condition::NotMet);
        let credited = |kind: &str| decided.iter().any(|a| match a {
            Action::Record(event) => event.to_entry().unwrap().kind == kind,
            _ => false,
        });
        if !quiet || owed || !case.seen {
            prop_assert!(on == 0 && !credited("stage.soaked") && !credited("watch.ended"));
        }
        if on > 0 {
            prop_assert!(on == 1 && !case.held && case.forward != 0 && case.auto);
            prop_assert!(case.soaked || credited("stage.soaked"));
            prop_assert!(!credited("hold.set"));
        }
        let holds = decided.iter().filter(|a| matches!(a, Action::Record(Event::HoldSet { .. }))).count();
        prop_assert!(holds <= usize::from(!case.held));
        // Records, then acts, then words.
        let order: Vec<_> = decided.iter().map(|a| match a {
            Action::Record(_) => 0,
            Action::RollBack { .. } | Action::Advance => 1,
            Action::Tell { .. } => 2,
        }).collect();
        prop_assert!(order.is_sorted());
    }
}
