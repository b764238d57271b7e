//! The evaluator against a model that tries every pair of samples and counts in whole numbers.

use proptest::prelude::*;
use rust_decimal::Decimal;
use seaworthy_rules::{
    Aggregate, At, Condition, Gap, InvalidReason, MetricSeries, MetricSpec, Period, Polarity, Reading,
    Sample, Series, Unit, evaluate,
};

use crate::common::{rule, series, t};

const INTERVAL: i64 = 15;
const ALLOWED: i64 = 30;
const STALE: i64 = 75;
const LIMIT: i64 = 100;

/// A sample: seconds, hundredths of a per cent or nothing that counts, requests.
#[derive(Clone, Copy, Debug)]
struct Tick {
    at: i64,
    level: Option<i64>,
    requests: i64,
}

/// Ticks with jitter and holes; levels lie just below, at and just above the limit.
fn ticks() -> impl Strategy<Value = Vec<Tick>> {
    let step = prop_oneof![6 => Just(INTERVAL), 2 => 1_i64..31, 1 => 25_i64..36, 1 => 31_i64..400];
    let level = prop_oneof![
        6 => Just(Some(LIMIT + 1)), 1 => Just(Some(LIMIT)), 1 => Just(Some(LIMIT - 1)), 1 => Just(Some(0)), 1 => Just(None)
    ];
    let requests = prop_oneof![1 => Just(0_i64), 4 => 0_i64..40];
    prop::collection::vec((step, level, requests), 0..40).prop_map(|ticks| {
        let mut at = 0;
        ticks
            .into_iter()
            .map(|(step, level, requests)| {
                at += step;
                Tick { at, level, requests }
            })
            .collect()
    })
}

fn gaps() -> impl Strategy<Value = Vec<(i64, i64)>> {
    prop::collection::vec((0_i64..300, 1_i64..200), 0..3).prop_map(|gaps| {
        let mut end = 0;
        gaps.into_iter()
            .map(|(wait, length)| {
                let from = end + wait;
                end = from + length;
                (from, end)
            })
            .collect()
    })
}

fn spec(unit: Unit, aggregate: Aggregate) -> MetricSpec {
    MetricSpec::new(unit, aggregate, Period::from_secs(INTERVAL.unsigned_abs()))
}

fn metrics(ticks: &[Tick], aggregate: Aggregate) -> Series {
    let mut rate = MetricSeries::new(spec(Unit::PERCENT, aggregate));
    let mut requests = MetricSeries::new(spec(Unit::COUNT, Aggregate::Sum));
    for tick in ticks {
        let reading = match tick.level {
            Some(level) => Reading::Value(Decimal::new(level, 2)),
            None => Reading::Invalid(InvalidReason::NoAnswer),
        };
        rate.record(Sample { at: t(tick.at), reading });
        requests.record(Sample { at: t(tick.at), reading: Reading::Value(tick.requests.into()) });
    }
    series([("error_rate", rate), ("requests", requests)])
}

/// One situation: what there is, and when it is looked at.
#[derive(Clone, Debug)]
struct World {
    ticks: Vec<Tick>,
    gaps: Vec<(i64, i64)>,
    since: i64,
    now: i64,
}

fn worlds() -> impl Strategy<Value = World> {
    (ticks(), gaps(), 0_i64..100, 0_i64..160).prop_map(|(ticks, gaps, since, late)| {
        let now = ticks.last().map_or(0, |tick| tick.at) + late - 40;
        World { ticks, gaps, since, now: now.max(since) }
    })
}

impl World {
    fn seen(&self) -> Vec<Tick> {
        let inside = |at| self.gaps.iter().any(|(from, to)| *from < at && at < *to);
        let all = self.ticks.iter().copied();
        all.filter(|tick| tick.at >= self.since && tick.at <= self.now && !inside(tick.at)).collect()
    }

    fn valid(&self) -> Vec<(i64, bool)> {
        self.seen().iter().filter_map(|tick| tick.level.map(|level| (tick.at, level > LIMIT))).collect()
    }

