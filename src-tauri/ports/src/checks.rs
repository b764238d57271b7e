//! Running checks.

use crate::CancellationToken;
use crate::signals::Probing;
use async_trait::async_trait;
use seaworthy_domain::CheckResult;
use seaworthy_domain::Digest;
use seaworthy_domain::RunId;
use seaworthy_domain::policy::CandidateFacts;
use seaworthy_domain::policy::Check;
use std::path::PathBuf;
use tokio::sync::mpsc;

/// Runs checks to their end and keeps what they said.
#[async_trait]
pub trait CheckRunner: Send + Sync {
    /// Runs one check. Never fails: whatever happens is a result. Output goes to `output` as it comes, with
    /// back-pressure, and whole (within the store's cap) into the evidence store.
    async fn run(
        &self,
        order: CheckOrder,
        output: mpsc::Sender<Output>,
        cancel: CancellationToken,
    ) -> CheckReport;

    /// Ends what a process that died left running of `run`.
    async fn quiet(&self, run: RunId);
}

/// One run.
#[derive(Clone, Debug)]
pub struct CheckOrder {
    /// Identity of the run; child processes carry it in their environment.
    pub run: RunId,
    /// What to run.
    pub check: Check,
    /// Folder of the repository.
    pub folder: PathBuf,
    /// Facts for the child's environment and for addresses, such as `SEAWORTHY_COMMIT`.
    pub facts: Vec<(String, String)>,
    /// Base address of the environment the check looks at.
    pub base_url: Option<String>,
    /// What fills the queries of a metrics service.
    pub candidate: CandidateFacts,
    /// The deployment that must answer at `base_url`, where another version may answer as well.
    pub witness: Option<Probing>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckReport {
    /// Result.
    pub result: CheckResult,
    /// One sentence: exit status, signal, limit, or what the answer was.
    pub summary: String,
    /// Kept output.
    pub log: Option<Digest>,
    /// Duration in milliseconds of real time.
    pub took_ms: u64,
    /// Why it says nothing about what was asked, such as that another version answered.
    pub unbound: Option<String>,
}

/// A piece of output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Where it came from.
    pub stream: Stream,
    /// Raw bytes, not cut at lines or characters.
    pub bytes: Vec<u8>,
}

/// Where output came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}
