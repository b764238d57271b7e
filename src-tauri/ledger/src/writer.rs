//! Group commit: whoever comes first commits for everybody who waits.
//!
//! There is no writer thread. A lone writer commits on its own thread and pays for no hand-over; with more,
//! the first one leads: it takes what waits, commits once, tells everybody, and hands the lead to the next.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use uuid::Uuid;

use crate::chain::Draft;
use crate::envelope::{At, NewEvent, StoredEvent};
use crate::error::{Invalid, LedgerError};
use crate::prepared::Prepared;
use crate::store::Store;
use crate::turns::{Turns, lock};

/// Appends that may wait for their commit at once. Ten captains and a busy engine stay far below.
pub const MAX_WAITING_APPENDS: usize = 1024;

/// Events in one call of `append`.
pub const MAX_EVENTS_PER_APPEND: usize = 1000;

/// Events in one commit; a full one still takes its largest call whole.
const MAX_EVENTS_PER_COMMIT: usize = 2000;

/// How long a leader waits for the company it had last time. Without this every second commit would carry
/// a single event: the writers just answered have not come back yet. Far below one sync of a real disk.
const GATHERING: Duration = Duration::from_micros(200);

type Outcome = Result<Vec<StoredEvent>, LedgerError>;

enum Told {
    Lead,
    Done(Outcome),
}

struct Job {
    events: Vec<Prepared>,
    tell: Sender<Told>,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    leading: bool,
    /// Writers seen around the last commit.
    company: usize,
}

/// The queue in front of the store.
pub(crate) struct Writer {
    device: Uuid,
    queue: Mutex<Queue>,
    joined: Condvar,
}

impl Writer {
    pub(crate) fn new(device: Uuid) -> Self {
        Self { device, queue: Mutex::default(), joined: Condvar::new() }
    }

    /// Returns when the events are durable, or with the reason why none of them is.
    pub(crate) fn append(&self, store: &Turns<Store>, events: Vec<NewEvent>, at: &At) -> Outcome {
        if events.is_empty() || events.len() > MAX_EVENTS_PER_APPEND {
            return Err(Invalid::Count(events.len()).into());
        }
        // Before anybody is waited for, so that writers do this side by side.
        let prepare = |event| Prepared::new(event, at, self.device);
        let events = events.into_iter().map(prepare).collect::<Result<Vec<_>, _>>()?;
        let (tell, told) = channel();
        let first = {
            let mut queue = lock(&self.queue);
            if queue.jobs.len() >= MAX_WAITING_APPENDS {
                return Err(LedgerError::Busy { limit: MAX_WAITING_APPENDS });
            }
            queue.jobs.push_back(Job { events, tell });
            if queue.leading && queue.jobs.len() >= queue.company {
                self.joined.notify_one();
            }
            !std::mem::replace(&mut queue.leading, true)
        };
        if first {
            self.lead(store);
        }
        self.follow(store, &told)
    }

    fn follow(&self, store: &Turns<Store>, told: &Receiver<Told>) -> Outcome {
        loop {
            match told.recv() {
                Ok(Told::Done(outcome)) => return outcome,
                Ok(Told::Lead) => self.lead(store),
                Err(_) => return Err(LedgerError::Stopped { cause: "the committing thread died".into() }),
            }
        }
    }

    /// Commits one batch and passes the lead on. The lead passes also when this panics: the jobs of the
    /// batch are dropped then, and their writers learn it from the closed channel.
    fn lead(&self, store: &Turns<Store>) {
        let batch = self.gather();
        let lead = Lead { writer: self, batch: batch.len() };
        let outcomes = store.write(|store| commit(store, batch));
        drop(lead);
        for (tell, outcome) in outcomes {
            // A writer that no longer listens has ended with its thread.
            let _ = tell.send(Told::Done(outcome));
        }
    }

    fn gather(&self) -> Vec<Job> {
        let mut queue = lock(&self.queue);
        if queue.jobs.len() < queue.company {
            let alone = |q: &mut Queue| q.jobs.len() < q.company;
            let waited = self.joined.wait_timeout_while(queue, GATHERING, alone);
            queue = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        let mut batch = Vec::new();
        let mut events = 0;
        while let Some(job) = queue.jobs.front() {
            events += job.events.len();
            if !batch.is_empty() && events > MAX_EVENTS_PER_COMMIT {
                break;
            }
            batch.extend(queue.jobs.pop_front());
        }
        batch
    }
}

/// Passes the lead on when the commit is over, however it ended.
struct Lead<'a> {
    writer: &'a Writer,
    batch: usize,
}

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        let mut queue = lock(&self.writer.queue);
        queue.company = self.batch + queue.jobs.len();
        queue.leading = queue.jobs.front().is_some_and(|next| next.tell.send(Told::Lead).is_ok());
    }
}

fn commit(store: &mut Store, batch: Vec<Job>) -> Vec<(Sender<Told>, Outcome)> {
    let mut draft = Draft::on(&store.chain);
    let sealed: Vec<(Sender<Told>, Result<usize, Invalid>)> =
        batch.into_iter().map(|job| (job.tell, draft.extend(job.events))).collect();
    let events = draft.into_events();
    let committed = if events.is_empty() { Ok(()) } else { store.commit(&events) };
    let mut events = events.into_iter();
    sealed
        .into_iter()
        .map(|(tell, count)| {
            let outcome = match (count, &committed) {
                (Err(invalid), _) => Err(invalid.into()),
                (Ok(count), Ok(())) => Ok(events.by_ref().take(count).collect()),
                (Ok(_), Err(error)) => Err(repeat(error)),
            };
            (tell, outcome)
        })
        .collect()
}

/// Everybody in the batch gets the same answer; the sources inside cannot be cloned.
fn repeat(error: &LedgerError) -> LedgerError {
    match error {
        LedgerError::Full => LedgerError::Full,
        LedgerError::NotRecorded { cause } => LedgerError::NotRecorded { cause: cause.clone() },
        LedgerError::Stopped { cause } => LedgerError::Stopped { cause: cause.clone() },
        other => LedgerError::Stopped { cause: other.to_string() },
    }
}
