//! The real program on a real clock: one release with `--json`, two processes at once, and a kill in the middle.

use seaworthy_testkit::Cli;
use seaworthy_testkit::Ended;
use seaworthy_testkit::FIRST;
use seaworthy_testkit::Plan;
use seaworthy_testkit::Sample;
use seaworthy_testkit::eventually;
use serde_json::Value;
use serde_json::json;
use std::io::BufRead;
use std::io::BufReader;
use std::process::Child;
use std::process::Stdio;

/// Done with every command until staging and its proof.
fn stage(sample: &Sample) -> Cli {
    let cli = sample.cli();
    let position = cli.run(&["open", "1.1.0"]).ok(0)["head"]["position"].clone();
    assert_eq!(position, "1.1.0/planning");
    cli.run(&["attest", "scope/goal", "--note", "Right tides"]).ok(0);
    cli.run(&["freeze"]).ok(0);
    cli.run(&["candidate"]).ok(0);
    let unapproved = cli.run(&["check"]);
    assert_eq!(unapproved.code, Some(4), "{}", unapproved.errors);
    cli.run(&["approve", "--all", "--yes"]).ok(0);
    let checked = cli.run(&["check"]);
    checked.ok(0);
    assert!(checked.lines.iter().any(|line| line["schema"] == "seaworthy/output/1"));
    cli.forward(&["deploy", "--env", "staging"]).ok(0);
    cli.run(&["check"]).ok(0);
    cli.run(&["attest", "support"]).ok(0);
    cli
}

