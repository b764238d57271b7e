//! Space that is given up when the disk is full, so that a hold and a rollback can still be recorded.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use crate::error::LedgerError;

/// Name of the file beside the ledger.
pub(crate) const FILE: &str = "ledger.ballast";

/// Its size: thousands of events, and the log that they go through.
pub const BALLAST_BYTES: u64 = 32 * 1024 * 1024;

/// Bytes written at once.
const BLOCK: usize = 1024 * 1024;

/// Makes the file unless it is whole. Written and not only reserved, because a sparse file holds no space.
pub(crate) fn keep(dir: &Path) -> Result<(), LedgerError> {
    let path = dir.join(FILE);
    if std::fs::symlink_metadata(&path).is_ok_and(|m| m.is_file() && m.len() == BALLAST_BYTES) {
        return Ok(());
    }
    let write = || -> std::io::Result<()> {
        // Anything else of that name is not ours to write through.
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        let block = vec![0xb5; BLOCK];
        for _ in 0..BALLAST_BYTES / BLOCK as u64 {
            file.write_all(&block)?;
        }
        file.sync_all()
    };
    write().map_err(|error| {
        release(dir);
        LedgerError::io(&path, error)
    })
}

/// Gives the space up; says whether there was any.
pub(crate) fn release(dir: &Path) -> bool {
    std::fs::remove_file(dir.join(FILE)).is_ok()
}
