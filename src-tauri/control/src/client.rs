//! The other side of the control channel.

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
use crate::frame::read;
use crate::transport;
use crate::transport::Stream;
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::SinkExt;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use seaworthy_wire::Push;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use semver::Version;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use tokio::io::ReadHalf;
use tokio::io::WriteHalf;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::codec::FramedRead;
use tokio_util::codec::FramedWrite;
use tokio_util::codec::LengthDelimitedCodec;

/// An engine that has just taken the lock verifies its ledger before it answers; a hung one never does.
const WELCOME_DEADLINE: Duration = Duration::from_secs(60);

/// Why no engine could be reached.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Nobody listens: no engine runs, or it is just starting or ending.
    #[error("no engine is running for this data directory")]
    Absent,
    /// The engine is of another version.
    #[error("the running Seaworthy is {running} (process {pid}) and this one is {own}")]
    Differs {
        /// Its version.
        running: String,
        /// Our version.
        own: &'static str,
        /// Its process.
        pid: u32,
    },
    /// It did not answer.
    #[error("the running Seaworthy does not answer; end it and try again")]
    Silent,
    /// The channel is not built for this system.
    #[error("the control channel is not supported on this system; close the other Seaworthy first")]
    NotSupported,
    /// The operating system refused.
    #[error("cannot reach the running Seaworthy: {0}")]
    Io(#[source] io::Error),
}

impl From<ConnectError> for Fault {
    fn from(error: ConnectError) -> Self {
        let message = error.to_string();
        match error {
            ConnectError::Absent | ConnectError::Silent | ConnectError::NotSupported => {
                Self::new(Code::Refused, message)
            }
            ConnectError::Io(_) => Self::new(Code::Outside, message),
            ConnectError::Differs { running, own, pid } => {
                Self::new(Code::Refused, message).with_help(which_to_restart(&running, own, pid))
            }
        }
    }
}

fn which_to_restart(running: &str, own: &str, pid: u32) -> String {
    match (Version::parse(running), Version::parse(own)) {
        (Ok(theirs), Ok(ours)) if theirs < ours => {
            format!("restart the older one: close process {pid} and start it again as {own}")
        }
        (Ok(theirs), Ok(ours)) if theirs > ours => {
            format!("this one is older: start `seaworthy` {running} instead")
        }
        _ => "restart the older of the two".to_owned(),
    }
}

/// A way to the engine of a data directory. Every call is a connection of its own, so calls do not wait for each other
/// and dropping one ends it.
#[derive(Clone, Debug)]
pub struct Client {
    dir: PathBuf,
    welcome: Welcome,
}

struct Line {
    frames: FramedRead<ReadHalf<Stream>, LengthDelimitedCodec>,
    sink: FramedWrite<WriteHalf<Stream>, LengthDelimitedCodec>,
    welcome: Welcome,
}

impl Client {
    /// Shakes hands with the engine of a data directory.
    pub async fn connect(dir: &Path) -> Result<Self, ConnectError> {
        let line = Line::open(dir).await?;
        Ok(Self { dir: dir.to_owned(), welcome: line.welcome })
    }

    /// Whether the engine is the window or `seaworthy watch`, which go on looking at rollouts.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        [crate::Role::App, crate::Role::Watch].iter().any(|role| role.to_string() == self.welcome.role)
    }

    /// Process of the engine.
    #[must_use]
    pub fn engine_pid(&self) -> u32 {
        self.welcome.pid
    }
}

#[async_trait]
impl Handler for Client {
    /// Passes pushes on as they come; when `pushes` is not read, the engine keeps only the newest few for us.
    async fn call(&self, request: Request, pushes: mpsc::Sender<Push>) -> Result<Reply, Fault> {
        let changes = request.changes();
        let frame = encode(&Ask { request }, REQUEST_BYTES_MAX).ok_or_else(too_long)?;
        let opened = Line::open(&self.dir).await;
        let mut line = opened.map_err(|error| match error {
            ConnectError::Absent => just_ended(),
            error => error.into(),
        })?;
        line.send(frame).await.map_err(|error| lost(changes, &error.into()))?;
        loop {
            match read(&mut line.frames).await {
                Ok(Told::Push(push)) => drop(pushes.send(push).await),
                Ok(Told::Reply(reply)) => return Ok(reply),
                Ok(Told::Fault(fault)) => return Err(fault),
                Err(error) => return Err(lost(changes, &error)),
            }
        }
    }
}

fn too_long() -> Fault {
    let limit = REQUEST_BYTES_MAX / 1024;
    Fault::new(Code::BadInput, format!("the request is longer than {limit} KiB; shorten its text"))
}

/// The engine was there a moment ago, and left before anything was asked.
fn just_ended() -> Fault {
    Fault::new(Code::Outside, "the running Seaworthy has just ended, and nothing was asked of it")
        .with_help("run the same command again")
}

/// The engine left before it answered.
fn lost(changes: bool, error: &FrameError) -> Fault {
    let message = format!("the running Seaworthy went away before it answered ({error})");
    if changes {
        return Fault::new(Code::Unknown, message)
            .with_help("run `seaworthy status`: it reads the ledger and says what is known");
    }
    Fault::new(Code::Outside, message).with_help("run the same command again")
}

impl Line {
    async fn open(dir: &Path) -> Result<Self, ConnectError> {
        let stream = match transport::connect(dir).await {
            Ok(stream) => stream.ok_or(ConnectError::Absent)?,
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                return Err(ConnectError::NotSupported);
            }
            Err(error) => return Err(ConnectError::Io(error)),
        };
        timeout(WELCOME_DEADLINE, Self::greet(stream)).await.map_err(|_| ConnectError::Silent)?
    }

    async fn greet(stream: Stream) -> Result<Self, ConnectError> {
        let (read_half, write_half) = tokio::io::split(stream);
        let mut frames = FramedRead::new(read_half, codec(ANSWER_BYTES_MAX));
        let mut sink = FramedWrite::new(write_half, codec(REQUEST_BYTES_MAX));
        let hello = Hello::ours();
        let frame = encode(&hello, REQUEST_BYTES_MAX).unwrap_or_default();
        // An engine that is full or ending hangs up; whoever looks again finds another or none.
        sink.send(frame).await.map_err(|_| ConnectError::Absent)?;
        let welcome: Welcome = read(&mut frames).await.map_err(|_| ConnectError::Absent)?;
        if !welcome.agrees(&hello) {
            let Welcome { product, pid, .. } = welcome;
            return Err(ConnectError::Differs { running: product, own: crate::PRODUCT, pid });
        }
        Ok(Self { frames, sink, welcome })
    }

    async fn send(&mut self, frame: Bytes) -> io::Result<()> {
        self.sink.send(frame).await
    }
}
