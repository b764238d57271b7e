//! Samples of one source, one JSON object per line, appended for as long as a release is watched.
//!
//! A line that was cut off by a crash or a full disk stays where it is and reads as a hole; nothing is ever rewritten.

use crate::error::EvidenceError;
use crate::file;
use seaworthy_domain::Digest;
use serde::Deserialize;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Digest as _;
use sha2::Sha256;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::io::Write;
use std::path::PathBuf;

type Result<T> = std::result::Result<T, EvidenceError>;

/// Longest record as JSON.
pub const RECORD_BYTES_MAX: usize = 64 * 1024;

/// Largest segment: at 300 bytes every 15 seconds more than a year.
pub const SEGMENT_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// Why a stretch of a segment holds no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoleCause {
    /// The last line has no end: its writer was interrupted.
    Truncated,
    /// A line that is no record: cut off earlier, damaged, or longer than a record may be.
    Unreadable,
}

/// A stretch of a segment that holds no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hole {
    /// How many records were read before it.
    pub after: usize,
    /// Where it starts, in bytes from the start of the segment.
    pub offset: u64,
    /// Its length in bytes, line end included.
    pub bytes: u64,
    /// Why.
    pub cause: HoleCause,
}

/// What a segment holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Samples<R> {
    /// The records in the order of writing.
    pub records: Vec<R>,
    /// Where something is missing.
    pub holes: Vec<Hole>,
}

/// Fixes the first bytes of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seal {
    /// Digest of the first `bytes` bytes.
    pub digest: Digest,
    /// How much of the segment it covers.
    pub bytes: u64,
}

/// The segment of one source in one release.
#[derive(Debug)]
pub struct SampleLog {
    path: PathBuf,
    file: File,
    /// The last line has no end yet.
    torn: bool,
    /// Something was written since the last sync.
    unsynced: bool,
}

impl SampleLog {
    /// Opens `<directory>/<release>/<source>.seg` for appending, making it when `directory` exists.
    pub fn open(directory: impl Into<PathBuf>, release: &str, source: &str) -> Result<Self> {
        file::check_name(release)?;
        file::check_name(source)?;
        let mut path = directory.into();
        file::ensure_directory(&path)?;
        path.push(release);
        file::ensure_directory(&path)?;
        let parent = path.clone();
        path.push(format!("{source}.seg"));
        let is_new = !path.exists();
        let open = || -> io::Result<(File, bool)> {
            let mut file = file::open(&path, OpenOptions::new().read(true).append(true).create(true))?;
            let torn = ends_torn(&mut file)?;
            Ok((file, torn))
        };
        let (file, torn) = open().map_err(|error| EvidenceError::from_io(&path, error))?;
        if is_new {
            file::sync_directory(&parent)?;
        }
        Ok(Self { path, file, torn, unsynced: false })
    }

    /// Adds records, all of them or, after an error, possibly some. They survive a crash of this program at once and
    /// a power cut after the next [`SampleLog::sync`].
    pub fn append<R: Serialize>(&mut self, records: &[R]) -> Result<()> {
        let lines = lines(records)?;
        let length = self.length()?;
        if length + lines.len() as u64 > SEGMENT_BYTES_MAX {
            return Err(EvidenceError::TooLarge {
                bytes: length + lines.len() as u64,
                max: SEGMENT_BYTES_MAX,
            });
        }
        let mut write = || -> io::Result<()> {
            if self.torn && ends_torn(&mut self.file)? {
                self.file.write_all(b"\n")?;
            }
            // Until the whole block is there its end is in doubt.
            self.torn = true;
            self.unsynced = true;
            self.file.write_all(&lines)?;
            self.torn = false;
            Ok(())
        };
        write().map_err(|error| EvidenceError::from_io(&self.path, error))
    }

    /// Makes everything appended so far survive a power cut; the caller decides how often, at most once a minute.
    pub fn sync(&mut self) -> Result<()> {
        if self.unsynced {
            self.file.sync_data().map_err(|error| EvidenceError::from_io(&self.path, error))?;
            self.unsynced = false;
        }
        Ok(())
    }

    /// Syncs, and fixes everything appended so far. The segment goes on growing; earlier seals stay true.
    pub fn seal(&mut self) -> Result<Seal> {
        self.sync()?;
        let bytes = self.length()?;
        let digest = self.digest_of_first(bytes)?;
        Ok(Seal { digest, bytes })
    }

    /// Whether the sealed bytes are still the ones that were sealed.
    pub fn holds(&mut self, seal: &Seal) -> Result<bool> {
        Ok(self.length()? >= seal.bytes && self.digest_of_first(seal.bytes)? == seal.digest)
    }

