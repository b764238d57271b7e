//! Connections as people see them: what policies ask for, what is connected, and what to do about it.

use crate::connections::Connection;
use crate::core::Core;
use crate::engine::Engine;
use seaworthy_domain::account::Account;
use seaworthy_domain::account::Connected;
use seaworthy_domain::account::StoreKind;
use seaworthy_domain::account::Trouble;
use seaworthy_domain::policy;
use seaworthy_domain::policy::Policy;
use seaworthy_ports::Lock;
use seaworthy_wire::ConnectionView;
use seaworthy_wire::ConnectionsView;
use seaworthy_wire::Stand;
use seaworthy_wire::State;
use seaworthy_wire::StoreView;
use seaworthy_wire::VaultView;
use seaworthy_wire::WantedView;
use std::collections::BTreeMap;
use std::path::Path;

/// Open releases and projects whose policies are read for one list.
const POLICIES_MAX: usize = 100;

/// What one policy asks for.
pub(crate) struct Wanted {
    pub(crate) name: String,
    pub(crate) connection: policy::Connection,
    /// Project and version, or the project alone.
    pub(crate) by: String,
    pub(crate) folder: Option<String>,
}

impl Wanted {
    fn is_met_by(&self, connected: &Connected) -> bool {
        self.connection.origin == connected.origin && self.connection.is_for(&connected.identity)
    }
}

/// Everything connected, and everything asked for: by the policy in `folder`, or by those of open releases and of the
/// folders they come from.
pub(crate) fn connections(engine: &Engine, folder: Option<&str>, stores: Vec<StoreView>) -> ConnectionsView {
    let wanted = wanted(engine, folder);
    let lock = lock(engine);
    let core = engine.core();
    let mut names: BTreeMap<&str, Vec<&Wanted>> =
        core.connections.keys().map(|name| (name.as_str(), Vec::new())).collect();
    for one in &wanted {
        names.entry(&one.name).or_default().push(one);
    }
    let connections = names.into_iter().filter_map(|(name, wanted)| match core.connections.get(name) {
        Some(known) => Some(made(known, &wanted, lock)),
        None => absent(name, &wanted),
    });
    let vault = match lock {
        Lock::NotMade => VaultView::NotMade,
        Lock::Locked => VaultView::Locked,
        Lock::Open => VaultView::Open,
    };
    ConnectionsView { connections: connections.collect(), vault, stores }
}

/// One that is connected.
pub(crate) fn connection(engine: &Engine, name: &str) -> Option<ConnectionView> {
    let wanted = wanted(engine, None);
    let wanted: Vec<_> = wanted.iter().filter(|one| one.name == name).collect();
    let lock = lock(engine);
    engine.core().connections.get(name).map(|known| made(known, &wanted, lock))
}

fn lock(engine: &Engine) -> Lock {
    engine.ports.vault.as_ref().map_or(Lock::NotMade, |vault| vault.lock())
}

/// What policies ask for. A policy that cannot be read asks for nothing here; its release says what is wrong with it.
pub(crate) fn wanted(engine: &Engine, folder: Option<&str>) -> Vec<Wanted> {
    if let Some(folder) = folder {
        let policy = read(folder);
        return policy.map_or_else(Vec::new, |policy| listed(&policy, &policy.project.name, Some(folder)));
    }
    let mut core = engine.core();
    let folders: Vec<_> = core.projects.values().map(|project| project.folder.clone()).collect();
    let mut all = pinned(engine, &mut core);
    drop(core);
    for folder in folders.into_iter().take(POLICIES_MAX) {
        let folder = folder.to_string_lossy();
        let Some(policy) = read(&folder) else { continue };
        for one in listed(&policy, &policy.project.name, Some(&folder)) {
            let same = |pinned: &&mut Wanted| pinned.name == one.name && pinned.connection == one.connection;
            match all.iter_mut().find(same) {
                Some(pinned) => pinned.folder = one.folder,
                None => all.push(one),
            }
        }
    }
    all
}

fn read(folder: &str) -> Option<Policy> {
    crate::commands::read_policy(Path::new(folder)).ok().map(|(parsed, _)| parsed.policy)
}

fn pinned(engine: &Engine, core: &mut Core) -> Vec<Wanted> {
    let open = core.releases.iter().filter(|(_, live)| !live.release.lifecycle.is_over());
    let open: Vec<_> = open
        .map(|(id, live)| (*id, format!("{} {}", live.release.project_name, live.release.version)))
        .take(POLICIES_MAX)
        .collect();
    let policies = open.into_iter().filter_map(|(id, by)| Some((engine.policy_of(core, id).ok()?, by)));
    policies.flat_map(|(policy, by)| listed(&policy, &by, None)).collect()
}

fn listed(policy: &Policy, by: &str, folder: Option<&str>) -> Vec<Wanted> {
    let wanted = |(name, connection): (&String, &policy::Connection)| Wanted {
        name: name.clone(),
        connection: connection.clone(),
        by: by.to_owned(),
        folder: folder.map(str::to_owned),
    };
    policy.connections.iter().map(wanted).collect()
}

