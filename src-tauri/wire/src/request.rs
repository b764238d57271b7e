//! Everything that can be asked.

use crate::connection::ConnectOrder;
use crate::connection::ConnectionChange;
use crate::connection::Secret;
use crate::history::EventGroup;
use crate::notice::AttentionChange;
use serde::Deserialize;
use serde::Serialize;
use ts_rs::TS;

/// Which release a request is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Which {
    /// Identity or version; without it the newest open release of the project in `folder`, and for a hold or a rollback
    /// the release that has production. A project that has none is refused, never answered for by another.
    pub release: Option<String>,
    /// Folder that was worked in; without it, the whole workspace is looked through.
    pub folder: Option<String>,
}

/// One request.
#[expect(missing_docs, reason = "the members are named by what they carry; each request is explained")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Request {
    /// All releases.
    Releases,
    /// One release, whole.
    Status { which: Which },
    /// Checks a policy file.
    PolicyCheck { folder: String },
    /// Opens a release under the policy in `folder`.
    Open { folder: String, version: String },
    /// Fixes policy and scope.
    Freeze { which: Which },
    /// Names a candidate. A commit that is a candidate already is refused unless it is meant to be named `again`.
    Candidate {
        which: Which,
        revision: Option<String>,
        #[serde(default)]
        again: bool,
    },
    /// Commands of the release's policy and whether each is approved.
    Approvals { which: Which },
    /// Approves exactly the commands with these digests.
    Approve { which: Which, digests: Vec<String> },
    /// Runs checks; without names, those that are missing for the next step.
    Check { which: Which, names: Vec<String> },
    /// Stops a running check.
    CancelCheck { which: Which, name: String },
    /// Kept output of the newest run.
    CheckLog { which: Which, name: String },
    /// Records a statement.
    Attest { which: Which, criterion: String, note: String },
    /// What a forward step would do, to be shown before it is confirmed.
    Preview { which: Which, step: Forward },
    /// Takes a forward step. `expect` is [`crate::ReleaseHead::position`] as last seen; anything else refuses.
    Move { which: Which, step: Forward, expect: String },
    /// What a rollback would do.
    PreviewRollback { which: Which },
    /// Gives all traffic back. `emergency` is the word of a person who cannot look: an earlier rollback without known
    /// outcome counts as without effect, and all traffic is sent back again.
    Rollback { which: Which, reason: String, emergency: bool },
    /// Stops forward motion.
    Hold { which: Which, reason: String },
    /// Allows it again.
    Lift { which: Which, reason: String },
    /// Reads the target until the open operation is settled, or takes the captain's word for it.
    Reconcile { which: Which, saw: Option<Saw> },
    /// Samples of a guardrail's metric for its chart.
    Series { which: Which, guardrail: String, window_ms: Option<i64> },
    /// A person saw what was told of a release; it is not said again.
    Seen { which: Which },
    /// Reads or changes how people want to be told.
    Attention { change: Option<AttentionChange> },
    /// Shows a notice that says that notices arrive; refused where none can be shown.
    TryNotice,
    /// Ends the release.
    Close { which: Which, summary: String },
    /// Gives the release up.
    Abandon { which: Which, reason: String },
    /// The newest entries of the ledger that match everything asked for.
    Log {
        which: Option<Which>,
        search: Option<String>,
        group: Option<EventGroup>,
        before: Option<u64>,
        limit: u32,
    },
    /// One entry of the ledger, whole.
    Event { seq: u64 },
    /// How the ledger is; with `verify`, after its whole chain was read again.
    Ledger { verify: bool },
    /// Every release at a glance.
    Home,
    /// The release as one HTML page.
    Report { which: Which },
    /// Writes the release as a signed bundle into the data directory.
    Bundle { which: Which, without_logs: bool },
    /// State of this installation.
    Doctor,
    /// What is connected, and what policies ask for: that in `folder`, or those of every open release. With `stores`,
    /// the keychain is asked too, which may take it ten seconds.
    Connections { folder: Option<String>, stores: bool },
    /// What a change to connections would do, to be shown before it is confirmed.
    PreviewConnection { change: Box<ConnectionChange> },
    /// Connects a service, or replaces its token.
    Connect { order: Box<ConnectOrder> },
    /// Asks the service of a connection whether its token still works and whose it is.
    TestConnection { name: String },
    /// Deletes the token of a connection and forgets it.
    RemoveConnection { name: String },
    /// The key of this device, and whether it can be used now.
    Key,
    /// Makes a key for this device and binds it. One that is bound is replaced only with a reason.
    NewKey { vault: bool, reason: Option<String> },
    /// Gives the engine the passphrase of the vault for as long as it lives.
    Unlock { passphrase: Secret },
    /// Accepts a ledger that lost its newest events.
    AcceptRegression { reason: String },
    /// Reads or changes how a rehearsal runs; refused outside one.
    Practice { change: Option<PracticeChange> },
    /// Streams pushes until the caller goes away.
    Subscribe,
}

