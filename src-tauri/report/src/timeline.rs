//! Everything that happened, entry by entry.

use crate::text::digest;
use crate::text::t;
use crate::times::Times;
use maud::Markup;
use maud::html;
use seaworthy_wire::EventView;

pub(crate) fn section(events: &[EventView], times: &Times) -> Markup {
    html! {
        section {
            h2 { "Timeline" }
            table {
                @for event in events {
                    tr { td { (times.short(event.at)) } td { (t(&event.actor)) } td { (t(&event.text)) } td { (t(&digest(&event.hash))) } }
                }
            }
        }
    }
}
