//! Words from elsewhere stay words, whatever they look like.

use crate::sample::HOUR;
use crate::sample::report;
use base64::Engine as _;
use proptest::prelude::*;
use scraper::Html;
use scraper::Node;
use seaworthy_report::Report;
use seaworthy_report::render;
use seaworthy_wire::*;
use sha2::Digest as _;

/// Elements and attributes of a page, in order, without what stands in attributes and between tags.
fn skeleton(page: &str) -> Vec<String> {
    let page = Html::parse_document(page);
    let shape = |node: &Node| match node {
        Node::Element(element) => {
            let mut names: Vec<_> = element.attrs().map(|(name, _)| name).collect();
            names.sort_unstable();
            Some(format!("{} {names:?}", element.name()))
        }
        Node::Comment(_) => Some("comment".to_owned()),
        _ => None,
    };
    page.tree.nodes().filter_map(|node| shape(node.value())).collect()
}

fn text(page: &str) -> String {
    Html::parse_document(page)
        .tree
        .nodes()
        .filter_map(|node| node.value().as_text().map(|text| text.to_string()))
        .collect()
}

/// Every text of the report, for changing. `None` is left alone.
fn texts(report: &mut Report) -> Vec<&mut String> {
    let mut all = vec![&mut report.product_version];
    all.extend(&mut report.ledger_head);
    for event in &mut report.events {
        all.extend([&mut event.actor, &mut event.text, &mut event.hash]);
    }
    let ReleaseView { head, bearing, phases, rollout, .. } = &mut report.view;
    all.extend([&mut head.id, &mut head.project, &mut head.version, &mut head.policy]);
    all.extend(head.candidate.iter_mut().chain(&mut head.commit));
    if let Some(hold) = &mut head.hold {
        all.extend([&mut hold.reason, &mut hold.by]);
    }
    for answer in [&mut bearing.may_move, &mut bearing.blocks, &mut bearing.production, &mut bearing.happened]
    {
        all.extend([&mut answer.answer, &mut answer.line]);
    }
    for phase in phases {
        all.push(&mut phase.title);
        for gate in &mut phase.gates {
            all.extend([&mut gate.title, &mut gate.owner]);
            all.extend(&mut gate.guards);
            for criterion in &mut gate.criteria {
                all.extend([&mut criterion.title, &mut criterion.reason, &mut criterion.source]);
                all.extend(&mut criterion.evidence);
            }
        }
    }
    all.extend(rollout_texts(rollout));
    for series in &mut report.series {
        all.push(&mut series.unit);
        all.extend(series.gaps.iter_mut().map(|gap| &mut gap.cause));
        all.extend(series.points.iter_mut().filter_map(|point| point.invalid.as_mut()));
    }
    all
}

fn rollout_texts(rollout: &mut RolloutView) -> Vec<&mut String> {
    let mut all = vec![&mut rollout.way_back.line, &mut rollout.armed.text];
    let mut observed = Vec::new();
    for stage in &mut rollout.stages {
        all.extend([&mut stage.name, &mut stage.share, &mut stage.word, &mut stage.line]);
        observed.extend(&mut stage.observed);
    }
    for watch in &mut rollout.watches {
        all.extend([&mut watch.name, &mut watch.line]);
        observed.extend(&mut watch.observed);
    }
    for observed in observed {
        all.extend([&mut observed.coverage, &mut observed.needed_coverage]);
        all.extend(observed.gaps.iter_mut().map(|gap| &mut gap.cause));
    }
    for guardrail in &mut rollout.guardrails {
        all.extend([&mut guardrail.rule, &mut guardrail.then, &mut guardrail.line]);
        all.extend(&mut guardrail.value);
    }
    if let Some(operation) = &mut rollout.operation {
        all.extend([&mut operation.what, &mut operation.line]);
    }
    all
}

/// A guardrail and its chart find each other by name, so both change together.
fn names(report: &mut Report) -> Vec<&mut String> {
    let guardrails = report.view.rollout.guardrails.iter_mut().map(|guardrail| &mut guardrail.name);
    guardrails.chain(report.series.iter_mut().map(|series| &mut series.guardrail)).collect()
}

/// The sample, open and with everything that an open release may carry.
fn open(over: bool) -> Report {
    let mut report = report();
    report.view.head.over = over;
    // Enough for every kind of row and mark; a parser in a debug build is slow.
    report.events.truncate(6);
    report
        .series
        .iter_mut()
        .for_each(|series| series.points.retain(|point| point.invalid.is_some() || point.at % HOUR == 0));
    report.view.head.hold = Some(HoldView { reason: "x".to_owned(), by: "x".to_owned(), at: 0 });
    report.view.rollout.guardrails[0].value = Some("x".to_owned());
    let operation = OperationView {
        id: "x".to_owned(),
        what: "x".to_owned(),
        state: State::Running,
        line: "x".to_owned(),
        at: 0,
    };
    report.view.rollout.operation = Some(operation);
    report
}

