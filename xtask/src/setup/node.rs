//! Node.js and npm: looked for, never installed by us, because distributions differ too much; and what npm installs.

use std::path::{Path, PathBuf};

use semver::Version;

use crate::error::XtaskError;
use crate::setup::stamp::Stamp;
use crate::shell::{self, Step};

/// Oldest Node.js the interface's build tools run on.
const OLDEST: Version = Version::new(20, 19, 0);

/// What to do about Node.js; `None` when it is ready.
pub(super) fn missing() -> Option<String> {
    let node = shell::ask(&Step::new("node").args(["--version"]));
    let npm = shell::ask(&Step::npm().args(["--version"]));
    verdict(node.as_deref(), npm.as_deref())
}

/// `npm ci` in `folder`, unless the lock is the one that was installed.
pub(super) fn install(folder: &Path, what: &str) -> Result<(), XtaskError> {
    let stamp = Stamp::of(&[folder.join("package.json"), folder.join("package-lock.json")], &[])?;
    let kept = installed_stamp(folder);
    if stamp.is_kept_in(&kept) {
        return Ok(());
    }
    println!("Installing {what}");
    shell::show(&Step::npm().args(["ci", "--no-audit", "--no-fund"]).within(folder))?;
    stamp.keep_in(&kept)
}

/// What was installed last in `folder`.
pub(super) fn installed_stamp(folder: &Path) -> PathBuf {
    folder.join("node_modules/.seaworthy-installed")
}

fn verdict(node: Option<&str>, npm: Option<&str>) -> Option<String> {
    let advice = format!(
        "install Node.js {OLDEST} or newer with npm (https://nodejs.org/en/download; Debian 13 and Ubuntu 25.10 \
         carry a new enough `nodejs npm`), then start again"
    );
    match node {
        None => Some(format!("Node.js is missing: {advice}")),
        Some(text) => match version(text) {
            Some(found) if found < OLDEST => Some(format!("Node.js {found} is too old: {advice}")),
            None => Some(format!("`node --version` answered {:?}: {advice}", text.trim())),
            Some(_) if npm.is_none() => Some(format!("npm is missing: {advice}")),
            Some(_) => None,
        },
    }
}

/// The version in what a program prints about itself: `v20.19.2`, `cargo-deny 0.20.2 (x)`.
pub(crate) fn version(text: &str) -> Option<Version> {
    text.split_whitespace().find_map(|word| Version::parse(word.trim_start_matches('v')).ok())
}

#[cfg(test)]
mod tests {
    use super::{verdict, version};
    use semver::Version;

    #[test]
    fn versions_are_found_in_what_programs_print() {
        assert_eq!(version("v20.19.2\n"), Some(Version::new(20, 19, 2)));
        assert_eq!(version("cargo-nextest 0.9.143 (60fa45f63 2026-08-04)"), Some(Version::new(0, 9, 143)));
        assert_eq!(version("no such thing"), None);
    }

    #[test]
    fn numbers_are_compared_as_numbers() {
        assert_eq!(verdict(Some("v20.19.0"), Some("10.8.2")), None);
        assert_eq!(verdict(Some("v22.3.0"), Some("10.8.2")), None);
        for old in ["v20.9.0", "v18.20.4", "v9.99.99"] {
            let advice = verdict(Some(old), Some("9.2.0")).expect("too old");
            assert!(advice.contains("too old") && advice.contains("20.19.0"), "{advice}");
        }
    }

    #[test]
    fn absence_is_named() {
        assert!(verdict(None, None).expect("missing").starts_with("Node.js is missing"));
        assert!(verdict(Some("v24.0.0"), None).expect("missing").starts_with("npm is missing"));
        assert!(verdict(Some("hello"), Some("1")).expect("odd").contains("hello"));
    }
}
