//! `over W`: aggregates, coverage, and what is already beyond repair.

use seaworthy_rules::{
    Aggregate,
    Condition::{self, Met, NoData, NotMet, Unclear},
    Evaluation, Period,
    Polarity::{Criterion, Guardrail},
    Reading, Sample, Unit, Verdict,
};

use crate::common::{at, counts, d, error_rate, minutely, series, t, value};

/// One-minute samples of 0, 60, … seconds, judged at `now`.
fn latency(aggregate: Aggregate, values: &[&str], rule: &str, now: i64) -> Evaluation {
    let mut metric = minutely(Unit::MILLISECOND, aggregate);
    metric.extend(
        (0_i64..).zip(values).filter(|(_, text)| !text.is_empty()).map(|(n, text)| value(n * 60, text)),
    );
    at(rule, &series([("latency", metric)]), Criterion, now, &[])
}

#[test]
fn each_aggregate_is_evaluated_over_the_window_only() {
    // The sample at 0 stands for the minute before the window.
    let values = ["900", "10", "40", "20", "30", "25"];
    for (aggregate, figure) in [
        (Aggregate::Mean, "25"),
        (Aggregate::Max, "40"),
        (Aggregate::Min, "10"),
        (Aggregate::Last, "25"),
        (Aggregate::Sum, "125"),
    ] {
        let evaluation = latency(aggregate, &values, "latency < 1s over 5m", 300);
        assert_eq!(evaluation.condition, Met, "{aggregate}");
        assert_eq!(evaluation.figure.unwrap().value, d(figure), "{aggregate}");
    }
}

#[test]
fn a_mean_is_compared_exactly() {
    let exact = |rule| latency(Aggregate::Mean, &["", "0", "0", "1"], rule, 180).condition;
    assert_eq!(exact("latency > 0.3333333333333333333333333333ms over 3m"), Met);
    assert_eq!(exact("latency < 0.3333333333333333333333333334ms over 3m"), Met);
}

#[test]
fn shares_are_weighed_by_their_counts() {
    let mut metric = error_rate("");
    for (minute, part, whole) in [(1, 1, 3), (2, 0, 97)] {
        metric.record(Sample { at: t(minute * 60), reading: Reading::share(part, whole) });
    }
    let metrics = series([("error_rate", metric)]);
    assert_eq!(at("error_rate >= 1% over 2m", &metrics, Guardrail, 120, &[]).condition, Met);
    assert_eq!(at("error_rate > 1% over 2m", &metrics, Guardrail, 120, &[]).condition, NotMet);
}

#[test]
fn shares_without_counts_are_weighed_by_the_traffic_or_not_combined() {
    let mut metric = error_rate("..x");
    let alone = at("error_rate > 1% over 2m", &series([("error_rate", metric.clone())]), Guardrail, 120, &[]);
    assert_eq!(alone.condition, Unclear);
    metric.spec.traffic = Some("requests".into());
    let mut requests = counts(2, 900);
    requests.record(value(120, "100"));
    let metrics = series([("error_rate", metric), ("requests", requests)]);
    let weighed = at("error_rate > 1% over 2m", &metrics, Guardrail, 120, &[]);
    assert_eq!((weighed.condition, weighed.figure.unwrap().value), (NotMet, d("0.002")));
}

#[test]
fn percentiles_are_never_combined() {
    let mut metric = minutely(Unit::MILLISECOND, Aggregate::Mean);
    metric.spec.percentile = true;
    metric.extend((0..=10).map(|minute| value(minute * 60, "5")));
    let metrics = series([("p99", metric)]);
    let evaluation = at("p99 < 1s over 5m", &metrics, Criterion, 600, &[]);
    assert_eq!((evaluation.condition, evaluation.verdict), (Unclear, Verdict::Inconclusive));
    assert_eq!(at("p99 < 1s for 5m", &metrics, Criterion, 600, &[]).condition, Met);
}

fn over(picture: &[&str], now: i64) -> Condition {
    latency(Aggregate::Mean, picture, "latency < 1s over 5m", now).condition
}

