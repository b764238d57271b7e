//! Output on its way, without known secrets: to whoever listens, into the evidence store, and its last line into the summary.

use seaworthy_domain::Digest;
use seaworthy_domain::visible;
use seaworthy_evidence::EvidenceError;
use seaworthy_evidence::Kept;
use seaworthy_evidence::LogWriter;
use seaworthy_evidence::Store;
use seaworthy_ports::Output;
use seaworthy_ports::Stream;
use seaworthy_redact::Redactor;
use seaworthy_redact::Stream as Redacted;
use std::error::Error;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Pieces that may wait for the disk. A slow disk slows the command down rather than fill the memory.
const QUEUE_PIECES: usize = 16;

/// Most of the output that its last line is looked for in.
const LAST_BYTES_MAX: usize = 4 * 1024;

/// Longest last line, in characters.
const LAST_CHARS_MAX: usize = 200;

/// One log being written while the run goes on.
pub(crate) struct Keeping {
    pieces: mpsc::Sender<Vec<u8>>,
    writer: JoinHandle<Result<Kept, EvidenceError>>,
    listener: mpsc::Sender<Output>,
    last: Vec<u8>,
    /// Each keeps back what could be the beginning of a secret.
    out: Redacted,
    err: Redacted,
}

impl Keeping {
    /// Starts the log `name`. The error says why nothing can be kept.
    pub(crate) async fn start(
        store: &Store,
        name: String,
        listener: mpsc::Sender<Output>,
        redactor: &Redactor,
    ) -> Result<Self, String> {
        let store = store.clone();
        let opened = tokio::task::spawn_blocking(move || store.writer(&name)).await;
        let log = opened.map_err(|error| error.to_string())?.map_err(|error| told(&error))?;
        let (pieces, receiver) = mpsc::channel(QUEUE_PIECES);
        let writer = tokio::task::spawn_blocking(move || write(log, receiver));
        let (out, err) = (Redacted::new(redactor.clone()), Redacted::new(redactor.clone()));
        Ok(Self { pieces, writer, listener, last: Vec::new(), out, err })
    }

    /// Takes one piece along, waiting for the disk and for whoever listens.
    pub(crate) async fn take(&mut self, output: Output) {
        let redacted = match output.stream {
            Stream::Out => &mut self.out,
            Stream::Err => &mut self.err,
        };
        let bytes = redacted.push(&output.bytes);
        self.keep(Output { bytes, ..output }).await;
    }

    /// Nothing more will come; takes along what was kept back.
    pub(crate) async fn end(&mut self) {
        let rest = [(Stream::Out, self.out.rest()), (Stream::Err, self.err.rest())];
        for (stream, bytes) in rest {
            self.keep(Output { stream, bytes }).await;
        }
    }

    async fn keep(&mut self, output: Output) {
        if output.bytes.is_empty() {
            return;
        }
        self.last.extend_from_slice(&output.bytes);
        if self.last.len() > 2 * LAST_BYTES_MAX {
            self.last.drain(..self.last.len() - LAST_BYTES_MAX);
        }
        let _writer_failed_and_will_say_so = self.pieces.send(output.bytes.clone()).await;
        let _nobody_listens = self.listener.send(output).await;
    }

    /// The last line that says something.
    pub(crate) fn last_line(&self) -> Option<String> {
        let text = String::from_utf8_lossy(&self.last);
        let line = text.lines().rev().find(|line| !line.trim().is_empty())?;
        Some(visible(line.trim()).chars().take(LAST_CHARS_MAX).collect())
    }

    /// Makes the log evidence.
    pub(crate) async fn finish(self) -> Result<Digest, String> {
        drop(self.pieces);
        let kept = self.writer.await.map_err(|error| error.to_string())?;
        kept.map(|kept| kept.digest).map_err(|error| told(&error))
    }
}

fn write(mut log: LogWriter, mut pieces: mpsc::Receiver<Vec<u8>>) -> Result<Kept, EvidenceError> {
    while let Some(piece) = pieces.blocking_recv() {
        log.write(&piece)?;
    }
    log.finish()
}

/// The error with the operating system's words, which name the disk's trouble.
fn told(error: &EvidenceError) -> String {
    let mut told = format!("could not {error}");
    if let Some(cause) = error.source() {
        told += &format!(": {cause}");
    }
    told
}
