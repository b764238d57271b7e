//! What can go wrong, by what the caller can do about it.

use std::io;
use std::path::{Path, PathBuf};

use crate::anchor::Head;

/// Why the ledger refused or failed. The text is a fragment that says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// Another process, or another handle in this one, holds the ledger.
    #[error("another Seaworthy has this ledger open; use that one, or close it first")]
    InUse,
    /// The file or its folder cannot be written. [`crate::Ledger::open_read_only`] still shows it.
    #[error("{path} is read-only; make it writable, or open it for viewing")]
    ReadOnly {
        /// The file or folder that refuses writing.
        path: PathBuf,
    },
    /// The disk is full; nothing of the call was recorded.
    #[error("the disk is full and nothing was recorded; free some space and try again")]
    Full,
    /// A newer version wrote this ledger. It was not touched.
    #[error(
        "this ledger has format {found} and this version knows up to {known}; update Seaworthy, or use the newer version to export a bundle"
    )]
    NewerFormat {
        /// As the file says.
        found: String,
        /// What this version reads.
        known: u32,
    },
    /// The file is something else. It was not touched.
    #[error("{path} is not a Seaworthy ledger; move it away or choose another folder")]
    NotALedger {
        /// The file.
        path: PathBuf,
    },
    /// A symbolic link, a hard link or not a regular file.
    #[error("{path} is {kind}; put the real file there, because a second name can change it unseen")]
    Linked {
        /// The file.
        path: PathBuf,
        /// `a symbolic link`, `hard-linked` or `not a regular file`.
        kind: &'static str,
    },
    /// The folder lies on a network file system, where locks and syncs are not dependable.
    #[error("{path} is on a network drive ({fs}); choose a folder on a local disk")]
    NetworkDrive {
        /// The folder.
        path: PathBuf,
        /// Type of the file system, such as `nfs4`.
        fs: String,
    },
    /// There is no ledger but the anchor says there was one.
    #[error(
        "the ledger file in {path} is missing or empty, yet {seq} events were recorded; restore a backup, or move ledger.head away to begin anew"
    )]
    Missing {
        /// The folder.
        path: PathBuf,
        /// Events the anchor knows of.
        seq: u64,
    },
    /// There is no ledger to view here.
    #[error("there is no ledger in {path}; choose another folder")]
    Absent {
        /// The folder.
        path: PathBuf,
    },
    /// The stored history does not verify. [`crate::Ledger::open_read_only`] shows what precedes it.
    #[error("{0}; open it for viewing and restore a backup")]
    Damaged(#[from] Damage),
    /// The history ends before, or differs from, what the anchor vouches for.
    #[error("{0}; acknowledge this and reconcile with the providers before going on")]
    Regressed(Box<Regression>),
    /// The event itself cannot be recorded.
    #[error("{0}")]
    Refused(#[from] Invalid),
    /// Too many calls wait already.
    #[error("{limit} appends wait already; try again when some are done")]
    Busy {
        /// The limit, [`crate::MAX_WAITING_APPENDS`].
        limit: usize,
    },
    /// A write failed and was undone; the file was reopened and verified, nothing of the call is in it.
    #[error("writing failed and nothing was recorded ({cause}); check the disk and try again")]
    NotRecorded {
        /// What the system said.
        cause: String,
    },
    /// A write failed and the file could not be verified afterwards: the outcome is unknown.
    #[error("writing failed and the ledger stopped ({cause}); check the disk and open it again")]
    Stopped {
        /// What the system said.
        cause: String,
    },
    /// A migration of this ledger is not the one this version carries.
    #[error("migration {name} of this ledger differs from this version's; install the version that wrote it")]
    MigrationDiffers {
        /// File name without its ending.
        name: String,
    },
    /// The library is older than the fixes this ledger depends on.
    #[error("SQLite {found} is too old; build with 3.51.3 or newer")]
    SqliteTooOld {
        /// Version text.
        found: &'static str,
    },
    /// The system refused a file operation.
    #[error("cannot use {path}; check the disk and its permissions")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// SQLite refused an operation outside the cases above.
    #[error("the database refused; check the disk and open it again")]
    Sqlite(#[source] rusqlite::Error),
}

/// Why an event cannot be recorded or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// A float, or a whole number beyond 2^53.
    #[error("the number {0} would not survive JSON; write quantities as decimal strings")]
    Number(String),
    /// Nested deeper than [`crate::MAX_DEPTH`].
    #[error("the body nests too deep; keep it within 32 levels with the envelope")]
    TooDeep,
    /// Longer than [`crate::MAX_EVENT_BYTES`].
    #[error("the event has {bytes} bytes, the limit is 65536; store large facts as evidence")]
    TooLong {
        /// Length of the canonical form.
        bytes: usize,
    },
    /// Not a lower-case dotted word of at most [`crate::MAX_KIND_BYTES`].
    #[error("the kind {0:?} is malformed; use lower-case words joined by dots")]
    Kind(String),
    /// Empty or longer than [`crate::MAX_ACTOR_BYTES`].
    #[error("the actor is empty or too long; use 1 to 256 bytes")]
    Actor,
    /// No event, or more than [`crate::MAX_EVENTS_PER_APPEND`].
    #[error("append between 1 and 1000 events at once, not {0}")]
    Count(usize),
    /// Not strict JSON of the expected shape.
    #[error("not a well-formed event: {0}")]
    NotJson(String),
    /// An envelope version this crate does not know.
    #[error("envelope version {0} is unknown; update Seaworthy")]
    Version(u64),
}

/// The first thing that does not verify, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Damage {
    /// The stored bytes do not have the stored hash.
    #[error("event {seq} was changed after it was recorded")]
    Changed {
        /// First bad event.
        seq: u64,
    },
    /// Events are missing before this one.
    #[error("event {seq} is missing")]
    Gap {
        /// First missing event.
        seq: u64,
    },
    /// The envelope does not continue the chain.
    #[error("event {seq} does not continue the chain ({what})")]
    Broken {
        /// First bad event.
        seq: u64,
        /// Which member of the envelope.
        what: &'static str,
    },
    /// The database cannot read the row.
    #[error("event {seq} cannot be read ({detail})")]
    Unreadable {
        /// First bad event.
        seq: u64,
        /// What SQLite said.
        detail: String,
    },
    /// Tables or triggers are not the ones this version made.
    #[error("the table definitions were changed ({what})")]
    Schema {
        /// Which object.
        what: String,
    },
    /// SQLite's own check failed although every event verifies.
    #[error("the database file is damaged ({detail})")]
    Pages {
        /// First line of the check.
        detail: String,
    },
}

