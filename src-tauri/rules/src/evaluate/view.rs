//! The samples of one metric that count, in a stretch of time.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::{
    At, Dimension, Gap, Measure, MetricSeries, MetricSpec, Period, Reading, Sample, exact::Fraction,
};

/// A valid sample.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub(super) at: DateTime<Utc>,
    /// In the unit of the metric.
    pub(super) figure: Fraction,
    /// Whether the figure is a quotient of counts, which can be added up.
    pub(super) counts: bool,
}

#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    series: &'a MetricSeries,
    at: At<'a>,
}

impl<'a> View<'a> {
    pub(super) fn new(series: &'a MetricSeries, at: At<'a>) -> Self {
        Self { series, at }
    }

    pub(super) fn at(&self) -> At<'a> {
        self.at
    }

    pub(super) fn spec(&self) -> &'a MetricSpec {
        &self.series.spec
    }

    /// Whether somebody looked at the time, and not only later.
    pub(super) fn was_seen(&self, at: DateTime<Utc>) -> bool {
        within(self.at.gaps, at).is_none()
    }

    /// What the source itself said of the window of `length` that ends with the newest samples.
    pub(super) fn over(&self, length: Period, newest: DateTime<Utc>) -> Option<Point> {
        let from = newest - self.spec().allowed_gap.delta();
        point(self.spec(), self.series.over(length, from.max(self.at.since), self.at.now)?)
    }

    /// Every sample from `from` to `to`, both included, never outside of the evaluated time.
    pub(super) fn raw(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> &'a [Sample] {
        let (from, to) = (from.max(self.at.since), to.min(self.at.now));
        let samples = self.series.samples();
        let start = samples.partition_point(|sample| sample.at < from);
        let end = samples.partition_point(|sample| sample.at <= to);
        samples.get(start..end).unwrap_or_default()
    }

    /// The samples among [`View::raw`] that count.
    pub(super) fn points(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> impl DoubleEndedIterator<Item = Point> + use<'a> {
        let View { series, at } = *self;
        self.raw(from, to)
            .iter()
            .filter(move |sample| within(at.gaps, sample.at).is_none_or(|gap| gap.filled))
            .filter_map(move |sample| point(&series.spec, sample))
    }
}

/// The gap that `at` lies strictly inside of.
fn within(gaps: &[Gap], at: DateTime<Utc>) -> Option<&Gap> {
    let begun = gaps.partition_point(|gap| gap.from < at);
    gaps.get(..begun).and_then(<[Gap]>::last).filter(|gap| at < gap.to)
}

/// A sample as a figure in the unit of its metric, if it counts.
pub(super) fn point(spec: &MetricSpec, sample: &Sample) -> Option<Point> {
    let (figure, counts) = match sample.reading {
        Reading::Value(value) => (Fraction::whole(value), false),
        Reading::Share { part, whole }
            if part <= whole && spec.unit.measure.dimension() == Dimension::Ratio =>
        {
            let parts = if spec.unit.measure == Measure::Percent { 100 } else { 1 };
            (Fraction::new(Decimal::from(part) * Decimal::from(parts), Decimal::from(whole))?, true)
        }
        Reading::Share { .. } | Reading::Invalid(_) => return None,
    };
    Some(Point { at: sample.at, figure, counts })
}
