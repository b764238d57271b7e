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

/// Builds both programs at once: two builds would compile what they share under different features twice.
/// The page has to be built before.
pub(crate) fn build_both(place: &Place) -> Result<(), XtaskError> {
    let step = Step::cargo().args(["build", "--package", "seaworthy-cli"]).args(WINDOW_FEATURES);
    shell::show(&step.args(["--bin", TERMINAL, "--bin", WINDOW]).within(place.root()))
}
