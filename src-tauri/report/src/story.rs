//! What the entries of the ledger mean for a reader in a hurry. Told apart by kind, never by their wording.

use seaworthy_wire::EventView;
use seaworthy_wire::Millis;
use seaworthy_wire::State;

use crate::Report;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// Vital lines of the short story; a release with more is no story any longer.
const VITAL_MAX: usize = 200;

/// Silhouette for kinds that are a verdict by themselves.
pub(crate) fn glyph_of(kind: &str) -> Option<State> {
    Some(match kind {
        "guardrail.breached" => State::Fail,
        "guardrail.blind" | "gap.recorded" | "gap.filled" => State::NoData,
        "hold.set" => State::Hold,
        "gate.passed" | "stage.soaked" | "release.closed" => State::Pass,
        "release.abandoned" => State::NotApplicable,
        "clock.jumped" | "ledger.regression_accepted" => State::Stale,
        _ => return None,
    })
}

/// Entries that somebody who was not there must know.
pub(crate) fn is_milestone(kind: &str) -> bool {
    matches!(
        kind,
        "release.opened"
            | "release.frozen"
            | "candidate.named"
            | "gate.passed"
            | "op.intended"
            | "hold.set"
            | "hold.lifted"
            | "guardrail.breached"
            | "guardrail.blind"
            | "gap.recorded"
            | "gap.filled"
            | "stage.soaked"
            | "watch.ended"
            | "release.closed"
            | "release.abandoned"
    )
}

/// Entries that a reader in a hurry must not miss, however long the story is.
fn is_vital(beat: &Beat<'_>) -> bool {
    beat.event.kind == "guardrail.breached"
        || (beat.event.kind == "op.intended"
            && (beat.event.back || beat.outcomes.iter().any(|outcome| outcome.state == State::Unknown)))
}

/// A line of the short story.
pub(crate) struct Beat<'a> {
    /// What happened, or what was intended.
    pub(crate) event: &'a EventView,
    /// What came of a call, oldest first; the last one is what is known now.
    pub(crate) outcomes: Vec<&'a EventView>,
}

impl Beat<'_> {
    /// Whether traffic went back by it.
    pub(crate) fn went_back(&self) -> bool {
        self.event.back && self.outcomes.last().is_some_and(|outcome| outcome.state == State::Pass)
    }
}

/// Milestones, each call with its outcomes.
pub(crate) fn beats(events: &[EventView]) -> Vec<Beat<'_>> {
    let mut calls: BTreeMap<&str, Vec<&EventView>> = BTreeMap::new();
    for event in events.iter().filter(|event| matches!(event.kind.as_str(), "op.outcome" | "op.observed")) {
        if let Some(call) = &event.call {
            calls.entry(call).or_default().push(event);
        }
    }
    let outcomes = |event: &EventView| event.call.as_deref().and_then(|call| calls.get(call)).cloned();
    events
        .iter()
        .filter(|event| is_milestone(&event.kind))
        .map(|event| Beat { event, outcomes: outcomes(event).unwrap_or_default() })
        .collect()
}

/// A part of the short story.
pub(crate) enum Told<'a, 'e> {
    /// A line.
    Beat(&'a Beat<'e>),
    /// So many lines that are left out.
    LeftOut(usize),
}

/// `beats` as far as they fit into `max` lines; what is vital stays, and beside it at least the same number of others.
pub(crate) fn fold<'a, 'e>(beats: &'a [Beat<'e>], max: usize) -> Vec<Told<'a, 'e>> {
    let vital: Vec<usize> = (0..beats.len()).filter(|index| is_vital(&beats[*index])).collect();
    let (first, _, last) = ends_of(&vital, VITAL_MAX);
    let mut stays: BTreeSet<usize> = first.iter().chain(last).copied().collect();
    let others: Vec<usize> = (0..beats.len()).filter(|index| !vital.contains(index)).collect();
    let room = max.saturating_sub(stays.len()).max(max / 2);
    let (first, _, last) = ends_of(&others, room);
    stays.extend(first.iter().chain(last));
    let mut told = Vec::new();
    for (index, beat) in beats.iter().enumerate() {
        match told.last_mut() {
            _ if stays.contains(&index) => told.push(Told::Beat(beat)),
            Some(Told::LeftOut(count)) => *count += 1,
            _ => told.push(Told::LeftOut(1)),
        }
    }
    told
}

/// Entries about stopping, going back, and the calls that moved traffic.
pub(crate) fn is_motion(kind: &str) -> bool {
    kind.starts_with("hold.") || kind.starts_with("guardrail.") || kind.starts_with("op.")
}

/// Entries of one kind.
pub(crate) fn of_kind<'a>(
    events: &'a [EventView],
    kind: &'a str,
) -> impl DoubleEndedIterator<Item = &'a EventView> {
    events.iter().filter(move |event| event.kind == kind)
}

/// The entry that ended the release.
pub(crate) fn ending(report: &Report) -> Option<&EventView> {
    let over = report.view.head.over;
    let ends = |event: &&EventView| matches!(event.kind.as_str(), "release.closed" | "release.abandoned");
    report.events.iter().rev().find(ends).filter(|_| over)
}

/// Until when the release has something to show. After its end nobody looks, and that is no gap.
pub(crate) fn until(report: &Report) -> Millis {
    ending(report).map_or(report.view.now, |event| event.at)
}

/// First and last of `all`, so that at most `max` are shown, and how many are left out between them.
pub(crate) fn ends<'a, T>(all: &'a [&'a T], max: usize) -> (&'a [&'a T], usize, &'a [&'a T]) {
    ends_of(all, max)
}

fn ends_of<T>(all: &[T], max: usize) -> (&[T], usize, &[T]) {
    if all.len() <= max {
        return (all, 0, &[]);
    }
    let first = max / 2;
    let last = max - first;
    (&all[..first], all.len() - max, &all[all.len() - last..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_stay_and_the_middle_is_counted() {
        let numbers = [1, 2, 3, 4, 5, 6, 7];
        let all: Vec<_> = numbers.iter().collect();
        let (first, left_out, last) = ends(&all, 5);
        assert_eq!((first, left_out, last), (&all[..2], 2, &all[4..]));
        assert_eq!(ends(&all, 7), (&all[..], 0, &all[..0]));
    }
}
