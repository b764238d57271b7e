//! The device's key, and what it signs: how far this ledger goes.
//!
//! Nothing here is waited for by anything that records, stops or takes back. The key is opened in a task of its own,
//! and checkpoints are signed and written behind the events they speak of; where that cannot be, the ledger goes on
//! unsigned and says so.

use crate::fault;
use crate::past::Past;
use chrono::DateTime;
use chrono::Utc;
use seaworthy_bundle::ChainHead;
use seaworthy_bundle::DeviceKey;
use seaworthy_bundle::Extent;
use seaworthy_bundle::PublicKey;
use seaworthy_domain::Event;
use seaworthy_domain::account::StoreKind;
use seaworthy_ledger::At;
use seaworthy_ledger::LedgerError;
use seaworthy_ledger::Sidecar;
use seaworthy_ledger::StoredEvent;
use seaworthy_ports::DeviceKeys;
use seaworthy_ports::KeyError;
use seaworthy_ports::KeyName;
use seaworthy_ports::Seed;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use secrecy::ExposeSecret;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use uuid::Uuid;

/// Boot-clock milliseconds after which a store that did not give the key is asked again.
const AGAIN_AFTER_MS: u64 = 60_000;

/// A key that the ledger binds to this device.
#[derive(Clone, Debug)]
pub(crate) struct Bound {
    pub(crate) key: PublicKey,
    pub(crate) number: u32,
    pub(crate) store: StoreKind,
    pub(crate) at: DateTime<Utc>,
    pub(crate) by: String,
}

/// Kept up to date with every event, whether or not the key is there.
pub(crate) struct Signing {
    device: Uuid,
    keys: Option<Arc<dyn DeviceKeys>>,
    state: Mutex<State>,
    sidecar: Sidecar,
    /// Number of the newest event in the sidecar, held while it is written; nothing is written after the end.
    written: Mutex<Option<u64>>,
    /// Somebody is going to write it.
    due: AtomicBool,
    settled: Notify,
}

struct State {
    extent: Extent,
    bound: Vec<Bound>,
    access: Access,
    /// A key that was just made and is about to be bound.
    made: Option<Arc<DeviceKey>>,
    past: Past,
    /// Why the newest checkpoint was not written.
    unwritten: Option<String>,
}

/// Whether the secret half is at hand.
enum Access {
    Idle,
    Opening,
    Open(Arc<DeviceKey>),
    Closed { why: KeyError, at: Option<At> },
}

