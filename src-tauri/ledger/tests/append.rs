//! Appending and reading back.

use std::sync::{Arc, Barrier};

use proptest::prelude::*;
use seaworthy_ledger::{
    EventHash, Invalid, Ledger, LedgerError, MAX_EVENTS_PER_APPEND, MAX_INTEGER, MAX_READ_PAGE, parse_strict,
};
use serde_json::{Value, json};
use tempfile::tempdir;

use crate::support::{at, closed, copy_files, event, fill, id, open};

#[test]
fn chains_link_per_device_and_per_release() {
    let dir = tempdir().unwrap();
    let (ledger, report) = open(dir.path());
    assert!(report.created && report.events == 0 && report.notices.is_empty());
    let events = fill(&ledger, 7);
    for (n, stored) in events.iter().enumerate() {
        let e = &stored.event;
        assert_eq!((e.seq, e.v, e.device), (n as u64 + 1, 1, report.head.device));
        assert_eq!(e.prev, n.checked_sub(1).map(|p| events[p].hash));
        assert_eq!(stored.hash, EventHash::of(&stored.bytes));
        assert_eq!(e.id.get_version_num(), 7);
        assert!(stored.is_canonical());
    }
    // Release 2 has events 2 and 5.
    let release = ledger.release_events(id(2)).unwrap();
    assert_eq!(release.iter().map(|e| e.event.seq).collect::<Vec<_>>(), [2, 5]);
    assert_eq!(release.iter().map(|e| e.event.rel_seq).collect::<Vec<_>>(), [Some(1), Some(2)]);
    assert_eq!(release[0].event.rel_prev, None);
    assert_eq!(release[1].event.rel_prev, Some(events[1].hash));
    assert_eq!(events[0].event.rel_seq, None);
    assert_eq!(ledger.release_events(id(99)).unwrap(), []);
    assert_eq!(ledger.verify_deep().unwrap(), 7);
}

#[test]
fn reopening_finds_the_same_events_and_continues() {
    let dir = tempdir().unwrap();
    let before = closed(dir.path(), 10);
    let (ledger, report) = open(dir.path());
    assert_eq!((report.events, report.created, report.regressed), (10, false, None));
    assert_eq!(report.head.hash, Some(before[9].hash));
    assert_eq!(report.head.wall, Some(before[9].event.at.wall));
    assert_eq!(ledger.events(0, MAX_READ_PAGE).unwrap(), before);
    assert_eq!(ledger.events(4, 2).unwrap(), before[4..6]);
    let next = ledger.append(&at(99), vec![event(Some(id(2)), 99)]).unwrap();
    assert_eq!(next[0].event.prev, Some(before[9].hash));
    assert_eq!(next[0].event.rel_seq, Some(4));
}

#[test]
fn one_bad_event_keeps_the_whole_call_out() {
    let dir = tempdir().unwrap();
    let (ledger, _) = open(dir.path());
    let refused = |events| match ledger.append(&at(0), events) {
        Err(LedgerError::Refused(why)) => why,
        other => panic!("{other:?}"),
    };
    let with = |body: Value| {
        let mut bad = event(None, 1);
        bad.body = body;
        vec![event(None, 0), bad]
    };
    assert!(matches!(refused(with(json!({"share": 0.5}))), Invalid::Number(_)));
    assert!(matches!(refused(with(json!(MAX_INTEGER + 1))), Invalid::Number(_)));
    assert!(matches!(refused(with(json!(-9_007_199_254_740_993_i64))), Invalid::Number(_)));
    assert!(matches!(refused(with(json!({"long": "x".repeat(70_000)}))), Invalid::TooLong { .. }));
    let deep = |n| (0..n).fold(json!([]), |inside, _| json!([inside]));
    assert!(matches!(refused(with(deep(31))), Invalid::TooDeep));
    assert!(matches!(refused(vec![]), Invalid::Count(0)));
    assert!(matches!(refused(vec![event(None, 0); MAX_EVENTS_PER_APPEND + 1]), Invalid::Count(1001)));
    for kind in ["", "Upper.case", "blank here", "quote\"", &"k".repeat(65)] {
        let mut bad = event(None, 0);
        bad.kind = kind.into();
        assert!(matches!(refused(vec![bad]), Invalid::Kind(_)), "{kind}");
    }
    assert_eq!(ledger.head().seq, 0);
    // The limits themselves are fine.
    ledger.append(&at(0), with(json!([MAX_INTEGER, -9_007_199_254_740_992_i64, deep(28)]))).unwrap();
    assert_eq!(ledger.verify_deep().unwrap(), 2);
}

