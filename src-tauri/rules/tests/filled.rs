//! Samples that were fetched after a gap, and figures that the source itself combines.

use seaworthy_rules::{
    Aggregate, Condition,
    Condition::{Building, Met, NoData, NotMet, Unclear},
    Evaluation, Gap, InvalidReason, MetricSeries, Period,
    Polarity::{Criterion, Guardrail},
    Unit,
};

use crate::common::{at, error_rate, invalid, minutely, series, t, value};

const RULE: &str = "error_rate > 1% for 5m";

/// Judged at the last mark; minutes `from` to `to` were a gap, and their samples came later.
fn filled(rule: &str, picture: &str, from: i64, to: i64) -> Evaluation {
    let gaps = [Gap { from: t(from * 60), to: t(to * 60), filled: true }];
    let now = i64::try_from(picture.len()).unwrap() * 60 - 60;
    at(rule, &series([("error_rate", error_rate(picture))]), Guardrail, now, &gaps)
}

#[test]
fn what_nobody_saw_does_not_fire() {
    // Six true minutes within the gap, and over before it ended.
    assert_eq!(filled(RULE, "..xxxxxx..", 1, 9).condition, NotMet);
    assert_eq!(filled("error_rate > 1%", "..xxxxxx..", 1, 9).condition, NotMet);
}

#[test]
fn what_lasts_fires_at_the_first_sample_somebody_sees() {
    let fired = filled(RULE, "..xxxxxxxx", 1, 9);
    assert_eq!((fired.condition, fired.met_at), (Met, Some(t(9 * 60))));
    assert_eq!(fired.interval.unwrap().from, t(2 * 60), "from when it began");
    let building = filled(RULE, ".....xxx", 1, 6);
    assert_eq!(
        (building.condition, building.run.unwrap().interval.length()),
        (Building, Period::from_secs(120))
    );
}

#[test]
fn without_counting_the_same_samples_say_nothing() {
    let metrics = series([("error_rate", error_rate("..xxxxxxxx"))]);
    let gaps = [Gap { from: t(60), to: t(540), filled: false }];
    assert_eq!(at(RULE, &metrics, Guardrail, 540, &gaps).condition, Building);
}

#[test]
fn how_things_stand_is_asked_of_the_past_as_well() {
    let gaps = [Gap { from: t(60), to: t(540), filled: true }];
    let metrics = series([("error_rate", error_rate("..xxxxxxxx"))]);
    assert_eq!(at(RULE, &metrics, Criterion, 7 * 60, &gaps).condition, Met, "held while nobody looked");
}

#[test]
fn the_newest_figure_of_a_gap_is_no_news() {
    let mut metric = error_rate(".xxx");
    metric.record(invalid(240, InvalidReason::NoAnswer));
    let gaps = [Gap { from: t(0), to: t(240), filled: true }];
    let metrics = series([("error_rate", metric)]);
    let unseen = at("error_rate > 1%", &metrics, Guardrail, 240, &gaps);
    assert_eq!((unseen.condition, unseen.met_at), (Unclear, None));
    assert!(unseen.reason.contains("fetched after a gap"), "{}", unseen.reason);
}

/// A percentile every minute, whose source is asked for windows as well.
fn requeried(told: &[(i64, &str)]) -> MetricSeries {
    let mut metric = minutely(Unit::MILLISECOND, Aggregate::Last);
    metric.spec.percentile = true;
    metric.spec.requeried = true;
    metric.extend((0..=10).map(|minute| value(minute * 60, "100")));
    for (at, text) in told {
        metric.record_over(Period::from_secs(300), value(*at, text));
    }
    metric
}

fn over(told: &[(i64, &str)]) -> Condition {
    at("p99 > 500ms over 5m", &series([("p99", requeried(told))]), Guardrail, 600, &[]).condition
}

#[test]
fn the_sources_own_figure_decides_over_a_window() {
    assert_eq!(over(&[(600, "700")]), Met);
    assert_eq!(over(&[(540, "700"), (600, "200")]), NotMet);
    assert_eq!(over(&[(540, "700")]), Met, "one question may go unanswered");
    assert_eq!(over(&[(300, "700")]), Unclear, "what it said long ago is no answer");
    assert_eq!(over(&[]), Unclear);
    let other =
        at("p99 > 500ms over 10m", &series([("p99", requeried(&[(600, "700")]))]), Guardrail, 600, &[]);
    assert_eq!(other.condition, Unclear, "of another window");
}

#[test]
fn a_window_nobody_observed_is_not_decided_by_its_source() {
    let mut metric = minutely(Unit::MILLISECOND, Aggregate::Max);
    metric.spec.requeried = true;
    metric.record(value(600, "100"));
    metric.record_over(Period::from_secs(300), value(600, "700"));
    let metrics = series([("p99", metric)]);
    assert_eq!(at("p99 > 500ms over 5m", &metrics, Guardrail, 600, &[]).condition, Unclear);
    assert_eq!(at("p99 > 500ms over 5m", &metrics, Guardrail, 10_000, &[]).condition, NoData);
}
