//! Looking at what is deployed.

use async_trait::async_trait;
use chrono::DateTime;
use chrono::Utc;
use seaworthy_domain::DeploymentId;
use seaworthy_domain::policy::Probe;
use serde::Deserialize;
use serde::Serialize;

/// Sends one tick of requests and says what came back.
#[async_trait]
pub trait SignalSource: Send + Sync {
    /// One tick of `probing` at `at`. Never fails: no answer is an answer.
    async fn tick(&self, probing: &Probing, at: DateTime<Utc>) -> Tick;
}

/// What to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probing {
    /// How to ask.
    pub probe: Probe,
    /// Base address, without a trailing slash.
    pub base_url: String,
    /// The deployment that must answer.
    pub deployment: DeploymentId,
    /// Its version.
    pub version: String,
    /// Its commit.
    pub commit: String,
}

/// One tick of the prober, as kept in the sample log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {
    /// When it began.
    pub at: DateTime<Utc>,
    /// Answers of the candidate, errors included.
    pub requests: u32,
    /// Of these, status 500 and above, no answer, or an unreadable one.
    pub errors: u32,
    /// Answer times of the candidate's answers in microseconds, ascending; errors without an answer are absent.
    pub latencies_us: Vec<u32>,
    /// Answers that another version gave; they count for nothing.
    pub foreign: u32,
    /// Why the tick counts for nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invalid: Option<Invalid>,
}

/// Why a tick counts for nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Invalid {
    /// Only another version answered.
    WrongVersion {
        /// What it called itself.
        saw: String,
    },
    /// The version could not be told.
    VersionUnknown {
        /// Why.
        why: String,
    },
    /// Nothing left this machine.
    Offline {
        /// Why.
        why: String,
    },
    /// Nobody knows where to ask.
    Unasked {
        /// Why.
        why: String,
    },
}
