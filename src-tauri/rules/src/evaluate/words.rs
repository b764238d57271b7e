//! The sentences of an evaluation: lower-case fragments in plain words.

use std::cmp::Ordering;

use chrono::{DateTime, TimeDelta, Utc};

use super::Subject;
use crate::{Aggregate, Interval, Period, Quantity, Reading, Run, exact::Fraction};

fn instant(at: DateTime<Utc>) -> impl std::fmt::Display {
    at.format("%Y-%m-%d %H:%M:%S UTC")
}

/// A length of time without the fractions of a second that nobody reads.
fn roughly(period: Period) -> Period {
    if period < Period::from_secs(1) { period } else { Period::from_secs(period.as_millis() / 1_000) }
}

fn limit(subject: &Subject<'_>) -> String {
    format!("{} {}", subject.rule.comparison().words(), subject.rule.limit())
}

/// The figure in the unit the rule is written in, with as many digits as it takes to tell it from the limit.
fn shown(subject: &Subject<'_>, figure: Fraction) -> Quantity {
    let limit = subject.rule.limit();
    let exact = subject.quantity(figure);
    let shown = exact.shown_in(limit.unit);
    let looks_equal = shown.value == limit.value;
    if looks_equal && figure.compare(subject.limit) != Some(Ordering::Equal) { exact } else { shown }
}

pub(super) fn compared(subject: &Subject<'_>, verb: &str, figure: Fraction, truth: bool) -> String {
    let not = if truth { "" } else { "not " };
    format!("{} {verb} {}, {not}{}", subject.rule.metric(), shown(subject, figure), limit(subject))
}

pub(super) fn over_window(subject: &Subject<'_>, length: Period, figure: Fraction, truth: bool) -> String {
    let spec = subject.view.spec();
    let how = if spec.requeried { "by its source".to_owned() } else { spec.aggregate.to_string() };
    let verb = format!("({how}) over the last {length} is");
    compared(subject, &verb, figure, truth)
}

pub(super) fn sustained(subject: &Subject<'_>, fired: Interval) -> String {
    let lasted = roughly(fired.length());
    format!(
        "{} was {} for {lasted} without a break, until {}",
        subject.rule.metric(),
        limit(subject),
        instant(fired.to)
    )
}

pub(super) fn building(subject: &Subject<'_>, run: Run) -> String {
    let lasted = roughly(run.interval.length());
    format!("{} has been {} for {lasted} of {}", subject.rule.metric(), limit(subject), run.needed)
}

pub(super) fn split_by_gap(subject: &Subject<'_>, needed: Period, open: Interval) -> String {
    format!(
        "{} was {} on both sides of a gap, from {} to {}; whether it lasted {needed} without a break cannot be told",
        subject.rule.metric(),
        limit(subject),
        instant(open.from),
        instant(open.to),
    )
}

pub(super) fn stale(subject: &Subject<'_>, age: TimeDelta) -> String {
    let age = roughly(Period::from_delta(age));
    let allowed = subject.view.spec().stale_after;
    format!("the newest valid sample of {} is {age} old, more than {allowed}", subject.rule.metric())
}

pub(super) fn nothing_valid(subject: &Subject<'_>) -> String {
    let at = subject.view.at();
    let metric = subject.rule.metric();
    match subject.view.raw(at.since, at.now) {
        [] => format!("no sample of {metric} yet"),
        [.., last] => match last.reading {
            Reading::Invalid(reason) => format!("no valid sample of {metric}: {reason}"),
            Reading::Value(_) | Reading::Share { .. } => format!("no sample of {metric} that counts"),
        },
    }
}

pub(super) fn percentile(subject: &Subject<'_>) -> String {
    format!("{} is a percentile, which cannot be combined over a window", subject.rule.metric())
}

pub(super) fn not_told(subject: &Subject<'_>, length: Period) -> String {
    format!("the source gave no figure of {} over the last {length}", subject.rule.metric())
}

pub(super) fn not_combined(subject: &Subject<'_>) -> String {
    let metric = subject.rule.metric();
    match subject.view.spec().aggregate {
        Aggregate::Ratio => {
            format!("{metric} came without the counts behind it, so it cannot be combined over a window")
        }
        _ => format!("the samples of {metric} have too many digits to be combined exactly"),
    }
}

pub(super) fn not_observed(subject: &Subject<'_>, observed: Period, length: Period) -> String {
    let observed = roughly(observed);
    format!("{} was observed for only {observed} of the last {length}", subject.rule.metric())
}
