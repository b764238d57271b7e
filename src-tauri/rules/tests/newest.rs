//! Rules without `for` and `over`, and what makes a sample invalid.

use rust_decimal::Decimal;
use seaworthy_rules::{
    Aggregate,
    Condition::{Met, NoData, NotMet},
    InvalidReason,
    Polarity::{Criterion, Guardrail},
    Reading, Unit,
};

use crate::common::{at, at_newest, counts, d, error_rate, invalid, minutely, series, value};

#[test]
fn the_newest_fresh_sample_decides() {
    let metrics = series([("error_rate", error_rate("x.x"))]);
    let evaluation = at_newest("error_rate > 1%", &metrics, Guardrail);
    assert_eq!((evaluation.condition, evaluation.counted), (Met, 1));
    assert_eq!(
        at_newest("error_rate > 1%", &series([("error_rate", error_rate("xx."))]), Guardrail).condition,
        NotMet
    );
}

#[test]
fn an_invalid_newest_sample_leaves_the_one_before_while_it_is_fresh() {
    let metrics = series([("error_rate", error_rate("x?"))]);
    assert_eq!(at("error_rate > 1%", &metrics, Guardrail, 60, &[]).condition, Met);
    assert_eq!(at("error_rate > 1%", &metrics, Guardrail, 301, &[]).condition, NoData);
}

#[test]
fn a_hundred_and_ten_is_not_below_a_hundred_and_ten() {
    let mut latency = minutely(Unit::MILLISECOND, Aggregate::Max);
    latency.record(value(0, "110"));
    let metrics = series([("latency", latency)]);
    assert_eq!(at_newest("latency < 110ms", &metrics, Criterion).condition, NotMet);
    assert_eq!(at_newest("latency < 0.110001s", &metrics, Criterion).condition, Met);
}

#[test]
fn traffic_of_the_newest_sample_counts_alone() {
    let mut metric = error_rate("xxx");
    metric.spec.traffic = Some("requests".into());
    let with = |each| series([("error_rate", metric.clone()), ("requests", counts(3, each))]);
    assert_eq!(at_newest("error_rate > 1%", &with(99), Guardrail).condition, NoData);
    assert_eq!(at_newest("error_rate > 1%", &with(100), Guardrail).condition, Met);
}

#[test]
fn traffic_of_the_interval_before_does_not_count() {
    let requests = counts(1, 500);
    for (at, condition) in [(59, Met), (60, NoData)] {
        let mut metric = error_rate("");
        metric.record(value(at, "0.02"));
        let metrics = series([("error_rate", metric), ("requests", requests.clone())]);
        let evaluation = at_newest("error_rate > 1% with >= 100 requests", &metrics, Guardrail);
        assert_eq!(evaluation.condition, condition, "{at}");
    }
}

#[test]
fn a_rule_in_another_unit_than_its_metric_has_no_data() {
    let evaluation = at_newest("error_rate > 5ms", &series([("error_rate", error_rate("x"))]), Guardrail);
    assert_eq!(evaluation.condition, NoData);
    assert!(evaluation.reason.contains("`ms` cannot be compared with `ratio`"), "{}", evaluation.reason);
}

#[test]
fn a_share_of_a_metric_that_is_no_share_does_not_count() {
    let mut latency = minutely(Unit::MILLISECOND, Aggregate::Max);
    latency.record(seaworthy_rules::Sample { at: crate::common::t(0), reading: Reading::share(1, 2) });
    assert_eq!(at_newest("latency > 1ms", &series([("latency", latency)]), Guardrail).condition, NoData);
}

#[test]
fn texts_of_sources_are_kept_digit_by_digit_or_refused_with_a_reason() {
    let invalid = |reason| Reading::Invalid(reason);
    for (text, reading) in [
        ("0.02", Reading::Value(d("0.02"))),
        (" 1e-3 ", Reading::Value(d("0.001"))),
        ("2E3", Reading::Value(d("2000"))),
        ("-4", Reading::Value(d("-4"))),
        ("NaN", invalid(InvalidReason::NotANumber)),
        ("-nan", invalid(InvalidReason::NotANumber)),
        ("+Inf", invalid(InvalidReason::Infinite)),
        ("-infinity", invalid(InvalidReason::Infinite)),
        ("1e400", invalid(InvalidReason::OutOfRange)),
        ("123456789012345678901234567890123", invalid(InvalidReason::OutOfRange)),
        ("", invalid(InvalidReason::NotANumber)),
        ("<html>", invalid(InvalidReason::NotANumber)),
        ("0x10", invalid(InvalidReason::NotANumber)),
        ("1_000", invalid(InvalidReason::NotANumber)),
        ("1 2", invalid(InvalidReason::NotANumber)),
        ("e5", invalid(InvalidReason::NotANumber)),
    ] {
        assert_eq!(Reading::from_text(text), reading, "{text:?}");
    }
}

#[test]
fn shares_of_nothing_or_of_more_than_everything_are_invalid() {
    assert_eq!(Reading::share(0, 0), Reading::Invalid(InvalidReason::NotEnough));
    assert_eq!(Reading::share(2, 1), Reading::Invalid(InvalidReason::OutOfRange));
    assert_eq!(Reading::share(0, 7), Reading::Share { part: 0, whole: 7 });
}

#[test]
fn the_reason_of_an_invalid_sample_is_told() {
    let mut metric = error_rate("");
    metric.record(invalid(0, InvalidReason::WrongVersion));
    let evaluation = at_newest("error_rate > 1%", &series([("error_rate", metric)]), Guardrail);
    assert_eq!(evaluation.reason, "no valid sample of error_rate: the answer came from another version");
}

#[test]
fn a_figure_too_long_to_compare_exactly_does_not_count() {
    let mut metric =
        minutely(Unit { per: Some(seaworthy_rules::Per::Second), ..Unit::COUNT }, Aggregate::Last);
    metric.record(seaworthy_rules::Sample { at: crate::common::t(0), reading: Reading::Value(Decimal::MAX) });
    // One an hour is 1/3600 a second, which no decimal holds, so the sample has to be multiplied.
    assert_eq!(at_newest("jobs > 1/h", &series([("jobs", metric)]), Guardrail).condition, NoData);
}
