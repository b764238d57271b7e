//! What happens when the window is closed: nobody's watch ends without a word.

use std::sync::Arc;

use seaworthy_wire::{Reply, Request, StepPreview, Which};
use tauri::{AppHandle, Manager, Runtime};

use crate::asking;
use crate::confirm::Answer;
use crate::desk::{Desk, Watched};
use crate::tray::Pressed;
use crate::window;

/// Reason of a hold that is pressed in the tray.
const HELD_FROM_TRAY: &str = "held from the tray";

/// The person closed the main window.
pub(crate) fn close<R: Runtime>(app: &AppHandle<R>) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let desk = Arc::clone(&app.state::<Arc<Desk>>());
        let Some(watched) = desk.watched().await else { return quit(&app, &desk).await };
        if desk.has_tray() {
            if agrees(&app, &desk, stay(&watched)).await {
                window::hide(&app);
            }
        } else if agrees(&app, &desk, stop(&watched)).await {
            quit(&app, &desk).await;
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

/// Does what was chosen in the tray.
pub(crate) fn act<R: Runtime>(app: &AppHandle<R>, pressed: Pressed) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let desk = Arc::clone(&app.state::<Arc<Desk>>());
        let which = |release| Which { release: Some(release), folder: None };
        match pressed {
            Pressed::Open(release) => window::show(&app, release).await,
            Pressed::Hold(release) => {
                let request =
                    Request::Hold { which: which(release.clone()), reason: HELD_FROM_TRAY.to_owned() };
                if let Err(fault) = desk.in_workspace(request).await {
                    tracing::warn!(%fault, "the hold from the tray was refused");
                    window::show(&app, Some(release)).await;
                }
            }
            Pressed::Seen(release) => {
                if let Err(fault) = desk.in_workspace(Request::Seen { which: which(release) }).await {
                    tracing::warn!(%fault, "what was seen could not be recorded");
                }
            }
            Pressed::Quit => {
                let agreed = match desk.watched().await {
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
