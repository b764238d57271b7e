//! Readings over time and what a metric declares about them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Aggregate, Period, Unit};

/// Neighbours this many intervals apart are still one observation, unless the metric says otherwise.
pub const DEFAULT_GAP_INTERVALS: u64 = 2;
/// A newest sample older than this many intervals is no measurement, unless the metric says otherwise.
pub const DEFAULT_STALE_INTERVALS: u64 = 5;

/// Samples kept of one metric: a month at one every ten seconds. Beyond it the oldest eighth is forgotten.
pub const MAX_SAMPLES: usize = 262_144;

/// Why a sample does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvalidReason {
    /// NaN, or text that is no number.
    NotANumber,
    /// Plus or minus infinity.
    Infinite,
    /// More digits than can be compared exactly, or a share above its whole.
    OutOfRange,
    /// The source answered in another unit.
    WrongUnit,
    /// The answer came from another version or deployment.
    WrongVersion,
    /// The source did not answer.
    NoAnswer,
    /// The source answered with something that could not be read.
    Unreadable,
    /// Nothing was counted, so there is no share.
    NotEnough,
    /// Nothing goes by that name at the source, or nothing does any more.
    Empty,
    /// Several figures came, and none is picked.
    Ambiguous,
    /// The answer was already too old when it came.
    Stale,
    /// The figure has not moved although it should have.
    Frozen,
}

impl InvalidReason {
    /// The reason as the end of a sentence: "did not count: …".
    pub fn sentence(self) -> &'static str {
        match self {
            Self::NotANumber => "the answer was not a number",
            Self::Infinite => "the answer was infinite",
            Self::OutOfRange => "the figure is out of range",
            Self::WrongUnit => "the answer was in another unit",
            Self::WrongVersion => "the answer came from another version",
            Self::NoAnswer => "the source did not answer",
            Self::Unreadable => "the answer could not be read",
            Self::NotEnough => "nothing was counted",
            Self::Empty => "the source has no such figure",
            Self::Ambiguous => "several figures came",
            Self::Stale => "the answer was already old",
            Self::Frozen => "the figure has stopped moving",
        }
    }
}

impl std::fmt::Display for InvalidReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.sentence())
    }
}

/// What a source said at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// A figure in the unit of the metric, written as text in JSON.
    Value(#[serde(with = "rust_decimal::serde::str")] Decimal),
    /// A share by its counts: 1 of 30 is no finite decimal, and only counts can be added up exactly.
    Share {
        /// How many of the whole, at most `whole`.
        part: u64,
        /// How many there were, at least one.
        whole: u64,
    },
    /// Something that does not count, and why.
    Invalid(InvalidReason),
}

impl Reading {
    /// A share, or an invalid reading where nothing was counted or more than everything.
    pub fn share(part: u64, whole: u64) -> Self {
        match (part, whole) {
            (_, 0) => Self::Invalid(InvalidReason::NotEnough),
            (part, whole) if part > whole => Self::Invalid(InvalidReason::OutOfRange),
            (part, whole) => Self::Share { part, whole },
        }
    }

    /// A figure as sources write it (`0.02`, `1e-3`, `NaN`, `+Inf`), kept digit by digit.
    pub fn from_text(text: &str) -> Self {
        let text = text.trim();
        match text.trim_start_matches(['+', '-']).to_ascii_lowercase().as_str() {
            "nan" => return Self::Invalid(InvalidReason::NotANumber),
            "inf" | "infinity" => return Self::Invalid(InvalidReason::Infinite),
            _ => {}
        }
        let looks_right = text.bytes().any(|b| b.is_ascii_digit())
            && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'+' | b'-' | b'e' | b'E'));
        match Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text)) {
            Ok(value) if looks_right => Self::Value(value),
            Err(_) if looks_right && text.parse::<f64>().is_ok() => Self::Invalid(InvalidReason::OutOfRange),
            _ => Self::Invalid(InvalidReason::NotANumber),
        }
    }
}

/// One reading and when it was true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sample {
    /// When the source measured it.
    pub at: DateTime<Utc>,
    /// What it said.
    pub reading: Reading,
}

