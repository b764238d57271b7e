//! `cargo xtask crash --runs N --seed S`: kills whole releases of the real program at random. With `--provider vercel` they
//! are released to the practice provider, which loses a tenth of its answers.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::error::XtaskError;
use crate::place::Place;
use crate::shell::{self, Step};

/// Options of `crash`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Where they are released to.
    #[arg(long, value_enum, default_value_t = Provider::Sample)]
    provider: Provider,
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

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Provider {
    /// The sample project's own platform.
    Sample,
    /// The practice provider, through the client of Vercel targets.
    Vercel,
}

/// Builds the program and the loop, and plays the releases.
pub(crate) fn run(place: &Place, options: &Options) -> Result<ExitCode, XtaskError> {
    let program = Step::cargo().args(["build", "--quiet", "--package", "seaworthy-cli"]);
    shell::show(&program.within(place.root()))?;
    let numbers = [options.runs, options.seed, options.at_once].map(|number| number.to_string());
    let playing =
        Step::cargo().args(["run", "--quiet", "--package", "seaworthy-testkit", "--example", "crash", "--"]);
    let provider = match options.provider {
        Provider::Sample => "sample",
        Provider::Vercel => "vercel",
    };
    let playing =
        playing.arg(provider).args(numbers).env("SEAWORTHY_CLI", place.built(crate::setup::app::TERMINAL));
    shell::show(&playing.within(place.root()))?;
    Ok(ExitCode::SUCCESS)
}
