//! Read models follow the events, and are thrown away when they do not fit them.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::SeqCst;

use seaworthy_ledger::views::{
    EventFilter, EventRow, MAX_BEHIND, MAX_VIEW_PAGE, Projection, Projector, ReleaseFilter, ReleaseRow, Views,
};
use seaworthy_ledger::{Ledger, LedgerError, NewEvent, StoredEvent};
use serde_json::json;
use tempfile::tempdir;
use uuid::Uuid;

use crate::support::{at, copy_files, event, id, open};

#[derive(Clone)]
struct Plain {
    version: u32,
    seen: Arc<AtomicU64>,
}

impl Plain {
    fn of(version: u32) -> Self {
        Self { version, seen: Arc::default() }
    }

    fn seen(&self) -> u64 {
        self.seen.load(SeqCst)
    }
}

impl Projector for Plain {
    fn version(&self) -> u32 {
        self.version
    }

    fn project(&mut self, stored: &StoredEvent, before: Option<&ReleaseRow>) -> Projection {
        self.seen.fetch_add(1, SeqCst);
        let event = &stored.event;
        let text = event.body["text"].as_str().unwrap_or_default().to_owned();
        let release = event.release.map(|release| ReleaseRow {
            id: release,
            project: event.project,
            name: before.map_or_else(|| text.clone(), |row| row.name.clone()),
            version: "1.0".into(),
            state: event.body["state"].as_str().unwrap_or("planning").into(),
            updated_seq: event.seq,
        });
        Projection { text, release }
    }
}

fn plain() -> Plain {
    Plain::of(1)
}

fn said(release: u128, text: &str, state: &str) -> NewEvent {
    NewEvent { body: json!({"text": text, "state": state}), ..event(Some(id(release)), 0) }
}

fn append(ledger: &Ledger, events: Vec<NewEvent>) {
    ledger.append(&at(0), events).unwrap();
}

