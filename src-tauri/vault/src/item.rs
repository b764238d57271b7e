//! One kept token: its name in the store, and what is stored under it.

use seaworthy_domain::account::Connected;
use seaworthy_domain::policy::Origin;
use seaworthy_ports::StoreError;
use secrecy::ExposeSecret;
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use serde::Deserialize;
use serde::Serialize;

/// Identity of the application, as in its bundles.
const APPLICATION: &str = "app.seaworthy.desktop";

/// Version of what is stored.
const FORMAT: u32 = 1;

/// Name of an entry. The account is part of it, so that a token of another owner never takes the place of one that is
/// still pinned.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Item {
    /// Name of the connection, for errors.
    pub(crate) connection: String,
    /// Application and workspace.
    pub(crate) service: String,
    /// Connection and pinned account.
    pub(crate) user: String,
}

impl Item {
    pub(crate) fn of(workspace: &str, connected: &Connected) -> Self {
        let id = |account: &Option<seaworthy_domain::account::Account>| {
            account.as_ref().map_or("-", |account| account.id.as_str()).to_owned()
        };
        let Connected { name, identity, .. } = connected;
        Self {
            connection: name.clone(),
            service: format!("{APPLICATION}/{workspace}"),
            user: format!("{name}/{}/{}", id(&identity.user), id(&identity.team)),
        }
    }
}

impl Item {
    /// The device's key with this number. A connection's `user` has two slashes, so none can be taken for it.
    pub(crate) fn key(device: &str, number: u32) -> Self {
        let service = format!("{APPLICATION}/{device}");
        Self { connection: "the device key".to_owned(), service, user: format!("device-key/{number}") }
    }

    /// A name under which nothing is ever kept.
    pub(crate) fn nobody(workspace: &str) -> Self {
        let service = format!("{APPLICATION}/{workspace}");
        Self { connection: "nobody".to_owned(), service, user: "nobody".to_owned() }
    }
}

/// What is stored: the token together with the only origin it may go to.
#[derive(Serialize)]
struct Written<'a> {
    v: u32,
    connection: &'a str,
    origin: &'a Origin,
    token: &'a str,
}

#[derive(Deserialize)]
struct Read {
    v: u32,
    connection: String,
    origin: Origin,
    token: SecretString,
}

/// Bytes to store.
pub(crate) fn seal(
    connection: &str,
    origin: &Origin,
    token: &SecretString,
) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    let written = Written { v: FORMAT, connection, origin, token: token.expose_secret() };
    // Enough room at once: a buffer that grows leaves copies behind.
    let room = 2 * token.expose_secret().len() + connection.len() + origin.as_str().len() + 128;
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    serde_json::to_writer(&mut *bytes, &written).map_err(|error| StoreError::Failed(error.to_string()))?;
    Ok(bytes)
}

/// The token in stored bytes, if it was stored for exactly this connection and origin.
pub(crate) fn unseal(bytes: &[u8], connection: &str, origin: &Origin) -> Result<SecretString, StoreError> {
    let damaged = |why: &str| StoreError::Damaged { connection: connection.to_owned(), why: why.to_owned() };
    // The parser's words would repeat what it read.
    let read: Read = serde_json::from_slice(bytes).map_err(|_| damaged("it is not what Seaworthy stores"))?;
    if read.v != FORMAT {
        return Err(damaged("another version of Seaworthy stored it"));
    }
    if read.connection != connection || read.origin != *origin {
        return Err(damaged("it was stored for another connection or origin"));
    }
    Ok(read.token)
}