/// Pieces that break out of something somewhere.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("<script>alert(1)</script>"),
        Just("</title><script>"),
        Just("</style>"),
        Just("--><!--"),
        Just("\"'><img src=x onerror=y>"),
        Just("' onload='x"),
        Just("\" style=\"x"),
        Just("javascript:alert(1)"),
        Just("<a href=\"javascript:x\">"),
        Just("&lt;script&gt;"),
        Just("&#60;b&#62;"),
        Just("]]>"),
        Just("<![CDATA["),
        Just("<svg/onload=x>"),
        Just("\u{0}"),
        Just("\r\n"),
        Just("\u{202e}"),
        Just("`${x}`"),
        Just("{{7*7}}"),
        Just("</table></section></main>"),
        Just("<plaintext>"),
        Just("日本"),
        Just("👩‍🚀"),
    ]
    .prop_map(str::to_owned);
    proptest::collection::vec(prop_oneof![piece, ".{0,20}"], 1..6)
        .prop_map(|pieces| format!("a{}z", pieces.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn no_text_becomes_markup(hostile in hostile(), over: bool) {
        let mut calm = open(over);
        let mut wild = calm.clone();
        texts(&mut calm).into_iter().for_each(|text| "az".clone_into(text));
        texts(&mut wild).into_iter().for_each(|text| text.clone_from(&hostile));
        names(&mut calm).into_iter().for_each(|name| "az".clone_into(name));
        names(&mut wild).into_iter().for_each(|name| name.clone_from(&hostile));
        let (calm, wild) = (render(&calm), render(&wild));
        prop_assert!(!wild.to_ascii_lowercase().contains("<script"));
        prop_assert_eq!(skeleton(&calm), skeleton(&wild));
        prop_assert!(!wild.contains(['\0', '\u{202e}']), "characters that hide or reorder");
    }

    #[test]
    fn every_text_is_read_as_it_was_written(hostile in "[a-z<>&\"'/=;#!`-]{1,60}") {
        let mut report = open(false);
        let marked = |number: usize| format!("Begin{number}{hostile}{number}end");
        let mut count = 0;
        for (number, text) in texts(&mut report).into_iter().enumerate() {
            marked(number).clone_into(text);
            count = number + 1;
        }
        for (number, guardrail) in (count..).zip(&mut report.view.rollout.guardrails) {
            marked(number).clone_into(&mut guardrail.name);
            report.series[number - count].guardrail = marked(number);
        }
        let read = text(&render(&report));
        for number in 0..count + report.series.len() {
            let marked = marked(number);
            // Digests are shortened; the rest is whole.
            prop_assert!(read.contains(&marked) || read.contains(&shortened(&marked)), "{marked} is not on the page");
        }
    }
}

fn shortened(text: &str) -> String {
    format!("{} {} … {}", &text[..4], &text[4..8], &text[text.len() - 4..])
}

#[test]
fn only_the_style_block_is_allowed_and_by_its_hash() {
    let page = render(&report());
    let parsed = Html::parse_document(&page);
    let one = |selector: &str| {
        let found: Vec<_> = parsed.select(&scraper::Selector::parse(selector).unwrap()).collect();
        assert_eq!(found.len(), 1, "{selector}");
        found[0]
    };
    let style = one("style").text().collect::<String>();
    let hash = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(style.as_bytes()));
    let policy = one("meta[http-equiv]").value().attr("content").unwrap();
    assert_eq!(
        policy,
        format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'")
    );
}

#[test]
fn nothing_runs_loads_or_leads_away() {
    let page = render(&open(false));
    let parsed = Html::parse_document(&page);
    for node in parsed.tree.nodes().filter_map(|node| node.value().as_element().cloned()) {
        let name = node.name();
        assert!(
            !matches!(
                name,
                "script" | "link" | "img" | "iframe" | "object" | "embed" | "form" | "base" | "use" | "image"
            ),
            "{name}"
        );
        for (attribute, value) in node.attrs() {
            assert!(
                !attribute.starts_with("on") && !matches!(attribute, "src" | "style" | "srcset" | "action"),
                "{attribute} of {name}"
            );
            assert!(attribute != "href" || value.starts_with('#'), "{value}");
        }
    }
    for word in ["url(http", "@import", "@font-face", "//cdn"] {
        assert!(!page.contains(word), "{word}");
    }
}
