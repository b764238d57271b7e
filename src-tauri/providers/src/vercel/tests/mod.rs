//! Every way a call can end, against a server that says what a test wants.

mod emulated;
mod fake;
mod looking;
mod practising;
mod previews;
mod project;
mod sending;

use super::Known;
use super::Line;
use super::Pauses;
use super::VercelDeployer;
use async_trait::async_trait;
use fake::Fake;
use seaworthy_clock::SystemClock;
use seaworthy_domain::DeploymentId;
use seaworthy_domain::OperationId;
use seaworthy_domain::Share;
use seaworthy_domain::account::Account;
use seaworthy_domain::account::Identity;
use seaworthy_domain::command::Step;
use seaworthy_domain::operation::Act;
use seaworthy_domain::operation::Expected;
use seaworthy_domain::policy::Connection;
use seaworthy_domain::policy::Origin;
use seaworthy_domain::policy::Service;
use seaworthy_domain::policy::VercelSource;
use seaworthy_domain::policy::VercelTarget;
use seaworthy_http::Client;
use seaworthy_http::ProxyUse;
use seaworthy_ports::Credential;
use seaworthy_ports::CredentialError;
use seaworthy_ports::Credentials;
use seaworthy_ports::Order;
use seaworthy_ports::Place;
use secrecy::SecretString;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;
use uuid::Uuid;

/// Found nowhere but in requests to the pinned origin.
const TOKEN: &str = "vcp_canary_7f3d90";
const PROJECT: &str = "prj_shop";
const TEAM: &str = "team_harbour";

/// Gives the token for one origin only.
struct Keys {
    origin: String,
    team: &'static str,
    token: SecretString,
    refused: AtomicUsize,
}

impl Keys {
    fn to(origin: &str) -> Arc<Self> {
        let (origin, token) = (origin.to_owned(), SecretString::from(TOKEN));
        Arc::new(Self { origin, team: TEAM, token, refused: AtomicUsize::default() })
    }
}

#[async_trait]
impl Credentials for Keys {
    async fn open(&self, connection: &str, origin: &str) -> Result<Credential, CredentialError> {
        if origin != self.origin {
            let (connection, pinned) = (connection.to_owned(), self.origin.clone());
            return Err(CredentialError::OtherOrigin { connection, pinned, asked: origin.to_owned() });
        }
        let account = |id: &str| Some(Account { id: id.to_owned(), name: "harbour".to_owned() });
        let identity = Identity { user: account("user_1"), team: account(self.team) };
        Ok(Credential { token: self.token.clone(), identity })
    }

    fn refused(&self, _: &str) {
        self.refused.fetch_add(1, Ordering::SeqCst);
    }
}

/// A target at a fake, and a project folder to upload from.
struct World {
    fake: Fake,
    keys: Arc<Keys>,
    target: VercelTarget,
    folder: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        Self::at(Fake::start().await)
    }

    fn at(fake: Fake) -> Self {
        let keys = Keys::to(&fake.origin);
        let service = Service::Vercel { team: Some(TEAM.to_owned()) };
        let at = Connection { service, origin: Origin::parse(&fake.origin).unwrap() };
        let target = VercelTarget {
            connection: "vercel".to_owned(),
            at,
            project: PROJECT.to_owned(),
            source: VercelSource::Upload("dist".into()),
            rolling: None,
        };
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("dist")).unwrap();
        std::fs::write(folder.path().join("dist/index.html"), "abc").unwrap();
        Self { fake, keys, target, folder }
    }

    /// With rolling releases in three stages.
    async fn rolling() -> Self {
        let mut world = Self::new().await;
        world.target.rolling = Some(["5%", "25%", "100%"].map(share).to_vec());
        world
    }

    fn deployer(&self) -> VercelDeployer {
        deployer(&self.target, self.keys.clone(), self.folder.path())
    }
}

fn line(keys: Arc<Keys>) -> Line {
    let pauses = Pauses {
        build: Duration::from_millis(1),
        traffic: Duration::from_millis(1),
        quiet: Duration::ZERO,
        limited: (Duration::from_millis(1), Duration::from_millis(5)),
    };
    let http = Client::new(ProxyUse::Never).unwrap();
    Line { http, credentials: keys, clock: Arc::new(SystemClock), pauses }
}

fn deployer(target: &VercelTarget, keys: Arc<Keys>, folder: &Path) -> VercelDeployer {
    let place = Place { folder: folder.to_owned(), environment: "production".to_owned() };
    VercelDeployer::new(target, &place, line(keys), Known::default())
}

fn share(text: &str) -> Share {
    text.parse().unwrap()
}

fn order(act: Act) -> Order {
    Order {
        operation: OperationId(Uuid::from_u128(7)),
        step: Step {
            act,
            environment: "production".to_owned(),
            deployment: DeploymentId("1.4.0-rc.1-00000007".to_owned()),
            candidate: 1,
            expected: Expected::Anything,
        },
        version: "1.4.0".to_owned(),
        commit: "9a3b77e01c5d2f6490aa".to_owned(),
    }
}

fn give(text: &str, stage: u32) -> Order {
    order(Act::SetShare { share: share(text), stage: Some(stage) })
}

fn back_to(to: &str, reason: &str) -> Order {
    order(Act::RollBack { to: DeploymentId(to.to_owned()), reason: reason.to_owned() })
}
