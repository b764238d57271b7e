//! A signed word beside the ledger about how far it goes. The ledger keeps the bytes safe from a kill and a power cut;
//! what they say, and who signed them, is read elsewhere.

use crate::anchor;
use crate::error::LedgerError;
use std::fs;
use std::io;
use std::io::Read as _;
use std::path::Path;
use std::path::PathBuf;

const FILE: &str = "ledger.checkpoint";

/// Larger than the checkpoint of a hundred thousand releases; anything larger is something else.
const MAX_BYTES: u64 = 32 * 1024 * 1024;

/// The file beside the ledger in one folder.
#[derive(Clone, Debug)]
pub struct Sidecar {
    dir: PathBuf,
}

impl Sidecar {
    /// Of the ledger in `dir`.
    #[must_use]
    pub fn of(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    /// What it says; `None` while there is none.
    ///
    /// # Errors
    /// What the disk says.
    pub fn read(&self) -> Result<Option<Vec<u8>>, LedgerError> {
        let path = self.dir.join(FILE);
        let mut bytes = Vec::new();
        match fs::File::open(&path).and_then(|file| file.take(MAX_BYTES).read_to_end(&mut bytes)) {
            Ok(_) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(LedgerError::io(&path, error)),
        }
    }

    /// Replaces it: a kill leaves the old bytes or the new ones, never half of them.
    ///
    /// # Errors
    /// What the disk says; the old bytes are still there then.
    pub fn write(&self, bytes: &[u8]) -> Result<(), LedgerError> {
        let path = self.dir.join(FILE);
        anchor::replace(&self.dir, &path, ".ledger.checkpoint-", bytes).map_err(|e| LedgerError::io(&path, e))
    }

    /// Keeps it under another name, for whoever wants to know. Without one this does nothing.
    ///
    /// # Errors
    /// What the disk says.
    pub fn set_aside(&self, why: &str) -> Result<(), LedgerError> {
        let path = self.dir.join(FILE);
        let moved = fs::rename(&path, self.dir.join(format!("{FILE}.{why}")));
        match moved.and_then(|()| anchor::sync_dir(&self.dir)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(LedgerError::io(&path, error)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_replaced_whole_and_kept_when_set_aside() {
        let dir = tempfile::tempdir().unwrap();
        let sidecar = Sidecar::of(dir.path());
        assert_eq!(sidecar.read().unwrap(), None);
        sidecar.set_aside("unreadable").unwrap();
        sidecar.write(b"one").unwrap();
        sidecar.write(b"two").unwrap();
        assert_eq!(sidecar.read().unwrap().as_deref(), Some(&b"two"[..]));
        sidecar.set_aside("unreadable").unwrap();
        assert_eq!(sidecar.read().unwrap(), None);
        let names: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, ["ledger.checkpoint.unreadable"]);
        assert!(Sidecar::of(&dir.path().join("gone")).write(b"x").is_err());
    }
}
