//! Tokens of services.

use async_trait::async_trait;
use seaworthy_domain::account::Identity;
use secrecy::SecretString;

/// Opens tokens for those who send them.
#[async_trait]
pub trait Credentials: Send + Sync {
    /// The token of `connection`, only when `origin` (`scheme://host[:port]`) is exactly the one it was connected for.
    /// The first time in a process, and after [`Credentials::refused`], the service is asked again whose it is.
    ///
    /// A name is shared by all projects of a workspace: compare [`Credential::identity`] with the policy
    /// ([`seaworthy_domain::policy::Connection::is_for`]) before using the token.
    ///
    /// # Errors
    /// [`CredentialError`]
    async fn open(&self, connection: &str, origin: &str) -> Result<Credential, CredentialError>;

    /// The service answered 401 or 403 to the token of `connection`: the next [`Credentials::open`] asks again whose it
    /// is.
    fn refused(&self, connection: &str);
}

/// A token and its owner. Its `Debug` shows the owner alone.
#[derive(Clone, Debug)]
pub struct Credential {
    /// The token. It is exposed on the line that sends it and nowhere else.
    pub token: SecretString,
    /// Whose it is.
    pub identity: Identity,
}

/// A token cannot be had; each variant is something else to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// Nothing was ever connected under the name.
    #[error("{0} is not connected; run `seaworthy connect {0}`")]
    NotConnected(String),
    /// Somebody wants the token for another place than the one it was connected for.
    #[error(
        "{connection} was connected for {pinned}, and the policy now names {asked}; if that is right, run \
         `seaworthy connect {connection}` again"
    )]
    OtherOrigin {
        /// Name of the connection.
        connection: String,
        /// Where its token may go.
        pinned: String,
        /// Where it was wanted.
        asked: String,
    },
    /// The token is of another owner than the one it was connected for.
    #[error(
        "the token of {connection} now belongs to {now}, and was connected for {pinned}; if that is right, run \
         `seaworthy connect {connection}` again"
    )]
    IdentityChanged {
        /// Name of the connection.
        connection: String,
        /// Pinned owner.
        pinned: String,
        /// Owner by the service's answer of now.
        now: String,
    },
    /// The service does not take the token.
    #[error(
        "{origin} refuses the token of {connection} ({status}); make a new one there and run \
         `seaworthy connect {connection} --rotate`"
    )]
    Refused {
        /// Name of the connection.
        connection: String,
        /// Who refused.
        origin: String,
        /// Status of the answer.
        status: u16,
    },
    /// What was typed cannot be a token, or not one that can be kept safe.
    #[error("this is no token: {0}; copy it again, whole")]
    Unfit(&'static str),
    /// The token does not reach the team that the connection names.
    #[error("the token of {user} does not reach the team {team}; it reaches {reaches}")]
    NoSuchTeam {
        /// Owner of the token.
        user: String,
        /// The team by the policy's word.
        team: String,
        /// Teams it reaches, in words.
        reaches: String,
    },
    /// The service could not be asked whose the token is.
    #[error(
        "{origin} could not be asked whose the token is: {why}; nothing was sent there but that question"
    )]
    Unreachable {
        /// Who was asked.
        origin: String,
        /// Reason.
        why: String,
    },
    /// The store of tokens cannot be used, or not for this.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The place where tokens are kept does not give or take one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The keychain is there and locked, and nobody can be asked to open it.
    #[error("the keychain is locked; unlock it (it usually opens with your session) and try again")]
    Locked,
    /// No keychain answers.
    #[error(
        "no keychain answers here ({0}); start one, or keep tokens in a file under a passphrase with \
         `seaworthy connect NAME --vault`"
    )]
    Absent(String),
    /// The keychain did not answer in time.
    #[error(
        "the keychain did not answer within {0} s; look whether it asks something on the screen, then try again"
    )]
    Slow(u64),
    /// Several entries could be meant, and none is picked.
    #[error(
        "the keychain has {count} entries for {connection}; remove those that are not Seaworthy's, or run \
         `seaworthy connect {connection} --remove` and connect again"
    )]
    Ambiguous {
        /// Name of the connection.
        connection: String,
        /// How many.
        count: usize,
    },
    /// The ledger knows the connection and the store has no such entry.
    #[error("the token of {0} is not in its store any more; run `seaworthy connect {0}` again")]
    Missing(String),
    /// The passphrase vault needs its passphrase.
    #[error(
        "the vault needs its passphrase; type it when asked, or name a file in SEAWORTHY_VAULT_PASSPHRASE_FILE"
    )]
    NeedsPassphrase,
    /// The passphrase does not open the vault.
    #[error("the passphrase does not open the vault; try again")]
    WrongPassphrase,
    /// What is kept is not what was stored.
    #[error(
        "the entry of {connection} cannot be understood ({why}); run `seaworthy connect {connection}` again"
    )]
    Damaged {
        /// Name of the connection.
        connection: String,
        /// What is wrong.
        why: String,
    },
    /// Anything else the store said.
    #[error("the store of tokens failed: {0}")]
    Failed(String),
}
