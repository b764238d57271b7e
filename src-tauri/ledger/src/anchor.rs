//! The head anchor: a small file beside the ledger that remembers how far history went.
//!
//! Deleting `ledger.db-wal` or restoring an older copy leaves a ledger that verifies perfectly and is
//! short. Only something outside the database can tell. The anchor is written after the events it names
//! are durable, so it may lag behind the head but never runs ahead of it.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::LedgerError;
use crate::hash::EventHash;

pub(crate) const FILE: &str = "ledger.head";
const SET_ASIDE: &str = "ledger.head.unreadable";

/// An anchor has about 250 bytes; anything larger is something else.
const MAX_ANCHOR_BYTES: u64 = 4096;

/// How far one device's history goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The device.
    pub device: Uuid,
    /// Events so far.
    pub seq: u64,
    /// Hash of the newest one; `None` while there is none.
    pub hash: Option<EventHash>,
    /// When the newest one was recorded.
    pub wall: Option<DateTime<Utc>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    v: u32,
    device: Uuid,
    seq: u64,
    hash: EventHash,
    wall: DateTime<Utc>,
}

/// What the anchor file says.
pub(crate) enum Found {
    Nothing,
    Unreadable,
    Head(Head),
}

/// Reads the anchor of a folder. An unknown version counts as unreadable.
pub(crate) fn read(dir: &Path) -> Result<Found, LedgerError> {
    let path = dir.join(FILE);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(e) => return Err(LedgerError::io(&path, e)),
    };
    let mut text = Vec::new();
    file.take(MAX_ANCHOR_BYTES).read_to_end(&mut text).map_err(|e| LedgerError::io(&path, e))?;
    Ok(match serde_json::from_slice::<Written>(&text) {
        Ok(Written { v: 1, device, seq, hash, wall }) => {
            Found::Head(Head { device, seq, hash: Some(hash), wall: Some(wall) })
        }
        _ => Found::Unreadable,
    })
}

/// Replaces the anchor so that a kill or a power cut leaves the old or the new one, never half of one.
/// A head without events has nothing to vouch for and writes nothing.
pub(crate) fn write(dir: &Path, head: &Head) -> Result<(), LedgerError> {
    let (Some(hash), Some(wall)) = (head.hash, head.wall) else { return Ok(()) };
    let written = Written { v: 1, device: head.device, seq: head.seq, hash, wall };
    let path = dir.join(FILE);
    let text = serde_json::to_vec(&written).map_err(io::Error::from);
    text.and_then(|text| replace(dir, &path, ".ledger.head-", &[text, b"\n".to_vec()].concat()))
        .map_err(|e| LedgerError::io(&path, e))
}

pub(crate) fn replace(dir: &Path, path: &Path, prefix: &str, bytes: &[u8]) -> io::Result<()> {
    // tempfile makes the file 0600 under a fresh name in the same folder.
    let mut file = tempfile::Builder::new().prefix(prefix).tempfile_in(dir)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|e| e.error)?;
    sync_dir(dir)
}

/// Makes a rename or a creation in the folder durable.
pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(dir)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = dir;
    Ok(())
}

/// Keeps an unreadable anchor for whoever wants to know.
pub(crate) fn set_aside(dir: &Path) -> Result<(), LedgerError> {
    rename(dir, SET_ASIDE)
}

/// Keeps the anchor of an acknowledged regression under the number it vouched for.
pub(crate) fn keep_regressed(dir: &Path, seq: u64) -> Result<(), LedgerError> {
    rename(dir, &format!("{FILE}.regressed-{seq}"))
}

fn rename(dir: &Path, to: &str) -> Result<(), LedgerError> {
    let path = dir.join(FILE);
    fs::rename(&path, dir.join(to)).and_then(|()| sync_dir(dir)).map_err(|e| LedgerError::io(&path, e))
}
