//! The HTTP side: one connection, one guard, one dispatch, and the trouble that was ordered.

mod answer;
mod ask;
mod guard;
mod limits;
mod line;
mod lists;
mod routes;

pub(crate) use answer::Answer;
pub(crate) use limits::Limits;
pub(crate) use line::Cord;
pub(crate) use line::Line;

use crate::clock::Axis;
use crate::effect::Taken;
use crate::site::Sites;
use crate::trouble::Call;
use crate::trouble::Trouble;
use crate::trouble::Troubles;
use crate::world::World;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::extract::State;
use axum::http::Request;
use axum::http::request::Parts;
use axum::response::IntoResponse;
use axum::response::Response;
use bytes::Bytes;
use secrecy::SecretString;
use serde_json::json;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::Weak;
use tokio::sync::Notify;
use tokio::sync::watch;

/// Longest body of a request. The real provider takes larger files; practice files are small.
const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Calls that are kept in [`crate::Practice::calls`]: a day of looks every second.
const TAKEN_MAX: usize = 500_000;

/// Everything the provider shares between its connections.
pub(crate) struct Provider {
    state: Mutex<Inner>,
    pub(crate) token: SecretString,
    /// Host and port that requests must name.
    pub(crate) address: std::net::SocketAddr,
    pub(crate) sites: Sites,
    /// Told when a call was done whose answer never comes.
    pub(crate) silenced: Notify,
    /// Counts releases of held calls.
    pub(crate) released: watch::Sender<u64>,
}

/// What is behind the lock.
pub(crate) struct Inner {
    pub(crate) axis: Axis,
    pub(crate) world: World,
    pub(crate) troubles: Troubles,
    pub(crate) limits: Limits,
    /// Reads that still answer from an older world.
    pub(crate) stale: Option<Stale>,
    /// The token is refused from now on.
    pub(crate) revoked: bool,
    /// Every call that arrived.
    pub(crate) taken: Vec<Taken>,
}

/// Reads that lag behind the next change.
pub(crate) struct Stale {
    pub(crate) reads: u32,
    /// `None` until something changes.
    pub(crate) world: Option<World>,
}

/// One request, read.
pub(crate) struct Asked {
    pub(crate) parts: Parts,
    pub(crate) body: Bytes,
}

impl Provider {
    pub(crate) fn new(
        inner: Inner,
        token: SecretString,
        address: std::net::SocketAddr,
        sites: Sites,
    ) -> Arc<Self> {
        let (state, released) = (Mutex::new(inner), watch::Sender::new(0));
        Arc::new(Self { state, token, address, sites, silenced: Notify::new(), released })
    }

