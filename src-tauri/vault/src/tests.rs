//! Tokens against a service that says whose they are, in every kind of store.

mod device;
mod file;
#[cfg(target_os = "linux")]
mod keychain;
mod opening;

use crate::Place;
use crate::Tokens;
use axum::Json;
use axum::Router;
use axum::extract::Query;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::routing::get;
use seaworthy_domain::account::Connected;
use seaworthy_domain::account::StoreKind;
use seaworthy_domain::policy::Origin;
use seaworthy_domain::policy::Service;
use seaworthy_http::Client;
use seaworthy_http::ProxyUse;
use seaworthy_ports::Connecting;
use seaworthy_ports::Vault;
use seaworthy_redact::Redactor;
use secrecy::SecretString;
use serde_json::Value;
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;

const TOKEN: &str = "vcp_dana-0123456789";
const OTHER: &str = "vcp_erin-0123456789";

/// What the service was asked, and by which token.
type Seen = Arc<Mutex<Vec<(String, String)>>>;

struct Fake {
    origin: Origin,
    seen: Seen,
    /// Who the tokens belong to; taken from a token's middle where empty.
    owner: Arc<Mutex<Option<&'static str>>>,
}

type Shared = (Seen, Arc<Mutex<Option<&'static str>>>);

fn bearer(state: &Shared, path: &str, headers: &HeaderMap) -> Result<String, StatusCode> {
    let header = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    state.0.lock().unwrap().push((path.to_owned(), header.to_owned()));
    let owner = header.strip_prefix("Bearer vcp_").and_then(|rest| rest.split('-').next());
    let owner = owner.filter(|owner| *owner != "nobody").ok_or(StatusCode::FORBIDDEN)?;
    Ok(state.1.lock().unwrap().unwrap_or(owner).to_owned())
}

async fn user(State(state): State<Shared>, headers: HeaderMap) -> Result<Json<Value>, StatusCode> {
    let owner = bearer(&state, "/v2/user", &headers)?;
    Ok(Json(json!({ "user": { "limited": true, "id": format!("id-{owner}"), "username": owner } })))
}

/// Two pages, of which the second is asked for by `until`.
async fn teams(
    State(state): State<Shared>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Result<Json<Value>, StatusCode> {
    bearer(&state, "/v2/teams", &headers)?;
    let (team, next) = match query.get("until") {
        None => (json!({ "id": "team_1", "slug": "first", "name": "First" }), json!(7)),
        Some(_) => (json!({ "id": "team_2", "slug": "acme", "name": "Acme" }), Value::Null),
    };
    Ok(Json(json!({ "teams": [team], "pagination": { "count": 1, "next": next, "prev": null } })))
}

async fn build(State(state): State<Shared>, headers: HeaderMap) -> Json<Value> {
    let _ = bearer(&state, "/api/v1/status/buildinfo", &headers);
    Json(json!({ "status": "success", "data": { "version": "3.5.0" } }))
}

impl Fake {
    async fn start() -> Self {
        let (seen, owner): Shared = Default::default();
        let app = Router::new()
            .route("/v2/user", get(user))
            .route("/v2/teams", get(teams))
            .route("/prom/api/v1/status/buildinfo", get(build))
            .with_state((seen.clone(), owner.clone()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = Origin::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { origin, seen, owner }
    }

    fn order(&self, token: &str, store: StoreKind) -> Connecting {
        Connecting {
            name: "vercel".into(),
            service: Service::Vercel { team: Some("acme".into()) },
            origin: self.origin.clone(),
            token: SecretString::from(token),
            store,
            owner: None,
        }
    }

    fn asked(&self, path: &str) -> usize {
        self.seen.lock().unwrap().iter().filter(|(seen, _)| seen == path).count()
    }
}

fn tokens(place: Place) -> (Tokens, Redactor) {
    let redactor = Redactor::new();
    let client = Client::new(ProxyUse::Never).unwrap();
    let tokens = Tokens::new(place, client, redactor.clone());
    tokens.know("w1", Vec::new());
    (tokens, redactor)
}

/// A connection that was made in a process that is gone.
fn earlier(origin: &Origin, store: StoreKind) -> Connected {
    serde_json::from_value(json!({
        "name": "vercel",
        "service": { "is": "vercel", "team": "acme" },
        "origin": origin,
        "identity": { "user": { "id": "id-dana", "name": "dana" }, "team": { "id": "team_2", "name": "acme" } },
        "store": store,
    }))
    .unwrap()
}
