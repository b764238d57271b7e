//! The ledger as its users see it: open, append, read, anchor.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use uuid::Uuid;

use crate::anchor::{self, Head};
use crate::ballast;
use crate::envelope::{At, NewEvent, StoredEvent};
use crate::error::{Damage, LedgerError, Notice, Regression};
use crate::open;
use crate::place::Hold;
use crate::store::Store;
use crate::turns::{Turns, lock};
use crate::verify;
use crate::writer::Writer;

/// Events in one read: about a megabyte of usual events, and a short turn at the connection.
pub const MAX_READ_PAGE: usize = 1000;

/// Boot-clock milliseconds after which an append also renews the anchor.
pub const ANCHOR_EVERY_MS: u64 = 60_000;

/// What opening found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartReport {
    /// Events that verify.
    pub events: u64,
    /// The newest of them.
    pub head: Head,
    /// True when this start made the ledger.
    pub created: bool,
    /// Set when ledger and anchor disagree; appends are refused until it is acknowledged.
    pub regressed: Option<Regression>,
    /// Set only when opened for viewing: what follows `events` does not verify.
    pub damage: Option<Damage>,
    /// Worth showing.
    pub notices: Vec<Notice>,
}

/// An open ledger. Share it behind an `Arc`; every method takes `&self` and may block for one sync.
pub struct Ledger {
    pub(crate) store: Turns<Store>,
    pub(crate) writer: Writer,
    pub(crate) dir: PathBuf,
    pub(crate) head: Mutex<Head>,
    pub(crate) anchored: Mutex<Anchored>,
    pub(crate) regressed: Mutex<Option<Regression>>,
    pub(crate) mode: Mode,
}

/// How the ledger is held.
pub(crate) enum Mode {
    Writing {
        #[expect(dead_code, reason = "holding it is its use")]
        hold: Hold,
    },
    Viewing {
        #[expect(dead_code, reason = "holding it is its use")]
        hold: Option<Hold>,
        #[expect(dead_code, reason = "removes the private copy when the view closes")]
        copy: Option<tempfile::TempDir>,
        file: PathBuf,
    },
}

/// What the anchor file says, and when it was last renewed.
#[derive(Default)]
pub(crate) struct Anchored {
    pub(crate) seq: u64,
    pub(crate) renewed: Option<(String, u64)>,
}

impl Ledger {
    /// Opens or makes the ledger in `dir` and verifies every event in it.
    ///
    /// Nothing is written before the format, the links, the drive and the lock are checked.
    ///
    /// # Errors
    /// Every variant that speaks of a place, a format or damage. A ledger behind its anchor opens, with
    /// [`StartReport::regressed`] set.
    pub fn open(dir: &Path) -> Result<(Self, StartReport), LedgerError> {
        open::for_writing(dir)
    }

    /// Opens for viewing: nothing is written, appends are refused, and of a damaged ledger everything
    /// before the first bad event can be read. With a log beside the file a private copy is opened.
    ///
    /// # Errors
    /// `Absent`, `InUse` while somebody writes, `NewerFormat`, `NotALedger`, or damage that leaves no
    /// table to read.
    pub fn open_read_only(dir: &Path) -> Result<(Self, StartReport), LedgerError> {
        open::for_viewing(dir)
    }

    /// Records events in one transaction: all or none, durable when this returns. Blocks for one sync;
    /// calls made meanwhile share the next one.
    ///
    /// # Errors
    /// `Refused` for an event that cannot be recorded; `ReadOnly`, `Regressed`, `Busy`; `Full` and
    /// `NotRecorded` when nothing was recorded; `Stopped` when the outcome is unknown until reopened.
    pub fn append(&self, at: &At, events: Vec<NewEvent>) -> Result<Vec<StoredEvent>, LedgerError> {
        self.refuse_writing()?;
        let stored = self.writer.append(&self.store, events, at)?;
        if let Some(newest) = stored.last() {
            self.publish(newest);
        }
        if self.anchor_due(at) {
            // The events are durable, so a failing anchor must not turn them into an error. It stays due,
            // and `anchor` reports the reason to whoever asks.
            let _ = self.renew_anchor(Some(at));
        }
        Ok(stored)
    }

    fn refuse_writing(&self) -> Result<(), LedgerError> {
        if let Mode::Viewing { file, .. } = &self.mode {
            return Err(LedgerError::ReadOnly { path: file.clone() });
        }
        match &*lock(&self.regressed) {
            Some(regression) => Err(LedgerError::Regressed(Box::new(regression.clone()))),
            None => Ok(()),
        }
    }

    /// Writers of one batch return in any order; the head only moves forward.
    fn publish(&self, newest: &StoredEvent) {
        let mut head = lock(&self.head);
        if newest.event.seq > head.seq {
            head.seq = newest.event.seq;
            head.hash = Some(newest.hash);
            head.wall = Some(newest.event.at.wall);
        }
    }

    fn anchor_due(&self, at: &At) -> bool {
        match &lock(&self.anchored).renewed {
            Some((boot_id, ms)) => {
                *boot_id != at.boot_id || at.boot_ms.saturating_sub(*ms) >= ANCHOR_EVERY_MS
            }
            None => true,
        }
    }

