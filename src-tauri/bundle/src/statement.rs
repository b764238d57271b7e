//! The three signed statements of a bundle: who signs, how far history went, and what the bundle holds.

use crate::key::PublicKey;
use chrono::DateTime;
use chrono::Utc;
use seaworthy_ledger::EventHash;
use serde::Deserialize;
use serde::Serialize;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Type of a roster's payload.
pub(crate) const ROSTER: &str = "application/vnd.seaworthy.roster+json";
/// Type of a checkpoint's payload.
pub(crate) const CHECKPOINT: &str = "application/vnd.seaworthy.checkpoint+json";
/// Type of a manifest's payload: an in-toto Statement.
pub(crate) const MANIFEST: &str = "application/vnd.in-toto+json";

/// `_type` of an in-toto Statement, version 1.
pub(crate) const STATEMENT: &str = "https://in-toto.io/Statement/v1";
/// What the predicate of a manifest is.
pub(crate) const PREDICATE: &str = "urn:seaworthy:release-bundle:v1";

/// Version of each of the three.
pub(crate) const VERSION: u32 = 1;

/// A roster of one: the device that signs, and the person who says that it is theirs. Signed by that device's key,
/// which proves possession and nothing about the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roster {
    /// 1.
    pub v: u32,
    /// The device.
    pub device: Uuid,
    /// Its key.
    pub key: PublicKey,
    /// Name of the person, as the device was told.
    pub person: String,
}

/// How far one device's history went when it was signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// 1.
    pub v: u32,
    /// The device.
    pub device: Uuid,
    /// Its newest event.
    pub head: ChainHead,
    /// RFC 9162 root over the hashes of events 1 to `head.seq`, in order, 64 lower-case hex digits.
    pub root: String,
    /// Heads of the releases' chains on this device.
    pub releases: BTreeMap<Uuid, ChainHead>,
    /// When the newest event was recorded.
    pub at: DateTime<Utc>,
}

/// The end of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainHead {
    /// Number of events in it.
    pub seq: u64,
    /// Hash of the newest.
    pub hash: EventHash,
}

/// Names every other member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    /// in-toto Statement.
    #[serde(rename = "_type")]
    pub(crate) statement: String,
    /// The head of the release, and the commit of its newest candidate if there is one.
    pub(crate) subject: Vec<Subject>,
    /// What `predicate` is.
    #[serde(rename = "predicateType")]
    pub(crate) predicate_type: String,
    /// The bundle.
    pub(crate) predicate: Contents,
}

/// What a statement is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Subject {
    /// Its name.
    pub(crate) name: String,
    /// Digest by algorithm, such as `sha256` or `gitCommit`.
    pub(crate) digest: BTreeMap<String, String>,
}

/// The predicate of a manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contents {
    /// 1.
    pub v: u32,
    /// The release.
    pub release: Uuid,
    /// Its version, for people.
    pub version: String,
    /// End of the release's chain.
    pub head: ChainHead,
    /// When the bundle was made.
    #[serde(rename = "madeAt")]
    pub made_at: DateTime<Utc>,
    /// Nothing in it happened to production: it was played on a practice target.
    pub rehearsal: bool,
    /// What was left out on purpose, such as `logs`.
    #[serde(rename = "leftOut")]
    pub left_out: Vec<String>,
    /// Every other member by name.
    pub members: BTreeMap<String, MemberDigest>,
}

/// What a member must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberDigest {
    /// SHA-256, 64 lower-case hex digits.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
}
