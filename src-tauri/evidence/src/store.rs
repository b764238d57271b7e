//! Finished evidence, one file per digest: `evidence/ab/abcd…`.

use crate::error::EvidenceError;
use crate::file;
use crate::log::LogWriter;
use seaworthy_domain::Digest;
use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io;
use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

type Result<T> = std::result::Result<T, EvidenceError>;

/// Largest single piece of evidence, so that it can always be read back whole.
pub const BLOB_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Where unfinished files live. Not two hexadecimal digits, so never a shard.
const PARTIAL_DIRECTORY: &str = "partial";

/// Ending of a file whose writer did not finish.
const PARTIAL_EXTENSION: &str = "partial";

/// Content-addressed files below one directory.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
}

/// A file whose writer is at work or was interrupted; never evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partial {
    /// The name the writer was given; `put-…` for bytes that were being put.
    pub name: String,
    /// Bytes on disk. A log beyond the limit is not in reading order in here.
    pub bytes: u64,
}

impl Store {
    /// Opens the store at `directory`, making it when its parent exists.
    pub fn open(directory: impl Into<PathBuf>) -> Result<Self> {
        let root = directory.into();
        file::ensure_directory(&root)?;
        file::ensure_directory(&root.join(PARTIAL_DIRECTORY))?;
        Ok(Self { root })
    }

    /// Keeps `bytes`; durable when it returns. Storing the same bytes again heals a damaged copy.
    pub fn put(&self, bytes: &[u8]) -> Result<Digest> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        check_size(bytes.len() as u64)?;
        let digest = Digest::of(bytes);
        if self.get(&digest).is_ok() {
            return Ok(digest);
        }
        let name = format!("put-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = self.partial_path(&name);
        // Left by a process of the same id that was killed in here; nobody else uses the name.
        let _usually_absent = std::fs::remove_file(&path);
        let write = || -> Result<()> {
            let fail = |error| EvidenceError::from_io(&path, error);
            let mut file = self.create_partial(&path)?;
            file.write_all(bytes).map_err(fail)?;
            file.sync_all().map_err(fail)?;
            self.publish(&path, &digest)
        };
        write().inspect_err(|_| {
            let _keeps_the_first_error = std::fs::remove_file(&path);
        })?;
        Ok(digest)
    }

    /// Reads evidence back and checks that it is what was stored.
    pub fn get(&self, digest: &Digest) -> Result<Vec<u8>> {
        let path = self.path(digest);
        let fail = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => EvidenceError::Missing { digest: *digest },
            _ => EvidenceError::from_io(&path, error),
        };
        let file = file::open(&path, OpenOptions::new().read(true)).map_err(fail)?;
        let mut bytes = Vec::new();
        file.take(BLOB_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(fail)?;
        check_size(bytes.len() as u64)?;
        let found = Digest::of(&bytes);
        if found == *digest { Ok(bytes) } else { Err(EvidenceError::Corrupt { digest: *digest, found }) }
    }

    /// Starts a log. `name` tells whose it was should the writer be interrupted, and is free again once it finished.
    pub fn writer(&self, name: &str) -> Result<LogWriter> {
        file::check_name(name)?;
        let path = self.partial_path(name);
        let file = self.create_partial(&path)?;
        Ok(LogWriter::new(self.clone(), path, file))
    }

    /// Files of writers that are at work or were interrupted, by name.
    pub fn partials(&self) -> Result<Vec<Partial>> {
        let directory = self.root.join(PARTIAL_DIRECTORY);
        let fail = |error| EvidenceError::from_io(&directory, error);
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&directory).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let path = entry.path();
            let metadata = entry.metadata().map_err(fail)?;
            let name = path.file_stem().and_then(OsStr::to_str);
            if let Some(name) = name.filter(|_| metadata.is_file() && has_partial_extension(&path)) {
                found.push(Partial { name: name.to_owned(), bytes: metadata.len() });
            }
        }
        found.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(found)
    }

    /// Removes what an interrupted writer left. The caller knows that the writer is gone.
    pub fn discard_partial(&self, name: &str) -> Result<()> {
        file::check_name(name)?;
        let path = self.partial_path(name);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(EvidenceError::from_io(&path, error))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn create_partial(&self, path: &Path) -> Result<std::fs::File> {
        file::open(path, OpenOptions::new().read(true).write(true).create_new(true)).map_err(|error| {
            match error.kind() {
                io::ErrorKind::AlreadyExists => EvidenceError::Busy { path: path.to_owned() },
                _ => EvidenceError::from_io(path, error),
            }
        })
    }

    /// Gives a finished, synced file its lasting name. Renaming replaces a damaged copy or an impostor.
    pub(crate) fn publish(&self, finished: &Path, digest: &Digest) -> Result<()> {
        let path = self.path(digest);
        let shard = self.shard(digest);
        file::ensure_directory(&shard)?;
        std::fs::rename(finished, &path).map_err(|error| EvidenceError::from_io(&path, error))?;
        file::sync_directory(&shard)
    }

    fn partial_path(&self, name: &str) -> PathBuf {
        self.root.join(PARTIAL_DIRECTORY).join(format!("{name}.{PARTIAL_EXTENSION}"))
    }

    fn shard(&self, digest: &Digest) -> PathBuf {
        self.root.join(format!("{:02x}", digest.as_bytes()[0]))
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        self.shard(digest).join(digest.to_string())
    }
}

