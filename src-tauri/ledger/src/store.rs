//! SQL on the one connection, and what happens to it when the disk fails.

use std::path::PathBuf;

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use uuid::Uuid;

use crate::chain::Chain;
use crate::connect;
use crate::envelope::StoredEvent;
use crate::error::{Damage, LedgerError};
use crate::hash::EventHash;
use crate::{migrate, place, verify};

/// The connection with the chains it carries.
pub(crate) struct Store {
    /// `None` once a failure could not be verified away.
    conn: Option<Connection>,
    dir: PathBuf,
    pub(crate) chain: Chain,
}

fn seq_column(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

impl Store {
    pub(crate) fn new(conn: Connection, dir: PathBuf, chain: Chain) -> Self {
        Self { conn: Some(conn), dir, chain }
    }

    fn conn(&mut self) -> Result<&mut Connection, LedgerError> {
        self.conn.as_mut().ok_or_else(|| LedgerError::Stopped { cause: "an earlier write failed".into() })
    }

    /// Makes events durable: all of them, or none.
    pub(crate) fn commit(&mut self, events: &[StoredEvent]) -> Result<(), LedgerError> {
        let error = match insert(self.conn()?, events) {
            Ok(()) => {
                self.chain.adopt(events);
                return Ok(());
            }
            Err(error) => error,
        };
        if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull) {
            return Err(LedgerError::Full);
        }
        self.recover(&error, events)
    }

    /// After a failed write nothing in memory is to be believed: the same pages may be clean in the cache
    /// and missing on the disk. Reopening reads the log afresh and the checkpoint writes it all again, so
    /// what verifies afterwards is durable.
    fn recover(&mut self, error: &rusqlite::Error, events: &[StoredEvent]) -> Result<(), LedgerError> {
        let cause = error.to_string();
        match self.reopen() {
            Ok(found) if found == self.chain.hash => Err(LedgerError::NotRecorded { cause }),
            Ok(found) if found.is_some() && found == events.last().map(|e| e.hash) => {
                self.chain.adopt(events);
                Ok(())
            }
            Ok(_) => {
                self.conn = None;
                Err(LedgerError::Stopped { cause: format!("{cause}; the newest event is another one") })
            }
            Err(again) => Err(LedgerError::Stopped { cause: format!("{cause}; then {again}") }),
        }
    }

    /// Opens the file anew and returns the hash of the newest event, computed from its bytes.
    fn reopen(&mut self) -> Result<Option<EventHash>, LedgerError> {
        if let Some(old) = self.conn.take() {
            connect::distrust_close(&old)?;
            old.close().map_err(|(_, e)| e)?;
        }
        let conn = connect::open(&self.dir)?;
        connect::journal(&conn)?;
        if migrate::device(&conn)? != self.chain.device {
            return Err(LedgerError::NotALedger { path: self.dir.join(place::DATABASE) });
        }
        connect::checkpoint(&conn)?;
        connect::trust_close(&conn)?;
        let newest = conn
            .query_row("SELECT seq, hash, bytes FROM events ORDER BY seq DESC LIMIT 1", [], |row| {
                Ok(stored(row))
            })
            .optional()?
            .transpose()?;
        self.conn = Some(conn);
        Ok(newest.map(|event| event.hash))
    }

    /// Folds the log into the database. A failure leads through the same door as a failed commit.
    pub(crate) fn checkpoint(&mut self) -> Result<(), LedgerError> {
        match connect::checkpoint(self.conn()?) {
            Ok(()) => Ok(()),
            Err(e) if e.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull) => Err(LedgerError::Full),
            Err(e) => match self.recover(&e, &[]) {
                Err(LedgerError::NotRecorded { .. }) => Ok(()),
                other => other,
            },
        }
    }

    pub(crate) fn check_pages(&mut self) -> Result<(), LedgerError> {
        verify::check_pages(self.conn()?).map_or(Ok(()), |damage| Err(damage.into()))
    }

    /// Up to `limit` events after `seq`, oldest first.
    pub(crate) fn after(&mut self, seq: u64, limit: usize) -> Result<Vec<StoredEvent>, LedgerError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut query = self
            .conn()?
            .prepare_cached("SELECT seq, hash, bytes FROM events WHERE seq > ?1 ORDER BY seq LIMIT ?2")?;
        let mut rows = query.query(params![seq_column(seq), limit])?;
        let mut events = Vec::new();
        while let Some(row) = rows.next()? {
            events.push(stored(row)?);
        }
        Ok(events)
    }

    /// The events with places `after + 1 ..= after + limit` in one release's chain.
    pub(crate) fn of_release(
        &mut self,
        release: Uuid,
        after: usize,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, LedgerError> {
        let seqs: Vec<u64> = match self.chain.releases.get(&release) {
            Some(chain) => chain.seqs.iter().skip(after).take(limit).copied().collect(),
            None => return Ok(Vec::new()),
        };
        let mut query = self.conn()?.prepare_cached("SELECT seq, hash, bytes FROM events WHERE seq = ?1")?;
        seqs.into_iter()
            .map(|seq| {
                query
                    .query_row([seq_column(seq)], |row| Ok(stored(row)))
                    .optional()?
                    .unwrap_or(Err(Damage::Gap { seq }.into()))
            })
            .collect()
    }
}

