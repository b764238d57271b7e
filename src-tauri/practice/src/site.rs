//! What visitors see: each deployment at an address of its own, and production at the project's, split by share.

use crate::mix;
use crate::service::Provider;
use crate::world::Deployment;
use crate::world::State as Build;
use crate::world::World;
use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::http::Uri;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::response::Response;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::OnceLock;
use std::sync::PoisonError;
use std::sync::Weak;
use std::time::Duration;
use tokio::task::JoinHandle;

/// Header by which a visitor of production asks for one deployment: by identifier, commit, or a value of its `meta`.
/// The real provider routes by the same header, for clients of an earlier deployment.
pub const ROUTE_HEADER: &str = "x-deployment-id";
/// Header by which every answer names the commit that gave it.
pub const VERSION_HEADER: &str = "x-practice-version";
/// What a slow answer takes: far more than an idle machine's real answers.
const SLOW: Duration = Duration::from_millis(400);
/// Of a hundred requests, those that a broken deployment fails.
const BROKEN_PERCENT: u64 = 40;
/// Of ten thousand requests, those that fail in a healthy one.
const HEALTHY_PER_MYRIAD: u64 = 1;
/// Most addresses of deployments; later ones have a name that leads nowhere.
const SITES_MAX: usize = 256;

/// What ails a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Affliction {
    /// It fails four requests of ten.
    Errors,
    /// Every answer takes 400 ms.
    Slow,
    /// What served before it answers in its place.
    Absent,
}

/// The addresses.
pub(crate) struct Sites(Arc<Shared>);

struct Shared {
    provider: OnceLock<Weak<Provider>>,
    visits: Mutex<Visits>,
    seed: u64,
}

#[derive(Default)]
struct Visits {
    servers: Vec<JoinHandle<()>>,
    /// By deployment.
    afflictions: BTreeMap<String, Vec<Affliction>>,
    /// Numbers requests, so that the same seed fails the same ones.
    served: u64,
}

/// What an address stands for.
#[derive(Clone)]
enum Place {
    /// Production of the project with this name.
    Production(String),
    /// The deployment with this host.
    Own(String),
}

/// What one request gets.
struct Served {
    deployment: String,
    commit: String,
    fails: bool,
    slow: bool,
}

impl Sites {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Arc::new(Shared { provider: OnceLock::new(), visits: Mutex::default(), seed }))
    }

    /// Ties the addresses to their provider; before that nothing is served.
    pub(crate) fn tie(&self, provider: &Arc<Provider>) {
        let _ = self.0.provider.set(Arc::downgrade(provider));
    }

    /// An address for a new deployment: host and port.
    pub(crate) fn open(&self) -> Result<String, String> {
        let opened = self.0.visits().servers.len();
        if opened >= SITES_MAX {
            return Ok(format!("crowded-{opened}.practice.invalid"));
        }
        self.serve(Place::Own).map_err(|error| format!("no port for another deployment: {error}"))
    }

    /// The address of a project's production.
    pub(crate) fn production(&self, project: &str) -> std::io::Result<String> {
        let project = project.to_owned();
        self.serve(|_| Place::Production(project))
    }

    fn serve(&self, place: impl FnOnce(String) -> Place) -> std::io::Result<String> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let host = listener.local_addr()?.to_string();
        let state = (Arc::downgrade(&self.0), place(host.clone()));
        let app = Router::new().fallback(answer).with_state(state);
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, app).await {
                tracing::warn!(%error, "a practice site ended");
            }
        });
        self.0.visits().servers.push(server);
        Ok(host)
    }

    pub(crate) fn afflict(&self, deployment: &str, afflictions: Vec<Affliction>) {
        self.0.visits().afflictions.insert(deployment.to_owned(), afflictions);
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        for server in &self.visits().servers {
            server.abort();
        }
    }
}

impl Shared {
    fn visits(&self) -> MutexGuard<'_, Visits> {
        self.visits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn visit(&self, place: &Place, wanted: Option<&str>) -> Option<Served> {
        let provider = self.provider.get()?.upgrade()?;
        let inner = provider.inner();
        let mut visits = self.visits();
        visits.served += 1;
        let draw = mix(self.seed ^ visits.served);
        let asked = asked_for(&inner.world, place, wanted, draw)?;
        let afflicted = visits.afflictions.get(&asked.id);
        let suffers = |affliction| afflicted.is_some_and(|all| all.contains(&affliction));
        let fails = if suffers(Affliction::Errors) {
            draw % 100 < BROKEN_PERCENT
        } else {
            draw % 10_000 < HEALTHY_PER_MYRIAD
        };
        let before = || {
            let project = inner.world.projects.get(&asked.project)?;
            let old = Some(&project.production).filter(|id| **id != asked.id).or(project.earlier.last())?;
            inner.world.deployments.get(old)
        };
        let who = if suffers(Affliction::Absent) { before().unwrap_or(asked) } else { asked };
        Some(Served {
            deployment: who.id.clone(),
            commit: who.commit().unwrap_or_default().to_owned(),
            fails,
            slow: suffers(Affliction::Slow),
        })
    }
}

/// Who answers, if it is well.
fn asked_for<'a>(world: &'a World, place: &Place, wanted: Option<&str>, draw: u64) -> Option<&'a Deployment> {
    let project = match place {
        Place::Own(host) => return world.deployment(host).ok().filter(|found| found.state == Build::Ready),
        Place::Production(name) => world.project(name).ok()?,
    };
    let named = |found: &&Deployment| {
        let wanted = wanted.unwrap_or_default();
        let names = [found.id.as_str(), found.commit().unwrap_or_default()];
        found.project == project.id
            && found.state == Build::Ready
            && !found.deleted
            && !wanted.is_empty()
            && (names.contains(&wanted) || found.meta.values().any(|value| value == wanted))
    };
    let newest = world.deployments.values().filter(named).max_by_key(|found| found.created);
    newest.or_else(|| {
        // Hundredths of a percent, so that half a percent can be drawn.
        #[expect(clippy::cast_precision_loss, reason = "below ten thousand")]
        let mut left = (mix(draw) % 10_000) as f64 / 100.0;
        let shares = project.shares();
        let drawn = shares.iter().find(|(_, share)| {
            left -= share;
            left < 0.0
        });
        world.deployments.get(&drawn.or(shares.first())?.0)
    })
}

async fn answer(
    State((sites, place)): State<(Weak<Shared>, Place)>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let Some(sites) = sites.upgrade() else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    let wanted = headers.get(ROUTE_HEADER).and_then(|value| value.to_str().ok());
    let Some(served) = sites.visit(&place, wanted) else {
        return (StatusCode::NOT_FOUND, "The deployment could not be found\n").into_response();
    };
    drop(sites);
    if served.slow {
        tokio::time::sleep(SLOW).await;
    }
    let status = if served.fails { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK };
    let named = [(VERSION_HEADER, served.commit.clone()), (ROUTE_HEADER, served.deployment.clone())];
    match uri.path() {
        "/" | "/health" => (status, named, "ahoy\n").into_response(),
        "/version" => {
            let body = json!({ "commit": served.commit, "deployment": served.deployment }).to_string();
            (status, named, [(CONTENT_TYPE, "application/json")], body).into_response()
        }
        _ => (StatusCode::NOT_FOUND, named, "nothing here\n").into_response(),
    }
}
