//! The engine's side of the control channel.

use crate::Handler;
use crate::frame::ANSWER_BYTES_MAX;
use crate::frame::Ask;
use crate::frame::FrameError;
use crate::frame::Hello;
use crate::frame::REQUEST_BYTES_MAX;
use crate::frame::Told;
use crate::frame::Welcome;
use crate::frame::codec;
use crate::frame::encode;
use crate::frame::encode_answer;
use crate::frame::read;
use crate::lock::Lock;
use crate::lock::Role;
use crate::relay::Call;
use crate::relay::Step;
use crate::transport::Acceptor;
use crate::transport::ChannelError;
use bytes::Bytes;
use futures_util::SinkExt;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::codec::FramedRead;
use tokio_util::codec::FramedWrite;
use tokio_util::codec::LengthDelimitedCodec;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

/// Connections at once; a person has a window and a few terminals, a script may loop.
pub const CLIENTS_MAX: usize = 64;

/// A client sends its hello and its request at once; one that does not is not ours.
const HELLO_DEADLINE: Duration = Duration::from_secs(10);

/// A client that takes no byte for so long is stuck and loses its connection, not the engine's time.
const SEND_DEADLINE: Duration = Duration::from_secs(30);

/// Requests that are being carried out when the engine closes get so long to end; operations are journalled, so what is
/// cut off here is found again as an operation without outcome.
const CLOSING_DEADLINE: Duration = Duration::from_secs(10);

/// Pause after a failed accept, which means that the process has no file handle left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Frames that wait for a slow client; further pushes to it are lost.
const FRAMES_QUEUED: usize = 32;

/// A bound control channel that does not answer yet. Clients may connect and wait.
#[derive(Debug)]
pub struct Listener {
    acceptor: Acceptor,
    lock: Lock,
}

impl Listener {
    /// Binds the channel of the locked data directory. A socket left by a dead engine is replaced, which only the
    /// holder of the lock may do.
    pub fn bind(lock: &Lock) -> Result<Self, ChannelError> {
        Ok(Self { acceptor: Acceptor::bind(lock)?, lock: lock.clone() })
    }
}

