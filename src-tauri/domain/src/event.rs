//! Every fact that can change a release, in the words of the ledger.
//!
//! The `kind` and `body` of a ledger entry are exactly the two members this enum serialises to. Kinds are never
//! renamed; a body only gains members that default.

use crate::account::Identity;
use crate::account::StoreKind;
use crate::account::Trouble;
use crate::digest::Digest;
use crate::ids::DeploymentId;
use crate::ids::OperationId;
use crate::ids::ProjectId;
use crate::ids::RunId;
use crate::notice::NoticeKey;
use crate::notice::QuietHours;
use crate::notice::SettledBy;
use crate::operation::Act;
use crate::operation::EffectClass;
use crate::operation::Expected;
use crate::operation::Outcome;
use crate::operation::Preview;
use crate::operation::Seen;
use crate::pin::PinnedCommand;
use crate::policy::OnNoData;
use crate::policy::Origin;
use crate::policy::Service;
use crate::policy::Then;
use crate::policy::Transition;
use crate::proof::NodeState;
use crate::release::HoldCause;
use crate::time::Fill;
use crate::time::Gap;
use chrono::DateTime;
use chrono::Utc;
use serde::Deserialize;
use serde::Serialize;

/// One fact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "body")]
#[expect(
    missing_docs,
    reason = "the members are the ledger's own words; docs/formats/events.md explains each"
)]
pub enum Event {
    /// A project became known to this workspace.
    #[serde(rename = "project.registered")]
    ProjectRegistered { id: ProjectId, name: String, folder: String },
    /// A person allowed exactly these bytes to run on this machine.
    #[serde(rename = "approval.granted")]
    ApprovalGranted { subject: String, digest: Digest, text: String },
    /// A ledger that lost its newest events was accepted as it is.
    #[serde(rename = "ledger.regression_accepted")]
    RegressionAccepted { expected_seq: u64, found_seq: u64, reason: String },

    /// A token was connected, or connected anew for another origin or owner.
    #[serde(rename = "connection.made")]
    ConnectionMade { name: String, service: Service, origin: Origin, identity: Identity, store: StoreKind },
    /// The token of a connection was replaced; origin and owner are the same.
    #[serde(rename = "connection.rotated")]
    ConnectionRotated { name: String, store: StoreKind },
    #[serde(rename = "connection.removed")]
    ConnectionRemoved { name: String },
    /// A person asked whether a connection works.
    #[serde(rename = "connection.tested")]
    ConnectionTested {
        name: String,
        problem: Option<String>,
        /// What kind of problem; earlier versions did not write it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        trouble: Option<Trouble>,
    },

    /// A key signs for this device from here on; the one before, if there was one, no longer does.
    #[serde(rename = "device.key_bound")]
    KeyBound { key: String, number: u32, store: StoreKind, reason: Option<String> },

    #[serde(rename = "release.opened")]
    Opened { project: ProjectId, project_name: String, version: String, policy: Digest, policy_title: String },
    #[serde(rename = "release.frozen")]
    Frozen { policy: Digest, policy_title: String, scope: Digest },
    #[serde(rename = "candidate.named")]
    CandidateNamed { number: u32, commit: String, branch: Option<String>, configuration: Digest },
    #[serde(rename = "release.closed")]
    Closed { summary: String },
    #[serde(rename = "release.abandoned")]
    Abandoned { reason: String },

    #[serde(rename = "check.started")]
    CheckStarted {
        run: RunId,
        check: String,
        candidate: u32,
        environment: Option<String>,
        command: Option<Digest>,
    },
    #[serde(rename = "check.finished")]
    CheckFinished {
        run: RunId,
        result: CheckResult,
        summary: String,
        log: Option<Digest>,
        took_ms: u64,
        /// `None` when the run counts for the candidate, else why it does not.
        unbound: Option<String>,
    },
    #[serde(rename = "attestation.made")]
    Attested {
        gate: String,
        criterion: String,
        statement: String,
        role: String,
        note: String,
        candidate: Option<u32>,
    },
    #[serde(rename = "gate.passed")]
    GatePassed { transition: Transition, proof: Vec<PassedCriterion> },

