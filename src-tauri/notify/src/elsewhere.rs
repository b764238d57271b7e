//! Systems that show notices by themselves: no buttons, no replacing, nobody to ask.

use crate::worded;
use notify_rust::Notification;
use notify_rust::Timeout;
use seaworthy_domain::visible;
use seaworthy_ports::Button;
use seaworthy_ports::Notice;

/// A notice on the desktop.
pub(crate) struct Showing;

impl Showing {
    /// It has no name to call it by.
    pub(crate) fn id(&self) -> Option<u32> {
        None
    }

    /// Nothing can be pressed on it.
    pub(crate) fn wait(self) -> Option<Button> {
        None
    }
}

/// Shows `notice`.
pub(crate) fn show(notice: &Notice, _listens: bool, _before: Option<u32>) -> Result<Showing, String> {
    let (title, body) = worded(notice);
    Notification::new()
        .appname("Seaworthy")
        .summary(&title)
        .body(&body)
        .timeout(if notice.urgent { Timeout::Never } else { Timeout::Default })
        .show()
        .map(|_| Showing)
        .map_err(|error| visible(&error.to_string()))
}

/// The system itself, which has no name to ask for.
pub(crate) fn identity() -> Result<String, String> {
    Ok("of this system".to_owned())
}

/// Whether the system hides it is not told.
pub(crate) fn muted(_urgent: bool) -> Option<String> {
    None
}

/// Nothing is known of it any more.
pub(crate) fn close(_id: u32) {}
