//! The control channel on systems where it is not built: opening it is refused, the engine itself works.

use crate::lock::Lock;
use std::convert::Infallible;
use std::io;
use std::path::Path;

pub(crate) type Stream = tokio::io::DuplexStream;

/// Why the control channel could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    /// Not built for this system.
    #[error("the control channel is not supported on this system; use one Seaworthy at a time")]
    NotSupported,
}

/// Cannot be made here.
#[derive(Debug)]
pub(crate) struct Acceptor {
    never: Infallible,
}

impl Acceptor {
    pub(crate) fn bind(_lock: &Lock) -> Result<Self, ChannelError> {
        Err(ChannelError::NotSupported)
    }

    pub(crate) async fn accept(&self) -> io::Result<Stream> {
        match self.never {}
    }
}

/// Always [`io::ErrorKind::Unsupported`].
pub(crate) async fn connect(_dir: &Path) -> io::Result<Option<Stream>> {
    Err(io::ErrorKind::Unsupported.into())
}
