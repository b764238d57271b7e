//! What an engine is made of.

use seaworthy_clock::Clock;
use seaworthy_evidence::Store;
use seaworthy_ports::CheckRunner;
use seaworthy_ports::Commands;
use seaworthy_ports::Deployers;
use seaworthy_ports::DeviceKeys;
use seaworthy_ports::MetricSource;
use seaworthy_ports::Notifier;
use seaworthy_ports::Repository;
use seaworthy_ports::SignalSource;
use seaworthy_ports::Vault;
use seaworthy_redact::Redactor;
use std::path::PathBuf;
use std::sync::Arc;

/// Everything the engine meets the world through.
pub struct Ports {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Kept evidence.
    pub evidence: Store,
    /// The project's repository.
    pub repository: Arc<dyn Repository>,
    /// Exact texts of commands.
    pub commands: Arc<dyn Commands>,
    /// Running checks.
    pub checks: Arc<dyn CheckRunner>,
    /// Targets.
    pub deployers: Arc<dyn Deployers>,
    /// Looking at production.
    pub signals: Arc<dyn SignalSource>,
    /// Asking metrics services; a rehearsal has none.
    pub metrics: Option<Arc<dyn MetricSource>>,
    /// Telling people; a scripted rehearsal disturbs nobody.
    pub notifier: Option<Arc<dyn Notifier>>,
    /// Tokens; a rehearsal has none.
    pub vault: Option<Arc<dyn Vault>>,
    /// The secret halves of the device's keys; without them nothing is signed.
    pub keys: Option<Arc<dyn DeviceKeys>>,
    /// Takes known secrets out of what is recorded and answered.
    pub redactor: Redactor,
}

/// Where and as whom the engine works.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Data directory.
    pub home: PathBuf,
    /// Name of the person at this computer.
    pub actor: String,
    /// Practice: nothing recorded here counts for production.
    pub rehearsal: bool,
}
