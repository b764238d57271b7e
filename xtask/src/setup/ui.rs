//! The interface: its npm packages and its built page, each made again only when what it reads changed.

use std::path::PathBuf;

use crate::error::XtaskError;
use crate::place::Place;
use crate::setup::stamp::Stamp;
use crate::shell::{self, Step};

/// Folders that are made, not read.
const MADE: [&str; 2] = ["node_modules", "dist"];

/// `npm ci`, unless the lock is the one that was installed.
pub(super) fn install(place: &Place) -> Result<(), XtaskError> {
    let ui = place.ui();
    let stamp = Stamp::of(&[ui.join("package.json"), ui.join("package-lock.json")], &[])?;
    let kept = installed_stamp(place);
    if stamp.is_kept_in(&kept) {
        return Ok(());
    }
    println!("Installing the interface's packages");
    shell::show(&Step::npm().args(["ci", "--no-audit", "--no-fund"]).within(&ui))?;
    stamp.keep_in(&kept)
}

/// `npm run build`, unless the page was built from the same sources.
pub(crate) fn build(place: &Place) -> Result<(), XtaskError> {
    let ui = place.ui();
    let page = ui.join("dist/index.html");
    // The page itself is part of the stamp: somebody may have built it by hand from other sources.
    let read = || Stamp::of(&[ui.clone(), page.clone(), installed_stamp(place)], &MADE);
    let kept = ui.join("node_modules/.seaworthy-built");
    if page.is_file() && read()?.is_kept_in(&kept) {
        return Ok(());
    }
    println!("Building the interface");
    shell::show(&Step::npm().args(["run", "build"]).within(&ui))?;
    read()?.keep_in(&kept)
}

fn installed_stamp(place: &Place) -> PathBuf {
    place.ui().join("node_modules/.seaworthy-installed")
}
