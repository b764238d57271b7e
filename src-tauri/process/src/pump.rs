//! Carries output from the pipes to the caller without ever holding much of it.

use crate::outcome::Chunk;
use crate::outcome::Stream;
use bytes::Bytes;
use tokio::io::AsyncRead;
use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;

/// Largest piece of output.
pub const CHUNK_BYTES_MAX: usize = 16 * 1024;

/// Pieces that may wait for the caller: 1 MiB. A full queue stops the reading, and in turn the command.
pub const QUEUE_CHUNKS: usize = 64;

/// A channel of the intended size for [`crate::run`].
#[must_use]
pub fn output_channel() -> (mpsc::Sender<Chunk>, mpsc::Receiver<Chunk>) {
    mpsc::channel(QUEUE_CHUNKS)
}

/// Reads until the end of the pipe. When nobody listens any more the output is thrown away rather than left to block
/// the command.
pub(crate) async fn pump(stream: Stream, mut pipe: impl AsyncRead + Unpin, output: mpsc::Sender<Chunk>) {
    let mut buffer = vec![0; CHUNK_BYTES_MAX];
    loop {
        match pipe.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(length) => {
                let bytes = Bytes::copy_from_slice(&buffer[..length]);
                let _nobody_listens = output.send(Chunk { stream, bytes }).await;
            }
        }
    }
}
