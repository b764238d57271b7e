//! Sends one request and reads one answer, within limits.

use crate::answer::Answer;
use crate::error::HttpError;
use crate::error::LostCause;
use crate::error::Part;
use crate::error::before_answer;
use crate::error::within_answer;
use bytes::Bytes;
use bytes::BytesMut;
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::Method;
use reqwest::Url;
use reqwest::header;
use reqwest::header::HeaderMap;
use seaworthy_clock::Stopwatch;
use std::net::IpAddr;
use std::time::Duration;

/// Most bytes of headers in an answer. The parser reads at most 400 KiB before it gives up by itself.
pub const HEADER_BYTES_MAX: usize = 64 * 1024;

/// Most bytes of body, unless the request asks for fewer.
pub const BODY_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Usual time for a call that reads.
pub const READ_DEADLINE: Duration = Duration::from_secs(30);

/// Usual time for a call that changes something.
pub const MUTATION_DEADLINE: Duration = Duration::from_secs(60);

/// Time for name, connection and TLS. Well within both deadlines, so that a dead address is known to be unsent.
const CONNECT_DEADLINE: Duration = Duration::from_secs(10);

/// How long an idle connection is kept: shorter than the five seconds after which common servers hang up, since a
/// request sent into that moment is lost.
const IDLE_KEPT: Duration = Duration::from_secs(4);

/// Idle connections kept per host.
const IDLE_PER_HOST_MAX: usize = 4;

/// Whether calls to other machines go through the system's proxy. Calls to this machine never do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyUse {
    /// As the environment or the system settings say.
    System,
    /// Never: rehearsals and tests.
    Never,
}

/// One call to be made.
#[derive(Clone, Debug)]
pub struct Request {
    /// What to do.
    pub method: Method,
    /// Where, `http` or `https`, without user name and password.
    pub url: Url,
    /// Extra headers; a secret one is marked sensitive by the caller.
    pub headers: HeaderMap,
    /// What to send along.
    pub body: Option<Bytes>,
    /// Time for everything from looking up the name to the last byte of the answer.
    pub deadline: Duration,
    /// Most bytes of body in the answer.
    pub body_bytes_max: usize,
}

impl Request {
    /// A call without extra headers and body, with the usual deadline of its kind.
    #[must_use]
    pub fn new(method: Method, url: Url) -> Self {
        let deadline = if method.is_safe() { READ_DEADLINE } else { MUTATION_DEADLINE };
        Self { method, url, headers: HeaderMap::new(), body: None, deadline, body_bytes_max: BODY_BYTES_MAX }
    }

    /// A plain `GET`.
    #[must_use]
    pub fn get(url: Url) -> Self {
        Self::new(Method::GET, url)
    }
}

/// Makes calls. Cloning is cheap and shares the connections.
#[derive(Clone, Debug)]
pub struct Client {
    direct: reqwest::Client,
    outward: reqwest::Client,
    certificates_found: bool,
    proxies: ProxyUse,
}

impl Client {
    /// Prepares a client. Without any certificate authorities on the machine it still works for plain HTTP, and every
    /// TLS connection fails.
    pub fn new(proxies: ProxyUse) -> Result<Self, HttpError> {
        Self::with_outward(proxies, builder)
    }

    pub(crate) fn with_outward(
        proxies: ProxyUse,
        outward: impl Fn() -> reqwest::ClientBuilder,
    ) -> Result<Self, HttpError> {
        let (direct, certificates_found) = build(|| builder().no_proxy())?;
        let outward = match proxies {
            ProxyUse::Never => direct.clone(),
            ProxyUse::System => build(outward)?.0,
        };
        Ok(Self { direct, outward, certificates_found, proxies })
    }

    /// False when this machine has no certificate authorities to trust.
    #[must_use]
    pub fn certificates_found(&self) -> bool {
        self.certificates_found
    }

    /// The proxy a call to `url` would go through, without its password; for people.
    #[must_use]
    pub fn proxy_for(&self, url: &Url) -> Option<String> {
        if self.proxies == ProxyUse::Never || is_loopback(url) {
            return None;
        }
        let uri = url.as_str().parse().ok()?;
        Some(Matcher::from_system().intercept(&uri)?.uri().to_string())
    }

