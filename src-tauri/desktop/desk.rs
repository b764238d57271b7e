//! What the window's commands share: the engine that answers, and the question that waits for its person.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use seaworthy_boot::{self as boot, Show};
use seaworthy_control::{Door, Handler, Role, open_door};
use seaworthy_wire::{Code, Fault, Push, Reply, Request, Which};
use serde::Serialize;
use tauri::async_runtime::JoinHandle;
use tokio::sync::{mpsc, watch};

use crate::confirm::Confirm;
use crate::tray::{Model, Tray};

/// Pushes of a single call; what they tell arrives through the subscription as well.
const CALL_PUSHES: usize = 1;
/// Looks for calls that still run when the window closes, and the pause between two.
const CLOSING_LOOKS_MAX: u32 = 100;
const CLOSING_PAUSE: Duration = Duration::from_millis(100);
/// Releases that are asked whether somebody watches them, newest first.
const WATCHED_LOOKS_MAX: usize = 20;

/// Which engine the window is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ground {
    /// The ledger in the data directory.
    Workspace,
    /// A practice release; nothing in it counts.
    Rehearsal,
}

/// A release that stays unobserved once this process has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Watched {
    /// Project and version.
    pub(crate) name: String,
}

/// Shared by all commands.
pub(crate) struct Desk {
    home: PathBuf,
    grounds: tokio::sync::Mutex<Grounds>,
    /// Counts the times another engine began to answer.
    changes: watch::Sender<u64>,
    pump: Mutex<Option<JoinHandle<()>>>,
    tray: Mutex<Option<Tray>>,
    /// Keeps the tray as things are.
    lookout: Mutex<Option<JoinHandle<()>>>,
    /// Shows a release that was opened from a notice.
    show: Arc<OnceLock<Show>>,
    pub(crate) confirm: Confirm,
}

/// Each engine is opened when it is first asked for, so that its failure is an answer and not a crash.
struct Grounds {
    now: Ground,
    workspace: Option<Arc<Door>>,
    rehearsal: Option<Arc<dyn Handler>>,
    closed: bool,
}

impl Desk {
    pub(crate) fn new(home: PathBuf, now: Ground) -> Self {
        let grounds = Grounds { now, workspace: None, rehearsal: None, closed: false };
        Self {
            home,
            grounds: tokio::sync::Mutex::new(grounds),
            changes: watch::Sender::new(0),
            pump: Mutex::default(),
            tray: Mutex::default(),
            lookout: Mutex::default(),
            show: Arc::default(),
            confirm: Confirm::default(),
        }
    }

    /// Which engine answers now.
    pub(crate) async fn ground(&self) -> Ground {
        self.grounds.lock().await.now
    }

    /// Wakes when another engine begins to answer.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// The engine that answers now.
    pub(crate) async fn handler(&self) -> Result<Arc<dyn Handler>, Fault> {
        let mut grounds = self.grounds.lock().await;
        if grounds.closed {
            return Err(Fault::new(Code::Refused, "the window is closing"));
        }
        if grounds.now == Ground::Rehearsal {
            let live = match grounds.rehearsal.take() {
                Some(live) => live,
                None => boot::rehearse_live(&self.home).await?,
            };
            grounds.rehearsal = Some(Arc::clone(&live));
            return Ok(live);
        }
        let door = match grounds.workspace.take() {
            Some(door) => door,
            None => Arc::new(self.open().await?),
        };
        grounds.workspace = Some(Arc::clone(&door));
        Ok(door)
    }

    async fn open(&self) -> Result<Door, Fault> {
        let show = Arc::clone(&self.show);
        let opened = move |release| {
            if let Some(show) = show.get() {
                show(release);
            }
        };
        let make = || async { boot::open_with(&self.home, Role::App, Box::new(opened)) };
        open_door(&self.home, Role::App, make).await
    }

    /// Has a request carried out that needs no confirmation.
    pub(crate) async fn call(&self, request: Request) -> Result<Reply, Fault> {
        if request.needs_confirmation() {
            return Err(Fault::new(Code::Refused, "this is confirmed in a window of its own")
                .with_help("ask for it instead of calling it"));
        }
        if request.streams() {
            return Err(
                Fault::new(Code::BadInput, "this has no single answer").with_help("subscribe instead")
            );
        }
        carry_out(&self.handler().await?, request).await
    }

    /// Puts the window on a fresh rehearsal. The workspace's engine goes on.
    pub(crate) async fn begin_rehearsal(&self) -> Result<(), Fault> {
        let live = boot::rehearse_live(&self.home).await?;
        let mut grounds = self.grounds.lock().await;
        grounds.rehearsal = Some(live);
        grounds.now = Ground::Rehearsal;
        self.changed();
        Ok(())
    }