/// What a metric declares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetricSpec {
    /// Unit of its figures.
    pub unit: Unit,
    /// How samples become one figure over a window.
    pub aggregate: Aggregate,
    /// Time between two samples when nothing goes wrong.
    pub interval: Period,
    /// Valid neighbours further apart than this have a gap between them.
    pub allowed_gap: Period,
    /// A newest valid sample older than this is no measurement.
    pub stale_after: Period,
    /// The metric that counts the requests behind this one.
    pub traffic: Option<String>,
    /// Percentiles are never combined over a window.
    pub percentile: bool,
    /// The source itself is asked for the figure over a window; samples are not combined here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub requeried: bool,
}

impl MetricSpec {
    /// A metric with the default gap and staleness, without traffic.
    pub fn new(unit: Unit, aggregate: Aggregate, interval: Period) -> Self {
        Self {
            unit,
            aggregate,
            interval,
            allowed_gap: interval.times(DEFAULT_GAP_INTERVALS),
            stale_after: interval.times(DEFAULT_STALE_INTERVALS),
            traffic: None,
            percentile: false,
            requeried: false,
        }
    }
}

/// A metric and its samples in the order of their time, one per instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Unsorted")]
pub struct MetricSeries {
    /// What the metric declares.
    pub spec: MetricSpec,
    samples: Vec<Sample>,
    /// What the source itself said of windows, by their length.
    #[serde(skip)]
    windows: BTreeMap<Period, Vec<Sample>>,
}

/// Metrics by name.
pub type Series = BTreeMap<String, MetricSeries>;

impl MetricSeries {
    /// A series without samples.
    pub fn new(spec: MetricSpec) -> Self {
        Self { spec, samples: Vec::new(), windows: BTreeMap::new() }
    }

    /// Adds a sample in its place. Of two for one instant the valid one stays, of two valid ones the first.
    pub fn record(&mut self, sample: Sample) {
        let place = self.samples.partition_point(|other| other.at < sample.at);
        match self.samples.get_mut(place).filter(|other| other.at == sample.at) {
            Some(other) if matches!(other.reading, Reading::Invalid(_)) => *other = sample,
            Some(_) => {}
            None => self.samples.insert(place, sample),
        }
        if self.samples.len() > MAX_SAMPLES {
            self.samples.drain(..MAX_SAMPLES / 8);
        }
    }

    /// Adds what the source itself said of the window of `length` that ends with the sample.
    pub fn record_over(&mut self, length: Period, sample: Sample) {
        let told = self.windows.entry(length).or_default();
        let place = told.partition_point(|other| other.at < sample.at);
        if told.get(place).is_none_or(|other| other.at != sample.at) {
            told.insert(place, sample);
        }
        if told.len() > MAX_SAMPLES {
            told.drain(..MAX_SAMPLES / 8);
        }
    }

    /// What the source itself last said, from `from` to `to`, of the window of `length`.
    pub(crate) fn over(&self, length: Period, from: DateTime<Utc>, to: DateTime<Utc>) -> Option<&Sample> {
        let told = self.windows.get(&length)?;
        let until = told.partition_point(|sample| sample.at <= to);
        told.get(..until)?.last().filter(|sample| sample.at >= from)
    }

    /// Samples, oldest first.
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }
}

impl Extend<Sample> for MetricSeries {
    fn extend<I: IntoIterator<Item = Sample>>(&mut self, samples: I) {
        for sample in samples {
            self.record(sample);
        }
    }
}

#[derive(Deserialize)]
struct Unsorted {
    spec: MetricSpec,
    samples: Vec<Sample>,
}

impl From<Unsorted> for MetricSeries {
    fn from(mut read: Unsorted) -> Self {
        // Stable, so that appending below keeps the rule about equal instants without quadratic inserts.
        read.samples.sort_by_key(|sample| sample.at);
        let mut series = Self::new(read.spec);
        series.extend(read.samples);
        series
    }
}

/// Time that nobody observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Gap {
    /// Last moment still observed.
    pub from: DateTime<Utc>,
    /// First moment observed again.
    pub to: DateTime<Utc>,
    /// Whether samples strictly inside, delivered later, count. They may be the beginning of what a sample outside
    /// completes; nothing fires on one of them, since nobody saw it when it was true.
    pub filled: bool,
}

/// The moment and the stretch of time a rule is evaluated for.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    /// Later samples do not count.
    pub now: DateTime<Utc>,
    /// Earlier samples do not count: the start of the stage, the watch or the rollout.
    pub since: DateTime<Utc>,
    /// Gaps in the order of their time, not overlapping.
    pub gaps: &'a [Gap],
}
