//! What an evaluation says, with everything a reader needs to check it.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Period, Quantity, Verdict};

/// Figures kept with an evaluation: enough for a small chart, little enough for the ledger.
pub const MAX_VALUES: usize = 32;

/// What it means when a rule is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Polarity {
    /// Bad when true. Looks at everything since the start: a breach that fired once stays.
    Guardrail,
    /// Good when true. Looks at how things stand: a run that ended has to be earned again.
    Criterion,
}

/// How the statement of a rule stands, before saying whether that is good or bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// True, for as long as the rule asks. A guardrail has fired.
    Met,
    /// True now, not yet for as long as the rule asks. See [`Evaluation::run`].
    Building,
    /// False on valid and fresh samples. A guardrail is quiet.
    NotMet,
    /// Samples that count leave it open: a gap may have hidden the answer, or a window is not fully observed.
    Unclear,
    /// Nothing that counts: no valid sample, too old, or too little traffic.
    NoData,
}

impl Condition {
    /// The verdict this stands for.
    pub fn verdict(self, polarity: Polarity) -> Verdict {
        match (self, polarity) {
            (Self::Met, Polarity::Criterion) | (Self::NotMet, Polarity::Guardrail) => Verdict::Pass,
            (Self::Met, Polarity::Guardrail) | (Self::NotMet, Polarity::Criterion) => Verdict::Fail,
            (Self::Building | Self::Unclear, _) => Verdict::Inconclusive,
            (Self::NoData, _) => Verdict::NoData,
        }
    }
}

/// From one instant to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Interval {
    /// Its start.
    pub from: DateTime<Utc>,
    /// Its end.
    pub to: DateTime<Utc>,
}

impl Interval {
    /// How long it is.
    pub fn length(self) -> Period {
        Period::from_delta(self.to - self.from)
    }
}

/// The unbroken run of true samples that ends at the newest valid sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Run {
    /// Its first and its last sample.
    pub interval: Interval,
    /// How long it has to be.
    pub needed: Period,
}

/// How much of a window was observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Coverage {
    /// Observed time in the window.
    pub observed: Period,
    /// Length of the window.
    pub window: Period,
}

/// A figure that was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Observed {
    /// When.
    pub at: DateTime<Utc>,
    /// What, in the unit of the metric; rounded where a share has no finite decimal.
    pub value: Quantity,
}

/// Whether enough happened for the figures to mean something.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Traffic {
    /// The metric names no traffic and the rule asks for none: "traffic not checked".
    NotChecked,
    /// What was counted over the evaluated time.
    Counted {
        /// The metric that counts.
        metric: String,
        /// How many there were; absent where the metric is not measured.
        #[serde(with = "rust_decimal::serde::str_option")]
        seen: Option<Decimal>,
        /// How many there have to be.
        needed: u64,
    },
}

/// What a rule says about the samples at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Whether true is good or bad.
    pub polarity: Polarity,
    /// How the statement stands.
    pub condition: Condition,
    /// What that means.
    pub verdict: Verdict,
    /// One sentence in plain words, a lower-case fragment.
    pub reason: String,
    /// The figure the rule compares with.
    pub limit: Quantity,
    /// The figure that was compared: the newest sample, or the window's aggregate.
    pub figure: Option<Quantity>,
    /// The sample that made the statement true: the one that completed a run, else the newest.
    pub met_at: Option<DateTime<Utc>>,
    /// The time that decided, or that leaves the question open.
    pub interval: Option<Interval>,
    /// The run so far, for rules with `for`.
    pub run: Option<Run>,
    /// How much of the window was observed, for rules with `over`.
    pub coverage: Option<Coverage>,
    /// The newest valid sample.
    pub newest: Option<Observed>,
    /// Whether enough happened.
    pub traffic: Traffic,
    /// Valid samples in the interval.
    pub counted: usize,
    /// Samples in the interval that did not count.
    pub skipped: usize,
    /// The newest valid samples in the interval, oldest first, at most [`MAX_VALUES`].
    pub values: Vec<Observed>,
}
