//! Start-up verification: every event, from the exact stored bytes.
//!
//! A link needs only the stored hash before it, so pieces of the history are checked in any order: one
//! thread scans, a second one checks, and the scanner checks too whenever the second is busy. Only the
//! chains of the releases are followed in order, from what the pieces found.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::mpsc::{TrySendError, sync_channel};

use rusqlite::{Connection, Row, types::ValueRef};
use uuid::Uuid;

use crate::chain::Chain;
use crate::envelope::StoredEvent;
use crate::error::{Damage, LedgerError};
use crate::hash::EventHash;
use crate::tail::{self, Tail};
use crate::turns::lock;

/// Events checked as one piece of work.
const CHUNK_EVENTS: usize = 256;

/// Room for that many usual events, so that a piece is rarely copied while it grows.
const CHUNK_BYTES: usize = 192 * 1024;

/// Pieces that may wait for the second thread.
const WAITING_CHUNKS: usize = 4;

/// Where the chains stand after the scan, and the first thing that does not fit.
pub(crate) struct Verified {
    pub(crate) chain: Chain,
    pub(crate) damage: Option<Damage>,
}

/// Consecutive events as stored.
struct Chunk {
    index: usize,
    device: Uuid,
    first: u64,
    prev: Option<EventHash>,
    bytes: Vec<u8>,
    events: Vec<(usize, EventHash)>,
}

/// What a piece says by itself: links up to the first damage.
struct Checked {
    first: u64,
    links: Vec<(Tail, EventHash)>,
    damage: Option<Damage>,
}

impl Chunk {
    fn first(device: Uuid) -> Self {
        let (bytes, events) = (Vec::with_capacity(CHUNK_BYTES), Vec::with_capacity(CHUNK_EVENTS));
        Self { index: 0, device, first: 1, prev: None, bytes, events }
    }

    /// The piece after this one, in the room of a finished one if there is any.
    fn next(&self, spare: Option<Self>) -> Self {
        let mut next = spare.unwrap_or_else(|| Self::first(self.device));
        next.bytes.clear();
        next.events.clear();
        next.index = self.index + 1;
        next.first = self.first + self.events.len() as u64;
        next.prev = self.events.last().map(|(_, hash)| *hash);
        next
    }

    fn check(&self) -> Checked {
        let mut checked =
            Checked { first: self.first, links: Vec::with_capacity(self.events.len()), damage: None };
        let (mut start, mut prev, mut seq) = (0, self.prev, self.first);
        for (end, hash) in &self.events {
            match self.link(seq, prev, *hash, &self.bytes[start..*end]) {
                Ok(tail) => checked.links.push((tail, *hash)),
                Err(damage) => {
                    checked.damage = Some(damage);
                    break;
                }
            }
            (start, prev, seq) = (*end, Some(*hash), seq + 1);
        }
        checked
    }

    fn link(&self, seq: u64, prev: Option<EventHash>, hash: EventHash, bytes: &[u8]) -> Result<Tail, Damage> {
        if EventHash::of(bytes) != hash {
            return Err(Damage::Changed { seq });
        }
        let tail = tail::read(bytes).ok_or(Damage::Broken { seq, what: "envelope" })?;
        let fits =
            [(tail.device == self.device, "device"), (tail.seq == seq, "seq"), (tail.prev == prev, "prev")];
        match fits.into_iter().find(|(fits, _)| !fits) {
            Some((_, what)) => Err(Damage::Broken { seq, what }),
            None => Ok(tail),
        }
    }
}

/// Puts the pieces back in order and follows the releases. Pieces that are early wait here as links only.
struct Merger {
    next: usize,
    early: BTreeMap<usize, Checked>,
    /// Finished pieces, whose memory the scanner fills again.
    spare: Vec<Chunk>,
    verified: Verified,
}

impl Merger {
    fn add(&mut self, index: usize, checked: Checked) {
        self.early.insert(index, checked);
        while let Some(checked) = self.early.remove(&self.next) {
            self.next += 1;
            if self.verified.damage.is_none() {
                self.verified.damage = follow(&mut self.verified.chain, checked);
            }
        }
    }
}

fn follow(chain: &mut Chain, checked: Checked) -> Option<Damage> {
    for (seq, (tail, hash)) in (checked.first..).zip(checked.links) {
        let broken = |what| Some(Damage::Broken { seq, what });
        if tail.lamport <= chain.lamport {
            return broken("lamport");
        }
        if let Some(rel) = tail.release {
            let before = chain.releases.get(&rel.release);
            if rel.rel_seq != before.map_or(0, |c| c.seqs.len() as u64) + 1 {
                return broken("rel_seq");
            }
            if rel.rel_prev != before.map(|c| c.hash) {
                return broken("rel_prev");
            }
            chain.join(rel.release, seq, hash);
        }
        (chain.seq, chain.hash, chain.lamport) = (seq, Some(hash), tail.lamport);
    }
    checked.damage
}

