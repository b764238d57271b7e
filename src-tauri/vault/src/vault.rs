//! The vault: what is connected, where its token is, and whose it is.

use crate::item::Item;
use crate::item::seal;
use crate::item::unseal;
use crate::keychain::Keychain;
use crate::owner;
use crate::owner::Question;
use crate::passphrase::PassphraseFile;
use crate::token;
use async_trait::async_trait;
use seaworthy_domain::account::Connected;
use seaworthy_domain::account::Identity;
use seaworthy_domain::account::StoreKind;
use seaworthy_domain::operation::Preview;
use seaworthy_domain::policy::Origin;
use seaworthy_domain::policy::Service;
use seaworthy_http::Client;
use seaworthy_ports::Connecting;
use seaworthy_ports::Credential;
use seaworthy_ports::CredentialError;
use seaworthy_ports::Credentials;
use seaworthy_ports::Lock;
use seaworthy_ports::StoreError;
use seaworthy_ports::Vault;
use seaworthy_redact::Redactor;
use secrecy::ExposeSecret;
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::OnceLock;
use std::sync::PoisonError;

/// Where tokens are kept.
pub enum Place {
    /// On this machine.
    Machine {
        /// The operating system's keychain.
        keychain: Keychain,
        /// The file under a passphrase.
        file: PassphraseFile,
    },
    /// In memory alone, for rehearsals and tests; no keychain is asked.
    Memory,
}

/// The tokens of one workspace.
pub struct Tokens {
    workspace: OnceLock<String>,
    pub(crate) place: Place,
    client: Client,
    pub(crate) redactor: Redactor,
    known: Mutex<BTreeMap<String, Known>>,
    memory: Mutex<BTreeMap<Item, Zeroizing<Vec<u8>>>>,
}

struct Known {
    connected: Connected,
    /// Its token, once its owner was asked in this process.
    opened: Option<Credential>,
}

impl Tokens {
    /// A vault that knows no workspace yet, and therefore nothing.
    #[must_use]
    pub fn new(place: Place, client: Client, redactor: Redactor) -> Self {
        Self {
            workspace: OnceLock::new(),
            place,
            client,
            redactor,
            known: Mutex::default(),
            memory: Mutex::default(),
        }
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn memory(&self) -> MutexGuard<'_, BTreeMap<Item, Zeroizing<Vec<u8>>>> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn item(&self, connected: &Connected) -> Result<Item, StoreError> {
        let workspace = self.workspace.get().ok_or_else(unready)?;
        Ok(Item::of(workspace, connected))
    }

    fn connected(&self, name: &str) -> Result<Connected, CredentialError> {
        let known = self.known();
        let known = known.get(name).ok_or_else(|| CredentialError::NotConnected(name.to_owned()))?;
        Ok(known.connected.clone())
    }

    pub(crate) async fn put(
        &self,
        item: Item,
        store: StoreKind,
        bytes: Zeroizing<Vec<u8>>,
    ) -> Result<(), StoreError> {
        match (&self.place, store) {
            (Place::Memory, StoreKind::Memory) => {
                self.memory().insert(item, bytes);
                Ok(())
            }
            (Place::Machine { keychain, .. }, StoreKind::Keychain) => keychain.put(item, bytes).await,
            (Place::Machine { file, .. }, StoreKind::Vault) => file.put(item, bytes).await,
            (_, other) => Err(elsewhere(other)),
        }
    }

    pub(crate) async fn get(&self, item: Item, store: StoreKind) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        match (&self.place, store) {
            (Place::Memory, StoreKind::Memory) => {
                let bytes = self.memory().get(&item).cloned();
                bytes.ok_or(StoreError::Missing(item.connection))
            }
            (Place::Machine { keychain, .. }, StoreKind::Keychain) => keychain.get(item).await,
            (Place::Machine { file, .. }, StoreKind::Vault) => file.get(item).await,
            (_, other) => Err(elsewhere(other)),
        }
    }

    async fn read(&self, connected: &Connected) -> Result<SecretString, StoreError> {
        let bytes = self.get(self.item(connected)?, connected.store).await?;
        let token = unseal(&bytes, &connected.name, &connected.origin)?;
        self.redactor.learn(&token);
        Ok(token)
    }

    /// Reads the token and asks whose it is; the pinned owner must be the same.
    async fn check(&self, connected: &Connected) -> Result<Credential, CredentialError> {
        let token = self.read(connected).await?;
        let Connected { name, service, origin, identity: pinned, .. } = connected;
        let question = Question { client: &self.client, connection: name, origin, token: &token };
        let identity = question.owner(service).await?;
        if !identity.same(pinned) {
            let (pinned, now) = (pinned.phrase(), identity.phrase());
            return Err(CredentialError::IdentityChanged { connection: name.clone(), pinned, now });
        }
        Ok(Credential { token, identity })
    }

    /// Keeps what was opened, unless the connection was made anew meanwhile.
    fn remember(&self, connected: &Connected, credential: &Credential) {
        if let Some(known) =
            self.known().get_mut(&connected.name).filter(|known| known.connected == *connected)
        {
            known.opened = Some(credential.clone());
        }
    }

    fn forget(&self, name: &str) {
        if let Some(known) = self.known().get_mut(name) {
            known.opened = None;
        }
    }
}

