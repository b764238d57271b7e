//! `seaworthy-app`: the window. One of the doors to the engine; no decision is taken here.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod asking;
mod commands;
mod confirm;
mod desk;
mod display;
#[cfg(test)]
mod ipc;
mod leaving;
mod pump;
mod report;
mod tray;
mod window;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use seaworthy_boot as boot;
use seaworthy_wire::Fault;

use crate::desk::{Desk, Ground};

/// Exit code when the window cannot start for a reason the person can change.
const EXIT_USAGE: u8 = 2;

/// Seaworthy's window.
#[derive(Debug, Parser)]
#[command(name = "seaworthy-app", version)]
struct Arguments {
    /// Open on a practice release; the real ledger is not touched.
    #[arg(long)]
    rehearse: bool,
    /// Data directory, instead of the usual one.
    #[arg(long, value_name = "DIR")]
    home: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Err(missing) = display::require() {
        eprintln!("seaworthy-app: {missing}");
        return ExitCode::from(EXIT_USAGE);
    }
    let desk = match seat(arguments) {
        Ok(desk) => Arc::new(desk),
        Err(fault) => {
            eprintln!("seaworthy-app: {fault}");
            return ExitCode::from(fault.code.exit_status());
        }
    };
    match window::run(tauri::generate_context!(), desk) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("seaworthy-app: the window stopped: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The engine is opened by the first request, so that what is wrong with it is said in the window.
fn seat(arguments: Arguments) -> Result<Desk, Fault> {
    let home = match arguments.home {
        Some(home) => std::path::absolute(&home).unwrap_or(home),
        None => boot::home()?,
    };
    boot::start_logs(&home);
    Ok(Desk::new(home, if arguments.rehearse { Ground::Rehearsal } else { Ground::Workspace }))
}
