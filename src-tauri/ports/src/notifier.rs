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

    /// Shows `notice`. Best effort: it never fails and never waits long.
    async fn notify(&self, notice: Notice) -> Delivery;
}

/// One notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// One line.
    pub title: String,
    /// One or two sentences, plain text.
    pub body: String,
    /// Breaks through quiet modes where the system allows.
    pub urgent: bool,
}

/// What became of a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The system took it.
    Shown,
    /// Nobody shows notices here, or it did not answer in time.
    Undelivered(String),
}
