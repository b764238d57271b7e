//! What happens when the window is closed: nobody's watch ends without a word.

use std::sync::Arc;

use seaworthy_wire::{Reply, StepPreview};
use tauri::{AppHandle, Manager, Runtime};

use crate::asking;
use crate::confirm::Answer;
use crate::desk::{Desk, Watched};
use crate::tray::{self, Pressed, Tray};
use crate::window;

/// Reason of a hold that is pressed in the tray.
const HELD_FROM_TRAY: &str = "held from the tray";

/// The person closed the main window.
pub(crate) fn close<R: Runtime>(app: &AppHandle<R>) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let desk = Arc::clone(&app.state::<Arc<Desk>>());
        let Some(watched) = desk.watched().await else { return quit(&app, &desk).await };
        match show_tray(&app, &watched).await {
            Some(tray) if agrees(&app, &desk, stay(&watched)).await => {
                desk.keep(Some(tray));
                window::hide(&app);
            }
            Some(_refused) => {}
            None if agrees(&app, &desk, stop(&watched)).await => quit(&app, &desk).await,
            None => {}
        }
    });
}

/// The last window is gone, or the tray asked for the end.
pub(crate) async fn quit<R: Runtime>(app: &AppHandle<R>, desk: &Desk) {
    desk.close().await;
    app.exit(0);
}

async fn agrees<R: Runtime>(app: &AppHandle<R>, desk: &Desk, question: StepPreview) -> bool {
    let answer = asking::put(app, desk, Reply::Preview(question), None, None).await;
    matches!(answer, Ok(Answer::Yes { .. }))
}

async fn show_tray<R: Runtime>(app: &AppHandle<R>, watched: &Watched) -> Option<Tray> {
    let (on, about) = (app.clone(), watched.clone());
    let pressed = move |what| act(&on, &about, what);
    let icon = app.default_window_icon().map(|icon| icon.clone().to_owned());
    tray::show(&watched.name, icon, Box::new(pressed)).await
}

fn act<R: Runtime>(app: &AppHandle<R>, watched: &Watched, pressed: Pressed) {
    let (app, watched) = (app.clone(), watched.clone());
    tauri::async_runtime::spawn(async move {
        let desk = Arc::clone(&app.state::<Arc<Desk>>());
        match pressed {
            Pressed::Open => back(&app, &desk),
            Pressed::Hold => {
                if let Err(fault) = desk.hold(&watched, HELD_FROM_TRAY).await {
                    tracing::warn!(%fault, "the hold from the tray was refused");
                    back(&app, &desk);
                }
            }
            Pressed::Quit => {
                let still = desk.watched().await;
                let agreed = match still {
                    Some(watched) => agrees(&app, &desk, stop(&watched)).await,
                    None => true,
                };
                if agreed {
                    quit(&app, &desk).await;
                }
            }
        }
    });
}

fn back<R: Runtime>(app: &AppHandle<R>, desk: &Desk) {
    window::focus(app);
    desk.keep(None);
}

fn stay(watched: &Watched) -> StepPreview {
    question(
        format!("Keep watching {} from the tray?", watched.name),
        "Keep watching",
        [
            "The window closes. Seaworthy stays in the tray and goes on watching.".to_owned(),
            "The tray's menu opens the window again, holds the release, or quits.".to_owned(),
        ],
    )
}

fn stop(watched: &Watched) -> StepPreview {
    question(
        format!("Stop watching {}?", watched.name),
        "Stop watching and quit",
        [
            "Closing stops the watch: nothing is rolled back automatically until Seaworthy runs again."
                .to_owned(),
            "The time in between counts as a gap, not as observed time.".to_owned(),
        ],
    )
}

fn question(title: String, action: &str, consequences: [String; 2]) -> StepPreview {
    StepPreview {
        title,
        action: action.to_owned(),
        release: String::new(),
        expect: String::new(),
        consequences: consequences.into(),
        calls: Vec::new(),
        checks: Vec::new(),
    }
}
