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
mod lookout;
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
use uuid::Uuid;

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
    /// Open on this release of the workspace, by identity.
    #[arg(long, value_name = "RELEASE", conflicts_with = "rehearse")]
    open: Option<Uuid>,
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
    let wanted = arguments.open;
    let desk = match seat(arguments) {
        Ok(desk) => Arc::new(desk),
        Err(fault) => {
            eprintln!("seaworthy-app: {fault}");
            return ExitCode::from(fault.code.exit_status());
        }
    };
    match window::run(tauri::generate_context!(), desk, wanted) {
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

/// The release that a second start asks for. Its words are untrusted: nothing but an identity comes of them.
fn asked_for(words: &[String]) -> Option<Uuid> {
    Arguments::try_parse_from(words).ok()?.open
}

#[cfg(test)]
mod tests {
    use super::asked_for;

    fn asked(words: &str) -> Option<String> {
        let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
        asked_for(&words).map(|id| id.to_string())
    }

    #[test]
    fn a_second_start_can_name_a_release_and_nothing_else() {
        let id = "01999f00-0000-7000-8000-000000000001";
        assert_eq!(asked(&format!("seaworthy-app --home /x --open {id}")).as_deref(), Some(id));
        for words in
            ["seaworthy-app", "seaworthy-app --open ';alert(1)'", "seaworthy-app --promote", "--open"]
        {
            assert_eq!(asked(words), None, "{words}");
        }
    }
}
