//! The interface: its npm packages and its built page, each made again only when what it reads changed.

use crate::error::XtaskError;
use crate::place::Place;
use crate::setup::node;
use crate::setup::stamp::Stamp;
use crate::shell::{self, Step};

/// Folders that are made, not read.
const MADE: [&str; 2] = ["node_modules", "dist"];

/// The interface's packages.
pub(super) fn install(place: &Place) -> Result<(), XtaskError> {
    node::install(&place.ui(), "the interface's packages")
}

/// `npm run build`, unless the page was built from the same sources.
pub(crate) fn build(place: &Place) -> Result<(), XtaskError> {
    let ui = place.ui();
    let page = ui.join("dist/index.html");
    // The page itself is part of the stamp: somebody may have built it by hand from other sources.
    let read = || Stamp::of(&[ui.clone(), page.clone(), node::installed_stamp(&ui)], &MADE);
    let kept = ui.join("node_modules/.seaworthy-built");
    if page.is_file() && read()?.is_kept_in(&kept) {
        return Ok(());
    }
    println!("Building the interface");
    shell::show(&Step::npm().args(["run", "build"]).within(&ui))?;
    read()?.keep_in(&kept)
}
