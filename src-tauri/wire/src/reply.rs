//! Answers.

use crate::Millis;
use crate::bundle::BundleFile;
use crate::connection::ConnectionView;
use crate::connection::ConnectionsView;
use crate::history::EventDetail;
use crate::history::LedgerView;
use crate::home::HomeView;
use crate::key::KeyView;
use crate::notice::AttentionView;
use crate::view::*;
use serde::Deserialize;
use serde::Serialize;
use ts_rs::TS;

/// The answer to a request, one kind per kind of request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "reply", content = "data", rename_all = "snake_case")]
pub enum Reply {
    /// Releases, newest first.
    Releases(Vec<ReleaseCard>),
    /// A release as it stands after the request.
    Release(Box<ReleaseView>),
    /// A policy that is fine.
    PolicyFine(PolicySummary),
    /// Commands and their approval.
    Approvals(Vec<ApprovalView>),
    /// What a step would do.
    Preview(StepPreview),
    /// Text of a log.
    Log(CheckLog),
    /// Points of a chart.
    Series(Box<SeriesView>),
    /// Ledger entries.
    Events(EventPage),
    /// One ledger entry, whole.
    Event(Box<EventDetail>),
    /// How the ledger is.
    Ledger(LedgerView),
    /// Every release at a glance.
    Home(HomeView),
    /// A whole HTML page.
    Report(ReportPage),
    /// A bundle that was written.
    Bundle(BundleFile),
    /// State of this installation.
    Doctor(DoctorView),
    /// What is connected.
    Connections(ConnectionsView),
    /// One connection as it stands after the request.
    Connection(ConnectionView),
    /// The key of this device.
    Key(KeyView),
    /// How people want to be told.
    Attention(AttentionView),
    /// How a rehearsal runs.
    Practice(PracticeView),
    /// Nothing more to say.
    Done,
}

/// What a checked policy contains.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PolicySummary {
    /// Title and version.
    pub title: String,
    /// SHA-256 of the file.
    pub digest: String,
    /// Counts, in words: `3 gates`, `9 criteria`.
    pub contents: Vec<String>,
    /// What is allowed and probably not meant, as it would be printed.
    pub warnings: Option<String>,
}

/// One command and whether it may run here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ApprovalView {
    /// `check lint` or `target web: deploy`.
    pub subject: String,
    /// What an approval would cover.
    pub digest: String,
    /// Exact text, control characters made visible.
    pub text: String,
    /// Whether exactly this is approved.
    pub approved: bool,
    /// The text approved before, when it differs.
    pub before: Option<String>,
    /// Why it cannot be approved.
    pub problem: Option<String>,
    /// What to know before approving it.
    pub warning: Option<String>,
}

/// What a forward or backward step would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StepPreview {
    /// Question, such as `Advance sample 1.1.0 to 25 %?`.
    pub title: String,
    /// Label of the button that does it.
    pub action: String,
    /// Id of the release that was looked at; send it back as `which.release`. Empty where the question is about none.
    pub release: String,
    /// Position it starts from; send it back as `expect`.
    pub expect: String,
    /// Consequences, one sentence each.
    pub consequences: Vec<String>,
    /// Exactly what will be sent, once.
    pub calls: Vec<CallView>,
    /// Each thing that was checked just now.
    pub checks: Vec<CheckedLine>,
}

/// One call as it will be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CallView {
    /// Verb.
    pub method: String,
    /// Address, path or program.
    pub target: String,
    /// Lines.
    pub body: Vec<String>,
}

/// Something that was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CheckedLine {
    /// Whether it is as it should be.
    pub state: State,
    /// One sentence.
    pub text: String,
}

/// Output of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CheckLog {
    /// The check.
    pub check: String,
    /// Identity of the run.
    pub run: String,
    /// Decoded text.
    pub text: String,
    /// Bytes in the middle that were not kept.
    pub dropped_bytes: u64,
}

/// Points of a chart. `value` is in the unit named by `unit`, in units that people read (percent, milliseconds).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SeriesView {
    /// The guardrail.
    pub guardrail: String,
    /// Who measures: `prober`, or the name of a connection.
    pub source: String,
    /// Unit of every value: `%`, `ms`, or empty for counts.
    pub unit: String,
    /// Limit of the rule.
    pub limit: f64,
    /// Samples, ascending; at most 2,000, lowest and highest of each slot kept.
    pub points: Vec<PointView>,
    /// Spans without observation.
    pub gaps: Vec<GapView>,
    /// Spans over the limit.
    pub excesses: Vec<ExcessView>,
    /// Left end of the time axis.
    pub from: Millis,
    /// Right end of the time axis.
    pub to: Millis,
}

/// One sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PointView {
    /// When.
    pub at: Millis,
    /// Its value; absent when invalid.
    pub value: Option<f64>,
    /// Why it does not count.
    pub invalid: Option<String>,
    /// Nobody looked then: it was fetched when a gap was over.
    pub filled: bool,
}

/// A span without observation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct GapView {
    /// From.
    pub from: Millis,
    /// To.
    pub to: Millis,
    /// Cause in one word.
    pub cause: String,
}

/// A span over the limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ExcessView {
    /// First sample over.
    pub from: Millis,
    /// Last sample over.
    pub to: Millis,
    /// Whether it lasted long enough to fire.
    pub fired: bool,
}

/// A page of ledger entries, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EventPage {
    /// The entries.
    pub events: Vec<EventView>,
    /// Pass as `before` for the next page.
    pub next: Option<u64>,
    /// Why the ledger cannot be relied on, as in [`ReleaseView::doubt`].
    #[serde(default)]
    pub doubt: Option<String>,
}

/// One ledger entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EventView {
    /// Position in this device's chain.
    pub seq: u64,
    /// When.
    pub at: Millis,
    /// Who.
    pub actor: String,
    /// Kind.
    pub kind: String,
    /// Glyph.
    pub state: State,
    /// One sentence.
    pub text: String,
    /// Release it belongs to.
    pub release: Option<String>,
    /// Project and version of that release, as far as the engine knows it.
    pub release_name: Option<String>,
    /// The call it is about, for what was sent and what came of it.
    pub call: Option<String>,
    /// Whether it belongs to going back: such a call, or the hold that clears its way.
    pub back: bool,
    /// SHA-256 of its bytes.
    pub hash: String,
}

/// A report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReportPage {
    /// Suggested file name.
    pub file_name: String,
    /// The page.
    pub html: String,
    /// Why it cannot be relied on, as in [`ReleaseView::doubt`].
    #[serde(default)]
    pub doubt: Option<String>,
}

/// State of this installation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DoctorView {
    /// Lines, in order.
    pub lines: Vec<DoctorLine>,
}

/// One line of the doctor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DoctorLine {
    /// What was looked at.
    pub what: String,
    /// How it is.
    pub state: State,
    /// In words.
    pub text: String,
}

/// How a rehearsal runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PracticeView {
    /// Practice seconds in a real second, as asked for.
    pub speed: u32,
    /// Practice seconds in a real second now; slower while a decision is due.
    pub running_at: u32,
    /// Speeds to choose from.
    pub speeds: Vec<u32>,
    /// Practice time stands still.
    pub paused: bool,
    /// Faults that can be switched.
    pub faults: Vec<FaultView>,
    /// The seed that replays it.
    pub seed: String,
}

/// A fault that can be switched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FaultView {
    /// Name to switch it by.
    pub name: String,
    /// Title.
    pub title: String,
    /// What it does.
    pub line: String,
    /// Whether it is on.
    pub on: bool,
}
