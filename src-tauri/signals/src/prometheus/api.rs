//! One call of the API: authorised, within a deadline, and its errors sorted by what they mean for a figure.
//!
//! Shapes and statuses are those of Prometheus' "HTTP API": an envelope with `status`, 400 for what cannot be read, 422
//! for what cannot be computed, 503 for what took too long. A proxy before it may answer anything.

use crate::ask::is_own_network;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::DateTime;
use chrono::TimeDelta;
use chrono::Utc;
use seaworthy_domain::GapCause;
use seaworthy_domain::policy::Auth;
use seaworthy_domain::policy::Connection;
use seaworthy_domain::policy::MetricsService;
use seaworthy_domain::policy::Service;
use seaworthy_domain::visible;
use seaworthy_http::Client;
use seaworthy_http::HttpError;
use seaworthy_http::Phase;
use seaworthy_http::Request;
use seaworthy_http::StatusCode;
use seaworthy_http::Url;
use seaworthy_http::from_json;
use seaworthy_http::header;
use seaworthy_http::header::HeaderValue;
use seaworthy_ports::Credential;
use seaworthy_ports::CredentialError;
use seaworthy_ports::Credentials;
use seaworthy_rules::InvalidReason;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

/// After a refused token nothing is asked for this long: whoever tries passwords is locked out.
const REFUSED_PAUSE: TimeDelta = TimeDelta::seconds(60);
/// Longest text of somebody else that is passed on, in characters.
const TOLD_CHARS_MAX: usize = 200;
/// Warnings kept of one answer.
const WARNINGS_MAX: usize = 5;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum AskError {
    /// The token cannot be had.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// The token is not taken.
    #[error(
        "{origin} refuses the token of {connection} (status {status}); run `seaworthy connect {connection} --rotate`"
    )]
    Refused { connection: String, origin: String, status: u16 },
    /// It cannot be asked like this.
    #[error("{0}")]
    Unusable(String),
    /// The service says that it could not compute it.
    #[error("the service says {kind}: {text}")]
    Query { kind: String, text: String },
    /// Too busy, or too slow.
    #[error("the service is busy (status {0}); ask for less or less often")]
    Busy(u16),
    /// Something answered that is no Prometheus.
    #[error("that is no Prometheus: {0}")]
    Stranger(String),
    /// No usable answer.
    #[error("could not {0}")]
    Http(#[from] HttpError),
    /// There was no time left.
    #[error("there was no time left to ask; what was asked before took too long")]
    Late,
}

impl AskError {
    /// What this makes of a sample.
    pub(super) fn reason(&self) -> InvalidReason {
        match self {
            Self::Query { .. } | Self::Stranger(_) | Self::Unusable(_) => InvalidReason::Unreadable,
            Self::Http(error) if !matches!(error, HttpError::NotSent { .. } | HttpError::Lost { .. }) => {
                InvalidReason::Unreadable
            }
            _ => InvalidReason::NoAnswer,
        }
    }

    /// What kind of gap this makes.
    pub(super) fn cause(&self) -> GapCause {
        match self {
            Self::Http(HttpError::NotSent { phase: Phase::Dns, .. }) => GapCause::Offline,
            Self::Http(HttpError::NotSent { phase: Phase::Connect, reason }) if is_own_network(reason) => {
                GapCause::Offline
            }
            _ => GapCause::SourceFailed,
        }
    }

    /// Whether the next question would end the same way, and cost as much time.
    pub(super) fn is_lasting(&self) -> bool {
        match self {
            Self::Credential(_) | Self::Refused { .. } | Self::Late | Self::Http(_) => true,
            Self::Unusable(_) | Self::Query { .. } | Self::Busy(_) | Self::Stranger(_) => false,
        }
    }
}

/// An answer that says "success".
pub(super) struct Told<T> {
    pub(super) data: T,
    pub(super) warnings: Vec<String>,
    pub(super) raw: Vec<u8>,
}

#[derive(Deserialize)]
struct Envelope<T> {
    status: String,
    data: Option<T>,
    #[serde(rename = "errorType")]
    error_type: Option<String>,
    error: Option<String>,
    #[serde(default = "Vec::new")]
    warnings: Vec<String>,
    #[serde(default = "Vec::new")]
    infos: Vec<String>,
}

/// What is known of one connection beyond the policy.
#[derive(Default)]
pub(super) struct Lane {
    /// One request at a time.
    pub(super) turn: tokio::sync::Mutex<()>,
    refused: Mutex<Option<(DateTime<Utc>, u16)>>,
}

impl Lane {
    fn refused_lately(&self, at: DateTime<Utc>) -> Option<u16> {
        let refused = *self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.filter(|(then, _)| (at - *then).abs() < REFUSED_PAUSE).map(|(_, status)| status)
    }

    fn refuse(&self, at: DateTime<Utc>, status: u16) {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some((at, status));
    }
}

