//! A release that came as a file.

use crate::EventView;
use crate::Millis;
use serde::Deserialize;
use serde::Serialize;
use ts_rs::TS;

/// A bundle whose parts agree. Nothing in it comes from this machine's ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BundleView {
    /// Whether it is the one that was expected.
    pub standing: Standing,
    /// Identity of the release.
    pub release: String,
    /// Name of the project.
    pub project: String,
    /// Version.
    pub version: String,
    /// Where the release stood.
    pub lifecycle: String,
    /// Commit of the newest candidate.
    pub commit: Option<String>,
    /// Who says that it is theirs; nobody here vouches for it.
    pub person: String,
    /// Their device.
    pub device: String,
    /// Its key.
    pub key: String,
    /// Hash of the newest event.
    pub head: String,
    /// Eight words for signer and head, to be compared aloud.
    pub words: String,
    /// When the bundle was made, by the maker's clock.
    pub made_at: Millis,
    /// What its maker left out on purpose.
    pub left_out: Vec<String>,
    /// Pieces of evidence in it.
    pub evidence: u32,
    /// Every event, oldest first.
    pub events: Vec<EventView>,
}

/// What is known of a bundle's signer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It is what somebody said that it would be.
    Expected,
    /// Nobody said what to expect.
    Unknown,
    /// Somebody said something else.
    Other,
}