    /// Leaves the rehearsal; its folder stays among the last ones.
    pub(crate) async fn leave_rehearsal(&self) {
        let mut grounds = self.grounds.lock().await;
        grounds.rehearsal = None;
        grounds.now = Ground::Workspace;
        self.changed();
    }

    /// Forgets a door whose other end is gone; the next request finds or becomes the engine.
    pub(crate) async fn reopen(&self) {
        let mut grounds = self.grounds.lock().await;
        if grounds.workspace.as_ref().is_some_and(|door| !door.is_local()) {
            grounds.workspace = None;
        }
    }

    fn changed(&self) {
        self.confirm.withdraw();
        self.changes.send_modify(|count| *count += 1);
    }

    /// Starts telling the page what happens; whoever listened before hears nothing more.
    pub(crate) fn listen(&self, pump: Option<JoinHandle<()>>) {
        let before = std::mem::replace(&mut *held(&self.pump), pump);
        if let Some(before) = before {
            before.abort();
        }
    }

    /// Called with what is opened from a notice of this process; the first one given stays.
    pub(crate) fn on_show(&self, show: Show) {
        // A window is furnished once.
        let _ = self.show.set(show);
    }

    /// Keeps the tray's entry, or takes it away.
    pub(crate) fn keep(&self, tray: Option<Tray>) {
        *held(&self.tray) = tray;
    }

    /// Whether a desktop shows the tray's entry.
    pub(crate) fn has_tray(&self) -> bool {
        held(&self.tray).as_ref().is_some_and(Tray::is_shown)
    }

    /// Shows how things are, where there is a tray.
    pub(crate) fn update_tray(&self, model: Model) {
        if let Some(tray) = held(&self.tray).as_ref() {
            tray.update(model);
        }
    }

    /// Begins or ends keeping the tray as things are.
    pub(crate) fn look_out(&self, lookout: Option<JoinHandle<()>>) {
        if let Some(before) = std::mem::replace(&mut *held(&self.lookout), lookout) {
            before.abort();
        }
    }

    /// The workspace's engine, if somebody opened it, and whether it is in this process.
    pub(crate) async fn workspace(&self) -> Option<(Arc<dyn Handler>, bool)> {
        let door = self.grounds.lock().await.workspace.clone()?;
        let local = door.is_local();
        Some((door, local))
    }

    /// The release that this process watches. An engine in another process goes on without the window.
    pub(crate) async fn watched(&self) -> Option<Watched> {
        let door = self.grounds.lock().await.workspace.clone().filter(|door| door.is_local())?;
        let engine: Arc<dyn Handler> = door;
        let Ok(Reply::Releases(cards)) = carry_out(&engine, Request::Releases).await else { return None };
        for card in cards.into_iter().filter(|card| !card.over).take(WATCHED_LOOKS_MAX) {
            let which = Which { release: Some(card.id.clone()), folder: None };
            let status = carry_out(&engine, Request::Status { which }).await;
            if matches!(status, Ok(Reply::Release(view)) if view.is_watched()) {
                let name = format!("{} {}", card.project, card.version);
                return Some(Watched { name });
            }
        }
        None
    }

    /// Asks the workspace's engine, from outside the page.
    pub(crate) async fn in_workspace(&self, request: Request) -> Result<Reply, Fault> {
        let open = self.workspace().await;
        let (engine, _) = open.ok_or_else(|| Fault::new(Code::Refused, "no engine is open"))?;
        carry_out(&engine, request).await
    }

    /// Where reports are written.
    pub(crate) fn reports(&self) -> PathBuf {
        self.home.join("reports")
    }

    /// Lets running calls end, then closes the engine. Afterwards everything is refused.
    pub(crate) async fn close(&self) {
        self.listen(None);
        self.look_out(None);
        self.keep(None);
        self.confirm.withdraw();
        let door = {
            let mut grounds = self.grounds.lock().await;
            grounds.closed = true;
            grounds.rehearsal = None;
            grounds.workspace.take()
        };
        let Some(mut door) = door else { return };
        for _ in 0..CLOSING_LOOKS_MAX {
            match Arc::try_unwrap(door) {
                Ok(door) => return door.close().await,
                Err(shared) => door = shared,
            }
            tokio::time::sleep(CLOSING_PAUSE).await;
        }
        tracing::warn!("a request still runs while the window closes; its operation is found again");
    }
}

/// One request, without what happens on the way.
pub(crate) async fn carry_out(engine: &Arc<dyn Handler>, request: Request) -> Result<Reply, Fault> {
    let (pushes, _unread) = mpsc::channel::<Push>(CALL_PUSHES);
    engine.call(request, pushes).await
}

fn held<T>(slot: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}
