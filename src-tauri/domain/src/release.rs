//! The state of one release, as its events left it.

use crate::digest::Digest;
use crate::event::CheckResult;
use crate::event::PassedCriterion;
use crate::ids::DeploymentId;
use crate::ids::OperationId;
use crate::ids::ProjectId;
use crate::ids::ReleaseId;
use crate::ids::RunId;
pub use crate::ladder::Ladder;
pub use crate::ladder::StageEntry;
pub use crate::ladder::Watched;
use crate::operation::Act;
use crate::operation::Operation;
use crate::operation::OperationState;
use crate::operation::Seen;
use crate::operation::TargetState;
use crate::pin::PinnedCommand;
use crate::policy::Then;
use crate::policy::Transition;
use crate::share::Share;
use crate::time::Fill;
use crate::time::Gap;
use chrono::DateTime;
use chrono::Utc;
use serde::Deserialize;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// Where a release stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lifecycle {
    /// Open; scope and policy may still change.
    Planning,
    /// Policy and scope are fixed.
    Frozen,
    /// A candidate is named.
    Candidate,
    /// The candidate is in production, at some share of traffic.
    RollingOut,
    /// All traffic went back; the next candidate may be named.
    RolledBack,
    /// All traffic is on the candidate and it is being watched.
    Hypercare,
    /// Done.
    Closed,
    /// Given up.
    Abandoned,
}

impl Lifecycle {
    /// Nothing more can happen.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Closed | Self::Abandoned)
    }
}

impl fmt::Display for Lifecycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Planning => "planning",
            Self::Frozen => "frozen",
            Self::Candidate => "candidate",
            Self::RollingOut => "rolling out",
            Self::RolledBack => "rolled back",
            Self::Hypercare => "hypercare",
            Self::Closed => "closed",
            Self::Abandoned => "abandoned",
        })
    }
}

/// One release.
#[derive(Clone, Debug, PartialEq)]
pub struct Release {
    /// Identity.
    pub id: ReleaseId,
    /// Project it belongs to.
    pub project: ProjectId,
    /// Name of the project when the release was opened.
    pub project_name: String,
    /// Version people call it by.
    pub version: String,
    /// Digest of the policy in force; pinned by `open`, again by `freeze`.
    pub policy: Digest,
    /// Title and version of that policy.
    pub policy_title: String,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// Where it stands.
    pub lifecycle: Lifecycle,
    /// When the scope was frozen.
    pub frozen_at: Option<DateTime<Utc>>,
    /// Candidates, oldest first; the last one is current.
    pub candidates: Vec<Candidate>,
    /// Runs of each check, oldest first, at most [`RUNS_KEPT`].
    pub runs: BTreeMap<String, Vec<CheckRun>>,
    /// Statements by gate and criterion; the newest counts.
    pub attestations: BTreeMap<(String, String), Attestation>,
    /// Passages, oldest first.
    pub passages: Vec<Passage>,
    /// Operations, oldest first.
    pub operations: Vec<Operation>,
    /// Deployments that took effect, oldest first.
    pub deployments: Vec<Deployment>,
    /// What production served before the current candidate; `Some(None)` when it served nothing.
    pub way_back: Option<Option<DeploymentId>>,
    /// Commands of each environment's target as they were pinned last.
    pub pins: BTreeMap<String, Vec<PinnedCommand>>,
    /// How the target differed from what the last step forward expected; until an operation goes through.
    pub drift: Option<String>,
    /// Why all traffic has to go back although nobody asked; until it did.
    pub rollback_owed: Option<String>,
    /// The production ladder, once traffic moved.
    pub ladder: Option<Ladder>,
    /// The hold in force.
    pub hold: Option<Hold>,
    /// Breaches, oldest first.
    pub breaches: Vec<Breach>,
    /// When each guardrail was last told to be blind.
    pub blind: BTreeMap<String, DateTime<Utc>>,
    /// Spans that nobody saw, oldest first, at most [`crate::GAPS_KEPT`].
    pub gaps: Vec<Gap>,
    /// What was fetched for them afterwards, oldest first, at most [`crate::GAPS_KEPT`].
    pub fills: Vec<Fill>,
    /// Ended watches of the current ladder by name.
    pub watches_ended: BTreeMap<String, Watched>,
    /// When it was closed or abandoned.
    pub ended_at: Option<DateTime<Utc>>,
}

