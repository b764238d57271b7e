//! A release that came as a file.

use crate::EventView;
use crate::HoldView;
use crate::Millis;
use crate::PhaseView;
use crate::State;
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
    /// Glyph of the release as it stood.
    pub state: State,
    /// Where the release stood.
    pub lifecycle: String,
    /// Nothing in it happened to production.
    pub rehearsal: bool,
    /// Title and version of the policy in force.
    pub policy: String,
    /// `rc.2`, the newest.
    pub candidate: Option<String>,
    /// Commit of the newest candidate.
    pub commit: Option<String>,
    /// A hold in force: reason, by whom, since when.
    pub hold: Option<HoldView>,
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
    /// Evidence that its events name, in their order, whether or not it is in the file.
    pub evidence: Vec<EvidencePiece>,
    /// Gates as they stood when the bundle was made, from the policy in the file.
    pub phases: Vec<PhaseView>,
    /// Why there are no gates to show.
    pub unread: Option<String>,
    /// Everybody who is named as having done something, in order of appearance.
    pub people: Vec<PersonView>,
    /// Every event, oldest first.
    pub events: Vec<EventView>,
    /// What nobody learns from the file, one sentence each. Shown wherever the rest is shown.
    pub not_proved: Vec<String>,
}

/// A piece of evidence of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EvidencePiece {
    /// SHA-256 of its bytes.
    pub digest: String,
    /// What it is, in one word or two: `log`, `policy`, `pinned command`.
    pub kind: String,
    /// What it is about.
    pub about: String,
    /// Number of the entry that names it first.
    pub seq: u64,
    /// Whether it is in the file.
    pub here: bool,
    /// Its size, where it is.
    pub bytes: Option<u64>,
}

/// What a piece of evidence of a bundle says, as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EvidenceText {
    /// Whether the bundle is the one that was expected.
    pub standing: Standing,
    /// SHA-256 of the bytes.
    pub digest: String,
    /// The beginning of it: bytes that are no text replaced, characters that hide or steer written out.
    pub text: String,
    /// Size of the whole piece.
    pub bytes: u64,
    /// Bytes at its end that are not in `text`.
    pub dropped_bytes: u64,
}

/// Somebody in a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PersonView {
    /// As their device named them.
    pub name: String,
    /// Roles they stated something in.
    pub roles: Vec<String>,
    /// Entries of theirs.
    pub events: u32,
    /// The first of them.
    pub from: Millis,
    /// The last.
    pub to: Millis,
}

/// A bundle that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BundleFile {
    /// Where it lies: in the data directory until somebody moves it.
    pub file: String,
    /// Name for it elsewhere.
    pub name: String,
    /// Bytes.
    pub bytes: u64,
    /// Identity of the release.
    pub release: String,
    /// Hash of the newest event.
    pub head: String,
    /// Eight words for signer and head, to be told on another way.
    pub words: String,
    /// What leaves this machine with it, one line each.
    pub contents: Vec<String>,
    /// What was left out on purpose.
    pub left_out: Vec<String>,
    /// What to know about it.
    pub notes: Vec<String>,
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
