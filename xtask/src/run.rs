//! `cargo xtask run`: from a fresh machine to a window that plays a rehearsal.

use std::process::{ExitCode, ExitStatus};

use clap::Args;

use crate::error::XtaskError;
use crate::place::Place;
use crate::setup::{self, Needs, app, ui};
use crate::shell::{self, Step};

/// Options of `run`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Install what is missing without asking.
    #[arg(long)]
    yes: bool,
}

/// Sets up, builds, and shows the rehearsal where it can be seen.
pub(crate) fn run(place: &Place, options: &Options) -> Result<ExitCode, XtaskError> {
    setup::prepare(place, Needs { interface: true, window: true, tests: false }, options.yes)?;
    ui::build(place)?;
    app::build_both(place)?;
    let status = if has_display(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty())) {
        println!("Opening the window on a rehearsal.");
        shell::status(&Step::new(place.built(app::WINDOW)).arg("--rehearse"))?
    } else {
        println!("There is no display here: the rehearsal plays in this terminal.");
        shell::status(&Step::new(place.built(app::TERMINAL)).arg("rehearse"))?
    };
    Ok(code(status))
}

fn has_display(is_set: impl Fn(&str) -> bool) -> bool {
    cfg!(windows) || cfg!(target_os = "macos") || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}

/// The program's own code; one that was ended by a signal counts as failed.
fn code(status: ExitStatus) -> ExitCode {
    status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::has_display;

    #[test]
    fn one_of_the_two_displays_is_enough() {
        assert!(has_display(|name| name == "WAYLAND_DISPLAY"));
        assert!(has_display(|name| name == "DISPLAY"));
        assert!(!has_display(|_| false));
    }
}
