//! `cargo xtask bench <subject>`: measurements, in release, with the ratio to a plain way of doing the same.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::error::XtaskError;
use crate::place::Place;
use crate::shell::{self, Step};

/// Options of `bench`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// What is measured.
    #[arg(value_enum)]
    subject: Subject,
    /// Passed on to the measurement.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Subject {
    /// Durable appends against plain SQLite in the same mode.
    Ledger,
    /// A hundred checks that do nothing against a loop that starts as many shells.
    Gates,
}

/// Builds the measurement in release and runs it.
pub(crate) fn run(place: &Place, options: &Options) -> Result<ExitCode, XtaskError> {
    let (package, example) = match options.subject {
        Subject::Ledger => ("seaworthy-ledger", "bench_ledger"),
        Subject::Gates => ("seaworthy-boot", "bench_gates"),
    };
    let step = Step::cargo().args(["run", "--release", "--package", package, "--example", example, "--"]);
    shell::show(&step.args(&options.rest).within(place.root()))?;
    Ok(ExitCode::SUCCESS)
}
