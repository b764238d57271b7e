//! Rehearsals with real checks and a real prober.

use crate::engine::SECRETS;
use crate::engine::actor;
use crate::engine::client;
use async_trait::async_trait;
use seaworthy_checks::Checks;
use seaworthy_clock::Clock;
use seaworthy_clock::SystemClock;
use seaworthy_control::Handler;
use seaworthy_http::ProxyUse;
use seaworthy_notify::Desktop;
use seaworthy_ports::Delivery;
use seaworthy_ports::Notice;
use seaworthy_ports::Notifier;
use seaworthy_providers::Line;
use seaworthy_providers::Pauses;
use seaworthy_providers::Targets;
use seaworthy_rehearsal::Equipment;
use seaworthy_rehearsal::LiveRehearsal;
use seaworthy_rehearsal::Rehearsal;
use seaworthy_signals::Prober;
use seaworthy_vault::Place;
use seaworthy_vault::Tokens;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use seaworthy_wire::Push;
use seaworthy_wire::ReleaseView;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Pause between looks at the practice provider, which gets on by being asked.
const TURN: Duration = Duration::from_millis(2);

/// A rehearsal played to its end.
pub struct Played {
    /// The release as it ended.
    pub view: ReleaseView,
    /// Where the report lies.
    pub report: PathBuf,
}

/// Plays a whole release, telling each thing that happens.
///
/// # Errors
/// What the engine refuses, or a disk or loopback port that cannot be had.
pub async fn play(
    home: &Path,
    fault: Option<seaworthy_rehearsal::Fault>,
    out: Option<PathBuf>,
    mut say: impl FnMut(String) + Send,
) -> Result<Played, Fault> {
    let rehearsal = prepare(home, None).await?;
    let ending = seaworthy_rehearsal::play(&rehearsal, fault, &mut say).await?;
    let report = out.unwrap_or_else(|| rehearsal.directory().join(&ending.report.file_name));
    std::fs::write(&report, ending.report.html.as_bytes())
        .map_err(|e| Fault::new(Code::Outside, format!("{} cannot be written: {e}", report.display())))?;
    Ok(Played { view: ending.view, report })
}

/// Begins a rehearsal whose captain sits at the window.
///
/// # Errors
/// As [`play`].
pub async fn rehearse_live(home: &Path) -> Result<Arc<dyn Handler>, Fault> {
    let rehearsal = prepare(home, Some(Arc::new(Practising(Desktop::new())))).await?;
    let live = LiveRehearsal::begin(rehearsal).await?;
    tokio::spawn(live.clone().run());
    Ok(Arc::new(Live(live)))
}

async fn prepare(home: &Path, notifier: Option<Arc<dyn Notifier>>) -> Result<Rehearsal, Fault> {
    let now = SystemClock.now().wall;
    // The seed only has to differ between rehearsals; it is shown and can be given back.
    let seed = uuid::Uuid::new_v4().as_u128() % 1_000_000;
    let (checks, calls) = (client(ProxyUse::Never)?, client(ProxyUse::Never)?);
    let tokens = Arc::new(Tokens::new(Place::Memory, client(ProxyUse::Never)?, SECRETS.clone()));
    let equipment = Equipment {
        vault: tokens.clone(),
        redactor: SECRETS.clone(),
        checks: Arc::new(move |store| Arc::new(Checks::new(Arc::new(SystemClock), store, checks.clone()))),
        hosted: Arc::new(move |credentials, clock| {
            let pauses = Pauses { build: TURN, traffic: TURN, quiet: TURN, limited: (TURN, TURN) };
            let line = Line { http: calls.clone(), credentials, clock: clock.clone(), pauses };
            Arc::new(Targets::new(clock).with_hosted(line))
        }),
        signals: Arc::new(Prober::new(client(ProxyUse::Never)?)),
        keys: tokens,
        notifier,
        actor: actor(),
    };
    Rehearsal::prepare(home, now, u64::try_from(seed).unwrap_or(1), equipment).await
}

struct Live(Arc<LiveRehearsal>);

#[async_trait]
impl Handler for Live {
    async fn call(&self, request: Request, pushes: mpsc::Sender<Push>) -> Result<Reply, Fault> {
        self.0.call(request, pushes).await
    }
}

/// Says in every notice that it is practice.
struct Practising(Desktop);

#[async_trait]
impl Notifier for Practising {
    async fn service(&self) -> Result<String, String> {
        self.0.service().await
    }

    async fn notify(&self, notice: Notice) -> Delivery {
        self.0.notify(Notice { title: format!("Rehearsal: {}", notice.title), ..notice }).await
    }

    fn withdraw(&self, slot: &str) {
        self.0.withdraw(slot);
    }
}
