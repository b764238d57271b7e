//! Asks a service whose a token is.
//!
//! Facts of the Vercel API: `GET /v2/user` answers `{"user":{"id","username"}}` also for limited tokens, `GET /v2/teams`
//! lists what the token reaches in pages of at most 100 and names the next one by `pagination.next`. Prometheus knows
//! no owners; its `/api/v1/status/buildinfo` shows whether it takes the token.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use seaworthy_domain::account::Account;
use seaworthy_domain::account::Identity;
use seaworthy_domain::operation::Preview;
use seaworthy_domain::policy::Auth;
use seaworthy_domain::policy::Origin;
use seaworthy_domain::policy::Service;
use seaworthy_http::Client;
use seaworthy_http::Request;
use seaworthy_http::Url;
use seaworthy_http::header::AUTHORIZATION;
use seaworthy_http::header::HeaderValue;
use seaworthy_ports::CredentialError;
use secrecy::ExposeSecret;
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use serde::Deserialize;
use serde::de::DeserializeOwned;

const USER: &str = "/v2/user";
const BUILD: &str = "/api/v1/status/buildinfo";
/// Teams asked for in one page, and pages that are read.
const TEAMS_PER_PAGE: usize = 100;
const TEAM_PAGES_MAX: usize = 20;

/// Teams named when the one that was wanted is not among them.
const TEAMS_NAMED_MAX: usize = 10;

#[derive(Deserialize)]
struct UserAnswer {
    user: User,
}

#[derive(Deserialize)]
struct User {
    id: String,
    username: String,
}

#[derive(Deserialize)]
struct TeamsAnswer {
    teams: Vec<Team>,
    pagination: Option<Page>,
}

#[derive(Deserialize)]
struct Team {
    id: String,
    slug: String,
}

#[derive(Deserialize)]
struct Page {
    next: Option<u64>,
}

#[derive(Deserialize)]
struct BuildAnswer {
    status: String,
}

/// One question at one origin.
pub(crate) struct Question<'q> {
    pub(crate) client: &'q Client,
    pub(crate) connection: &'q str,
    pub(crate) origin: &'q Origin,
    pub(crate) token: &'q SecretString,
}

/// The questions, as [`Question::owner`] asks them.
pub(crate) fn questions(service: &Service, origin: &Origin) -> Vec<Preview> {
    let get = |path: String| Preview {
        method: "GET".to_owned(),
        target: format!("{origin}{path}"),
        body: vec!["with the token, which is not shown".to_owned()],
    };
    match service {
        Service::Vercel { team: None } => vec![get(USER.to_owned())],
        Service::Vercel { team: Some(_) } => vec![get(USER.to_owned()), get(teams())],
        Service::Prometheus { path, .. } => vec![get(format!("{path}{BUILD}"))],
    }
}

fn teams() -> String {
    format!("/v2/teams?limit={TEAMS_PER_PAGE}")
}

impl Question<'_> {
    /// Whose the token is.
    pub(crate) async fn owner(&self, service: &Service) -> Result<Identity, CredentialError> {
        match service {
            Service::Vercel { team } => self.vercel(team.as_deref()).await,
            Service::Prometheus { auth, path } => self.prometheus(auth, path).await,
        }
    }

    async fn vercel(&self, team: Option<&str>) -> Result<Identity, CredentialError> {
        let bearer = self.bearer()?;
        let UserAnswer { user } = self.get(USER, &bearer).await?;
        let user = Account { id: user.id, name: user.username };
        let team = match team {
            Some(team) => Some(self.team(team, &user.name, &bearer).await?),
            None => None,
        };
        Ok(Identity { user: Some(user), team })
    }

    async fn team(&self, wanted: &str, user: &str, bearer: &HeaderValue) -> Result<Account, CredentialError> {
        let (mut seen, mut until) = (Vec::new(), None);
        for _ in 0..TEAM_PAGES_MAX {
            let page = until.map_or(String::new(), |until: u64| format!("&until={until}"));
            let path = format!("{}{page}", teams());
            let TeamsAnswer { teams, pagination } = self.get(&path, bearer).await?;
            for team in teams {
                let team = Account { id: team.id, name: team.slug };
                if team.is(wanted) {
                    return Ok(team);
                }
                seen.push(team.name);
            }
            until = pagination.and_then(|page| page.next);
            if until.is_none() {
                break;
            }
        }
        seen.truncate(TEAMS_NAMED_MAX);
        let reaches = if seen.is_empty() { "no team".to_owned() } else { seen.join(", ") };
        Err(CredentialError::NoSuchTeam { user: user.to_owned(), team: wanted.to_owned(), reaches })
    }

    async fn prometheus(&self, auth: &Auth, path: &str) -> Result<Identity, CredentialError> {
        let (header, user) = match auth {
            Auth::None | Auth::Bearer => (self.bearer()?, None),
            Auth::Basic { user } => {
                (self.basic(user)?, Some(Account { id: user.clone(), name: user.clone() }))
            }
        };
        let answer: BuildAnswer = self.get(&format!("{path}{BUILD}"), &header).await?;
        if answer.status != "success" {
            return Err(self.unreachable("its answer does not say success"));
        }
        Ok(Identity { user, team: None })
    }

    fn bearer(&self) -> Result<HeaderValue, CredentialError> {
        secret(&format!("Bearer {}", self.token.expose_secret()).into())
    }

    fn basic(&self, user: &str) -> Result<HeaderValue, CredentialError> {
        let pair = Zeroizing::new(format!("{user}:{}", self.token.expose_secret()));
        secret(&format!("Basic {}", STANDARD.encode(pair.as_bytes())).into())
    }

    async fn get<T: DeserializeOwned>(&self, path: &str, header: &HeaderValue) -> Result<T, CredentialError> {
        let url = Url::parse(&format!("{}{path}", self.origin))
            .map_err(|error| self.unreachable(error.to_string()))?;
        let mut request = Request::get(url);
        request.headers.insert(AUTHORIZATION, header.clone());
        let answer = self.client.send(request).await.map_err(|error| self.unreachable(error.to_string()))?;
        match answer.status.as_u16() {
            200 => answer.json().map_err(|error| self.unreachable(format!("it failed to {error}"))),
            status @ (401 | 403) => Err(CredentialError::Refused {
                connection: self.connection.to_owned(),
                origin: self.origin.to_string(),
                status,
            }),
            status => Err(self.unreachable(format!("it answered {status} to {path}"))),
        }
    }

    fn unreachable(&self, why: impl Into<String>) -> CredentialError {
        CredentialError::Unreachable { origin: self.origin.to_string(), why: why.into() }
    }
}

/// A header that no log shows.
fn secret(value: &Zeroizing<String>) -> Result<HeaderValue, CredentialError> {
    let mut header = HeaderValue::from_str(value)
        .map_err(|_| CredentialError::Unfit("it has a character that cannot be sent in a header"))?;
    header.set_sensitive(true);
    Ok(header)
}
