//! Brings an older file forward, one transaction for all steps, and refuses a newer one untouched.

use rusqlite::{Connection, TransactionBehavior};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::error::{Damage, LedgerError};
use crate::place::APPLICATION_ID;

/// The format this version writes. 0 means that the format is not yet promised to later versions.
pub const FORMAT: u32 = 0;

/// In order of their names. A step is never edited once released; its checksum is kept in the file.
const MIGRATIONS: &[(&str, &str)] =
    &[("202611201400_events", include_str!("../../../migrations/202611201400_events.sql"))];

/// Refuses a file of a newer version, going by its header or by its tables. Only reads.
pub(crate) fn refuse_newer(format: u32) -> Result<(), LedgerError> {
    if format > FORMAT {
        return Err(LedgerError::NewerFormat { found: format.to_string(), known: FORMAT });
    }
    Ok(())
}

/// How many of our steps the file has. Only reads.
///
/// # Errors
/// `NewerFormat`, `MigrationDiffers` or, for tables that are not ours, `Damaged`.
pub(crate) fn applied(conn: &Connection) -> Result<usize, LedgerError> {
    refuse_newer(conn.pragma_query_value(None, "user_version", |row| row.get(0))?)?;
    let objects = definitions(conn)?;
    if objects.is_empty() {
        return Ok(0);
    }
    if !objects.iter().any(|o| o.name == "migrations") {
        return Err(Damage::Schema { what: "table migrations is missing".into() }.into());
    }
    let mut query = conn.prepare("SELECT name, sha256 FROM migrations ORDER BY name")?;
    let rows = query.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    let mut count = 0;
    for row in rows {
        let (name, sha256) = row?;
        let Some((ours, sql)) = MIGRATIONS.get(count) else {
            return Err(LedgerError::NewerFormat { found: format!("{FORMAT} with {name}"), known: FORMAT });
        };
        if name != *ours || sha256 != checksum(sql) {
            return Err(LedgerError::MigrationDiffers { name });
        }
        count += 1;
    }
    Ok(count)
}

/// Applies the steps from `done` on. A new file also gets its device id.
pub(crate) fn migrate(conn: &mut Connection, done: usize) -> Result<(), LedgerError> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Exclusive)?;
    apply(&tx, done)?;
    if done == 0 {
        tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        let device = Uuid::new_v4().to_string();
        tx.execute("INSERT INTO meta (key, value) VALUES ('device', ?1)", [device])?;
    }
    tx.pragma_update(None, "user_version", FORMAT)?;
    tx.commit()?;
    Ok(())
}

fn apply(conn: &Connection, done: usize) -> rusqlite::Result<()> {
    for (name, sql) in MIGRATIONS.iter().skip(done) {
        conn.execute_batch(sql)?;
        conn.execute("INSERT INTO migrations (name, sha256) VALUES (?1, ?2)", [*name, &checksum(sql)])?;
    }
    Ok(())
}

fn checksum(sql: &str) -> String {
    hex::encode(Sha256::digest(sql.as_bytes()))
}

/// The device whose chain this file holds.
pub(crate) fn device(conn: &Connection) -> Result<Uuid, LedgerError> {
    let damaged = |what: &str| LedgerError::Damaged(Damage::Schema { what: what.into() });
    let text: String = conn
        .query_row("SELECT value FROM meta WHERE key = 'device'", [], |row| row.get(0))
        .map_err(|_| damaged("the device id is missing"))?;
    Uuid::try_parse(&text).map_err(|_| damaged("the device id is malformed"))
}

#[derive(PartialEq, Eq)]
struct Definition {
    kind: String,
    name: String,
    sql: Option<String>,
}

fn definitions(conn: &Connection) -> rusqlite::Result<Vec<Definition>> {
    let mut query = conn.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name")?;
    let rows = query
        .query_map([], |row| Ok(Definition { kind: row.get(0)?, name: row.get(1)?, sql: row.get(2)? }))?;
    rows.collect()
}

/// Compares tables and triggers with those that our steps make in an empty database.
pub(crate) fn check_schema(conn: &Connection) -> Result<(), LedgerError> {
    let fresh = Connection::open_in_memory()?;
    apply(&fresh, 0)?;
    let (expected, found) = (definitions(&fresh)?, definitions(conn)?);
    let same = |a: &Definition, b: &Definition| a.kind == b.kind && a.name == b.name;
    for want in &expected {
        match found.iter().find(|have| same(want, have)) {
            None => return Err(schema(want, "is missing")),
            Some(have) if have != want => return Err(schema(want, "was changed")),
            Some(_) => {}
        }
    }
    match found.iter().find(|have| !expected.iter().any(|want| same(want, have))) {
        Some(extra) => Err(schema(extra, "was added")),
        None => Ok(()),
    }
}

fn schema(object: &Definition, how: &str) -> LedgerError {
    Damage::Schema { what: format!("{} {} {how}", object.kind, object.name) }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_migration_file_is_compiled_in_and_dated() {
        let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations");
        let mut files: Vec<String> = std::fs::read_dir(dir)
            .unwrap()
            .map(|f| f.unwrap().file_name().into_string().unwrap())
            .filter_map(|f| f.strip_suffix(".sql").map(str::to_owned))
            .collect();
        files.sort();
        assert_eq!(files, MIGRATIONS.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        for name in files {
            assert!(name.as_bytes()[..12].iter().all(u8::is_ascii_digit) && name.as_bytes()[12] == b'_');
        }
    }

    #[test]
    fn migrating_again_changes_nothing() {
        let mut conn = Connection::open_in_memory().unwrap();
        assert_eq!(applied(&conn).unwrap(), 0);
        migrate(&mut conn, 0).unwrap();
        let id = device(&conn).unwrap();
        let done = applied(&conn).unwrap();
        assert_eq!(done, MIGRATIONS.len());
        migrate(&mut conn, done).unwrap();
        assert_eq!(device(&conn).unwrap(), id);
        check_schema(&conn).unwrap();
    }

    #[test]
    fn another_checksum_and_an_unknown_step_are_told_apart() {
        let mut conn = Connection::open_in_memory().unwrap();
        migrate(&mut conn, 0).unwrap();
        conn.execute("INSERT INTO migrations VALUES ('999901010000_later', 'x')", []).unwrap();
        assert!(matches!(applied(&conn), Err(LedgerError::NewerFormat { .. })));

        let mut conn = Connection::open_in_memory().unwrap();
        migrate(&mut conn, 0).unwrap();
        conn.execute_batch("DROP TRIGGER migrations_refuse_update; UPDATE migrations SET sha256 = 'x'")
            .unwrap();
        assert!(matches!(applied(&conn), Err(LedgerError::MigrationDiffers { .. })));
    }
}
