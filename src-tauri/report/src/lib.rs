//! One release as one HTML page, for people who have neither the app nor an account.
//!
//! Pure: what the engine computed goes in, a page comes out. The page has no script, loads nothing and links nowhere;
//! its content security policy allows its own style block and nothing else. It carries no signature on purpose: it is a
//! rendering, and says so.

mod text;
mod timeline;
mod times;

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
    let head = &report.view.head;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (page_head(&format!("{} {}: release report", head.project, head.version)))
            body {
                main {
                    h1 { (t(&head.project)) " " (t(&head.version)) }
                    (timeline::section(&report.events, &times))
                }
            }
        }
    };
    page.into_string()
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
