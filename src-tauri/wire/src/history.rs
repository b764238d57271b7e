//! The ledger as people see it.

use crate::Millis;
use crate::reply::CheckedLine;
use crate::reply::EventView;
use crate::view::State;
use serde::Deserialize;
use serde::Serialize;
use ts_rs::TS;

/// Which entries a page of the ledger shows. Entries of no group are found among all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum EventGroup {
    /// What somebody decided, stated or approved.
    Decisions,
    /// What was sent to a target, and what came of it.
    Calls,
    /// What was found out: checks, breaches, soaks, watches.
    Evidence,
    /// What nobody saw.
    Gaps,
}

/// The whole ledger in a few figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LedgerView {
    /// pass when what was read back fits, pending before anything was, stale after a remark at the start, fail when
    /// something does not fit.
    pub state: State,
    /// Entries.
    pub events: u64,
    /// Entries whose chain was verified, counted from the first.
    pub verified: u64,
    /// When that was: at the start, or when somebody asked for it.
    pub verified_at: Millis,
    /// SHA-256 of the newest entry.
    pub head: Option<String>,
    /// What was looked at, and what does not fit.
    pub lines: Vec<CheckedLine>,
}

/// One entry, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EventDetail {
    /// As in the list.
    pub event: EventView,
    /// SHA-256 of the entry before it.
    pub previous: Option<String>,
    /// The bytes that were hashed, as text that is laid out for reading.
    pub stored: String,
}
