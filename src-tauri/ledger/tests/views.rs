//! Read models follow the events, and are thrown away when they do not fit them.

use std::fs;

use seaworthy_ledger::views::{
    EventFilter, EventRow, MAX_VIEW_PAGE, Projection, Projector, ReleaseFilter, ReleaseRow, Views,
};
use seaworthy_ledger::{Ledger, LedgerError, NewEvent, StoredEvent};
use serde_json::json;
use tempfile::tempdir;
use uuid::Uuid;

use crate::support::{at, copy_files, event, id, open};

struct Plain {
    version: u32,
    seen: u64,
}

impl Projector for Plain {
    fn version(&self) -> u32 {
        self.version
    }

    fn project(&mut self, stored: &StoredEvent, before: Option<&ReleaseRow>) -> Projection {
        self.seen += 1;
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
    Plain { version: 1, seen: 0 }
}

fn said(release: u128, text: &str, state: &str) -> NewEvent {
    NewEvent { body: json!({"text": text, "state": state}), ..event(Some(id(release)), 0) }
}

fn append(ledger: &Ledger, events: Vec<NewEvent>) {
    ledger.append(&at(0), events).unwrap();
}

fn search(
    views: &Views,
    words: &str,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<EventRow>, LedgerError> {
    views.events(&EventFilter { words: Some(words), ..EventFilter::default() }, before, limit)
}

fn timeline(
    views: &Views,
    of: Uuid,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<EventRow>, LedgerError> {
    views.events(&EventFilter { release: Some(of), ..EventFilter::default() }, before, limit)
}

fn all(views: &Views) -> (Vec<ReleaseRow>, Vec<u64>) {
    let found = search(views, "mast", None, 99).unwrap();
    (views.releases(&ReleaseFilter::default(), None, 99).unwrap(), found.iter().map(|e| e.seq).collect())
}

#[test]
fn lists_are_newest_first_and_continue_by_key() {
    let dir = tempdir().unwrap();
    let (ledger, _) = open(dir.path());
    let mut projector = plain();
    let views = Views::open(dir.path(), &ledger, &mut projector).unwrap();
    append(&ledger, (1..=5).map(|n| said(n, &format!("release {n}"), "planning")).collect());
    append(
        &ledger,
        vec![said(2, "later", "frozen"), NewEvent { project: id(77), ..said(6, "other", "frozen") }],
    );
    assert_eq!(views.follow(&ledger, &mut projector).unwrap(), 7);
    assert_eq!(views.follow(&ledger, &mut projector).unwrap(), 0);

    let page = |filter: &ReleaseFilter, before, limit| -> Vec<(u128, u64)> {
        let rows = views.releases(filter, before, limit).unwrap();
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
    assert_eq!(views.release(id(2)).unwrap().unwrap().name, "release 2");
    assert_eq!(views.release(id(99)).unwrap(), None);

    let line = |rows: Vec<seaworthy_ledger::views::EventRow>| rows.iter().map(|e| e.seq).collect::<Vec<_>>();
    assert_eq!(line(timeline(&views, id(2), None, 9).unwrap()), [6, 2]);
    assert_eq!(line(timeline(&views, id(2), Some(6), 9).unwrap()), [2]);
    let row = timeline(&views, id(2), None, 1).unwrap().remove(0);
    assert_eq!((row.kind.as_str(), row.actor.as_str(), row.text.as_str()), ("note.added", "dana", "later"));
    assert_eq!(row.wall, at(0).wall);
}

#[test]
fn search_takes_words_and_nothing_else() {
    let dir = tempdir().unwrap();
    let (ledger, _) = open(dir.path());
    let texts = ["main mast", "Größe der Mastspitze", "sail \"and\" rope", "NOT a mast", ""];
    append(&ledger, texts.iter().map(|t| said(1, t, "planning")).collect());
    let views = Views::open(dir.path(), &ledger, &mut plain()).unwrap();
    let found = |words: &str| -> Vec<u64> {
        search(&views, words, None, MAX_VIEW_PAGE).unwrap().iter().map(|e| e.seq).collect()
    };
    assert_eq!(found("mast"), [4, 2, 1]);
    assert_eq!(found("main mas"), [1]);
    assert_eq!(found("MAST not"), [4]);
    assert_eq!(found("grosse"), [] as [u64; 0]);
    assert_eq!(found("größe"), [2]);
    assert_eq!(search(&views, "mast", Some(4), 1).unwrap()[0].seq, 2);
    for odd in
        ["", "  ", "\"", "*", "a AND", "(", "text:mast\"", "-", "^mast", "NEAR(", "\0", "mast\" OR \"sail"]
    {
        search(&views, odd, None, 9).unwrap();
    }
    assert_eq!(found("mast\" OR \"sail"), [] as [u64; 0]);
}

#[test]
fn following_and_building_anew_agree() {
    let dir = tempdir().unwrap();
    let (ledger, _) = open(dir.path());
    let mut projector = plain();
    let views = Views::open(dir.path(), &ledger, &mut projector).unwrap();
    for n in 0..40_u128 {
        append(&ledger, vec![said(n % 7, &format!("mast {n}"), ["planning", "frozen"][n as usize % 2])]);
        views.follow(&ledger, &mut projector).unwrap();
    }
    let followed = all(&views);
    drop(views);

    let mut again = plain();
    let views = Views::open(dir.path(), &ledger, &mut again).unwrap();
    assert_eq!((all(&views), again.seen), (followed.clone(), 0));
    drop(views);
    let mut newer = Plain { version: 2, seen: 0 };
    let views = Views::open(dir.path(), &ledger, &mut newer).unwrap();
    assert_eq!((all(&views), newer.seen), (followed.clone(), 40));
    drop(views);
    fs::write(dir.path().join("views.db"), "rubbish").unwrap();
    let mut rebuilt = Plain { version: 2, seen: 0 };
    assert_eq!(all(&Views::open(dir.path(), &ledger, &mut rebuilt).unwrap()), followed);
    assert_eq!(rebuilt.seen, 40);
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
    drop(Views::open(dir.path(), &ledger, &mut plain()).unwrap());

    // Ahead of the ledger, then beside it.
    fs::copy(dir.path().join("views.db"), old.path().join("views.db")).unwrap();
    let (short, _) = open(old.path());
    let views = Views::open(old.path(), &short, &mut plain()).unwrap();
    assert_eq!(all(&views).1, [3, 2, 1]);
    drop(views);
    fs::copy(dir.path().join("views.db"), old.path().join("views.db")).unwrap();
    append(&short, vec![said(3, "mast", "planning"); 4]);
    let views = Views::open(old.path(), &short, &mut plain()).unwrap();
    let ids: Vec<Uuid> = all(&views).0.iter().map(|r| r.id).collect();
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
    let views = Views::open(dir.path(), &ledger, &mut plain()).unwrap();
    let found = |filter: &EventFilter<'_>, before| -> Vec<u64> {
        views.events(filter, before, 9).unwrap().iter().map(|row| row.seq).collect()
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