/// One event is one statement, which is a transaction of its own. The words around several are kept prepared as well:
/// reading them anew takes longer than writing a row.
fn insert(conn: &Connection, events: &[StoredEvent]) -> Result<(), rusqlite::Error> {
    if let [event] = events {
        return write_rows(conn, std::slice::from_ref(event));
    }
    conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let written =
        write_rows(conn, events).and_then(|()| conn.prepare_cached("COMMIT")?.execute([]).map(|_| ()));
    if written.is_err() && !conn.is_autocommit() {
        // The first error is the one to tell; a connection that cannot roll back is reopened by the caller.
        let _ = conn.execute_batch("ROLLBACK");
    }
    written
}

fn write_rows(conn: &Connection, events: &[StoredEvent]) -> Result<(), rusqlite::Error> {
    let mut query = conn.prepare_cached("INSERT INTO events (seq, hash, bytes) VALUES (?1, ?2, ?3)")?;
    for StoredEvent { event, hash, bytes } in events {
        query.execute(params![seq_column(event.seq), hash.as_bytes(), bytes])?;
    }
    Ok(())
}

/// A row whose bytes have the stored hash and read as an event of that number.
fn stored(row: &Row<'_>) -> Result<StoredEvent, LedgerError> {
    let seq = u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0);
    let hash: [u8; 32] = row.get(1)?;
    let event = StoredEvent::read(row.get(2)?)
        .map_err(|e| Damage::Unreadable { seq, detail: e.to_string() })
        .map_err(LedgerError::Damaged)?;
    if event.hash.as_bytes() != &hash || event.event.seq != seq {
        return Err(Damage::Changed { seq }.into());
    }
    Ok(event)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::Draft;
    use crate::envelope::{At, NewEvent};
    use crate::ledger::Ledger;
    use crate::prepared::Prepared;

    fn next(store: &Store, bytes: usize) -> Vec<StoredEvent> {
        let at = At { wall: chrono::DateTime::UNIX_EPOCH, boot_ms: 0, boot_id: "b".into() };
        let event = NewEvent {
            actor: "dana".into(),
            project: Uuid::nil(),
            release: Some(Uuid::nil()),
            kind: "note.added".into(),
            body: "x".repeat(bytes).into(),
        };
        let mut draft = Draft::on(&store.chain);
        draft.extend(vec![Prepared::new(event, &at, store.chain.device).unwrap()]).unwrap();
        draft.into_events()
    }

    fn trouble(during: impl Fn(&Connection), expected: impl Fn(&LedgerError) -> bool) {
        let dir = tempfile::tempdir().unwrap();
        let (ledger, _) = Ledger::open(dir.path()).unwrap();
        ledger.store.write(|store| {
            store.commit(&next(store, 10)).unwrap();
            during(store.conn().unwrap());
            let error = store.commit(&next(store, 60_000)).unwrap_err();
            assert!(expected(&error), "{error:?}");
            assert_eq!(store.chain.seq, 1);
            store.conn().unwrap().pragma_update_and_check(None, "max_page_count", 1000, |_| Ok(())).unwrap();
            store.commit(&next(store, 10)).unwrap();
            assert_eq!(store.after(0, 9).unwrap().len(), 2);
            assert_eq!(store.of_release(Uuid::nil(), 1, 9).unwrap()[0].event.rel_seq, Some(2));
        });
        drop(ledger);
        assert_eq!(Ledger::open(dir.path()).unwrap().1.events, 2);
    }

    #[test]
    fn a_full_disk_records_nothing_and_is_over_when_there_is_room() {
        let fill =
            |conn: &Connection| conn.pragma_update_and_check(None, "max_page_count", 1, |_| Ok(())).unwrap();
        trouble(fill, |e| matches!(e, LedgerError::Full));
    }

    #[test]
    fn any_other_failure_reopens_and_verifies() {
        let refuse = |conn: &Connection| conn.pragma_update(None, "query_only", true).unwrap();
        trouble(refuse, |e| matches!(e, LedgerError::NotRecorded { .. }));
    }

    #[test]
    fn a_history_that_changed_meanwhile_stops_the_store() {
        let dir = tempfile::tempdir().unwrap();
        let (ledger, _) = Ledger::open(dir.path()).unwrap();
        ledger.store.write(|store| {
            store.commit(&next(store, 10)).unwrap();
            let foreign = next(store, 20);
            insert(store.conn().unwrap(), &foreign).unwrap();
            let error = store.commit(&next(store, 10)).unwrap_err();
            assert!(matches!(error, LedgerError::Stopped { .. }), "{error:?}");
            assert!(matches!(store.commit(&next(store, 10)), Err(LedgerError::Stopped { .. })));
            assert!(matches!(store.after(0, 9), Err(LedgerError::Stopped { .. })));
        });
    }

    #[test]
    fn a_commit_that_reached_the_disk_after_all_counts() {
        let dir = tempfile::tempdir().unwrap();
        let (ledger, _) = Ledger::open(dir.path()).unwrap();
        ledger.store.write(|store| {
            let events = next(store, 10);
            insert(store.conn().unwrap(), &events).unwrap();
            // The same rows once more fail, as a commit does whose sync reported an error too late.
            store.commit(&events).unwrap();
            assert_eq!(store.chain.hash, Some(events[0].hash));
        });
    }
}
