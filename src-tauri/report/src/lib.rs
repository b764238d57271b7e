//! One release as one HTML page, for people who have neither the app nor an account.
//!
//! Pure: what the engine computed goes in, a page comes out. The page has no script, loads nothing and links nowhere;
//! its content security policy allows its own style block and nothing else. It carries no signature on purpose: it is a
//! rendering, and says so.

mod chart;
mod gaps;
mod glyph;
mod guardrails;
mod motion;
mod readiness;
mod rollout;
mod scale;
mod story;
mod text;
mod timeline;
mod times;
mod trust;
mod verdict;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::DOCTYPE;
use maud::Markup;
use maud::PreEscaped;
use maud::html;
use seaworthy_wire::EventView;
use seaworthy_wire::Millis;
use seaworthy_wire::ReleaseView;
use seaworthy_wire::SeriesView;
use sha2::Digest as _;
use sha2::Sha256;
use text::t;
use times::Times;

const STYLE: &str = include_str!("style.css");
/// Size that the page stays under: what mail systems and chat tools pass on without a word.
const PAGE_BYTES: usize = 980_000;
/// What the timeline gets even where the rest of the page is unusually large.
const TIMELINE_BYTES_MIN: usize = 100_000;
/// Parts of the page in order: anchor and name.
const SECTIONS: [(&str, &str); 11] = [
    ("verdict", "Verdict"),
    ("short", "In short"),
    ("released", "What was released"),
    ("readiness", "Readiness"),
    ("rollout", "Rollout"),
    ("guardrails", "Guardrails"),
    ("watches", "Watches"),
    ("unseen", "What nobody saw"),
    ("motion", "Holds, breaches and rollbacks"),
    ("timeline", "Timeline"),
    ("trust", "How far to trust this page"),
];

/// Everything the page is made of.
#[derive(Clone, Debug)]
pub struct Report {
    /// The release as it stands.
    pub view: ReleaseView,
    /// A chart for each guardrail that has one.
    pub series: Vec<SeriesView>,
    /// The whole release, oldest first.
    pub events: Vec<EventView>,
    /// When the page was made, on the engine's clock.
    pub made_at: Millis,
    /// IANA name of the zone for printed times; `UTC` if unknown.
    pub zone: String,
    /// Hash of the ledger's newest entry when the page was made.
    pub ledger_head: Option<String>,
    /// Version of the product that made the page.
    pub product_version: String,
}

/// The page, whole, as UTF-8 HTML.
#[must_use]
pub fn render(report: &Report) -> String {
    let times = Times::new(&report.zone);
    let gaps = gaps::collect(report);
    let before = html! {
        (verdict::section(report, &gaps, &times))
        (verdict::milestones(report, &times))
        (verdict::released(report, &times))
        (readiness::section(&report.view.phases, report.view.head.over, &times))
        (rollout::stages(report, &times))
        (guardrails::section(report, &times))
        (rollout::watches(report))
        (gaps::section(&gaps, &times))
        (motion::section(&report.events, &times))
    };
    let room = PAGE_BYTES.saturating_sub(before.0.len() + STYLE.len()).max(TIMELINE_BYTES_MIN);
    let head = &report.view.head;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (page_head(&format!("{} {}: release report", head.project, head.version)))
            body {
                a class="skip" href="#verdict" { "Skip to the answer" }
                (hatching())
                (masthead(report, &times))
                main {
                    (before)
                    (timeline::section(&report.events, &times, room))
                    (trust::section(report))
                }
                (trust::footer(report, &times))
            }
        }
    };
    page.into_string()
}

fn masthead(report: &Report, times: &Times) -> Markup {
    let head = &report.view.head;
    html! {
        header {
            p class="brand" {
                svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true" {
                    circle cx="10" cy="10" r="6" {}
                    path d="M1 10h18" {}
                }
                "Seaworthy release report"
            }
            h1 { (t(&head.project)) " " span { (t(&head.version)) } }
            p class="quiet" { "As of " (times.full(report.made_at)) ". All times are in " (times.zone()) "." }
            @if head.rehearsal { (verdict::rehearsal_banner()) }
        }
        nav aria-label="On this page" {
            ul {
                @for (id, name) in SECTIONS { li { a href={ "#" (id) } { (name) } } }
            }
        }
    }
}

/// The hatching of unseen time, once for all drawings.
fn hatching() -> Markup {
    html! {
        svg class="defs" width="0" height="0" aria-hidden="true" {
            defs {
                pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                    path d="M0 0v6" {}
                }
            }
        }
    }
}

fn page_head(title: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta http-equiv="Content-Security-Policy" content=(policy());
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light";
            meta name="referrer" content="no-referrer";
            title { (t(title)) }
            style { (PreEscaped(STYLE)) }
        }
    }
}

/// Nothing may be loaded, sent or framed; the one style block is allowed by its hash.
fn policy() -> String {
    let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'")
}
