//! A change to connections before it is confirmed: where a token will go, whose it must be and what hangs on it.

use super::connect;
use crate::connections::Connection;
use crate::engine::Engine;
use crate::fault;
use crate::view;
use seaworthy_domain::account::StoreKind;
use seaworthy_domain::policy;
use seaworthy_ports::Lock;
use seaworthy_ports::StoreError;
use seaworthy_ports::Vault;
use seaworthy_wire::CheckedLine;
use seaworthy_wire::ConnectFrom;
use seaworthy_wire::ConnectPlan;
use seaworthy_wire::ConnectionChange;
use seaworthy_wire::Fault;
use seaworthy_wire::State;
use seaworthy_wire::StepPreview;

impl Engine {
    /// What `change` would do. A change that would be refused is refused here, before anybody types a secret.
    pub(crate) async fn preview_connection(&self, change: &ConnectionChange) -> Result<StepPreview, Fault> {
        self.writable()?;
        match change {
            ConnectionChange::Connect { plan } => self.preview_connect(plan).await,
            ConnectionChange::Remove { name } => self.preview_remove(name),
            ConnectionChange::Unlock => self.preview_unlock(),
        }
    }

    async fn preview_connect(&self, plan: &ConnectPlan) -> Result<StepPreview, Fault> {
        let vault = self.vault()?;
        let name = connect::name(&plan.name)?;
        let before = self.core().connections.get(&name).cloned();
        let (connection, owner) = self.described(&name, plan, before.as_ref())?;
        let store = self.store_for(plan, before.as_ref());
        let place = place(vault.as_ref(), store).await?;
        let policy::Connection { service, origin } = connection;
        let mut consequences = vec![format!("The token is sent to {origin}, and never to any other place.")];
        consequences.push(match &owner {
            Some(owner) => format!("It must belong to {}, as the one it takes the place of.", owner.phrase()),
            None => {
                "Whose it is, is asked there and kept; a token of another owner is refused later.".to_owned()
            }
        });
        consequences.push(match store {
            StoreKind::Keychain => "It is kept in this computer's keychain and shown nowhere.".to_owned(),
            StoreKind::Vault => "It is kept in a file under your passphrase and shown nowhere.".to_owned(),
            StoreKind::Memory => "It is kept in memory until the rehearsal ends.".to_owned(),
        });
        consequences.extend(given_up(&name, plan, before.as_ref(), origin.as_str()));
        if origin.is_plain() {
            consequences
                .push(format!("{origin} is plain http: any program on this machine may answer there."));
        }
        let rotating = plan.from == ConnectFrom::Pinned;
        let title = if rotating {
            format!("Replace the token of {name}?")
        } else {
            format!("Connect {name} to {origin}?")
        };
        let action = if rotating { format!("Replace token of {name}") } else { format!("Connect {name}") };
        let calls = vault.questions(&service, &origin);
        let checks = vec![CheckedLine { state: State::Pass, text: place }];
        Ok(StepPreview {
            calls: calls.iter().map(view::call).collect(),
            checks,
            ..bare(title, action, consequences)
        })
    }

    fn preview_remove(&self, name: &str) -> Result<StepPreview, Fault> {
        self.vault()?;
        let known = self.core().connections.get(name).map(|known| known.connected.clone());
        let known = known.ok_or_else(|| connect::unknown(name))?;
        let mut consequences = vec![
            format!("Its token is deleted from the {}.", known.store.word()),
            format!("At {} it stays valid until somebody revokes it there.", known.origin),
        ];
        let mut asking: Vec<_> = view::wanted(self, None)
            .into_iter()
            .filter(|one| one.name == name && one.connection.needs_token())
            .map(|one| one.by)
            .collect();
        asking.sort();
        asking.dedup();
        consequences.extend(asking.into_iter().map(|by| {
            format!(
                "{by} asks for it: without it nothing goes forward there, and nothing can be rolled back."
            )
        }));
        consequences.push("The ledger keeps when it was connected, and by whom.".to_owned());
        Ok(bare(format!("Remove the connection {name}?"), format!("Remove {name}"), consequences))
    }

    fn preview_unlock(&self) -> Result<StepPreview, Fault> {
        let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
        match self.vault()?.lock() {
            Lock::Open => Err(fault::refused("the vault is open already")),
            Lock::Locked => Ok(bare(
                "Open the vault?".to_owned(),
                "Open vault".to_owned(),
                lines(&[
                    "Tokens in it can be used until Seaworthy ends.",
                    "The passphrase is kept in memory only.",
                ]),
            )),
            Lock::NotMade => Ok(bare(
                "Make a vault?".to_owned(),
                "Make vault".to_owned(),
                lines(&[
                    "Tokens you choose to keep there lie in a file of the data directory, encrypted under this passphrase.",
                    "Each start of Seaworthy needs it again before it can use them, an automatic rollback too.",
                    "Nobody can open the file without it, and it cannot be recovered.",
                ]),
            )),
        }
    }
}

fn bare(title: String, action: String, consequences: Vec<String>) -> StepPreview {
    let (release, expect) = (String::new(), String::new());
    StepPreview { title, action, release, expect, consequences, calls: Vec::new(), checks: Vec::new() }
}

/// Whether the place answers, in words.
async fn place(vault: &dyn Vault, store: StoreKind) -> Result<String, Fault> {
    match store {
        StoreKind::Memory => Ok("The rehearsal keeps it in memory".to_owned()),
        StoreKind::Vault if vault.lock() == Lock::Open => Ok("The vault is open".to_owned()),
        StoreKind::Vault => Err(fault::store(&StoreError::NeedsPassphrase)),
        StoreKind::Keychain => match vault.keychain().await {
            Ok(vendor) => Ok(format!("The keychain answers: {vendor}")),
            // A lost entry is what connecting again puts right.
            Err(StoreError::Missing(_)) => Ok("The keychain answers".to_owned()),
            Err(error) => Err(fault::store(&error)),
        },
    }
}

fn given_up(name: &str, plan: &ConnectPlan, before: Option<&Connection>, origin: &str) -> Option<String> {
    let before = &before.filter(|_| plan.from != ConnectFrom::Pinned)?.connected;
    let owner = before.identity.phrase();
    Some(if before.origin.as_str() == origin {
        format!("{name} is connected as {owner} now; the new token takes the place of that one.")
    } else {
        format!(
            "{name} gives up {}, where it is connected as {owner} now; policies that name it are refused from then on.",
            before.origin
        )
    })
}