/// One question.
pub(super) struct Question<'a> {
    /// Below `/api/v1/`.
    pub(super) endpoint: &'a str,
    pub(super) parameters: &'a [(&'a str, String)],
    pub(super) at: DateTime<Utc>,
    pub(super) deadline: Duration,
    pub(super) bytes_max: usize,
}

/// The way to one service.
pub(super) struct Api<'a> {
    pub(super) client: &'a Client,
    pub(super) credentials: &'a dyn Credentials,
    pub(super) service: &'a MetricsService,
    pub(super) lane: &'a Lane,
}

impl Api<'_> {
    /// Asks once.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        question: &Question<'_>,
    ) -> Result<Told<T>, AskError> {
        if question.deadline.is_zero() {
            return Err(AskError::Late);
        }
        if let Some(status) = self.lane.refused_lately(question.at) {
            return Err(self.refused(status));
        }
        let mut request = Request::get(self.url(question)?);
        request.deadline = question.deadline;
        request.body_bytes_max = question.bytes_max;
        if self.service.auth != Auth::None {
            let connection = &self.service.connection;
            let opened = self.credentials.open(connection, self.service.origin.as_str()).await?;
            self.belongs(&opened)?;
            request.headers.insert(header::AUTHORIZATION, authorization(&self.service.auth, &opened)?);
        }
        let answer = self.client.send(request).await?;
        match answer.status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                let status = answer.status.as_u16();
                self.lane.refuse(question.at, status);
                self.credentials.refused(&self.service.connection);
                return Err(self.refused(status));
            }
            StatusCode::TOO_MANY_REQUESTS | StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => {
                return Err(AskError::Busy(answer.status.as_u16()));
            }
            _ => {}
        }
        read(answer.status, answer.is_json(), &answer.body)
    }

    fn url(&self, question: &Question<'_>) -> Result<Url, AskError> {
        let MetricsService { origin, path, .. } = self.service;
        let text = format!("{origin}{path}/api/v1/{}", question.endpoint);
        let mut url = Url::parse(&text)
            .map_err(|error| AskError::Unusable(format!("{text:?} is not an address: {error}")))?;
        url.query_pairs_mut().extend_pairs(question.parameters);
        Ok(url)
    }

    /// Names of connections are shared by all projects: another project's token must not be sent here.
    fn belongs(&self, opened: &Credential) -> Result<(), AskError> {
        let MetricsService { connection, origin, path, auth } = self.service;
        let service = Service::Prometheus { auth: auth.clone(), path: path.clone() };
        if (Connection { service, origin: origin.clone() }).is_for(&opened.identity) {
            return Ok(());
        }
        let why = format!(
            "{connection} is connected for {}, which is not whom this policy names; run `seaworthy connect \
             {connection}` again",
            opened.identity.phrase()
        );
        Err(AskError::Unusable(why))
    }

    fn refused(&self, status: u16) -> AskError {
        let MetricsService { connection, origin, .. } = self.service;
        AskError::Refused { connection: connection.clone(), origin: origin.to_string(), status }
    }
}

fn authorization(auth: &Auth, opened: &Credential) -> Result<HeaderValue, AskError> {
    let value = match auth {
        Auth::None | Auth::Bearer => {
            HeaderValue::from_str(&format!("Bearer {}", opened.token.expose_secret()))
        }
        Auth::Basic { user } => {
            let pair = BASE64_STANDARD.encode(format!("{user}:{}", opened.token.expose_secret()));
            HeaderValue::from_str(&format!("Basic {pair}"))
        }
    };
    let mut value =
        value.map_err(|_| AskError::Unusable("the token cannot be sent in a header".to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

fn read<T: DeserializeOwned>(status: StatusCode, is_json: bool, body: &[u8]) -> Result<Told<T>, AskError> {
    if !is_json {
        let number = status.as_u16();
        return Err(match number {
            500..=599 => AskError::Busy(number),
            _ => AskError::Stranger(format!("status {number}, and the answer does not call itself JSON")),
        });
    }
    let envelope: Envelope<T> =
        from_json(body).map_err(|error| AskError::Stranger(format!("could not {error}")))?;
    let Envelope { status: said, data, error_type, error, warnings, infos } = envelope;
    if said != "success" || !status.is_success() {
        return Err(AskError::Query {
            kind: told(error_type.as_deref().unwrap_or("nothing more than an error")),
            text: told(error.as_deref().unwrap_or("(no text)")),
        });
    }
    let data = data.ok_or_else(|| AskError::Stranger("it says success, and has no data".to_owned()))?;
    let warnings = warnings.iter().chain(&infos).take(WARNINGS_MAX).map(|text| told(text)).collect();
    Ok(Told { data, warnings, raw: body.to_vec() })
}

/// Somebody else's text, safe to show.
pub(super) fn told(text: &str) -> String {
    visible(text.trim()).chars().take(TOLD_CHARS_MAX).collect()
}
