//! Every release at a glance.

use crate::Millis;
use crate::reply::GapView;
use crate::view::ActView;
use crate::view::Bearing;
use crate::view::ReleaseCard;
use crate::view::State;
use serde::Deserialize;
use serde::Serialize;
use ts_rs::TS;

/// All releases, and what waits for the captain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HomeView {
    /// Most urgent first, at most five.
    pub waiting: Vec<WaitingView>,
    /// How many things wait in all.
    pub waiting_total: u32,
    /// Open ones first, then newest first; of those that are over, the newest hundred.
    pub releases: Vec<HomeRow>,
    /// When this was computed, on the engine's clock.
    pub now: Millis,
}

/// One release in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HomeRow {
    /// Name and state.
    pub card: ReleaseCard,
    /// Title and version of its policy.
    pub policy: String,
    /// Its phases, in order.
    pub phases: Vec<PhaseMark>,
    /// The four answers.
    pub bearing: Bearing,
    /// The next thing to do.
    pub next: Option<ActView>,
    /// What comes by itself, soonest first.
    pub timers: Vec<TimerView>,
    /// The watch over it, while it has production.
    pub lane: Option<LaneView>,
}

/// A phase as a mark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PhaseMark {
    /// Title.
    pub title: String,
    /// Worst of its gates.
    pub state: State,
    /// It contains what the next step waits for.
    pub current: bool,
}

/// A moment that comes by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TimerView {
    /// When, if everything goes on as it does now.
    pub at: Millis,
    /// fail for an automatic rollback, stale for a fact that becomes too old, pending for what then may end.
    pub state: State,
    /// What, in a few words.
    pub text: String,
}

/// Time in which somebody looked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LaneView {
    /// Since when it has traffic.
    pub from: Millis,
    /// Until when somebody looked.
    pub to: Millis,
    /// Spans between that nobody saw.
    pub gaps: Vec<GapView>,
}

/// Something that waits for the captain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WaitingView {
    /// Identity of the release.
    pub release: String,
    /// Project and version.
    pub name: String,
    /// How urgent.
    pub state: State,
    /// The same in two words: `May move`, `On hold`.
    pub word: String,
    /// What it is about.
    pub title: String,
    /// Why, or what follows.
    pub line: String,
    /// What to do about it; without one, it is to be looked at.
    pub act: Option<ActView>,
}