fn has_partial_extension(path: &Path) -> bool {
    path.extension() == Some(OsStr::new(PARTIAL_EXTENSION))
}

fn check_size(bytes: u64) -> Result<()> {
    if bytes > BLOB_BYTES_MAX {
        return Err(EvidenceError::TooLarge { bytes, max: BLOB_BYTES_MAX });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path().join("evidence")).unwrap();
        (directory, store)
    }

    #[test]
    fn what_is_put_is_got() {
        let (_directory, store) = store();
        let digest = store.put(b"abc").unwrap();
        assert_eq!(store.put(b"abc").unwrap(), digest);
        assert_eq!(store.get(&digest).unwrap(), b"abc");
        assert!(store.path(&digest).ends_with(format!("ba/{digest}")));
        assert_eq!(store.partials().unwrap(), []);
        let other = Digest::of(b"other");
        assert!(matches!(store.get(&other), Err(EvidenceError::Missing { digest }) if digest == other));
    }

    #[test]
    fn changed_bytes_are_never_handed_out_and_can_be_healed() {
        let (_directory, store) = store();
        let digest = store.put(b"abc").unwrap();
        std::fs::write(store.path(&digest), b"abd").unwrap();
        assert!(matches!(store.get(&digest), Err(EvidenceError::Corrupt { .. })));
        assert_eq!(store.put(b"abc").unwrap(), digest);
        assert_eq!(store.get(&digest).unwrap(), b"abc");
    }

    #[test]
    fn many_at_once_do_not_get_in_each_others_way() {
        let (_directory, store) = store();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for number in 0..40_u32 {
                        let bytes = number.to_be_bytes();
                        let digest = store.put(&bytes).unwrap();
                        assert_eq!(store.get(&digest).unwrap(), bytes);
                    }
                });
            }
        });
        assert_eq!(store.partials().unwrap(), []);
    }

    #[test]
    fn the_limit_is_exact() {
        let (_directory, store) = store();
        let max = usize::try_from(BLOB_BYTES_MAX).unwrap();
        assert!(matches!(store.put(&vec![0; max + 1]), Err(EvidenceError::TooLarge { .. })));
        let digest = store.put(b"x").unwrap();
        std::fs::File::create(store.path(&digest)).unwrap().set_len(BLOB_BYTES_MAX + 9).unwrap();
        assert!(matches!(store.get(&digest), Err(EvidenceError::TooLarge { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn everything_is_private() {
        use std::os::unix::fs::PermissionsExt;
        let (_directory, store) = store();
        let digest = store.put(b"abc").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&store.path(&digest)), 0o600);
        assert_eq!(mode(&store.shard(&digest)), 0o700);
        assert_eq!(mode(&store.root), 0o700);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_pipes_in_place_of_files_are_refused() {
        let (directory, store) = store();
        let digest = store.put(b"abc").unwrap();
        let path = store.path(&digest);
        let elsewhere = directory.path().join("elsewhere");
        std::fs::rename(&path, &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        assert!(matches!(store.get(&digest), Err(EvidenceError::NotPlain { .. })));
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(matches!(store.get(&digest), Err(EvidenceError::NotPlain { .. })));
        std::fs::remove_dir(&path).unwrap();
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        assert!(matches!(store.get(&digest), Err(EvidenceError::NotPlain { .. })));
        let linked = directory.path().join("linked");
        std::os::unix::fs::symlink(directory.path(), &linked).unwrap();
        assert!(matches!(Store::open(linked), Err(EvidenceError::NotPlain { .. })));
        let shard = store.shard(&digest);
        std::fs::remove_dir_all(&shard).unwrap();
        std::os::unix::fs::symlink(directory.path(), &shard).unwrap();
        assert!(matches!(store.put(b"abc"), Err(EvidenceError::NotPlain { .. })));
        assert_eq!(store.partials().unwrap(), [], "a failed put leaves nothing behind");
    }

    #[test]
    fn an_interrupted_writer_is_recognisable() {
        let (_directory, store) = store();
        let mut writer = store.writer("run-1").unwrap();
        writer.write(b"half a line").unwrap();
        assert!(matches!(store.writer("run-1"), Err(EvidenceError::Busy { .. })));
        drop(writer);
        assert_eq!(store.partials().unwrap(), [Partial { name: "run-1".into(), bytes: 11 }]);
        store.discard_partial("run-1").unwrap();
        store.discard_partial("run-1").unwrap();
        assert_eq!(store.partials().unwrap(), []);
        assert!(matches!(store.writer("../x"), Err(EvidenceError::Name { .. })));
    }
}
