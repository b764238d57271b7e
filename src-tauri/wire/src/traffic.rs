//! Production traffic as people see it: the ladder, its guardrails, the watches and the way back.

use crate::Millis;
use crate::reply::CheckedLine;
use crate::reply::GapView;
use crate::request::Forward;
use crate::view::State;
use serde::Deserialize;
use serde::Serialize;
use ts_rs::TS;

/// Production traffic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RolloutView {
    /// Stages, smallest share first.
    pub stages: Vec<StageView>,
    /// Guardrails.
    pub guardrails: Vec<GuardrailView>,
    /// Metrics of the policy as they were last measured, by name; empty before anybody looked.
    pub metrics: Vec<MetricView>,
    /// Watches.
    pub watches: Vec<WatchView>,
    /// Whether anybody is looking.
    pub armed: ArmedView,
    /// Where traffic would go back to.
    pub way_back: WayBackView,
    /// The operation that is open or unknown.
    pub operation: Option<OperationView>,
    /// What is asked of the captain now.
    pub decision: DecisionView,
}

/// A stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StageView {
    /// Counted from 1.
    pub number: u32,
    /// Name.
    pub name: String,
    /// Number before the percent sign.
    pub share: String,
    /// pending, running (soaking), pass (done) …
    pub state: State,
    /// `Soaking`, `Deciding`, `Done`, `Pending`.
    pub word: String,
    /// `41 h 20 m of 48 h observed`.
    pub line: String,
    /// Observed time of its soak.
    pub observed: Option<ObservedView>,
    /// When it was entered.
    pub entered: Option<Millis>,
}

/// Observed against needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ObservedView {
    /// Start of the span.
    pub from: Millis,
    /// Observed milliseconds.
    pub observed_ms: Millis,
    /// Needed milliseconds.
    pub needed_ms: Millis,
    /// Milliseconds in gaps.
    pub lost_ms: Millis,
    /// Observed part of the calendar time, `98.2%`.
    pub coverage: String,
    /// Needed part.
    pub needed_coverage: String,
    /// Gaps within it.
    pub gaps: Vec<GapView>,
}

/// A guardrail now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct GuardrailView {
    /// Name.
    pub name: String,
    /// The rule as written.
    pub rule: String,
    /// `roll back`, `hold`, `notify`.
    pub then: String,
    /// pass (quiet), fail (over or fired), no_data, inconclusive, pending.
    pub state: State,
    /// One sentence.
    pub line: String,
    /// Over its limit, not yet long enough: how long, of how long.
    pub over: Option<OverView>,
    /// Newest value in words: `0.21 %`.
    pub value: Option<String>,
    /// When it was measured.
    pub seen: Option<Millis>,
    /// Who measures it: `prober`, or the name of a connection.
    pub source: String,
}

/// A metric now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MetricView {
    /// Name in rules.
    pub name: String,
    /// Who measures it: `prober`, or the name of a connection.
    pub source: String,
    /// pass (fresh), stale, no_data.
    pub state: State,
    /// Newest value that counts, in words with its unit: `0.21 %`.
    pub value: Option<String>,
    /// When that was measured.
    pub seen: Option<Millis>,
    /// Why the newest sample does not count; empty where it does.
    pub line: String,
}

/// How far a run over the limit has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OverView {
    /// First sample over the limit.
    pub since: Millis,
    /// Milliseconds so far.
    pub for_ms: Millis,
    /// Milliseconds at which it fires.
    pub of_ms: Millis,
}

/// A watch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WatchView {
    /// Name.
    pub name: String,
    /// State.
    pub state: State,
    /// One sentence.
    pub line: String,
    /// Observed time, once begun.
    pub observed: Option<ObservedView>,
}

/// Whether triggers are armed, and each precondition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ArmedView {
    /// armed, not_armed, fail (one over its limit), pending (nothing to arm).
    pub state: State,
    /// `Armed 2 of 2, reacts within 75 s`.
    pub text: String,
    /// Each precondition.
    pub lines: Vec<CheckedLine>,
}

/// Where traffic would go back to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WayBackView {
    /// pass when proven, no_data when not looked yet, fail when there is none.
    pub state: State,
    /// In words.
    pub line: String,
    /// When it was proven.
    pub seen: Option<Millis>,
}

/// An operation in flight or without outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OperationView {
    /// Identity.
    pub id: String,
    /// In words.
    pub what: String,
    /// running or unknown.
    pub state: State,
    /// One sentence.
    pub line: String,
    /// When it was intended.
    pub at: Millis,
}

/// What is asked of the captain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DecisionView {
    /// Title of the panel: `Decide: Canary`.
    pub title: String,
    /// pass when the next step is open, fail on a breach, pending when only time is missing.
    pub state: State,
    /// One sentence.
    pub line: String,
    /// Label of the forward step: `Advance to 25 %`.
    pub forward: Option<String>,
    /// The forward step it stands for.
    pub step: Option<Forward>,
    /// Whether pressing it would be refused.
    pub refusing: bool,
    /// When an automatic rollback is due if samples stay over the limit.
    pub rollback_due: Option<Millis>,
}
