//! Keeping tokens.

use crate::credentials::CredentialError;
use crate::credentials::Credentials;
use crate::credentials::StoreError;
use async_trait::async_trait;
use seaworthy_domain::account::Connected;
use seaworthy_domain::account::Identity;
use seaworthy_domain::account::StoreKind;
use seaworthy_domain::operation::Preview;
use seaworthy_domain::policy::Origin;
use seaworthy_domain::policy::Service;
use secrecy::SecretString;
use std::sync::Arc;

/// Keeps tokens, and opens those of connections that the ledger knows.
#[async_trait]
pub trait Vault: Credentials {
    /// Takes over what is connected in `workspace`, whose id keeps the entries of several data directories apart and
    /// never changes; no other name can be opened.
    fn know(&self, workspace: &str, connected: Vec<Connected>);

    /// Every question that [`Vault::connect`] would ask the service, with the token but without showing it.
    fn questions(&self, service: &Service, origin: &Origin) -> Vec<Preview>;

    /// Asks the service whose the token is, and keeps it. The caller records what comes back; until then nothing can
    /// open it.
    ///
    /// # Errors
    /// [`CredentialError`]; then nothing was kept.
    async fn connect(&self, order: Connecting) -> Result<Connected, CredentialError>;

    /// Reads the token from its store and asks the service again whose it is.
    ///
    /// # Errors
    /// As [`Credentials::open`].
    async fn test(&self, name: &str) -> Result<Identity, CredentialError>;

    /// Deletes the token of `connected` from its store; one that is gone already is deleted.
    ///
    /// # Errors
    /// What the store says.
    async fn discard(&self, connected: &Connected) -> Result<(), StoreError>;

    /// Reads every token that is connected, so that it is known wherever something is searched for secrets. No service
    /// is asked. Names of the connections whose token the store does not give.
    async fn learn(&self) -> Vec<String>;

    /// Asks the keychain for nothing, to see whether it answers; says which one it is.
    ///
    /// # Errors
    /// Why no token could be kept there now.
    async fn keychain(&self) -> Result<String, StoreError>;

    /// How the passphrase vault stands.
    fn lock(&self) -> Lock;

    /// Takes the passphrase of the vault for as long as this process lives. The first one ever makes the vault.
    ///
    /// # Errors
    /// [`StoreError::WrongPassphrase`], or what the disk says.
    async fn unlock(&self, passphrase: SecretString) -> Result<(), StoreError>;

    /// The same vault for those who only open tokens.
    fn credentials(self: Arc<Self>) -> Arc<dyn Credentials>;
}

/// A connection to be made.
#[derive(Clone, Debug)]
pub struct Connecting {
    /// Name of the connection.
    pub name: String,
    /// What answers, and how it is asked.
    pub service: Service,
    /// Where the token may go.
    pub origin: Origin,
    /// The token as it was typed or piped in.
    pub token: SecretString,
    /// Where it shall be kept.
    pub store: StoreKind,
    /// Whose it must be, when only the token changes.
    pub owner: Option<Identity>,
}

/// How the passphrase vault stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// There is none yet.
    NotMade,
    /// It waits for its passphrase.
    Locked,
    /// This process has its passphrase.
    Open,
}
