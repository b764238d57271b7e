//! What a breach says on the desktop: read back from a real notification service, and why it was not said without one.

use seaworthy_testkit::Cli;
use seaworthy_testkit::Ended;
use seaworthy_testkit::FIRST;
use seaworthy_testkit::PRIVATE_BUS;
use seaworthy_testkit::Plan;
use seaworthy_testkit::Sample;
use seaworthy_testkit::missing;
use serde_json::Value;
use serde_json::json;
use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

/// Where a session's bus is found.
const BUS: &str = "DBUS_SESSION_BUS_ADDRESS";
/// What a session needs.
const PROGRAMS: [&str; 5] = ["xvfb-run", "dbus-run-session", "dunst", "dunstctl", "gdbus"];
/// Says where the bus is once the service answers, and ends with its input.
const SESSION: &str = "dunst -conf dunstrc & daemon=$!; trap 'kill $daemon' EXIT; \
     gdbus wait --session --timeout 60 org.freedesktop.Notifications || exit 70; \
     echo \"$DBUS_SESSION_BUS_ADDRESS\"; cat >/dev/null";
const NOTICE: &str = "Rolling back tide-tables 1.1.0";

/// A display, a bus and a notification service of their own.
struct Session {
    child: Child,
    address: String,
    _folder: tempfile::TempDir,
}

impl Session {
    /// Starts one; nothing where a program is missing.
    fn start() -> Option<Self> {
        if missing(&PROGRAMS) {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("bus.conf"), PRIVATE_BUS).unwrap();
        fs::write(folder.path().join("dunstrc"), "[global]\nhistory_length = 100\n").unwrap();
        let mut child = Command::new("xvfb-run")
            .args(["-a", "dbus-run-session", "--config-file", "bus.conf", "--", "sh", "-c", SESSION])
            .current_dir(folder.path())
            .env_remove(BUS)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        let address = address.trim().to_owned();
        assert!(!address.is_empty(), "the notification service did not start");
        Some(Self { child, address, _folder: folder })
    }

    /// What the service showed, newest first.
    fn shown(&self) -> Vec<Value> {
        self.ask("close-all");
        let history: Value = serde_json::from_str(&self.ask("history")).unwrap();
        history["data"][0].as_array().unwrap().clone()
    }

    fn ask(&self, what: &str) -> String {
        let answer = Command::new("dunstctl").arg(what).env(BUS, &self.address).output().unwrap();
        assert!(answer.status.success(), "{answer:?}");
        String::from_utf8(answer.stdout).unwrap()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // It ended already, or ends now that nobody writes to it.
        let _ = self.child.wait();
    }
}

/// The first share in production, where nine answers of ten are errors.
fn breaking() -> (Sample, Cli) {
    let sample = Sample::new(&Plan::fast());
    let cli = sample.cli();
    for words in [
        &["open", "1.1.0"][..],
        &["attest", "scope/goal"],
        &["freeze"],
        &["candidate"],
        &["approve", "--all", "--yes"],
        &["check"],
    ] {
        cli.run(words).ok(0);
    }
    cli.forward(&["deploy", "--env", "staging"]).ok(0);
    cli.run(&["check"]).ok(0);
    cli.run(&["attest", "support"]).ok(0);
    cli.forward(&["deploy"]).ok(0);
    cli.forward(&["advance"]).ok(0);
    sample.platform.afflict(&json!({ "errors_percent": 90 }));
    (sample, cli)
}

/// Watches on the bus at `address` until everything went back, and gives what the ledger says.
fn watched(sample: &Sample, cli: &Cli, address: &str) -> String {
    let output = cli.command(&["--json", "watch"]).env(BUS, address).output().unwrap();
    let ended = Ended::read(&output);
    assert_eq!(ended.code, Some(7), "{}", ended.errors);
    assert!(sample.platform.shares("production").contains(&(FIRST.to_owned(), 100)));
    let log = cli.run(&["log"]);
    log.ok(0);
    log.lines.iter().map(Value::to_string).collect()
}

#[test]
fn a_breach_is_read_back_from_the_notification_service() {
    let Some(session) = Session::start() else { return };
    let (sample, cli) = breaking();
    let log = watched(&sample, &cli, &session.address);
    assert!(log.contains(&format!("Notified: {NOTICE}")), "{log}");
    assert!(!log.contains("Could not notify"), "{log}");
    let shown = session.shown();
    let notice = shown.iter().find(|notice| notice["summary"]["data"] == NOTICE);
    let notice = notice.unwrap_or_else(|| panic!("not shown: {shown:#?}"));
    assert_eq!(notice["appname"]["data"], "Seaworthy");
    assert!(notice["body"]["data"].as_str().unwrap().contains("error_rate"), "{notice:#}");
}

#[test]
fn without_a_bus_the_ledger_says_why_and_the_rollback_happens() {
    let (sample, cli) = breaking();
    let nobody = format!("unix:path={}", sample.beside("no-bus").display());
    let log = watched(&sample, &cli, &nobody);
    let mut told = log.split("Could not notify (").skip(1).filter_map(|said| said.split_once("): "));
    let found = told.find(|(_, what)| what.starts_with(NOTICE));
    let (why, _) = found.unwrap_or_else(|| panic!("{log}"));
    assert!(!why.trim().is_empty(), "{log}");
    let status = cli.run(&["status"]).lines.remove(0);
    let unheard = status["data"]["notices"]["unheard"].as_array().unwrap();
    assert!(unheard.iter().any(|one| one["title"] == NOTICE), "{unheard:?}");
}
