//! The rows themselves: one connection, one projector, and how far both have come.

use rusqlite::{Connection, Transaction, params};
use uuid::Uuid;

use super::{Projector, query};
use crate::envelope::StoredEvent;
use crate::error::LedgerError;
use crate::ledger::{Ledger, MAX_READ_PAGE};

/// What is known of the events up to number `seq`.
pub(super) struct Rows {
    pub(super) conn: Connection,
    pub(super) projector: Box<dyn Projector + Send>,
    pub(super) seq: u64,
}

impl Rows {
    /// Takes in all events there are.
    pub(super) fn follow(&mut self, ledger: &Ledger) -> Result<(), LedgerError> {
        while self.seq < ledger.head().seq {
            let page = ledger.events(self.seq, MAX_READ_PAGE)?;
            if page.is_empty() {
                break;
            }
            self.take_in(&page)?;
        }
        Ok(())
    }

    /// Takes in those of `events` that come next without a gap, in one transaction. The ledger has the others too.
    pub(super) fn take_in(&mut self, events: &[StoredEvent]) -> Result<(), LedgerError> {
        let mut next = self.seq + 1;
        let new = events.iter().filter(|event| {
            let comes_next = event.event.seq == next;
            next += u64::from(comes_next);
            comes_next
        });
        let mut newest = None;
        let tx = self.conn.transaction()?;
        for event in new {
            write(&tx, event, self.projector.as_mut())?;
            newest = Some(event);
        }
        let Some(newest) = newest else { return Ok(()) };
        tx.prepare_cached("UPDATE cursor SET seq = ?1, hash = ?2")?
            .execute(params![newest.event.seq as i64, newest.hash.as_bytes()])?;
        tx.commit()?;
        self.seq = newest.event.seq;
        Ok(())
    }
}

fn write(
    tx: &Transaction<'_>,
    stored: &StoredEvent,
    projector: &mut dyn Projector,
) -> Result<(), LedgerError> {
    let event = &stored.event;
    let before = match event.release {
        Some(id) => query::release(tx, id)?,
        None => None,
    };
    let projection = projector.project(stored, before.as_ref());
    tx.prepare_cached(
        "INSERT INTO event_rows (seq, project, release, kind, actor, wall_ms, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        event.seq as i64,
        event.project.as_bytes(),
        event.release.as_ref().map(Uuid::as_bytes),
        event.kind,
        event.actor,
        event.at.wall.timestamp_millis(),
        projection.text
    ])?;
    if !projection.text.is_empty() {
        tx.prepare_cached("INSERT INTO search (rowid, text) VALUES (?1, ?2)")?
            .execute(params![event.seq as i64, projection.text])?;
    }
    if let Some(row) = projection.release {
        tx.prepare_cached(
            "INSERT OR REPLACE INTO releases (id, project, name, version, state, updated_seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            row.id.as_bytes(),
            row.project.as_bytes(),
            row.name,
            row.version,
            row.state,
            row.updated_seq as i64
        ])?;
    }
    Ok(())
}
