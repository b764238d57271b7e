//! What is stored and what people read.

use seaworthy_rules::{
    Condition, Evaluation, InvalidReason, MAX_SAMPLES, MetricSeries, Period,
    Polarity::{Criterion, Guardrail},
    Reading, Sample, Verdict,
};

use crate::common::{at, at_newest, counts, d, error_rate, invalid, series, t, value};

#[test]
fn an_evaluation_is_stored_like_this() {
    let metrics = series([("error_rate", error_rate(".x?xxxxx")), ("requests", counts(8, 40))]);
    let evaluation = at_newest("error_rate > 1% for 5m with >= 100 requests", &metrics, Guardrail);
    let json = serde_json::to_string_pretty(&evaluation).unwrap();
    assert_eq!(serde_json::from_str::<Evaluation>(&json).unwrap(), evaluation);
    insta::assert_snapshot!(json);
}

#[test]
fn a_series_is_stored_like_this_and_sorted_when_read() {
    let mut metric = error_rate("x");
    metric.spec.traffic = Some("requests".into());
    metric.record(Sample { at: t(60), reading: Reading::share(1, 30) });
    metric.record(invalid(120, InvalidReason::NotANumber));
    let json = serde_json::to_value(&metric).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&json).unwrap());
    let mut turned = json;
    turned["samples"].as_array_mut().unwrap().reverse();
    assert_eq!(serde_json::from_value::<MetricSeries>(turned).unwrap(), metric);
}

#[test]
fn samples_are_kept_in_order_one_per_instant() {
    let mut metric = error_rate("");
    metric.extend([
        value(60, "1"),
        invalid(0, InvalidReason::NoAnswer),
        value(0, "2"),
        value(0, "3"),
        invalid(60, InvalidReason::Stale),
    ]);
    assert_eq!(metric.samples(), [value(0, "2"), value(60, "1")]);
}

#[test]
fn the_sentences() {
    let sustained = "error_rate > 1% for 5m";
    let traffic = "error_rate > 1% for 5m with >= 100 requests";
    let mut lines = Vec::new();
    for (rule, picture, polarity) in [
        ("error_rate > 1%", "x", Guardrail),
        ("error_rate > 1%", "=", Guardrail),
        ("error_rate <= 0.005 ratio", ".", Criterion),
        (sustained, "xxxxxx", Guardrail),
        (sustained, "xxxx", Guardrail),
        (sustained, "....", Guardrail),
        (sustained, "xxx  x", Guardrail),
        (sustained, "???", Guardrail),
        (traffic, "xxxxxx", Guardrail),
        ("error_rate != 1% over 2m", "xxx", Guardrail),
    ] {
        let metrics = series([("error_rate", error_rate(picture)), ("requests", counts(6, 3))]);
        let now = (i64::try_from(picture.len()).unwrap() - 1) * 60;
        let evaluation = at(rule, &metrics, polarity, now, &[]);
        lines.push(format!("{rule} [{picture}]\n  {}: {}", evaluation.verdict, evaluation.reason));
    }
    let metrics = series([("error_rate", error_rate("x"))]);
    for rule in [sustained, "latency > 1s", traffic] {
        let evaluation = at(rule, &metrics, Guardrail, if rule == sustained { 4_000 } else { 0 }, &[]);
        lines.push(format!("{rule}\n  {}: {}", evaluation.verdict, evaluation.reason));
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn a_figure_next_to_the_limit_is_told_from_it() {
    let mut metric = error_rate("");
    metric.record(value(0, "0.0100000001"));
    let evaluation = at_newest("error_rate > 1%", &series([("error_rate", metric)]), Guardrail);
    assert_eq!(evaluation.reason, "error_rate is 0.0100000001 ratio, above 1%");
}

#[test]
fn a_series_forgets_its_oldest_samples_at_its_limit() {
    let mut metric = error_rate("");
    let samples = i64::try_from(MAX_SAMPLES).unwrap();
    metric.extend((0..=samples).map(|second| value(second, "0")));
    assert_eq!(metric.samples().len(), MAX_SAMPLES - MAX_SAMPLES / 8 + 1);
    assert_eq!(metric.samples().last().map(|newest| newest.at), Some(t(samples)));
}

#[test]
fn many_values_are_kept_to_the_newest() {
    let evaluation = at_newest(
        "error_rate < 1% for 60m",
        &series([("error_rate", error_rate(&".".repeat(61)))]),
        Criterion,
    );
    assert_eq!((evaluation.condition, evaluation.counted, evaluation.values.len()), (Condition::Met, 61, 32));
    assert_eq!(evaluation.values.last().map(|newest| newest.at), Some(t(3_600)));
    assert_eq!(evaluation.newest.map(|newest| newest.value.value), Some(d("0")));
    assert_eq!(evaluation.run.map(|run| run.interval.length()), Some(Period::from_secs(3_600)));
}

#[test]
fn a_verdict_is_written_as_it_is_said() {
    use Verdict::{Fail, Inconclusive, NoData, Pass};
    assert_eq!(serde_json::to_string(&NoData).unwrap(), "\"no_data\"");
    assert!(
        [Pass, Fail, Inconclusive, NoData]
            .iter()
            .all(|v| serde_json::to_string(v).unwrap() == format!("\"{v}\""))
    );
}