/// Runs kept for each check in memory; the ledger keeps all.
pub const RUNS_KEPT: usize = 12;

/// A named, unchangeable set of commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// 1 for `rc.1`.
    pub number: u32,
    /// Whole commit id.
    pub commit: String,
    /// Branch it was named from.
    pub branch: Option<String>,
    /// Digest of names and non-secret values of its configuration.
    pub configuration: Digest,
    /// When it was named.
    pub named_at: DateTime<Utc>,
}

impl Candidate {
    /// `rc.1`.
    #[must_use]
    pub fn label(&self) -> String {
        format!("rc.{}", self.number)
    }
}

/// One run of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckRun {
    /// Identity.
    pub run: RunId,
    /// Candidate at the start.
    pub candidate: u32,
    /// Environment it looked at, if any.
    pub environment: Option<String>,
    /// Digest of the approved command, if it ran one.
    pub command: Option<Digest>,
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// `None` while running.
    pub end: Option<CheckEnd>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckEnd {
    /// Result.
    pub result: CheckResult,
    /// One sentence.
    pub summary: String,
    /// Kept output.
    pub log: Option<Digest>,
    /// Duration in milliseconds.
    pub took_ms: u64,
    /// Why it does not count for the candidate.
    pub unbound: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// A recorded statement of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attestation {
    /// What was stated.
    pub statement: String,
    /// Who stated it.
    pub by: String,
    /// In which role.
    pub role: String,
    /// Their words.
    pub note: String,
    /// Candidate it is about; `None` when about the release.
    pub candidate: Option<u32>,
    /// When.
    pub at: DateTime<Utc>,
}

/// A gate's proof as it stood when its transition happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// What was passed.
    pub transition: Transition,
    /// Candidate then.
    pub candidate: Option<u32>,
    /// Each criterion then.
    pub proof: Vec<PassedCriterion>,
    /// When.
    pub at: DateTime<Utc>,
}

/// A deployment that took effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// Its name at the target.
    pub id: DeploymentId,
    /// Where.
    pub environment: String,
    /// Which candidate.
    pub candidate: u32,
    /// Which operation placed it.
    pub operation: OperationId,
    /// Its own address, where it has one.
    pub url: Option<String>,
    /// Share of traffic as last proven.
    pub share: Share,
    /// When it was placed.
    pub at: DateTime<Utc>,
    /// When its share last changed.
    pub moved_at: DateTime<Utc>,
}

/// A release-wide stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Why.
    pub reason: String,
    /// Who or what.
    pub by: String,
    /// What acted by itself, where something did.
    pub acting: Option<crate::event::Acting>,
    /// What set it; a person's hold outlasts a rollback, the others end with it.
    pub cause: HoldCause,
    /// Since when.
    pub at: DateTime<Utc>,
}

/// What set a hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldCause {
    /// A person.
    #[default]
    Person,
    /// The guardrail of this name.
    Guardrail(String),
    /// A rollback that is on its way.
    Rollback,
}

impl HoldCause {
    /// Whether a person set it.
    #[must_use]
    pub fn is_person(&self) -> bool {
        *self == Self::Person
    }
}

/// A guardrail that fired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// Guardrail.
    pub guardrail: String,
    /// Its rule.
    pub rule: String,
    /// What it triggered.
    pub then: Then,
    /// One sentence.
    pub reason: String,
    /// First sample over the limit.
    pub from: DateTime<Utc>,
    /// Sample that completed it.
    pub at: DateTime<Utc>,
    /// Candidate it hit.
    pub candidate: u32,
}

impl Release {
    /// The current candidate.
    #[must_use]
    pub fn candidate(&self) -> Option<&Candidate> {
        self.candidates.last()
    }

