//! Connecting services: a token in, never out.

use crate::connections::Connection;
use crate::engine::Engine;
use crate::fault;
use crate::view;
use seaworthy_domain::Event;
use seaworthy_domain::ProjectId;
use seaworthy_domain::account::Connected;
use seaworthy_domain::account::Identity;
use seaworthy_domain::account::StoreKind;
use seaworthy_domain::account::Trouble;
use seaworthy_domain::policy;
use seaworthy_domain::policy::Auth;
use seaworthy_domain::policy::Origin;
use seaworthy_domain::policy::Policy;
use seaworthy_domain::policy::Service;
use seaworthy_ports::Connecting;
use seaworthy_ports::CredentialError;
use seaworthy_ports::Lock;
use seaworthy_ports::StoreError;
use seaworthy_ports::Vault;
use seaworthy_wire::ConnectFrom;
use seaworthy_wire::ConnectOrder;
use seaworthy_wire::ConnectPlan;
use seaworthy_wire::ConnectionView;
use seaworthy_wire::ConnectionsView;
use seaworthy_wire::DoctorLine;
use seaworthy_wire::Fault;
use seaworthy_wire::Secret;
use seaworthy_wire::Stand;
use seaworthy_wire::StoreView;
use std::path::Path;
use std::sync::Arc;
use uuid::Uuid;

/// Longest name, as in a policy.
const NAME_CHARS_MAX: usize = 64;

impl Engine {
    pub(super) fn vault(&self) -> Result<&Arc<dyn Vault>, Fault> {
        let vault = self.ports.vault.as_ref();
        vault.ok_or_else(|| fault::refused("nothing can be connected here: there is no place for tokens"))
    }

    /// Lets the vault open what the ledger says is connected.
    pub(crate) fn tell_vault(&self) {
        if let Some(vault) = &self.ports.vault {
            let connected = self.core().connections.values().map(|known| known.connected.clone()).collect();
            vault.know(&self.ledger.head().device.to_string(), connected);
        }
    }

    /// What is connected and what policies ask for; with `stores`, also what the places say that keep tokens.
    pub(crate) async fn connections(&self, folder: Option<&str>, stores: bool) -> ConnectionsView {
        let stores = if stores { self.stores().await } else { Vec::new() };
        view::connections(self, folder, stores)
    }

    /// Connects a service: asks it whose the token is, keeps the token, and records everything but the token.
    pub(crate) async fn connect(&self, order: ConnectOrder) -> Result<ConnectionView, Fault> {
        let _one_at_a_time = self.connecting.lock().await;
        self.writable()?;
        let vault = self.vault()?;
        let ConnectOrder { plan, token } = order;
        let name = name(&plan.name)?;
        let before = self.core().connections.get(&name).cloned();
        let rotating = plan.from == ConnectFrom::Pinned;
        let (connection, owner) = self.described(&name, &plan, before.as_ref())?;
        let store = self.store_for(&plan, before.as_ref());
        let made = vault
            .connect(Connecting {
                name: name.clone(),
                service: connection.service,
                origin: connection.origin,
                token: token.into_inner(),
                store,
                owner,
            })
            .await
            .map_err(|error| fault::credential(&error))?;
        let event = if rotating {
            Event::ConnectionRotated { name: name.clone(), store }
        } else {
            let Connected { name, service, origin, identity, store } = made.clone();
            Event::ConnectionMade { name, service, origin, identity, store }
        };
        self.record_for_project(workspace(), &[event])?;
        self.tell_vault();
        self.anchor();
        if let Some(old) = before.map(|before| before.connected).filter(|old| is_elsewhere(old, &made)) {
            // The new token works either way; the old one stays where `--remove` no longer finds it.
            if let Err(error) = vault.discard(&old).await {
                tracing::warn!(connection = %name, %error, "the earlier token could not be deleted from its store");
            }
        }
        // The store has just shown that it works. A connection is one without a key, too.
        if let Err(error) = self.first_key(Some(store)).await {
            tracing::warn!(%error, "there is no device key yet; checkpoints are not signed");
        }
        self.connection(&name)
    }

    /// Where the token of `plan` is kept: where the one it replaces was, unless a person chose the vault.
    pub(super) fn store_for(&self, plan: &ConnectPlan, before: Option<&Connection>) -> StoreKind {
        let rotating = plan.from == ConnectFrom::Pinned;
        let kept = before.filter(|_| rotating).map(|before| before.connected.store);
        match kept {
            _ if self.settings.rehearsal => StoreKind::Memory,
            _ if plan.vault => StoreKind::Vault,
            kept => kept.unwrap_or(StoreKind::Keychain),
        }
    }

