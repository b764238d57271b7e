//! `[connections]`: services that ask for a token, and where they are.

use crate::account::Identity;
use serde::Deserialize;
use serde::Serialize;
use std::fmt;
use url::Host;
use url::Url;

/// One entry of `[connections]`. It names a token and says where it goes; the token itself is in the keychain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// What answers there, and what it needs to know.
    pub service: Service,
    /// The only place the token is sent to.
    pub origin: Origin,
}

/// What answers at the origin of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Service {
    /// Vercel's API.
    Vercel {
        /// The team everything happens in, by id or slug; the token's own account without it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        team: Option<String>,
    },
    /// A Prometheus, or what answers its queries.
    Prometheus {
        /// How it wants to be asked.
        auth: Auth,
        /// What stands before `/api/v1`, such as `/prometheus`; empty at most places, never with a slash at its end.
        path: String,
    },
}

/// How a request proves who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Auth {
    /// Not at all: the connection needs no token and is never opened.
    None,
    /// `Authorization: Bearer` and the token.
    Bearer,
    /// `Authorization: Basic`, with the token as the password.
    Basic {
        /// Name of the user.
        user: String,
    },
}

impl Connection {
    /// Whether there is a token to connect and to open.
    #[must_use]
    pub fn needs_token(&self) -> bool {
        !matches!(self.service, Service::Prometheus { auth: Auth::None, .. })
    }

    /// Whether a token of `identity` is what this entry means: names are shared by all projects of a workspace, so
    /// whoever opened a token compares before using it.
    #[must_use]
    pub fn is_for(&self, identity: &Identity) -> bool {
        match &self.service {
            Service::Vercel { team } => match (team, &identity.team) {
                (None, None) => true,
                (Some(team), Some(pinned)) => pinned.is(team),
                _ => false,
            },
            Service::Prometheus { auth: Auth::Basic { user }, .. } => {
                identity.user.as_ref().is_some_and(|pinned| pinned.is(user))
            }
            Service::Prometheus { .. } => true,
        }
    }
}

impl Service {
    /// The word for it in a policy file.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Vercel { .. } => "vercel",
            Self::Prometheus { .. } => "prometheus",
        }
    }
}

/// Scheme, host and port, in the one way browsers write them: lower case, no usual port, no path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origin(String);

/// A text is no origin that a token may be sent to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// Neither http nor https, or no address at all.
    #[error("it is not an https address; write one such as `https://api.vercel.com`")]
    NotAnAddress,
    /// A name or password.
    #[error("it contains a user name or password; remove it, everybody can read a policy")]
    Credentials,
    /// An address with more than an origin has, or one that is usually written in another way.
    #[error("an origin has no path; write `{0}`")]
    Longer(String),
    /// Plain http to another machine.
    #[error("a token would travel in the open; write https, plain http is for this machine alone")]
    Plain,
}

impl Origin {
    /// Reads an origin that is written exactly as browsers write it.
    ///
    /// # Errors
    /// [`OriginError`]
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let url = Url::parse(text).map_err(|_| OriginError::NotAnAddress)?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(OriginError::NotAnAddress);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(OriginError::Credentials);
        }
        let plain = url.scheme() == "http";
        if plain && !here(&url) {
            return Err(OriginError::Plain);
        }
        let written = url.origin().ascii_serialization();
        if written == text { Ok(Self(written)) } else { Err(OriginError::Longer(written)) }
    }

    /// The origin as text, such as `https://api.vercel.com`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether requests go to this machine without TLS.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.0.starts_with("http://")
    }
}

/// Whether the address is this machine's own. `localhost` is reserved for that by RFC 6761.
fn here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Origin {
    type Error = OriginError;

    fn try_from(text: String) -> Result<Self, OriginError> {
        Self::parse(&text)
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.0
    }
}