#[test]
fn a_refused_call_does_not_disturb_its_batch() {
    let dir = tempdir().unwrap();
    let (ledger, _) = open(dir.path());
    let ledger = Arc::new(ledger);
    let gate = Arc::new(Barrier::new(8));
    let threads: Vec<_> = (0..8_u64)
        .map(|writer| {
            let (ledger, gate) = (ledger.clone(), gate.clone());
            std::thread::spawn(move || {
                gate.wait();
                for n in 0..20 {
                    let mut two = vec![event(Some(id(u128::from(writer))), n), event(None, n)];
                    if n % 4 == 0 {
                        two[1].body = json!("x".repeat(66_000));
                    }
                    let outcome = ledger.append(&at(n), two);
                    assert_eq!(outcome.is_err(), n % 4 == 0);
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|t| t.join().unwrap());
    assert_eq!(ledger.head().seq, 8 * 15 * 2);
    for writer in 0..8 {
        let chain = ledger.release_events(id(writer)).unwrap();
        let bodies: Vec<_> = chain.iter().map(|e| e.event.body["n"].as_u64().unwrap()).collect();
        assert_eq!(bodies, (0..20).filter(|n| n % 4 > 0).collect::<Vec<_>>());
    }
    drop(ledger);
    assert_eq!(open(dir.path()).1.events, 240);
}

#[test]
fn the_anchor_follows_events_by_the_boot_clock() {
    let dir = tempdir().unwrap();
    let anchored = || {
        let text = std::fs::read_to_string(dir.path().join("ledger.head")).unwrap();
        serde_json::from_str::<Value>(&text).unwrap()["seq"].as_u64().unwrap()
    };
    let (ledger, _) = open(dir.path());
    let mut seen = Vec::new();
    for ms in [0, 59_999, 60_000, 60_001, 119_999, 120_000] {
        ledger.append(&at(ms), vec![event(None, ms)]).unwrap();
        seen.push(anchored());
    }
    assert_eq!(seen, [1, 1, 3, 3, 3, 6]);
    let mut rebooted = at(120_001);
    rebooted.boot_id = "boot-2".into();
    ledger.append(&rebooted, vec![event(None, 0)]).unwrap();
    assert_eq!(anchored(), 7);
    ledger.append(&rebooted, vec![event(None, 0)]).unwrap();
    ledger.anchor().unwrap();
    assert_eq!(anchored(), 8);
    ledger.append(&rebooted, vec![event(None, 0)]).unwrap();
    drop(ledger);
    assert_eq!(anchored(), 9);
}

#[test]
fn closing_leaves_no_log_behind() {
    let dir = tempdir().unwrap();
    let (ledger, _) = open(dir.path());
    fill(&ledger, 3);
    let wal = dir.path().join("ledger.db-wal");
    assert!(wal.metadata().unwrap().len() > 0);
    ledger.tidy().unwrap();
    assert_eq!(wal.metadata().unwrap().len(), 0);
    ledger.close().unwrap();
    assert!(!wal.exists() && !dir.path().join("ledger.db-shm").exists());
}

#[test]
fn a_broken_clock_does_not_stop_the_recording() {
    let dir = tempdir().unwrap();
    let (ledger, _) = open(dir.path());
    for wall in [chrono::DateTime::<chrono::Utc>::MIN_UTC, chrono::DateTime::<chrono::Utc>::MAX_UTC] {
        let mut odd = at(u64::MAX >> 20);
        odd.wall = wall;
        odd.boot_ms = u64::MAX;
        ledger.append(&odd, vec![event(None, 0)]).unwrap();
    }
    assert_eq!(ledger.verify_deep().unwrap(), 2);
    drop(ledger);
    assert_eq!(open(dir.path()).1.events, 2);
}

#[test]
fn the_strict_reader_refuses_a_second_reading() {
    let deep = "[".repeat(33) + &"]".repeat(33);
    let good = "[".repeat(32) + &"]".repeat(32);
    for text in [
        r#"{"a":1,"a":2}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"[{"x":{"b":0,"c":0,"b":0}}]"#,
        "1.5",
        "1e2",
        "-0",
        "9007199254740993",
        "-9007199254740993",
        "18446744073709551617",
        "NaN",
        "1 2",
        "{\"a\":1}x",
        r#""\ud800""#,
        "",
        deep.as_str(),
    ] {
        assert!(parse_strict(text.as_bytes()).is_err(), "{text}");
    }
    assert!(parse_strict(b"\"\xff\"").is_err());
    for text in [good.as_str(), "9007199254740992", "-9007199254740992", r#"{"a":{"a":null},"b":[true,""]}"#]
    {
        assert_eq!(parse_strict(text.as_bytes()).unwrap(), serde_json::from_str::<Value>(text).unwrap());
    }
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-(1_i64 << 53)..=(1_i64 << 53)).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..5)
                .prop_map(|m| Value::Object(m.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_is_appended_verifies_after_a_kill_and_reads_back(
        calls in prop::collection::vec(
            prop::collection::vec((0_u128..4, json_value(), any::<String>()), 1..4), 1..8),
    ) {
        let (dir, killed) = (tempdir().unwrap(), tempdir().unwrap());
        let (ledger, _) = open(dir.path());
        let mut events = Vec::new();
        for (n, call) in calls.into_iter().enumerate() {
            let call = call.into_iter().map(|(release, body, actor)| {
                let mut new = event((release > 0).then(|| id(release)), 0);
                new.body = body;
                new.actor = format!("a{}", actor.chars().take(20).collect::<String>());
                new
            });
            events.extend(ledger.append(&at(n as u64), call.collect()).unwrap());
        }
        copy_files(dir.path(), killed.path());
        let (again, report) = Ledger::open(killed.path()).unwrap();
        prop_assert_eq!(report.events, events.len() as u64);
        prop_assert_eq!(again.events(0, MAX_READ_PAGE).unwrap(), events);
        prop_assert_eq!(again.verify_deep().unwrap(), report.events);
    }
}
