//! The control channel on systems with Unix sockets.

use crate::lock::Lock;
use crate::place::Place;
use crate::place::places;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;
use tokio::net::UnixListener;
use tokio::net::UnixStream;

pub(crate) type Stream = UnixStream;

/// Why the control channel could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    /// No path short enough for a socket exists.
    #[error(
        "every path for the control socket is too long; set XDG_RUNTIME_DIR to a short private directory"
    )]
    TooLong,
    /// Something that is not ours lies there.
    #[error("{0} is not a private directory or socket of this user; move it away")]
    NotOurs(PathBuf),
    /// The file system refused.
    #[error("cannot listen at {path}: {source}")]
    Io {
        /// Path.
        path: PathBuf,
        /// Reason.
        source: io::Error,
    },
}

/// A listening socket; its file is removed when this is dropped.
#[derive(Debug)]
pub(crate) struct Acceptor {
    listener: UnixListener,
    path: PathBuf,
}

impl Acceptor {
    /// Listens. The lock proves that a socket already there is a dead engine's.
    pub(crate) fn bind(lock: &Lock) -> Result<Self, ChannelError> {
        let place = places(lock.dir()).into_iter().next().ok_or(ChannelError::TooLong)?;
        Self::bind_at(place)
    }

    fn bind_at(place: Place) -> Result<Self, ChannelError> {
        let path = place.socket;
        let failed = |source| ChannelError::Io { path: path.clone(), source };
        if let Some(folder) = &place.outside {
            make_outside(folder)?;
        }
        match std::fs::symlink_metadata(&path) {
            Ok(there) if there.file_type().is_socket() => std::fs::remove_file(&path).map_err(failed)?,
            Ok(_) => return Err(ChannelError::NotOurs(path)),
            Err(source) if source.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(failed(source)),
        }
        let listener = UnixListener::bind(&path).map_err(failed)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).map_err(failed)?;
        Ok(Self { listener, path })
    }

    /// Waits for a connection of this user; others are turned away without a word.
    pub(crate) async fn accept(&self) -> io::Result<Stream> {
        loop {
            let (stream, _) = self.listener.accept().await?;
            if is_same_user(&stream) {
                return Ok(stream);
            }
            tracing::warn!("a process of another user was turned away from the control channel");
        }
    }

    #[cfg(test)]
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Acceptor {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::debug!(%error, "the control socket was already gone");
        }
    }
}

/// Connects to the engine of a data directory; `None` when nobody of this user listens.
pub(crate) async fn connect(dir: &Path) -> io::Result<Option<Stream>> {
    for place in places(dir) {
        match UnixStream::connect(&place.socket).await {
            Ok(stream) if is_same_user(&stream) => return Ok(Some(stream)),
            Ok(_) => return Err(io::ErrorKind::PermissionDenied.into()),
            Err(error) if is_absent(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused)
}

fn is_same_user(stream: &Stream) -> bool {
    stream.peer_cred().is_ok_and(|peer| peer.uid() == rustix::process::geteuid().as_raw())
}

/// Makes the directory outside the data directory, or checks that the one there is ours and closed to others: the
/// temporary directory is everybody's.
fn make_outside(folder: &Path) -> Result<(), ChannelError> {
    let failed = |source| ChannelError::Io { path: folder.to_owned(), source };
    match std::fs::DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => {}
        Err(source) if source.kind() == io::ErrorKind::AlreadyExists => {}
        Err(source) => return Err(failed(source)),
    }
    let found = std::fs::symlink_metadata(folder).map_err(failed)?;
    let ours = found.uid() == rustix::process::geteuid().as_raw();
    if found.is_dir() && ours && found.mode() & 0o077 == 0 {
        Ok(())
    } else {
        Err(ChannelError::NotOurs(folder.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::places_under;

    #[tokio::test]
    async fn a_long_directory_gets_a_short_private_place() {
        let temp = tempfile::tempdir().unwrap();
        let deep = temp.path().join("d".repeat(120));
        std::fs::create_dir(&deep).unwrap();
        let base = tempfile::tempdir().unwrap();
        let place = places_under(&deep, &[base.path().to_owned()]).remove(0);
        let folder = place.outside.clone().unwrap();
        let acceptor = Acceptor::bind_at(place).unwrap();
        assert!(acceptor.path().starts_with(base.path()));
        assert_eq!(std::fs::metadata(&folder).unwrap().mode() & 0o777, 0o700);
        assert_eq!(std::fs::metadata(acceptor.path()).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_place_that_others_can_enter_or_that_is_a_link_is_refused() {
        let base = tempfile::tempdir().unwrap();
        let open = base.path().join("open");
        std::fs::create_dir(&open).unwrap();
        std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert!(matches!(make_outside(&open), Err(ChannelError::NotOurs(_))));
        let closed = base.path().join("closed");
        make_outside(&closed).unwrap();
        let link = base.path().join("link");
        std::os::unix::fs::symlink(&closed, &link).unwrap();
        assert!(matches!(make_outside(&link), Err(ChannelError::NotOurs(_))));
    }

    #[test]
    fn what_is_not_a_socket_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("control.sock");
        std::fs::write(&file, "mine").unwrap();
        let bound = Acceptor::bind_at(Place { socket: file.clone(), outside: None });
        assert!(matches!(bound, Err(ChannelError::NotOurs(_))));
        assert_eq!(std::fs::read_to_string(file).unwrap(), "mine");
    }
}
