//! The notification service of a freedesktop session.

use crate::worded;
use notify_rust::Hint;
use notify_rust::Notification;
use notify_rust::NotificationHandle;
use notify_rust::Timeout;
use notify_rust::Urgency;
use seaworthy_domain::visible;
use seaworthy_ports::Button;
use seaworthy_ports::Notice;
use zbus::Connection;
use zbus::OwnedVariant;

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
/// What is shown again where the process that showed a notice is gone: the bundled application's own entry.
const DESKTOP_ENTRY: &str = "Seaworthy";

/// Names of the buttons on the bus; a click on the notice itself is `default`.
const OPEN: &str = "default";
const SEEN: &str = "seen";
const HOLD: &str = "hold";

/// Where services say that they show nothing at the moment, and whether they then hide what is urgent too.
const MUTES: [(&str, &str, bool); 2] =
    [("org.dunstproject.cmd0", "paused", true), (NAME, "Inhibited", false)];

/// A notice on the desktop.
pub(crate) struct Showing {
    handle: NotificationHandle,
    listens: bool,
}

impl Showing {
    /// Names it to the service.
    pub(crate) fn id(&self) -> Option<u32> {
        Some(self.handle.id())
    }

    /// Waits until something is pressed or the notice is gone.
    pub(crate) fn wait(self) -> Option<Button> {
        if !self.listens {
            return None;
        }
        let mut pressed = None;
        self.handle.wait_for_action(|action| {
            pressed = match action {
                OPEN => Some(Button::Open),
                SEEN => Some(Button::Seen),
                HOLD => Some(Button::Hold),
                _ => None,
            };
        });
        pressed
    }
}

/// Shows `notice`, with buttons where somebody listens, in place of `before`.
pub(crate) fn show(notice: &Notice, listens: bool, before: Option<u32>) -> Result<Showing, String> {
    let known = notify_rust::get_capabilities().map_err(|error| visible(&error.to_string()))?;
    let can = |what: &str| known.iter().any(|capability| capability == what);
    let listens = listens && can("actions");
    let (title, body) = worded(notice);
    let mut notification = Notification::new();
    notification
        .appname("Seaworthy")
        .summary(&title)
        .body(&if can("body-markup") { escaped(&body) } else { body })
        .hint(Hint::DesktopEntry(DESKTOP_ENTRY.to_owned()))
        .urgency(if notice.urgent { Urgency::Critical } else { Urgency::Normal })
        .timeout(if notice.urgent { Timeout::Never } else { Timeout::Default });
    if listens {
        notification.action(OPEN, "Open").action(SEEN, "Seen");
        if notice.holds {
            notification.action(HOLD, "Hold");
        }
    }
    // Closed and not replaced: its own connection listens to it, and hears of that.
    before.into_iter().for_each(close);
    let handle = notification.show().map_err(|error| visible(&error.to_string()))?;
    Ok(Showing { handle, listens })
}

/// Name and version of the service, unless it shows nothing at the moment.
pub(crate) fn identity() -> Result<String, String> {
    let known = notify_rust::get_server_information().map_err(|error| visible(&error.to_string()))?;
    muted(false).map_or_else(|| Ok(visible(&format!("{} {}", known.name, known.version))), Err)
}

/// Takes a notice off the desktop. One that is gone already is what is wanted.
pub(crate) fn close(id: u32) {
    let _ = zbus::block_on(async {
        let bus = Connection::session().await?;
        bus.call_method(Some(NAME), PATH, Some(NAME), "CloseNotification", &id).await
    });
}

/// Why the service shows nothing now, where it says so. Many do not.
pub(crate) fn muted(urgent: bool) -> Option<String> {
    zbus::block_on(async {
        let bus = Connection::session().await.ok()?;
        for (interface, property, hides_urgent) in MUTES {
            if is_on(&bus, interface, property).await == Some(true) && (hides_urgent || !urgent) {
                return Some(
                    "the notification service was asked not to disturb and shows nothing".to_owned(),
                );
            }
        }
        None
    })
}

async fn is_on(bus: &Connection, interface: &str, property: &str) -> Option<bool> {
    let properties = Some("org.freedesktop.DBus.Properties");
    let answer = bus.call_method(Some(NAME), PATH, properties, "Get", &(interface, property)).await.ok()?;
    let value: OwnedVariant = answer.body().deserialize().ok()?;
    bool::try_from(value).ok()
}

pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
