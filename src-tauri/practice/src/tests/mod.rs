//! The provider over real HTTP: every call, every refusal, every trouble.

mod deploying;
mod guarding;
mod moving;
mod rolling;
mod spec;
mod troubles;

use crate::Pace;
use crate::Practice;
use crate::ProjectSetup;
use crate::Setup;
use crate::What;
use chrono::DateTime;
use chrono::TimeDelta;
use seaworthy_clock::TurnedClock;
use seaworthy_http::Client;
use seaworthy_http::HttpError;
use seaworthy_http::Method;
use seaworthy_http::ProxyUse;
use seaworthy_http::Request;
use seaworthy_http::Url;
use secrecy::ExposeSecret;
use serde_json::Value;
use serde_json::json;
use std::sync::Arc;

/// Commit that the tests release.
const COMMIT: &str = "9a3b77e01c5d2f649a3b77e01c5d2f649a3b77e0";

/// A provider, its clock and a client.
struct Harbor {
    clock: TurnedClock,
    practice: Practice,
    client: Client,
    /// Where requests go instead of to the provider itself.
    through: Option<String>,
}

/// Status and body of an answer; a body that is empty or no JSON is `null`.
type Answered = (u16, Value);

impl Harbor {
    async fn with(setup: Setup) -> Self {
        let clock = TurnedClock::starting_at(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let practice = Practice::start(Arc::new(clock.clone()), setup).await.unwrap();
        Self { clock, practice, client: Client::new(ProxyUse::Never).unwrap(), through: None }
    }

    async fn plain() -> Self {
        Self::with(Setup::one(7, ProjectSetup::named("harbor"))).await
    }

    async fn rolling() -> Self {
        let project = ProjectSetup::named("harbor").rolling(&[5.0, 25.0, 100.0]);
        Self::with(Setup { pace: Pace::default(), ..Setup::one(7, project) }).await
    }

    fn request(&self, method: &str, path: &str) -> Request {
        let origin = self.through.clone().unwrap_or_else(|| self.practice.url());
        let mut url = Url::parse(&format!("{origin}{path}")).unwrap();
        if !url.query().unwrap_or_default().contains("teamId") {
            url.query_pairs_mut().append_pair("teamId", self.practice.team());
        }
        let mut request = Request::new(Method::from_bytes(method.as_bytes()).unwrap(), url);
        let bearer = format!("Bearer {}", self.practice.token().expose_secret());
        request.headers.insert("authorization", bearer.parse().unwrap());
        request
    }

    async fn send(&self, request: Request) -> Result<Answered, HttpError> {
        let answer = self.client.send(request).await?;
        Ok((answer.status.as_u16(), serde_json::from_slice(&answer.body).unwrap_or(Value::Null)))
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.send(self.request("GET", path)).await.unwrap();
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    async fn try_call(&self, method: &str, path: &str, body: Value) -> Result<Answered, HttpError> {
        let mut request = self.request(method, path);
        request.headers.insert("content-type", "application/json".parse().unwrap());
        request.body = Some(body.to_string().into());
        self.send(request).await
    }

    async fn call(&self, method: &str, path: &str, body: Value) -> Answered {
        self.try_call(method, path, body).await.unwrap()
    }

    async fn post(&self, path: &str, body: Value) -> Answered {
        self.call("POST", path, body).await
    }

    fn wait(&self, seconds: i64) {
        self.clock.advance(TimeDelta::seconds(seconds));
    }

    /// A production deployment, built; staged unless it says otherwise.
    async fn deployed(&self, tag: &str, staged: bool) -> String {
        let body = json!({
            "name": "harbor",
            "target": "production",
            "autoAssignCustomDomains": !staged,
            "gitSource": { "type": "github", "org": "o", "repo": "r", "ref": "main", "sha": COMMIT },
            "meta": { "seaworthy_op": tag },
        });
        let (status, body) = self.post("/v13/deployments?forceNew=1", body).await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(body["readyState"], "QUEUED");
        self.wait(60);
        body["id"].as_str().unwrap().to_owned()
    }

    async fn project(&self) -> Value {
        self.get("/v9/projects/harbor").await
    }

    async fn release(&self) -> Value {
        self.get("/v1/projects/harbor/rolling-release").await["rollingRelease"].clone()
    }

    fn first(&self) -> String {
        self.practice.standing("harbor").unwrap().deployments[0].0.clone()
    }

    fn production(&self) -> String {
        self.practice.standing("harbor").unwrap().production
    }

    /// How often a kind of change took effect.
    fn count(&self, what: What) -> usize {
        self.practice.effects().iter().filter(|effect| effect.what == what).count()
    }
}