fn unready() -> StoreError {
    StoreError::Failed("the workspace is not open yet".to_owned())
}

fn elsewhere(store: StoreKind) -> StoreError {
    StoreError::Failed(format!("there is no {} here", store.word()))
}

#[async_trait]
impl Credentials for Tokens {
    async fn open(&self, connection: &str, origin: &str) -> Result<Credential, CredentialError> {
        let connected = self.connected(connection)?;
        if connected.origin.as_str() != origin {
            return Err(CredentialError::OtherOrigin {
                connection: connection.to_owned(),
                pinned: connected.origin.to_string(),
                asked: origin.to_owned(),
            });
        }
        let opened = self.known().get(connection).and_then(|known| known.opened.clone());
        if let Some(opened) = opened {
            return Ok(opened);
        }
        let credential = self.check(&connected).await?;
        self.remember(&connected, &credential);
        Ok(credential)
    }

    fn refused(&self, connection: &str) {
        self.forget(connection);
    }
}

#[async_trait]
impl Vault for Tokens {
    fn know(&self, workspace: &str, connected: Vec<Connected>) {
        let _the_same = self.workspace.set(workspace.to_owned());
        let mut known = self.known();
        let mut before = std::mem::take(&mut *known);
        for connected in connected {
            let same = before.remove(&connected.name).filter(|before| before.connected == connected);
            let opened = same.and_then(|before| before.opened);
            known.insert(connected.name.clone(), Known { connected, opened });
        }
    }

    fn questions(&self, service: &Service, origin: &Origin) -> Vec<Preview> {
        owner::questions(service, origin)
    }

    async fn connect(&self, order: Connecting) -> Result<Connected, CredentialError> {
        let Connecting { name, service, origin, token, store, owner } = order;
        let token = token::fit(&token).map_err(CredentialError::Unfit)?;
        self.redactor.learn(&token);
        let question = Question { client: &self.client, connection: &name, origin: &origin, token: &token };
        let identity = question.owner(&service).await?;
        if let Some(owner) = owner.filter(|owner| !owner.same(&identity)) {
            let (pinned, now) = (owner.phrase(), identity.phrase());
            return Err(CredentialError::IdentityChanged { connection: name, pinned, now });
        }
        let connected = Connected { name, service, origin, identity, store };
        let bytes = seal(&connected.name, &connected.origin, &token)?;
        self.put(self.item(&connected)?, connected.store, bytes).await?;
        // A store that takes everything and gives nothing back exists.
        let read = self.read(&connected).await?;
        if read.expose_secret() != token.expose_secret() {
            let why = "it gives back something else than it took".to_owned();
            return Err(StoreError::Damaged { connection: connected.name, why }.into());
        }
        self.forget(&connected.name);
        Ok(connected)
    }

    async fn test(&self, name: &str) -> Result<Identity, CredentialError> {
        let connected = self.connected(name)?;
        self.forget(name);
        let credential = self.check(&connected).await?;
        self.remember(&connected, &credential);
        Ok(credential.identity)
    }

    async fn discard(&self, connected: &Connected) -> Result<(), StoreError> {
        let item = self.item(connected)?;
        match (&self.place, connected.store) {
            (Place::Memory, StoreKind::Memory) => {
                self.memory().remove(&item);
                Ok(())
            }
            (Place::Machine { keychain, .. }, StoreKind::Keychain) => keychain.delete(item).await.map(drop),
            (Place::Machine { file, .. }, StoreKind::Vault) => file.delete(item).await.map(drop),
            (_, other) => Err(elsewhere(other)),
        }
    }

    async fn learn(&self) -> Vec<String> {
        let connected: Vec<_> = self.known().values().map(|known| known.connected.clone()).collect();
        let mut unread = Vec::new();
        for connected in connected {
            if self.read(&connected).await.is_err() {
                unread.push(connected.name);
            }
        }
        unread
    }

    async fn keychain(&self) -> Result<String, StoreError> {
        let Place::Machine { keychain, .. } = &self.place else { return Err(elsewhere(StoreKind::Keychain)) };
        let kept = self
            .known()
            .values()
            .find(|known| known.connected.store == StoreKind::Keychain)
            .map(|known| known.connected.clone());
        // An entry of ours tells whether it is open; without one nobody's entry tells at least who answers.
        let item = match kept {
            Some(connected) => self.item(&connected)?,
            None => Item::nobody(self.workspace.get().ok_or_else(unready)?),
        };
        keychain.probe(item).await
    }

    fn lock(&self) -> Lock {
        match &self.place {
            Place::Machine { file, .. } => file.lock(),
            Place::Memory => Lock::Open,
        }
    }

    async fn unlock(&self, passphrase: SecretString) -> Result<(), StoreError> {
        match &self.place {
            Place::Machine { file, .. } => {
                self.redactor.learn(&passphrase);
                file.unlock(passphrase).await
            }
            Place::Memory => Ok(()),
        }
    }

    fn credentials(self: Arc<Self>) -> Arc<dyn Credentials> {
        self
    }
}
