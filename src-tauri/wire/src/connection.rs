//! Connections: what is asked for and what is shown. A secret goes inward only.

use crate::Millis;
use crate::view::State;
use secrecy::ExposeSecret;
use secrecy::SecretString;
use serde::Deserialize;
use serde::Serialize;
use serde::Serializer;
use std::fmt;
use ts_rs::TS;

/// A token or passphrase on its way to the engine. It is a part of requests and of no answer; it is wiped when dropped
/// and shows nothing of itself.
#[derive(Clone, Deserialize, TS)]
#[ts(type = "string")]
pub struct Secret(SecretString);

impl Secret {
    /// Takes what was typed or piped in.
    #[must_use]
    pub fn new(text: SecretString) -> Self {
        Self(text)
    }

    /// The secret, for whoever keeps it.
    #[must_use]
    pub fn into_inner(self) -> SecretString {
        self.0
    }
}

/// For the channel between processes of one user, which carries requests as text.
impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose_secret())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}

impl Eq for Secret {}

/// A connection to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ConnectOrder {
    /// Everything but the token.
    pub plan: ConnectPlan,
    /// The token.
    pub token: Secret,
}

/// A connection to be made, without its token: what can be shown before somebody types that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ConnectPlan {
    /// Name of the connection.
    pub name: String,
    /// Where it is described.
    pub from: ConnectFrom,
    /// Keep it in the passphrase vault instead of the keychain.
    pub vault: bool,
    /// The origin the name is connected for now, as the person saw it, when another one shall take its place.
    pub instead_of: Option<String>,
    /// Plain http to this machine is meant.
    pub allow_loopback_http: bool,
}

/// Where a connection is described.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum ConnectFrom {
    /// In the policy of a project.
    Policy {
        /// Folder of the project.
        folder: String,
    },
    /// In what was typed.
    Typed {
        /// `vercel` or `prometheus`.
        service: String,
        /// Scheme, host and port.
        origin: String,
        /// Team at Vercel.
        team: Option<String>,
        /// User for basic authentication at Prometheus; bearer without it.
        user: Option<String>,
        /// What stands before `/api/v1` at Prometheus.
        path: Option<String>,
    },
    /// As it is connected already: only the token changes.
    Pinned,
}

/// A change to connections, to be shown before it is confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum ConnectionChange {
    /// A connection is made, or its token replaced.
    Connect {
        /// Which, and from what.
        plan: ConnectPlan,
    },
    /// A token is deleted and its connection forgotten.
    Remove {
        /// Name of the connection.
        name: String,
    },
    /// The engine gets the passphrase of the vault; the first one ever makes the vault.
    Unlock,
}

/// What is connected, and what policies ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ConnectionsView {
    /// By name.
    pub connections: Vec<ConnectionView>,
    /// How the passphrase vault stands.
    pub vault: VaultView,
    /// The places that keep tokens, where the request wanted them asked.
    pub stores: Vec<StoreView>,
}

/// A place that keeps tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StoreView {
    /// `keychain`, `vault` or `memory`.
    pub store: String,
    /// How it stands.
    pub stand: Stand,
    /// The same as a glyph.
    pub state: State,
    /// In words, with what to do.
    pub text: String,
}

/// How a connection or a place that keeps tokens stands; each is something else to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Stand {
    /// It works, as far as anybody knows.
    Fine,
    /// A policy asks for it and nobody connected it; a vault nobody made.
    None,
    /// Nothing needs to be connected: it is asked without a token.
    TokenFree,
    /// A policy names another origin than the one it is connected to.
    OtherOrigin,
    /// A policy means another owner, or the token is of one.
    OtherOwner,
    /// The service does not take the token.
    Refused,
    /// The service could not be asked.
    Unreachable,
    /// The keychain is locked.
    Locked,
    /// The vault waits for its passphrase.
    Passphrase,
    /// No keychain answers.
    Absent,
    /// The keychain did not answer in time.
    Slow,
    /// Several entries could be meant.
    Ambiguous,
    /// The token is not in its store any more.
    Missing,
    /// Anything else, as the words say.
    Failed,
}

/// A policy that asks for a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WantedView {
    /// Project and version of the open release, or the project alone.
    pub by: String,
    /// Folder whose policy describes it as it is wanted here.
    pub folder: Option<String>,
    /// Origin by that policy.
    pub origin: String,
    /// Whether the connection is the one that is meant.
    pub met: bool,
}

/// One connection. There is no member for a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ConnectionView {
    /// Name.
    pub name: String,
    /// `vercel` or `prometheus`.
    pub service: String,
    /// The only place its token is sent to; where nothing is connected, the one the policy names.
    pub origin: String,
    /// How it stands.
    pub stand: Stand,
    /// The same as a glyph.
    pub state: State,
    /// The same in words, with what to do.
    pub text: String,
    /// Whose the token is, in words.
    pub identity: Option<String>,
    /// Person or machine the token belongs to.
    pub user: Option<String>,
    /// Team the connection is used in.
    pub team: Option<String>,
    /// `keychain`, `vault` or `memory`.
    pub store: Option<String>,
    /// When it was connected, or its token replaced.
    pub connected: Option<Millis>,
    /// By whom.
    pub by: Option<String>,
    /// When somebody last asked whether it works.
    pub tested: Option<Millis>,
    /// When such a question was last answered with something that does not work, since it was connected.
    pub failed: Option<Millis>,
    /// Policies that ask for it.
    pub wanted: Vec<WantedView>,
}

/// How the passphrase vault stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum VaultView {
    /// There is none yet.
    NotMade,
    /// It waits for its passphrase.
    Locked,
    /// The engine has its passphrase.
    Open,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Request;

    #[test]
    fn a_secret_shows_nothing_of_itself() {
        let plan = ConnectPlan {
            name: "vercel".into(),
            from: ConnectFrom::Pinned,
            vault: false,
            instead_of: None,
            allow_loopback_http: false,
        };
        let order = ConnectOrder { plan, token: Secret::new("vcp_0123456789".into()) };
        let request = Request::Connect { order: Box::new(order) };
        let unlock = Request::Unlock { passphrase: Secret::new("correct horse".into()) };
        let shown = format!("{request:?} {unlock:?}");
        assert!(shown.contains("token: [secret]") && shown.contains("passphrase: [secret]"), "{shown}");
        assert!(!shown.contains("0123456789") && !shown.contains("horse"), "{shown}");
        let text = serde_json::to_string(&request).unwrap();
        assert_eq!(serde_json::from_str::<Request>(&text).unwrap(), request);
    }

    /// What the window can be answered with, as the generated types say, has no place for a secret.
    #[test]
    fn no_answer_can_hold_a_secret() {
        let wire = include_str!("../../../ui/src/lib/wire/wire.ts");
        let mut reached: Vec<&str> = vec!["Reply", "Push", "Fault"];
        let mut at = 0;
        while let Some(name) = reached.get(at).copied() {
            at += 1;
            let head = format!("export type {name} = ");
            let Some(body) = wire.split(&head).nth(1).and_then(|rest| rest.split("\nexport ").next()) else {
                continue;
            };
            assert!(!body.contains("Secret"), "{name} can hold a secret");
            let words = body.split(|c: char| !c.is_ascii_alphanumeric());
            for word in words.filter(|word| word.starts_with(|c: char| c.is_ascii_uppercase())) {
                if !reached.contains(&word) {
                    reached.push(word);
                }
            }
        }
        assert!(reached.contains(&"ConnectionView") && reached.len() > 20, "{reached:?}");
    }
}
