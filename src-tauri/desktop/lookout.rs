//! Keeps the tray as things are in the workspace, whatever the page shows.

use std::sync::Arc;
use std::time::Duration;

use seaworthy_control::Handler;
use seaworthy_wire::{Push, Reply, Request, Which};
use tauri::{AppHandle, Manager, Runtime};
use tokio::sync::mpsc;

use crate::desk::{Desk, carry_out};
use crate::leaving;
use crate::tray::{self, Glance, Glances};

/// Pushes between the engine and the tray; the engine drops what does not fit and says it again.
const PUSHES_QUEUED: usize = 256;
/// Releases that are read when the tray begins; later ones come by themselves.
const READ_MAX: usize = 20;
/// Pause before a lost engine, or one that nobody has opened yet, is looked for again.
const AGAIN: Duration = Duration::from_secs(1);

/// Shows the tray where a desktop has one, and keeps it until the window closes.
pub(crate) fn start<R: Runtime>(app: &AppHandle<R>) {
    let (app, desk) = (app.clone(), Arc::clone(&app.state::<Arc<Desk>>()));
    let kept = Arc::clone(&desk);
    let watching = tauri::async_runtime::spawn(async move {
        let icon = app.default_window_icon().map(|icon| icon.clone().to_owned());
        let on = app.clone();
        let pressed = Box::new(move |what| leaving::act(&on, what));
        let Some(tray) = tray::show(tray::model(&Glances::new(), true), icon, pressed).await else { return };
        kept.keep(Some(tray));
        loop {
            // Opened by the page's first request, so that what is wrong with it is said in the window.
            if let Some((engine, local)) = kept.workspace().await {
                follow(&kept, &engine, local).await;
            }
            kept.update_tray(tray::model(&Glances::new(), true));
            tokio::time::sleep(AGAIN).await;
        }
    });
    desk.look_out(Some(watching));
}

/// Until the engine is gone.
async fn follow(desk: &Desk, engine: &Arc<dyn Handler>, local: bool) {
    let (sender, mut pushes) = mpsc::channel(PUSHES_QUEUED);
    let subscription = engine.call(Request::Subscribe, sender);
    let showing = async {
        let mut releases = read(engine).await;
        desk.update_tray(tray::model(&releases, local));
        while let Some(push) = pushes.recv().await {
            if take_in(&mut releases, &push) {
                desk.update_tray(tray::model(&releases, local));
            }
        }
    };
    tokio::select! {
        () = showing => {}
        _ = subscription => {}
    }
}

async fn read(engine: &Arc<dyn Handler>) -> Glances {
    let mut releases = Glances::new();
    let Ok(Reply::Releases(cards)) = carry_out(engine, Request::Releases).await else { return releases };
    for card in cards.into_iter().filter(|card| !card.over).take(READ_MAX) {
        let which = Which { release: Some(card.id), folder: None };
        if let Ok(Reply::Release(view)) = carry_out(engine, Request::Status { which }).await {
            take_in(&mut releases, &Push::Release { view });
        }
    }
    releases
}

/// Whether the tray changes.
fn take_in(releases: &mut Glances, push: &Push) -> bool {
    let Push::Release { view } = push else { return false };
    let id = view.head.id.clone();
    match Glance::of(view) {
        Some(glance) => releases.insert(id, glance.clone()) != Some(glance),
        None => releases.remove(&id).is_some(),
    }
}
