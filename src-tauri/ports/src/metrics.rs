//! Figures of a metrics service.

use crate::CancellationToken;
use async_trait::async_trait;
use chrono::DateTime;
use chrono::Utc;
use seaworthy_domain::CheckResult;
use seaworthy_domain::GapCause;
use seaworthy_domain::policy::CandidateFacts;
use seaworthy_domain::policy::Metric;
use seaworthy_domain::policy::MetricsCheck;
use seaworthy_rules::Period;
use seaworthy_rules::Sample;
use serde::Deserialize;
use serde::Serialize;

/// Asks metrics services.
#[async_trait]
pub trait MetricSource: Send + Sync {
    /// The figures of now, one answer for each figure in order. Never fails: no figure is an answer. One connection is
    /// asked one thing at a time.
    async fn measure(&self, asking: &Asking) -> Vec<Measured>;

    /// The figures of every step of `span`, one history for each metric in order.
    async fn history(&self, asking: &Asking, span: &Span) -> Vec<History>;

    /// Asks about the service itself. Never fails: what cannot be learnt is a result.
    async fn inspect(&self, inspection: &Inspection, cancel: CancellationToken) -> Inspected;
}

/// What is asked for, about which candidate, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asking {
    /// Figures, each from a metrics service.
    pub figures: Vec<Figure>,
    /// What fills the placeholders, and what a label is compared with.
    pub candidate: CandidateFacts,
    /// The moment the figures are for.
    pub at: DateTime<Utc>,
    /// Nobody waits longer than this for all of them.
    pub within: Period,
}

/// One figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// The metric.
    pub metric: Metric,
    /// Over this window, asked with the metric's own query for it; else the figure of the moment.
    pub window: Option<Period>,
}

/// What one figure was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// Name of the metric.
    pub metric: String,
    /// Length of the window in milliseconds, for a figure over one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over_ms: Option<u64>,
    /// The figure and the moment it is for.
    pub sample: Sample,
    /// Why it does not count, in words; what kind of reason that is stands in the sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What kind of gap that makes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<GapCause>,
    /// What the service had to say besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// A stretch of the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First step.
    pub from: DateTime<Utc>,
    /// No step after this.
    pub to: DateTime<Utc>,
    /// Distance of steps.
    pub step: Period,
}

/// What the past of one metric was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// Name of the metric.
    pub metric: String,
    /// Samples at steps of the span, ascending; steps without one are absent. `Err` where it could not be asked for.
    pub samples: Result<Vec<Sample>, String>,
}

/// One question about a service itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// The question.
    pub check: MetricsCheck,
    /// What fills the placeholders.
    pub candidate: CandidateFacts,
    /// Now.
    pub at: DateTime<Utc>,
    /// Nobody waits longer than this.
    pub within: Period,
}

/// What was learnt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspected {
    /// Result.
    pub result: CheckResult,
    /// One sentence.
    pub summary: String,
    /// What was found, line by line, followed by the service's answers as they came.
    pub transcript: Vec<u8>,
}
