//! Samples of one source, one JSON object per line, appended for as long as a release is watched.
//!
//! A line that was cut off by a crash or a full disk stays where it is and reads as a hole; nothing is ever rewritten.

use crate::error::EvidenceError;
use crate::file;
use crate::lines::Hole;
use crate::lines::ends_torn;
use crate::lines::lines;
use crate::lines::read_samples;
use seaworthy_domain::Digest;
use serde::Deserialize;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Digest as _;
use sha2::Sha256;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::BufReader;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::io::Write;
use std::path::PathBuf;

type Result<T> = std::result::Result<T, EvidenceError>;

/// Largest segment: at 300 bytes every 15 seconds more than a year.
pub const SEGMENT_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// Segments of one source that can be set aside.
const ASIDE_MAX: u32 = 100;

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
    /// Digest of the first `hashed_bytes` bytes so far, so that no seal reads what an earlier one read.
    hashed: Sha256,
    hashed_bytes: u64,
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
        Ok(Self { path, file, torn, unsynced: false, hashed: Sha256::new(), hashed_bytes: 0 })
    }

    /// Adds records, all of them or, after an error, possibly some. They survive a crash of this program at once and
    /// a power cut after the next [`SampleLog::sync`].
    pub fn append<R: Serialize>(&mut self, records: &[R]) -> Result<()> {
        let lines = lines(records)?;
        let length = self.bytes()?;
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
        let bytes = self.bytes()?;
        Ok(Seal { digest: self.digest_of_first(bytes)?, bytes })
    }

    /// Whether the sealed bytes are still the ones that were sealed.
    pub fn holds(&mut self, seal: &Seal) -> Result<bool> {
        // From the file, whatever an earlier seal read of it.
        (self.hashed, self.hashed_bytes) = (Sha256::new(), 0);
        Ok(self.bytes()? >= seal.bytes && self.digest_of_first(seal.bytes)? == seal.digest)
    }

    /// Moves a segment that is not what was sealed out of the way, under a name that nobody reads again and that is
    /// returned; `None` where there is nothing to keep. The next [`SampleLog::open`] begins an empty one.
    pub fn set_aside(self) -> Result<Option<String>> {
        if self.bytes()? == 0 {
            return Ok(None);
        }
        for n in 1..=ASIDE_MAX {
            let aside = self.path.with_extension(format!("refused-{n}"));
            if !aside.exists() {
                std::fs::rename(&self.path, &aside)
                    .map_err(|error| EvidenceError::from_io(&self.path, error))?;
                return Ok(aside.file_name().map(|name| name.to_string_lossy().into_owned()));
            }
        }
        Err(EvidenceError::Record { reason: format!("{ASIDE_MAX} segments were set aside already") })
    }

    /// Hands over one record after the other, from the beginning, with where it ends in bytes from the start of the
    /// segment, and says where something is missing.
    pub fn read_each<R: DeserializeOwned>(&mut self, each: impl FnMut(u64, R)) -> Result<Vec<Hole>> {
        let read = || {
            self.file.seek(SeekFrom::Start(0))?;
            read_samples(BufReader::new(&mut self.file), each)
        };
        read().map_err(|error| EvidenceError::from_io(&self.path, error))
    }

    /// Length of the segment.
    pub fn bytes(&self) -> Result<u64> {
        let metadata = self.file.metadata().map_err(|error| EvidenceError::from_io(&self.path, error))?;
        Ok(metadata.len())
    }

    fn digest_of_first(&mut self, bytes: u64) -> Result<Digest> {
        if bytes < self.hashed_bytes {
            (self.hashed, self.hashed_bytes) = (Sha256::new(), 0);
        }
        let (from, hash) = (self.hashed_bytes, &mut self.hashed);
        let mut copy = || -> io::Result<u64> {
            self.file.seek(SeekFrom::Start(from))?;
            io::copy(&mut Read::by_ref(&mut self.file).take(bytes - from), hash)
        };
        match copy() {
            Ok(read) => self.hashed_bytes = from + read,
            Err(error) => {
                (self.hashed, self.hashed_bytes) = (Sha256::new(), 0);
                return Err(EvidenceError::from_io(&self.path, error));
            }
        }
        Ok(Digest::from_bytes(self.hashed.clone().finalize().into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lines::HoleCause;
    use crate::lines::RECORD_BYTES_MAX;
    use proptest::prelude::*;
    use serde_json::Value;
    use serde_json::json;

    fn open(directory: &tempfile::TempDir) -> SampleLog {
        SampleLog::open(directory.path().join("samples"), "2026.11", "prober").unwrap()
    }

    fn path(directory: &tempfile::TempDir) -> PathBuf {
        directory.path().join("samples/2026.11/prober.seg")
    }

    fn read(log: &mut SampleLog) -> (Vec<Value>, Vec<Hole>) {
        let mut records = Vec::new();
        let holes = log.read_each(|_, record| records.push(record)).unwrap();
        (records, holes)
    }

    fn records(log: &mut SampleLog) -> Vec<Value> {
        read(log).0
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
        let (records, holes) = read(&mut log);
        assert_eq!(records, [json!({"n": 1}), json!({"text": "two\nlines"}), json!({"n": 3})]);
        assert_eq!(holes, []);
    }

    #[test]
    fn a_torn_line_is_a_hole_before_and_after_the_next_start() {
        let directory = tempfile::tempdir().unwrap();
        open(&directory).append(&[json!({"n": 1}), json!({"n": 2})]).unwrap();
        let whole = std::fs::read(path(&directory)).unwrap();
        std::fs::write(path(&directory), &whole[..whole.len() - 3]).unwrap();
        let mut log = open(&directory);
        let hole = Hole { after: 1, offset: 8, bytes: 5, cause: HoleCause::Truncated };
        assert_eq!(read(&mut log), (vec![json!({"n": 1})], vec![hole]));
        log.append(&[json!({"n": 3})]).unwrap();
        let hole = Hole { bytes: 6, cause: HoleCause::Unreadable, ..hole };
        assert_eq!(read(&mut log), (vec![json!({"n": 1}), json!({"n": 3})], vec![hole]));
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
        let (records, holes) = read(&mut log);
        assert_eq!(records, [json!({"n": 1}), json!({"n": 2})]);
        let lengths: Vec<u64> = holes.iter().map(|hole| hole.bytes).collect();
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

    #[test]
    fn every_seal_is_over_the_whole_segment() {
        let directory = tempfile::tempdir().unwrap();
        let mut log = open(&directory);
        for n in 0..5 {
            log.append(&[json!({"n": n})]).unwrap();
            let whole = std::fs::read(path(&directory)).unwrap();
            assert_eq!(log.seal().unwrap(), Seal { digest: Digest::of(&whole), bytes: whole.len() as u64 });
        }
    }

    #[test]
    fn a_record_ends_before_its_line_does() {
        let directory = tempfile::tempdir().unwrap();
        let mut log = open(&directory);
        log.append(&[json!({"n": 1}), json!({"n": 2})]).unwrap();
        let mut ends = Vec::new();
        log.read_each(|end, _: Value| ends.push(end)).unwrap();
        assert_eq!(ends, [7, 15]);
    }

    #[test]
    fn what_is_set_aside_stays_and_is_not_read_again() {
        let directory = tempfile::tempdir().unwrap();
        for n in 1..=2 {
            let mut log = open(&directory);
            assert_eq!(records(&mut log), Vec::<Value>::new());
            log.append(&[json!({"n": n})]).unwrap();
            assert_eq!(log.set_aside().unwrap(), Some(format!("prober.refused-{n}")));
            assert!(path(&directory).with_extension(format!("refused-{n}")).exists());
        }
        assert_eq!(open(&directory).set_aside().unwrap(), None);
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