fn search(
    (views, ledger): (&Views, &Ledger),
    words: &str,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<EventRow>, LedgerError> {
    views.events(ledger, &EventFilter { words: Some(words), ..EventFilter::default() }, before, limit)
}

fn timeline(
    (views, ledger): (&Views, &Ledger),
    of: Uuid,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<EventRow>, LedgerError> {
    views.events(ledger, &EventFilter { release: Some(of), ..EventFilter::default() }, before, limit)
}

fn all(views: &Views, ledger: &Ledger) -> (Vec<ReleaseRow>, Vec<u64>) {
    let found = search((views, ledger), "mast", None, 99).unwrap();
    (
        views.releases(ledger, &ReleaseFilter::default(), None, 99).unwrap(),
        found.iter().map(|e| e.seq).collect(),
    )
}

#[test]
fn lists_are_newest_first_and_continue_by_key() {
    let dir = tempdir().unwrap();
    let (ledger, _) = open(dir.path());
    let views = Views::open(dir.path(), &ledger, plain()).unwrap();
    append(&ledger, (1..=5).map(|n| said(n, &format!("release {n}"), "planning")).collect());
    append(
        &ledger,
        vec![said(2, "later", "frozen"), NewEvent { project: id(77), ..said(6, "other", "frozen") }],
    );

    let page = |filter: &ReleaseFilter, before, limit| -> Vec<(u128, u64)> {
        let rows = views.releases(&ledger, filter, before, limit).unwrap();
        rows.iter().map(|r| (r.id.as_u128(), r.updated_seq)).collect()
    };
    let every = ReleaseFilter::default();
    assert_eq!(page(&every, None, 3), [(6, 7), (2, 6), (5, 5)]);
    assert_eq!(page(&every, Some(5), 3), [(4, 4), (3, 3), (1, 1)]);
    let frozen = ReleaseFilter { state: Some("frozen".into()), ..every };
    assert_eq!(page(&frozen, None, 9), [(6, 7), (2, 6)]);
    let ours = ReleaseFilter { project: Some(id(1)), ..frozen };
    assert_eq!(page(&ours, None, 9), [(2, 6)]);
    assert_eq!(page(&ReleaseFilter { project: Some(id(77)), state: None }, None, 9), [(6, 7)]);
    assert_eq!(views.release(&ledger, id(2)).unwrap().unwrap().name, "release 2");
    assert_eq!(views.release(&ledger, id(99)).unwrap(), None);

    let line = |rows: Vec<seaworthy_ledger::views::EventRow>| rows.iter().map(|e| e.seq).collect::<Vec<_>>();
    assert_eq!(line(timeline((&views, &ledger), id(2), None, 9).unwrap()), [6, 2]);
    assert_eq!(line(timeline((&views, &ledger), id(2), Some(6), 9).unwrap()), [2]);
    let row = timeline((&views, &ledger), id(2), None, 1).unwrap().remove(0);
    assert_eq!((row.kind.as_str(), row.actor.as_str(), row.text.as_str()), ("note.added", "dana", "later"));
    assert_eq!(row.wall, at(0).wall);
}

#[test]
fn search_takes_words_and_nothing_else() {
    let dir = tempdir().unwrap();
    let (ledger, _) = open(dir.path());
    let texts = ["main mast", "Größe der Mastspitze", "sail \"and\" rope", "NOT a mast", ""];
    append(&ledger, texts.iter().map(|t| said(1, t, "planning")).collect());
    let views = Views::open(dir.path(), &ledger, plain()).unwrap();
    let found = |words: &str| -> Vec<u64> {
        search((&views, &ledger), words, None, MAX_VIEW_PAGE).unwrap().iter().map(|e| e.seq).collect()
    };
    assert_eq!(found("mast"), [4, 2, 1]);
    assert_eq!(found("main mas"), [1]);
    assert_eq!(found("MAST not"), [4]);
    assert_eq!(found("grosse"), [] as [u64; 0]);
    assert_eq!(found("größe"), [2]);
    assert_eq!(search((&views, &ledger), "mast", Some(4), 1).unwrap()[0].seq, 2);
    for odd in
        ["", "  ", "\"", "*", "a AND", "(", "text:mast\"", "-", "^mast", "NEAR(", "\0", "mast\" OR \"sail"]
    {
        search((&views, &ledger), odd, None, 9).unwrap();
    }
    assert_eq!(found("mast\" OR \"sail"), [] as [u64; 0]);
}

#[test]
fn following_and_building_anew_agree() {
    let dir = tempdir().unwrap();
    let (ledger, _) = open(dir.path());
    let views = Views::open(dir.path(), &ledger, plain()).unwrap();
    for n in 0..40_u128 {
        append(&ledger, vec![said(n % 7, &format!("mast {n}"), ["planning", "frozen"][n as usize % 2])]);
        views.follow(&ledger).unwrap();
    }
    let followed = all(&views, &ledger);
    drop(views);

    let again = plain();
    let views = Views::open(dir.path(), &ledger, again.clone()).unwrap();
    assert_eq!((all(&views, &ledger), again.seen()), (followed.clone(), 0));
    drop(views);
    let newer = Plain::of(2);
    let views = Views::open(dir.path(), &ledger, newer.clone()).unwrap();
    assert_eq!((all(&views, &ledger), newer.seen()), (followed.clone(), 40));
    drop(views);
    fs::write(dir.path().join("views.db"), "rubbish").unwrap();
    let rebuilt = Plain::of(2);
    let views = Views::open(dir.path(), &ledger, rebuilt.clone()).unwrap();
    assert_eq!((all(&views, &ledger), rebuilt.seen()), (followed, 40));
}

#[test]
fn views_of_other_events_are_thrown_away() {
    let (dir, old) = (tempdir().unwrap(), tempdir().unwrap());
    let (ledger, _) = open(dir.path());
    append(&ledger, vec![said(1, "mast", "planning"); 3]);
    drop(ledger);
    copy_files(dir.path(), old.path());
    let (ledger, _) = open(dir.path());
    append(&ledger, vec![said(2, "mast", "planning"); 3]);
    drop(Views::open(dir.path(), &ledger, plain()).unwrap());

    // Ahead of the ledger, then beside it.
    fs::copy(dir.path().join("views.db"), old.path().join("views.db")).unwrap();
    let (short, _) = open(old.path());
    let views = Views::open(old.path(), &short, plain()).unwrap();
    assert_eq!(all(&views, &short).1, [3, 2, 1]);
    drop(views);
    fs::copy(dir.path().join("views.db"), old.path().join("views.db")).unwrap();
    append(&short, vec![said(3, "mast", "planning"); 4]);
    let views = Views::open(old.path(), &short, plain()).unwrap();
    let ids: Vec<Uuid> = all(&views, &short).0.iter().map(|r| r.id).collect();
    assert_eq!(ids, [id(3), id(1)]);
}

#[test]
fn a_filter_takes_only_what_fits_every_part_of_it() {
    let dir = tempdir().unwrap();
    let (ledger, _) = open(dir.path());
    let kind = |release, kind: &str, text| NewEvent { kind: kind.into(), ..said(release, text, "planning") };
    let events = [
        kind(1, "hold.set", "mast"),
        kind(1, "op.intended", "mast"),
        kind(2, "hold.set", "mast"),
        kind(1, "hold.set", "sail"),
        kind(1, "hold.lifted", "mast"),
    ];
    append(&ledger, events.to_vec());
    let views = Views::open(dir.path(), &ledger, plain()).unwrap();
    let found = |filter: &EventFilter<'_>, before| -> Vec<u64> {
        views.events(&ledger, filter, before, 9).unwrap().iter().map(|row| row.seq).collect()
    };
    let holds = EventFilter { kinds: &["hold.set", "hold.lifted"], ..EventFilter::default() };
    assert_eq!(found(&EventFilter::default(), None), [5, 4, 3, 2, 1]);
    assert_eq!(found(&holds, None), [5, 4, 3, 1]);
    assert_eq!(found(&EventFilter { release: Some(id(1)), ..holds }, None), [5, 4, 1]);
    let all = EventFilter { release: Some(id(1)), words: Some("mast"), ..holds };
    assert_eq!(found(&all, None), [5, 1]);
    assert_eq!(found(&all, Some(5)), [1]);
    assert_eq!(found(&EventFilter { kinds: &["no.such"], ..all }, None), [] as [u64; 0]);
}

/// Every row of every table, search included, as SQLite has it.
fn dump(dir: &std::path::Path) -> Vec<String> {
    let conn = rusqlite::Connection::open(dir.join("views.db")).unwrap();
    let mut rows = Vec::new();
    for table in ["cursor", "event_rows", "releases", "search"] {
        let mut query = conn
            .prepare(&format!("SELECT rowid, * FROM {table} ORDER BY rowid"))
            .or_else(|_| conn.prepare(&format!("SELECT * FROM {table}")));
        let query = query.as_mut().unwrap();
        let columns = query.column_count();
        let mut found = query.query([]).unwrap();
        while let Some(row) = found.next().unwrap() {
            let values: Vec<_> = (0..columns).map(|n| format!("{:?}", row.get_ref(n).unwrap())).collect();
            rows.push(format!("{table}: {}", values.join(" | ")));
        }
    }
    rows
}

#[test]
fn what_was_offered_is_there_for_whoever_reads() {
    let dir = tempdir().unwrap();
    let (ledger, _) = open(dir.path());
    let views = Views::open(dir.path(), &ledger, plain()).unwrap();
    for n in 1..=300_u64 {
        views.offer(ledger.append(&at(n), vec![said(u128::from(n % 7), "mast", "planning")]).unwrap());
        let newest = views.events(&ledger, &EventFilter::default(), None, 1).unwrap();
        assert_eq!(newest[0].seq, n);
    }
    assert_eq!(search((&views, &ledger), "mast", None, 1).unwrap()[0].seq, 300);
}

#[test]
fn rows_written_behind_are_those_of_a_rebuild() {
    let dir = tempdir().unwrap();
    let (ledger, _) = open(dir.path());
    let views = Views::open(dir.path(), &ledger, plain()).unwrap();
    for n in 0..200_u64 {
        let stored =
            ledger.append(&at(n), vec![said(u128::from(n % 7), &format!("mast {n}"), "frozen"); 3]).unwrap();
        match n % 10 {
            // Lost, twice, and in pieces that are out of order.
            3 => {}
            4 => (0..2).for_each(|_| views.offer(stored.clone())),
            5 => stored.into_iter().rev().for_each(|event| views.offer(vec![event])),
            _ => views.offer(stored),
        }
        if n % 50 == 0 {
            views.follow(&ledger).unwrap();
        }
    }
    views.follow(&ledger).unwrap();
    drop(views);
    let behind = dump(dir.path());
    fs::remove_file(dir.path().join("views.db")).unwrap();
    drop(Views::open(dir.path(), &ledger, plain()).unwrap());
    assert_eq!(behind, dump(dir.path()));
    assert_eq!(behind.len(), 1 + 600 + 7 + 600);
}

#[test]
fn a_projector_that_panics_stops_no_append() {
    struct Panics;
    impl Projector for Panics {
        fn version(&self) -> u32 {
            1
        }
        fn project(&mut self, _: &StoredEvent, _: Option<&ReleaseRow>) -> Projection {
            panic!("a projector must not panic")
        }
    }
    let dir = tempdir().unwrap();
    let (ledger, _) = open(dir.path());
    let views = Views::open(dir.path(), &ledger, Panics).unwrap();
    let stored = ledger.append(&at(0), vec![said(1, "mast", "planning")]).unwrap();
    for _ in 0..MAX_BEHIND + 10 {
        views.offer(stored.clone());
    }
}
