//! `cargo xtask crash --runs N --seed S`: kills whole releases of the real program at random.

use std::process::ExitCode;

use clap::Args;

use crate::error::XtaskError;
use crate::place::Place;
use crate::shell::{self, Step};

/// Options of `crash`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Releases to play.
    #[arg(long, default_value_t = 100)]
    runs: u64,
    /// First random seed; every release has the next one, and a bad one prints its own.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Releases that are played at once; most of their time is soaking.
    #[arg(long, default_value_t = 3)]
    at_once: u64,
}

/// Builds the program and the loop, and plays the releases.
pub(crate) fn run(place: &Place, options: &Options) -> Result<ExitCode, XtaskError> {
    let program = Step::cargo().args(["build", "--quiet", "--package", "seaworthy-cli"]);
    shell::show(&program.within(place.root()))?;
    let numbers = [options.runs, options.seed, options.at_once].map(|number| number.to_string());
    let playing =
        Step::cargo().args(["run", "--quiet", "--package", "seaworthy-testkit", "--example", "crash", "--"]);
    let playing = playing.args(numbers).env("SEAWORTHY_CLI", place.built(crate::setup::app::TERMINAL));
    shell::show(&playing.within(place.root()))?;
    Ok(ExitCode::SUCCESS)
}
