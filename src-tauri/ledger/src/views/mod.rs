//! Read models in `views.db`: lists, timelines and search, never trusted over the events.
//!
//! The engine says what an event means through [`Projector`]; this module keeps the rows in step. When the
//! cursor does not match the event it points at, the file is thrown away and built again.

mod follower;
mod query;
mod rows;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OpenFlags};
use uuid::Uuid;

use crate::envelope::StoredEvent;
use crate::error::LedgerError;
use crate::ledger::Ledger;
use crate::place;
use follower::{Follower, Shared};
use rows::Rows;

pub use follower::MAX_BEHIND;
pub use query::{EventFilter, MAX_SEARCH_WORDS, MAX_VIEW_PAGE, ReleaseFilter};

const FILE: &str = "views.db";

/// Of the tables here; another number means: build anew.
const VIEWS_FORMAT: u32 = 1;

/// What one event contributes to the read models.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Projection {
    /// Words people may search for; empty means not searchable.
    pub text: String,
    /// The release row as it is after this event, if the event changes it.
    pub release: Option<ReleaseRow>,
}

/// Turns events into rows. A pure function of the event and the row before it, so that following along and
/// building anew give the same rows.
pub trait Projector {
    /// Changes whenever the same events would give other rows; the views are then built anew.
    fn version(&self) -> u32;

    /// `before` is the row of the event's release as earlier events left it.
    fn project(&mut self, event: &StoredEvent, before: Option<&ReleaseRow>) -> Projection;
}

/// One release in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseRow {
    /// The release.
    pub id: Uuid,
    /// Its project.
    pub project: Uuid,
    /// What people call it.
    pub name: String,
    /// The version it ships.
    pub version: String,
    /// The domain's word for its state.
    pub state: String,
    /// The event that last touched it.
    pub updated_seq: u64,
}

/// One line of a timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// Place in the ledger.
    pub seq: u64,
    /// Its project.
    pub project: Uuid,
    /// Its release, if any.
    pub release: Option<Uuid>,
    /// What happened.
    pub kind: String,
    /// Who did it.
    pub actor: String,
    /// When it was recorded, to the millisecond.
    pub wall: DateTime<Utc>,
    /// The projector's text.
    pub text: String,
}

/// The open read models.
pub struct Views {
    shared: Arc<Shared>,
    #[expect(dead_code, reason = "holding it is its use")]
    follower: Follower,
}

impl Views {
    /// Opens `views.db` in `dir` and follows the ledger to its head; builds anew what does not fit.
    ///
    /// # Errors
    /// What reading the ledger reports, or a disk that refuses the file.
    pub fn open(
        dir: &Path,
        ledger: &Ledger,
        projector: impl Projector + Send + 'static,
    ) -> Result<Self, LedgerError> {
        let dir = place::resolve(dir)?;
        let version = projector.version();
        let projector = Box::new(projector);
        let mut rows = match existing(&dir).and_then(|conn| fitting(conn, ledger, version)) {
            Ok((conn, seq)) => Rows { conn, projector, seq },
            Err(_) => Rows { conn: fresh(&dir, version)?, projector, seq: 0 },
        };
        if rows.follow(ledger).is_err() {
            let Rows { conn, projector, .. } = rows;
            drop(conn);
            rows = Rows { conn: fresh(&dir, version)?, projector, seq: 0 };
            rows.follow(ledger)?;
        }
        let shared = Shared::new(rows);
        Ok(Self { follower: Follower::start(shared.clone()), shared })
    }

    /// Hands over events that were just appended; their rows are written soon, and before anybody reads. Waits only
    /// when [`MAX_BEHIND`] events wait already.
    pub fn offer(&self, events: Vec<StoredEvent>) {
        self.shared.offer(events);
    }

    /// Takes in all events there are, as every question does by itself.
    ///
    /// # Errors
    /// What reading the ledger or writing `views.db` reports; the rows then stay as they were.
    pub fn follow(&self, ledger: &Ledger) -> Result<(), LedgerError> {
        self.shared.current(ledger).map(drop)
    }
}

/// How far the rows have come, if they are of these events and in these words.
fn fitting(conn: Connection, ledger: &Ledger, version: u32) -> Result<(Connection, u64), LedgerError> {
    let (of, seq, hash) = cursor(&conn)?;
    if of != version || hash != hash_at(ledger, seq)? {
        return Err(LedgerError::Stopped { cause: "the views belong to other events".into() });
    }
    Ok((conn, seq))
}

fn cursor(conn: &Connection) -> Result<(u32, u64, Option<Vec<u8>>), LedgerError> {
    Ok(conn.query_row("SELECT projector, seq, hash FROM cursor", [], |row| {
        Ok((row.get(0)?, u64::try_from(row.get::<_, i64>(1)?).unwrap_or(u64::MAX), row.get(2)?))
    })?)
}

fn hash_at(ledger: &Ledger, seq: u64) -> Result<Option<Vec<u8>>, LedgerError> {
    let Some(after) = seq.checked_sub(1) else { return Ok(None) };
    // A cursor beyond the head finds nothing, which no stored cursor equals.
    Ok(Some(ledger.events(after, 1)?.first().map_or(Vec::new(), |e| e.hash.as_bytes().to_vec())))
}

fn connect(path: &Path) -> Result<Connection, LedgerError> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.pragma_update_and_check(None, "locking_mode", "EXCLUSIVE", |_| Ok(()))?;
    conn.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    // Enough to stay consistent through a power cut; what is lost is projected again.
    conn.pragma_update(None, "synchronous", "NORMAL")?;
    Ok(conn)
}

fn existing(dir: &Path) -> Result<Connection, LedgerError> {
    let conn = connect(&dir.join(FILE))?;
    let format: u32 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if format != VIEWS_FORMAT {
        return Err(LedgerError::Stopped { cause: "the views are of another version".into() });
    }
    Ok(conn)
}

fn fresh(dir: &Path, projector: u32) -> Result<Connection, LedgerError> {
    for name in [FILE.to_owned(), format!("{FILE}-wal"), format!("{FILE}-shm"), format!("{FILE}-journal")] {
        let path: PathBuf = dir.join(name);
        match fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(LedgerError::io(&path, e)),
            _ => {}
        }
    }
    place::create_database(dir, FILE)?;
    let mut conn = connect(&dir.join(FILE))?;
    let tx = conn.transaction()?;
    tx.execute_batch(include_str!("schema.sql"))?;
    tx.execute("INSERT INTO cursor (one, projector, seq, hash) VALUES (1, ?1, 0, NULL)", [projector])?;
    tx.pragma_update(None, "user_version", VIEWS_FORMAT)?;
    tx.commit()?;
    Ok(conn)
}
