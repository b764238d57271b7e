//! Opening, in the order that keeps a file we must not touch untouched.

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use rusqlite::Connection;

use crate::anchor::{self, Found, Head};
use crate::chain::Chain;
use crate::error::{Damage, LedgerError, Notice, Regression, RegressionCause};
use crate::ledger::{Anchored, Ledger, Mode, StartReport};
use crate::place::{self, Header};
use crate::store::Store;
use crate::turns::Turns;
use crate::writer::Writer;
use crate::{connect, migrate, verify};

/// Up to this size every start also runs SQLite's own check, which reads everything a second time. Beyond
/// it a person asks for [`Ledger::check_pages`].
const MAX_START_CHECK_BYTES: u64 = 64 * 1024 * 1024;

/// Larger than any event number SQLite can hold.
const ALL: u64 = u64::MAX;

pub(crate) fn for_writing(dir: &Path) -> Result<(Ledger, StartReport), LedgerError> {
    connect::assert_version()?;
    let dir = place::prepare_dir(dir)?;
    let mut notices = place::refuse_network(&dir)?;
    place::refuse_links(&dir)?;
    place::refuse_read_only(&dir)?;
    let hold = place::hold(&dir)?;
    let anchor = anchor::read(&dir)?;
    let created = check_file(&dir, &anchor)?;

    let mut conn = connect::open(&dir)?;
    let done = migrate::applied(&conn)?;
    if done == 0 {
        refuse_missing(&dir, &anchor)?;
    }
    connect::journal(&conn)?;
    migrate::migrate(&mut conn, done)?;
    if done == 0 {
        // The tables and the device id leave the log at once: losing the log must not look like a new ledger.
        connect::checkpoint(&conn)?;
    }
    let chain = sound(&conn)?;
    connect::trust_close(&conn)?;

    let regressed = compare(&conn, &chain, &anchor, &mut notices)?;
    if matches!(anchor, Found::Unreadable) {
        anchor::set_aside(&dir)?;
    }
    let known = if let (Found::Head(head), None) = (&anchor, &regressed) { head.seq } else { 0 };
    let report = report(&chain, created || done == 0, regressed, None, notices);
    let store = Store::new(conn, dir.clone(), chain);
    Ok((assemble(store, dir.as_path(), known, &report, Mode::Writing { hold }), report))
}

/// Looks at the file before SQLite does. True when it had to be made.
fn check_file(dir: &Path, anchor: &Found) -> Result<bool, LedgerError> {
    match place::header(dir)? {
        Header::Absent => {
            refuse_missing(dir, anchor)?;
            place::create_database(dir, place::DATABASE)?;
            Ok(true)
        }
        Header::Empty => refuse_missing(dir, anchor).map(|()| true),
        Header::Ours { format } => {
            migrate::refuse_newer(format)?;
            place::make_private(dir)?;
            Ok(false)
        }
        Header::Other => Err(LedgerError::NotALedger { path: dir.join(place::DATABASE) }),
    }
}

/// A ledger without tables beside an anchor is a loss, never a new beginning. The same goes for a log
/// that has lost its database.
fn refuse_missing(dir: &Path, anchor: &Found) -> Result<(), LedgerError> {
    let seq = match anchor {
        Found::Head(head) => head.seq,
        Found::Unreadable => 1,
        Found::Nothing => return Ok(()),
    };
    Err(LedgerError::Missing { path: dir.to_owned(), seq })
}

/// Events first, so that damage is named by its event where it can be.
fn sound(conn: &Connection) -> Result<Chain, LedgerError> {
    let (mut chain, damage) = inspect(conn)?;
    if let Some(damage) = damage {
        return Err(damage.into());
    }
    chain.wall = newest_wall(conn, &chain)?;
    Ok(chain)
}

fn inspect(conn: &Connection) -> Result<(Chain, Option<Damage>), LedgerError> {
    let device = migrate::device(conn)?;
    let verified = verify::verify(conn, device, ALL)?;
    let damage = match verified.damage {
        Some(damage) => Some(damage),
        None => match migrate::check_schema(conn) {
            Ok(()) if bytes(conn)? <= MAX_START_CHECK_BYTES => verify::check_pages(conn),
            Ok(()) => None,
            Err(LedgerError::Damaged(damage)) => Some(damage),
            Err(other) => return Err(other),
        },
    };
    Ok((verified.chain, damage))
}

fn bytes(conn: &Connection) -> Result<u64, LedgerError> {
    let pages: u32 = conn.pragma_query_value(None, "page_count", |row| row.get(0))?;
    let page: u32 = conn.pragma_query_value(None, "page_size", |row| row.get(0))?;
    Ok(u64::from(pages) * u64::from(page))
}

