//! A complete answer.

use crate::strict::DecodeError;
use crate::strict::from_json;
use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::Version;
use reqwest::header;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;
use std::net::SocketAddr;
use std::time::Duration;

/// A complete answer; a partial one is an error and never looks like this.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status, any but a redirect.
    pub status: StatusCode,
    /// The headers, at most [`crate::HEADER_BYTES_MAX`] bytes.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
    /// From just before the connection to the last byte.
    pub elapsed: Duration,
    /// Who answered: the server or a proxy.
    pub remote_addr: Option<SocketAddr>,
    /// Version of HTTP.
    pub version: Version,
}

impl Answer {
    /// Whether the server calls it JSON (`application/json` or `…+json`).
    #[must_use]
    pub fn is_json(&self) -> bool {
        let Some(Ok(kind)) = self.headers.get(header::CONTENT_TYPE).map(|value| value.to_str()) else {
            return false;
        };
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
    }

    /// Reads the body as JSON of the shape `T`, strictly; a page of another type is refused unread.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        if !self.is_json() {
            return Err(DecodeError::NotCalledJson);
        }
        from_json(&self.body)
    }
}
