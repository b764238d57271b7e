//! Checking a bundle: in one order, from the outside in, and nothing is read before it was checked.

use crate::container;
use crate::container::ContainerError;
use crate::container::Members;
use crate::envelope::EnvelopeError;
use crate::envelope::Sealed;
use crate::make::CHECKPOINT_FILE;
use crate::make::EVENTS_FILE;
use crate::make::EVIDENCE_FOLDER;
use crate::make::MANIFEST_FILE;
use crate::make::README_FILE;
use crate::make::ROSTER_FILE;
use crate::statement::CHECKPOINT;
use crate::statement::Checkpoint;
use crate::statement::Contents;
use crate::statement::MANIFEST;
use crate::statement::Manifest;
use crate::statement::PREDICATE;
use crate::statement::ROSTER;
use crate::statement::Roster;
use crate::statement::STATEMENT;
use crate::statement::VERSION;
use crate::words::words;
use seaworthy_ledger::EventHash;
use seaworthy_ledger::StoredEvent;
use serde::de::DeserializeOwned;
use sha2::Digest as _;
use sha2::Sha256;
use std::collections::BTreeMap;

/// Events of one release.
pub(crate) const EVENTS_MAX: usize = 250_000;
/// Hex digits of a head that name it well enough to be compared.
const PREFIX_MIN: usize = 16;

/// Why a file is no sound bundle. Nothing in it is to be believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// Not our archive.
    #[error(transparent)]
    Container(#[from] ContainerError),
    /// A signed member.
    #[error("{member}: {error}")]
    Envelope {
        /// Its name.
        member: &'static str,
        /// Why.
        error: EnvelopeError,
    },
    /// A member is missing, is too much, or is not what the manifest says.
    #[error("{member}: {why}")]
    Member {
        /// Its name.
        member: String,
        /// Why.
        why: String,
    },
    /// The history does not hang together.
    #[error("event {line}: {why}")]
    Chain {
        /// Line in `events.jsonl`, from 1.
        line: usize,
        /// Why.
        why: String,
    },
}

/// A bundle whose parts all agree. Whether its signer is the person one thinks of is another question.
#[derive(Debug)]
pub struct Verified<'a> {
    /// Who signed, as they say themselves.
    pub roster: Roster,
    /// What the manifest says.
    pub contents: Contents,
    /// The checkpoint that ends the history.
    pub checkpoint: Checkpoint,
    /// The release's events, without a hole, in order.
    pub events: Vec<StoredEvent>,
    /// Evidence by its SHA-256 in hex.
    pub evidence: BTreeMap<&'a str, &'a [u8]>,
    roster_digest: [u8; 32],
}

impl Verified<'_> {
    /// Eight words for signer and head together.
    #[must_use]
    pub fn words(&self) -> String {
        words(&self.roster_digest, &self.contents.head.hash)
    }

    /// Whether this is what somebody said it would be: the eight words, or at least sixteen hex digits of the head.
    #[must_use]
    pub fn is(&self, expected: &str) -> bool {
        let expected = expected.trim().to_ascii_lowercase();
        let spoken: Vec<_> = expected.split_whitespace().collect();
        let head = self.contents.head.hash.to_string();
        spoken.join(" ") == self.words() || expected.len() >= PREFIX_MIN && head.starts_with(&expected)
    }
}

/// Checks a whole bundle.
///
/// # Errors
/// [`Rejected`] with the first thing that is wrong.
pub fn verify(archive: &[u8]) -> Result<Verified<'_>, Rejected> {
    let members = container::read(archive)?;
    let sealed_roster = sealed(&members, ROSTER_FILE, ROSTER)?;
    let claimed: Roster = sealed_roster.unproved().map_err(|e| in_member(ROSTER_FILE, e))?;
    let roster = sealed_roster.open::<Roster>(ROSTER, &claimed.key).map_err(|e| in_member(ROSTER_FILE, e))?;
    let (roster_digest, roster) = (Sha256::digest(&roster.bytes).into(), roster.payload);
    version(ROSTER_FILE, roster.v)?;
    let manifest: Manifest = opened(&members, MANIFEST_FILE, MANIFEST, &roster)?;
    let contents = contents(manifest)?;
    agree(&members, &contents)?;
    let checkpoint: Checkpoint = opened(&members, CHECKPOINT_FILE, CHECKPOINT, &roster)?;
    version(CHECKPOINT_FILE, checkpoint.v)?;
    let events = chain(member(&members, EVENTS_FILE)?, &contents, &roster)?;
    covers(&checkpoint, &contents, &roster, &events)?;
    let evidence = evidence(&members)?;
    Ok(Verified { roster, contents, checkpoint, events, evidence, roster_digest })
}

fn contents(manifest: Manifest) -> Result<Contents, Rejected> {
    if manifest.statement != STATEMENT || manifest.predicate_type != PREDICATE {
        return Err(wrong(MANIFEST_FILE, "it is a statement of another kind"));
    }
    version(MANIFEST_FILE, manifest.predicate.v)?;
    let head = manifest.predicate.head.hash.to_string();
    if !manifest.subject.iter().any(|subject| subject.digest.get("sha256") == Some(&head)) {
        return Err(wrong(MANIFEST_FILE, "its subject is not the head of the release"));
    }
    Ok(manifest.predicate)
}

