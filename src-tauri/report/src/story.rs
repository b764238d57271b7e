//! What the entries of the ledger mean for a reader in a hurry. Told apart by kind, never by their wording.

use seaworthy_wire::EventView;
use seaworthy_wire::Millis;
use seaworthy_wire::State;

use crate::Report;

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