    fn requests(&self, from: i64, to: i64) -> i64 {
        self.seen().iter().filter(|tick| from <= tick.at && tick.at <= to).map(|tick| tick.requests).sum()
    }

    fn ask(&self, text: &str, aggregate: Aggregate, polarity: Polarity) -> seaworthy_rules::Evaluation {
        let gap = |(from, to): &(i64, i64)| Gap { from: t(*from), to: t(*to), filled: false };
        let gaps: Vec<Gap> = self.gaps.iter().map(gap).collect();
        let at = At { now: t(self.now), since: t(self.since), gaps: &gaps };
        evaluate(&rule(text), &metrics(&self.ticks, aggregate), &at, polarity)
    }
}

/// Whether all samples from `i` to `j` are true, and whether no gap lies among them.
fn joined(valid: &[(i64, bool)], i: usize, j: usize) -> (bool, bool) {
    let part = &valid[i..=j];
    (part.iter().all(|(_, truth)| *truth), part.windows(2).all(|pair| pair[1].0 - pair[0].0 <= ALLOWED))
}

/// The condition and, where it is met, when; by trying every pair.
fn sustained(world: &World, needed: i64, minimum: i64, polarity: Polarity) -> (Condition, Option<i64>) {
    let valid = world.valid();
    let Some((newest, _)) = valid.last().copied() else { return (Condition::NoData, None) };
    let last = valid.len() - 1;
    let stale = world.now - newest > STALE;
    let mut fired = None;
    let mut open = false;
    let mut trailing = None;
    for j in 0..valid.len() {
        for i in 0..=j {
            let (all_true, unbroken) = joined(&valid, i, j);
            let counts = polarity == Polarity::Guardrail || joined(&valid, j, last) == (true, true);
            let reaches = polarity == Polarity::Guardrail || joined(&valid, j, last).0;
            if all_true && unbroken && j == last && trailing.is_none() {
                trailing = Some(valid[i].0);
            }
            if !all_true || valid[j].0 - valid[i].0 < needed {
                continue;
            }
            if unbroken && counts && world.requests(valid[i].0, valid[j].0) >= minimum {
                fired = fired.or(Some(valid[j].0));
            }
            open |= !unbroken && reaches;
        }
    }
    if fired.is_some() && !(stale && polarity == Polarity::Criterion) {
        return (Condition::Met, fired);
    }
    let from = match trailing {
        Some(from) if newest - from >= needed => from,
        _ => newest - needed,
    };
    let condition = match () {
        () if stale || world.requests(from, newest) < minimum => Condition::NoData,
        () if open => Condition::Unclear,
        () if trailing.is_some() => Condition::Building,
        () => Condition::NotMet,
    };
    (condition, None)
}

