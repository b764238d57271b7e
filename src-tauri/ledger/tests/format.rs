//! The written format and the code say the same.

use seaworthy_ledger::{EventHash, FORMAT, Ledger, MAX_READ_PAGE, StoredEvent};
use tempfile::tempdir;

use crate::support::closed;

const PAGE: &str = include_str!("../../../docs/formats/ledger.md");

fn after<'a>(marker: &str) -> &'a str {
    PAGE.split_once(marker).unwrap().1.lines().next().unwrap()
}

#[test]
fn the_worked_example_holds() {
    let bytes = PAGE.split_once("```json\n").unwrap().1.split_once("\n```").unwrap().0;
    let stored = StoredEvent::read(bytes.as_bytes().to_vec()).unwrap();
    assert!(stored.is_canonical());
    assert_eq!(after("SHA-256 of these bytes: `").split('`').next().unwrap(), stored.hash.to_string());
    assert_eq!(stored.hash, EventHash::of(bytes.as_bytes()));
    assert_eq!(after("Length in bytes: "), bytes.len().to_string());
    assert_eq!((stored.event.seq, stored.event.rel_seq), (2, Some(1)));
}

#[test]
fn the_page_names_the_current_format() {
    assert_eq!(after("Current format: "), FORMAT.to_string());
}

#[test]
fn unknown_members_and_nulls_are_not_ours() {
    let dir = tempdir().unwrap();
    let good = String::from_utf8(closed(dir.path(), 2).remove(1).bytes).unwrap();
    StoredEvent::read(good.clone().into_bytes()).unwrap();
    for (from, to) in [
        ("\"v\":1}", "\"v\":2}"),
        ("\"v\":1}", "\"v\":1,\"w\":1}"),
        ("\"v\":1}", "\"v\":1,\"v\":1}"),
        ("\"lamport\":2", "\"lamport\":2.0"),
        ("\"body\":{", "\"body\":{\"n\":1,"),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good);
        assert!(StoredEvent::read(bad.into_bytes()).is_err(), "{to}");
    }
    let blank = good.replacen("{", "{ ", 1);
    assert!(!StoredEvent::read(blank.into_bytes()).unwrap().is_canonical());
    let (view, _) = Ledger::open_read_only(dir.path()).unwrap();
    assert_eq!(view.events(1, MAX_READ_PAGE).unwrap()[0].bytes, good.as_bytes());
}
