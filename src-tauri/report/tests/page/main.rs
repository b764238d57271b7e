//! The page as people get it.

mod history;
mod hostile;
mod sample;

use sample::report;
use scraper::Html;
use scraper::Selector;
use seaworthy_report::render;
use seaworthy_wire::EventView;
use seaworthy_wire::HoldView;
use seaworthy_wire::OperationView;
use seaworthy_wire::State;

fn select<'a>(page: &'a Html, selector: &str) -> Vec<scraper::ElementRef<'a>> {
    page.select(&Selector::parse(selector).expect("a selector")).collect()
}

/// What is left of `selector` when the markup is gone, with single spaces.
fn words(page: &str, selector: &str) -> String {
    let page = Html::parse_document(page);
    let text: Vec<_> = select(&page, selector).iter().flat_map(|found| found.text()).collect();
    text.concat().replace('\u{202f}', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_realistic_release() {
    insta::assert_binary_snapshot!("release.html", render(&report()).into_bytes());
}

/// Every piece of text of `selector` on a line of its own.
fn lines(page: &str, selector: &str) -> String {
    let page = Html::parse_document(page);
    let text: Vec<_> = select(&page, selector).iter().flat_map(|found| found.text()).map(str::trim).collect();
    text.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_realistic_release_in_words() {
    let page = render(&report());
    let parts = [
        "header",
        "#verdict",
        "#short",
        "#released",
        "#readiness",
        "#rollout",
        "#guardrails",
        "#watches",
        "#unseen",
        "#motion",
        "#trust",
        "footer",
    ];
    let told: Vec<_> = parts.map(|part| format!("== {part}\n{}", lines(&page, part))).to_vec();
    insta::assert_snapshot!(told.join("\n\n"));
}

#[test]
fn the_page_is_marked_up_for_everybody() {
    let page = Html::parse_document(&render(&report()));
    for (selector, count) in
        [("h1", 1), ("main", 1), ("header", 1), ("footer", 1), ("nav", 1), ("html[lang=en]", 1)]
    {
        assert_eq!(select(&page, selector).len(), count, "{selector}");
    }
    assert!(
        select(&page, "th").iter().all(|th| th.value().attr("scope").is_some()),
        "every heading of a table has a scope"
    );
    let ids: Vec<_> = select(&page, "[id]").iter().filter_map(|found| found.value().attr("id")).collect();
    assert_eq!(ids.len(), ids.iter().collect::<std::collections::BTreeSet<_>>().len(), "{ids:?}");
    for link in select(&page, "a") {
        let target = link.value().attr("href").and_then(|href| href.strip_prefix('#')).unwrap();
        assert!(ids.contains(&target), "a link to {target}");
    }
    for named in select(&page, "[aria-labelledby]") {
        assert!(ids.contains(&named.value().attr("aria-labelledby").unwrap()));
    }
    assert!(
        select(&page, "svg").iter().all(|svg| svg.ancestors().chain([**svg]).any(|node| {
            node.value().as_element().is_some_and(|element| element.attr("aria-hidden") == Some("true"))
        })),
        "a drawing stands beside words and is not read out"
    );
    let mut before = 0;
    for heading in select(&page, "h1, h2, h3") {
        let level = heading.value().name()[1..].parse::<u32>().unwrap();
        assert!(level <= before + 1, "no level is skipped before {:?}", heading.text().collect::<String>());
        before = level;
    }
}

#[test]
fn what_stands_first_is_the_worst_truth() {
    let heading = |change: &dyn Fn(&mut seaworthy_report::Report)| {
        let mut report = report();
        change(&mut report);
        words(&render(&report), "#verdict h2")
    };
    let hold = || Some(HoldView { reason: "wait".to_owned(), by: "Mara".to_owned(), at: sample::START });
    let operation = || {
        Some(OperationView {
            id: "1".to_owned(),
            what: "set share".to_owned(),
            state: State::Unknown,
            line: String::new(),
            at: 0,
        })
    };
    assert_eq!(heading(&|_| {}), "Closed");
    assert_eq!(heading(&|r| r.view.head.rolled_back = true), "Rolled back");
    assert_eq!(
        heading(&|r| {
            r.view.head.rolled_back = true;
            r.view.head.hold = hold();
        }),
        "On hold"
    );
    assert_eq!(
        heading(&|r| {
            r.view.head.hold = hold();
            r.view.rollout.operation = operation();
        }),
        "Unknown"
    );
    assert_eq!(
        heading(&|r| {
            r.view.head.over = false;
            r.view.head.lifecycle = "rolling out".to_owned();
        }),
        "Rolling out"
    );
}

#[test]
fn a_rehearsal_says_so_before_anything_else() {
    let mut report = report();
    assert!(!render(&report).contains("Rehearsal"));
    report.view.head.rehearsal = true;
    let said = words(&render(&report), "header");
    assert!(said.contains("Nothing here counts for production."), "{said}");
}

#[test]
fn two_thousand_entries_fit_and_what_does_not_is_counted() {
    let mut report = report();
    let long = |words: usize| "the candidate answered as it should ".repeat(words);
    for (length, complete) in [(2, true), (20, false)] {
        report.events = (1..=2_000)
            .map(|seq| EventView { seq, text: long(length), ..report.events[0].clone() })
            .collect();
        let page = render(&report);
        assert!(page.len() < 1_000_000, "{} bytes", page.len());
        let parsed = Html::parse_document(&page);
        let rows = select(&parsed, "#timeline tbody th[scope=row]").len();
        let said = words(&page, "#timeline .left-out");
        if complete {
            assert_eq!((rows, said.as_str()), (2_000, ""));
        } else {
            assert!(said.starts_with(&format!("{} entries between these", 2_000 - rows)), "{said}");
            assert!(rows > 500, "{rows} rows");
        }
        assert_eq!(words(&page, "#timeline tbody:last-child tr:last-child th"), "2000");
    }
}

#[test]
fn a_gate_that_holds_at_the_end_is_not_called_not_passed() {
    let mut report = report();
    let gate = &mut report.view.phases[2].gates[0];
    gate.passed = None;
    assert!(words(&render(&report), "#readiness").contains("Guards: close the release. Held at the end."));
    report.view.head.over = false;
    assert!(
        words(&render(&report), "#readiness").contains("Guards: close the release. Holds, not passed yet.")
    );
}

#[test]
fn what_was_seen_after_a_passage_is_not_then() {
    let mut report = report();
    let marks = |report: &seaworthy_report::Report| {
        let page = words(&render(report), "#readiness td[data-l=State] .quiet");
        (page.matches("then").count(), page.matches("now").count())
    };
    let (then, now) = marks(&report);
    report.view.phases[1].gates[0].criteria[0].seen = Some(sample::at(90, 0));
    assert_eq!(marks(&report), (then - 1, now + 1));
}

#[test]
fn no_breach_rollback_or_unknown_outcome_is_folded() {
    let mut report = report();
    let told = report.events.clone();
    let again = |round: u64| {
        told.iter().map(move |event| EventView {
            seq: event.seq + round * 100,
            call: event.call.as_ref().map(|call| format!("{call}-{round}")),
            ..event.clone()
        })
    };
    report.events = (0..6).flat_map(again).collect();
    let refused = report.events.iter_mut().find(|event| event.kind == "op.outcome").unwrap();
    (refused.state, refused.text) = (State::Differs, "Not sent, the target is not as expected".to_owned());
    let page = render(&report);
    let short = words(&page, "#short");
    assert_eq!(short.matches("errors breached, rolling back").count(), 6, "{short}");
    assert_eq!(short.matches("Rolling production back").count(), 6);
    assert_eq!(short.matches("Nobody knows whether it took effect").count(), 6);
    assert_eq!(short.matches("Looked: it took effect").count(), 6);
    assert!(short.contains(
        "Placing web-rc.1 in production without traffic, Mara LindqvistNot sent, the target is not as expected"
    ), "{short}");
    assert!(words(&page, "#short .left-out").contains("steps here are left to the timeline"));
    let figures = words(&page, ".figures");
    assert!(figures.contains("6guardrail breaches6rollbacks6holds"), "{figures}");
    for hold in report.events.iter_mut().filter(|event| event.kind == "hold.set") {
        hold.back = true;
    }
    assert!(words(&render(&report), ".figures").contains("6rollbacks0holds"));
}

#[test]
fn an_empty_release_is_a_page_too() {
    let mut report = report();
    report.events.clear();
    report.series.clear();
    report.view.phases.clear();
    report.view.rollout.stages.clear();
    report.view.rollout.guardrails.clear();
    report.view.rollout.watches.clear();
    report.view.head.over = false;
    report.ledger_head = None;
    let page = render(&report);
    assert!(words(&page, "#guardrails").contains("Nothing would have stopped this release by itself."));
    assert!(words(&page, "#trust").contains("nothing to compare it with"));
}
