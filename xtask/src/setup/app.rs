//! Builds the two programs: the window and the terminal.

use crate::error::XtaskError;
use crate::place::Place;
use crate::shell::{self, Step};

/// The window's program.
pub(crate) const WINDOW: &str = "seaworthy-app";
/// The terminal's program.
pub(crate) const TERMINAL: &str = "seaworthy";
/// The root package with the page inside the program instead of a development server.
pub(crate) const WINDOW_FEATURES: [&str; 4] =
    ["--package", "seaworthy-desktop", "--features", "desktop,tauri/custom-protocol"];

/// Builds the window. The page has to be built before.
pub(crate) fn build_window(place: &Place) -> Result<(), XtaskError> {
    let step = Step::cargo().arg("build").args(WINDOW_FEATURES).args(["--bin", WINDOW]);
    shell::show(&step.within(place.root()))
}

/// Builds the terminal's program.
pub(crate) fn build_terminal(place: &Place) -> Result<(), XtaskError> {
    let step = Step::cargo().args(["build", "--package", "seaworthy-cli", "--bin", TERMINAL]);
    shell::show(&step.within(place.root()))
}