/// A mean over a window in whole numbers; the caller knows that a mean is never beyond repair.
fn window(world: &World, length: i64) -> Condition {
    let valid: Vec<(i64, i64)> =
        world.seen().iter().filter_map(|tick| tick.level.map(|level| (tick.at, level))).collect();
    let Some((newest, _)) = valid.last().copied() else { return Condition::NoData };
    let inside: Vec<(i64, i64)> =
        valid.iter().copied().filter(|(at, _)| *at > (world.now - length).max(world.since)).collect();
    if world.now - newest > STALE || inside.is_empty() {
        return Condition::NoData;
    }
    // Second by second: a second is covered if valid neighbours close enough lie on both of its sides.
    let covered = |second: i64| {
        let before = valid.iter().map(|(at, _)| *at).filter(|at| *at <= second).max();
        let after = valid.iter().map(|(at, _)| *at).filter(|at| *at > second).min();
        matches!((before, after), (Some(before), Some(after)) if after - before <= ALLOWED)
    };
    let uncovered = (world.now - length..world.now).filter(|second| !covered(*second)).count();
    if uncovered > usize::try_from(ALLOWED).unwrap() {
        return Condition::Unclear;
    }
    let sum: i64 = inside.iter().map(|(_, level)| level).sum();
    if sum > LIMIT * i64::try_from(inside.len()).unwrap() { Condition::Met } else { Condition::NotMet }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn sustained_rules_agree_with_trying_every_pair(
        world in worlds(),
        needed in prop::sample::select(vec![15_i64, 30, 60, 120, 300]),
        minimum in prop::sample::select(vec![1_i64, 20, 100]),
        guardrail: bool,
    ) {
        let polarity = if guardrail { Polarity::Guardrail } else { Polarity::Criterion };
        let text = format!("error_rate > 1% for {needed}s with >= {minimum} requests");
        let evaluation = world.ask(&text, Aggregate::Ratio, polarity);
        let (condition, met_at) = sustained(&world, needed, minimum, polarity);
        prop_assert_eq!((evaluation.condition, evaluation.met_at), (condition, met_at.map(t)), "{}", evaluation.reason);
    }

    #[test]
    fn windows_agree_with_looking_at_every_second(world in worlds(), length in prop::sample::select(vec![30_i64, 60, 120, 300])) {
        let evaluation = world.ask(&format!("error_rate > 1% over {length}s"), Aggregate::Mean, Polarity::Guardrail);
        prop_assert_eq!(evaluation.condition, window(&world, length), "{}", evaluation.reason);
    }

    #[test]
    fn the_order_in_which_samples_arrive_does_not_matter(world in worlds(), seed in any::<u64>()) {
        let mut shuffled = world.clone();
        shuffled.ticks.sort_by_key(|tick| tick.at.unsigned_abs().wrapping_mul(seed | 1).rotate_left(17));
        for text in ["error_rate > 1% for 1m", "error_rate > 1% over 1m", "error_rate > 1%"] {
            let (a, b) = (world.ask(text, Aggregate::Max, Polarity::Guardrail), shuffled.ask(text, Aggregate::Max, Polarity::Guardrail));
            prop_assert_eq!(a, b);
        }
    }

    #[test]
    fn a_breach_that_fired_is_never_taken_back(world in worlds(), later in 0_i64..5_000) {
        let text = "error_rate > 1% for 1m";
        let now = world.ask(text, Aggregate::Ratio, Polarity::Guardrail);
        let then = World { now: world.now + later, ..world }.ask(text, Aggregate::Ratio, Polarity::Guardrail);
        if now.condition == Condition::Met {
            prop_assert_eq!((then.condition, then.met_at), (now.condition, now.met_at));
        }
    }

    #[test]
    fn flapping_at_the_limit_never_fires(levels in prop::collection::vec(prop::sample::select(vec![LIMIT + 1, LIMIT]), 2..80)) {
        // At least every fourth sample is at the limit, so no run reaches a minute.
        let ticks: Vec<Tick> = (0_i64..).zip(&levels).map(|(n, level)| {
            Tick { at: n * INTERVAL, level: Some(if n % 4 == 3 { LIMIT } else { *level }), requests: 1 }
        }).collect();
        let now = ticks.last().map_or(0, |tick| tick.at);
        let world = World { ticks, gaps: Vec::new(), since: 0, now };
        let evaluation = world.ask("error_rate > 1% for 1m", Aggregate::Ratio, Polarity::Guardrail);
        prop_assert!(matches!(evaluation.condition, Condition::NotMet | Condition::Building));
    }

    #[test]
    fn an_evaluation_never_says_more_than_it_saw(world in worlds(), guardrail: bool) {
        let polarity = if guardrail { Polarity::Guardrail } else { Polarity::Criterion };
        for text in ["error_rate > 1% for 1m", "error_rate > 1% over 1m", "error_rate > 1%"] {
            let evaluation = world.ask(text, Aggregate::Max, polarity);
            let valid = world.valid();
            prop_assert!(evaluation.counted <= valid.len());
            prop_assert_eq!(evaluation.newest.map(|newest| newest.at), valid.last().map(|(at, _)| t(*at)));
            prop_assert!(evaluation.values.iter().all(|seen| valid.iter().any(|(at, _)| t(*at) == seen.at)));
            prop_assert_eq!(evaluation.verdict, evaluation.condition.verdict(polarity));
        }
    }
}
