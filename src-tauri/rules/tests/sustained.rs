//! `for D`, sentence by sentence.

use seaworthy_rules::{
    Condition::{Building, Met, NoData, NotMet, Unclear},
    Evaluation, Gap, Period,
    Polarity::{Criterion, Guardrail},
    Reading, Sample, Traffic, Verdict,
};

use crate::common::{at, at_newest, counts, d, error_rate, series, t, value};

const RULE: &str = "error_rate > 1% for 5m";

fn guard(picture: &str) -> Evaluation {
    at_newest(RULE, &series([("error_rate", error_rate(picture))]), Guardrail)
}

fn criterion(picture: &str) -> Evaluation {
    at_newest(RULE, &series([("error_rate", error_rate(picture))]), Criterion)
}

#[test]
fn six_one_minute_samples_span_five_minutes_and_five_do_not() {
    let five = guard("xxxxx");
    assert_eq!(five.condition, Building);
    let run = five.run.unwrap();
    assert_eq!((run.interval.length(), run.needed), (Period::from_secs(240), Period::from_secs(300)));
    assert_eq!(five.verdict, Verdict::Inconclusive);
    let six = guard("xxxxxx");
    assert_eq!((six.condition, six.verdict), (Met, Verdict::Fail));
}

#[test]
fn it_fires_at_the_sample_that_completes_the_run() {
    let fired = guard("..xxxxxxxx");
    assert_eq!(fired.met_at, Some(t(7 * 60)));
    let interval = fired.interval.unwrap();
    assert_eq!((interval.from, interval.to), (t(2 * 60), t(7 * 60)));
    assert_eq!((fired.counted, fired.values.len()), (6, 6));
}

#[test]
fn a_breach_once_fired_stays() {
    let later = guard("xxxxxx.........................");
    assert_eq!((later.condition, later.met_at), (Met, Some(t(300))));
    let metrics = series([("error_rate", error_rate("xxxxxx"))]);
    assert_eq!(at(RULE, &metrics, Guardrail, 90_000, &[]).condition, Met, "silence does not take it back");
}

#[test]
fn a_criterion_says_how_things_stand_now() {
    assert_eq!(criterion("xxxxxx").verdict, Verdict::Pass);
    assert_eq!(criterion("xxxxxx.").verdict, Verdict::Fail);
    assert_eq!(criterion("xxxxxx.x").condition, Building);
    let metrics = series([("error_rate", error_rate("xxxxxx"))]);
    assert_eq!(at(RULE, &metrics, Criterion, 90_000, &[]).condition, NoData);
}

#[test]
fn at_the_limit_is_not_above_it() {
    assert_eq!(guard("======").condition, NotMet);
    assert_eq!(guard("xxx=xxx").condition, Building);
    let metrics = series([("error_rate", error_rate("======"))]);
    assert_eq!(at_newest("error_rate >= 1% for 5m", &metrics, Guardrail).condition, Met);
}

#[test]
fn a_false_sample_ends_the_run() {
    assert_eq!(guard("xxxxx.xxxxx").condition, Building);
    assert_eq!(guard("xxxxx.xxxxx.").condition, NotMet);
}

#[test]
fn an_invalid_sample_neither_breaks_nor_extends_the_run() {
    assert_eq!(guard("xx?xxx").condition, Met, "the neighbours are two minutes apart, which is allowed");
    assert_eq!(guard("xxxxx?").condition, Building, "an invalid sample completes nothing");
    assert_eq!(guard("xx??xx").condition, Unclear, "three minutes between valid neighbours are a gap");
    let skipped = guard("xx?xxx");
    assert_eq!((skipped.counted, skipped.skipped), (5, 1));
}

#[test]
fn a_gap_neither_completes_nor_clears_the_run() {
    assert_eq!(guard("xxx  x").condition, Unclear, "together they would be long enough");
    assert_eq!(guard("xx  x").condition, Building, "together they are still too short");
    assert_eq!(guard("xxx  .").condition, NotMet, "nothing is true on the far side");
    assert_eq!(guard("xxx  xxxxxx").condition, Met, "the far side suffices alone");
    let open = guard("xxx  x......").interval.unwrap();
    assert_eq!((open.from, open.to), (t(0), t(300)), "a false sample later does not settle what the gap hid");
}

#[test]
fn a_criterion_is_unclear_only_about_the_run_it_stands_on() {
    assert_eq!(criterion("xxx  x").condition, Unclear);
    assert_eq!(criterion("xxx  x.x").condition, Building);
    assert_eq!(criterion("xxx  x.").condition, NotMet);
}

