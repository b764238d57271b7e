//! Every release at a glance, and what waits for the captain.

use crate::core::Live;
use crate::engine::Engine;
use crate::engine::live;
use crate::observing::begun;
use seaworthy_domain::ReleaseId;
use seaworthy_wire::ActKind;
use seaworthy_wire::Fault;
use seaworthy_wire::GapView;
use seaworthy_wire::HomeRow;
use seaworthy_wire::HomeView;
use seaworthy_wire::LaneView;
use seaworthy_wire::Millis;
use seaworthy_wire::ObservedView;
use seaworthy_wire::PhaseMark;
use seaworthy_wire::ReleaseView;
use seaworthy_wire::State;
use seaworthy_wire::TimerView;
use seaworthy_wire::WaitingView;

/// Things that wait, in the list.
const WAITING_SHOWN: usize = 5;
/// Releases that are over, in the list; the ledger has all of them.
const OVER_SHOWN: usize = 100;
/// Moments of one release.
const TIMERS_SHOWN: usize = 3;

/// All releases, open ones first, newest first.
pub(crate) fn home(engine: &Engine) -> Result<HomeView, Fault> {
    let (mut releases, mut waiting, mut over) = (Vec::new(), Vec::new(), 0);
    for card in super::cards(engine) {
        over += usize::from(card.over);
        if over > OVER_SHOWN {
            break;
        }
        let Ok(id) = card.id.parse::<uuid::Uuid>().map(ReleaseId) else { continue };
        let view = super::release(engine, id)?;
        waiting.extend(waits(&view));
        releases.push(HomeRow {
            policy: view.head.policy.clone(),
            phases: view.phases.iter().map(mark).collect(),
            next: view.acts.first().cloned(),
            timers: timers(&view),
            lane: lane(live(&engine.core(), id)?),
            bearing: view.bearing,
            card,
        });
    }
    waiting.sort_by_key(|(urgency, _)| *urgency);
    let waiting_total = u32::try_from(waiting.len()).unwrap_or(u32::MAX);
    let waiting = waiting.into_iter().take(WAITING_SHOWN).map(|(_, one)| one).collect();
    Ok(HomeView { waiting, waiting_total, releases, now: engine.time.now().wall.timestamp_millis() })
}

fn mark(phase: &seaworthy_wire::PhaseView) -> PhaseMark {
    PhaseMark { title: phase.title.clone(), state: phase.state, current: phase.current }
}

/// What a person has to look at or do, with its urgency; lower comes first.
fn waits(view: &ReleaseView) -> Option<(u8, WaitingView)> {
    if view.head.over {
        return None;
    }
    let act = view.acts.iter().find(|act| act.kind != ActKind::Wait);
    let decision = &view.rollout.decision;
    let entry = |urgency, state, word: &str, title: &str, line: &str, act: Option<_>| {
        let name = format!("{} {}", view.head.project, view.head.version);
        let (word, title, line) = (word.to_owned(), title.to_owned(), line.to_owned());
        Some((urgency, WaitingView { release: view.head.id.clone(), name, state, word, title, line, act }))
    };
    if view.rollout.guardrails.iter().any(|guardrail| guardrail.over.is_some()) {
        return entry(0, State::Fail, "Over limit", &decision.title, &decision.line, None);
    }
    let act = act?;
    let offered = Some(act.clone());
    match act.kind {
        ActKind::Reconcile => entry(1, State::Unknown, "Unknown", &act.title, &act.line, offered),
        ActKind::Lift => entry(3, State::Hold, "On hold", &act.title, &act.line, offered),
        ActKind::Deploy { .. } | ActKind::Advance | ActKind::Close if decision.state == State::Pass => {
            entry(2, State::Pass, "May move", &act.title, &view.bearing.may_move.line, offered)
        }
        _ if view.head.rolled_back => entry(2, State::Fail, "Rolled back", &act.title, &act.line, offered),
        _ => entry(4, act.state, act.state.word(), &act.title, &act.line, offered),
    }
}

fn timers(view: &ReleaseView) -> Vec<TimerView> {
    let mut timers = Vec::new();
    let mut add = |at: Millis, state, text: String| timers.push(TimerView { at, state, text });
    if let Some(due) = view.rollout.decision.rollback_due {
        add(due, State::Fail, "automatic rollback".to_owned());
    }
    // While nobody looks, observed time stands still and ends at no known moment.
    let watched =
        !matches!(view.rollout.armed.state, State::NotArmed | State::Pending | State::NotApplicable);
    let end = |seen: &ObservedView| {
        (watched && seen.needed_ms > seen.observed_ms).then(|| view.now + seen.needed_ms - seen.observed_ms)
    };
    for stage in view.rollout.stages.iter().filter(|stage| stage.state == State::Running) {
        if let Some(at) = stage.observed.as_ref().and_then(end) {
            add(at, State::Pending, format!("{} can end", stage.name));
        }
    }
    for watch in view.rollout.watches.iter().filter(|watch| watch.state == State::Running) {
        if let Some(at) = watch.observed.as_ref().and_then(end) {
            add(at, State::Pending, format!("{} can end", watch.name));
        }
    }
    let criteria = view.phases.iter().flat_map(|phase| &phase.gates).flat_map(|gate| &gate.criteria);
    for criterion in criteria.filter(|criterion| !criterion.at_passage) {
        if let Some(at) = criterion.fresh_until.filter(|at| *at > view.now) {
            add(at, State::Stale, format!("{} becomes stale", criterion.title));
        }
    }
    timers.sort_by_key(|timer| timer.at);
    timers.truncate(TIMERS_SHOWN);
    timers
}

fn lane(live: &Live) -> Option<LaneView> {
    let begun = begun(&live.release).filter(|_| live.release.is_exposed())?;
    let from = begun.timestamp_millis();
    let looked = live.eye.as_ref().and_then(|eye| eye.last_look_since(begun));
    let to = looked.map_or(from, |at| at.timestamp_millis());
    let gap = |gap: &seaworthy_domain::Gap| GapView {
        from: gap.from.timestamp_millis(),
        to: gap.to.timestamp_millis(),
        cause: gap.cause.to_string(),
    };
    let gaps = live.release.gaps.iter().map(gap).filter(|gap| gap.to > from).collect();
    Some(LaneView { from, to: to.max(from), gaps })
}
