//! Setting a rehearsal up, and starting its engine again after it died.

use crate::fault::Fault;
use crate::policy;
use crate::staging::Staging;
use crate::target::PracticeTargets;
use crate::tree::NoCommands;
use crate::tree::PracticeTree;
use chrono::DateTime;
use chrono::TimeDelta;
use chrono::Utc;
use seaworthy_clock::Clock;
use seaworthy_clock::TurnedClock;
use seaworthy_domain::Digest;
use seaworthy_engine::Engine;
use seaworthy_engine::Ports;
use seaworthy_engine::Settings;
use seaworthy_evidence::Store;
use seaworthy_ports::CheckRunner;
use seaworthy_ports::Credentials;
use seaworthy_ports::Deployers;
use seaworthy_ports::DeviceKeys;
use seaworthy_ports::Notifier;
use seaworthy_ports::SignalSource;
use seaworthy_ports::Vault;
use seaworthy_practice::Call;
use seaworthy_practice::Pace;
use seaworthy_practice::Plan;
use seaworthy_practice::Practice;
use seaworthy_practice::ProjectSetup;
use seaworthy_practice::Setup;
use seaworthy_practice::Trouble;
use seaworthy_redact::Redactor;
use seaworthy_wire::Code;
use seaworthy_wire::ConnectFrom;
use seaworthy_wire::ConnectOrder;
use seaworthy_wire::ConnectPlan;
use seaworthy_wire::Request;
use seaworthy_wire::Secret;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::mpsc;
use uuid::Uuid;

/// Time between two ticks of the practice prober, as in the practice policy.
pub(crate) const EVERY: TimeDelta = TimeDelta::minutes(1);
/// Rehearsals that stay on the disk, this one included: the newest, to be looked at afterwards.
const KEPT_MAX: usize = 10;

/// Makes the client of hosted targets from the tokens it may open and the clock it lives by.
pub type Hosted = dyn Fn(Arc<dyn Credentials>, Arc<dyn Clock>) -> Arc<dyn Deployers> + Send + Sync;

/// The real parts a rehearsal works with.
#[derive(Clone)]
pub struct Equipment {
    /// Runs its HTTP checks. It is given the rehearsal's evidence store.
    pub checks: Arc<dyn Fn(Store) -> Arc<dyn CheckRunner> + Send + Sync>,
    /// The client of its hosting provider. It is made again with each engine, as by a program that starts.
    pub hosted: Arc<Hosted>,
    /// Keeps its tokens, in memory alone. It outlives an engine, as a keychain outlives a program.
    pub vault: Arc<dyn Vault>,
    /// Takes those tokens out of what is recorded and answered.
    pub redactor: Redactor,
    /// Probes its service.
    pub signals: Arc<dyn SignalSource>,
    /// Keeps the secret half of its throw-away key, for as long as it is played.
    pub keys: Arc<dyn DeviceKeys>,
    /// Tells the person who rehearses, if there is one.
    pub notifier: Option<Arc<dyn Notifier>>,
    /// Their name.
    pub actor: String,
}

/// One rehearsal, set up.
pub struct Rehearsal {
    equipment: Equipment,
    directory: PathBuf,
    seed: u64,
    pub(crate) clock: TurnedClock,
    pub(crate) practice: Arc<Practice>,
    staging: Arc<Staging>,
    pub(crate) tree: Arc<PracticeTree>,
}

impl Rehearsal {
    /// Prepares a rehearsal in a folder of its own below `home`, beginning at `now`.
    ///
    /// # Errors
    /// When the folder or the loopback port cannot be had.
    pub async fn prepare(
        home: &Path,
        now: DateTime<Utc>,
        seed: u64,
        equipment: Equipment,
    ) -> Result<Self, seaworthy_wire::Fault> {
        forget_old(&home.join("rehearsals"));
        let name = format!("{}-{seed}", now.format("%Y%m%dT%H%M%S"));
        let directory = home.join("rehearsals").join(name);
        std::fs::create_dir_all(directory.join("project")).map_err(|e| outside(&directory, &e))?;
        let clock = TurnedClock::starting_at(now);
        let practice = Practice::start(Arc::new(clock.clone()), setup(seed)).await;
        let practice = practice.map_err(|e| outside(Path::new("the practice provider"), &e))?;
        let staging = Staging::start().await;
        let staging = staging.map_err(|e| outside(Path::new("practice staging"), &e))?;
        let project = practice_id(seed);
        let file = directory.join("project").join("seaworthy.toml");
        let text = policy::text(project, &practice, &staging);
        std::fs::write(&file, text).map_err(|e| outside(&file, &e))?;
        let (practice, tree) = (Arc::new(practice), Arc::new(PracticeTree::new(seed)));
        Ok(Self { equipment, directory, seed, clock, practice, staging, tree })
    }

