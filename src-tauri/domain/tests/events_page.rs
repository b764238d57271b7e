//! `docs/formats/events.md` explains every kind of event and each of its members.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

const SOURCE: &str = include_str!("../src/event.rs");
const PAGE: &str = include_str!("../../../docs/formats/events.md");

/// Kinds of the enum with their members, as the source spells them.
fn declared() -> BTreeMap<&'static str, Vec<&'static str>> {
    let (_, body) = SOURCE.split_once("pub enum Event {").expect("the enum is here");
    let (body, _) = body.split_once("\n}\n").expect("it ends");
    let variants = body.split("#[serde(rename = \"").skip(1);
    variants
        .map(|variant| {
            let (kind, rest) = variant.split_once('"').expect("a name ends");
            let (_, rest) = rest.split_once('{').expect("a variant has members");
            let (members, _) = rest.split_once('}').expect("they end");
            let lines = members.lines().map(str::trim).filter(|line| !line.starts_with("//"));
            let names = lines.flat_map(|line| line.split(", "));
            let names = names.filter_map(|member| member.split_once(": ").map(|(name, _)| name.trim()));
            (kind, names.collect())
        })
        .collect()
}

/// Kinds of the page with what is written below each.
fn described() -> BTreeMap<&'static str, &'static str> {
    let sections = PAGE.split("\n### `").skip(1);
    sections
        .map(|section| {
            let (kind, text) = section.split_once('`').expect("a heading ends");
            (kind, text.split("\n## ").next().unwrap_or_default())
        })
        .collect()
}

#[test]
fn the_page_on_events_names_every_kind_and_every_member() {
    let (declared, described) = (declared(), described());
    assert_eq!(declared["op.observed"], ["operation", "seen", "by", "detail", "url"]);
    let kinds: BTreeSet<_> = declared.keys().collect();
    assert_eq!(kinds, described.keys().collect(), "docs/formats/events.md has other kinds than the enum");
    for (kind, members) in declared {
        for member in members {
            assert!(
                described[kind].contains(&format!("`{member}`")),
                "docs/formats/events.md does not explain `{member}` of {kind}"
            );
        }
    }
}
