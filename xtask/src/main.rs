//! Developer commands: `cargo xtask run`, `cargo xtask test`. One file or folder per command.

mod bench;
mod crash;
mod error;
mod place;
mod run;
mod setup;
mod shell;
mod stopwatch;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::XtaskError;
use crate::place::Place;

/// What a person who works on Seaworthy types.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Set the machine up, build, and open the window on a rehearsal (in the terminal without a display).
    Run(run::Options),
    /// Set the machine up and run every test.
    Test(test::Options),
    /// Measure, in release.
    Bench(bench::Options),
    /// Kill whole releases of the real program at random and prove that nothing is lost or done twice.
    Crash(crash::Options),
}

fn main() -> ExitCode {
    match dispatch(Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("cargo xtask: {error}");
            error.exit_code()
        }
    }
}

fn dispatch(command: Command) -> Result<ExitCode, XtaskError> {
    let place = Place::find()?;
    match command {
        Command::Run(options) => run::run(&place, &options),
        Command::Test(options) => test::run(&place, &options),
        Command::Bench(options) => bench::run(&place, &options),
        Command::Crash(options) => crash::run(&place, &options),
    }
}
