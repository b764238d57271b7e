//! The engine itself: what it holds, and the one way to change anything.

use crate::commands::Verified;
use crate::core::Core;
use crate::core::Live;
use crate::fault;
use crate::ports::Ports;
use crate::ports::Settings;
use crate::projector::Words;
use crate::recover;
use crate::signing::Signing;
use crate::telling::OnDesktop;
use crate::timekeeper::Timekeeper;
use crate::undertaking::Undertakings;
use crate::view;
use seaworthy_clock::Moment;
use seaworthy_domain::Digest;
use seaworthy_domain::Event;
use seaworthy_domain::ProjectId;
use seaworthy_domain::ReleaseId;
use seaworthy_domain::RunId;
use seaworthy_domain::command::Context;
use seaworthy_domain::policy::Policy;
use seaworthy_ledger::At;
use seaworthy_ledger::Ledger;
use seaworthy_ledger::LedgerError;
use seaworthy_ledger::NewEvent;
use seaworthy_ledger::StartReport;
use seaworthy_ledger::views::Views;
use seaworthy_ports::CancellationToken;
use seaworthy_wire::Fault;
use seaworthy_wire::Push;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use tokio::sync::broadcast;

/// Pushes a slow listener may lag behind before it loses the oldest and reads again.
const PUSH_BACKLOG: usize = 512;

/// Looks at a ledger that is still held, and the pause between them.
const RELEASE_LOOKS: u32 = 60;
const RELEASE_PAUSE: Duration = Duration::from_millis(50);

/// One workspace, open. Share it behind an `Arc`.
pub struct Engine {
    pub(crate) settings: Settings,
    pub(crate) ports: Ports,
    pub(crate) time: Timekeeper,
    pub(crate) ledger: Ledger,
    pub(crate) views: Views,
    pub(crate) start: StartReport,
    verified: Mutex<Verified>,
    /// The device's key, and how far it signed.
    pub(crate) signing: Arc<Signing>,
    /// Why nothing can be changed, when the ledger is only being viewed.
    pub(crate) viewing: Option<String>,
    core: Mutex<Core>,
    /// Runs that an earlier process did not end; their processes are ended before anything else is done.
    pub(crate) broken_off: Mutex<Vec<RunId>>,
    pub(crate) running: Mutex<BTreeMap<(ReleaseId, String), CancellationToken>>,
    /// Held while the samples of a release are opened.
    pub(crate) opening: Mutex<()>,
    turns: Mutex<BTreeMap<ReleaseId, Arc<tokio::sync::Mutex<()>>>>,
    pub(crate) undertakings: Undertakings,
    /// The disk was full, and what was held back for a stop is in use.
    pub(crate) short: AtomicBool,
    /// Held while a connection is made, tested or removed.
    pub(crate) connecting: tokio::sync::Mutex<()>,
    pushes: broadcast::Sender<Push>,
    /// What is on the desktop; held while something is said or settled.
    pub(crate) on_desktop: tokio::sync::Mutex<OnDesktop>,
    /// Held from looking to pushing, so that an older look is never pushed after a newer one.
    telling: Mutex<()>,
}

impl Engine {
    /// Opens the workspace in `settings.home`, verifies its ledger, and settles what a crash left open as *unknown*.
    ///
    /// # Errors
    /// When the ledger is in use, damaged beyond reading, newer, or the disk refuses.
    pub fn open(settings: Settings, ports: Ports) -> Result<Self, Fault> {
        let (ledger, start, viewing) = open_ledger(&settings)?;
        let time = Timekeeper::start(ports.clock.clone(), start.head.wall);
        let views = Views::open(&settings.home, &ledger, Words).map_err(|e| fault::ledger(&e))?;
        let (pushes, _) = broadcast::channel(PUSH_BACKLOG);
        let at = time.now().wall.timestamp_millis();
        let verified = Verified { events: start.events, at, damage: None };
        let keys = ports.keys.clone().filter(|_| viewing.is_none());
        let signing = Arc::new(Signing::new(&settings.home, ledger.head().device, keys));
        let engine = Self {
            settings,
            ports,
            time,
            ledger,
            views,
            start,
            verified: Mutex::new(verified),
            signing,
            viewing,
            core: Mutex::new(Core::default()),
            broken_off: Mutex::new(Vec::new()),
            running: Mutex::new(BTreeMap::new()),
            opening: Mutex::new(()),
            turns: Mutex::new(BTreeMap::new()),
            undertakings: Undertakings::default(),
            short: AtomicBool::new(false),
            connecting: tokio::sync::Mutex::new(()),
            pushes,
            on_desktop: tokio::sync::Mutex::default(),
            telling: Mutex::new(()),
        };
        recover::fold(&engine)?;
        recover::settle(&engine)?;
        engine.tell_vault();
        Ok(engine)
    }

