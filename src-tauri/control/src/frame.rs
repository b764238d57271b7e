//! What crosses the control channel: JSON values, each behind its length in four bytes, highest first.
//!
//! [`Hello`] and [`Welcome`] never change their shape, so that any two versions can tell each other who they are.

use crate::lock::Role;
use bytes::Bytes;
use futures_util::StreamExt;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use seaworthy_wire::Push;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use serde::Deserialize;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::AsyncRead;
use tokio_util::codec::FramedRead;
use tokio_util::codec::LengthDelimitedCodec;

/// Longest request in bytes; the longest text in one is a note or a reason.
pub const REQUEST_BYTES_MAX: usize = 256 * 1024;

/// Longest answer or push in bytes; the longest is a report.
pub const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// First frame of a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hello {
    /// [`seaworthy_wire::VERSION`].
    pub(crate) wire: u32,
    /// [`crate::PRODUCT`].
    pub(crate) product: String,
}

/// First frame of the engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Welcome {
    /// [`seaworthy_wire::VERSION`].
    pub(crate) wire: u32,
    /// [`crate::PRODUCT`].
    pub(crate) product: String,
    /// Process of the engine.
    pub(crate) pid: u32,
    /// [`Role`] by name; one that a version does not know is still welcome.
    pub(crate) role: String,
}

impl Hello {
    pub(crate) fn ours() -> Self {
        Self { wire: seaworthy_wire::VERSION, product: crate::PRODUCT.to_owned() }
    }
}

impl Welcome {
    pub(crate) fn ours(role: Role) -> Self {
        let Hello { wire, product } = Hello::ours();
        Self { wire, product, pid: std::process::id(), role: role.to_string() }
    }

    /// Whether two processes with these words understand each other in everything else.
    pub(crate) fn agrees(&self, hello: &Hello) -> bool {
        self.wire == hello.wire && self.product == hello.product
    }
}

/// Second frame of a client.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Ask {
    pub(crate) request: Request,
}

/// Every further frame of the engine; the last is an answer or a fault.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Told {
    Push(Push),
    Reply(Reply),
    Fault(Fault),
}

/// Why a frame could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FrameError {
    #[error("the other side closed the connection")]
    Closed,
    #[error("the connection broke or a frame was too long: {0}")]
    Broken(#[from] std::io::Error),
    #[error("a frame was not understood: {0}")]
    Garbled(#[from] serde_json::Error),
}

pub(crate) fn codec(bytes_max: usize) -> LengthDelimitedCodec {
    LengthDelimitedCodec::builder().max_frame_length(bytes_max).new_codec()
}

pub(crate) async fn read<T: DeserializeOwned, R: AsyncRead + Unpin>(
    frames: &mut FramedRead<R, LengthDelimitedCodec>,
) -> Result<T, FrameError> {
    let frame = frames.next().await.ok_or(FrameError::Closed)??;
    Ok(serde_json::from_slice(&frame)?)
}

/// A frame's bytes, or `None` when it would be longer than `bytes_max`.
pub(crate) fn encode<T: Serialize>(value: &T, bytes_max: usize) -> Option<Bytes> {
    let bytes = serde_json::to_vec(value).ok()?;
    (bytes.len() <= bytes_max).then(|| bytes.into())
}

/// The last frame of an exchange.
pub(crate) fn encode_answer(answer: Result<Reply, Fault>) -> Bytes {
    let told = answer.map_or_else(Told::Fault, Told::Reply);
    encode(&told, ANSWER_BYTES_MAX).unwrap_or_else(|| {
        let fault = Fault::new(Code::Outside, "the answer is too long for the control channel")
            .with_help("ask for less, or ask again when no other Seaworthy is running");
        encode(&Told::Fault(fault), ANSWER_BYTES_MAX).unwrap_or_default()
    })
}
