//! Start-up verification: every event, from the exact stored bytes.
//!
//! A link needs only the stored hash before it, so digests are computed in any order: the thread that scans
//! also follows the chains, a second one hashes, and the scanner hashes too whenever the second is busy.

use std::sync::mpsc::{Receiver, TrySendError, sync_channel};

use rusqlite::{Connection, types::ValueRef};
use uuid::Uuid;

use crate::chain::Chain;
use crate::envelope::StoredEvent;
use crate::error::{Damage, LedgerError};
use crate::hash::EventHash;
use crate::tail;

/// Events hashed as one piece of work.
const CHUNK_EVENTS: usize = 256;

/// Pieces that may wait for the second thread.
const WAITING_CHUNKS: usize = 4;

/// Where the chains stand after the scan, and the first thing that does not fit.
pub(crate) struct Verified {
    pub(crate) chain: Chain,
    pub(crate) damage: Option<Damage>,
}

/// Bytes and claimed hashes of consecutive events.
#[derive(Default)]
struct Chunk {
    bytes: Vec<u8>,
    events: Vec<(u64, usize, EventHash)>,
}

impl Chunk {
    fn push(&mut self, seq: u64, hash: EventHash, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.events.push((seq, self.bytes.len(), hash));
    }

    /// The first event whose bytes do not have the stored hash.
    fn first_changed(&self) -> Option<u64> {
        let mut start = 0;
        for (seq, end, hash) in &self.events {
            if EventHash::of(&self.bytes[start..*end]) != *hash {
                return Some(*seq);
            }
            start = *end;
        }
        None
    }
}

/// Follows the chains up to event `upto` and checks every digest on the way.
///
/// # Errors
/// Only what keeps the query from starting; damage inside is part of the answer.
pub(crate) fn verify(conn: &Connection, device: Uuid, upto: u64) -> Result<Verified, LedgerError> {
    let mut chain = Chain::new(device);
    let (broken, changed) = std::thread::scope(|scope| {
        let (send, receive) = sync_channel::<Chunk>(WAITING_CHUNKS);
        let second = scope.spawn(move || hash_all(&receive));
        let mut mine = None;
        let scanned = scan(conn, upto, &mut chain, |chunk| match send.try_send(chunk) {
            Ok(()) => {}
            Err(TrySendError::Full(chunk) | TrySendError::Disconnected(chunk)) => {
                mine = first(mine, chunk.first_changed());
            }
        });
        drop(send);
        let theirs =
            second.join().map_err(|_| LedgerError::Stopped { cause: "the hashing thread died".into() })?;
        scanned.map(|broken| (broken, first(mine, theirs)))
    })?;
    let damage = match (broken, changed) {
        (Some(broken), Some(seq)) if broken.seq().is_some_and(|s| s < seq) => Some(broken),
        (_, Some(seq)) => Some(Damage::Changed { seq }),
        (broken, None) => broken,
    };
    Ok(Verified { chain, damage })
}

fn hash_all(chunks: &Receiver<Chunk>) -> Option<u64> {
    chunks.iter().fold(None, |found, chunk| first(found, chunk.first_changed()))
}

fn first(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    a.into_iter().chain(b).min()
}

fn scan(
    conn: &Connection,
    upto: u64,
    chain: &mut Chain,
    mut full: impl FnMut(Chunk),
) -> Result<Option<Damage>, LedgerError> {
    let mut query = conn.prepare("SELECT seq, hash, bytes FROM events WHERE seq <= ?1 ORDER BY seq")?;
    let mut rows = query.query([i64::try_from(upto).unwrap_or(i64::MAX)])?;
    let mut chunk = Chunk::default();
    let damage = loop {
        let row = match rows.next() {
            Ok(Some(row)) => row,
            Ok(None) => break None,
            Err(e) => break Some(Damage::Unreadable { seq: chain.seq + 1, detail: e.to_string() }),
        };
        let (Ok(ValueRef::Integer(seq)), Ok(ValueRef::Blob(hash)), Ok(ValueRef::Blob(bytes))) =
            (row.get_ref(0), row.get_ref(1), row.get_ref(2))
        else {
            break Some(Damage::Unreadable { seq: chain.seq + 1, detail: "columns of another type".into() });
        };
        match follow(chain, seq, hash, bytes) {
            Ok(hash) => chunk.push(chain.seq, hash, bytes),
            Err(damage) => {
                // The digest tells a changed event from a wrongly made one.
                let changed = EventHash::from_slice(hash).is_none_or(|h| EventHash::of(bytes) != h);
                break Some(match damage {
                    Damage::Broken { seq, .. } if changed => Damage::Changed { seq },
                    other => other,
                });
            }
        }
        if chunk.events.len() == CHUNK_EVENTS {
            full(std::mem::take(&mut chunk));
        }
    };
    full(chunk);
    Ok(damage)
}

/// Checks one event's links against the chains and moves them on.
fn follow(chain: &mut Chain, row: i64, hash: &[u8], bytes: &[u8]) -> Result<EventHash, Damage> {
    let seq = chain.seq + 1;
    if u64::try_from(row) != Ok(seq) {
        return Err(Damage::Gap { seq });
    }
    let broken = |what| Damage::Broken { seq, what };
    let hash = EventHash::from_slice(hash).ok_or_else(|| broken("hash"))?;
    let tail = tail::read(bytes).ok_or_else(|| broken("envelope"))?;
    let links = [
        (tail.device == chain.device, "device"),
        (tail.seq == seq, "seq"),
        (tail.prev == chain.hash, "prev"),
        (tail.lamport > chain.lamport, "lamport"),
    ];
    if let Some((_, what)) = links.into_iter().find(|(fits, _)| !fits) {
        return Err(broken(what));
    }
    if let Some(rel) = tail.release {
        let (count, last) =
            chain.releases.get(&rel.release).map_or((0, None), |c| (c.seqs.len() as u64, Some(c.hash)));
        if rel.rel_seq != count + 1 {
            return Err(broken("rel_seq"));
        }
        if rel.rel_prev != last {
            return Err(broken("rel_prev"));
        }
        chain.join(rel.release, seq, hash);
    }
    chain.seq = seq;
    chain.hash = Some(hash);
    chain.lamport = tail.lamport;
    Ok(hash)
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