    /// Everything that is pushed from now on.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Push> {
        self.pushes.subscribe()
    }

    /// Tells every door something that is not in the ledger, such as the pace of a rehearsal.
    pub fn announce(&self, push: Push) {
        self.push(push);
    }

    /// Anchors the ledger, and has signed how far it goes: at decisions and when idle; [`Engine::finish`] does so before
    /// the end.
    pub fn anchor(&self) {
        if self.viewing.is_none()
            && let Err(error) = self.ledger.anchor()
        {
            tracing::warn!(%error, "the head anchor could not be renewed");
        }
        self.signing.sign_soon();
    }

    pub(crate) fn core(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn verified(&self) -> MutexGuard<'_, Verified> {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Operations of one release follow one another; a rollback that arrives meanwhile waits for its turn here, with
    /// its hold already recorded.
    pub(crate) fn turn(&self, id: ReleaseId) -> Arc<tokio::sync::Mutex<()>> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner).entry(id).or_default().clone()
    }

    pub(crate) fn push(&self, push: Push) {
        // Nobody listening is fine: the state is in the ledger.
        if let Some(push) = self.without_secrets(push) {
            let _ = self.pushes.send(push);
        }
    }

    /// A value for a door. `None` where a masked one is no longer of its type, which no text member can cause.
    pub(crate) fn without_secrets<T: Serialize + DeserializeOwned>(&self, value: T) -> Option<T> {
        if self.ports.redactor.is_empty() {
            return Some(value);
        }
        let mut json = serde_json::to_value(&value).ok()?;
        self.ports.redactor.json(&mut json);
        serde_json::from_value(json).ok()
    }

    /// Decides against the state and records the outcome, as one step under one lock.
    pub(crate) fn transact<T>(
        &self,
        id: ReleaseId,
        decide: impl FnOnce(&Context<'_>) -> Result<(Vec<Event>, T), Fault>,
    ) -> Result<T, Fault> {
        let mut core = self.core();
        // Under the lock, so that events are in the order of their times.
        let moment = self.time.now();
        let policy = self.policy_of(&mut core, id)?;
        let live = live(&core, id)?;
        let facts = view::facts(&policy, &core, live, moment.wall);
        let context = Context { policy: &policy, release: &live.release, facts: &facts, now: moment.wall };
        let (events, answer) = decide(&context)?;
        let project = live.release.project;
        self.append(&mut core, &moment, project, Some(id), &events)?;
        drop(core);
        if !events.is_empty() {
            self.changed(id);
        }
        Ok(answer)
    }

    /// Records facts that need no decision.
    pub(crate) fn record(&self, id: ReleaseId, events: &[Event]) -> Result<(), Fault> {
        if events.is_empty() {
            return Ok(());
        }
        let mut core = self.core();
        let moment = self.time.now();
        let project = live(&core, id)?.release.project;
        self.append(&mut core, &moment, project, Some(id), events)?;
        drop(core);
        self.changed(id);
        Ok(())
    }

    /// Records facts of a project, outside any release.
    pub(crate) fn record_for_project(&self, project: ProjectId, events: &[Event]) -> Result<(), Fault> {
        let mut core = self.core();
        let moment = self.time.now();
        self.append(&mut core, &moment, project, None, events)
    }

    /// Opens a release with its first event.
    pub(crate) fn record_opening(
        &self,
        project: ProjectId,
        id: ReleaseId,
        event: Event,
    ) -> Result<(), Fault> {
        let mut core = self.core();
        let moment = self.time.now();
        self.append(&mut core, &moment, project, Some(id), &[event])?;
        drop(core);
        self.changed(id);
        Ok(())
    }

    fn append(
        &self,
        core: &mut Core,
        moment: &Moment,
        project: ProjectId,
        release: Option<ReleaseId>,
        events: &[Event],
    ) -> Result<(), Fault> {
        self.may_record(events)?;
        if events.is_empty() {
            return Ok(());
        }
        let mut entries = Vec::with_capacity(events.len());
        for event in events {
            let mut entry = event.to_entry().map_err(|e| fault::bad_input(e.to_string()))?;
            self.ports.redactor.json(&mut entry.body);
            entries.push(NewEvent {
                actor: self.settings.actor.clone(),
                project: project.0,
                release: release.map(|id| id.0),
                kind: entry.kind,
                body: entry.body,
            });
        }
        if let Some(id) = release {
            core.fits(id, events, moment.wall).map_err(|misfit| fault::refused(misfit.to_string()))?;
        }
        let at = At { wall: moment.wall, boot_ms: moment.boot_ms, boot_id: moment.boot_id.clone() };
        let stored = self.write_down(&at, events, entries).map_err(|e| fault::ledger(&e))?;
        for event in &stored {
            self.signing.push(event);
            core.take_in(event)?;
        }
        self.signing.want_key(&at);
        self.views.offer(stored);
        if self.pushes.receiver_count() > 0 {
            self.push(Push::Ledger { view: self.ledger_now() });
        }
        Ok(())
    }

    /// The policy pinned by a release, read back from the evidence store.
    pub(crate) fn policy_of(&self, core: &mut Core, id: ReleaseId) -> Result<Arc<Policy>, Fault> {
        let digest = live(core, id)?.release.policy;
        self.policy(core, digest)
    }

    pub(crate) fn policy(&self, core: &mut Core, digest: Digest) -> Result<Arc<Policy>, Fault> {
        if let Some(policy) = core.policies.get(&digest) {
            return Ok(policy.clone());
        }
        let bytes = self.ports.evidence.get(&digest).map_err(|e| fault::evidence(&e))?;
        let parsed = seaworthy_policy::read(&bytes, "the pinned policy").map_err(|d| fault::policy(&d))?;
        let mut policy = parsed.policy;
        if self.settings.rehearsal {
            practice_targets(&mut policy);
        }
        let policy = Arc::new(policy);
        core.policies.insert(digest, policy.clone());
        Ok(policy)
    }

    /// Tells every door that a release changed.
    pub(crate) fn changed(&self, id: ReleaseId) {
        if self.pushes.receiver_count() == 0 {
            return;
        }
        let _telling = self.telling.lock().unwrap_or_else(PoisonError::into_inner);
        match view::release(self, id) {
            Ok(view) => self.push(Push::Release { view: Box::new(view) }),
            Err(error) => tracing::warn!(%error, "a changed release could not be shown"),
        }
        self.push(Push::Releases { releases: view::cards(self) });
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.signing.end();
    }
}

