//! Small builders shared by the tests.

use std::path::Path;

use chrono::{DateTime, Utc};
use seaworthy_ledger::{At, Ledger, NewEvent, StartReport, StoredEvent};
use serde_json::json;
use uuid::Uuid;

pub(crate) fn at(boot_ms: u64) -> At {
    At {
        wall: DateTime::<Utc>::from_timestamp_millis(1_790_000_000_000 + i64::try_from(boot_ms).unwrap())
            .unwrap(),
        boot_ms,
        boot_id: "boot-1".into(),
    }
}

pub(crate) fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

pub(crate) fn event(release: Option<Uuid>, n: u64) -> NewEvent {
    NewEvent {
        actor: "dana".into(),
        project: id(1),
        release,
        kind: "note.added".into(),
        body: json!({"n": n, "text": "mast é 😀 \u{1}"}),
    }
}

pub(crate) fn open(dir: &Path) -> (Ledger, StartReport) {
    Ledger::open(dir).unwrap()
}

/// Appends one event after another: releases 2 and 3 in turn, every third without one.
pub(crate) fn fill(ledger: &Ledger, count: u64) -> Vec<StoredEvent> {
    let release = |n: u64| (!n.is_multiple_of(3)).then(|| id(u128::from(n % 3) + 1));
    (0..count).flat_map(|n| ledger.append(&at(n), vec![event(release(n), n)]).unwrap()).collect()
}

/// A closed ledger of `count` events.
pub(crate) fn closed(dir: &Path, count: u64) -> Vec<StoredEvent> {
    let (ledger, _) = open(dir);
    let events = fill(&ledger, count);
    ledger.close().unwrap();
    events
}

/// The database as another tool would open it.
pub(crate) fn raw(dir: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(dir.join("ledger.db")).unwrap()
}

/// What a kill leaves behind: the files as they are while the ledger is open.
pub(crate) fn copy_files(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
