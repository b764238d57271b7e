//! Setting a rehearsal up, and starting its engine again after it died.

use crate::policy;
use crate::target::PracticeTargets;
use crate::tree::NoCommands;
use crate::tree::PracticeTree;
use crate::world::Fault;
use crate::world::World;
use chrono::DateTime;
use chrono::TimeDelta;
use chrono::Utc;
use seaworthy_clock::TurnedClock;
use seaworthy_domain::DeploymentId;
use seaworthy_domain::Digest;
use seaworthy_engine::Engine;
use seaworthy_engine::Ports;
use seaworthy_engine::Settings;
use seaworthy_evidence::Store;
use seaworthy_ports::CheckRunner;
use seaworthy_ports::Notifier;
use seaworthy_ports::SignalSource;
use seaworthy_wire::Code;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use uuid::Uuid;

/// Time between two ticks of the practice prober, as in the practice policy.
pub(crate) const EVERY: TimeDelta = TimeDelta::minutes(1);
/// Deployment that serves production before the rehearsal begins.
const FIRST: &str = "0.9.0-rc.1-practice";

/// The real parts a rehearsal works with.
#[derive(Clone)]
pub struct Equipment {
    /// Runs its HTTP checks. It is given the rehearsal's evidence store.
    pub checks: Arc<dyn Fn(Store) -> Arc<dyn CheckRunner> + Send + Sync>,
    /// Probes its service.
    pub signals: Arc<dyn SignalSource>,
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
    pub(crate) world: Arc<World>,
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
        let name = format!("{}-{seed}", now.format("%Y%m%dT%H%M%S"));
        let directory = home.join("rehearsals").join(name);
        std::fs::create_dir_all(directory.join("project")).map_err(|e| outside(&directory, &e))?;
        let world = World::start(seed, DeploymentId(FIRST.to_owned()), "production").await;
        let world = world.map_err(|e| outside(Path::new("the practice service"), &e))?;
        let project = practice_id(seed);
        let file = directory.join("project").join("seaworthy.toml");
        std::fs::write(&file, policy::text(project, world.address)).map_err(|e| outside(&file, &e))?;
        Ok(Self {
            equipment,
            directory,
            seed,
            clock: TurnedClock::starting_at(now),
            world,
            tree: Arc::new(PracticeTree::new(seed)),
        })
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
            deployers: Arc::new(PracticeTargets(self.world.clone())),
            signals: self.equipment.signals.clone(),
            notifier: self.equipment.notifier.clone(),
        };
        Engine::open(settings, ports).map(Arc::new)
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

    /// Makes the candidate now in production suffer.
    pub(crate) fn afflict(&self, faults: Vec<Fault>) {
        let newest = self
            .world
            .read("production")
            .deployments
            .into_iter()
            .map(|live| live.id)
            .filter(|id| id.0 != FIRST);
        let victim = newest.max_by_key(|id| id.0.clone());
        self.world.afflict(victim.filter(|_| !faults.is_empty()), faults);
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
