//! Who a token belongs to, as its service says, and where it is kept.

use crate::policy::Origin;
use crate::policy::Service;
use serde::Deserialize;
use serde::Serialize;

/// The owner of a token, pinned when it was connected. A service that knows no owners leaves both empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The person or machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<Account>,
    /// The team the connection is used in, where it names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<Account>,
}

/// One account of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The service's own identifier, which never changes, such as `team_…`.
    pub id: String,
    /// What people call it: a user name or a team's slug. It may change.
    pub name: String,
}

impl Account {
    /// Whether `word` means this account, as id or as name.
    #[must_use]
    pub fn is(&self, word: &str) -> bool {
        self.id == word || self.name == word
    }
}

impl Identity {
    /// Whether both are the same owner. Names may differ: they can be changed by whoever owns the account.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        let id = |account: &Option<Account>| account.as_ref().map(|account| account.id.clone());
        id(&self.user) == id(&other.user) && id(&self.team) == id(&other.team)
    }

    /// One phrase for people, such as `dana in acme`.
    #[must_use]
    pub fn phrase(&self) -> String {
        match (&self.user, &self.team) {
            (Some(user), Some(team)) => format!("{} in {}", user.name, team.name),
            (Some(one), None) | (None, Some(one)) => one.name.clone(),
            (None, None) => "an owner the service does not name".to_owned(),
        }
    }
}

/// Where a token is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoreKind {
    /// The operating system's keychain.
    Keychain,
    /// A file in the data directory, encrypted under a passphrase. Only ever chosen by a person.
    Vault,
    /// Nowhere but in the memory of a rehearsal or a test.
    Memory,
}

impl StoreKind {
    /// The word for people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Keychain => "keychain",
            Self::Vault => "vault",
            Self::Memory => "memory",
        }
    }
}

/// Why a connection did not work, as far as it decides what a person does next. Words with names and figures stand
/// beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// The service does not take the token.
    Refused,
    /// The token is of another owner, or does not reach the team.
    OtherOwner,
    /// The service could not be asked.
    Unreachable,
    /// The keychain is locked.
    Locked,
    /// No keychain answers.
    Absent,
    /// The keychain did not answer in time.
    Slow,
    /// Several entries could be meant.
    Ambiguous,
    /// The token is not in its store any more.
    Missing,
    /// Anything else.
    Failed,
}

/// What is known of a connection that was made: everything but the token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connected {
    /// Name of the connection.
    pub name: String,
    /// What answers, and how it is asked.
    pub service: Service,
    /// The only place its token is sent to.
    pub origin: Origin,
    /// Whose token it was when it was connected.
    pub identity: Identity,
    /// Where the token is kept.
    pub store: StoreKind,
}
