//! The engine with its real edges.

use crate::driver;
use crate::presses;
use crate::presses::Show;
use async_trait::async_trait;
use seaworthy_checks::Checks;
use seaworthy_checks::CommandTexts;
use seaworthy_clock::Clock;
use seaworthy_clock::SystemClock;
use seaworthy_control::Handler;
use seaworthy_control::Role;
use seaworthy_engine::Engine;
use seaworthy_engine::Ports;
use seaworthy_engine::Settings;
use seaworthy_evidence::Store;
use seaworthy_http::Client;
use seaworthy_http::ProxyUse;
use seaworthy_notify::Desktop;
use seaworthy_ports::Notifier;
use seaworthy_ports::Vault;
use seaworthy_providers::Line;
use seaworthy_providers::Pauses;
use seaworthy_providers::Targets;
use seaworthy_redact::Redactor;
use seaworthy_repo::WorkTrees;
use seaworthy_signals::Prober;
use seaworthy_signals::Prometheus;
use seaworthy_vault::Keychain;
use seaworthy_vault::PassphraseFile;
use seaworthy_vault::Place;
use seaworthy_vault::Tokens;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use seaworthy_wire::Push;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::Weak;
use std::time::Duration;
use tokio::sync::mpsc;

/// Names a file that holds the passphrase of the vault.
const PASSPHRASE_FILE: &str = "SEAWORTHY_VAULT_PASSPHRASE_FILE";

/// What this process must not write. There is one log in a process, so there is one of these.
pub(crate) static SECRETS: LazyLock<Redactor> = LazyLock::new(Redactor::new);

/// Longest time that a process stays for the device's key after what it was asked for is done and told.
const KEY_WAIT: Duration = Duration::from_secs(1);

/// The engine as a door's handler.
pub(crate) struct Served {
    pub(crate) engine: Arc<Engine>,
    me: Weak<Self>,
}

impl Served {
    fn new(engine: Arc<Engine>) -> Arc<Self> {
        Arc::new_cyclic(|me| Self { engine, me: me.clone() })
    }

    /// A command is over in less time than a keychain needs. The door is closed when nobody has the engine any more.
    fn stay_for_the_key(&self) {
        let Some(me) = self.me.upgrade().filter(|me| me.engine.is_opening_key()) else { return };
        tokio::spawn(async move {
            // Late or never: the next process signs.
            let _ = tokio::time::timeout(KEY_WAIT, me.engine.key_settled()).await;
        });
    }
}

#[async_trait]
impl Handler for Served {
    async fn call(&self, request: Request, pushes: mpsc::Sender<Push>) -> Result<Reply, Fault> {
        let answer = self.engine.call(request, pushes).await;
        self.stay_for_the_key();
        answer
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.engine.finish();
    }
}

/// Opens the workspace in `home`; the caller holds its lock. A role that watches also drives rollouts for as long as
/// the handler lives.
///
/// # Errors
/// What the ledger or the disk says.
pub fn open(home: &Path, role: Role) -> Result<Arc<dyn Handler>, Fault> {
    let place = home.to_owned();
    open_with(home, role, Box::new(move |release| presses::open_window(&place, release)))
}

/// As [`open`], for a process that shows a release itself when it is opened from a notice.
///
/// # Errors
/// As [`open`].
pub fn open_with(home: &Path, role: Role, show: Show) -> Result<Arc<dyn Handler>, Fault> {
    let surroundings = |notifier: Desktop| Surroundings {
        clock: Arc::new(SystemClock),
        notifier: Arc::new(notifier),
        actor: actor(),
    };
    if !role.watches() {
        // Nobody would be there to hear a button.
        return Ok(Served::new(open_in(home, surroundings(Desktop::new()))?));
    }
    let (notifier, pressed) = Desktop::with_presses();
    let served = Served::new(open_in(home, surroundings(notifier))?);
    presses::start(&served, pressed, show);
    driver::start(&served);
    Ok(served)
}

/// What a journey through the real edges turns by hand.
pub struct Surroundings {
    /// Time of the engine. What processes and checks take is always measured in real time.
    pub clock: Arc<dyn Clock>,
    /// Told what people are told.
    pub notifier: Arc<dyn Notifier>,
    /// Who sits at this computer.
    pub actor: String,
}

/// Opens the workspace in `home` with every real edge but `surroundings`; nothing ticks by itself.
///
/// # Errors
/// As [`open`].
pub fn open_in(home: &Path, surroundings: Surroundings) -> Result<Arc<Engine>, Fault> {
    std::fs::create_dir_all(home).map_err(|e| outside(&format!("{}: {e}", home.display())))?;
    let real: Arc<dyn Clock> = Arc::new(SystemClock);
    let evidence = || Store::open(home.join("evidence")).map_err(|e| outside(&e.to_string()));
    let file = PassphraseFile::new(home.join("vault.age"), passphrase_file());
    let place = Place::Machine { keychain: Keychain::default(), file };
    let vault = Arc::new(Tokens::new(place, client(ProxyUse::System)?, SECRETS.clone()));
    let tokens = vault.clone().credentials();
    let metrics = Arc::new(Prometheus::new(client(ProxyUse::System)?, tokens.clone()));
    let hosted = Line {
        http: client(ProxyUse::System)?,
        credentials: tokens,
        clock: real.clone(),
        pauses: Pauses::default(),
    };
    let checks = Checks::new(real.clone(), evidence()?, client(ProxyUse::System)?);
    let ports = Ports {
        evidence: evidence()?,
        repository: Arc::new(WorkTrees),
        commands: Arc::new(CommandTexts),
        checks: Arc::new(checks.with_metrics(metrics.clone()).without_secrets(SECRETS.clone())),
        deployers: Arc::new(Targets::new(real).with_hosted(hosted)),
        signals: Arc::new(Prober::new(client(ProxyUse::System)?)),
        metrics: Some(metrics),
        notifier: Some(surroundings.notifier),
        vault: Some(vault.clone()),
        keys: Some(vault),
        redactor: SECRETS.clone(),
        clock: surroundings.clock,
    };
    let settings = Settings { home: home.to_owned(), actor: surroundings.actor, rehearsal: false };
    Engine::open(settings, ports).map(Arc::new)
}

pub(crate) fn client(proxies: ProxyUse) -> Result<Client, Fault> {
    Client::new(proxies).map_err(|e| outside(&e.to_string()))
}

fn passphrase_file() -> Option<PathBuf> {
    std::env::var_os(PASSPHRASE_FILE).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// Name of the person at this computer, as the system knows it.
pub(crate) fn actor() -> String {
    whoami::username().ok().filter(|name| !name.is_empty()).unwrap_or_else(|| "somebody".to_owned())
}

fn outside(why: &str) -> Fault {
    Fault::new(Code::Outside, why)
}