#[test]
fn a_window_needs_to_be_observed_up_to_the_allowed_gap() {
    assert_eq!(over(&["1", "1", "1", "1", "1", "1"], 300), Met);
    assert_eq!(over(&["1", "1", "", "1", "1", "1"], 300), Met, "two minutes between neighbours are allowed");
    assert_eq!(over(&["1", "1", "", "", "1", "1"], 300), Unclear, "three are not");
    assert_eq!(
        over(&["", "", "1", "1", "1", "1"], 300),
        Met,
        "two minutes before the first sample are allowed"
    );
    assert_eq!(over(&["", "", "", "1", "1", "1"], 300), Unclear);
    assert_eq!(over(&["1", "1", "1", "1"], 300), Met, "two minutes after the last sample are allowed");
    assert_eq!(over(&["1", "1", "1"], 300), Unclear);
    assert_eq!(over(&["", "1", "1", "1"], 300), Unclear, "the ends add up");
}

#[test]
fn time_before_the_start_is_not_observed() {
    assert_eq!(over(&["1", "1", "1"], 120), Unclear);
    let evaluation = latency(Aggregate::Mean, &["1", "1", "1"], "latency < 1s over 5m", 120);
    let coverage = evaluation.coverage.unwrap();
    assert_eq!((coverage.observed, coverage.window), (Period::from_secs(120), Period::from_secs(300)));
    assert_eq!(evaluation.reason, "latency was observed for only 2m of the last 5m");
}

#[test]
fn an_answer_that_is_bad_beyond_repair_does_not_wait_for_the_window() {
    let early = |aggregate, values: &[&str], rule| latency(aggregate, values, rule, 60).condition;
    assert_eq!(early(Aggregate::Max, &["", "1000"], "latency < 1s over 1h"), NotMet);
    assert_eq!(early(Aggregate::Max, &["", "1000"], "latency <= 1s over 1h"), Unclear, "still true");
    assert_eq!(early(Aggregate::Max, &["", "1000"], "latency > 1s over 1h"), Unclear, "more may come");
    assert_eq!(early(Aggregate::Min, &["", "1000"], "latency > 1s over 1h"), NotMet);
    assert_eq!(
        early(Aggregate::Min, &["", "1001"], "latency > 1s over 1h"),
        Unclear,
        "true, but not observed"
    );
    assert_eq!(early(Aggregate::Sum, &["", "1"], "latency == 0ms over 1h"), NotMet);
    assert_eq!(early(Aggregate::Sum, &["", "0"], "latency == 0ms over 1h"), Unclear);
    assert_eq!(
        early(Aggregate::Sum, &["", "-1"], "latency < -1ms over 1h"),
        Unclear,
        "such a sum may fall again"
    );
    assert_eq!(early(Aggregate::Mean, &["", "5000"], "latency < 1s over 1h"), Unclear);
    assert_eq!(early(Aggregate::Last, &["", "5000"], "latency < 1s over 1h"), Unclear);
}

#[test]
fn a_guardrail_fires_early_and_is_never_quiet_early() {
    let mut metric = minutely(Unit::MILLISECOND, Aggregate::Max);
    metric.record(value(60, "2000"));
    let metrics = series([("latency", metric)]);
    let fired = at("latency > 1s over 1h", &metrics, Guardrail, 60, &[]);
    assert_eq!((fired.verdict, fired.met_at), (Verdict::Fail, Some(t(60))));
    assert_eq!(at("latency < 1s over 1h", &metrics, Guardrail, 60, &[]).verdict, Verdict::Inconclusive);
}

#[test]
fn a_window_without_a_valid_sample_or_with_old_ones_has_no_data() {
    assert_eq!(over(&["1"], 301), NoData);
    assert_eq!(over(&["1"], 300), NoData, "the one sample stands for the minute before the window");
    assert_eq!(latency(Aggregate::Max, &["1"], "latency < 1s over 30s", 60).condition, NoData);
}

#[test]
fn a_window_needs_its_traffic() {
    let rule = "latency < 1s over 5m with >= 100 requests";
    for (each, condition) in [(20, Met), (19, NoData)] {
        let mut metric = minutely(Unit::MILLISECOND, Aggregate::Max);
        metric.extend((0..6).map(|minute| value(minute * 60, "5")));
        let metrics = series([("latency", metric), ("requests", counts(6, each))]);
        assert_eq!(at(rule, &metrics, Criterion, 300, &[]).condition, condition, "{each}");
    }
}