    /// The state, with everything done that is due.
    pub(crate) fn inner(&self) -> MutexGuard<'_, Inner> {
        let mut inner = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = inner.axis.now();
        inner.world.settle(now);
        inner
    }

    /// Takes one call up; runs to its end also when the caller hangs up.
    async fn take(&self, cord: Cord, asked: Asked) -> Answer {
        let call = routes::call_of(&asked);
        let trouble = self.inner().note(call, &asked);
        match trouble {
            None => self.handle(call, &asked),
            Some(Trouble::Late(time)) => {
                tokio::time::sleep(time).await;
                self.handle(call, &asked)
            }
            Some(Trouble::Held) => {
                let mut released = self.released.subscribe();
                // An error means that the provider itself is gone, and with it the call.
                if released.changed().await.is_err() {
                    return Answer::empty(503);
                }
                self.handle(call, &asked)
            }
            Some(Trouble::Silent) => {
                self.handle(call, &asked);
                self.silenced.notify_one();
                std::future::pending().await
            }
            Some(trouble) => self.spoil(&cord, call, &asked, trouble),
        }
    }

    fn spoil(&self, cord: &Cord, call: Call, asked: &Asked, trouble: Trouble) -> Answer {
        let done_if = |applied: bool| applied.then(|| self.handle(call, asked));
        match trouble {
            Trouble::CutAfter => {
                done_if(true);
                cord.cut();
                Answer::empty(503)
            }
            Trouble::CutWithin => self.handle(call, asked).torn(),
            Trouble::Status { status, applied } => {
                done_if(applied);
                Answer::error(status, "internal_server_error", "An unexpected error happened on our side")
            }
            Trouble::Limited { retry_after } => {
                let answer = self.inner().limited(call);
                match retry_after {
                    Some(after) => answer.with("retry-after", after),
                    None => answer,
                }
            }
            Trouble::Garbage { applied } => {
                done_if(applied);
                Answer::text(200, "application/json", "{\"rollingRelease\": NaN, [")
            }
            Trouble::Portal => Answer::text(200, "text/html", "<!doctype html><title>Welcome aboard</title>"),
            Trouble::Redirect { to } => Answer::empty(307).with("location", to),
            Trouble::Huge { bytes, applied } => {
                let status = done_if(applied).map_or(200, |answer| answer.status);
                Answer::text(status, "application/json", &format!("\"{}\"", "a".repeat(bytes)))
            }
            // The others were taken up before.
            Trouble::CutBefore | Trouble::Late(_) | Trouble::Held | Trouble::Silent => {
                cord.cut();
                Answer::empty(503)
            }
        }
    }

    /// The ordinary way.
    fn handle(&self, call: Call, asked: &Asked) -> Answer {
        let mut inner = self.inner();
        let admitted = guard::admit(self, &inner, asked);
        let now = inner.world.now;
        let (room, stamps) = inner.limits.take(call, now);
        let answer = match admitted {
            Err(refusal) => return Answer::refused(&refusal),
            Ok(()) if !room => inner.limited(call),
            Ok(()) => routes::dispatch(self, &mut inner, call, asked),
        };
        stamps.into_iter().fold(answer, |answer, (name, value)| answer.with(name, value))
    }
}

impl Inner {
    /// Writes the call down, and says what goes wrong with it.
    fn note(&mut self, call: Call, asked: &Asked) -> Option<Trouble> {
        if self.taken.len() < TAKEN_MAX {
            let operation = routes::operation_of(asked);
            self.taken.push(Taken { call, operation });
        }
        self.troubles.next(call)
    }

    /// Keeps the world as it is for reads that lag behind the change that comes now.
    fn remember(&mut self) {
        if let Some(stale) = self.stale.as_mut().filter(|stale| stale.world.is_none()) {
            stale.world = Some(self.world.clone());
        }
    }

    /// The older world, for a read that lags behind.
    fn lagging(&mut self) -> Option<World> {
        let stale = self.stale.as_mut()?;
        let world = stale.world.clone()?;
        stale.reads -= 1;
        if stale.reads == 0 {
            self.stale = None;
        }
        Some(world)
    }

    /// Status 429 in the provider's words; says when to come back.
    fn limited(&self, call: Call) -> Answer {
        let (total, reset) = self.limits.of(call, self.world.now);
        let seconds = (reset - self.world.now).max(0) / 1_000;
        let message = format!("The rate limit of {total} exceeded for '{call:?}'. Try again in {seconds}s");
        let limit = json!({ "remaining": 0, "reset": reset / 1_000, "resetMs": reset, "total": total });
        let body = json!({ "error": { "code": "rate_limited", "message": message, "limit": limit } });
        Answer::json(429, &body)
    }
}

/// The whole interface as a service.
pub(crate) fn router(provider: &Arc<Provider>) -> Router {
    Router::new().fallback(answer).with_state(Arc::downgrade(provider))
}

async fn answer(
    State(provider): State<Weak<Provider>>,
    ConnectInfo(cord): ConnectInfo<Cord>,
    request: Request<Body>,
) -> Response {
    let Some(provider) = provider.upgrade() else { return Answer::empty(503).into_response() };
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_BYTES_MAX).await else {
        return Answer::error(413, "request_too_large", "the request body is too large").into_response();
    };
    // A task of its own: what was sent is done, whether or not somebody waits for the answer.
    let taken = tokio::spawn(async move { provider.take(cord, Asked { parts, body }).await });
    taken.await.unwrap_or_else(|_| Answer::empty(500)).into_response()
}