/// Serves until `cancel`. Then nobody new is let in, streams end, and what changes something may still end.
pub async fn serve(listener: Listener, handler: Arc<dyn Handler>, cancel: CancellationToken) {
    let Listener { acceptor, lock } = listener;
    let mut clients = JoinSet::new();
    loop {
        tokio::select! {
            () = cancel.cancelled() => break,
            Some(_) = clients.join_next() => {}
            accepted = acceptor.accept() => match accepted {
                Ok(stream) if clients.len() < CLIENTS_MAX => {
                    clients.spawn(attend(stream, Arc::clone(&handler), lock.role(), cancel.clone()));
                }
                Ok(stream) => drop(stream),
                Err(error) => {
                    tracing::warn!(%error, "the control channel cannot accept");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    // Closed before waiting: a newcomer finds nobody and takes the lock as soon as it is free.
    drop(acceptor);
    let ended = timeout(CLOSING_DEADLINE, async { while clients.join_next().await.is_some() {} }).await;
    if ended.is_err() {
        tracing::warn!(clients = clients.len(), "requests were cut off while closing");
    }
}

/// One connection from hello to answer.
pub(crate) async fn attend<S>(stream: S, handler: Arc<dyn Handler>, role: Role, cancel: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    let (read_half, write_half) = tokio::io::split(stream);
    let mut frames = FramedRead::new(read_half, codec(REQUEST_BYTES_MAX));
    let outlet = Outlet::open(write_half);
    let asked = timeout(HELLO_DEADLINE, greet(&mut frames, &outlet, role)).await;
    let answer = match asked {
        Ok(Ok(Some(ask))) => exchange(ask, &mut frames, &outlet, handler, &cancel).await,
        // Of another version: the welcome has told it so.
        Ok(Ok(None)) => None,
        Ok(Err(error)) => Some(encode_answer(Err(unreadable(&error)))),
        Err(_) => Some(encode_answer(Err(Fault::new(Code::BadInput, "no request came in time")))),
    };
    outlet.close(answer).await;
}

/// Shakes hands and reads the request; `None` when the client is of another version.
async fn greet<R: AsyncRead + Unpin>(
    frames: &mut FramedRead<R, LengthDelimitedCodec>,
    outlet: &Outlet,
    role: Role,
) -> Result<Option<Ask>, FrameError> {
    let hello: Hello = read(frames).await?;
    let welcome = Welcome::ours(role);
    if let Some(frame) = encode(&welcome, ANSWER_BYTES_MAX) {
        outlet.offer(frame);
    }
    if !welcome.agrees(&hello) {
        return Ok(None);
    }
    read(frames).await.map(Some)
}

fn unreadable(error: &FrameError) -> Fault {
    Fault::new(Code::BadInput, format!("the request could not be read: {error}"))
        .with_help(format!("a request is at most {} KiB of JSON", REQUEST_BYTES_MAX / 1024))
}

/// Carries the request out; `None` when nobody is left to hear the answer.
async fn exchange<R: AsyncRead + Unpin>(
    ask: Ask,
    frames: &mut FramedRead<R, LengthDelimitedCodec>,
    outlet: &Outlet,
    handler: Arc<dyn Handler>,
    cancel: &CancellationToken,
) -> Option<Bytes> {
    let streams = ask.request.streams();
    let mut call = Call::start(handler, ask.request);
    let mut gone = false;
    let answer = loop {
        tokio::select! {
            biased;
            () = cancel.cancelled(), if streams => break Err(closing()),
            step = call.next() => match step {
                Step::Pushed(push) => outlet.offer_push(push),
                Step::Ended(answer) => break answer,
            },
            // A client says nothing after its request, so anything here is its end.
            _ = read::<Hello, _>(frames), if !gone => {
                if streams {
                    return None;
                }
                gone = true;
            }
        }
    };
    while let Some(push) = call.leftover() {
        outlet.offer_push(push);
    }
    (!gone).then(|| encode_answer(answer))
}

fn closing() -> Fault {
    Fault::new(Code::Outside, "the engine is closing")
}

/// Frames on their way to one client.
struct Outlet {
    frames: mpsc::Sender<Bytes>,
    writer: AbortOnDropHandle<()>,
}

impl Outlet {
    fn open<W: AsyncWrite + Send + 'static>(write_half: W) -> Self {
        let (frames, queue) = mpsc::channel(FRAMES_QUEUED);
        Self { frames, writer: AbortOnDropHandle::new(tokio::spawn(write_out(write_half, queue))) }
    }

    /// Sends unless the client is behind.
    fn offer(&self, frame: Bytes) {
        if self.frames.try_send(frame).is_err() {
            tracing::trace!("a push to a slow client was lost");
        }
    }

    fn offer_push(&self, push: seaworthy_wire::Push) {
        if self.frames.capacity() == 0 {
            // Not worth the work of writing it as JSON.
            return;
        }
        if let Some(frame) = encode(&Told::Push(push), ANSWER_BYTES_MAX) {
            self.offer(frame);
        }
    }

    /// Sends the last frame behind all others and waits until they are out or the client is given up.
    async fn close(self, last: Option<Bytes>) {
        let Self { frames, writer } = self;
        if let Some(frame) = last {
            drop(frames.send(frame).await);
        }
        drop(frames);
        drop(writer.await);
    }
}

async fn write_out<W: AsyncWrite>(write_half: W, mut queue: mpsc::Receiver<Bytes>) {
    let write_half = std::pin::pin!(write_half);
    let mut sink = FramedWrite::new(write_half, codec(ANSWER_BYTES_MAX));
    while let Some(frame) = queue.recv().await {
        if !matches!(timeout(SEND_DEADLINE, sink.send(frame)).await, Ok(Ok(()))) {
            return;
        }
    }
}