    /// Where the token may go and whose it must be.
    pub(super) fn described(
        &self,
        name: &str,
        order: &ConnectPlan,
        before: Option<&Connection>,
    ) -> Result<(policy::Connection, Option<Identity>), Fault> {
        if order.from == ConnectFrom::Pinned {
            let Connected { service, origin, identity, .. } = &before.ok_or_else(|| unknown(name))?.connected;
            let connection = policy::Connection { service: service.clone(), origin: origin.clone() };
            return Ok((connection, Some(identity.clone())));
        }
        let connection = match &order.from {
            ConnectFrom::Policy { folder } => {
                let (parsed, _) = super::opening::read_policy(Path::new(folder))?;
                parsed.policy.connections.get(name).cloned().ok_or_else(|| {
                    fault::bad_input(format!("the policy has no connection {name}"))
                        .with_help(format!("add [connections.{name}] to it, or give --service and --origin"))
                })?
            }
            typed => typed_connection(typed)?,
        };
        if !connection.needs_token() {
            let words =
                format!("{name} asks without a token (`auth = \"none\"`); there is nothing to connect");
            return Err(fault::bad_input(words));
        }
        if connection.origin.is_plain() && !order.allow_loopback_http {
            let words =
                format!("{} is plain http: any program on this machine may answer there", connection.origin);
            return Err(fault::refused(words).with_help("confirm it with --allow-loopback-http"));
        }
        let pinned = before.map(|before| &before.connected.origin);
        if let Some(pinned) = pinned.filter(|pinned| **pinned != connection.origin)
            && order.instead_of.as_deref() != Some(pinned.as_str())
        {
            return Err(fault::refused(format!(
                "{name} is connected to {pinned}, and its token would now be one for {}",
                connection.origin
            ))
            .with_help(format!("if that is meant, say so with --instead-of {pinned}")));
        }
        Ok((connection, None))
    }

    /// Asks the service of a connection, and records what came of it.
    pub(crate) async fn test_connection(&self, name: &str) -> Result<ConnectionView, Fault> {
        let _one_at_a_time = self.connecting.lock().await;
        let vault = self.vault()?;
        if !self.core().connections.contains_key(name) {
            return Err(unknown(name));
        }
        let tested = vault.test(name).await;
        if let Err(CredentialError::Store(StoreError::NeedsPassphrase)) = &tested {
            return Err(fault::store(&StoreError::NeedsPassphrase));
        }
        let problem = tested.as_ref().err().map(ToString::to_string);
        let trouble = tested.as_ref().err().map(trouble_of);
        let event = Event::ConnectionTested { name: name.to_owned(), problem, trouble };
        self.record_for_project(workspace(), &[event])?;
        match tested {
            Ok(_) => self.connection(name),
            Err(error) => Err(fault::credential(&error)),
        }
    }

    /// Deletes the token of a connection, then forgets it.
    pub(crate) async fn remove_connection(&self, name: &str) -> Result<(), Fault> {
        let _one_at_a_time = self.connecting.lock().await;
        self.writable()?;
        let vault = self.vault()?;
        let known = self.core().connections.get(name).map(|known| known.connected.clone());
        let known = known.ok_or_else(|| unknown(name))?;
        // In this order a crash leaves a connection whose token is missing, and never a token that nobody knows of.
        vault.discard(&known).await.map_err(|error| fault::store(&error))?;
        self.record_for_project(workspace(), &[Event::ConnectionRemoved { name: name.to_owned() }])?;
        self.tell_vault();
        self.anchor();
        Ok(())
    }

    /// How the places stand that keep tokens; the keychain is asked, which it may take ten seconds to answer.
    pub(crate) async fn stores(&self) -> Vec<StoreView> {
        let Some(vault) = self.ports.vault.as_ref().filter(|_| !self.settings.rehearsal) else {
            let text = "tokens of a rehearsal are in memory until it ends; no keychain is asked".to_owned();
            return vec![view::store(StoreKind::Memory, Stand::TokenFree, text)];
        };
        let (stand, text) = match vault.keychain().await {
            Ok(vendor) => (Stand::Fine, vendor),
            // An answer all the same; what is missing is an entry, which its connection will say.
            Err(StoreError::Missing(name)) => {
                (Stand::Missing, format!("it answers, without the token of {name}"))
            }
            Err(error) => (view::stand_of(trouble_of_store(&error)), error.to_string()),
        };
        let keychain = view::store(StoreKind::Keychain, stand, text);
        let file = match vault.lock() {
            Lock::NotMade => None,
            Lock::Locked => Some((Stand::Passphrase, "waits for its passphrase")),
            Lock::Open => Some((Stand::Fine, "its passphrase is at hand")),
        };
        let file = file.map(|(stand, text)| view::store(StoreKind::Vault, stand, text.to_owned()));
        std::iter::once(keychain).chain(file).collect()
    }

