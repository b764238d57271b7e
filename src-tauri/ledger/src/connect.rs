//! One way to open the database file, with every switch set on purpose.

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::error::LedgerError;
use crate::place;

/// 3.51.3 repairs a race that could reset a write-ahead log in use.
const MIN_SQLITE: i32 = 3_051_003;

/// Pages in the log before a commit copies them into the database: SQLite's own figure, named so that the
/// benchmark's plain database uses the same.
pub(crate) const CHECKPOINT_PAGES: u32 = 1000;

/// A log that grew for a large batch shrinks to this after the next checkpoint.
const MAX_IDLE_WAL_BYTES: u32 = 16 * 1024 * 1024;

/// Refuses a library with known defects. The bundled one passes; a system library might not.
pub(crate) fn assert_version() -> Result<(), LedgerError> {
    if rusqlite::version_number() < MIN_SQLITE {
        return Err(LedgerError::SqliteTooOld { found: rusqlite::version() });
    }
    Ok(())
}

/// Opens `ledger.db` for writing. Closing it leaves an existing log alone until [`trust_close`].
pub(crate) fn open(dir: &Path) -> Result<Connection, LedgerError> {
    let path = dir.join(place::DATABASE);
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let conn = Connection::open_with_flags(&path, flags)?;
    harden(&conn)?;
    if conn.is_readonly("main")? {
        return Err(LedgerError::ReadOnly { path });
    }
    // Before the first access: with the lock exclusive SQLite keeps the index of the log in memory, so no
    // mapped `-shm` file can fault on a full disk.
    conn.pragma_update_and_check(None, "locking_mode", "EXCLUSIVE", |_| Ok(()))?;
    // A log that was there stays as it is if we turn away; without one closing only removes its empty file.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, place::wal_bytes(dir) > 0)?;
    Ok(conn)
}

/// Turns the journal on; the first statement that may write.
pub(crate) fn journal(conn: &Connection) -> Result<(), LedgerError> {
    let mode: String = conn.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        return Err(LedgerError::Stopped { cause: format!("journal mode {mode} instead of wal") });
    }
    conn.pragma_update(None, "synchronous", "FULL")?;
    // Only macOS distinguishes these from a plain sync; elsewhere they change nothing.
    conn.pragma_update(None, "fullfsync", true)?;
    conn.pragma_update(None, "checkpoint_fullfsync", true)?;
    conn.pragma_update_and_check(None, "wal_autocheckpoint", CHECKPOINT_PAGES, |_| Ok(()))?;
    conn.pragma_update_and_check(None, "journal_size_limit", MAX_IDLE_WAL_BYTES, |_| Ok(()))?;
    Ok(())
}

/// Lets closing fold the log into the database, once the content is known to be ours and sound.
pub(crate) fn trust_close(conn: &Connection) -> Result<(), LedgerError> {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    Ok(())
}

/// Keeps closing from touching the file after a failure.
pub(crate) fn distrust_close(conn: &Connection) -> Result<(), LedgerError> {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    Ok(())
}

/// Opens a database that nobody writes to, taking no lock and creating no file beside it.
pub(crate) fn open_immutable(dir: &Path) -> Result<Connection, LedgerError> {
    let path = dir.join(place::DATABASE);
    let mut uri =
        url::Url::from_file_path(&path).map_err(|()| LedgerError::Absent { path: dir.to_owned() })?;
    uri.set_query(Some("immutable=1"));
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let conn = Connection::open_with_flags(uri.as_str(), flags)?;
    harden(&conn)?;
    Ok(conn)
}

fn harden(conn: &Connection) -> Result<(), LedgerError> {
    conn.busy_timeout(std::time::Duration::ZERO)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    conn.pragma_update_and_check(None, "mmap_size", 0, |_| Ok(())).or_else(no_row)?;
    conn.pragma_update(None, "cell_size_check", true)?;
    Ok(())
}

/// `mmap_size` answers with a row only where memory mapping is compiled in.
fn no_row(error: rusqlite::Error) -> Result<(), rusqlite::Error> {
    if matches!(error, rusqlite::Error::QueryReturnedNoRows) { Ok(()) } else { Err(error) }
}

/// Copies the log into the database and empties it.
pub(crate) fn checkpoint(conn: &Connection) -> Result<(), rusqlite::Error> {
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}
