//! Notices on the desktop.
//!
//! Best effort and honest about it: without a service, without a bus or with one that never answers the notice is
//! undelivered and says why. Whoever waits on a notice waits at most [`ANSWER_MAX`]; the call itself runs on a thread
//! of its own, because a mute service never gives it back. Deliberately absent: buttons and repetition.

#[cfg(test)]
mod tests;

use notify_rust::Notification;
use notify_rust::Timeout;
use seaworthy_domain::visible;
use seaworthy_ports::Delivery;
use seaworthy_ports::Notice;
use seaworthy_ports::Notifier;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::oneshot;

/// How long a notification service may take to answer.
pub const ANSWER_MAX: Duration = Duration::from_secs(2);

/// Calls that a mute service may swallow before no further one is made.
const UNANSWERED_MAX: usize = 4;

/// Longest title, in characters.
const TITLE_CHARS_MAX: usize = 120;

/// Longest body, in characters; services cut much earlier.
const BODY_CHARS_MAX: usize = 600;

/// The notification service of this desktop.
#[derive(Clone, Debug, Default)]
pub struct Desktop {
    unanswered: Arc<AtomicUsize>,
}

impl Desktop {
    /// A notifier; nothing is contacted before the first notice.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes one call to the service on a thread of its own and waits for it, but not long.
    async fn ask<T: Send + 'static>(
        &self,
        call: impl FnOnce() -> Result<T, String> + Send + 'static,
    ) -> Result<T, String> {
        let (answer, answered) = oneshot::channel();
        let taken = Slot::take(&self.unanswered)
            .ok_or("the notification service has not answered earlier notices; restart it")?;
        let calling = move || {
            let said = call();
            drop(taken);
            let _nobody_waits_any_more = answer.send(said);
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
        self.ask(identity).await
    }

    async fn notify(&self, notice: Notice) -> Delivery {
        match self.ask(move || show(&notice)).await {
            Ok(()) => Delivery::Shown,
            Err(why) => Delivery::Undelivered(why),
        }
    }
}

/// One of the calls under way; given back when it ends, even by a panic.
struct Slot(Arc<AtomicUsize>);

impl Slot {
    fn take(count: &Arc<AtomicUsize>) -> Option<Self> {
        let more = |under_way| (under_way < UNANSWERED_MAX).then_some(under_way + 1);
        count.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).ok()?;
        Some(Self(Arc::clone(count)))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

fn show(notice: &Notice) -> Result<(), String> {
    let body = shortened(&notice.body, BODY_CHARS_MAX);
    let mut notification = Notification::new();
    notification
        .appname("Seaworthy")
        .summary(&shortened(&notice.title, TITLE_CHARS_MAX).replace('\n', " "))
        .body(&if reads_markup()? { escaped(&body) } else { body })
        .timeout(if notice.urgent { Timeout::Never } else { Timeout::Default });
    urgency(&mut notification, notice.urgent);
    notification.show().map(drop).map_err(|error| visible(&error.to_string()))
}

/// Name and version of the service.
#[cfg(all(unix, not(target_os = "macos")))]
fn identity() -> Result<String, String> {
    let known = notify_rust::get_server_information().map_err(|error| visible(&error.to_string()))?;
    Ok(visible(&format!("{} {}", known.name, known.version)))
}

/// Elsewhere the system itself shows notices and has no name to ask for.
#[cfg(any(not(unix), target_os = "macos"))]
fn identity() -> Result<String, String> {
    Ok("of this system".to_owned())
}

/// Whether the service takes the body for markup, so that a `<` in it has to be written differently.
#[cfg(all(unix, not(target_os = "macos")))]
fn reads_markup() -> Result<bool, String> {
    let known = notify_rust::get_capabilities().map_err(|error| visible(&error.to_string()))?;
    Ok(known.iter().any(|capability| capability == "body-markup"))
}

#[cfg(any(not(unix), target_os = "macos"))]
fn reads_markup() -> Result<bool, String> {
    Ok(false)
}

/// An urgent notice breaks through quiet modes where the service allows it.
#[cfg(all(unix, not(target_os = "macos")))]
fn urgency(notification: &mut Notification, urgent: bool) {
    use notify_rust::Urgency;
    notification.urgency(if urgent { Urgency::Critical } else { Urgency::Normal });
}

/// The other systems decide by their own settings.
#[cfg(any(not(unix), target_os = "macos"))]
fn urgency(_notification: &mut Notification, _urgent: bool) {}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn shortened(text: &str, chars_max: usize) -> String {
    let shown = visible(text);
    match shown.char_indices().nth(chars_max) {
        Some((end, _)) => format!("{}…", &shown[..end]),
        None => shown,
    }
}