fn newest_wall(
    conn: &Connection,
    chain: &Chain,
) -> Result<Option<chrono::DateTime<chrono::Utc>>, LedgerError> {
    if chain.seq == 0 {
        return Ok(None);
    }
    let bytes: Vec<u8> =
        conn.query_row("SELECT bytes FROM events WHERE seq = ?1", [chain.seq as i64], |r| r.get(0))?;
    let newest = crate::envelope::StoredEvent::read(bytes)
        .map_err(|e| Damage::Unreadable { seq: chain.seq, detail: e.to_string() })?;
    Ok(Some(newest.event.at.wall))
}

fn compare(
    conn: &Connection,
    chain: &Chain,
    anchor: &Found,
    notices: &mut Vec<Notice>,
) -> Result<Option<Regression>, LedgerError> {
    let anchor = match anchor {
        Found::Head(head) => head,
        Found::Nothing => {
            notices.extend((chain.seq > 0).then_some(Notice::AnchorMissing));
            return Ok(None);
        }
        Found::Unreadable => {
            notices.push(Notice::AnchorUnreadable);
            return Ok(None);
        }
    };
    let cause = if anchor.device != chain.device {
        Some(RegressionCause::OtherDevice)
    } else if anchor.seq > chain.seq {
        Some(RegressionCause::Behind)
    } else if hash_at(conn, anchor.seq)? != anchor.hash.map(|h| h.as_bytes().to_vec()) {
        Some(RegressionCause::Rewritten)
    } else {
        None
    };
    Ok(cause.map(|cause| Regression { anchor: anchor.clone(), head: chain.head(), cause }))
}

fn hash_at(conn: &Connection, seq: u64) -> Result<Option<Vec<u8>>, LedgerError> {
    use rusqlite::OptionalExtension as _;
    Ok(conn.query_row("SELECT hash FROM events WHERE seq = ?1", [seq as i64], |row| row.get(0)).optional()?)
}

pub(crate) fn for_viewing(dir: &Path) -> Result<(Ledger, StartReport), LedgerError> {
    connect::assert_version()?;
    let dir = place::resolve(dir)?;
    place::refuse_links(&dir)?;
    let hold = place::hold_shared(&dir)?;
    match place::header(&dir)? {
        Header::Absent | Header::Empty => return Err(LedgerError::Absent { path: dir }),
        Header::Ours { format } => migrate::refuse_newer(format)?,
        Header::Other => return Err(LedgerError::NotALedger { path: dir.join(place::DATABASE) }),
    }
    let (conn, copy) = open_view(&dir)?;
    if migrate::applied(&conn)? == 0 {
        return Err(LedgerError::Absent { path: dir });
    }
    let (mut chain, damage) = inspect(&conn)?;
    if let Some(seq) = damage.as_ref().and_then(Damage::seq) {
        // What the chains looked like just before the damage.
        chain = verify::verify(&conn, chain.device, seq - 1)?.chain;
    }
    chain.wall = newest_wall(&conn, &chain)?;
    let mut notices = Vec::new();
    let regressed = match damage {
        Some(_) => None,
        None => compare(&conn, &chain, &anchor::read(&dir)?, &mut notices)?,
    };
    let report = report(&chain, false, regressed, damage, notices);
    let store = Store::new(conn, dir.clone(), chain);
    let mode = Mode::Viewing { hold, copy, file: dir.join(place::DATABASE) };
    Ok((assemble(store, &dir, 0, &report, mode), report))
}

/// Without a log the file is complete and is read in place. With one, SQLite would have to write beside
/// it, so a private copy of both is opened instead.
fn open_view(dir: &Path) -> Result<(Connection, Option<tempfile::TempDir>), LedgerError> {
    if place::wal_bytes(dir) == 0 {
        return Ok((connect::open_immutable(dir)?, None));
    }
    let copy = tempfile::tempdir().map_err(|e| LedgerError::io(dir, e))?;
    for name in [place::DATABASE, place::WAL] {
        let (from, to) = (dir.join(name), copy.path().join(name));
        fs::copy(&from, &to).map_err(|e| LedgerError::io(&from, e))?;
    }
    place::make_private(copy.path())?;
    let conn = connect::open(&copy.path().canonicalize().map_err(|e| LedgerError::io(dir, e))?)?;
    Ok((conn, Some(copy)))
}

fn report(
    chain: &Chain,
    created: bool,
    regressed: Option<Regression>,
    damage: Option<Damage>,
    notices: Vec<Notice>,
) -> StartReport {
    StartReport { events: chain.seq, head: chain.head(), created, regressed, damage, notices }
}

fn assemble(store: Store, dir: &Path, anchored: u64, report: &StartReport, mode: Mode) -> Ledger {
    let head: Head = report.head.clone();
    Ledger {
        store: Turns::new(store),
        writer: Writer::new(head.device),
        dir: dir.to_owned(),
        head: Mutex::new(head),
        anchored: Mutex::new(Anchored { seq: anchored, renewed: None }),
        regressed: Mutex::new(report.regressed.clone()),
        mode,
    }
}