/// Checks every event up to number `upto`.
///
/// # Errors
/// Only what keeps the query from starting; damage inside is part of the answer.
pub(crate) fn verify(conn: &Connection, device: Uuid, upto: u64) -> Result<Verified, LedgerError> {
    let verified = Verified { chain: Chain::new(device), damage: None };
    let merger = Mutex::new(Merger { next: 0, early: BTreeMap::new(), spare: Vec::new(), verified });
    let work = |chunk: Chunk| {
        let checked = chunk.check();
        let mut merger = lock(&merger);
        merger.add(chunk.index, checked);
        merger.spare.push(chunk);
    };
    let scanned = std::thread::scope(|scope| {
        let (send, receive) = sync_channel::<Chunk>(WAITING_CHUNKS);
        scope.spawn(move || receive.iter().for_each(work));
        scan(conn, Chunk::first(device), upto, |chunk| {
            let next = chunk.next(lock(&merger).spare.pop());
            match send.try_send(chunk) {
                Ok(()) => {}
                Err(TrySendError::Full(chunk) | TrySendError::Disconnected(chunk)) => work(chunk),
            }
            next
        })
    })?;
    let Merger { mut verified, .. } = merger.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    verified.damage = verified.damage.or(scanned);
    Ok(verified)
}

/// Hands out the rows in pieces; the damage it finds itself lies behind all of them.
fn scan(
    conn: &Connection,
    mut chunk: Chunk,
    upto: u64,
    mut full: impl FnMut(Chunk) -> Chunk,
) -> Result<Option<Damage>, LedgerError> {
    let mut query = conn.prepare("SELECT seq, hash, bytes FROM events WHERE seq <= ?1 ORDER BY seq")?;
    let mut rows = query.query([i64::try_from(upto).unwrap_or(i64::MAX)])?;
    let mut seq = 1;
    let damage = loop {
        let row = match rows.next() {
            Ok(Some(row)) => row,
            Ok(None) => break None,
            Err(e) => break Some(Damage::Unreadable { seq, detail: e.to_string() }),
        };
        match columns(row, seq) {
            Ok((hash, bytes)) => {
                chunk.bytes.extend_from_slice(bytes);
                chunk.events.push((chunk.bytes.len(), hash));
                seq += 1;
                if chunk.events.len() == CHUNK_EVENTS {
                    chunk = full(chunk);
                }
            }
            Err(damage) => break Some(damage),
        }
    };
    full(chunk);
    Ok(damage)
}

fn columns<'r>(row: &'r Row<'_>, seq: u64) -> Result<(EventHash, &'r [u8]), Damage> {
    let (Ok(ValueRef::Integer(number)), Ok(ValueRef::Blob(hash)), Ok(ValueRef::Blob(bytes))) =
        (row.get_ref(0), row.get_ref(1), row.get_ref(2))
    else {
        return Err(Damage::Unreadable { seq, detail: "columns of another type".into() });
    };
    if u64::try_from(number) != Ok(seq) {
        return Err(Damage::Gap { seq });
    }
    let hash = EventHash::from_slice(hash).ok_or(Damage::Broken { seq, what: "hash" })?;
    Ok((hash, bytes))
}

/// SQLite's own quick check, first complaint only.
pub(crate) fn check_pages(conn: &Connection) -> Option<Damage> {
    let answer: Result<String, _> = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0));
    match answer {
        Ok(text) if text == "ok" => None,
        Ok(detail) => Some(Damage::Pages { detail }),
        Err(e) => Some(Damage::Pages { detail: e.to_string() }),
    }
}

/// The full reading of one event that start-up leaves out: strict parse, canonical form.
pub(crate) fn check_deep(event: &StoredEvent) -> Result<(), Damage> {
    if event.is_canonical() {
        Ok(())
    } else {
        Err(Damage::Broken { seq: event.event.seq, what: "canonical form" })
    }
}

/// Checks that `events` continue `chain` in every respect, and follows them.
pub(crate) fn follow_on(chain: &mut Chain, events: &[StoredEvent]) -> Result<(), Damage> {
    let mut chunk = Chunk::first(chain.device);
    (chunk.first, chunk.prev) = (chain.seq + 1, chain.hash);
    for stored in events {
        chunk.bytes.extend_from_slice(&stored.bytes);
        chunk.events.push((chunk.bytes.len(), stored.hash));
    }
    match follow(chain, chunk.check()) {
        Some(damage) => Err(damage),
        None => events.iter().try_for_each(check_deep),
    }
}