    /// Opens the engine; again after a crash.
    ///
    /// # Errors
    /// What the ledger says.
    pub fn engine(&self) -> Result<Arc<Engine>, seaworthy_wire::Fault> {
        let evidence = || {
            Store::open(self.directory.join("evidence"))
                .map_err(|e| seaworthy_wire::Fault::new(Code::Outside, e.to_string()))
        };
        let settings =
            Settings { home: self.directory.clone(), actor: self.equipment.actor.clone(), rehearsal: true };
        let ports = Ports {
            clock: Arc::new(self.clock.clone()),
            evidence: evidence()?,
            repository: self.tree.clone(),
            commands: Arc::new(NoCommands),
            checks: (self.equipment.checks)(evidence()?),
            deployers: Arc::new(self.targets()),
            signals: self.equipment.signals.clone(),
            metrics: None,
            notifier: self.equipment.notifier.clone(),
            vault: Some(self.equipment.vault.clone()),
            keys: Some(self.equipment.keys.clone()),
            redactor: self.equipment.redactor.clone(),
        };
        Engine::open(settings, ports).map(Arc::new)
    }

    /// Connects the practice provider as a person would connect theirs, with the one token it takes.
    ///
    /// # Errors
    /// What the provider or the ledger says.
    pub(crate) async fn connect(&self, engine: &Engine) -> Result<(), seaworthy_wire::Fault> {
        let plan = ConnectPlan {
            name: policy::CONNECTION.to_owned(),
            from: ConnectFrom::Policy { folder: self.project() },
            vault: false,
            instead_of: None,
            allow_loopback_http: true,
        };
        let order = ConnectOrder { plan, token: Secret::new(self.practice.token()) };
        let (pushes, _) = mpsc::channel(1);
        engine.call(Request::Connect { order: Box::new(order) }, pushes).await.map(drop)
    }

    /// Where the rehearsal keeps everything.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Folder with the practice policy.
    pub(crate) fn project(&self) -> String {
        self.directory.join("project").to_string_lossy().into_owned()
    }

    /// The seed that replays it.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    fn targets(&self) -> PracticeTargets {
        let credentials = self.equipment.vault.clone().credentials();
        PracticeTargets {
            practice: self.practice.clone(),
            staging: self.staging.clone(),
            hosted: (self.equipment.hosted)(credentials, Arc::new(self.clock.clone())),
        }
    }

    /// Makes the newest candidate suffer; nothing makes everything well.
    pub(crate) fn afflict(&self, faults: &[Fault]) {
        self.practice.heal();
        let standing = self.practice.standing(policy::PROJECT);
        let deployments = standing.map(|standing| standing.deployments).unwrap_or_default();
        // The first deployment was there before the rehearsal began.
        if let [_, .., (newest, ..)] = deployments.as_slice() {
            let afflictions = faults.iter().filter_map(|fault| fault.affliction());
            self.practice.afflict(newest, afflictions.collect());
        }
        if faults.contains(&Fault::Crash) {
            self.practice.trouble(Call::Approve, Trouble::Silent);
        }
    }
}

/// The practice clock stands still while an answer is awaited, so that the provider gets on by being asked.
fn setup(seed: u64) -> Setup {
    let project = ProjectSetup::named(policy::PROJECT).rolling(&policy::STAGES);
    Setup { seed, plan: Plan::Pro, pace: Pace::Reads, projects: vec![project] }
}

/// Names begin with the time. What cannot be removed is tried again by the next rehearsal.
fn forget_old(rehearsals: &Path) {
    let entries = std::fs::read_dir(rehearsals).into_iter().flatten().flatten();
    let mut folders: Vec<_> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders.truncate(folders.len().saturating_sub(KEPT_MAX - 1));
    for folder in folders {
        if let Err(error) = std::fs::remove_dir_all(&folder) {
            tracing::warn!(folder = %folder.display(), %error, "an old rehearsal stays");
        }
    }
}

/// The same seed rehearses the same project.
fn practice_id(seed: u64) -> Uuid {
    let digest = Digest::of(format!("practice project {seed}").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.as_bytes()[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

fn outside(what: &Path, error: &std::io::Error) -> seaworthy_wire::Fault {
    seaworthy_wire::Fault::new(Code::Outside, format!("{}: {error}", what.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_rehearsals_make_room_for_new_ones() {
        let home = tempfile::tempdir().unwrap();
        for n in 10..25 {
            std::fs::create_dir(home.path().join(format!("20261120T1450{n}-7"))).unwrap();
        }
        forget_old(home.path());
        let mut left: Vec<_> =
            std::fs::read_dir(home.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        left.sort();
        assert_eq!((left.len(), left[0].to_str()), (KEPT_MAX - 1, Some("20261120T145016-7")));
        forget_old(&home.path().join("nothing"));
    }
}