    /// Reads everything, from the beginning.
    pub fn read_all<R: DeserializeOwned>(&mut self) -> Result<Samples<R>> {
        let mut read = || {
            self.file.seek(SeekFrom::Start(0))?;
            read_samples(BufReader::new(&mut self.file))
        };
        read().map_err(|error| EvidenceError::from_io(&self.path, error))
    }

    fn length(&self) -> Result<u64> {
        let metadata = self.file.metadata().map_err(|error| EvidenceError::from_io(&self.path, error))?;
        Ok(metadata.len())
    }

    fn digest_of_first(&mut self, bytes: u64) -> Result<Digest> {
        let mut hash = Sha256::new();
        let mut copy = || -> io::Result<u64> {
            self.file.seek(SeekFrom::Start(0))?;
            io::copy(&mut Read::by_ref(&mut self.file).take(bytes), &mut hash)
        };
        copy().map_err(|error| EvidenceError::from_io(&self.path, error))?;
        Ok(Digest::from_bytes(hash.finalize().into()))
    }
}

fn lines<R: Serialize>(records: &[R]) -> Result<Vec<u8>> {
    let refuse = |reason: String| EvidenceError::Record { reason };
    let mut lines = Vec::new();
    for record in records {
        let line = serde_json::to_vec(record).map_err(|error| refuse(error.to_string()))?;
        // Only an object tells by itself whether it is complete.
        if line.first() != Some(&b'{') {
            return Err(refuse("it is not an object".into()));
        }
        if line.len() > RECORD_BYTES_MAX {
            return Err(EvidenceError::TooLarge { bytes: line.len() as u64, max: RECORD_BYTES_MAX as u64 });
        }
        lines.extend_from_slice(&line);
        lines.push(b'\n');
    }
    Ok(lines)
}

