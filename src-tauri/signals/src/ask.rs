//! Asks once and sorts what comes back.

use crate::BODY_BYTES_MAX;
use crate::identity::Expected;
use crate::tally::Claim;
use crate::tally::Reply;
use seaworthy_clock::Stopwatch;
use seaworthy_domain::policy::CandidateRoute;
use seaworthy_domain::policy::VersionFrom;
use seaworthy_domain::visible;
use seaworthy_http::Answer;
use seaworthy_http::Client;
use seaworthy_http::HttpError;
use seaworthy_http::Phase;
use seaworthy_http::Request;
use seaworthy_http::Url;
use seaworthy_http::header;
use seaworthy_http::header::HeaderMap;
use seaworthy_http::header::HeaderName;
use seaworthy_http::header::HeaderValue;
use seaworthy_ports::Probing;
use std::time::Duration;

/// Longest version that is passed on, in characters.
const VERSION_CHARS_MAX: usize = 120;

/// What the operating system calls "my own network is down" or "no way out from here".
#[cfg(target_os = "linux")]
const NO_NETWORK: [&str; 2] = ["(os error 100)", "(os error 101)"];
#[cfg(any(target_os = "macos", target_os = "ios", target_os = "freebsd"))]
const NO_NETWORK: [&str; 2] = ["(os error 50)", "(os error 51)"];
#[cfg(windows)]
const NO_NETWORK: [&str; 2] = ["(os error 10050)", "(os error 10051)"];
#[cfg(not(any(
    target_os = "linux",
    target_os = "macos",
    target_os = "ios",
    target_os = "freebsd",
    windows
)))]
const NO_NETWORK: [&str; 0] = [];

/// One tick's way of asking.
pub(crate) struct Asking<'a> {
    client: &'a Client,
    base: &'a str,
    url: Url,
    headers: HeaderMap,
    deadline: Duration,
    version_header: Option<HeaderName>,
}

impl<'a> Asking<'a> {
    /// Prepares the requests; the error says what cannot be asked at all.
    pub(crate) fn new(client: &'a Client, probing: &'a Probing, expected: &Expected) -> Result<Self, String> {
        let probe = &probing.probe;
        let mut headers = HeaderMap::new();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        if let CandidateRoute::Header(name) = &probe.route {
            let value = HeaderValue::from_str(expected.text());
            let value = value.map_err(|_| format!("{:?} cannot be sent in a header", expected.text()))?;
            headers.insert(header_name(name)?, value);
        }
        let version_header = match &probe.version {
            VersionFrom::Header(name) => Some(header_name(name)?),
            VersionFrom::Json { .. } => None,
        };
        let base = probing.base_url.as_str();
        let url = address(base, &probe.path)?;
        Ok(Self { client, base, url, headers, deadline: probe.timeout.to_std(), version_header })
    }

    /// Whether the name has an address. Asked on its own, because a request that runs out of time does not tell a
    /// dead name server from a dead service.
    pub(crate) async fn reachable(&self) -> Result<(), String> {
        // A proxy looks names up for us.
        if self.client.proxy_for(&self.url).is_some() {
            return Ok(());
        }
        let (Some(host), Some(port)) = (self.url.host_str(), self.url.port_or_known_default()) else {
            return Ok(());
        };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        match tokio::time::timeout(self.deadline, tokio::net::lookup_host((bare, port))).await {
            Ok(Ok(mut found)) => found.next().map(drop).ok_or_else(|| format!("{host} has no address")),
            Ok(Err(error)) => Err(format!("{host} cannot be looked up: {error}")),
            Err(_) => Err(format!("{host} cannot be looked up in time")),
        }
    }

    /// One request of the tick.
    pub(crate) async fn once(&self, document: Option<&Claim>) -> Reply {
        let watch = Stopwatch::start();
        match self.client.send(self.request(self.url.clone())).await {
            Ok(answer) => Reply::Answer {
                status: answer.status.as_u16(),
                micros: micros(answer.elapsed),
                claim: self.claim(&answer, document),
            },
            Err(HttpError::Redirected { status, to }) => Reply::Answer {
                status,
                micros: micros(watch.elapsed()),
                claim: document.cloned().unwrap_or_else(|| Claim::Unnamed(redirected(to.as_deref()))),
            },
            Err(error) => sort(&error),
        }
    }

