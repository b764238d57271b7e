//! Everything that happened, entry by entry, as far as the page has room.

use crate::glyph;
use crate::story;
use crate::text::counted;
use crate::text::digest;
use crate::text::t;
use crate::times::Times;
use maud::Markup;
use maud::html;
use seaworthy_wire::EventView;

/// A day in words, and the group of rows around it.
const DAY_BYTES: usize = 64;

/// `room` is how many bytes the rows may take.
pub(crate) fn section(events: &[EventView], times: &Times, room: usize) -> Markup {
    let (first, last) = fit(events, times, room);
    let left_out = events.len() - first - last;
    let end = &events[events.len() - last..];
    html! {
        section id="timeline" aria-labelledby="timeline-h" {
            h2 id="timeline-h" { "Timeline" }
            p class="lead" {
                (counted(events.len(), "entry", "entries")) " in the ledger, oldest first. Times are in " (times.zone()) "."
                @if left_out > 0 { " The page has room for " (first + last) " of them: the first " (first) " and the last " (last) "." }
            }
            @if !events.is_empty() {
                table role="table" class="timeline" {
                    (head())
                    @if left_out == 0 { (days(events, times)) }
                    @else {
                    (days(&events[..first], times))
                        tbody role="rowgroup" { (self::left_out(&counted(left_out, "entry", "entries"))) }
                        (days(end, times))
                    }
                }
            }
        }
    }
}

/// How many rows from the beginning and from the end fit into `room`, taken in turn.
fn fit(events: &[EventView], times: &Times, room: usize) -> (usize, usize) {
    let heading = day_head("").0.len() + DAY_BYTES;
    let size = |event: &EventView, neighbour: Option<&EventView>| {
        let same_day = neighbour.is_some_and(|neighbour| times.day(neighbour.at) == times.day(event.at));
        row(event, &times.clock(event.at)).0.len() + if same_day { 0 } else { heading }
    };
    let (mut first, mut last, mut used) = (0, 0, 2 * heading);
    while first + last < events.len() {
        let front = first <= last;
        let (next, neighbour) = if front {
            (first, first.checked_sub(1))
        } else {
            (events.len() - 1 - last, Some(events.len() - last))
        };
        used +=
            events.get(next).map_or(0, |event| size(event, neighbour.and_then(|index| events.get(index))));
        if used > room {
            break;
        }
        if front { first += 1 } else { last += 1 }
    }
    (first, last)
}

fn days(events: &[EventView], times: &Times) -> Markup {
    html! {
        @for day in events.chunk_by(|a, b| times.day(a.at) == times.day(b.at)) {
            tbody role="rowgroup" {
                (day_head(&day.first().map_or_else(String::new, |event| times.day(event.at))))
                @for event in day { (row(event, &times.clock(event.at))) }
            }
        }
    }
}

fn day_head(day: &str) -> Markup {
    html! { tr role="row" class="day" { th scope="rowgroup" role="rowheader" colspan="5" { (day) } } }
}

/// Column heads.
pub(crate) fn head() -> Markup {
    html! {
        thead role="rowgroup" { tr role="row" {
            @for name in ["Entry", "When", "What", "Who", "Digest"] { th scope="col" role="columnheader" { (name) } }
        } }
    }
}

/// One entry; `when` is as exact as its surroundings need.
pub(crate) fn row(event: &EventView, when: &Markup) -> Markup {
    html! {
        tr role="row" {
            th scope="row" role="rowheader" data-l="Entry" { (event.seq) }
            td role="cell" data-l="When" { (when) }
            td role="cell" data-l="What" { @if let Some(state) = story::glyph_of(&event.kind) { (glyph::glyph(state)) " " } (t(&event.text)) }
            td role="cell" data-l="Who" { (t(&event.actor)) }
            td role="cell" data-l="Digest" { code { (t(&digest(&event.hash))) } }
        }
    }
}

/// Says that rows are missing, where they are missing.
pub(crate) fn left_out(count: &str) -> Markup {
    html! {
        tr role="row" { td role="cell" colspan="5" class="left-out" { (count) " between these are left out of this page. The ledger has them all." } }
    }
}
