//! Output of unknown size, kept as its head and its tail.
//!
//! The partial file has two regions: the head grows once, the tail is a ring that is written round and round. Only a
//! log that outgrew both is copied once more at the end, to put the ring in order.

use crate::error::EvidenceError;
use crate::store::Store;
use seaworthy_domain::Digest;
use serde::Deserialize;
use serde::Serialize;
use sha2::Digest as _;
use sha2::Sha256;
use std::fs::File;
use std::io;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

type Result<T> = std::result::Result<T, EvidenceError>;

/// Largest log that is kept whole, and the most that is kept of a larger one.
pub const LOG_BYTES_MAX: u64 = crate::store::BLOB_BYTES_MAX;

/// Room for the line that says how much is missing.
const NOTE_BYTES_MAX: u64 = 128;

/// Bytes moved at a time when the ring is put in order.
const COPY_BYTES: usize = 64 * 1024;

/// What became of a finished log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// Names the kept bytes in the store.
    pub digest: Digest,
    /// Digest of everything that was written; the same when nothing was left out.
    pub whole: Digest,
    /// Size of everything that was written, in bytes.
    pub bytes: u64,
    /// How much of it was left out between head and tail; a note in the kept bytes says so.
    pub omitted_bytes: u64,
}

/// How the room is divided.
#[derive(Clone, Copy, Debug)]
struct Plan {
    head: u64,
    tail: u64,
}

impl Plan {
    fn for_limit(limit: u64) -> Self {
        let head = limit / 2;
        Self { head, tail: limit - head }
    }

    /// What can still be kept of the tail once the note needs room.
    fn tail_beside_note(self) -> u64 {
        self.tail.saturating_sub(NOTE_BYTES_MAX)
    }
}

/// Writes one log into a [`Store`]. Dropped before [`LogWriter::finish`] it leaves its partial file.
#[derive(Debug)]
pub struct LogWriter {
    store: Store,
    path: PathBuf,
    file: File,
    plan: Plan,
    whole: Sha256,
    written: u64,
}

impl LogWriter {
    pub(crate) fn new(store: Store, path: PathBuf, file: File) -> Self {
        let plan = Plan::for_limit(LOG_BYTES_MAX);
        Self { store, path, file, plan, whole: Sha256::new(), written: 0 }
    }

    /// Adds bytes. After an error the log cannot be finished in good faith and should be dropped.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.place(bytes).map_err(|error| EvidenceError::from_io(&self.path, error))?;
        self.whole.update(bytes);
        Ok(())
    }

    /// Everything written so far, in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.written
    }

    fn place(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let (position, room) = self.next_place();
            let length = rest.len().min(usize::try_from(room).unwrap_or(usize::MAX));
            let (now, later) = rest.split_at(length);
            self.file.seek(SeekFrom::Start(position))?;
            self.file.write_all(now)?;
            self.written += now.len() as u64;
            rest = later;
        }
        Ok(())
    }

    /// Where the next byte goes and how many fit there in one piece.
    fn next_place(&self) -> (u64, u64) {
        let Plan { head, tail } = self.plan;
        match self.written.checked_sub(head) {
            None => (self.written, head - self.written),
            Some(into_tail) => (head + into_tail % tail, tail - into_tail % tail),
        }
    }

    /// Makes the log evidence; durable when it returns.
    pub fn finish(mut self) -> Result<Kept> {
        let whole = Digest::from_bytes(std::mem::take(&mut self.whole).finalize().into());
        let limit = self.plan.head + self.plan.tail;
        if self.written <= limit {
            self.file.sync_all().map_err(|error| EvidenceError::from_io(&self.path, error))?;
            self.store.publish(&self.path, &whole)?;
            return Ok(Kept { digest: whole, whole, bytes: self.written, omitted_bytes: 0 });
        }
        let tail = self.plan.tail_beside_note();
        let omitted_bytes = self.written - self.plan.head - tail;
        let ordered = self.path.with_extension("ordered.partial");
        let _usually_absent = std::fs::remove_file(&ordered);
        let digest = self.put_in_order(&ordered, tail, omitted_bytes).inspect_err(|_| {
            let _keeps_the_first_error = std::fs::remove_file(&ordered);
        })?;
        std::fs::remove_file(&self.path).map_err(|error| EvidenceError::from_io(&self.path, error))?;
        Ok(Kept { digest, whole, bytes: self.written, omitted_bytes })
    }

    fn put_in_order(&mut self, target: &Path, tail: u64, omitted: u64) -> Result<Digest> {
        let mut copy = Copy { file: self.store.create_partial(target)?, hash: Sha256::new() };
        let Plan { head, tail: ring } = self.plan;
        // The ring's oldest byte lies where the next one would go; the note costs us the oldest few.
        let start = (self.written - head - tail) % ring;
        let first = tail.min(ring - start);
        let note = format!("\n[{omitted} bytes left out here]\n");
        let mut ordered = || -> io::Result<()> {
            copy.piece(&mut self.file, 0, head)?;
            copy.bytes(note.as_bytes())?;
            copy.piece(&mut self.file, head + start, first)?;
            copy.piece(&mut self.file, head, tail - first)?;
            copy.file.sync_all()
        };
        ordered().map_err(|error| EvidenceError::from_io(target, error))?;
        let digest = Digest::from_bytes(copy.hash.finalize().into());
        self.store.publish(target, &digest)?;
        Ok(digest)
    }
}

