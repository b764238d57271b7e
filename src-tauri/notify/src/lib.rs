//! Notices on the desktop.
//!
//! Best effort and honest about it: without a service, without a bus, with one that never answers or that shows nothing
//! at the moment the notice is undelivered and says why. Whoever waits on a notice waits at most [`ANSWER_MAX`]; the call
//! itself runs on a thread of its own, because a mute service never gives it back. What is pressed on a notice comes out
//! of [`Desktop::with_presses`]; it is a wish of a person and decides nothing here.

#[cfg(any(not(unix), target_os = "macos"))]
mod elsewhere;
#[cfg(all(unix, not(target_os = "macos")))]
mod freedesktop;
#[cfg(test)]
mod tests;

#[cfg(any(not(unix), target_os = "macos"))]
use elsewhere as system;
#[cfg(all(unix, not(target_os = "macos")))]
use freedesktop as system;

use seaworthy_domain::visible;
use seaworthy_ports::Delivery;
use seaworthy_ports::Notice;
use seaworthy_ports::Notifier;
use seaworthy_ports::Press;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::sync::oneshot;

/// How long a notification service may take to answer.
pub const ANSWER_MAX: Duration = Duration::from_secs(2);

/// Calls that a mute service may swallow before no further one is made.
const UNANSWERED_MAX: usize = 4;

/// Notices on the desktop at a time whose buttons are listened to; each takes a thread. Further ones have no buttons.
const LISTENED_MAX: usize = 32;

/// Presses that nobody took yet; a person does not press faster.
const PRESSES_MAX: usize = 16;

/// Longest title, in characters.
const TITLE_CHARS_MAX: usize = 120;

/// Longest body, in characters; services cut much earlier.
const BODY_CHARS_MAX: usize = 600;

/// The notification service of this desktop.
#[derive(Clone, Debug, Default)]
pub struct Desktop {
    unanswered: Arc<AtomicUsize>,
    listened: Arc<AtomicUsize>,
    shown: Arc<Mutex<BTreeMap<String, u32>>>,
    presses: Option<mpsc::Sender<Press>>,
}

impl Desktop {
    /// A notifier whose notices have no buttons, for a process that does not stay; nothing is contacted before the first
    /// notice.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A notifier for a process that stays, and what is pressed on its notices.
    #[must_use]
    pub fn with_presses() -> (Self, mpsc::Receiver<Press>) {
        let (presses, pressed) = mpsc::channel(PRESSES_MAX);
        (Self { presses: Some(presses), ..Self::default() }, pressed)
    }

    /// Makes one call to the service on a thread of its own and waits for it, but not long. `after` goes on with what it
    /// gave, while nobody waits.
    async fn ask<A: Send + 'static, T: 'static>(
        &self,
        call: impl FnOnce() -> (Result<A, String>, Option<T>) + Send + 'static,
        after: impl FnOnce(T) + Send + 'static,
    ) -> Result<A, String> {
        let (answer, answered) = oneshot::channel();
        let taken = Slot::take(&self.unanswered, UNANSWERED_MAX)
            .ok_or("the notification service has not answered earlier notices; restart it")?;
        let calling = move || {
            let (said, rest) = call();
            drop(taken);
            let _nobody_waits_any_more = answer.send(said);
            if let Some(given) = rest {
                after(given);
            }
        };
        let thread = std::thread::Builder::new().name("notify".to_owned()).spawn(calling);
        thread.map_err(|error| format!("no thread for it: {error}"))?;
        match tokio::time::timeout(ANSWER_MAX, answered).await {
            Ok(Ok(said)) => said,
            Ok(Err(_)) => Err("the call to the notification service broke off".to_owned()),
            Err(_) => {
                Err(format!("the notification service did not answer within {} s", ANSWER_MAX.as_secs()))
            }
        }
    }
}

#[async_trait::async_trait]
impl Notifier for Desktop {
    async fn service(&self) -> Result<String, String> {
        self.ask(|| (system::identity(), None), |()| {}).await
    }

    async fn notify(&self, notice: Notice) -> Delivery {
        let (desktop, slot) = (self.clone(), notice.slot.clone());
        let listened = self.presses.as_ref().and_then(|_| Slot::take(&self.listened, LISTENED_MAX));
        let (shown, before) = (Arc::clone(&self.shown), held(&self.shown).get(&notice.slot).copied());
        let call = move || {
            let showing = match system::show(&notice, listened.is_some(), before) {
                Ok(showing) => showing,
                Err(why) => return (Err(why), None),
            };
            if let Some(id) = showing.id() {
                held(&shown).insert(notice.slot, id);
            }
            // What is hidden now may come to light later, and be pressed then.
            (system::muted(notice.urgent).map_or(Ok(()), Err), Some((showing, listened)))
        };
        let listening = move |(showing, listened): (system::Showing, Option<Slot>)| {
            let (id, _listened) = (showing.id(), listened);
            let button = showing.wait();
            let mut shown = held(&desktop.shown);
            if shown.get(&slot).copied() == id {
                shown.remove(&slot);
            }
            drop(shown);
            if let (Some(button), Some(presses)) = (button, &desktop.presses) {
                // Whoever would do something about it is gone.
                let _ = presses.blocking_send(Press { slot, button });
            }
        };
        match self.ask(call, listening).await {
            Ok(()) => Delivery::Shown,
            Err(why) => Delivery::Undelivered(why),
        }
    }

    fn withdraw(&self, slot: &str) {
        let Some(id) = held(&self.shown).remove(slot) else { return };
        let Some(taken) = Slot::take(&self.unanswered, UNANSWERED_MAX) else { return };
        let closing = move || {
            system::close(id);
            drop(taken);
        };
        // A notice that stays is no harm.
        let _ = std::thread::Builder::new().name("notify".to_owned()).spawn(closing);
    }
}

fn held<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One of a bounded number; given back when it is dropped, even by a panic.
struct Slot(Arc<AtomicUsize>);

impl Slot {
    fn take(count: &Arc<AtomicUsize>, most: usize) -> Option<Self> {
        let more = |taken| (taken < most).then_some(taken + 1);
        count.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).ok()?;
        Some(Self(Arc::clone(count)))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Title and body as they are shown, on one line the one and not too long both.
fn worded(notice: &Notice) -> (String, String) {
    let title = shortened(&notice.title, TITLE_CHARS_MAX).replace('\n', " ");
    (title, shortened(&notice.body, BODY_CHARS_MAX))
}

fn shortened(text: &str, chars_max: usize) -> String {
    let shown = visible(text);
    match shown.char_indices().nth(chars_max) {
        Some((end, _)) => format!("{}…", &shown[..end]),
        None => shown,
    }
}
