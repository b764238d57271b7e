//! Where the chains stand, and how the next event continues them. No IO.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::anchor::Head;
use crate::envelope::StoredEvent;
use crate::error::Invalid;
use crate::hash::EventHash;
use crate::prepared::{Links, Prepared};

/// One release's chain on this device.
#[derive(Clone, Debug)]
pub(crate) struct ReleaseChain {
    /// The `seq` of each of its events; eight bytes per event, for as long as the ledger is open.
    pub(crate) seqs: Vec<u64>,
    /// Hash of the newest one.
    pub(crate) hash: EventHash,
}

/// The device's chain and the chains of its releases.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    pub(crate) device: Uuid,
    pub(crate) seq: u64,
    pub(crate) hash: Option<EventHash>,
    pub(crate) wall: Option<DateTime<Utc>>,
    pub(crate) lamport: u64,
    pub(crate) releases: HashMap<Uuid, ReleaseChain>,
}

impl Chain {
    pub(crate) fn new(device: Uuid) -> Self {
        Self { device, seq: 0, hash: None, wall: None, lamport: 0, releases: HashMap::new() }
    }

    pub(crate) fn head(&self) -> Head {
        Head { device: self.device, seq: self.seq, hash: self.hash, wall: self.wall }
    }

    /// Records that `seq` with `hash` is now the newest event of a release.
    pub(crate) fn join(&mut self, release: Uuid, seq: u64, hash: EventHash) {
        let chain = self.releases.entry(release).or_insert(ReleaseChain { seqs: Vec::new(), hash });
        chain.seqs.push(seq);
        chain.hash = hash;
    }

    /// Takes over events that are durable now.
    pub(crate) fn adopt(&mut self, events: &[StoredEvent]) {
        for StoredEvent { event, hash, .. } in events {
            self.seq = event.seq;
            self.hash = Some(*hash);
            self.wall = Some(event.at.wall);
            self.lamport = event.lamport;
            if let Some(release) = event.release {
                self.join(release, event.seq, *hash);
            }
        }
    }
}

/// Events placed one after another on top of a chain, not yet durable.
pub(crate) struct Draft<'a> {
    base: &'a Chain,
    events: Vec<StoredEvent>,
    releases: HashMap<Uuid, (u64, EventHash)>,
}

impl<'a> Draft<'a> {
    pub(crate) fn on(base: &'a Chain) -> Self {
        Self { base, events: Vec::new(), releases: HashMap::new() }
    }

    pub(crate) fn into_events(self) -> Vec<StoredEvent> {
        self.events
    }

    /// Gives all of `new` its place or none of it; returns how many there are.
    pub(crate) fn extend(&mut self, new: Vec<Prepared>) -> Result<usize, Invalid> {
        let (before, count) = (self.events.len(), new.len());
        for event in new {
            if let Err(invalid) = self.push(event) {
                self.shrink(before);
                return Err(invalid);
            }
        }
        Ok(count)
    }

    fn shrink(&mut self, len: usize) {
        self.events.truncate(len);
        self.releases.clear();
        for StoredEvent { event, hash, .. } in &self.events {
            if let (Some(release), Some(rel_seq)) = (event.release, event.rel_seq) {
                self.releases.insert(release, (rel_seq, *hash));
            }
        }
    }

    fn push(&mut self, new: Prepared) -> Result<(), Invalid> {
        let last = self.events.last();
        let links = Links {
            seq: last.map_or(self.base.seq, |e| e.event.seq) + 1,
            prev: last.map_or(self.base.hash, |e| Some(e.hash)),
            lamport: last.map_or(self.base.lamport, |e| e.event.lamport) + 1,
            release: new.release().map(|release| {
                let (before, hash) = self.release_head(release);
                (before + 1, hash)
            }),
        };
        let placed = new.place(&links)?;
        if let (Some(release), Some(rel_seq)) = (placed.event.release, placed.event.rel_seq) {
            self.releases.insert(release, (rel_seq, placed.hash));
        }
        self.events.push(placed);
        Ok(())
    }

    fn release_head(&self, release: Uuid) -> (u64, Option<EventHash>) {
        if let Some((rel_seq, hash)) = self.releases.get(&release) {
            return (*rel_seq, Some(*hash));
        }
        self.base.releases.get(&release).map_or((0, None), |c| (c.seqs.len() as u64, Some(c.hash)))
    }
}