impl Damage {
    /// The first bad event, where the damage lies in one.
    pub fn seq(&self) -> Option<u64> {
        match self {
            Self::Changed { seq }
            | Self::Gap { seq }
            | Self::Broken { seq, .. }
            | Self::Unreadable { seq, .. } => Some(*seq),
            Self::Schema { .. } | Self::Pages { .. } => None,
        }
    }
}

/// The anchor knows more, or something else, than the ledger.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the ledger ends at event {} but {cause} event {}", .head.seq, .anchor.seq)]
pub struct Regression {
    /// What the anchor vouches for.
    pub anchor: Head,
    /// Where the ledger ends.
    pub head: Head,
    /// How they disagree.
    pub cause: RegressionCause,
}

/// How ledger and anchor disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegressionCause {
    /// Recorded events are gone: an older copy, or a deleted `ledger.db-wal`.
    #[error("the anchor knows")]
    Behind,
    /// The event at the anchor's place is another one.
    #[error("history differs from the anchor at")]
    Rewritten,
    /// The anchor belongs to another device's ledger.
    #[error("the anchor is of another device at")]
    OtherDevice,
}

/// Worth showing at start; nothing is refused because of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Notice {
    /// Events exist but no anchor: a lost tail would not have been noticed.
    #[error("ledger.head was missing; a new one is written, an older loss could not be seen")]
    AnchorMissing,
    /// The anchor could not be read; it was kept as `ledger.head.unreadable`.
    #[error("ledger.head could not be read and was set aside as ledger.head.unreadable")]
    AnchorUnreadable,
    /// The type of file system could not be found out.
    #[error("the type of disk is unknown here; keep the ledger on a local disk")]
    UnknownDrive,
    /// The folder is copied elsewhere by another program.
    #[error("the folder {0} is synchronised by another program; choose one that is not")]
    SyncedFolder(String),
}

impl LedgerError {
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
                Self::ReadOnly { path: path.to_owned() }
            }
            _ => Self::Io { path: path.to_owned(), source },
        }
    }
}

impl From<rusqlite::Error> for LedgerError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        match error.sqlite_error_code() {
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => Self::InUse,
            Some(Code::DiskFull) => Self::Full,
            Some(Code::DatabaseCorrupt | Code::NotADatabase) => {
                Self::Damaged(Damage::Pages { detail: error.to_string() })
            }
            _ => Self::Sqlite(error),
        }
    }
}