#[test]
fn neighbours_exactly_the_allowed_gap_apart_belong_together() {
    assert_eq!(guard("x x x x").condition, Met);
    assert_eq!(guard("x  x  x").condition, Unclear);
}

#[test]
fn samples_in_a_recorded_gap_do_not_count() {
    let metrics = series([("error_rate", error_rate("xxxxxx"))]);
    let gaps = [Gap { from: t(60), to: t(240), filled: false }];
    let seen = at(RULE, &metrics, Guardrail, 300, &gaps);
    assert_eq!((seen.condition, seen.counted, seen.skipped), (Unclear, 4, 2));
}

#[test]
fn no_valid_sample_or_an_old_one_is_no_data() {
    assert_eq!(guard("???").condition, NoData);
    let metrics = series([("error_rate", error_rate("xxx"))]);
    assert_eq!(
        at(RULE, &metrics, Guardrail, 120 + 300, &[]).condition,
        Building,
        "five intervals old is not older"
    );
    assert_eq!(at(RULE, &metrics, Guardrail, 120 + 301, &[]).condition, NoData);
    assert_eq!(at("latency > 1s for 5m", &metrics, Guardrail, 120, &[]).condition, NoData);
}

#[test]
fn samples_before_the_start_and_after_now_do_not_count() {
    let metrics = series([("error_rate", error_rate("xxxxxxxx"))]);
    assert_eq!(at(RULE, &metrics, Guardrail, 240, &[]).condition, Building);
    let late = seaworthy_rules::At { now: t(420), since: t(180), gaps: &[] };
    assert_eq!(
        seaworthy_rules::evaluate_guardrail(&crate::common::rule(RULE), &metrics, &late).condition,
        Building
    );
}

#[test]
fn a_run_needs_its_traffic() {
    let rule = "error_rate > 1% for 5m with >= 100 requests";
    let with = |each| series([("error_rate", error_rate("xxxxxx")), ("requests", counts(6, each))]);
    assert_eq!(at_newest(rule, &with(17), Guardrail).condition, Met);
    let short = at_newest(rule, &with(16), Guardrail);
    assert_eq!((short.condition, short.verdict), (NoData, Verdict::NoData));
    assert_eq!(
        short.traffic,
        Traffic::Counted { metric: "requests".into(), seen: Some(d("96")), needed: 100 },
        "six samples of sixteen"
    );
    assert!(short.run.is_some(), "the run is still told");
}

#[test]
fn a_long_run_fires_once_its_traffic_suffices() {
    let metrics = series([("error_rate", error_rate("xxxxxxxxxx")), ("requests", counts(10, 12))]);
    let fired = at_newest("error_rate > 1% for 5m with >= 100 requests", &metrics, Guardrail);
    assert_eq!(fired.met_at, Some(t(8 * 60)), "nine samples of twelve are 108");
}

#[test]
fn a_metric_that_names_its_traffic_needs_a_hundred() {
    let mut metric = error_rate("......");
    metric.spec.traffic = Some("requests".into());
    let with = |each| series([("error_rate", metric.clone()), ("requests", counts(6, each))]);
    assert_eq!(at_newest(RULE, &with(16), Guardrail).condition, NoData);
    assert_eq!(at_newest(RULE, &with(17), Guardrail).condition, NotMet);
    assert_eq!(
        at_newest("error_rate > 1% for 5m with >= 90 requests", &with(16), Guardrail).condition,
        NotMet
    );
    let unmeasured = at_newest(RULE, &series([("error_rate", metric.clone())]), Guardrail);
    assert_eq!(unmeasured.condition, NoData);
    assert_eq!(guard("......").traffic, Traffic::NotChecked);
}

#[test]
fn traffic_is_counted_over_the_run_and_not_before() {
    let mut requests = counts(12, 1);
    requests.record(value(30, "1000"));
    let metrics = series([("error_rate", error_rate("......xxxxxx")), ("requests", requests)]);
    assert_eq!(
        at_newest("error_rate > 1% for 5m with >= 100 requests", &metrics, Guardrail).condition,
        NoData
    );
}

#[test]
fn one_of_a_hundred_is_exactly_one_percent() {
    let mut metric = error_rate("");
    for minute in 0..6 {
        metric.record(Sample { at: t(minute * 60), reading: Reading::share(3, 300) });
    }
    let metrics = series([("error_rate", metric)]);
    assert_eq!(at_newest(RULE, &metrics, Guardrail).condition, NotMet);
    assert_eq!(at_newest("error_rate >= 1% for 5m", &metrics, Guardrail).condition, Met);
}