    /// Asks the version document which version this is.
    pub(crate) async fn document(&self, path: &str, field: &str) -> Claim {
        let url = match address(self.base, path) {
            Ok(url) => url,
            Err(why) => return Claim::Unnamed(why),
        };
        let answer = match self.client.send(self.request(url)).await {
            Ok(answer) => answer,
            Err(error) => return Claim::Unnamed(format!("{path} could not {error}")),
        };
        if !answer.status.is_success() {
            return Claim::Unnamed(format!("{path} answered with status {}", answer.status.as_u16()));
        }
        if let Some(why) = cached(&answer) {
            return Claim::Unnamed(why);
        }
        let document: serde_json::Value = match answer.json() {
            Ok(document) => document,
            Err(error) => return Claim::Unnamed(format!("{path} could not {error}")),
        };
        match document.get(field).and_then(serde_json::Value::as_str) {
            Some(version) if !version.trim().is_empty() => Claim::Named(shown(version)),
            _ => Claim::Unnamed(format!("{path} has no text called `{field}`")),
        }
    }

    fn request(&self, url: Url) -> Request {
        Request {
            headers: self.headers.clone(),
            deadline: self.deadline,
            body_bytes_max: BODY_BYTES_MAX,
            ..Request::get(url)
        }
    }

    /// Headers that lead a request to the candidate.
    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Which version `answer` says it is of, or the `document` asked for beside it.
    pub(crate) fn claim(&self, answer: &Answer, document: Option<&Claim>) -> Claim {
        if let Some(why) = cached(answer) {
            return Claim::Unnamed(why);
        }
        let Some(name) = &self.version_header else {
            return document.cloned().unwrap_or_else(|| Claim::Unnamed("no version is known".to_owned()));
        };
        let mut values = answer.headers.get_all(name).iter();
        match (values.next().map(HeaderValue::to_str), values.next()) {
            (Some(Ok(version)), None) if !version.trim().is_empty() => Claim::Named(shown(version)),
            (None, _) => Claim::Unnamed(format!("the answer has no header `{name}`")),
            _ => Claim::Unnamed(format!("the answer's header `{name}` does not name one version")),
        }
    }
}

fn header_name(name: &str) -> Result<HeaderName, String> {
    name.parse().map_err(|_| format!("{name:?} is not the name of a header"))
}

fn address(base: &str, path: &str) -> Result<Url, String> {
    let text = format!("{}/{}", base.trim_end_matches('/'), path.trim_start_matches('/'));
    Url::parse(&text).map_err(|error| format!("{text:?} is not an address: {error}"))
}

fn shown(version: &str) -> String {
    visible(version.trim()).chars().take(VERSION_CHARS_MAX).collect()
}

/// Says so when an answer was kept by a cache on the way: it may be older than the candidate.
fn cached(answer: &Answer) -> Option<String> {
    let age = answer.headers.get(header::AGE)?.to_str().ok()?.trim();
    (age != "0").then(|| format!("the answer is {} s old, out of a cache", shown(age)))
}

fn redirected(to: Option<&str>) -> String {
    let to = to.map_or_else(|| "elsewhere".to_owned(), shown);
    format!("the answer is a redirect to {to}; probe the final address")
}

fn sort(error: &HttpError) -> Reply {
    match error {
        HttpError::NotSent { phase: Phase::Dns, reason } => Reply::Offline(reason.clone()),
        HttpError::NotSent { phase: Phase::Connect, reason } if is_own_network(reason) => {
            Reply::Offline(reason.clone())
        }
        HttpError::NotSent { phase: Phase::Connect, .. } | HttpError::Lost { .. } => Reply::Failed,
        _ => Reply::Unproven(format!("could not {error}")),
    }
}

pub(crate) fn is_own_network(reason: &str) -> bool {
    NO_NETWORK.iter().any(|code| reason.contains(code))
}

fn micros(elapsed: Duration) -> u32 {
    u32::try_from(elapsed.as_micros()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_network_that_is_away_is_not_a_service_that_is_down() {
        let unreachable = std::io::Error::from_raw_os_error(101).to_string();
        let refused = std::io::Error::from_raw_os_error(111).to_string();
        let sent =
            |reason: &str| sort(&HttpError::NotSent { phase: Phase::Connect, reason: reason.to_owned() });
        assert!(matches!(sent(&unreachable), Reply::Offline(_)));
        assert_eq!(sent(&refused), Reply::Failed);
    }

    #[test]
    fn nobody_who_cannot_prove_who_he_is_counts() {
        let tls = HttpError::NotSent { phase: Phase::Tls, reason: "invalid peer certificate".to_owned() };
        assert!(matches!(sort(&tls), Reply::Unproven(why) if why.contains("certificate")));
    }

    #[test]
    fn addresses_are_joined_with_one_slash() {
        for (base, path) in [("http://a", "/x?y=1"), ("http://a/", "x?y=1")] {
            assert_eq!(address(base, path).unwrap().as_str(), "http://a/x?y=1");
        }
        assert!(address("not an address", "/").is_err());
    }
}
