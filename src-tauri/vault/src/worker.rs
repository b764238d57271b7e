//! One thread for calls that may never return.

use seaworthy_ports::StoreError;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::time::Duration;
use tokio::sync::oneshot;

/// Threads that may hang in a keychain that does not answer. Then nobody asks it again before one of them is back.
const STUCK_MAX: usize = 3;

type Job = Box<dyn FnOnce() + Send>;

/// Runs calls one after another, away from the threads that serve others. A call that is not back in time is left
/// behind with its thread, and the next one gets a new thread.
pub(crate) struct Worker {
    name: &'static str,
    deadline: Duration,
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    stuck: Arc<AtomicUsize>,
}

impl Worker {
    pub(crate) fn new(name: &'static str, deadline: Duration) -> Self {
        Self { name, deadline, jobs: Mutex::new(None), stuck: Arc::default() }
    }

    fn slow(&self) -> StoreError {
        StoreError::Slow(self.deadline.as_secs())
    }

    pub(crate) async fn run<T: Send + 'static>(
        &self,
        call: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        if self.stuck.load(Ordering::SeqCst) >= STUCK_MAX {
            return Err(self.slow());
        }
        let (answer, answered) = oneshot::channel();
        self.send(Box::new(move || {
            // Nobody waits for it any more when it comes late.
            let _ = answer.send(call());
        }))?;
        match tokio::time::timeout(self.deadline, answered).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => {
                self.leave();
                Err(StoreError::Failed("its thread ended without an answer".to_owned()))
            }
            Err(_) => {
                self.abandon();
                Err(self.slow())
            }
        }
    }

    fn send(&self, job: Job) -> Result<(), StoreError> {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let job = match &*jobs {
            Some(sender) => match sender.send(job) {
                Ok(()) => return Ok(()),
                Err(mpsc::SendError(job)) => job,
            },
            None => job,
        };
        let (sender, incoming) = mpsc::channel::<Job>();
        let thread = std::thread::Builder::new().name(self.name.to_owned());
        thread
            .spawn(move || incoming.iter().for_each(|job| job()))
            .map_err(|error| StoreError::Failed(format!("no thread for it: {error}")))?;
        // The receiver lives in the thread that has just begun.
        let _ = sender.send(job);
        *jobs = Some(sender);
        Ok(())
    }

    /// The next call begins with a new thread.
    fn leave(&self) {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Leaves the thread to its call, and counts it until it comes back.
    fn abandon(&self) {
        let Some(sender) = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        self.stuck.fetch_add(1, Ordering::SeqCst);
        let stuck = self.stuck.clone();
        let back: Job = Box::new(move || {
            stuck.fetch_sub(1, Ordering::SeqCst);
        });
        if let Err(mpsc::SendError(back)) = sender.send(back) {
            back();
        }
    }
}