    /// Writes the head anchor unless it is up to date: at decisions, and from time to time while idle.
    ///
    /// # Errors
    /// `ReadOnly`, `Regressed`, or the file operation that failed.
    pub fn anchor(&self) -> Result<(), LedgerError> {
        self.refuse_writing()?;
        self.renew_anchor(None)
    }

    /// Under the lock the newest head is taken, so an older one never replaces a newer one.
    fn renew_anchor(&self, at: Option<&At>) -> Result<(), LedgerError> {
        let mut anchored = lock(&self.anchored);
        let head = self.head();
        if head.seq > anchored.seq {
            anchor::write(&self.dir, &head)?;
            anchored.seq = head.seq;
        }
        if let Some(at) = at {
            anchored.renewed = Some((at.boot_id.clone(), at.boot_ms));
        }
        Ok(())
    }

    /// Accepts that history is shorter than, or differs from, what the anchor vouches for. The old anchor
    /// is kept beside the new one. The caller then records that it happened.
    ///
    /// # Errors
    /// `ReadOnly`, or the file operation that failed. Without a regression this does nothing.
    pub fn acknowledge_regression(&self) -> Result<(), LedgerError> {
        if let Mode::Viewing { file, .. } = &self.mode {
            return Err(LedgerError::ReadOnly { path: file.clone() });
        }
        let mut regressed = lock(&self.regressed);
        if let Some(found) = &*regressed {
            anchor::keep_regressed(&self.dir, found.anchor.seq)?;
            anchor::write(&self.dir, &self.head())?;
            *regressed = None;
        }
        Ok(())
    }

    /// The disagreement with the anchor that nobody accepted yet.
    #[must_use]
    pub fn regression(&self) -> Option<Regression> {
        lock(&self.regressed).clone()
    }

    /// Holds [`BALLAST_BYTES`](crate::BALLAST_BYTES) of disk beside the ledger, again after they were given up.
    ///
    /// # Errors
    /// `ReadOnly`, `Full`, or the file operation that failed; the ledger works without.
    pub fn keep_ballast(&self) -> Result<(), LedgerError> {
        if let Mode::Viewing { file, .. } = &self.mode {
            return Err(LedgerError::ReadOnly { path: file.clone() });
        }
        ballast::keep(&self.dir)
    }

    /// Gives that space up, for what must be recorded on a full disk. Says whether there was any.
    pub fn release_ballast(&self) -> bool {
        matches!(self.mode, Mode::Writing { .. }) && ballast::release(&self.dir)
    }

    /// The newest event's place and hash. Never waits for a commit.
    pub fn head(&self) -> Head {
        lock(&self.head).clone()
    }

    /// Events after `seq`, oldest first, at most `limit` and at most [`MAX_READ_PAGE`].
    ///
    /// # Errors
    /// `Damaged` when a row no longer has its hash, and what SQLite reports.
    pub fn events(&self, after_seq: u64, limit: usize) -> Result<Vec<StoredEvent>, LedgerError> {
        let end = self.head().seq;
        if after_seq >= end {
            return Ok(Vec::new());
        }
        let left = usize::try_from(end - after_seq).unwrap_or(usize::MAX);
        let limit = limit.min(MAX_READ_PAGE).min(left);
        self.store.read(|store| store.after(after_seq, limit))
    }

    /// All events of one release in the order of its chain, read in pages so that writers get between.
    ///
    /// # Errors
    /// As [`Ledger::events`].
    pub fn release_events(&self, release: Uuid) -> Result<Vec<StoredEvent>, LedgerError> {
        let mut events = Vec::new();
        loop {
            let page = self.store.read(|store| store.of_release(release, events.len(), MAX_READ_PAGE))?;
            let last = page.len() < MAX_READ_PAGE;
            events.extend(page);
            if last {
                return Ok(events);
            }
        }
    }

    /// Folds the write-ahead log into the database. For quiet moments: it waits for its own syncs.
    ///
    /// # Errors
    /// As [`Ledger::append`].
    pub fn tidy(&self) -> Result<(), LedgerError> {
        self.refuse_writing()?;
        self.store.write(Store::checkpoint)
    }

    /// Reads every event strictly and checks its canonical form: what start-up leaves to the hashes.
    ///
    /// # Errors
    /// `Damaged` with the first event that does not pass.
    pub fn verify_deep(&self) -> Result<u64, LedgerError> {
        let mut seq = 0;
        loop {
            let page = self.events(seq, MAX_READ_PAGE)?;
            let Some(newest) = page.last() else { return Ok(seq) };
            page.iter().try_for_each(verify::check_deep)?;
            seq = newest.event.seq;
        }
    }

    /// SQLite's own check of the whole file, which a start leaves out when the file is large. Holds the
    /// connection for as long as it reads.
    ///
    /// # Errors
    /// `Damaged` with its first complaint.
    pub fn check_pages(&self) -> Result<(), LedgerError> {
        self.store.read(Store::check_pages)
    }

    /// Anchors, folds the log in and closes. Dropping does the same without telling about failures.
    ///
    /// # Errors
    /// What anchoring or folding reports; the events are safe either way.
    pub fn close(self) -> Result<(), LedgerError> {
        self.finish()
    }

    fn finish(&self) -> Result<(), LedgerError> {
        self.anchor()?;
        self.tidy()
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        let _ = self.finish();
    }
}
