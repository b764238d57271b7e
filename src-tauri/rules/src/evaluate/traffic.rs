//! Whether enough happened: one error in forty requests is not an outage.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::{Subject, aggregate::Accumulator, view::View};
use crate::{
    At, DEFAULT_TRAFFIC, MetricSeries, Rule, Series, Traffic, TrafficMinimum, Unit, exact::Fraction,
};

/// The metric that counts, and how much it has to count.
pub(super) struct Counter<'a> {
    name: &'a str,
    needed: u64,
    /// Absent where the metric is not measured, or does not count.
    view: Option<View<'a>>,
}

impl<'a> Counter<'a> {
    pub(super) fn of(
        rule: &'a Rule,
        series: &'a Series,
        metric: &'a MetricSeries,
        at: At<'a>,
    ) -> Option<Self> {
        let (name, needed) = match rule.traffic_minimum() {
            Some(TrafficMinimum { count, metric }) => (metric, *count),
            None => (metric.spec.traffic.as_ref()?, DEFAULT_TRAFFIC),
        };
        let view = series.get(name).filter(|series| series.spec.unit == Unit::COUNT);
        Some(Self { name, needed, view: view.map(|series| View::new(series, at)) })
    }

    /// Counts from `from` to `to`, both included.
    pub(super) fn between(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Count<'_> {
        let mut meter = Meter::new(self, from);
        meter.advance(to);
        meter.count()
    }

    /// Counts after `from`, up to and including `to`.
    pub(super) fn after(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Count<'_> {
        self.between(from + chrono::TimeDelta::nanoseconds(1), to)
    }

    /// The newest count at or before `to` that belongs to a sample at `to`.
    pub(super) fn at(&self, to: DateTime<Utc>, interval: chrono::TimeDelta) -> Count<'_> {
        let seen = self.view.and_then(|view| {
            let reach = interval.max(view.spec().interval.delta());
            view.points(to - reach, to).next_back().filter(|point| to - point.at < reach || point.at == to)
        });
        Count { counter: self, seen: seen.map(|point| point.figure) }
    }
}

/// Counts along a run without starting over at each sample.
pub(super) struct Meter<'a> {
    counter: &'a Counter<'a>,
    sum: Accumulator,
    from: DateTime<Utc>,
}

impl<'a> Meter<'a> {
    pub(super) fn new(counter: &'a Counter<'a>, from: DateTime<Utc>) -> Self {
        let aggregate = counter.view.map_or(crate::Aggregate::Sum, |view| view.spec().aggregate);
        Self { counter, sum: Accumulator::new(aggregate), from }
    }

    /// Adds everything up to and including `to`.
    pub(super) fn advance(&mut self, to: DateTime<Utc>) {
        let Some(view) = self.counter.view else { return };
        for point in view.points(self.from, to) {
            self.sum.push(point, None);
        }
        self.from = self.from.max(to + chrono::TimeDelta::nanoseconds(1));
    }

    pub(super) fn count(&self) -> Count<'a> {
        Count { counter: self.counter, seen: self.sum.figure() }
    }
}

/// What was counted.
pub(super) struct Count<'a> {
    counter: &'a Counter<'a>,
    seen: Option<Fraction>,
}

impl Count<'_> {
    pub(super) fn enough(&self) -> bool {
        let needed = Fraction::whole(Decimal::from(self.counter.needed));
        self.seen.and_then(|seen| seen.compare(needed)).is_some_and(std::cmp::Ordering::is_ge)
    }

    /// Why it is not enough.
    pub(super) fn reason(&self) -> String {
        let Counter { name, needed, view } = self.counter;
        match (view, self.seen) {
            (None, _) => format!("there is no count of {name}, so the traffic cannot be checked"),
            (Some(_), seen) => {
                let seen = seen.map_or(Decimal::ZERO, Fraction::rounded);
                format!("only {seen} of {needed} {name} were counted")
            }
        }
    }

    pub(super) fn told(&self) -> Traffic {
        let zero = self.counter.view.map(|_| Decimal::ZERO);
        Traffic::Counted {
            metric: self.counter.name.to_owned(),
            seen: self.seen.map(Fraction::rounded).or(zero),
            needed: self.counter.needed,
        }
    }
}

/// The traffic of an evaluation that did not get as far as counting.
pub(super) fn unmeasured(rule: &Rule, subject: Option<&Subject<'_>>) -> Traffic {
    let counter =
        subject.and_then(|subject| subject.counter.as_ref()).map(|counter| (counter.name, counter.needed));
    let asked = rule.traffic_minimum().map(|minimum| (minimum.metric.as_str(), minimum.count));
    match counter.or(asked) {
        Some((metric, needed)) => Traffic::Counted { metric: metric.to_owned(), seen: None, needed },
        None => Traffic::NotChecked,
    }
}
