//! The engine here, or a way to the engine elsewhere.

use crate::Handler;
use crate::client::Client;
use crate::client::ConnectError;
use crate::lock::Lock;
use crate::lock::LockError;
use crate::lock::Role;
use crate::relay::carry_out;
use crate::server::Listener;
use crate::server::serve;
use async_trait::async_trait;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use seaworthy_wire::Push;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

/// Times that a held lock without a reachable engine is looked at again: its holder is starting, or is ending, which
/// may take as long as its last request.
const TRIES_MAX: u32 = 120;

/// Pause between two of them.
const TRY_PAUSE: Duration = Duration::from_millis(100);

/// Where requests go.
pub enum Door {
    /// This process is the engine.
    Local(Local),
    /// Another process is.
    Remote(Client),
}

/// The engine in this process, served to others until it is closed.
pub struct Local {
    handler: Arc<dyn Handler>,
    lock: Lock,
    cancel: CancellationToken,
    /// Absent where the channel could not be opened; the engine works without.
    serving: Option<AbortOnDropHandle<()>>,
}

/// Takes the lock, makes the engine and serves it to others, or finds the engine that has the lock. `make` runs at most
/// once, and only with the lock held.
pub async fn open_door<F, Made>(dir: &Path, role: Role, make: F) -> Result<Door, Fault>
where
    F: FnOnce() -> Made,
    Made: Future<Output = Result<Arc<dyn Handler>, Fault>>,
{
    let mut tries = 0;
    loop {
        let held = match Lock::take(dir, role) {
            Ok(lock) => return Ok(Door::Local(Local::open(lock, make).await?)),
            Err(LockError::Held(held)) => held,
            Err(error @ LockError::Io { .. }) => return Err(Fault::new(Code::Outside, error.to_string())),
        };
        match Client::connect(dir).await {
            Ok(client) => return Ok(Door::Remote(client)),
            Err(ConnectError::Absent) if tries < TRIES_MAX => {
                tries += 1;
                tokio::time::sleep(TRY_PAUSE).await;
            }
            Err(ConnectError::Absent) => return Err(unreachable(&held)),
            Err(error) => return Err(error.into()),
        }
    }
}

fn unreachable(held: &crate::Held) -> Fault {
    Fault::new(Code::Refused, format!("the data directory is in use by {held}, which does not answer"))
        .with_help("wait until it is done, or end it; an operation that it had begun is found again")
}

impl Local {
    async fn open<F, Made>(lock: Lock, make: F) -> Result<Self, Fault>
    where
        F: FnOnce() -> Made,
        Made: Future<Output = Result<Arc<dyn Handler>, Fault>>,
    {
        // Bound first, so that others wait for this engine instead of finding a lock without one.
        let listener = Listener::bind(&lock)
            .inspect_err(|error| tracing::warn!(%error, "other processes cannot reach this engine"))
            .ok();
        let handler = make().await?;
        let cancel = CancellationToken::new();
        let serving = listener.map(|listener| {
            let served = serve(listener, Arc::clone(&handler), cancel.clone());
            AbortOnDropHandle::new(tokio::spawn(served))
        });
        Ok(Self { handler, lock, cancel, serving })
    }
}

impl Door {
    /// Whether somebody goes on looking at rollouts after this process has ended.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        match self {
            Self::Local(local) => local.lock.role().watches(),
            Self::Remote(client) => client.is_watched(),
        }
    }

    /// Whether this process is the engine.
    #[must_use]
    pub fn is_local(&self) -> bool {
        matches!(self, Self::Local(_))
    }

    /// Lets nobody new in, lets what changes something end, drops the engine and then releases the lock. What the
    /// engine does by itself has twelve seconds to end: a rollback is still told about, and both are recorded.
    pub async fn close(self) {
        if let Self::Local(Local { handler, lock, cancel, serving }) = self {
            cancel.cancel();
            if let Some(serving) = serving {
                drop(serving.await);
            }
            let at_work = Arc::downgrade(&handler);
            drop(handler);
            let mut tries = 0;
            while at_work.strong_count() > 0 && tries < TRIES_MAX {
                tries += 1;
                tokio::time::sleep(TRY_PAUSE).await;
            }
            drop(lock);
        }
    }
}

#[async_trait]
impl Handler for Door {
    /// Pushes that are not taken in time are lost; requests that change something run to their end either way.
    async fn call(&self, request: Request, pushes: mpsc::Sender<Push>) -> Result<Reply, Fault> {
        match self {
            Self::Local(local) => carry_out(Arc::clone(&local.handler), request, pushes).await,
            Self::Remote(client) => client.call(request, pushes).await,
        }
    }
}