/// A change to a rehearsal.
#[expect(missing_docs, reason = "each member is named by what it sets")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "set", rename_all = "snake_case")]
pub enum PracticeChange {
    /// Practice seconds in a real second.
    Speed { times: u32 },
    /// Stops practice time.
    Paused { on: bool },
    /// Switches a fault.
    Fault { name: String, on: bool },
}

/// A step towards more exposure.
#[expect(missing_docs, reason = "an environment's name needs no words")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Forward {
    /// Place the candidate.
    Deploy { environment: String },
    /// Enter the next stage.
    Advance,
}

/// What the captain saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Saw {
    /// It took effect.
    Applied,
    /// It did not.
    Absent,
}

impl Request {
    /// Whether a person must confirm it outside the page that asks: forward motion, approvals, another signer,
    /// whatever carries a secret, and taking away what a rollback may need.
    #[must_use]
    pub fn needs_confirmation(&self) -> bool {
        matches!(
            self,
            Self::Move { .. }
                | Self::Approve { .. }
                | Self::NewKey { .. }
                | Self::Connect { .. }
                | Self::RemoveConnection { .. }
                | Self::Unlock { .. }
        )
    }

    /// Whether it goes on until its caller leaves; only such a request is dropped with its caller.
    #[must_use]
    pub fn streams(&self) -> bool {
        matches!(self, Self::Subscribe)
    }

    /// Whether carrying it out may change the ledger or anything outside.
    #[must_use]
    pub fn changes(&self) -> bool {
        match self {
            Self::Releases
            | Self::Status { .. }
            | Self::PolicyCheck { .. }
            | Self::Approvals { .. }
            | Self::CheckLog { .. }
            | Self::Preview { .. }
            | Self::PreviewRollback { .. }
            | Self::Series { .. }
            | Self::Log { .. }
            | Self::Event { .. }
            | Self::Ledger { .. }
            | Self::Home
            | Self::Report { .. }
            | Self::Doctor
            | Self::Connections { .. }
            | Self::PreviewConnection { .. }
            | Self::Key
            | Self::TryNotice
            | Self::Subscribe => false,
            Self::Attention { change } => change.is_some(),
            Self::Open { .. }
            | Self::Freeze { .. }
            | Self::Candidate { .. }
            | Self::Approve { .. }
            | Self::Check { .. }
            | Self::CancelCheck { .. }
            | Self::Attest { .. }
            | Self::Move { .. }
            | Self::Rollback { .. }
            | Self::Hold { .. }
            | Self::Lift { .. }
            | Self::Reconcile { .. }
            | Self::Seen { .. }
            | Self::Close { .. }
            | Self::Abandon { .. }
            | Self::Connect { .. }
            | Self::TestConnection { .. }
            | Self::RemoveConnection { .. }
            | Self::NewKey { .. }
            | Self::Bundle { .. }
            | Self::Unlock { .. }
            | Self::AcceptRegression { .. }
            | Self::Practice { .. } => true,
        }
    }
}
