//! Words the whole program shares: verdicts, comparisons, aggregates.

use std::{cmp::Ordering, fmt};

use serde::{Deserialize, Serialize};

/// What a rule says about the facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Shown to be good.
    Pass,
    /// Shown to be bad.
    Fail,
    /// There are facts and they do not decide.
    Inconclusive,
    /// There are no facts that count.
    NoData,
}

impl Verdict {
    /// The word used in JSON and in the ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
            Self::NoData => "no_data",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How a reading is held against a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Comparison {
    /// Strictly more; false at the limit.
    #[serde(rename = ">")]
    Above,
    /// The limit or more.
    #[serde(rename = ">=")]
    AtLeast,
    /// Strictly less; false at the limit.
    #[serde(rename = "<")]
    Below,
    /// The limit or less.
    #[serde(rename = "<=")]
    AtMost,
    /// Exactly the limit.
    #[serde(rename = "==")]
    Equal,
    /// Anything but the limit.
    #[serde(rename = "!=")]
    NotEqual,
}

impl Comparison {
    /// Every comparison.
    pub const ALL: [Self; 6] =
        [Self::Above, Self::AtLeast, Self::Below, Self::AtMost, Self::Equal, Self::NotEqual];

    /// Whether a reading in this order to the limit satisfies the comparison.
    pub fn holds(self, reading_to_limit: Ordering) -> bool {
        match self {
            Self::Above => reading_to_limit.is_gt(),
            Self::AtLeast => reading_to_limit.is_ge(),
            Self::Below => reading_to_limit.is_lt(),
            Self::AtMost => reading_to_limit.is_le(),
            Self::Equal => reading_to_limit.is_eq(),
            Self::NotEqual => reading_to_limit.is_ne(),
        }
    }

    /// How it is written in a rule.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Above => ">",
            Self::AtLeast => ">=",
            Self::Below => "<",
            Self::AtMost => "<=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
        }
    }

    /// How it is said: "error_rate was *above* 1%".
    pub fn words(self) -> &'static str {
        match self {
            Self::Above => "above",
            Self::AtLeast => "at or above",
            Self::Below => "below",
            Self::AtMost => "at or below",
            Self::Equal => "exactly",
            Self::NotEqual => "other than",
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.symbol())
    }
}

/// How the samples of a metric become one figure over a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aggregate {
    /// All parts over all wholes; samples with more traffic weigh more.
    Ratio,
    /// Every sample weighs the same.
    Mean,
    /// The largest sample.
    Max,
    /// The smallest sample.
    Min,
    /// The newest sample.
    Last,
    /// All samples added; for counts since the sample before.
    Sum,
}

impl Aggregate {
    /// The word used in the policy.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ratio => "ratio",
            Self::Mean => "mean",
            Self::Max => "max",
            Self::Min => "min",
            Self::Last => "last",
            Self::Sum => "sum",
        }
    }
}

impl fmt::Display for Aggregate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
