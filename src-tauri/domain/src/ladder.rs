//! How far production traffic climbed, and what was observed on the way.

use crate::ids::DeploymentId;
use crate::share::Share;
use chrono::DateTime;
use chrono::Utc;
use serde::Deserialize;
use serde::Serialize;

/// Progress of production traffic for the current candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ladder {
    /// The deployment that climbs it.
    pub deployment: DeploymentId,
    /// Stages entered, oldest first, with the time each was proven.
    pub entered: Vec<StageEntry>,
    /// When all traffic was proven to be on the candidate.
    pub full_at: Option<DateTime<Utc>>,
}

impl Ladder {
    /// The stage it stands on.
    #[must_use]
    pub fn current(&self) -> Option<&StageEntry> {
        self.entered.last()
    }
}

/// One entered stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageEntry {
    /// Counted from 1.
    pub stage: u32,
    /// Share proven.
    pub share: Share,
    /// When.
    pub at: DateTime<Utc>,
    /// When its soak was met, with what was observed.
    pub soaked: Option<Watched>,
}

/// What was observed of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    /// When it was met.
    pub at: DateTime<Utc>,
    /// Observed milliseconds.
    pub observed_ms: u64,
    /// Calendar milliseconds.
    pub wall_ms: u64,
    /// Milliseconds in gaps.
    pub lost_ms: u64,
}
