//! The local doors to the one engine of a data directory.
//!
//! Whoever holds the [`Lock`] is the engine; every other process of the same user forwards its request over the
//! control channel that the holder serves. [`open_door`] does whichever of the two applies. One connection carries one
//! request: a handshake, the request, any number of pushes and one answer, each a frame of JSON behind its length.
//! The channel carries the wire and nothing else, so nothing that the wire cannot say (a secret) can leave through it.

mod client;
mod door;
mod frame;
mod lock;
mod place;
mod relay;
mod server;
#[cfg(test)]
mod tests;
#[cfg_attr(unix, path = "transport_unix.rs")]
#[cfg_attr(not(unix), path = "transport_other.rs")]
mod transport;

pub use client::Client;
pub use client::ConnectError;
pub use door::Door;
pub use door::Local;
pub use door::open_door;
pub use frame::ANSWER_BYTES_MAX;
pub use frame::REQUEST_BYTES_MAX;
pub use lock::Held;
pub use lock::Lock;
pub use lock::LockError;
pub use lock::Role;
pub use server::CLIENTS_MAX;
pub use server::Listener;
pub use server::serve;
pub use transport::ChannelError;

use async_trait::async_trait;
use seaworthy_wire::Fault;
use seaworthy_wire::Push;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use tokio::sync::mpsc;

/// Version of the product that this process is.
pub const PRODUCT: &str = env!("CARGO_PKG_VERSION");

/// Something that carries requests out: the engine, or a door to it.
///
/// `pushes` takes what happens before the answer. A handler must not count on anybody reading it: a closed receiver
/// never stops a request that changes something. [`Request::Subscribe`] is the one request that ends when its caller
/// drops the call.
#[async_trait]
pub trait Handler: Send + Sync {
    /// Carries one request out.
    async fn call(&self, request: Request, pushes: mpsc::Sender<Push>) -> Result<Reply, Fault>;
}
