//! A release as people see it. The engine computes every word; the window and the terminal only lay them out.

use crate::Millis;
use crate::notice::NoticesView;
use crate::traffic::RolloutView;
use serde::Deserialize;
use serde::Serialize;
use ts_rs::TS;

/// Every state that has a glyph of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words are those of the domain")]
pub enum State {
    Pass,
    Fail,
    Inconclusive,
    NoData,
    Stale,
    Waived,
    NotApplicable,
    Pending,
    Running,
    Unknown,
    Hold,
    Armed,
    NotArmed,
    Incident,
    Differs,
}

impl State {
    /// The word beside the glyph.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "Pass",
            Self::Fail => "Fail",
            Self::Inconclusive => "Cannot tell",
            Self::NoData => "No measurement",
            Self::Stale => "Stale",
            Self::Waived => "Waived",
            Self::NotApplicable => "Not applicable",
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Unknown => "Unknown",
            Self::Hold => "On hold",
            Self::Armed => "Armed",
            Self::NotArmed => "Not armed",
            Self::Incident => "Incident",
            Self::Differs => "Differs",
        }
    }
}

/// A release in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReleaseCard {
    /// Identity.
    pub id: String,
    /// Project.
    pub project: String,
    /// Version.
    pub version: String,
    /// Glyph.
    pub state: State,
    /// Lifecycle in words.
    pub lifecycle: String,
    /// Whether it is over.
    pub over: bool,
    /// Time of its newest event.
    pub updated: Millis,
}

/// A release, whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ReleaseView {
    /// Name and place in life.
    pub head: ReleaseHead,
    /// Four answers.
    pub bearing: Bearing,
    /// Phases with gates and criteria.
    pub phases: Vec<PhaseView>,
    /// What would it take, in working order.
    pub acts: Vec<ActView>,
    /// Checks of the policy with their newest run.
    pub checks: Vec<CheckView>,
    /// The ladder, the watches and the way back.
    pub rollout: RolloutView,
    /// What people were told and have not seen, and what they could not be told.
    pub notices: NoticesView,
    /// Newest first, at most 20.
    pub recent: Vec<HappenedView>,
    /// Why nothing here can be relied on: the ledger does not verify, or lost its newest events.
    #[serde(default)]
    pub doubt: Option<String>,
    /// Other releases of the project that have production, or may have it.
    #[serde(default)]
    pub also: Vec<AlsoView>,
    /// When this was computed, on the engine's clock (practice time in a rehearsal).
    pub now: Millis,
}

/// Another release that has production.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AlsoView {
    /// Its identity.
    pub release: String,
    /// Its version.
    pub version: String,
    /// Glyph of what it has.
    pub state: State,
    /// In words: `1.1.0 has 20 % of production`.
    pub text: String,
}

impl ReleaseView {
    /// Whether guardrails act and time counts only while somebody looks. "Not armed" is no reason to leave: that is
    /// how every stage begins.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        !matches!(self.rollout.armed.state, State::Pending | State::NotApplicable)
            || self.rollout.watches.iter().any(|watch| watch.state == State::Running)
    }
}

/// Name and place in life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReleaseHead {
    /// Identity.
    pub id: String,
    /// Project.
    pub project: String,
    /// Version.
    pub version: String,
    /// `rc.2`.
    pub candidate: Option<String>,
    /// Whole commit.
    pub commit: Option<String>,
    /// Title and version of the policy in force.
    pub policy: String,
    /// When the scope was frozen.
    pub frozen: Option<Millis>,
    /// Lifecycle in words.
    pub lifecycle: String,
    /// Exact place on the way, such as `stage:1`; forward steps send it back.
    pub position: String,
    /// The release is over.
    pub over: bool,
    /// All traffic went back and no newer candidate was named.
    pub rolled_back: bool,
    /// A hold in force: reason, by whom, since when.
    pub hold: Option<HoldView>,
    /// Nothing here counts for production.
    pub rehearsal: bool,
}

/// A hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HoldView {
    /// Why.
    pub reason: String,
    /// Who or what.
    pub by: String,
    /// Since.
    pub at: Millis,
}

/// The four answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Bearing {
    /// May I move?
    pub may_move: Answer,
    /// What blocks me?
    pub blocks: Answer,
    /// In production.
    pub production: Answer,
    /// What happened?
    pub happened: Answer,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Answer {
    /// Glyph and tint, where it is a verdict.
    pub state: Option<State>,
    /// The answer.
    pub answer: String,
    /// One line.
    pub line: String,
}

/// A phase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PhaseView {
    /// Name in the policy.
    pub id: String,
    /// Title.
    pub title: String,
    /// Worst of its gates.
    pub state: State,
    /// Criteria that hold.
    pub holding: u32,
    /// All criteria.
    pub total: u32,
    /// Gates.
    pub gates: Vec<GateView>,
    /// It contains what the next step waits for.
    pub current: bool,
}

/// A gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct GateView {
    /// Name in the policy.
    pub id: String,
    /// Title.
    pub title: String,
    /// Accountable role.
    pub owner: String,
    /// What it guards, in words: `deploy to production`.
    pub guards: Option<String>,
    /// Worst of its criteria.
    pub state: State,
    /// When it was passed.
    pub passed: Option<Millis>,
    /// Criteria.
    pub criteria: Vec<CriterionView>,
}

/// A criterion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CriterionView {
    /// `gate/criterion`.
    pub name: String,
    /// Sentence, or the rule.
    pub title: String,
    /// Draw `title` in the fixed-width face.
    pub mono: bool,
    /// State.
    pub state: State,
    /// Why, one sentence.
    pub reason: String,
    /// What it rests on.
    pub source: String,
    /// SHA-256 of the kept evidence.
    pub evidence: Option<String>,
    /// When the fact was seen.
    pub seen: Option<Millis>,
    /// When it stops counting by age.
    pub fresh_until: Option<Millis>,
    /// Shown as it was at passage.
    pub at_passage: bool,
    /// Its check, where it has one.
    pub check: Option<String>,
    /// It waits for a person's statement.
    pub attest: bool,
}

/// Something to do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ActView {
    /// State of the fact it would change.
    pub state: State,
    /// What to do.
    pub title: String,
    /// Why, or what follows.
    pub line: String,
    /// The command that does it.
    pub command: Option<String>,
    /// What pressing its button asks for.
    pub kind: ActKind,
}

/// What an act does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "act", rename_all = "snake_case")]
#[expect(missing_docs, reason = "each names the request it leads to")]
pub enum ActKind {
    RunCheck { check: String },
    Attest { criterion: String },
    Approve,
    Freeze,
    Candidate,
    Deploy { environment: String },
    Advance,
    Lift,
    Reconcile,
    Close,
    Wait,
}

/// A check with its newest run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CheckView {
    /// Name.
    pub name: String,
    /// Title.
    pub title: String,
    /// The command or address.
    pub what: String,
    /// State of the newest run.
    pub state: State,
    /// One sentence.
    pub summary: String,
    /// Candidate it ran on.
    pub candidate: Option<String>,
    /// Identity of the newest run.
    pub run: Option<String>,
    /// When it started.
    pub started: Option<Millis>,
    /// How long it took.
    pub took_ms: Option<u32>,
    /// Whether this command was approved on this machine as it was when last read; whether it still is the same is asked
    /// when it runs. `None` when nothing needs approval.
    pub approved: Option<bool>,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HappenedView {
    /// Position in this device's chain.
    pub seq: u64,
    /// When.
    pub at: Millis,
    /// Glyph.
    pub state: State,
    /// One sentence.
    pub text: String,
    /// Who.
    pub actor: String,
}
