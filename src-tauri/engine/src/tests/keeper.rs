//! A place for tokens that fails as the test says. The real ones have tests of their own; what is looked at here is what
//! the engine records and refuses.

use async_trait::async_trait;
use seaworthy_domain::account::Account;
use seaworthy_domain::account::Connected;
use seaworthy_domain::account::Identity;
use seaworthy_domain::operation::Preview;
use seaworthy_domain::policy::Origin;
use seaworthy_domain::policy::Service;
use seaworthy_ports::Connecting;
use seaworthy_ports::Credential;
use seaworthy_ports::CredentialError;
use seaworthy_ports::Credentials;
use seaworthy_ports::Lock;
use seaworthy_ports::StoreError;
use seaworthy_ports::Vault;
use secrecy::ExposeSecret;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;

/// What the place and the service do.
pub(super) struct Kept {
    /// Whose the tokens are.
    pub(super) owner: &'static str,
    /// Instead of an answer to the next connect or test.
    pub(super) trouble: Option<CredentialError>,
    /// Instead of an answer of the keychain.
    pub(super) keychain: Option<StoreError>,
    pub(super) lock: Lock,
    /// Tokens by connection, store and owner.
    pub(super) tokens: BTreeMap<String, String>,
    /// What the engine last said is connected.
    pub(super) known: Vec<Connected>,
}

#[derive(Clone)]
pub(super) struct Keeper(Arc<Mutex<Kept>>);

impl Default for Keeper {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Kept {
            owner: "dana",
            trouble: None,
            keychain: None,
            lock: Lock::NotMade,
            tokens: BTreeMap::new(),
            known: Vec::new(),
        })))
    }
}

impl Keeper {
    pub(super) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap()
    }

    fn owner(&self, service: &Service) -> Identity {
        let account = |name: &str| Some(Account { id: format!("id-{name}"), name: name.to_owned() });
        let team = match service {
            Service::Vercel { team } => team.as_deref().and_then(account),
            Service::Prometheus { .. } => None,
        };
        Identity { user: account(self.kept().owner), team }
    }
}

fn slot(connected: &Connected) -> String {
    format!("{} in {} of {}", connected.name, connected.store.word(), connected.identity.phrase())
}

#[async_trait]
impl Credentials for Keeper {
    async fn open(&self, connection: &str, _: &str) -> Result<Credential, CredentialError> {
        Err(CredentialError::NotConnected(connection.to_owned()))
    }

    fn refused(&self, _: &str) {}
}

#[async_trait]
impl Vault for Keeper {
    fn know(&self, _: &str, connected: Vec<Connected>) {
        self.kept().known = connected;
    }

    fn questions(&self, _: &Service, origin: &Origin) -> Vec<Preview> {
        vec![Preview { method: "GET".into(), target: format!("{origin}/whose"), body: Vec::new() }]
    }

    async fn connect(&self, order: Connecting) -> Result<Connected, CredentialError> {
        if let Some(trouble) = self.kept().trouble.take() {
            return Err(trouble);
        }
        let identity = self.owner(&order.service);
        if let Some(pinned) = order.owner.filter(|owner| !owner.same(&identity)) {
            let (pinned, now) = (pinned.phrase(), identity.phrase());
            return Err(CredentialError::IdentityChanged { connection: order.name, pinned, now });
        }
        let Connecting { name, service, origin, token, store, .. } = order;
        let connected = Connected { name, service, origin, identity, store };
        self.kept().tokens.insert(slot(&connected), token.expose_secret().to_owned());
        Ok(connected)
    }

    async fn test(&self, name: &str) -> Result<Identity, CredentialError> {
        let mut kept = self.kept();
        match kept.trouble.take() {
            Some(trouble) => Err(trouble),
            None => {
                Ok(kept.known.iter().find(|known| known.name == name).map(|k| k.identity.clone()).unwrap())
            }
        }
    }

    async fn learn(&self) -> Vec<String> {
        Vec::new()
    }

    async fn discard(&self, connected: &Connected) -> Result<(), StoreError> {
        let mut kept = self.kept();
        if let Some(CredentialError::Store(error)) = kept.trouble.take() {
            return Err(error);
        }
        kept.tokens.remove(&slot(connected));
        Ok(())
    }

    async fn keychain(&self) -> Result<String, StoreError> {
        self.kept().keychain.clone().map_or_else(|| Ok("Secret Service".to_owned()), Err)
    }

    fn lock(&self) -> Lock {
        self.kept().lock
    }

    async fn unlock(&self, _: SecretString) -> Result<(), StoreError> {
        self.kept().lock = Lock::Open;
        Ok(())
    }

    fn credentials(self: Arc<Self>) -> Arc<dyn Credentials> {
        self
    }
}