    /// The current candidate's newest deployment in `environment`.
    #[must_use]
    pub fn deployment_in(&self, environment: &str) -> Option<&Deployment> {
        let candidate = self.candidate()?.number;
        self.deployments.iter().rev().find(|d| d.environment == environment && d.candidate == candidate)
    }

    /// The operation that must be settled before anything else moves.
    #[must_use]
    pub fn open_operation(&self) -> Option<&Operation> {
        self.operations.iter().rev().find(|op| op.state.is_open())
    }

    /// An operation whose outcome nobody knows.
    #[must_use]
    pub fn unknown_operation(&self) -> Option<&Operation> {
        self.operations.iter().rev().find(|op| matches!(op.state, OperationState::Unknown(_)))
    }

    /// Exact place on the way, beginning with the version; forward steps name it, so that the same click cannot take two
    /// and a word given for one release cannot move another.
    #[must_use]
    pub fn position(&self) -> String {
        let candidate = self.candidate().map_or(0, |c| c.number);
        let place = match (self.lifecycle, self.ladder.as_ref().and_then(Ladder::current)) {
            (Lifecycle::RollingOut, Some(entry)) => format!("rc.{candidate}/stage:{}", entry.stage),
            (Lifecycle::Candidate, _) => {
                let placed = self.deployments.iter().filter(|d| d.candidate == candidate).count();
                format!("rc.{candidate}/placed:{placed}")
            }
            (lifecycle, _) => lifecycle.to_string().replace(' ', "-"),
        };
        format!("{}/{place}", self.version)
    }

    /// Why traffic has to go back before anything goes forward. Where nothing was deployed before, nothing can be owed.
    #[must_use]
    pub fn must_go_back(&self) -> Option<&str> {
        self.rollback_owed.as_deref().filter(|_| self.way_back != Some(None))
    }

    /// The newest run of `check`, finished or not.
    #[must_use]
    pub fn newest_run(&self, check: &str) -> Option<&CheckRun> {
        self.runs.get(check)?.last()
    }

    /// An operation without outcome that may have moved production traffic to the candidate, so that somebody must
    /// look although the ladder does not show it.
    #[must_use]
    pub fn may_have_moved(&self) -> Option<&Operation> {
        self.unknown_operation().filter(|op| matches!(op.act, Act::SetShare { stage: Some(_), .. }))
    }

    /// Whether production serves it, may serve it, or is being taken from it.
    #[must_use]
    pub fn has_production(&self) -> bool {
        let going_back = self.open_operation().is_some_and(|op| op.act.is_backward());
        self.is_exposed() || self.may_have_moved().is_some() || going_back
    }

    /// What `state` shows of an operation of this release. A step that a later rollback overtook and that left no
    /// traffic behind is not on its way any more: the share before it is not what it would fall back to.
    #[must_use]
    pub fn seen_in(&self, operation: &Operation, state: &TargetState) -> Seen {
        let seen = operation.seen_in(state);
        let idle = state.find(&operation.deployment).is_none_or(|live| live.share == Share::NONE);
        let overtaken = !operation.act.is_backward() && self.taken_back(operation);
        if overtaken && idle && state.unsettled.is_none() && seen == Seen::Partly {
            Seen::Absent
        } else {
            seen
        }
    }

    /// When this release last took all traffic of `environment`, or began to without a known outcome.
    #[must_use]
    pub fn moved_into(&self, environment: &str) -> Option<DateTime<Utc>> {
        let took = self.deployments.iter().filter(|d| d.environment == environment && d.share == Share::FULL);
        let may_have = self.operations.iter().filter(|op| {
            op.environment == environment && op.state.is_open() && matches!(op.act, Act::SetShare { .. })
        });
        took.map(|d| d.moved_at).chain(may_have.map(|op| op.intended_at)).max()
    }

    /// Whether production traffic is on the candidate, so that guardrails must look.
    #[must_use]
    pub fn is_exposed(&self) -> bool {
        matches!(self.lifecycle, Lifecycle::RollingOut | Lifecycle::Hypercare)
            && self.ladder.as_ref().is_some_and(|ladder| !ladder.entered.is_empty())
    }
}
