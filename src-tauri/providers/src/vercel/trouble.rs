//! How a call ends without its answer, sorted by what can be done about it.

use super::wire::ErrorBody;
use seaworthy_domain::visible;
use seaworthy_http::Answer;
use seaworthy_http::DecodeError;
use seaworthy_http::HttpError;
use seaworthy_http::StatusCode;
use seaworthy_http::from_json;
use seaworthy_ports::CredentialError;
use seaworthy_ports::ReadError;
use seaworthy_ports::Sent;
use std::time::Duration;

/// Characters of the service's own words that are passed on.
const WORDS_MAX: usize = 300;

/// A call without a usable answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Nothing left this machine.
    #[error("{0}")]
    NotSent(String),
    /// The token is not enough (401, and at Vercel usually 403).
    #[error(
        "Vercel refuses the token ({status}): {words}; it may be revoked, of another team, or too narrow"
    )]
    Denied {
        /// Status.
        status: u16,
        /// Its words.
        words: String,
    },
    /// It says no; nothing changed.
    #[error("Vercel says no ({status}): {words}")]
    Refused {
        /// Status.
        status: u16,
        /// `error.code`, where there is one.
        code: Option<String>,
        /// Its words, and what they mean here.
        words: String,
    },
    /// Too many calls (429).
    #[error("Vercel takes no more calls for now: {words}")]
    Limited {
        /// Its words.
        words: String,
        /// How long to wait, where it says so.
        wait: Option<Duration>,
        /// Whether it is the documented refusal, which means that nothing was done.
        documented: bool,
    },
    /// No answer, or one that says nothing: it may have been done.
    #[error("{0}")]
    Lost(String),
}

impl Trouble {
    /// What it means for a mutation that was sent once.
    pub(super) fn of_mutation(self) -> Sent {
        match &self {
            Self::NotSent(_) => Sent::NotSent(self.to_string()),
            Self::Denied { .. } | Self::Refused { .. } | Self::Limited { documented: true, .. } => {
                Sent::Refused(self.to_string())
            }
            Self::Limited { .. } | Self::Lost(_) => Sent::Unknown(self.to_string()),
        }
    }

    /// What it means for a call that changes nothing and comes before the mutation.
    pub(super) fn before_mutation(self) -> Sent {
        Sent::NotSent(self.to_string())
    }
}

impl From<Trouble> for ReadError {
    fn from(trouble: Trouble) -> Self {
        Self::Failed(trouble.to_string())
    }
}

impl From<CredentialError> for Trouble {
    fn from(error: CredentialError) -> Self {
        Self::NotSent(error.to_string())
    }
}

impl From<HttpError> for Trouble {
    fn from(error: HttpError) -> Self {
        let words = format!("could not {error}");
        if error.never_sent() { Self::NotSent(words) } else { Self::Lost(words) }
    }
}

impl From<DecodeError> for Trouble {
    fn from(error: DecodeError) -> Self {
        Self::Lost(format!("could not {error}"))
    }
}

/// `Ok` for a status of success, whatever the body holds.
pub(super) fn check(answer: Answer, now_ms: i64) -> Result<Answer, Trouble> {
    let status = answer.status;
    if status.is_success() {
        return Ok(answer);
    }
    let body = answer.is_json().then(|| from_json::<ErrorBody>(&answer.body).ok()).flatten();
    let code = body.as_ref().and_then(|body| body.error.code.clone());
    let words = words(status, body.as_ref());
    Err(match status.as_u16() {
        401 | 403 => Trouble::Denied { status: status.as_u16(), words },
        429 => Trouble::Limited {
            words,
            wait: wait(&answer, body.as_ref(), now_ms),
            documented: code.as_deref().is_some_and(|code| code.contains("rate_limit")),
        },
        // A conflict may be the answer to what was done already, and a timeout the one to what is still being done.
        408 | 409 | 425 => Trouble::Lost(format!("Vercel answered {}: {words}", status.as_u16())),
        400..=499 => Trouble::Refused { status: status.as_u16(), code, words: meant(status, words) },
        _ => Trouble::Lost(format!("Vercel answered {}: {words}", status.as_u16())),
    })
}

fn words(status: StatusCode, body: Option<&ErrorBody>) -> String {
    let said = body.and_then(|body| body.error.message.clone().or_else(|| body.error.code.clone()));
    let said = said.filter(|said| !said.trim().is_empty());
    let said = said.unwrap_or_else(|| status.canonical_reason().unwrap_or("no reason given").to_owned());
    brief(&said)
}

/// The service's words, cut and made visible.
pub(super) fn brief(words: &str) -> String {
    let mut cut: String = words.chars().take(WORDS_MAX).collect();
    if cut.len() < words.len() {
        cut.push('…');
    }
    visible(&cut)
}

/// What a status means at Vercel, where that is not in its words.
fn meant(status: StatusCode, words: String) -> String {
    match status.as_u16() {
        402 => format!(
            "{words}; the plan does not allow it (on Hobby, production goes back one deployment only)"
        ),
        404 => format!("{words}; look whether project and team of the policy are right"),
        410 => format!("{words}; the deployment does not exist any more"),
        _ => words,
    }
}

/// How long to wait, by the body (milliseconds or seconds since 1970) or the header `Retry-After` in seconds. A date in
/// the header is not read: the body says the same.
fn wait(answer: &Answer, body: Option<&ErrorBody>, now_ms: i64) -> Option<Duration> {
    let reset = body.and_then(|body| body.error.limit.as_ref()).and_then(|limit| {
        let seconds =
            limit.reset.as_ref().and_then(serde_json::Number::as_i64).map(|s| s.saturating_mul(1_000));
        limit.reset_ms.as_ref().and_then(serde_json::Number::as_i64).or(seconds)
    });
    let until = reset.map(|reset| u64::try_from(reset.saturating_sub(now_ms)).unwrap_or(0));
    let header = answer.headers.get(seaworthy_http::header::RETRY_AFTER);
    let header = header.and_then(|value| value.to_str().ok()?.trim().parse::<u64>().ok());
    until.map(Duration::from_millis).or(header.map(Duration::from_secs))
}
