//! How far the page can be trusted, said on the page itself.

use crate::Report;
use crate::text::digest;
use crate::text::t;
use crate::times::Times;
use maud::Markup;
use maud::html;

pub(crate) fn section(report: &Report) -> Markup {
    html! {
        section id="trust" aria-labelledby="trust-h" {
            h2 id="trust-h" { "How far to trust this page" }
            @if let Some(doubt) = &report.view.doubt {
                p class="doubt" { strong { "\u{2717} " (t(doubt)) } }
            }
            p { strong { "This page is a rendering. It carries no signature: whoever can edit a file can edit it." } }
            @match &report.ledger_head {
                Some(head) => {
                    p {
                        "It was written from a ledger whose newest entry had the digest below. Ask the captain to run "
                        code { "seaworthy doctor" } " and to read out the ledger head, and compare " strong { code { (t(&digest(head))) } }
                        ". A head that differs is no proof of forgery, because the ledger goes on; then the captain can look up this digest in the log."
                    }
                    p class="head" { code { (t(head)) } }
                }
                None => p { "The ledger had no head when the page was made, so there is nothing to compare it with. Ask the captain for the ledger itself." },
            }
            p {
                "Digests in the tables are shortened to their first eight and last four digits. Each names an entry of the ledger, or a kept piece of evidence, "
                "that the captain can show. Every entry includes the digest of the one before it, so that an old entry cannot be changed without changing the head."
            }
            p { "The page contains no script, loads nothing from anywhere, and reports to nobody that it was opened." }
        }
    }
}

/// Closes the page, on the screen and on the last sheet of paper.
pub(crate) fn footer(report: &Report, times: &Times) -> Markup {
    html! {
        footer {
            p {
                "Seaworthy " (t(&report.product_version)) ". Made " (times.full(report.made_at)) ", times in " (times.zone())
                ". Release " code { (t(&report.view.head.id)) }
                @if let Some(head) = &report.ledger_head { ", ledger head " code { (t(&digest(head))) } } "."
            }
        }
    }
}