    /// The same for the doctor.
    pub(crate) async fn stores_told(&self) -> Vec<DoctorLine> {
        let line = |one: StoreView| DoctorLine { what: one.store, state: one.state, text: one.text };
        self.stores().await.into_iter().map(line).collect()
    }

    /// Takes the passphrase of the vault.
    pub(crate) async fn unlock(&self, passphrase: Secret) -> Result<(), Fault> {
        self.vault()?.unlock(passphrase.into_inner()).await.map_err(|error| fault::store(&error))?;
        self.signing.forgive();
        Ok(())
    }

    /// A policy that sends a connected token elsewhere is refused until a person connects it again.
    pub(crate) fn refuse_other_origins(&self, policy: &Policy) -> Result<(), Fault> {
        let core = self.core();
        for (name, wanted) in &policy.connections {
            let Some(known) = core.connections.get(name) else { continue };
            let pinned = &known.connected.origin;
            if *pinned != wanted.origin {
                return Err(fault::refused(format!(
                    "the policy names {} for {name}, which is connected to {pinned}",
                    wanted.origin
                ))
                .with_help(format!("if that is right, run `seaworthy connect {name}` again")));
            }
        }
        Ok(())
    }

    pub(super) fn writable(&self) -> Result<(), Fault> {
        match &self.viewing {
            Some(why) => Err(fault::refused(format!("nothing can be changed: {why}"))),
            None => Ok(()),
        }
    }

    fn connection(&self, name: &str) -> Result<ConnectionView, Fault> {
        view::connection(self, name).ok_or_else(|| unknown(name))
    }
}

/// Connections belong to the workspace and to none of its projects.
pub(super) fn workspace() -> ProjectId {
    ProjectId(Uuid::nil())
}

pub(super) fn unknown(name: &str) -> Fault {
    fault::refused(format!("{name} is not connected")).with_help(format!("run `seaworthy connect {name}`"))
}

/// Whether the token of `old` lies under another name than that of `new`.
fn is_elsewhere(old: &Connected, new: &Connected) -> bool {
    old.store != new.store || !old.identity.same(&new.identity)
}

pub(super) fn name(typed: &str) -> Result<String, Fault> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let starts = typed.starts_with(|c: char| c.is_ascii_alphanumeric());
    if starts && typed.chars().all(plain) && typed.len() <= NAME_CHARS_MAX {
        return Ok(typed.to_owned());
    }
    Err(fault::bad_input("this is not the name of a connection")
        .with_help("use letters, digits, `-`, `_` and `.`, with a letter or digit first"))
}

fn typed_connection(typed: &ConnectFrom) -> Result<policy::Connection, Fault> {
    let ConnectFrom::Typed { service, origin, team, user, path } = typed else {
        return Err(fault::bad_input("this connection is described nowhere"));
    };
    let origin = Origin::parse(origin).map_err(|error| fault::bad_input(format!("{origin}: {error}")))?;
    let service = match service.as_str() {
        "vercel" => Service::Vercel { team: team.clone() },
        "prometheus" => Service::Prometheus {
            auth: user.clone().map_or(Auth::Bearer, |user| Auth::Basic { user }),
            path: path.as_deref().unwrap_or_default().trim_end_matches('/').to_owned(),
        },
        other => return Err(fault::bad_input(format!("{other} is no service; use vercel or prometheus"))),
    };
    Ok(policy::Connection { service, origin })
}

fn trouble_of(error: &CredentialError) -> Trouble {
    match error {
        CredentialError::Refused { .. } => Trouble::Refused,
        CredentialError::IdentityChanged { .. } | CredentialError::NoSuchTeam { .. } => Trouble::OtherOwner,
        CredentialError::Unreachable { .. } => Trouble::Unreachable,
        CredentialError::Store(error) => trouble_of_store(error),
        CredentialError::NotConnected(_)
        | CredentialError::OtherOrigin { .. }
        | CredentialError::Unfit(_) => Trouble::Failed,
    }
}

fn trouble_of_store(error: &StoreError) -> Trouble {
    match error {
        StoreError::Locked => Trouble::Locked,
        StoreError::Absent(_) => Trouble::Absent,
        StoreError::Slow(_) => Trouble::Slow,
        StoreError::Ambiguous { .. } => Trouble::Ambiguous,
        StoreError::Missing(_) => Trouble::Missing,
        StoreError::NeedsPassphrase
        | StoreError::WrongPassphrase
        | StoreError::Damaged { .. }
        | StoreError::Failed(_) => Trouble::Failed,
    }
}
