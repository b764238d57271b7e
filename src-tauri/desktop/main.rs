//! `seaworthy-app`: the window. One of the doors to the engine; no decision is taken here.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod display;
mod window;

use std::process::ExitCode;

use clap::Parser;

/// Exit code when the window cannot start for a reason the person can change.
const EXIT_USAGE: u8 = 2;

/// Seaworthy's window.
#[derive(Debug, Parser)]
#[command(name = "seaworthy-app", version)]
struct Arguments {}

fn main() -> ExitCode {
    let Arguments {} = Arguments::parse();
    if let Err(missing) = display::require() {
        eprintln!("seaworthy-app: {missing}");
        return ExitCode::from(EXIT_USAGE);
    }
    match window::run(tauri::generate_context!()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("seaworthy-app: the window stopped: {error}");
            ExitCode::FAILURE
        }
    }
}
