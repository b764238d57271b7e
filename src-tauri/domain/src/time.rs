//! Time that nobody saw.

use chrono::DateTime;
use chrono::TimeDelta;
use chrono::Utc;
use serde::Deserialize;
use serde::Serialize;
use std::fmt;

/// Gaps kept in memory; the ledger keeps all. A span whose gap is forgotten is still not credited, because no looks
/// lie in it.
pub const GAPS_KEPT: usize = 10_000;

/// A span without observation. It is drawn, counted and never filled by guessing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Last valid look before the gap.
    pub from: DateTime<Utc>,
    /// First valid look after it.
    pub to: DateTime<Utc>,
    /// Why nobody looked.
    pub cause: GapCause,
}

impl Gap {
    /// Length of the gap.
    #[must_use]
    pub fn length(&self) -> TimeDelta {
        self.to - self.from
    }
}

/// What was fetched for a gap when it was over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fill {
    /// The gap it is for.
    pub gap: Gap,
    /// Samples that came, invalid ones included.
    pub samples: u64,
    /// Whether they count as observed, as the policy says; else they are shown only.
    pub counts: bool,
    /// What was over its limit for long enough while nobody looked. None of it fired.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<Held>,
}

/// A condition that held unseen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The guardrail.
    pub guardrail: String,
    /// Its first sample over the limit.
    pub from: DateTime<Utc>,
    /// Its last within the gap.
    pub to: DateTime<Utc>,
}

/// Why a span was not observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GapCause {
    /// The computer slept.
    Suspended,
    /// The network was away.
    Offline,
    /// No engine was running.
    AppClosed,
    /// The source answered, but not with a usable sample.
    SourceFailed,
    /// Samples came, too old to count.
    Stale,
    /// The wall clock jumped or stood still.
    Clock,
}

impl fmt::Display for GapCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Suspended => "asleep",
            Self::Offline => "offline",
            Self::AppClosed => "not running",
            Self::SourceFailed => "source failed",
            Self::Stale => "stale",
            Self::Clock => "clock",
        })
    }
}