    /// Makes the call, once.
    pub async fn send(&self, request: Request) -> Result<Answer, HttpError> {
        check(&request)?;
        let client = if is_loopback(&request.url) { &self.direct } else { &self.outward };
        let (deadline, body_bytes_max) = (request.deadline, request.body_bytes_max.min(BODY_BYTES_MAX));
        let mut prepared = client.request(request.method, request.url).headers(request.headers);
        if let Some(body) = request.body {
            prepared = prepared.body(body);
        }
        let watch = Stopwatch::start();
        let exchange = async {
            let response = prepared.send().await.map_err(|error| before_answer(&error))?;
            read(response, body_bytes_max, watch).await
        };
        match tokio::time::timeout(deadline, exchange).await {
            Ok(result) => result,
            Err(_) => Err(HttpError::Lost {
                cause: LostCause::Timeout,
                reason: format!("nothing complete within {} ms", deadline.as_millis()),
            }),
        }
    }
}

pub(crate) fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("seaworthy/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(CONNECT_DEADLINE)
        .pool_idle_timeout(IDLE_KEPT)
        .pool_max_idle_per_host(IDLE_PER_HOST_MAX)
}

/// Builds a client that trusts the machine's authorities, or nobody when there are none; says which.
pub(crate) fn build(
    builder: impl Fn() -> reqwest::ClientBuilder,
) -> Result<(reqwest::Client, bool), HttpError> {
    // The window's updater may have chosen the same one already; a second choice changes nothing.
    let _already_chosen = rustls::crypto::ring::default_provider().install_default();
    if let Ok(client) = builder().build() {
        return Ok((client, true));
    }
    let trusting_nobody = builder().tls_certs_only([]).build();
    Ok((trusting_nobody.map_err(|error| before_answer(&error))?, false))
}

fn check(request: &Request) -> Result<(), HttpError> {
    let refuse = |reason: &str| Err(HttpError::Unusable { reason: reason.to_owned() });
    match request.url.scheme() {
        "http" | "https" => {}
        _ => return refuse("only http and https are spoken"),
    }
    if !request.url.username().is_empty() || request.url.password().is_some() {
        return refuse("a name or password in the address would end up in logs");
    }
    Ok(())
}

/// This machine by address or by the name reserved for it.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let bare = host.trim_start_matches('[').trim_end_matches([']', '.']);
    match bare.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => bare == "localhost" || bare.ends_with(".localhost"),
    }
}

async fn read(response: reqwest::Response, body_max: usize, watch: Stopwatch) -> Result<Answer, HttpError> {
    let status = response.status();
    let header_bytes: usize = response
        .headers()
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len())
        .sum();
    if header_bytes > HEADER_BYTES_MAX {
        return Err(HttpError::TooLarge { part: Part::Headers, max: HEADER_BYTES_MAX });
    }
    if matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        let to = response.headers().get(header::LOCATION);
        let to = to.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        return Err(HttpError::Redirected { status: status.as_u16(), to });
    }
    let encoding = response.headers().get(header::CONTENT_ENCODING);
    if let Some(encoding) = encoding.filter(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
    {
        let reason = format!("encoded as {encoding:?}, which was not asked for");
        return Err(HttpError::Lost { cause: LostCause::Undecodable, reason });
    }
    let (version, remote_addr) = (response.version(), response.remote_addr());
    let headers = response.headers().clone();
    let body = read_body(response, body_max).await?;
    Ok(Answer { status, headers, body, elapsed: watch.elapsed(), remote_addr, version })
}

async fn read_body(mut response: reqwest::Response, max: usize) -> Result<Bytes, HttpError> {
    let too_large = Err(HttpError::TooLarge { part: Part::Body, max });
    if response.content_length().is_some_and(|length| length > max as u64) {
        return too_large;
    }
    let mut body = BytesMut::new();
    while let Some(piece) = response.chunk().await.map_err(|error| within_answer(&error))? {
        if body.len() + piece.len() > max {
            return too_large;
        }
        body.extend_from_slice(&piece);
    }
    Ok(body.freeze())
}
