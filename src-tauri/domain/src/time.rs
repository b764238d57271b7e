//! Time that nobody saw.

use chrono::DateTime;
use chrono::TimeDelta;
use chrono::Utc;
use serde::Deserialize;
use serde::Serialize;
use std::fmt;

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