impl Signing {
    /// Of a ledger whose events are then given to [`Signing::push`], from the first on.
    pub(crate) fn new(home: &Path, device: Uuid, keys: Option<Arc<dyn DeviceKeys>>) -> Self {
        let sidecar = Sidecar::of(home);
        let past = Past::kept(&sidecar);
        let extent = Extent::new(device);
        let state =
            State { extent, bound: Vec::new(), access: Access::Idle, made: None, past, unwritten: None };
        Self {
            device,
            keys,
            state: Mutex::new(state),
            sidecar,
            written: Mutex::new(Some(0)),
            due: AtomicBool::new(false),
            settled: Notify::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in the device's next event.
    pub(crate) fn push(&self, stored: &StoredEvent) {
        let mut state = self.state();
        state.extent.push(stored);
        let State { extent, past, .. } = &mut *state;
        past.meets(extent);
        let event = Event::from_entry(&stored.event.kind, &stored.event.body);
        let Ok(Event::KeyBound { key, number, store, .. }) = event else { return };
        let Some(key) = PublicKey::parse(&key) else { return };
        let (at, by) = (stored.event.at.wall, stored.event.actor.clone());
        state.bound.push(Bound { key, number, store, at, by });
        let made = state.made.take().filter(|made| made.public() == key);
        state.access = made.map_or(Access::Idle, Access::Open);
    }

    /// The key of a seed that its store has given back and that is about to be bound. Its public half.
    pub(crate) fn made(&self, seed: &Seed) -> PublicKey {
        let key = made_of(seed);
        self.state().made = Some(key.clone());
        key.public()
    }

    /// After the last event that was there at the start: whether the checkpoint that was kept agrees.
    pub(crate) fn compare(&self) {
        let mut state = self.state();
        let State { extent, past, bound, .. } = &mut *state;
        past.judge(bound.iter().rev().map(|bound| &bound.key), extent);
    }

    /// The key that the ledger binds now.
    pub(crate) fn bound(&self) -> Option<Bound> {
        self.state().bound.last().cloned()
    }

    /// Why history is not what was signed, if it is not.
    pub(crate) fn contradiction(&self) -> Option<String> {
        match &self.state().past {
            Past::Contradicted { why, .. } => Some(why.clone()),
            _ => None,
        }
    }

    /// A remark about the checkpoint that was kept, or about the one that should be there.
    pub(crate) fn remark(&self) -> Option<String> {
        let written = self.newest_written();
        let state = self.state();
        match &state.past {
            Past::Unreadable(why) => Some(format!("the signed checkpoint cannot be used: {why}")),
            Past::Nothing if written == 0 && !state.bound.is_empty() => {
                Some("there is no signed checkpoint beside the ledger".to_owned())
            }
            _ => state.unwritten.as_ref().map(|why| format!("the newest checkpoint was not written: {why}")),
        }
    }

    /// Accepts that history is not what was signed. Gives the number of the newest entry that was.
    pub(crate) fn accept(&self) -> Result<Option<u64>, LedgerError> {
        let Past::Contradicted { signed, .. } = self.state().past else { return Ok(None) };
        self.sidecar.set_aside(&format!("regressed-{signed}"))?;
        self.state().past = Past::Nothing;
        Ok(Some(signed))
    }

    /// Why the key is not at hand, as far as it is known without asking its store.
    pub(crate) fn closed(&self) -> Option<String> {
        match &self.state().access {
            Access::Closed { why, .. } => Some(why.to_string()),
            _ => None,
        }
    }

    /// Number of the newest event that a checkpoint of this process speaks of; 0 without one.
    pub(crate) fn newest_written(&self) -> u64 {
        self.written.lock().unwrap_or_else(PoisonError::into_inner).unwrap_or(0)
    }

    /// How far this device's history goes now, with the end of a release in it.
    pub(crate) fn extent(&self, release: &Uuid) -> (Extent, Option<ChainHead>) {
        let extent = self.state().extent.clone();
        let head = extent.release(release);
        (extent, head)
    }

    pub(crate) fn keys(&self) -> Result<&Arc<dyn DeviceKeys>, Fault> {
        self.keys.as_ref().ok_or_else(|| fault::refused("nothing is signed here"))
    }

    /// Name of the key with this number.
    pub(crate) fn name(&self, number: u32, store: StoreKind) -> KeyName {
        KeyName { device: self.device.to_string(), number, store }
    }

    /// Begins to open the key, unless it is at hand, being opened, or was refused a moment ago. Nobody waits for it.
    pub(crate) fn want_key(self: &Arc<Self>, at: &At) {
        let Ok(runtime) = Handle::try_current() else { return };
        {
            let mut state = self.state();
            let soon = match &state.access {
                Access::Idle => false,
                Access::Opening | Access::Open(_) => true,
                Access::Closed { at: None, .. } => false,
                Access::Closed { at: Some(before), .. } => {
                    before.boot_id == at.boot_id && at.boot_ms.saturating_sub(before.boot_ms) < AGAIN_AFTER_MS
                }
            };
            if soon || state.bound.is_empty() || self.keys.is_none() {
                return;
            }
            state.access = Access::Opening;
        }
        let (me, at) = (self.clone(), at.clone());
        runtime.spawn(async move {
            if let Err(error) = me.open(Some(at)).await {
                tracing::warn!(%error, "checkpoints are not signed for now");
            }
            me.write();
        });
    }

    /// The key, opened now if it is not at hand.
    ///
    /// # Errors
    /// Why its store does not give it.
    pub(crate) async fn key(&self) -> Result<Arc<DeviceKey>, Fault> {
        if let Access::Open(key) = &self.state().access {
            return Ok(key.clone());
        }
        self.keys()?;
        self.open(None).await.map_err(|error| fault::key(&error))
    }

    async fn open(&self, at: Option<At>) -> Result<Arc<DeviceKey>, KeyError> {
        let bound = self.bound();
        let opened = match (&self.keys, &bound) {
            (Some(keys), Some(bound)) => {
                let seed = keys.key(&self.name(bound.number, bound.store)).await;
                seed.and_then(|seed| matching(&seed, bound))
            }
            _ => Err(KeyError::Lost(StoreKind::Memory)),
        };
        let mut state = self.state();
        // Another one was bound meanwhile.
        if state.bound.last().map(|bound| bound.number) == bound.map(|bound| bound.number) {
            state.access = match &opened {
                Ok(key) => Access::Open(key.clone()),
                Err(why) => Access::Closed { why: why.clone(), at },
            };
        }
        drop(state);
        self.settled.notify_waiters();
        opened
    }

    /// The store may give the key now: it is asked again with the next event.
    pub(crate) fn forgive(&self) {
        let mut state = self.state();
        if matches!(state.access, Access::Closed { .. }) {
            state.access = Access::Idle;
        }
    }

    /// Ends when the key is no longer being opened.
    pub(crate) async fn settled(&self) {
        loop {
            let settled = self.settled.notified();
            tokio::pin!(settled);
            settled.as_mut().enable();
            if !self.is_opening() {
                return;
            }
            settled.await;
        }
    }

    /// Whether a store was asked for the key and has not answered.
    pub(crate) fn is_opening(&self) -> bool {
        matches!(self.state().access, Access::Opening)
    }

    /// Signs how far history goes, behind whoever asks for it.
    pub(crate) fn sign_soon(self: &Arc<Self>) {
        if !matches!(self.state().access, Access::Open(_)) || self.due.swap(true, Ordering::SeqCst) {
            return;
        }
        match Handle::try_current() {
            Ok(runtime) => {
                let me = self.clone();
                runtime.spawn_blocking(move || me.write());
            }
            Err(_) => self.write(),
        }
    }

    /// Signs how far history goes, if the key is at hand and there is something new.
    pub(crate) fn write(&self) {
        self.due.store(false, Ordering::SeqCst);
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(before) = *written else { return };
        let (extent, key) = {
            let state = self.state();
            let (Access::Open(key), false) = (&state.access, matches!(state.past, Past::Contradicted { .. }))
            else {
                return;
            };
            (state.extent.clone(), key.clone())
        };
        let Some(head) = extent.head().filter(|head| head.seq > before) else { return };
        let outcome = self.replace(&extent, &key);
        if let Err(error) = &outcome {
            tracing::warn!(%error, "a checkpoint was not written");
        } else {
            *written = Some(head.seq);
        }
        self.state().unwritten = outcome.err();
    }

    fn replace(&self, extent: &Extent, key: &DeviceKey) -> Result<(), String> {
        let Some(bytes) = extent.sign(key).map_err(|e| e.to_string())? else { return Ok(()) };
        if matches!(self.state().past, Past::Unreadable(_)) {
            self.sidecar.set_aside("unreadable").map_err(|e| e.to_string())?;
            self.state().past = Past::Nothing;
        }
        self.sidecar.write(&bytes).map_err(|e| e.to_string())
    }

    /// The last word. A task that still holds the key writes nothing over what a later process wrote.
    pub(crate) fn end(&self) {
        self.write();
        *self.written.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// The key of a seed, when it is the one that the ledger names.
fn matching(seed: &Seed, bound: &Bound) -> Result<Arc<DeviceKey>, KeyError> {
    let key = made_of(seed);
    if key.public() == bound.key {
        return Ok(key);
    }
    Err(KeyError::Foreign { store: bound.store, why: "it is another key than the ledger names".to_owned() })
}

fn made_of(seed: &Seed) -> Arc<DeviceKey> {
    Arc::new(DeviceKey::from_seed(seed.secret().expose_secret()))
}

/// What is refused over a history that is not what was signed.
pub(crate) fn contradicted(what: &str, why: &str) -> Fault {
    Fault::new(Code::Integrity, format!("{what}: {why}"))
        .with_help("look at every target, then `seaworthy doctor --accept-regression \"why\"`")
}