fn made(known: &Connection, wanted: &[&Wanted], lock: Lock) -> ConnectionView {
    let Connected { name, service, origin, identity, store } = &known.connected;
    let (stand, text) = how(known, wanted, lock);
    let account = |account: &Option<Account>| account.as_ref().map(|account| account.name.clone());
    ConnectionView {
        name: name.clone(),
        service: service.word().to_owned(),
        origin: origin.to_string(),
        stand,
        state: glyph(stand),
        text,
        identity: Some(identity.phrase()),
        user: account(&identity.user),
        team: account(&identity.team),
        store: Some(store.word().to_owned()),
        connected: Some(known.at.timestamp_millis()),
        by: Some(known.by.clone()),
        tested: known.tested.as_ref().map(|tested| tested.at.timestamp_millis()),
        failed: known.failed.map(|at| at.timestamp_millis()),
        wanted: wanted.iter().map(|one| shown(one, Some(&known.connected))).collect(),
    }
}

fn how(known: &Connection, wanted: &[&Wanted], lock: Lock) -> (Stand, String) {
    let Connected { name, origin, store, .. } = &known.connected;
    if let Some(other) = wanted.iter().find(|one| one.connection.origin != *origin) {
        let text = format!(
            "the policy names {}; if that is right, run `seaworthy connect {name}` again",
            other.connection.origin
        );
        return (Stand::OtherOrigin, text);
    }
    if wanted.iter().any(|one| !one.is_met_by(&known.connected)) {
        let text = format!("the policy means another team or user; run `seaworthy connect {name}` again");
        return (Stand::OtherOwner, text);
    }
    match &known.tested {
        Some(tested) if tested.problem.is_some() => {
            (stand_of(tested.trouble.unwrap_or(Trouble::Failed)), tested.problem.clone().unwrap_or_default())
        }
        _ if *store == StoreKind::Vault && lock == Lock::Locked => {
            (Stand::Passphrase, "the vault it is kept in waits for its passphrase".to_owned())
        }
        Some(_) => (Stand::Fine, "it worked when it was last tested".to_owned()),
        None => (Stand::Fine, "it worked when it was connected".to_owned()),
    }
}

fn absent(name: &str, wanted: &[&Wanted]) -> Option<ConnectionView> {
    let first = wanted.first()?;
    let needs = wanted.iter().find(|one| one.connection.needs_token());
    let (stand, text) = match needs {
        Some(_) => (Stand::None, format!("not connected; run `seaworthy connect {name}`")),
        None => (Stand::TokenFree, "asked without a token".to_owned()),
    };
    let asks = needs.unwrap_or(first);
    Some(ConnectionView {
        name: name.to_owned(),
        service: asks.connection.service.word().to_owned(),
        origin: asks.connection.origin.to_string(),
        stand,
        state: glyph(stand),
        text,
        identity: None,
        user: None,
        team: None,
        store: None,
        connected: None,
        by: None,
        tested: None,
        failed: None,
        wanted: wanted.iter().map(|one| shown(one, None)).collect(),
    })
}

fn shown(one: &Wanted, connected: Option<&Connected>) -> WantedView {
    WantedView {
        by: one.by.clone(),
        folder: one.folder.clone(),
        origin: one.connection.origin.to_string(),
        met: connected.is_some_and(|connected| one.is_met_by(connected)) || !one.connection.needs_token(),
    }
}

/// A place that keeps tokens.
pub(crate) fn store(kind: StoreKind, stand: Stand, text: String) -> StoreView {
    StoreView { store: kind.word().to_owned(), stand, state: glyph(stand), text }
}

pub(crate) fn stand_of(trouble: Trouble) -> Stand {
    match trouble {
        Trouble::Refused => Stand::Refused,
        Trouble::OtherOwner => Stand::OtherOwner,
        Trouble::Unreachable => Stand::Unreachable,
        Trouble::Locked => Stand::Locked,
        Trouble::Absent => Stand::Absent,
        Trouble::Slow => Stand::Slow,
        Trouble::Ambiguous => Stand::Ambiguous,
        Trouble::Missing => Stand::Missing,
        Trouble::Failed => Stand::Failed,
    }
}

fn glyph(stand: Stand) -> State {
    match stand {
        Stand::Fine => State::Pass,
        Stand::TokenFree => State::NotApplicable,
        Stand::None | Stand::Missing | Stand::Absent | Stand::Unreachable => State::NoData,
        Stand::OtherOrigin | Stand::OtherOwner => State::Differs,
        Stand::Locked | Stand::Passphrase => State::Hold,
        Stand::Slow => State::Stale,
        Stand::Ambiguous => State::Inconclusive,
        Stand::Refused | Stand::Failed => State::Fail,
    }
}
