//! Time in which something was not measured. Drawn and listed, never filled.

use crate::Report;
use crate::story;
use crate::text::counted;
use crate::text::t;
use crate::times::Times;
use crate::times::span;
use maud::Markup;
use maud::html;
use seaworthy_wire::GapView;
use seaworthy_wire::Millis;
use seaworthy_wire::ObservedView;

/// Rows of the table; a release that was blind more often is told by its total.
const GAPS_MAX: usize = 60;

/// One stretch, and what was blind in it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unseen {
    pub(crate) from: Millis,
    pub(crate) to: Millis,
    cause: String,
    places: Vec<String>,
}

/// Every gap of the release, overlapping ones of one cause joined, oldest first.
pub(crate) fn collect(report: &Report) -> Vec<Unseen> {
    let end = story::until(report);
    let rollout = &report.view.rollout;
    let seen = |name: &str, observed: &Option<ObservedView>| {
        let gaps = observed.as_ref().map_or_else(Vec::new, |observed| observed.gaps.clone());
        gaps.into_iter().map(|gap| (gap, name.to_owned())).collect::<Vec<_>>()
    };
    let stages =
        rollout.stages.iter().flat_map(|stage| seen(&format!("stage {}", stage.name), &stage.observed));
    let watches =
        rollout.watches.iter().flat_map(|watch| seen(&format!("watch {}", watch.name), &watch.observed));
    let series = report.series.iter().flat_map(|series| {
        series.gaps.iter().map(|gap| (gap.clone(), series.guardrail.clone())).collect::<Vec<_>>()
    });
    let all = stages.chain(watches).chain(series).filter_map(|(gap, place)| Some((clip(&gap, end)?, place)));
    join(all.collect())
}

/// The part of `gap` before `end`.
pub(crate) fn clip(gap: &GapView, end: Millis) -> Option<GapView> {
    let to = gap.to.min(end);
    (gap.from < to).then(|| GapView { from: gap.from, to, cause: gap.cause.clone() })
}

fn join(mut all: Vec<(GapView, String)>) -> Vec<Unseen> {
    all.sort_by(|(a, _), (b, _)| (&a.cause, a.from).cmp(&(&b.cause, b.from)));
    let mut joined: Vec<Unseen> = Vec::new();
    for (gap, place) in all {
        match joined.last_mut().filter(|last| last.cause == gap.cause && gap.from <= last.to) {
            Some(last) => {
                last.to = last.to.max(gap.to);
                if !last.places.contains(&place) {
                    last.places.push(place);
                }
            }
            None => joined.push(Unseen { from: gap.from, to: gap.to, cause: gap.cause, places: vec![place] }),
        }
    }
    joined.sort_by_key(|gap| (gap.from, gap.to));
    joined
}

/// Time in any of `gaps`, counted once.
pub(crate) fn total(gaps: &[Unseen]) -> Millis {
    let mut until = Millis::MIN;
    let mut sum: Millis = 0;
    for gap in gaps {
        sum = sum.saturating_add(gap.to.saturating_sub(gap.from.max(until)).max(0));
        until = until.max(gap.to);
    }
    sum
}

pub(crate) fn section(gaps: &[Unseen], times: &Times) -> Markup {
    let all: Vec<_> = gaps.iter().collect();
    let (first, left_out, last) = story::ends(&all, GAPS_MAX);
    html! {
        section id="unseen" aria-labelledby="unseen-h" {
            h2 id="unseen-h" { "What nobody saw" }
            @if gaps.is_empty() {
                p { "Nothing is missing: no gap was recorded in the measurements on this page." }
            } @else {
                p {
                    "In " (counted(gaps.len(), "stretch", "stretches")) ", " (span(total(gaps)))
                    " together, at least one measurement was missing. What production did then, nobody can say from these figures. "
                    "Such time does not count as observed, and the charts leave it open. A stretch between two candidates may be time in which "
                    "nothing of this release took traffic; the timeline tells."
                }
                table role="table" {
                    thead role="rowgroup" { tr role="row" {
                        th scope="col" role="columnheader" { "From" }
                        th scope="col" role="columnheader" { "To" }
                        th scope="col" role="columnheader" { "Length" }
                        th scope="col" role="columnheader" { "Cause" }
                        th scope="col" role="columnheader" { "Where" }
                    } }
                    tbody role="rowgroup" {
                        @for gap in first { (row(gap, times)) }
                        @if left_out > 0 { tr role="row" { td role="cell" colspan="5" class="left-out" {
                            (counted(left_out, "stretch", "stretches")) " between these are left out of this page; the total counts them."
                        } } }
                        @for gap in last { (row(gap, times)) }
                    }
                }
            }
        }
    }
}

fn row(gap: &Unseen, times: &Times) -> Markup {
    html! {
        tr role="row" {
            th scope="row" role="rowheader" data-l="From" { (times.short(gap.from)) }
            td role="cell" data-l="To" { (times.short(gap.to)) }
            td role="cell" data-l="Length" { (span(gap.to.saturating_sub(gap.from))) }
            td role="cell" data-l="Cause" { (t(&gap.cause)) }
            td role="cell" data-l="Where" { (t(&gap.places.join(", "))) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gap(from: Millis, to: Millis, cause: &str) -> GapView {
        GapView { from, to, cause: cause.to_owned() }
    }

    #[test]
    fn the_same_gap_seen_from_two_places_is_one_row_and_counts_once() {
        let places = ["stage Canary", "errors", "errors"].map(str::to_owned);
        let [stage, errors, again] = places;
        let gaps = join(vec![
            (gap(10, 20, "asleep"), stage),
            (gap(8, 22, "asleep"), errors),
            (gap(15, 30, "offline"), again),
        ]);
        assert_eq!(gaps.len(), 2);
        assert_eq!((gaps[0].from, gaps[0].to), (8, 22));
        assert_eq!(gaps[0].places, ["errors", "stage Canary"]);
        assert_eq!(total(&gaps), 22);
    }

    #[test]
    fn time_after_the_end_is_no_gap() {
        assert_eq!(clip(&gap(10, 20, "asleep"), 10), None);
        assert_eq!(clip(&gap(10, 20, "asleep"), 15), Some(gap(10, 15, "asleep")));
    }
}
