//! One answer, and the provider's shape for saying no.

use crate::world::Refusal;
use axum::body::Body;
use axum::http::HeaderName;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header::CONTENT_LENGTH;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::response::Response;
use bytes::Bytes;
use serde_json::Value;
use serde_json::json;
use std::io;

/// An answer before it is sent.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(&'static str, String)>,
    kind: Option<&'static str>,
    body: Vec<u8>,
    /// The connection ends in the middle of the body.
    torn: bool,
}

impl Answer {
    /// Without a body, as promote and rollback are answered.
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), kind: None, body: Vec::new(), torn: false }
    }

    pub(crate) fn text(status: u16, kind: &'static str, body: &str) -> Self {
        Self { kind: Some(kind), body: body.as_bytes().to_vec(), ..Self::empty(status) }
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::text(status, "application/json", &body.to_string())
    }

    pub(crate) fn error(status: u16, code: &str, message: &str) -> Self {
        Self::json(status, &json!({ "error": { "code": code, "message": message } }))
    }

    pub(crate) fn refused(refusal: &Refusal) -> Self {
        let mut error = json!({ "code": refusal.code, "message": refusal.message });
        if !refusal.missing.is_empty() {
            error["missing"] = json!(refusal.missing);
        }
        Self::json(refusal.status, &json!({ "error": error }))
    }

    /// The same, but the connection ends in the middle of it.
    pub(crate) fn torn(mut self) -> Self {
        self.torn = true;
        self
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let length = self.body.len();
        let mut response = Response::new(if self.torn { torn(&self.body) } else { Body::from(self.body) });
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        if self.torn {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        if let Some(kind) = self.kind {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

/// The first half of `body`, then the end of the connection.
fn torn(body: &[u8]) -> Body {
    let half = Bytes::copy_from_slice(&body[..body.len() / 2]);
    let end = io::Error::from(io::ErrorKind::ConnectionReset);
    Body::from_stream(futures_util::stream::iter([Ok(half), Err(end)]))
}