struct Copy {
    file: File,
    hash: Sha256,
}

impl Copy {
    fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.file.write_all(bytes)
    }

    fn piece(&mut self, from: &mut File, position: u64, length: u64) -> io::Result<()> {
        from.seek(SeekFrom::Start(position))?;
        let mut left = length;
        let mut buffer = vec![0; COPY_BYTES];
        while left > 0 {
            let step = COPY_BYTES.min(usize::try_from(left).unwrap_or(COPY_BYTES));
            from.read_exact(&mut buffer[..step])?;
            self.bytes(&buffer[..step])?;
            left -= step as u64;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn write(limit: u64, pieces: &[Vec<u8>]) -> (Kept, Vec<u8>, Vec<u8>) {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path().join("evidence")).unwrap();
        let mut writer = store.writer("log").unwrap();
        writer.plan = Plan::for_limit(limit);
        for piece in pieces {
            writer.write(piece).unwrap();
        }
        let whole = pieces.concat();
        assert_eq!(writer.bytes(), whole.len() as u64);
        let kept = writer.finish().unwrap();
        let bytes = store.get(&kept.digest).unwrap();
        assert_eq!(store.partials().unwrap(), []);
        (kept, bytes, whole)
    }

    proptest! {
        #[test]
        fn head_and_tail_are_the_real_ones(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..12),
            limit in 300_u64..1_200,
        ) {
            let (kept, bytes, whole) = write(limit, &pieces);
            prop_assert_eq!(kept.whole, Digest::of(&whole));
            prop_assert_eq!(kept.bytes, whole.len() as u64);
            prop_assert!(bytes.len() as u64 <= limit);
            if whole.len() as u64 <= limit {
                prop_assert_eq!(bytes, whole);
                prop_assert_eq!((kept.digest, kept.omitted_bytes), (kept.whole, 0));
            } else {
                let note = format!("\n[{} bytes left out here]\n", kept.omitted_bytes);
                let head = usize::try_from(limit / 2).unwrap();
                let tail = bytes.len() - head - note.len();
                prop_assert_eq!(&bytes[..head], &whole[..head]);
                prop_assert_eq!(&bytes[head..head + note.len()], note.as_bytes());
                prop_assert_eq!(&bytes[head + note.len()..], &whole[whole.len() - tail..]);
                prop_assert_eq!(head as u64 + kept.omitted_bytes + tail as u64, kept.bytes);
            }
        }
    }

    #[test]
    fn both_halves_together_are_the_limit() {
        let plan = Plan::for_limit(LOG_BYTES_MAX);
        assert_eq!((plan.head, plan.head + plan.tail), (32 * 1024 * 1024, LOG_BYTES_MAX));
    }

    #[test]
    fn the_longest_note_fits_its_room() {
        assert!(format!("\n[{} bytes left out here]\n", u64::MAX).len() as u64 <= NOTE_BYTES_MAX);
    }
}
