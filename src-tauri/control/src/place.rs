//! Where the control channel of a data directory lies.
//!
//! Normally `control.sock` in the data directory. Socket addresses hold about a hundred bytes, so a longer path moves
//! to `seaworthy-<16 hex digits>/control.sock` under `XDG_RUNTIME_DIR`, else under the temporary directory. The digits
//! are the start of SHA-256 over the data directory's resolved path, so that both sides find the same place without a
//! pointer that somebody could bend. The server uses the first place, a client looks in all of them, because the two
//! may have been started with different environments.

use sha2::Digest;
use sha2::Sha256;
use std::path::Path;
use std::path::PathBuf;

/// Longest socket path in bytes that every system accepts (104 with its final zero on macOS), with some room.
const SOCKET_PATH_BYTES_MAX: usize = 100;

/// Hex digits that tell data directories apart in a shared place.
const NAME_DIGITS: usize = 16;

const SOCKET_FILE: &str = "control.sock";

/// Where a socket may lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The socket.
    pub(crate) socket: PathBuf,
    /// A directory of ours outside the data directory, to be made private and checked.
    pub(crate) outside: Option<PathBuf>,
}

/// All places of a data directory, the server's first.
pub(crate) fn places(dir: &Path) -> Vec<Place> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|base| base.is_absolute());
    let bases: Vec<PathBuf> = runtime.into_iter().chain([std::env::temp_dir()]).collect();
    places_under(dir, &bases)
}

pub(crate) fn places_under(dir: &Path, bases: &[PathBuf]) -> Vec<Place> {
    let resolved = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
    let inside = resolved.join(SOCKET_FILE);
    if bytes(&inside) <= SOCKET_PATH_BYTES_MAX {
        return vec![Place { socket: inside, outside: None }];
    }
    let mut digits = hex::encode(Sha256::digest(resolved.as_os_str().as_encoded_bytes()));
    digits.truncate(NAME_DIGITS);
    let outside = bases.iter().map(|base| base.join(format!("seaworthy-{digits}")));
    outside
        .map(|folder| Place { socket: folder.join(SOCKET_FILE), outside: Some(folder) })
        .filter(|place| bytes(&place.socket) <= SOCKET_PATH_BYTES_MAX)
        .collect()
}

fn bytes(path: &Path) -> usize {
    path.as_os_str().as_encoded_bytes().len()
}