fn ends_torn(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

fn read_samples<R: DeserializeOwned>(mut input: impl BufRead) -> io::Result<Samples<R>> {
    let mut samples = Samples { records: Vec::new(), holes: Vec::new() };
    let mut offset = 0;
    let mut line = Vec::new();
    loop {
        line.clear();
        let bytes = next_line(&mut input, &mut line)?;
        if bytes == 0 {
            return Ok(samples);
        }
        let complete = line.last() == Some(&b'\n');
        match serde_json::from_slice(&line) {
            Ok(record) if line.first() == Some(&b'{') => samples.records.push(record),
            _ => {
                let cause = if complete { HoleCause::Unreadable } else { HoleCause::Truncated };
                samples.holes.push(Hole { after: samples.records.len(), offset, bytes, cause });
            }
        }
        offset += bytes;
    }
}

/// Reads one line and returns its full length; of a line longer than a record may be only the last piece is kept,
/// which is no record.
fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<u64> {
    const PIECE: u64 = RECORD_BYTES_MAX as u64 + 1;
    let mut bytes = 0;
    loop {
        let read = input.by_ref().take(PIECE).read_until(b'\n', line)?;
        bytes += read as u64;
        if read == 0 || line.last() == Some(&b'\n') || bytes < PIECE {
            return Ok(bytes);
        }
        // The rest of an overlong line could look like a record by itself; this cannot be the start of one.
        line.clear();
        line.push(b'!');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;
    use serde_json::json;

    fn open(directory: &tempfile::TempDir) -> SampleLog {
        SampleLog::open(directory.path().join("samples"), "2026.11", "prober").unwrap()
    }

    fn path(directory: &tempfile::TempDir) -> PathBuf {
        directory.path().join("samples/2026.11/prober.seg")
    }

    fn records(log: &mut SampleLog) -> Vec<Value> {
        log.read_all().unwrap().records
    }

    #[test]
    fn records_come_back_in_order_and_across_restarts() {
        let directory = tempfile::tempdir().unwrap();
        let mut log = open(&directory);
        log.append(&[json!({"n": 1}), json!({"text": "two\nlines"})]).unwrap();
        log.sync().unwrap();
        drop(log);
        let mut log = open(&directory);
        log.append(&[json!({"n": 3})]).unwrap();
        let samples: Samples<Value> = log.read_all().unwrap();
        assert_eq!(samples.records, [json!({"n": 1}), json!({"text": "two\nlines"}), json!({"n": 3})]);
        assert_eq!(samples.holes, []);
    }

    #[test]
    fn a_torn_line_is_a_hole_before_and_after_the_next_start() {
        let directory = tempfile::tempdir().unwrap();
        open(&directory).append(&[json!({"n": 1}), json!({"n": 2})]).unwrap();
        let whole = std::fs::read(path(&directory)).unwrap();
        std::fs::write(path(&directory), &whole[..whole.len() - 3]).unwrap();
        let mut log = open(&directory);
        let samples: Samples<Value> = log.read_all().unwrap();
        let hole = Hole { after: 1, offset: 8, bytes: 5, cause: HoleCause::Truncated };
        assert_eq!((samples.records, samples.holes), (vec![json!({"n": 1})], vec![hole]));
        log.append(&[json!({"n": 3})]).unwrap();
        let samples: Samples<Value> = log.read_all().unwrap();
        let hole = Hole { bytes: 6, cause: HoleCause::Unreadable, ..hole };
        assert_eq!((samples.records, samples.holes), (vec![json!({"n": 1}), json!({"n": 3})], vec![hole]));
    }

    proptest! {
        #[test]
        fn cut_anywhere_no_whole_record_is_lost_and_none_is_invented(cut in 0_usize..=24) {
            let directory = tempfile::tempdir().unwrap();
            open(&directory).append(&[json!({"n": 1}), json!({"n": 2}), json!({"n": 3})]).unwrap();
            let whole = std::fs::read(path(&directory)).unwrap();
            prop_assert_eq!(whole.len(), 24);
            std::fs::write(path(&directory), &whole[..cut]).unwrap();
            let mut log = open(&directory);
            // A record is complete with its closing brace; only the line end may be missing.
            let complete = (cut + 1) / 8;
            prop_assert_eq!(records(&mut log).len(), complete);
            log.append(&[json!({"n": 4})]).unwrap();
            let after = records(&mut log);
            prop_assert_eq!(after.len(), complete + 1);
            prop_assert_eq!(after.last(), Some(&json!({"n": 4})));
        }
    }

    #[test]
    fn damage_in_the_middle_costs_one_line() {
        let directory = tempfile::tempdir().unwrap();
        let mut log = open(&directory);
        let huge = format!("{{\"x\": \"{}\"}}{{\"n\":9}}\n", "y".repeat(3 * RECORD_BYTES_MAX));
        let text = format!("{{\"n\":1}}\n{huge}\n7\n{{\"n\":2}}\n");
        std::fs::write(path(&directory), text).unwrap();
        let samples: Samples<Value> = log.read_all().unwrap();
        assert_eq!(samples.records, [json!({"n": 1}), json!({"n": 2})]);
        let lengths: Vec<u64> = samples.holes.iter().map(|hole| hole.bytes).collect();
        assert_eq!(lengths, [huge.len() as u64, 1, 2]);
    }

    #[test]
    fn only_objects_of_bearable_size_are_records() {
        let directory = tempfile::tempdir().unwrap();
        let mut log = open(&directory);
        for bad in [json!(1), json!([1]), json!("x"), Value::Null] {
            assert!(matches!(log.append(&[bad]), Err(EvidenceError::Record { .. })));
        }
        let huge = json!({"x": "y".repeat(RECORD_BYTES_MAX)});
        assert!(matches!(log.append(&[json!({}), huge]), Err(EvidenceError::TooLarge { .. })));
        assert_eq!(records(&mut log), Vec::<Value>::new());
        assert!(matches!(SampleLog::open(directory.path(), "..", "x"), Err(EvidenceError::Name { .. })));
    }

    #[test]
    fn a_seal_stays_true_while_the_segment_grows_and_fails_when_it_is_changed() {
        let directory = tempfile::tempdir().unwrap();
        let mut log = open(&directory);
        log.append(&[json!({"n": 1})]).unwrap();
        let seal = log.seal().unwrap();
        assert_eq!(seal, Seal { digest: Digest::of(b"{\"n\":1}\n"), bytes: 8 });
        log.append(&[json!({"n": 2})]).unwrap();
        assert!(log.holds(&seal).unwrap());
        let later = log.seal().unwrap();
        std::fs::write(path(&directory), "{\"n\":1}\n{\"n\":3}\n").unwrap();
        assert!(log.holds(&seal).unwrap());
        assert!(!log.holds(&later).unwrap());
        std::fs::write(path(&directory), "{}").unwrap();
        assert!(!log.holds(&seal).unwrap());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_place_of_the_segment_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        drop(open(&directory));
        std::fs::remove_file(path(&directory)).unwrap();
        std::os::unix::fs::symlink("/dev/null", path(&directory)).unwrap();
        let again = SampleLog::open(directory.path().join("samples"), "2026.11", "prober");
        assert!(matches!(again, Err(EvidenceError::NotPlain { .. })));
    }
}