/// A rehearsal runs nobody's commands and touches nobody's folders, whatever the policy deploys with. A hosted target
/// stays, because its client is what is practised; the rehearsal leads it to its own provider and nowhere else.
fn practice_targets(policy: &mut Policy) {
    use seaworthy_domain::policy::Target;
    for target in policy.targets.values_mut().filter(|target| !matches!(target, Target::Vercel(_))) {
        *target = Target::Practice;
    }
}

pub(crate) fn live(core: &Core, id: ReleaseId) -> Result<&Live, Fault> {
    core.releases.get(&id).ok_or_else(|| fault::bad_input(format!("there is no release {id}")))
}

/// A ledger that cannot be written is opened for viewing, with the reason.
fn open_ledger(settings: &Settings) -> Result<(Ledger, StartReport, Option<String>), Fault> {
    let why = match open_released(&settings.home) {
        Ok((ledger, start)) => return Ok((ledger, start, None)),
        Err(error @ (LedgerError::Damaged(_) | LedgerError::ReadOnly { .. })) => error,
        Err(error) => return Err(fault::ledger(&error)),
    };
    let (ledger, start) = Ledger::open_read_only(&settings.home).map_err(|_| fault::ledger(&why))?;
    Ok((ledger, start, Some(why.to_string())))
}

/// The process that held the ledger a moment ago may still be letting go of it.
fn open_released(home: &Path) -> Result<(Ledger, StartReport), LedgerError> {
    for _ in 0..RELEASE_LOOKS {
        match Ledger::open(home) {
            Err(LedgerError::InUse) => std::thread::sleep(RELEASE_PAUSE),
            opened => return opened,
        }
    }
    Ledger::open(home)
}