/// Every member is the one that is listed, and every listed one is there.
fn agree(members: &Members<'_>, contents: &Contents) -> Result<(), Rejected> {
    for name in contents.members.keys() {
        if !members.contains_key(name.as_str()) {
            return Err(wrong(name, "the manifest lists it and it is not there"));
        }
    }
    for (name, bytes) in members.iter().filter(|(name, _)| **name != MANIFEST_FILE) {
        let known = [EVENTS_FILE, CHECKPOINT_FILE, ROSTER_FILE, README_FILE].contains(name)
            || name.starts_with(EVIDENCE_FOLDER);
        let listed = contents.members.get(*name).filter(|_| known);
        let listed = listed.ok_or_else(|| wrong(name, "it does not belong to this bundle"))?;
        if listed.size != bytes.len() as u64 || listed.sha256 != hex::encode(Sha256::digest(bytes)) {
            return Err(wrong(name, "it is not what the manifest lists"));
        }
    }
    Ok(())
}

fn chain(lines: &[u8], contents: &Contents, roster: &Roster) -> Result<Vec<StoredEvent>, Rejected> {
    let body =
        lines.strip_suffix(b"\n").ok_or_else(|| wrong(EVENTS_FILE, "it does not end with a line end"))?;
    let mut events: Vec<StoredEvent> = Vec::new();
    for (at, line) in body.split(|byte| *byte == b'\n').enumerate() {
        let broken = |why: String| Rejected::Chain { line: at + 1, why };
        if at >= EVENTS_MAX {
            return Err(broken(format!("more than {EVENTS_MAX} events are not read")));
        }
        let stored = StoredEvent::read(line.to_vec()).map_err(|e| broken(e.to_string()))?;
        if !stored.is_canonical() {
            return Err(broken("it is not written in its canonical form".into()));
        }
        follows(&stored, events.last(), contents, roster).map_err(|why| broken(why.into()))?;
        events.push(stored);
    }
    let end = events.last().map(|last| (last.event.rel_seq, last.hash));
    if end != Some((Some(contents.head.seq), contents.head.hash)) {
        return Err(Rejected::Chain {
            line: events.len(),
            why: "the history ends elsewhere than the manifest says".into(),
        });
    }
    Ok(events)
}

/// Whether an event is the next one of its release on its device.
fn follows(
    stored: &StoredEvent,
    before: Option<&StoredEvent>,
    contents: &Contents,
    roster: &Roster,
) -> Result<(), &'static str> {
    let event = &stored.event;
    if event.release != Some(contents.release) {
        return Err("it belongs to another release");
    }
    if event.device != roster.device {
        return Err("it was recorded on another device than the signer's");
    }
    if event.rel_seq != Some(before.and_then(|b| b.event.rel_seq).unwrap_or(0) + 1) {
        return Err("an event before it is missing");
    }
    if event.rel_prev != before.map(|before| before.hash) {
        return Err("it does not follow the event before it");
    }
    let Some(before) = before.map(|before| &before.event) else { return Ok(()) };
    if event.project != before.project {
        return Err("it belongs to another project than the event before it");
    }
    // Between two events of one release others of the device may lie; the numbers still only grow.
    let adjacent = event.seq == before.seq + 1;
    if event.seq <= before.seq || event.lamport <= before.lamport || adjacent && event.prev != event.rel_prev
    {
        return Err("its place on the device contradicts the event before it");
    }
    Ok(())
}

fn covers(
    checkpoint: &Checkpoint,
    contents: &Contents,
    roster: &Roster,
    events: &[StoredEvent],
) -> Result<(), Rejected> {
    let last = events.last().map(|last| (last.event.seq, last.hash));
    let (seq, hash) = last.unwrap_or((0, EventHash::of(b"")));
    let head = checkpoint.head;
    let contradicts = seq > head.seq || (seq == head.seq) != (hash == head.hash);
    if checkpoint.device != roster.device || contradicts {
        return Err(wrong(CHECKPOINT_FILE, "it is of another history than the events"));
    }
    if checkpoint.releases.get(&contents.release) != Some(&contents.head) {
        return Err(wrong(CHECKPOINT_FILE, "it signs another end of this release"));
    }
    Ok(())
}

fn evidence<'a>(members: &Members<'a>) -> Result<BTreeMap<&'a str, &'a [u8]>, Rejected> {
    let mut evidence = BTreeMap::new();
    for (name, bytes) in members {
        let Some(digest) = name.strip_prefix(EVIDENCE_FOLDER) else { continue };
        if digest != hex::encode(Sha256::digest(bytes)) {
            return Err(wrong(name, "its name is not the digest of its bytes"));
        }
        evidence.insert(digest, *bytes);
    }
    Ok(evidence)
}

fn opened<T: DeserializeOwned>(
    members: &Members<'_>,
    name: &'static str,
    kind: &'static str,
    roster: &Roster,
) -> Result<T, Rejected> {
    let opened = sealed(members, name, kind)?.open(kind, &roster.key).map_err(|e| in_member(name, e))?;
    Ok(opened.payload)
}

fn sealed(members: &Members<'_>, name: &'static str, kind: &'static str) -> Result<Sealed, Rejected> {
    Sealed::read(member(members, name)?, kind).map_err(|e| in_member(name, e))
}

fn member<'a>(members: &Members<'a>, name: &str) -> Result<&'a [u8], Rejected> {
    members.get(name).copied().ok_or_else(|| wrong(name, "it is missing"))
}

fn version(member: &str, v: u32) -> Result<(), Rejected> {
    if v == VERSION {
        return Ok(());
    }
    Err(wrong(member, format!("it is of version {v}; this program reads version {VERSION}")))
}

fn in_member(member: &'static str, error: EnvelopeError) -> Rejected {
    Rejected::Envelope { member, error }
}

fn wrong(member: &str, why: impl Into<String>) -> Rejected {
    Rejected::Member { member: member.to_owned(), why: why.into() }
}
