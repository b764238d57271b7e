//! One project at Vercel, call by call.
//!
//! Hazard: the token is opened for each call, put into a header marked as sensitive on the line that sends it, and sent
//! to the pinned origin alone; `http` follows no redirect. Calls that change something are sent once, whatever comes
//! back. Calls that read wait when Vercel asks for it, within limits.

use super::trouble;
use super::trouble::Trouble;
use bytes::Bytes;
use seaworthy_clock::Clock;
use seaworthy_domain::OperationId;
use seaworthy_domain::policy::VercelTarget;
use seaworthy_http::Answer;
use seaworthy_http::Client;
use seaworthy_http::Method;
use seaworthy_http::Request;
use seaworthy_http::Url;
use seaworthy_http::header::AUTHORIZATION;
use seaworthy_http::header::CONTENT_TYPE;
use seaworthy_http::header::HeaderMap;
use seaworthy_http::header::HeaderName;
use seaworthy_http::header::HeaderValue;
use seaworthy_ports::Credential;
use seaworthy_ports::Credentials;
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// Times a reading call is made when Vercel takes no more for now.
const READ_TRIES: u32 = 3;

/// Slowest upload that is waited for, beyond the usual deadline.
const UPLOAD_BYTES_A_SECOND: u64 = 256 * 1024;

/// Marks a call in the logs of whoever is in between; Vercel has no key for idempotency.
const OPERATION_HEADER: HeaderName = HeaderName::from_static("x-seaworthy-operation");

/// What the client of a service needs besides its address.
#[derive(Clone)]
pub struct Line {
    /// Makes calls.
    pub http: Client,
    /// Opens tokens.
    pub credentials: Arc<dyn Credentials>,
    /// For the times that Vercel's limits name.
    pub clock: Arc<dyn Clock>,
    /// Pauses.
    pub pauses: Pauses,
}

/// How long is waited for Vercel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pauses {
    /// Between looks at a build. The longest build that Vercel allows is 45 minutes.
    pub build: Duration,
    /// Between looks at traffic that moves.
    pub traffic: Duration,
    /// How long traffic that went back must stay there, and an absent effect absent.
    pub quiet: Duration,
    /// Least and most that a reading call waits when it comes too often.
    pub limited: (Duration, Duration),
}

impl Default for Pauses {
    fn default() -> Self {
        Self {
            build: Duration::from_secs(3),
            traffic: Duration::from_secs(1),
            quiet: Duration::from_secs(10),
            limited: (Duration::from_millis(500), Duration::from_secs(10)),
        }
    }
}

/// Calls about one project.
#[derive(Clone)]
pub(super) struct Api {
    line: Line,
    pub(super) target: VercelTarget,
}

impl Api {
    pub(super) fn new(line: Line, target: VercelTarget) -> Self {
        Self { line, target }
    }

    pub(super) fn pauses(&self) -> Pauses {
        self.line.pauses
    }

    /// Address of a call. Every segment is escaped, and every call names the team.
    pub(super) fn url(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Url, Trouble> {
        let origin = self.target.at.origin.as_str();
        let unusable = || Trouble::NotSent(format!("{origin} is no address that calls can be made to"));
        let mut url = Url::parse(origin).map_err(|_| unusable())?;
        url.path_segments_mut().map_err(|()| unusable())?.clear().extend(path);
        let team = self.target.team().map(|team| {
            let key = if team.starts_with("team_") { "teamId" } else { "slug" };
            (key, team)
        });
        if team.is_some() || !query.is_empty() {
            url.query_pairs_mut().extend_pairs(team).extend_pairs(query);
        }
        Ok(url)
    }

    /// Reads; waits and asks again when it comes too often.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, Trouble> {
        let url = self.url(path, query)?;
        let (least, most) = self.line.pauses.limited;
        for _ in 1..READ_TRIES {
            match self.call(Request::get(url.clone())).await {
                Err(Trouble::Limited { wait, .. }) => {
                    tokio::time::sleep(wait.unwrap_or(least).clamp(least, most)).await;
                }
                answer => return Ok(answer?.json()?),
            }
        }
        Ok(self.call(Request::get(url)).await?.json()?)
    }

    /// Sends a change, once.
    pub(super) async fn post(
        &self,
        operation: OperationId,
        path: &[&str],
        query: &[(&str, &str)],
        body: &Value,
    ) -> Result<Answer, Trouble> {
        let mut request = Request::new(Method::POST, self.url(path, query)?);
        request.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        mark(&mut request.headers, operation)?;
        request.body = Some(Bytes::from(body.to_string()));
        self.call(request).await
    }

    /// Stores one file under its digest. Storing it again changes nothing.
    pub(super) async fn upload(
        &self,
        operation: OperationId,
        digest: &str,
        content: Bytes,
    ) -> Result<(), Trouble> {
        let mut request = Request::new(Method::POST, self.url(&["v2", "files"], &[])?);
        request.deadline += Duration::from_secs(content.len() as u64 / UPLOAD_BYTES_A_SECOND);
        let size = content.len().to_string();
        // The vendor's client sends the first two, its description of the interface names the third for the same.
        request.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        for (name, value) in [("x-now-digest", digest), ("x-now-size", &size), ("x-vercel-digest", digest)] {
            request.headers.insert(HeaderName::from_static(name), plain(value)?);
        }
        mark(&mut request.headers, operation)?;
        request.body = Some(content);
        self.call(request).await.map(drop)
    }

    async fn call(&self, mut request: Request) -> Result<Answer, Trouble> {
        let credential = self.open().await?;
        let mut bearer = plain(&format!("Bearer {}", credential.token.expose_secret()))?;
        bearer.set_sensitive(true);
        request.headers.insert(AUTHORIZATION, bearer);
        let answer = self.line.http.send(request).await?;
        let now_ms = self.line.clock.now().wall.timestamp_millis();
        let checked = trouble::check(answer, now_ms);
        if let Err(Trouble::Denied { .. }) = &checked {
            self.line.credentials.refused(&self.target.connection);
        }
        checked
    }

    /// The token, only when it is the one that the policy means.
    async fn open(&self) -> Result<Credential, Trouble> {
        let VercelTarget { connection, at, .. } = &self.target;
        let credential = self.line.credentials.open(connection, at.origin.as_str()).await?;
        if at.is_for(&credential.identity) {
            return Ok(credential);
        }
        let team = self.target.team().map_or("no team".to_owned(), |team| format!("the team {team}"));
        Err(Trouble::NotSent(format!(
            "{connection} is connected for {}, and the policy names {team}; connect it again for that",
            credential.identity.phrase()
        )))
    }
}

fn mark(headers: &mut HeaderMap, operation: OperationId) -> Result<(), Trouble> {
    headers.insert(OPERATION_HEADER, plain(&operation.to_string())?);
    Ok(())
}

/// A header's value. The error does not repeat it: it may be a token.
fn plain(value: &str) -> Result<HeaderValue, Trouble> {
    HeaderValue::from_str(value)
        .map_err(|_| Trouble::NotSent("a header would contain characters that no header can have".to_owned()))
}
