//! System packages: which are needed, which are missing, and the command that brings them.

use std::collections::BTreeSet;

use crate::setup::Needs;
use crate::setup::system::System;
use crate::shell::{self, Step};

/// Compiles and links Rust and SQLite; git carries the projects that are released.
const BASE: &[&str] = &["build-essential", "git", "pkg-config"];
/// The web view and what the window's libraries link against.
const WINDOW: &[&str] = &["libdbus-1-dev", "libwebkit2gtk-4.1-dev"];
/// A private session bus with a notification service, and a metrics service.
const TESTS: &[&str] = &["dbus", "dunst", "prometheus", "xauth", "xvfb"];
/// The driver of the real window, and a font for its screenshots.
const WINDOW_TESTS: &[&str] = &["fonts-dejavu-core", "webkit2gtk-driver"];
/// Another installation may be running.
const LOCK_TIMEOUT: &str = "DPkg::Lock::Timeout=300";

/// What is missing and how it comes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Missing {
    pub(super) names: Vec<String>,
    /// As a person types it.
    pub(super) command: String,
    pub(super) steps: Vec<Step>,
}

/// What the system lacks for `needs`; `None` when it is ready.
pub(super) fn missing(system: &System, needs: Needs) -> Option<Missing> {
    match system {
        System::Debian => on_debian(needs),
        System::Mac => {
            let ready = shell::ask(&Step::new("xcode-select").args(["-p"])).is_some();
            (!ready).then(|| named("the Xcode command line tools", "xcode-select --install"))
        }
        // The compiler came with Rust's own installer and the web view with Windows.
        System::Windows => None,
        System::Fedora | System::Arch | System::OtherLinux => {
            let question = Step::new("pkg-config").args(["--exists", "webkit2gtk-4.1", "dbus-1"]);
            let ready = !needs.window || shell::ask(&question).is_some();
            (!ready).then(|| on_other_linux(*system))
        }
    }
}

fn on_other_linux(system: System) -> Missing {
    let what = "a C compiler, pkg-config, git, and the development files of WebKitGTK 4.1 and D-Bus";
    named(
        what,
        match system {
            System::Fedora => "sudo dnf install gcc git pkgconf-pkg-config webkit2gtk4.1-devel dbus-devel",
            System::Arch => "sudo pacman -S --needed base-devel git webkit2gtk-4.1 dbus",
            _ => "install them with your package manager (tried on Debian 12 only)",
        },
    )
}

fn named(what: &str, command: &str) -> Missing {
    Missing { names: vec![what.to_owned()], command: command.to_owned(), steps: Vec::new() }
}

fn on_debian(needs: Needs) -> Option<Missing> {
    let wanted = wanted(needs);
    let question = Step::new("dpkg-query").args(["-W", "-f=${Package}\t${db:Status-Abbrev}\n"]).args(&wanted);
    let answer = shell::answer(&question);
    let present = installed(&answer);
    let names: Vec<String> =
        wanted.iter().filter(|name| !present.contains(**name)).map(|name| (*name).to_owned()).collect();
    if names.is_empty() {
        return None;
    }
    let root = shell::ask(&Step::new("id").args(["-u"])).is_some_and(|id| id.trim() == "0");
    let steps = apt_steps(&names, root);
    let command = steps.iter().map(Step::line).collect::<Vec<_>>().join(" && ");
    Some(Missing { names, command, steps })
}

fn wanted(needs: Needs) -> Vec<&'static str> {
    let mut all = BASE.to_vec();
    if needs.window {
        all.extend(WINDOW);
    }
    if needs.tests {
        all.extend(TESTS);
    }
    if needs.window && needs.tests {
        all.extend(WINDOW_TESTS);
    }
    all
}

/// Names that dpkg reports as fully installed (`ii`), from lines of name, tab, state.
fn installed(answer: &str) -> BTreeSet<&str> {
    let lines = answer.lines().filter_map(|line| line.split_once('\t'));
    lines.filter(|(_, state)| state.starts_with("ii")).map(|(name, _)| name).collect()
}

fn apt_steps(names: &[String], root: bool) -> Vec<Step> {
    let apt = || {
        let quiet = ["DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", LOCK_TIMEOUT];
        if root { Step::new("env").args(quiet) } else { Step::new("sudo").arg("env").args(quiet) }
    };
    let install = apt().args(["install", "--yes", "--no-install-recommends"]).args(names);
    vec![apt().arg("update"), install]
}

#[cfg(test)]
mod tests {
    use super::{System, apt_steps, installed, on_other_linux, wanted};
    use crate::setup::Needs;

    #[test]
    fn only_fully_installed_packages_count() {
        let answer = "git\tii \nxvfb\trc \ndunst\tun \nlibc6\tii \nlibc6\tii \nhalf\tiU \nnoise\n";
        assert_eq!(installed(answer).into_iter().collect::<Vec<_>>(), ["git", "libc6"]);
    }

    #[test]
    fn light_tests_do_not_ask_for_the_web_view() {
        let light = wanted(Needs { interface: false, window: false, tests: true });
        assert!(light.contains(&"dunst") && !light.iter().any(|name| name.contains("webkit")));
        let run = wanted(Needs { interface: true, window: true, tests: false });
        assert!(run.contains(&"libwebkit2gtk-4.1-dev") && !run.contains(&"xvfb"));
    }

    #[test]
    fn root_needs_no_sudo() {
        let lines =
            |root| apt_steps(&["git".into()], root).iter().map(|step| step.line()).collect::<Vec<_>>();
        assert_eq!(
            lines(true),
            [
                "env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 update",
                "env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install --yes \
                 --no-install-recommends git",
            ]
        );
        assert!(lines(false).iter().all(|line| line.starts_with("sudo env ")));
    }

    #[test]
    fn other_systems_get_a_command_but_nothing_is_run_for_them() {
        let missing = on_other_linux(System::Fedora);
        assert!(missing.command.starts_with("sudo dnf install") && missing.steps.is_empty());
    }
}
