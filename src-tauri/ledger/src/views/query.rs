//! Questions to the read models: one page each, newest first, continued by the last key seen. Each catches up with
//! the ledger before it answers.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, ToSql, params};
use uuid::Uuid;

use super::{EventRow, ReleaseRow, Views};
use crate::error::LedgerError;
use crate::ledger::Ledger;

/// Rows in one answer.
pub const MAX_VIEW_PAGE: usize = 200;

/// Words of a search that count; more would only slow it down.
pub const MAX_SEARCH_WORDS: usize = 16;

const RELEASE_COLUMNS: &str = "id, project, name, version, state, updated_seq";
const EVENT_COLUMNS: &str = "seq, project, release, kind, actor, wall_ms, e.text";

/// Which releases a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReleaseFilter {
    /// Only of this project.
    pub project: Option<Uuid>,
    /// Only in this state.
    pub state: Option<String>,
}

/// Which events a page shows; what is absent asks for nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventFilter<'a> {
    /// Only of this release.
    pub release: Option<Uuid>,
    /// Only of these kinds; empty means of every kind.
    pub kinds: &'a [&'a str],
    /// Only those whose text has all the words, the last one as a beginning. Words without a letter or a figure
    /// match nothing.
    pub words: Option<&'a str>,
}

impl Views {
    /// Releases by their last change, newest first; `before` is the last `updated_seq` of the page before.
    ///
    /// # Errors
    /// As [`Views::follow`], and what SQLite reports.
    pub fn releases(
        &self,
        ledger: &Ledger,
        filter: &ReleaseFilter,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<ReleaseRow>, LedgerError> {
        // One text per combination lets each use its own index instead of testing rows.
        let clause = match (&filter.project, &filter.state) {
            (None, None) => "?3 IS NULL AND ?4 IS NULL",
            (Some(_), None) => "project = ?3 AND ?4 IS NULL",
            (None, Some(_)) => "?3 IS NULL AND state = ?4",
            (Some(_), Some(_)) => "project = ?3 AND state = ?4",
        };
        let sql = format!(
            "SELECT {RELEASE_COLUMNS} FROM releases WHERE {clause} AND updated_seq < ?1 ORDER BY updated_seq DESC LIMIT ?2"
        );
        let rows = self.shared.current(ledger)?;
        let mut query = rows.conn.prepare_cached(&sql)?;
        let project = filter.project.as_ref().map(Uuid::as_bytes);
        let found =
            query.query_map(params![bound(before), page(limit), project, filter.state], release_row)?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// One release's row.
    ///
    /// # Errors
    /// As [`Views::follow`], and what SQLite reports.
    pub fn release(&self, ledger: &Ledger, id: Uuid) -> Result<Option<ReleaseRow>, LedgerError> {
        release(&self.shared.current(ledger)?.conn, id)
    }

    /// Events that fit `filter`, newest first; `before` is the last `seq` of the page before.
    ///
    /// # Errors
    /// As [`Views::follow`], and what SQLite reports.
    pub fn events(
        &self,
        ledger: &Ledger,
        filter: &EventFilter<'_>,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<EventRow>, LedgerError> {
        let words = match filter.words.map(expression) {
            Some(None) => return Ok(Vec::new()),
            words => words.flatten(),
        };
        let (table, key, matching) = match &words {
            Some(_) => ("search s JOIN event_rows e ON e.seq = s.rowid", "s.rowid", "search MATCH ?3"),
            None => ("event_rows e", "seq", "?3 IS NULL"),
        };
        // One text per combination lets each use its own index instead of testing rows.
        let release = if filter.release.is_some() { "release = ?4" } else { "?4 IS NULL" };
        let marks = vec!["?"; filter.kinds.len()].join(", ");
        let kinds = if filter.kinds.is_empty() { String::new() } else { format!("AND kind IN ({marks})") };
        let sql = format!(
            "SELECT {EVENT_COLUMNS} FROM {table} WHERE {key} < ?1 AND {matching} AND {release} {kinds} \
             ORDER BY {key} DESC LIMIT ?2"
        );
        let release = filter.release.map(|id| id.into_bytes().to_vec());
        let (bound, page) = (bound(before), page(limit));
        let mut values: Vec<&dyn ToSql> = vec![&bound, &page, &words, &release];
        values.extend(filter.kinds.iter().map(|kind| kind as &dyn ToSql));
        let rows = self.shared.current(ledger)?;
        let mut query = rows.conn.prepare_cached(&sql)?;
        let found = query.query_map(values.as_slice(), event_row)?;
        Ok(found.collect::<Result<_, _>>()?)
    }
}

/// Each word becomes a quoted string, so no character of it is an operator; the last one is a prefix.
fn expression(words: &str) -> Option<String> {
    let words: Vec<String> = words
        .split_whitespace()
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .take(MAX_SEARCH_WORDS)
        .map(|word| format!("\"{}\"", word.replace(['"', '\0'], " ")))
        .collect();
    (!words.is_empty()).then(|| words.join(" ") + "*")
}

fn bound(before: Option<u64>) -> i64 {
    before.and_then(|seq| i64::try_from(seq).ok()).unwrap_or(i64::MAX)
}

fn page(limit: usize) -> i64 {
    limit.min(MAX_VIEW_PAGE) as i64
}

pub(super) fn release(conn: &Connection, id: Uuid) -> Result<Option<ReleaseRow>, LedgerError> {
    let sql = format!("SELECT {RELEASE_COLUMNS} FROM releases WHERE id = ?1");
    Ok(conn.prepare_cached(&sql)?.query_row([id.as_bytes()], release_row).optional()?)
}

fn release_row(row: &Row<'_>) -> rusqlite::Result<ReleaseRow> {
    Ok(ReleaseRow {
        id: Uuid::from_bytes(row.get(0)?),
        project: Uuid::from_bytes(row.get(1)?),
        name: row.get(2)?,
        version: row.get(3)?,
        state: row.get(4)?,
        updated_seq: seq(row.get(5)?),
    })
}

fn event_row(row: &Row<'_>) -> rusqlite::Result<EventRow> {
    Ok(EventRow {
        seq: seq(row.get(0)?),
        project: Uuid::from_bytes(row.get(1)?),
        release: row.get::<_, Option<[u8; 16]>>(2)?.map(Uuid::from_bytes),
        kind: row.get(3)?,
        actor: row.get(4)?,
        wall: DateTime::<Utc>::from_timestamp_millis(row.get(5)?).unwrap_or_default(),
        text: row.get(6)?,
    })
}

fn seq(column: i64) -> u64 {
    u64::try_from(column).unwrap_or(0)
}
