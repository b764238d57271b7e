//! What people were told, and how they want to be told.

use crate::Millis;
use serde::Deserialize;
use serde::Serialize;
use ts_rs::TS;

/// What was told of a release.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NoticesView {
    /// What needs somebody and was not seen, most recent last.
    pub open: Vec<NoticeView>,
    /// What nobody could be told, newest first, at most 20. It stays after the release is over.
    pub unheard: Vec<UnheardView>,
}

/// Something that needs somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NoticeView {
    /// One line.
    pub title: String,
    /// One or two sentences.
    pub body: String,
    /// When it was last said; absent before the first time.
    pub said: Option<Millis>,
    /// How often.
    pub times: u32,
}

/// Something that nobody could be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct UnheardView {
    /// One line.
    pub title: String,
    /// Why not.
    pub why: String,
    /// When it was last tried.
    pub at: Millis,
}

/// How people want to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AttentionView {
    /// Hours in which nothing is told that can wait.
    pub quiet: Option<QuietView>,
    /// Notices name no project, release or figure.
    pub names_hidden: bool,
    /// The service that shows notices; absent where `problem` says why none would be shown.
    pub service: Option<String>,
    /// Why no notice would be shown now.
    pub problem: Option<String>,
}

/// Quiet hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct QuietView {
    /// `22:00`.
    pub from: String,
    /// `07:00`.
    pub to: String,
    /// Whose clock: `Europe/Berlin`.
    pub zone: String,
}

/// A change of how people want to be told; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AttentionChange {
    /// New quiet hours, or none.
    pub quiet: Option<QuietChange>,
    /// Whether notices hide names.
    pub names_hidden: Option<bool>,
}

/// A change of quiet hours.
#[expect(missing_docs, reason = "each member is explained by its change")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "set", rename_all = "snake_case")]
pub enum QuietChange {
    /// There are none any more.
    Off,
    /// `22:00-07:00` on the clock of a zone such as `Europe/Berlin`.
    Hours { hours: String, zone: String },
}
