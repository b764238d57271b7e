//! The provider's own log of what changed: the judge of "at most one effect for an operation".

use crate::trouble::Call;

/// Key in a deployment's `meta` by which a client marks what it created.
pub const OPERATION_META: &str = "seaworthy_op";
/// Header by which a client may mark any other call.
pub const OPERATION_HEADER: &str = "x-seaworthy-operation";

/// One call as it arrived, whatever became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// What was asked.
    pub call: Call,
    /// Operation it was marked with.
    pub operation: Option<String>,
}

/// One change that took effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// Milliseconds since 1970, on the provider's axis of time.
    pub at: i64,
    /// What changed.
    pub what: What,
    /// Who asked for it.
    pub by: By,
    /// Operation it was marked with.
    pub operation: Option<String>,
    /// Identifier of the project.
    pub project: String,
    /// Identifier of the deployment it is about; empty where it is about none.
    pub deployment: String,
}

/// Who asked for a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A call with the token.
    Call,
    /// A third person, in the dashboard.
    Somebody,
    /// Nobody: a build was ready, a stage's time was over, a queue moved up.
    Itself,
}

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// A file was stored.
    Uploaded,
    /// A deployment was created.
    Created,
    /// A build was stopped.
    Canceled,
    /// A deployment was deleted.
    Deleted,
    /// A promote was accepted.
    Promoted,
    /// A promote was put behind the rolling release that is under way.
    Queued,
    /// A rollback was accepted.
    RolledBack,
    /// A domain was given to a deployment.
    Aliased,
    /// Stages or automatic assignment were changed.
    Configured,
    /// A rolling release began.
    Started,
    /// A rolling release entered its next stage.
    Advanced,
    /// A rolling release reached everybody.
    Completed,
    /// A rolling release was stopped by a rollback.
    Aborted,
}
