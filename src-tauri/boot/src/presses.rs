//! What is pressed on a notice reaches the engine, and opening one reaches the window.

use crate::engine::Served;
use seaworthy_ports::Press;
use std::path::Path;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Shows a release, or nothing in particular, to the person who opened a notice.
pub type Show = Box<dyn Fn(Option<String>) + Send + Sync>;

/// The window's program.
const WINDOW: &str = "seaworthy-app";

/// Serves what is pressed for as long as the engine is there.
pub(crate) fn start(engine: &Arc<Served>, mut pressed: mpsc::Receiver<Press>, show: Show) {
    let engine = Arc::downgrade(engine);
    tokio::spawn(async move {
        while let Some(press) = pressed.recv().await {
            // Only for this press: whoever closes the engine waits for nobody else to have it.
            let Some(engine) = engine.upgrade() else { return };
            match engine.engine.press(&press).await {
                Ok(Some(release)) => show(release.map(|id| id.to_string())),
                Ok(None) => {}
                Err(fault) => {
                    tracing::warn!(%fault, button = ?press.button, "what was pressed on a notice was refused");
                    show(None);
                }
            }
        }
    });
}

/// Starts the window, or brings the one that is there to the front: a second start hands its words to the first.
pub(crate) fn open_window(home: &Path, release: Option<String>) {
    let mut command = tokio::process::Command::new(program());
    command.arg("--home").arg(home).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Some(release) = release {
        command.arg("--open").arg(release);
    }
    // It outlives this process and is not stopped with it from a terminal.
    #[cfg(unix)]
    command.process_group(0);
    match command.spawn() {
        Ok(mut window) => {
            tokio::spawn(async move { window.wait().await });
        }
        Err(error) => tracing::warn!(%error, "the window could not be started from a notice"),
    }
}

/// Beside this program, else wherever programs are found.
fn program() -> PathBuf {
    let name = format!("{WINDOW}{}", std::env::consts::EXE_SUFFIX);
    let beside = std::env::current_exe().ok().map(|own| own.with_file_name(&name));
    beside.filter(|path| path.is_file()).unwrap_or_else(|| PathBuf::from(name))
}
