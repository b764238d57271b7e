//! What people are told about a release, as the ledger names it.

use chrono::NaiveTime;
use serde::Deserialize;
use serde::Serialize;

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Traffic is on its way back.
    Rollback,
    /// Traffic went back.
    RolledBack,
    /// A rollback did not finish or had no effect.
    RollbackFailed,
    /// A guardrail stopped forward motion.
    Hold,
    /// A guardrail is over its limit and nothing else was done about it.
    OverLimit,
    /// A guardrail has nothing to go by and nothing else was done about it.
    NoMeasurement,
    /// Nobody can look at production.
    NotWatched,
    /// What is seen cannot be written down.
    NotKept,
    /// What was kept was changed by somebody else.
    Changed,
    /// A limit was passed while nobody looked.
    Missed,
    /// Nobody knows what became of a step that was taken without a person.
    Unknown,
    /// The next step waits for a person.
    Decision,
    /// It has waited for too long.
    Overdue,
    /// A watch ended.
    WatchOver,
}

/// One thing that can be said of a release, however often it is said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NoticeKey {
    /// What it is about.
    pub topic: Topic,
    /// Which guardrail or watch; empty where there is only one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

impl NoticeKey {
    /// A thing that exists once.
    #[must_use]
    pub fn of(topic: Topic) -> Self {
        Self { topic, detail: String::new() }
    }

    /// A thing of a named guardrail or watch.
    #[must_use]
    pub fn named(topic: Topic, detail: &str) -> Self {
        Self { topic, detail: detail.to_owned() }
    }
}

/// Why something need not be said any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettledBy {
    /// A person saw it.
    Seen,
    /// It is no longer so.
    Passed,
}

/// Hours in which nothing is said that can wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// They begin at this time of day.
    pub from: NaiveTime,
    /// They end before this time of day; earlier than `from` is the next day.
    pub to: NaiveTime,
    /// Whose clock, as the time zone database names it.
    pub zone: String,
}
