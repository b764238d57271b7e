//! Staging of a rehearsal: a place of its own, because hosted targets place production deployments only.

use axum::Router;
use axum::routing::get;
use seaworthy_domain::DeploymentId;
use seaworthy_domain::Share;
use seaworthy_domain::operation::Live;
use seaworthy_domain::operation::TargetState;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What is on staging, and the page that answers there.
pub(crate) struct Staging {
    shares: Mutex<BTreeMap<DeploymentId, Share>>,
    pub(crate) address: SocketAddr,
    server: JoinHandle<()>,
}

impl Staging {
    /// Starts with nothing deployed.
    pub(crate) async fn start() -> std::io::Result<Arc<Self>> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let app = Router::new().route("/", get(async || "ahoy\n")).route("/health", get(async || "ahoy\n"));
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, app).await {
                tracing::warn!(%error, "practice staging ended");
            }
        });
        Ok(Arc::new(Self { shares: Mutex::default(), address, server }))
    }

    fn shares(&self) -> MutexGuard<'_, BTreeMap<DeploymentId, Share>> {
        self.shares.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is deployed.
    pub(crate) fn read(&self) -> TargetState {
        let live = |(id, share): (&DeploymentId, &Share)| Live {
            id: id.clone(),
            share: *share,
            version: None,
            commit: None,
            url: None,
        };
        TargetState { deployments: self.shares().iter().map(live).collect(), ..TargetState::default() }
    }

    /// Adds a deployment without traffic.
    pub(crate) fn place(&self, id: &DeploymentId) {
        self.shares().entry(id.clone()).or_insert(Share::NONE);
    }

    /// Gives `id` everybody.
    pub(crate) fn expose(&self, id: &DeploymentId) {
        for (other, share) in self.shares().iter_mut() {
            *share = if other == id { Share::FULL } else { Share::NONE };
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        self.server.abort();
    }
}