/// A running `seaworthy watch` whose lines can be read.
struct Watch {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Watch {
    fn start(cli: &Cli) -> Self {
        let mut child = cli.command(&["--json", "watch"]).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    /// Reads on until a line of a release satisfies `done`.
    fn until(&mut self, what: &str, done: impl Fn(&Value) -> bool) -> Value {
        let mut line = String::new();
        loop {
            line.clear();
            assert!(self.lines.read_line(&mut line).unwrap() > 0, "the watch ended before {what}");
            let said: Value = serde_json::from_str(&line).unwrap();
            if said["schema"] == "seaworthy/release/1" && done(&said["data"]) {
                return said["data"].clone();
            }
        }
    }

    fn end(mut self) -> Option<i32> {
        // The rest is read, so that nobody waits for a reader.
        let mut rest = String::new();
        let _ = std::io::Read::read_to_string(&mut self.lines, &mut rest);
        self.child.wait().unwrap().code()
    }

    fn stop(mut self) {
        // A reader that went away holds nobody up.
        drop(self.lines);
        std::process::Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        self.child.wait().unwrap();
    }
}

fn decided(view: &Value) -> bool {
    view["rollout"]["decision"]["state"] == "pass"
}

#[test]
fn a_release_in_the_terminal_is_rolled_back_repeated_and_closed() {
    let sample = Sample::new(&Plan::fast());
    let cli = stage(&sample);
    cli.forward(&["deploy"]).ok(0);
    cli.forward(&["advance"]).ok(0);
    let unsure = cli.run(&["advance", "--yes", "--expect", "1.1.0/rc.1/stage:7"]);
    assert_eq!(unsure.code, Some(1), "the soak is asked for first: {}", unsure.errors);

    sample.platform.afflict(&json!({ "errors_percent": 90 }));
    let mut watch = Watch::start(&cli);
    watch.until("the rollback", |view| view["head"]["rolled_back"] == true);
    assert_eq!(watch.end(), Some(7));
    assert!(sample.platform.shares("production").contains(&(FIRST.to_owned(), 100)));

    sample.platform.heal();
    sample.fix();
    cli.run(&["candidate"]).ok(0);
    cli.run(&["check"]).ok(0);
    cli.forward(&["deploy", "--env", "staging"]).ok(0);
    cli.run(&["check"]).ok(0);
    cli.forward(&["deploy"]).ok(0);
    cli.forward(&["advance"]).ok(0);
    for _ in ["few", "quarter"] {
        let mut watch = Watch::start(&cli);
        watch.until("the soak", decided);
        // The watch holds the lock; this goes through its door.
        cli.forward(&["advance"]).ok(0);
        watch.stop();
    }
    let mut watch = Watch::start(&cli);
    watch.until("the watch", |view| view["rollout"]["watches"][0]["state"] == "pass");
    cli.run(&["check", "production-well"]).ok(0);
    cli.run(&["attest", "lessons"]).ok(0);
    assert_eq!(cli.run(&["close", "--summary", "Tides are right"]).ok(0)["head"]["lifecycle"], "closed");
    assert_eq!(watch.end(), Some(0));
    let report = sample.beside("report.html");
    cli.run(&["report", "--out", &report.to_string_lossy()]).ok(0);
    assert!(std::fs::read_to_string(report).unwrap().contains("Tides are right"));
    cli.run(&["doctor"]).ok(0);
}

#[test]
fn a_deploy_before_its_gate_exits_1_and_names_each_missing_criterion() {
    let sample = Sample::new(&Plan::fast());
    let cli = sample.cli();
    for words in [&["open", "1.1.0"][..], &["attest", "goal"], &["freeze"], &["candidate"]] {
        cli.run(words).ok(0);
    }
    let early = cli.run(&["deploy", "--yes", "--expect", "1.1.0/rc.1/placed:0"]);
    assert_eq!(early.code, Some(1));
    let missing = early.data()["missing"].as_array().unwrap();
    let named: Vec<_> = missing.iter().map(|fact| fact["name"].as_str().unwrap()).collect();
    assert_eq!(named, ["go-live/staged", "go-live/staging", "go-live/support"]);
    let output = cli.command(&["deploy", "--yes", "--expect", "1.1.0/rc.1/placed:0"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    for name in named {
        assert!(said.contains(name), "{said}");
    }
    assert!(sample.platform.log().is_empty());
}

/// Starts a forward step and kills it with `kill -9` once `begun`.
fn killed(cli: &Cli, words: &[&str], begun: impl FnMut() -> Option<()>) -> Ended {
    let mut child = cli.start(words);
    eventually("the step to begin", begun);
    child.kill().unwrap();
    Ended::read(&child.wait_with_output().unwrap())
}

#[test]
fn killed_in_the_middle_of_a_deploy_it_is_unknown_until_a_look() {
    let sample = Sample::new(&Plan::fast());
    let cli = stage(&sample);
    let before = sample.platform.log().len();
    sample.platform.trouble("deploy", "after", 60_000);
    let ended = killed(&cli, &["deploy", "--yes", "--expect", "1.1.0/rc.1/placed:1"], || {
        (sample.platform.log().len() > before).then_some(())
    });
    assert_eq!(ended.code, None);

    let status = cli.run(&["status"]);
    assert_eq!(status.code, Some(3));
    assert_eq!(status.data()["rollout"]["operation"]["state"], "unknown");
    let refused = cli.run(&["deploy", "--yes", "--expect", "1.1.0/rc.1/placed:1"]);
    assert_eq!(refused.code, Some(3), "{}", refused.errors);
    // Only a look leaves that state: one that fails does not.
    sample.platform.trouble("observe", "refuse", 0);
    assert_eq!(cli.run(&["reconcile"]).code, Some(3));
    let view = cli.run(&["reconcile"]);
    assert_eq!(view.ok(0)["head"]["position"], "1.1.0/rc.1/placed:2");
    assert_eq!(sample.platform.log().len(), before + 1, "nothing was sent again");
}

/// Whether a process is there and has not ended.
fn lives(pid: &str) -> bool {
    // What waits for its status has no command line any more.
    std::fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| !line.is_empty())
}

#[test]
fn a_check_of_a_killed_program_is_ended_at_the_next_start_and_has_not_passed() {
    let slow = "run = \"echo $$ > ../lint.pid; exec sleep 600\"";
    let sample = Sample::new(&Plan::fast().edit("run = \"npm run lint\"", slow));
    let cli = sample.cli();
    for words in [&["open", "1.1.0"][..], &["attest", "goal"], &["freeze"], &["candidate"]] {
        cli.run(words).ok(0);
    }
    cli.run(&["approve", "--all", "--yes"]).ok(0);
    let written =
        || std::fs::read_to_string(sample.beside("lint.pid")).ok().filter(|pid| pid.ends_with('\n'));
    killed(&cli, &["check", "lint"], || written().map(drop));
    let pid = written().unwrap().trim().to_owned();
    assert!(lives(&pid), "a kill cannot be caught");
    let status = cli.run(&["status"]);
    let checks = status.ok(1)["checks"].as_array().unwrap();
    let lint = checks.iter().find(|check| check["name"] == "lint").unwrap();
    assert_ne!(lint["state"], "pass");
    assert_eq!(lint["summary"], "the program ended while it ran");
    eventually("the check to be ended", || (!lives(&pid)).then_some(()));
}

#[test]
fn killed_before_anything_happened_a_look_ends_what_was_left_running() {
    let sample = Sample::new(&Plan::fast());
    let cli = stage(&sample);
    let before = sample.platform.log();
    sample.platform.trouble("deploy", "before", 4_000);
    killed(&cli, &["deploy", "--yes", "--expect", "1.1.0/rc.1/placed:1"], || {
        (sample.platform.pending() > 0).then_some(())
    });
    cli.run(&["reconcile"]).ok(0);
    eventually("the platform to give the dead call up", || (sample.platform.pending() == 0).then_some(()));
    assert_eq!(sample.platform.log(), before, "nothing took effect after the look");
    cli.forward(&["deploy"]).ok(0);
    assert_eq!(sample.platform.log().len(), before.len() + 1);
}

#[test]
fn a_hold_from_a_second_process_shows_in_the_watch() {
    let sample = Sample::new(&Plan::fast());
    let cli = stage(&sample);
    cli.forward(&["deploy"]).ok(0);
    cli.forward(&["advance"]).ok(0);
    let mut watch = Watch::start(&cli);
    watch.until("the first view", |_| true);
    cli.run(&["hold", "--reason", "Support is flooded"]).ok(0);
    let view = watch.until("the hold", |view| view["head"]["hold"].is_object());
    assert_eq!(view["head"]["hold"]["reason"], "Support is flooded");
    assert_eq!(cli.run(&["rollback", "--reason", "Enough"]).ok(0)["head"]["rolled_back"], true);
    assert_eq!(watch.end(), Some(7));
}
