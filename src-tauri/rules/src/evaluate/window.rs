//! Rules with `over W`: one figure over a stretch of time that was fully observed.

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::{Outcome, Subject, aggregate::Accumulator, apart, view, view::Point, words};
use crate::{Aggregate, Condition, Coverage, Period, Polarity, Traffic, exact::Fraction};

pub(super) fn evaluate(
    subject: &Subject<'_>,
    length: Period,
    newest: Point,
    stale: Option<String>,
) -> Outcome {
    let at = subject.view.at();
    let start = at.now - length.delta();
    let seen = Seen::of(subject, start);
    let count = subject.counter.as_ref().map(|counter| counter.after(start.max(at.since), at.now));
    let uncovered = Period::from_delta(seen.uncovered).min(length);
    let observed = Period::from_millis(length.as_millis() - uncovered.as_millis());
    let whole = seen.uncovered <= subject.view.spec().allowed_gap.delta();
    let requeried = subject.view.spec().requeried;
    let figure = match requeried {
        true => subject.view.over(length, newest.at).map(|point| point.figure),
        false => seen.sum.figure(),
    };
    let mut met_at = None;
    let (condition, reason) = if let Some(reason) = stale {
        (Condition::NoData, reason)
    } else if seen.points == 0 {
        (Condition::NoData, format!("no valid sample of {} in the last {length}", subject.rule.metric()))
    } else if requeried && figure.is_none() {
        (Condition::Unclear, words::not_told(subject, length))
    } else if subject.view.spec().percentile && !requeried {
        (Condition::Unclear, words::percentile(subject))
    } else if let Some(count) = count.as_ref().filter(|count| !count.enough()) {
        (Condition::NoData, count.reason())
    } else {
        match figure.and_then(|figure| subject.holds(figure).map(|truth| (figure, truth))) {
            None => (Condition::Unclear, words::not_combined(subject)),
            Some((figure, truth))
                if whole || subject.beyond_repair(figure, truth, seen.sum.never_negative) =>
            {
                met_at = truth.then_some(newest.at);
                let condition = if truth { Condition::Met } else { Condition::NotMet };
                (condition, words::over_window(subject, length, figure, truth))
            }
            Some(_) => (Condition::Unclear, words::not_observed(subject, observed, length)),
        }
    };
    Outcome {
        figure,
        met_at,
        coverage: Some(Coverage { observed, window: length }),
        traffic: Some(count.map_or(Traffic::NotChecked, |count| count.told())),
        ..Outcome::new(condition, reason).between(start.max(at.since), at.now)
    }
}

/// What the window holds.
struct Seen {
    sum: Accumulator,
    points: usize,
    /// Time between valid neighbours too far apart, and at the ends.
    uncovered: TimeDelta,
}

impl Seen {
    /// A sample stands for the time before it, so one exactly at the start belongs to the window before.
    fn of(subject: &Subject<'_>, start: DateTime<Utc>) -> Self {
        let at = subject.view.at();
        let spec = subject.view.spec();
        let from = start.max(at.since);
        let mut seen = Self { sum: Accumulator::new(spec.aggregate), points: 0, uncovered: from - start };
        let mut previous = subject.view.points(at.since, from).next_back().map(|point| point.at);
        let mut covered_to = from;
        for point in subject.view.points(from + TimeDelta::nanoseconds(1), at.now) {
            if previous.is_none_or(|before| apart(before, point.at, spec.allowed_gap)) {
                seen.uncovered += point.at - covered_to;
            }
            seen.sum.push(point, subject.weight(point));
            seen.points += 1;
            previous = Some(point.at);
            covered_to = point.at;
        }
        seen.uncovered += at.now - covered_to;
        seen
    }
}

impl Subject<'_> {
    /// The traffic counted together with a share that came without its counts.
    fn weight(&self, point: Point) -> Option<Decimal> {
        if point.counts || self.view.spec().aggregate != Aggregate::Ratio {
            return None;
        }
        let weights = self.weights?;
        let place = weights.samples().binary_search_by_key(&point.at, |sample| sample.at).ok()?;
        let weight = view::point(&weights.spec, weights.samples().get(place)?)?;
        weight.figure.den.is_none().then_some(weight.figure.num)
    }

    /// Whether the answer is bad and stays bad whatever the unobserved time held: a maximum and a count only rise, a
    /// minimum only falls. A good answer is never taken from a window that was not fully observed.
    fn beyond_repair(&self, figure: Fraction, truth: bool, never_negative: bool) -> bool {
        let bad = truth == (self.polarity == Polarity::Guardrail);
        let settled = |towards: std::cmp::Ordering| {
            // The answer is settled if it is the same for every figure from here on in that direction.
            let comparison = self.rule.comparison();
            match figure.compare(self.limit) {
                Some(now) if now == towards => comparison.holds(towards) == truth,
                Some(std::cmp::Ordering::Equal) => {
                    comparison.holds(towards) == truth && comparison.holds(std::cmp::Ordering::Equal) == truth
                }
                _ => false,
            }
        };
        // What the source answers for the whole window can go either way with what it has not seen yet.
        bad && !self.view.spec().requeried
            && match self.view.spec().aggregate {
                Aggregate::Max => settled(std::cmp::Ordering::Greater),
                Aggregate::Sum => never_negative && settled(std::cmp::Ordering::Greater),
                Aggregate::Min => settled(std::cmp::Ordering::Less),
                Aggregate::Ratio | Aggregate::Mean | Aggregate::Last => false,
            }
    }
}