    /// What production served when the candidate was about to be placed there.
    #[serde(rename = "way_back.pinned")]
    WayBackPinned { environment: String, deployment: Option<DeploymentId> },
    /// Commands of a target were kept as they are approved; backward motion and looks run from these copies.
    #[serde(rename = "commands.pinned")]
    CommandsPinned { environment: String, target: String, commands: Vec<PinnedCommand> },
    /// What somebody has to put back at the target, when that changed; replaces what was said before.
    #[serde(rename = "target.remarked")]
    Remarked { environment: String, remarks: Vec<String> },
    #[serde(rename = "op.intended")]
    Intended {
        operation: OperationId,
        act: Act,
        environment: String,
        target: String,
        deployment: DeploymentId,
        candidate: u32,
        expected: Expected,
        preview: Preview,
        effect: EffectClass,
        rehearsal: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        acting: Option<Acting>,
    },
    #[serde(rename = "op.outcome")]
    Settled { operation: OperationId, outcome: Outcome },
    #[serde(rename = "op.observed")]
    Observed {
        operation: OperationId,
        seen: Seen,
        by: Observer,
        detail: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
    },

    #[serde(rename = "hold.set")]
    HoldSet {
        reason: String,
        #[serde(default, skip_serializing_if = "HoldCause::is_person")]
        cause: HoldCause,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        acting: Option<Acting>,
    },
    #[serde(rename = "hold.lifted")]
    HoldLifted { reason: String },
    #[serde(rename = "guardrail.breached")]
    Breached {
        guardrail: String,
        rule: String,
        then: Then,
        reason: String,
        from: DateTime<Utc>,
        at: DateTime<Utc>,
    },
    #[serde(rename = "guardrail.blind")]
    Blind { guardrail: String, reason: String, then: OnNoData },
    #[serde(rename = "stage.soaked")]
    Soaked { stage: u32, observed_ms: u64, wall_ms: u64, lost_ms: u64 },
    #[serde(rename = "watch.ended")]
    WatchEnded { watch: String, observed_ms: u64, wall_ms: u64, lost_ms: u64 },
    #[serde(rename = "gap.recorded")]
    GapRecorded { gap: Gap },
    #[serde(rename = "gap.filled")]
    GapFilled { fill: Fill },
    #[serde(rename = "clock.jumped")]
    ClockJumped { by_ms: i64 },
    #[serde(rename = "samples.sealed")]
    Sealed { source: String, digest: Digest, bytes: u64 },
    /// Samples that no seal covers were found at a start; they do not count.
    #[serde(rename = "samples.unsealed")]
    SamplesUnsealed { source: String, from: u64, to: u64 },
    /// Samples were not what was sealed; none of them counts.
    #[serde(rename = "samples.refused")]
    SamplesRefused { source: String, kept_as: Option<String> },
    #[serde(rename = "notice.given")]
    Noticed {
        title: String,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        body: String,
        urgent: bool,
        /// What it told of; of a summary, what of this release.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        of: Vec<NoticeKey>,
        #[serde(default)]
        times: u32,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        summary: bool,
        undelivered: Option<String>,
    },
    /// Something that can wait came in quiet hours.
    #[serde(rename = "notice.kept_back")]
    NoticeKept { about: NoticeKey, title: String, body: String },
    #[serde(rename = "notice.settled")]
    NoticeSettled { of: Vec<NoticeKey>, by: SettledBy },
    /// How people want to be told, from now on.
    #[serde(rename = "notices.set")]
    NoticesSet { quiet: Option<QuietHours>, names_hidden: bool },
}

/// What acted by itself, in a process that the actor of the event ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Acting {
    /// The guardrail of this name.
    Guardrail(String),
    /// The watch of production, such as where the policy says `auto_advance`.
    Watch,
}

impl std::fmt::Display for Acting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Guardrail(name) => write!(f, "guardrail {name}"),
            Self::Watch => f.write_str("the watch"),
        }
    }
}

/// How a check run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckResult {
    /// It did what it should.
    Pass,
    /// It says no.
    Fail,
    /// It could not start; nothing was learnt.
    NotRun,
    /// It was stopped or lost with the process; nothing was learnt.
    Interrupted,
}

/// Who looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Observer {
    /// The target was read.
    Target,
    /// The captain looked, because the target cannot be read.
    Captain,
}

/// One criterion as it stood when its gate was passed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassedCriterion {
    /// Gate.
    pub gate: String,
    /// Criterion.
    pub criterion: String,
    /// Its state then.
    pub state: NodeState,
    /// Its reason then.
    pub reason: String,
    /// Digest of the evidence, where there is some.
    pub evidence: Option<Digest>,
}
