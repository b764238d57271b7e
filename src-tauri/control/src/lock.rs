//! The lock that makes a process the engine of a data directory.

use serde::Deserialize;
use serde::Serialize;
use std::fmt;
use std::fs::File;
use std::fs::OpenOptions;
use std::fs::TryLockError;
use std::io;
use std::io::Read;
use std::io::Seek;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

/// Name of the locked file in the data directory.
const LOCK_FILE: &str = "engine.lock";

/// Longest note about the holder that is read; it is written by [`Lock::take`] and much shorter.
const NOTE_BYTES_MAX: u64 = 256;

/// What a process holds the engine for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The window, also in the tray.
    App,
    /// `seaworthy watch`.
    Watch,
    /// One command; nobody watches after it.
    Command,
}

impl Role {
    /// Whether rollouts go on being looked at while such a process runs.
    #[must_use]
    pub fn watches(self) -> bool {
        matches!(self, Self::App | Self::Watch)
    }

    fn named(name: &str) -> Option<Self> {
        [Self::App, Self::Watch, Self::Command].into_iter().find(|role| role.to_string() == name)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::App => "app",
            Self::Watch => "watch",
            Self::Command => "command",
        })
    }
}

/// Who seems to hold the lock; a note for people, since the file may be older than its holder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Process.
    pub pid: Option<u32>,
    /// What for.
    pub role: Option<Role>,
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.pid, self.role) {
            (Some(pid), Some(role)) => write!(f, "process {pid} ({role})"),
            (Some(pid), None) => write!(f, "process {pid}"),
            (None, _) => f.write_str("another process"),
        }
    }
}

/// Why the lock was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process is the engine: forward to it.
    #[error("the data directory is in use by {0}")]
    Held(Held),
    /// The file system refused.
    #[error("cannot lock {path}: {source}; check that the data directory can be written")]
    Io {
        /// File that was to be locked.
        path: PathBuf,
        /// Reason.
        source: io::Error,
    },
}

/// The engine lock, held until the last clone is dropped or the process dies, however it dies.
#[derive(Clone, Debug)]
pub struct Lock {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    dir: PathBuf,
    role: Role,
    /// The operating system ties the lock to this open file.
    _file: File,
}

impl Lock {
    /// Takes the lock of a data directory without waiting; makes the directory (0700) when it is missing.
    pub fn take(dir: &Path, role: Role) -> Result<Self, LockError> {
        let path = dir.join(LOCK_FILE);
        let failed = |source| LockError::Io { path: path.clone(), source };
        make_private_dir(dir).map_err(failed)?;
        let mut file = open_private(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LockError::Held(read_note(&mut file))),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        write_note(&mut file, role).map_err(failed)?;
        Ok(Self { inner: Arc::new(Inner { dir: dir.to_owned(), role, _file: file }) })
    }

    /// The locked data directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.inner.dir
    }

    /// What it is held for.
    #[must_use]
    pub fn role(&self) -> Role {
        self.inner.role
    }
}

/// Makes a directory and its parents; the directory itself is for its owner alone.
fn make_private_dir(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    if let Some(parent) = dir.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(dir) {
        Err(source) if source.kind() == io::ErrorKind::AlreadyExists && dir.is_dir() => Ok(()),
        made => made,
    }
}

fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    // Never cut at opening: the file may be another process's and tells who that is.
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn write_note(file: &mut File, role: Role) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{} {role}", std::process::id())
}

/// Reads what the holder wrote; anything else there reads as nothing.
fn read_note(file: &mut File) -> Held {
    let mut text = String::new();
    if file.take(NOTE_BYTES_MAX).read_to_string(&mut text).is_err() {
        return Held::default();
    }
    let mut words = text.split_whitespace();
    Held { pid: words.next().and_then(|word| word.parse().ok()), role: words.next().and_then(Role::named) }
}
