//! How a call fails, sorted by whether the other side can have acted on it.

use crate::client::HEADER_BYTES_MAX;
use std::error::Error;
use std::fmt;
use std::io;

/// A call without a usable answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The request itself is unusable; nothing was sent.
    #[error("send the request: {reason}; correct the address or the header")]
    Unusable {
        /// What is wrong with it.
        reason: String,
    },
    /// No connection came about; not a byte of the request was sent.
    #[error("reach the server ({phase}): {reason}; check the address and the network")]
    NotSent {
        /// How far it got.
        phase: Phase,
        /// Cause in the words of the layer that failed.
        reason: String,
    },
    /// The request may have arrived and had its effect; there is no usable answer to tell.
    #[error("get an answer ({cause}): {reason}; find out what happened before sending it again")]
    Lost {
        /// What happened instead.
        cause: LostCause,
        /// Cause in the words of the layer that failed.
        reason: String,
    },
    /// The server answered with more than is read. The request had its effect.
    #[error("read an answer whose {part} exceeds {max} bytes; ask for less")]
    TooLarge {
        /// Which part.
        part: Part,
        /// The limit.
        max: usize,
    },
    /// The server points elsewhere. It is not followed: a token is only for the address it was given for.
    #[error("follow a redirect (status {status}); use the final address instead: {}", .to.as_deref().unwrap_or("not named"))]
    Redirected {
        /// The status, 301 to 308.
        status: u16,
        /// Where to, in the server's words.
        to: Option<String>,
    },
}

impl HttpError {
    /// True when the other side cannot have acted: only then may a mutation be sent again without looking.
    #[must_use]
    pub fn never_sent(&self) -> bool {
        matches!(self, Self::Unusable { .. } | Self::NotSent { .. })
    }
}

/// How far a connection got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The name has no address, or nobody could be asked.
    Dns,
    /// No connection to the address, or to the proxy on the way.
    Connect,
    /// The server could not prove who it is, or does not speak TLS.
    Tls,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dns => "looking up the name",
            Self::Connect => "connecting",
            Self::Tls => "setting up TLS",
        })
    }
}

/// What happened instead of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LostCause {
    /// The deadline passed. It may have passed before anything was sent, but that cannot be told.
    Timeout,
    /// The connection broke before an answer began.
    Reset,
    /// The answer ended too early.
    Truncated,
    /// What came is not an answer in HTTP, or in an encoding that was not asked for.
    Undecodable,
}

impl fmt::Display for LostCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout => "out of time",
            Self::Reset => "connection broken",
            Self::Truncated => "cut off",
            Self::Undecodable => "not understood",
        })
    }
}

/// Part of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Status line and headers.
    Headers,
    /// Everything after them.
    Body,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Headers => "headers",
            Self::Body => "body",
        })
    }
}

/// Sorts what failed before there was a status.
pub(crate) fn before_answer(error: &reqwest::Error) -> HttpError {
    let reason = reason(error);
    if error.is_builder() {
        return HttpError::Unusable { reason };
    }
    if error.is_connect() {
        let phase = if error.is_dns() {
            Phase::Dns
        } else if any_cause(error, &|cause| cause.is::<rustls::Error>()) {
            Phase::Tls
        } else {
            Phase::Connect
        };
        return HttpError::NotSent { phase, reason };
    }
    if hyper_cause(error, hyper::Error::is_parse_too_large) {
        return HttpError::TooLarge { part: Part::Headers, max: HEADER_BYTES_MAX };
    }
    let cause = if error.is_timeout() {
        LostCause::Timeout
    } else if hyper_cause(error, hyper::Error::is_parse) {
        LostCause::Undecodable
    } else {
        LostCause::Reset
    };
    HttpError::Lost { cause, reason }
}

/// Sorts what failed while the body was read.
pub(crate) fn within_answer(error: &reqwest::Error) -> HttpError {
    let nonsense = |cause: &(dyn Error + 'static)| {
        let kind = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        matches!(kind, Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput))
    };
    let cause = if error.is_timeout() {
        LostCause::Timeout
    } else if any_cause(error, &nonsense) {
        LostCause::Undecodable
    } else {
        LostCause::Truncated
    };
    HttpError::Lost { cause, reason: reason(error) }
}

fn hyper_cause(error: &reqwest::Error, is: fn(&hyper::Error) -> bool) -> bool {
    any_cause(error, &|cause| cause.downcast_ref::<hyper::Error>().is_some_and(is))
}

/// Asks every cause; an error wrapped by `io::Error` is not among its sources and has to be unwrapped.
fn any_cause(error: &(dyn Error + 'static), is: &dyn Fn(&(dyn Error + 'static)) -> bool) -> bool {
    let mut next = Some(error);
    while let Some(cause) = next {
        let wrapped = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if is(cause) || wrapped.is_some_and(|wrapped| any_cause(wrapped, is)) {
            return true;
        }
        next = cause.source();
    }
    false
}

/// Words of the innermost cause. The outer ones repeat the address, query and all, which may hold a secret.
fn reason(error: &reqwest::Error) -> String {
    let mut innermost: &dyn Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    if std::ptr::addr_eq(innermost, error) {
        "the request cannot be made".to_owned()
    } else {
        innermost.to_string()
    }
}
