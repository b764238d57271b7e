//! Builders: series in a few characters, instants as seconds.

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use seaworthy_rules::{
    Aggregate, At, Evaluation, Gap, InvalidReason, MetricSeries, MetricSpec, Period, Polarity, Reading, Rule,
    Sample, Series, Unit, evaluate,
};

pub(crate) fn d(text: &str) -> Decimal {
    Decimal::from_str_exact(text).unwrap()
}

pub(crate) fn t(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap() + TimeDelta::seconds(seconds)
}

pub(crate) fn rule(text: &str) -> Rule {
    Rule::parse(text).unwrap()
}

pub(crate) fn value(at: i64, text: &str) -> Sample {
    Sample { at: t(at), reading: Reading::Value(d(text)) }
}

pub(crate) fn invalid(at: i64, reason: InvalidReason) -> Sample {
    Sample { at: t(at), reading: Reading::Invalid(reason) }
}

/// A metric with one-minute samples.
pub(crate) fn minutely(unit: Unit, aggregate: Aggregate) -> MetricSeries {
    MetricSeries::new(MetricSpec::new(unit, aggregate, Period::from_secs(60)))
}

/// One sample a minute: `x` 2 %, `=` exactly 1 %, `.` 0 %, `?` invalid, space none at all.
pub(crate) fn error_rate(picture: &str) -> MetricSeries {
    let mut series = minutely(Unit::RATIO, Aggregate::Ratio);
    for (minute, mark) in (0_i64..).zip(picture.chars()) {
        match mark {
            'x' => series.record(value(minute * 60, "0.02")),
            '=' => series.record(value(minute * 60, "0.01")),
            '.' => series.record(value(minute * 60, "0")),
            '?' => series.record(invalid(minute * 60, InvalidReason::NoAnswer)),
            _ => {}
        }
    }
    series
}

/// The same count every minute.
pub(crate) fn counts(minutes: i64, each: u64) -> MetricSeries {
    let mut series = minutely(Unit::COUNT, Aggregate::Sum);
    series.extend((0..minutes).map(|minute| value(minute * 60, &each.to_string())));
    series
}

pub(crate) fn series<const N: usize>(metrics: [(&str, MetricSeries); N]) -> Series {
    metrics.into_iter().map(|(name, series)| (name.to_owned(), series)).collect()
}

/// Evaluates at the newest sample, from the start.
pub(crate) fn at_newest(text: &str, series: &Series, polarity: Polarity) -> Evaluation {
    let now =
        series.values().filter_map(|metric| metric.samples().last()).map(|sample| sample.at).max().unwrap();
    evaluate(&rule(text), series, &At { now, since: t(0), gaps: &[] }, polarity)
}

pub(crate) fn at(text: &str, series: &Series, polarity: Polarity, now: i64, gaps: &[Gap]) -> Evaluation {
    evaluate(&rule(text), series, &At { now: t(now), since: t(0), gaps }, polarity)
}
