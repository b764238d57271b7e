//! Telling people.

use async_trait::async_trait;

/// Shows a notice on the desktop.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// Asks the service who it is, without showing anything; never waits long.
    ///
    /// # Errors
    /// Why a notice would not be shown now.
    async fn service(&self) -> Result<String, String>;

    /// Shows `notice` in place of an earlier one of the same slot. Best effort: it never fails and never waits long.
    async fn notify(&self, notice: Notice) -> Delivery;

    /// Takes the notice of `slot` off the desktop, if it is still there. Nobody waits for that.
    fn withdraw(&self, slot: &str);
}

/// One notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What it is about: one of these is on the desktop at a time. Never shown.
    pub slot: String,
    /// One line.
    pub title: String,
    /// One or two sentences, plain text.
    pub body: String,
    /// Breaks through quiet modes where the system allows.
    pub urgent: bool,
    /// It can be held from here. That it can be opened and seen is always so.
    pub holds: bool,
}

/// What became of a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The system took it.
    Shown,
    /// Nobody shows notices here, or it did not answer in time, or it shows nothing at the moment.
    Undelivered(String),
}

/// What a person did with a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Press {
    /// The notice's slot.
    pub slot: String,
    /// What was pressed on it.
    pub button: Button,
}

/// What can be pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Button {
    /// Show what it is about.
    Open,
    /// It was seen.
    Seen,
    /// Stop forward motion.
    Hold,
}
