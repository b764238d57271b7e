//! Rows are written behind the appends, many events in one transaction, by a thread of their own.
//!
//! An append hands its events over and goes on. Whoever reads catches up first, so nobody sees rows older than the
//! newest event. What is lost on the way, to a full disk or a kill, is read again from the ledger by the next reader.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::rows::Rows;
use crate::envelope::StoredEvent;
use crate::error::LedgerError;
use crate::ledger::Ledger;
use crate::turns::lock;

/// Events that may wait for their rows; then appends wait too.
pub const MAX_BEHIND: usize = 4096;

/// How long the first of them waits for company. A row written alone costs as much as twenty together.
const GATHERING: Duration = Duration::from_millis(20);

#[derive(Default)]
struct Queue {
    events: Vec<StoredEvent>,
    /// Nobody takes events from here any more.
    over: bool,
}

/// Rows, and the events that are not in them yet.
pub(super) struct Shared {
    rows: Mutex<Rows>,
    queue: Mutex<Queue>,
    changed: Condvar,
}

impl Shared {
    pub(super) fn new(rows: Rows) -> Arc<Self> {
        Arc::new(Self { rows: Mutex::new(rows), queue: Mutex::default(), changed: Condvar::new() })
    }

    /// The rows as of the newest event.
    pub(super) fn current(&self, ledger: &Ledger) -> Result<MutexGuard<'_, Rows>, LedgerError> {
        let mut rows = lock(&self.rows);
        // What waits here need not be read from the disk; a failure shows again in what follows.
        let _ = self.drain(&mut rows);
        rows.follow(ledger)?;
        Ok(rows)
    }

    fn drain(&self, rows: &mut Rows) -> Result<(), LedgerError> {
        let events = std::mem::take(&mut lock(&self.queue).events);
        self.changed.notify_all();
        rows.take_in(&events)
    }

    pub(super) fn offer(&self, events: Vec<StoredEvent>) {
        let full = |queue: &mut Queue| queue.events.len() >= MAX_BEHIND && !queue.over;
        let queue = lock(&self.queue);
        let mut queue = self.changed.wait_while(queue, full).unwrap_or_else(PoisonError::into_inner);
        if queue.over {
            return;
        }
        let first = queue.events.is_empty();
        queue.events.extend(events);
        if first || queue.events.len() >= MAX_BEHIND {
            self.changed.notify_all();
        }
    }

    /// Until [`Shared::end`].
    fn write_behind(&self) {
        loop {
            let idle = |queue: &mut Queue| queue.events.is_empty() && !queue.over;
            let queue = lock(&self.queue);
            let queue = self.changed.wait_while(queue, idle).unwrap_or_else(PoisonError::into_inner);
            let few = |queue: &mut Queue| queue.events.len() < MAX_BEHIND && !queue.over;
            let waited = self.changed.wait_timeout_while(queue, GATHERING, few);
            let over = waited.unwrap_or_else(PoisonError::into_inner).0.over;
            // Nobody is here to be told: the rows stay as they were, and the next reader finds out why.
            let _ = self.drain(&mut lock(&self.rows));
            if over {
                return;
            }
        }
    }

    fn end(&self) {
        lock(&self.queue).over = true;
        self.changed.notify_all();
    }
}

/// The thread. Dropping it writes what still waits.
pub(super) struct Follower {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Follower {
    /// Without a thread, which a system may refuse, readers do everything.
    pub(super) fn start(shared: Arc<Shared>) -> Self {
        let behind = shared.clone();
        let thread = std::thread::Builder::new().name("views".into()).spawn(move || {
            let _ended = Ended(&behind);
            behind.write_behind();
        });
        if thread.is_err() {
            shared.end();
        }
        Self { shared, thread: thread.ok() }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.shared.end();
        // It ended with a panic of the projector, or as it should.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// Lets no append wait for a thread that is gone, however it went.
struct Ended<'a>(&'a Shared);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}
