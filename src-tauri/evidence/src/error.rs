//! What can go wrong between evidence and the disk.

use seaworthy_domain::Digest;
use std::io;
use std::path::Path;
use std::path::PathBuf;

/// Each variant is a different thing to do about it.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// No room, or a quota or size limit of the system.
    #[error("write {path:?}: the disk is full; free some space and try again")]
    Full {
        /// What was being written.
        path: PathBuf,
    },
    /// The file system or its permissions do not allow writing, or reading.
    #[error(
        "use {path:?}: not permitted or read-only; check the owner and permissions of the data directory"
    )]
    NotPermitted {
        /// What was being used.
        path: PathBuf,
    },
    /// A symbolic link, directory or device stands where a plain file or directory belongs.
    #[error("use {path:?}: it is not the plain file or directory that belongs there; move it away")]
    NotPlain {
        /// The impostor.
        path: PathBuf,
    },
    /// No evidence has this digest.
    #[error("find evidence {digest}; restore it from a backup or a bundle")]
    Missing {
        /// The digest asked for.
        digest: Digest,
    },
    /// The bytes on disk are not the ones that were stored.
    #[error(
        "trust evidence {digest}: its bytes now have digest {found}; restore it from a backup or a bundle"
    )]
    Corrupt {
        /// The digest asked for.
        digest: Digest,
        /// The digest of what is there.
        found: Digest,
    },
    /// More bytes than the limit of this kind of evidence.
    #[error("keep {bytes} bytes where {max} is the limit; store less")]
    TooLarge {
        /// Size of what was to be kept.
        bytes: u64,
        /// The limit.
        max: u64,
    },
    /// A name that could mean another file.
    #[error(
        "use `{name}` as a file name; use up to 120 letters, digits, `.`, `_` and `-`, not starting with `.`"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// Another writer of this name is at work, or was interrupted.
    #[error("write {path:?}: it exists already; choose another name or discard the interrupted one")]
    Busy {
        /// The partial file.
        path: PathBuf,
    },
    /// A record that is not one JSON object.
    #[error("write a sample: {reason}; give one JSON object")]
    Record {
        /// What is wrong with it.
        reason: String,
    },
    /// Anything else the operating system objected to.
    #[error("use {path:?}")]
    Io {
        /// What was being used.
        path: PathBuf,
        /// The operating system's words.
        source: io::Error,
    },
}

impl EvidenceError {
    /// Sorts an error of the operating system about `path`.
    pub(crate) fn from_io(path: &Path, source: io::Error) -> Self {
        use io::ErrorKind;
        let path = path.to_owned();
        match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                Self::Full { path }
            }
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Self::NotPermitted { path },
            ErrorKind::IsADirectory | ErrorKind::NotADirectory => Self::NotPlain { path },
            _ if is_link_refusal(&source) => Self::NotPlain { path },
            _ => Self::Io { path, source },
        }
    }
}

/// Opening with "do not follow" answers `ELOOP` for a symbolic link.
#[cfg(unix)]
fn is_link_refusal(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

#[cfg(not(unix))]
fn is_link_refusal(_error: &io::Error) -> bool {
    false
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use rustix::io::Errno;

    fn sorted(errno: Errno) -> EvidenceError {
        EvidenceError::from_io(Path::new("/x"), io::Error::from_raw_os_error(errno.raw_os_error()))
    }

    #[test]
    fn errors_are_sorted_by_what_to_do() {
        for errno in [Errno::NOSPC, Errno::DQUOT, Errno::FBIG] {
            assert!(matches!(sorted(errno), EvidenceError::Full { .. }), "{errno}");
        }
        for errno in [Errno::ACCESS, Errno::PERM, Errno::ROFS] {
            assert!(matches!(sorted(errno), EvidenceError::NotPermitted { .. }), "{errno}");
        }
        for errno in [Errno::LOOP, Errno::ISDIR, Errno::NOTDIR] {
            assert!(matches!(sorted(errno), EvidenceError::NotPlain { .. }), "{errno}");
        }
        assert!(matches!(sorted(Errno::IO), EvidenceError::Io { .. }));
    }

    #[test]
    fn a_really_full_device_reads_as_full() {
        let path = Path::new("/dev/full");
        let error = std::fs::OpenOptions::new()
            .write(true)
            .open(path)
            .and_then(|mut file| io::Write::write_all(&mut file, b"x"))
            .map_err(|error| EvidenceError::from_io(path, error));
        assert!(matches!(error, Err(EvidenceError::Full { .. })));
    }
}
