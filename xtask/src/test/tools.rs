//! Cargo's extra programs that the tests use, installed into the target folder when the machine has none.

use std::ffi::OsString;

use semver::Version;

use crate::error::XtaskError;
use crate::place::Place;
use crate::setup;
use crate::shell::{self, Step};

/// One extra program of Cargo.
struct Tool {
    package: &'static str,
    /// As in `cargo <word> --version`.
    word: &'static str,
    /// Older ones lack an option or an output that is used here.
    oldest: Version,
    /// What is installed when there is none.
    pinned: &'static str,
    /// How it is built.
    features: &'static [&'static str],
}

const NEXTEST: Tool = Tool {
    package: "cargo-nextest",
    word: "nextest",
    oldest: Version::new(0, 9, 100),
    pinned: "0.9.143",
    // Without the part that replaces itself with a download, and without kernel probes.
    features: &["--no-default-features"],
};
const DENY: Tool = Tool {
    package: "cargo-deny",
    word: "deny",
    oldest: Version::new(0, 18, 0),
    pinned: "0.20.2",
    features: &[],
};

/// Programs are used for seconds, so a quick build beats a fast program.
const QUICK_BUILD: [(&str, &str); 4] = [
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1"),
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
    ("CARGO_PROFILE_RELEASE_DEBUG", "false"),
];

/// The search path under which Cargo finds the tools.
#[derive(Debug)]
pub(super) struct Tools {
    path: OsString,
}

impl Tools {
    /// Installs what is missing of the tools that are wanted.
    pub(super) fn ready(place: &Place, deny: bool, nextest: bool) -> Result<Self, XtaskError> {
        let tools = Self { path: search_path(place) };
        for (tool, wanted) in [(NEXTEST, nextest), (DENY, deny)] {
            if wanted && !tools.has(&tool) {
                install(place, &tool)?;
            }
        }
        Ok(tools)
    }

    /// Cargo with the tools in reach, started in the repository.
    pub(super) fn cargo(&self, place: &Place) -> Step {
        self.reach(Step::cargo()).within(place.root())
    }

    fn reach(&self, step: Step) -> Step {
        step.env("PATH", &self.path)
    }

    fn has(&self, tool: &Tool) -> bool {
        let answer = shell::ask(&self.reach(Step::cargo().args([tool.word, "--version"])));
        answer.and_then(|text| setup::version(&text)).is_some_and(|found| found >= tool.oldest)
    }
}

fn search_path(place: &Place) -> OsString {
    let ours = place.tools().join("bin");
    let theirs = std::env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(ours).chain(std::env::split_paths(&theirs));
    // Only a folder with the separator in its name cannot be joined; the search path is as it was then.
    std::env::join_paths(all).unwrap_or(theirs)
}

fn install(place: &Place, tool: &Tool) -> Result<(), XtaskError> {
    println!("Installing {} {} into {}", tool.package, tool.pinned, place.tools().display());
    let step = Step::cargo()
        .args(["install", "--locked", "--version", tool.pinned, "--root"])
        .arg(place.tools())
        .arg(tool.package)
        .args(tool.features);
    shell::show(&QUICK_BUILD.iter().fold(step, |step, (name, value)| step.env(name, value)))
}
