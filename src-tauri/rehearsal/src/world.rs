//! The practice service: deployments behind a splitter, served over real HTTP on loopback.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Response;
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
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// Header by which a request names the deployment it wants.
pub(crate) const ROUTE_HEADER: &str = "x-practice-deployment";
/// Header by which an answer names the deployment that gave it.
pub(crate) const VERSION_HEADER: &str = "x-practice-version";
/// What a slow answer takes. The practice policy's limit lies well below, an idle machine's real answers far below.
const SLOW: Duration = Duration::from_millis(400);
/// Of a hundred requests, those that a broken release fails.
const BROKEN_PERCENT: u64 = 40;
/// Of ten thousand requests, those that fail in a healthy one.
const HEALTHY_PER_MYRIAD: u64 = 1;

/// What can be made to go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The release fails four requests of ten.
    ErrorRate,
    /// The release answers far too slowly.
    Latency,
    /// Only the old version answers, whoever is asked for.
    NoData,
    /// The program dies after the intent is written.
    Crash,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Fault; 4] = [Self::ErrorRate, Self::Latency, Self::NoData, Self::Crash];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ErrorRate => "error-rate",
            Self::Latency => "latency",
            Self::NoData => "no-data",
            Self::Crash => "crash",
        }
    }
}

impl std::str::FromStr for Fault {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let known = || Self::ALL.map(Self::name).join(", ");
        Self::ALL
            .into_iter()
            .find(|f| f.name() == text)
            .ok_or_else(|| format!("there is no fault \"{text}\"; there are {}", known()))
    }
}

/// The service, shared by its server and the practice target.
pub(crate) struct World {
    state: Mutex<Service>,
    /// Told when a mutation took effect whose answer will never come.
    pub(crate) died: Notify,
    pub(crate) address: SocketAddr,
    server: JoinHandle<()>,
}

struct Service {
    /// Shares by environment and deployment.
    shares: BTreeMap<String, BTreeMap<DeploymentId, Share>>,
    /// Faults that hit the deployment named here.
    broken: Option<DeploymentId>,
    faults: Vec<Fault>,
    /// Numbers requests, so that the same seed fails the same ones.
    served: u64,
    seed: u64,
}

impl World {
    /// Starts the service with `first` serving all of production.
    pub(crate) async fn start(
        seed: u64,
        first: DeploymentId,
        production: &str,
    ) -> std::io::Result<Arc<Self>> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let shares = BTreeMap::from([(production.to_owned(), BTreeMap::from([(first, Share::FULL)]))]);
        let service = Service { shares, broken: None, faults: Vec::new(), served: 0, seed };
        let production = production.to_owned();
        Ok(Arc::new_cyclic(|weak: &std::sync::Weak<World>| {
            let weak = weak.clone();
            let app = Router::new()
                .route("/", get(answer))
                .route("/health", get(answer))
                .with_state((weak, production));
            let server = tokio::spawn(async move {
                if let Err(error) = axum::serve(listener, app).await {
                    tracing::warn!(%error, "the practice service ended");
                }
            });
            World { state: Mutex::new(service), died: Notify::new(), address, server }
        }))
    }

    fn service(&self) -> MutexGuard<'_, Service> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is deployed in `environment`.
    pub(crate) fn read(&self, environment: &str) -> TargetState {
        let service = self.service();
        let shares = service.shares.get(environment).into_iter().flatten();
        let deployments = shares.map(|(id, share)| Live {
            id: id.clone(),
            share: *share,
            version: None,
            commit: None,
            url: None,
        });
        TargetState { deployments: deployments.collect(), ..TargetState::default() }
    }

    /// Adds a deployment without traffic.
    pub(crate) fn place(&self, environment: &str, id: &DeploymentId) {
        self.service()
            .shares
            .entry(environment.to_owned())
            .or_default()
            .entry(id.clone())
            .or_insert(Share::NONE);
    }

    /// Gives `id` its share; whoever else had most gets the rest.
    pub(crate) fn set_share(&self, environment: &str, id: &DeploymentId, share: Share) {
        let mut service = self.service();
        let shares = service.shares.entry(environment.to_owned()).or_default();
        let others = shares.iter().filter(|(other, _)| *other != id);
        let main = others.max_by_key(|(_, share)| **share).map(|(other, _)| other.clone());
        let rest = Share::percent(Share::FULL.as_percent() - share.as_percent()).unwrap_or(Share::NONE);
        for (other, theirs) in shares.iter_mut() {
            *theirs = if other == id {
                share
            } else if Some(other) == main.as_ref() {
                rest
            } else {
                Share::NONE
            };
        }
    }

    /// Makes `deployment` suffer from `faults`; none makes it healthy.
    pub(crate) fn afflict(&self, deployment: Option<DeploymentId>, faults: Vec<Fault>) {
        let mut service = self.service();
        service.broken = deployment;
        service.faults = faults;
    }

    /// Faults that are switched on.
    pub(crate) fn faults(&self) -> Vec<Fault> {
        self.service().faults.clone()
    }

    /// What one request gets: who answers, whether it fails, and how long it takes.
    fn serve(&self, production: &str, wanted: Option<&str>) -> (DeploymentId, bool, bool) {
        let mut service = self.service();
        service.served += 1;
        let draw = mix(service.seed ^ service.served);
        let empty = BTreeMap::new();
        let shares = service.shares.get(production).unwrap_or(&empty);
        let named = wanted
            .and_then(|name| service.shares.values().flatten().map(|(id, _)| id).find(|id| id.0 == name));
        let main = shares.iter().max_by_key(|(_, share)| **share).map(|(id, _)| id.clone());
        let old = shares.keys().find(|id| Some(*id) != service.broken.as_ref()).cloned();
        let mut who = named.cloned().or(main).unwrap_or(DeploymentId("nothing".into()));
        let broken = service.broken.as_ref() == Some(&who);
        if broken && service.faults.contains(&Fault::NoData) {
            who = old.unwrap_or(who);
        }
        let fails = if broken && service.faults.contains(&Fault::ErrorRate) {
            draw % 100 < BROKEN_PERCENT
        } else {
            draw % 10_000 < HEALTHY_PER_MYRIAD
        };
        (who, fails, broken && service.faults.contains(&Fault::Latency))
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn answer(
    State((world, production)): State<(std::sync::Weak<World>, String)>,
    headers: HeaderMap,
) -> Response {
    let Some(world) = world.upgrade() else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    let wanted = headers.get(ROUTE_HEADER).and_then(|value| value.to_str().ok());
    let (who, fails, slow) = world.serve(&production, wanted);
    if slow {
        tokio::time::sleep(SLOW).await;
    }
    let status = if fails { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK };
    (status, [(VERSION_HEADER, who.0)], "ahoy\n").into_response()
}

/// One round of splitmix64: well-spread, and the same everywhere.
fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
