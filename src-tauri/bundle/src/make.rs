//! Making a bundle.

use crate::container;
use crate::container::ContainerError;
use crate::container::Members;
use crate::envelope;
use crate::envelope::EnvelopeError;
use crate::key::DeviceKey;
use crate::readme;
use crate::statement::ChainHead;
use crate::statement::Contents;
use crate::statement::MANIFEST;
use crate::statement::Manifest;
use crate::statement::MemberDigest;
use crate::statement::PREDICATE;
use crate::statement::ROSTER;
use crate::statement::Roster;
use crate::statement::STATEMENT;
use crate::statement::Subject;
use crate::statement::VERSION;
use crate::verify::Rejected;
use crate::verify::verify;
use chrono::DateTime;
use chrono::SubsecRound as _;
use chrono::Utc;
use seaworthy_ledger::StoredEvent;
use sha2::Digest as _;
use sha2::Sha256;
use std::collections::BTreeMap;
use uuid::Uuid;

pub(crate) const MANIFEST_FILE: &str = "manifest.dsse.json";
pub(crate) const EVENTS_FILE: &str = "events.jsonl";
pub(crate) const CHECKPOINT_FILE: &str = "checkpoint.dsse.json";
pub(crate) const ROSTER_FILE: &str = "roster.dsse.json";
pub(crate) const README_FILE: &str = "README.txt";
pub(crate) const EVIDENCE_FOLDER: &str = "evidence/";

/// Everything a bundle is made of.
#[derive(Debug)]
pub struct Making<'a> {
    /// The device's key.
    pub key: &'a DeviceKey,
    /// Name of the person whose device it is.
    pub person: &'a str,
    /// The device.
    pub device: Uuid,
    /// The release.
    pub release: Uuid,
    /// Its version.
    pub version: &'a str,
    /// Whether it was played on a practice target.
    pub rehearsal: bool,
    /// Commit of its newest candidate, if it has one.
    pub commit: Option<&'a str>,
    /// All its events, in order.
    pub events: &'a [StoredEvent],
    /// A signed checkpoint that covers them: [`crate::Extent::sign`].
    pub checkpoint: &'a [u8],
    /// Evidence to take along, by the SHA-256 of its bytes in hex.
    pub evidence: &'a BTreeMap<String, Vec<u8>>,
    /// What was left out on purpose, such as `logs`.
    pub left_out: &'a [String],
    /// Now.
    pub at: DateTime<Utc>,
}

/// Why no bundle was made.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    /// A release without an event has no history to hand on.
    #[error("the release has no events yet")]
    Empty,
    /// Beyond what a reader accepts.
    #[error(transparent)]
    Container(#[from] ContainerError),
    /// Cannot be signed.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// What was made does not verify, so it is not handed out.
    #[error("the bundle that was made does not verify: {0}")]
    Unsound(Rejected),
}

impl Making<'_> {
    /// The bundle's bytes. They were verified as any reader would.
    ///
    /// # Errors
    /// [`MakeError`]
    pub fn make(&self) -> Result<Vec<u8>, MakeError> {
        let last = self.events.last().ok_or(MakeError::Empty)?;
        let head = ChainHead { seq: self.events.len() as u64, hash: last.hash };
        let roster = Roster {
            v: VERSION,
            device: self.device,
            key: self.key.public(),
            person: self.person.to_owned(),
        };
        let roster = envelope::seal(ROSTER, &roster, self.key)?;
        let lines: Vec<u8> =
            self.events.iter().flat_map(|event| event.bytes.iter().copied().chain([b'\n'])).collect();
        let readme = readme::text(&self.key.public());
        let names: Vec<_> = self.evidence.keys().map(|digest| format!("{EVIDENCE_FOLDER}{digest}")).collect();
        let evidence = names.iter().map(String::as_str).zip(self.evidence.values().map(Vec::as_slice));
        let mut members: Members<'_> = evidence.collect();
        members.insert(EVENTS_FILE, &lines);
        members.insert(CHECKPOINT_FILE, self.checkpoint);
        members.insert(ROSTER_FILE, &roster);
        members.insert(README_FILE, readme.as_bytes());
        let manifest = envelope::seal(MANIFEST, &self.manifest(head, &members), self.key)?;
        members.insert(MANIFEST_FILE, &manifest);
        let archive = container::write(&members)?;
        verify(&archive).map_err(MakeError::Unsound)?;
        Ok(archive)
    }

    fn manifest(&self, head: ChainHead, members: &Members<'_>) -> Manifest {
        let digest = |algorithm: &str, value: String| BTreeMap::from([(algorithm.to_owned(), value)]);
        let ledger = Subject { name: "release-head".into(), digest: digest("sha256", head.hash.to_string()) };
        let commit = self.commit.map(|commit| Subject {
            name: format!("candidate of {}", self.version),
            digest: digest("gitCommit", commit.to_owned()),
        });
        let listed = members.iter().map(|(name, bytes)| {
            let sha256 = hex::encode(Sha256::digest(bytes));
            ((*name).to_owned(), MemberDigest { sha256, size: bytes.len() as u64 })
        });
        Manifest {
            statement: STATEMENT.into(),
            subject: [ledger].into_iter().chain(commit).collect(),
            predicate_type: PREDICATE.into(),
            predicate: Contents {
                v: VERSION,
                release: self.release,
                version: self.version.to_owned(),
                head,
                made_at: self.at.trunc_subsecs(0),
                rehearsal: self.rehearsal,
                left_out: self.left_out.to_vec(),
                members: listed.collect(),
            },
        }
    }
}
