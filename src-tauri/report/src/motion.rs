//! Holds, breaches, and every call that moved traffic, forward or back.

use crate::story;
use crate::text::counted;
use crate::timeline;
use crate::times::Times;
use maud::Markup;
use maud::html;
use seaworthy_wire::EventView;

/// Rows of the table.
const ROWS_MAX: usize = 120;

pub(crate) fn section(events: &[EventView], times: &Times) -> Markup {
    let all: Vec<_> = events.iter().filter(|event| story::is_motion(&event.kind)).collect();
    let (first, left_out, last) = story::ends(&all, ROWS_MAX);
    html! {
        section id="motion" aria-labelledby="motion-h" {
            h2 id="motion-h" { "Holds, breaches and rollbacks" }
            p class="lead" { "With every call that changed an environment, forward or back, and what came of it." }
            @if all.is_empty() { p { "None. Nothing was held, nothing broke its limit, and no traffic was moved." } }
            @else {
                table role="table" {
                    (timeline::head())
                    tbody role="rowgroup" {
                        @for event in first { (timeline::row(event, &times.short(event.at))) }
                        @if left_out > 0 { (timeline::left_out(&counted(left_out, "entry", "entries"))) }
                        @for event in last { (timeline::row(event, &times.short(event.at))) }
                    }
                }
            }
        }
    }
}
