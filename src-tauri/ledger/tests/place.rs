//! Where a ledger may live, who may hold it, and what an older version leaves alone.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use seaworthy_ledger::{Ledger, LedgerError};
use tempfile::tempdir;

use crate::support::{at, closed, event, open, raw};

fn error(dir: &Path) -> LedgerError {
    match Ledger::open(dir) {
        Err(error) => error,
        Ok((_, report)) => panic!("{report:?}"),
    }
}

#[test]
fn a_second_opener_is_told() {
    let dir = tempdir().unwrap();
    let (ledger, _) = open(dir.path());
    assert!(matches!(error(dir.path()), LedgerError::InUse));
    assert!(matches!(Ledger::open_read_only(dir.path()), Err(LedgerError::InUse)));
    drop(ledger);
    let view = Ledger::open_read_only(dir.path()).unwrap();
    Ledger::open_read_only(dir.path()).unwrap();
    assert!(matches!(error(dir.path()), LedgerError::InUse));
    drop(view);
    open(dir.path());
}

#[test]
fn another_tool_holding_the_database_is_told_apart_from_damage() {
    let dir = tempdir().unwrap();
    closed(dir.path(), 2);
    let conn = raw(dir.path());
    conn.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; SELECT * FROM events;").unwrap();
    assert!(matches!(error(dir.path()), LedgerError::InUse));
    drop(conn);
    assert_eq!(open(dir.path()).1.events, 2);
}

#[test]
fn files_and_folder_are_private() {
    let outer = tempdir().unwrap();
    let dir = outer.path().join("a/b");
    let (ledger, _) = open(&dir);
    ledger.append(&at(0), vec![event(None, 0)]).unwrap();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    for name in ["ledger.db", "ledger.db-wal", "ledger.head", "ledger.lock"] {
        assert_eq!(mode(&dir.join(name)), 0o600, "{name}");
    }
    drop(ledger);
    fs::set_permissions(dir.join("ledger.db"), fs::Permissions::from_mode(0o644)).unwrap();
    open(&dir);
    assert_eq!(mode(&dir.join("ledger.db")), 0o600);
}

#[test]
fn links_are_refused() {
    for name in ["ledger.db", "ledger.head"] {
        let dir = tempdir().unwrap();
        closed(dir.path(), 1);
        let (path, moved) = (dir.path().join(name), dir.path().join("moved"));
        fs::hard_link(&path, &moved).unwrap();
        assert!(matches!(error(dir.path()), LedgerError::Linked { kind: "hard-linked", .. }));
        fs::remove_file(&path).unwrap();
        symlink(&moved, &path).unwrap();
        assert!(matches!(error(dir.path()), LedgerError::Linked { kind: "a symbolic link", .. }));
        assert!(matches!(Ledger::open_read_only(dir.path()), Err(LedgerError::Linked { .. })));
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(matches!(error(dir.path()), LedgerError::Linked { kind: "not a regular file", .. }));
    }
}

#[test]
fn read_only_places_are_named_and_can_be_viewed() {
    let dir = tempdir().unwrap();
    let events = closed(dir.path(), 3);
    let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let database = dir.path().canonicalize().unwrap().join("ledger.db");
    set(&database, 0o444);
    assert!(matches!(error(dir.path()), LedgerError::ReadOnly { path } if path == database));
    set(&database, 0o600);
    set(dir.path(), 0o555);
    assert!(matches!(error(dir.path()), LedgerError::ReadOnly { path } if path.ends_with(dir.path())));
    let (view, _) = Ledger::open_read_only(dir.path()).unwrap();
    assert_eq!(view.events(0, 9).unwrap(), events);
    drop(view);
    set(dir.path(), 0o700);
}

#[test]
fn a_newer_format_is_refused_untouched() {
    let newer: [&str; 2] =
        ["PRAGMA user_version = 7", "INSERT INTO migrations VALUES ('999912312359_later', '0')"];
    for sql in newer {
        let dir = tempdir().unwrap();
        closed(dir.path(), 3);
        raw(dir.path()).execute_batch(sql).unwrap();
        let path = dir.path().join("ledger.db");
        let before = (fs::read(&path).unwrap(), path.metadata().unwrap().modified().unwrap());
        assert!(matches!(error(dir.path()), LedgerError::NewerFormat { known: 0, .. }));
        assert!(matches!(Ledger::open_read_only(dir.path()), Err(LedgerError::NewerFormat { .. })));
        assert_eq!((fs::read(&path).unwrap(), path.metadata().unwrap().modified().unwrap()), before);
        assert!(!dir.path().join("ledger.db-wal").exists());
    }
}

#[test]
fn other_files_are_refused_untouched() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("ledger.db");
    fs::write(
        &path,
        "not a database, but long enough to have a header of one hundred bytes if it were one, you see",
    )
    .unwrap();
    let before = fs::read(&path).unwrap();
    assert!(matches!(error(dir.path()), LedgerError::NotALedger { .. }));
    assert_eq!(fs::read(&path).unwrap(), before);
    fs::remove_file(&path).unwrap();
    raw(dir.path()).execute_batch("PRAGMA application_id = 77; CREATE TABLE t (x)").unwrap();
    assert!(matches!(error(dir.path()), LedgerError::NotALedger { .. }));
    assert!(matches!(Ledger::open_read_only(dir.path()), Err(LedgerError::NotALedger { .. })));
}

#[test]
fn viewing_nothing_makes_nothing() {
    let dir = tempdir().unwrap();
    assert!(matches!(Ledger::open_read_only(dir.path()), Err(LedgerError::Absent { .. })));
    assert!(matches!(Ledger::open_read_only(&dir.path().join("x")), Err(LedgerError::Absent { .. })));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn errors_say_what_to_do() {
    let path = Path::new("/data/ledger.db").to_owned();
    let shown = [
        LedgerError::InUse,
        LedgerError::ReadOnly { path },
        LedgerError::Full,
        LedgerError::NewerFormat { found: "3".into(), known: 0 },
        LedgerError::NetworkDrive { path: "/data".into(), fs: "nfs4".into() },
        LedgerError::Missing { path: "/data".into(), seq: 57 },
        LedgerError::Damaged(seaworthy_ledger::Damage::Changed { seq: 12 }),
        LedgerError::Stopped { cause: "disk I/O error".into() },
    ];
    insta::assert_snapshot!(shown.map(|e| e.to_string()).join("\n"), @r"
    another Seaworthy has this ledger open; use that one, or close it first
    /data/ledger.db is read-only; make it writable, or open it for viewing
    the disk is full and nothing was recorded; free some space and try again
    this ledger has format 3 and this version knows up to 0; update Seaworthy, or use the newer version to export a bundle
    /data is on a network drive (nfs4); choose a folder on a local disk
    the ledger file in /data is missing or empty, yet 57 events were recorded; restore a backup, or move ledger.head away to begin anew
    event 12 was changed after it was recorded; open it for viewing and restore a backup
    writing failed and the ledger stopped (disk I/O error); check the disk and open it again
    ");
}
