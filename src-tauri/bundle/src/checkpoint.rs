//! Signing how far history went.

use crate::envelope;
use crate::envelope::EnvelopeError;
use crate::envelope::Sealed;
use crate::key::DeviceKey;
use crate::key::PublicKey;
use crate::statement::CHECKPOINT;
use crate::statement::ChainHead;
use crate::statement::Checkpoint;
use crate::statement::VERSION;
use chrono::DateTime;
use chrono::Utc;
use seaworthy_ledger::StoredEvent;
use std::collections::BTreeMap;
use uuid::Uuid;

use crate::merkle::Tree;

/// What a checkpoint says of a device, kept up to date event by event.
#[derive(Clone, Debug)]
pub struct Extent {
    device: Uuid,
    tree: Tree,
    newest: Option<(ChainHead, DateTime<Utc>)>,
    releases: BTreeMap<Uuid, ChainHead>,
}

impl Extent {
    /// Of a device without events.
    #[must_use]
    pub fn new(device: Uuid) -> Self {
        Self { device, tree: Tree::default(), newest: None, releases: BTreeMap::new() }
    }

    /// Takes in the device's next event.
    pub fn push(&mut self, stored: &StoredEvent) {
        let (event, hash) = (&stored.event, stored.hash);
        self.tree.push(hash.as_bytes());
        self.newest = Some((ChainHead { seq: event.seq, hash }, event.at.wall));
        if let (Some(release), Some(seq)) = (event.release, event.rel_seq) {
            self.releases.insert(release, ChainHead { seq, hash });
        }
    }

    /// The end of a release's chain on this device.
    #[must_use]
    pub fn release(&self, release: &Uuid) -> Option<ChainHead> {
        self.releases.get(release).copied()
    }

    /// Whether `checkpoint` says of this device exactly what is known here.
    #[must_use]
    pub fn agrees(&self, checkpoint: &Checkpoint) -> bool {
        self.device == checkpoint.device
            && self.head() == Some(checkpoint.head)
            && checkpoint.root == hex::encode(self.tree.root())
            && checkpoint.releases == self.releases
    }

    /// The newest event's place.
    #[must_use]
    pub fn head(&self) -> Option<ChainHead> {
        self.newest.map(|(head, _)| head)
    }

    /// The signed checkpoint; `None` while there is nothing to vouch for.
    ///
    /// # Errors
    /// [`EnvelopeError::Shape`] when it cannot be written.
    pub fn sign(&self, key: &DeviceKey) -> Result<Option<Vec<u8>>, EnvelopeError> {
        let Some((head, at)) = self.newest else { return Ok(None) };
        let checkpoint = Checkpoint {
            v: VERSION,
            device: self.device,
            head,
            root: hex::encode(self.tree.root()),
            releases: self.releases.clone(),
            at,
        };
        envelope::seal(CHECKPOINT, &checkpoint, key).map(Some)
    }
}

/// A signed checkpoint that was kept, before it is known whose key signed it.
#[derive(Clone, Debug)]
pub struct KeptCheckpoint {
    bytes: Vec<u8>,
    claimed: u64,
}

impl KeptCheckpoint {
    /// Reads one.
    ///
    /// # Errors
    /// [`EnvelopeError`] when it has not the shape of a checkpoint.
    pub fn read(bytes: Vec<u8>) -> Result<Self, EnvelopeError> {
        let checkpoint: Checkpoint = Sealed::read(&bytes, CHECKPOINT)?.unproved()?;
        Ok(Self { bytes, claimed: checkpoint.head.seq })
    }

    /// Number of the newest event that it speaks of; to be believed when somebody known signed it.
    #[must_use]
    pub fn claimed_seq(&self) -> u64 {
        self.claimed
    }

    /// What it says, when `key` signed it.
    #[must_use]
    pub fn signed_by(&self, key: &PublicKey) -> Option<Checkpoint> {
        let opened = Sealed::read(&self.bytes, CHECKPOINT).ok()?.open::<Checkpoint>(CHECKPOINT, key).ok()?;
        Some(opened.payload).filter(|checkpoint| checkpoint.v == VERSION)
    }
}
