//! `cargo xtask test`: the same set-up as `run`, then every check and test, one sum at the end.

mod doctest;
mod nextest;
mod stages;
mod table;
mod tally;
mod tools;
mod vitest;

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::error::XtaskError;
use crate::place::Place;
use crate::setup::{self, Needs};
use crate::stopwatch::Stopwatch;
use crate::test::stages::Stage;
use crate::test::table::Row;
use crate::test::tally::Tally;
use crate::test::tools::Tools;

/// Options of `test`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Install what is missing without asking.
    #[arg(long)]
    yes: bool,
    /// Only this part.
    #[arg(long, value_enum)]
    only: Option<Part>,
}

/// The parts that can be run alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Formatting, lints, licences and every test that needs no web view.
    Light,
    /// The interface: lint, types, tests, build.
    Ui,
    /// The window's program: lints and its commands, without a display.
    Ipc,
    /// The real window through its driver.
    Window,
}

/// Runs every stage of the chosen parts, also after a failure, and sums up.
pub(crate) fn run(place: &Place, options: &Options) -> Result<ExitCode, XtaskError> {
    let wants = |part| options.only.is_none_or(|only| only == part);
    let window = wants(Part::Ipc) || wants(Part::Window);
    let needs = Needs {
        interface: wants(Part::Ui) || window,
        window,
        tests: wants(Part::Light) || wants(Part::Window),
    };
    setup::prepare(place, needs, options.yes)?;
    let tools = Tools::ready(place, wants(Part::Light), wants(Part::Light) || window)?;

    let stages = stages::all(place)?;
    let rows: Vec<Row> =
        stages.iter().filter(|stage| stage.serves(&wants)).map(|stage| play(stage, place, &tools)).collect();
    let sum = rows.iter().fold(Tally::default(), |sum, row| sum.and(row.counted()));
    println!("\n{}\n{sum}", table::draw(&rows));
    Ok(if sum.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn play(stage: &Stage, place: &Place, tools: &Tools) -> Row {
    println!("\n== {} ==", stage.name);
    let watch = Stopwatch::start();
    let result = (stage.work)(place, tools);
    if let Err(error) = &result {
        println!("{}: {error}", stage.name);
    }
    Row { name: stage.name, tally: result.ok(), took: watch.read() }
}
