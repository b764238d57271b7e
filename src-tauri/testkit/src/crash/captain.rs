//! A captain who does the next thing, whatever was killed before.

use super::chance::Chance;
use super::proof;
use super::proof::Said;
use crate::cli::Cli;
use crate::cli::Ended;
use crate::sample::Plan;
use crate::sample::Sample;
use serde_json::Value;
use serde_json::json;
use std::process::Child;
use std::thread;
use std::time::Duration;

/// Commands after which a release that did not end is a failure.
const COMMANDS_MAX: u32 = 600;
/// Of a hundred commands, those that are killed.
const KILLED_PERCENT: u64 = 45;
/// Longest life of a killed command in milliseconds: a forward step takes about a second.
const LIFE_MS_MAX: u64 = 1_200;
/// Life of a watch that is not killed by chance.
const WATCH: Duration = Duration::from_millis(2_500);
/// Names the wish to see every command.
const TRACE: &str = "SEAWORTHY_CRASH_TRACE";
/// The candidate that is broken on purpose.
const BROKEN: &str = "rc.1";

/// What a release went through.
#[derive(Clone, Copy, Debug, Default)]
pub struct Report {
    /// Commands given.
    pub commands: u32,
    /// Of these, killed.
    pub kills: u32,
    /// Times that an operation was found without outcome.
    pub unknown: u32,
    /// Different events that were acknowledged.
    pub acknowledged: usize,
    /// Changes at the platform.
    pub changes: usize,
}

/// One whole release with kills from `seed`: the first candidate breaks at its second stage and is rolled back, the
/// second one is closed.
///
/// # Errors
/// What was lost, doubled or damaged.
pub fn release(seed: u64) -> Result<Report, String> {
    let sample = Sample::new(&Plan::fast());
    let cli = sample.cli();
    let mut captain = Captain {
        sample: &sample,
        cli,
        chance: Chance::seeded(seed),
        said: Said::default(),
        report: Report::default(),
    };
    captain.go()?;
    captain.verify()?;
    captain.report.acknowledged = captain.said.count();
    captain.report.changes = sample.platform.log().len();
    Ok(captain.report)
}

struct Captain<'a> {
    sample: &'a Sample,
    cli: Cli,
    chance: Chance,
    said: Said,
    report: Report,
}

impl Captain<'_> {
    fn go(&mut self) -> Result<(), String> {
        let mut troubled = 0;
        while self.report.commands < COMMANDS_MAX {
            let status = self.cli.run(&["status"]);
            self.said.hear(&status.lines);
            let view = status.data().clone();
            if view["head"]["over"] == json!(true) {
                return Ok(());
            }
            if view["rollout"]["operation"].is_object() {
                self.report.unknown += 1;
            }
            // Answers that come late or never make the dangerous moments longer.
            if self.chance.hits(20) {
                let what =
                    ["deploy", "share", "rollback"][usize::try_from(self.chance.below(3)).unwrap_or(0)];
                let how = ["before", "after"][usize::try_from(self.chance.below(2)).unwrap_or(0)];
                let ms = u32::try_from(self.chance.below(800)).unwrap_or(0);
                self.sample.platform.trouble(what, how, ms);
                troubled += 1;
            }
            let words = next(&view);
            self.break_or_mend(&view);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let ended = self.give(&words)?;
            if ended.code == Some(6) {
                return Err(format!("{words:?}: {}", ended.errors));
            }
            if self.report.commands.is_multiple_of(10) {
                self.verify()?;
            }
        }
        let status = self.cli.run(&["status"]);
        Err(format!(
            "not closed after {COMMANDS_MAX} commands, {troubled} troubles: {:#}",
            status.data()["head"]
        ))
    }

    /// The first candidate fails from its second stage on, the next one is mended.
    fn break_or_mend(&self, view: &Value) {
        let position = view["head"]["position"].as_str().unwrap_or_default();
        if position == format!("{BROKEN}/stage:2") {
            self.sample.platform.afflict(&json!({ "errors_percent": 90 }));
        }
        if view["head"]["rolled_back"] == json!(true) {
            self.sample.platform.heal();
        }
    }

    /// Gives one command, and kills it by chance.
    fn give(&mut self, words: &[&str]) -> Result<Ended, String> {
        self.report.commands += 1;
        let watches = words.first() == Some(&"watch");
        let child = self.cli.start(words);
        let ended = if self.chance.hits(KILLED_PERCENT) {
            self.report.kills += 1;
            kill_after(child, Duration::from_millis(self.chance.below(LIFE_MS_MAX)))
        } else if watches {
            stop_after(child, WATCH)
        } else {
            Ended::read(&child.wait_with_output().map_err(|error| error.to_string())?)
        };
        if std::env::var_os(TRACE).is_some() {
            let why = ended.lines.last().map(|line| line["code"].clone()).unwrap_or_default();
            eprintln!("{} {words:?}: {:?} {why}", self.report.commands, ended.code);
        }
        self.said.hear(&ended.lines);
        Ok(ended)
    }

    /// Starts over and compares what is there with what was said and with what the platform did.
    fn verify(&mut self) -> Result<(), String> {
        let doctor = self.cli.run(&["doctor"]);
        if doctor.code != Some(0) {
            return Err(format!("the doctor says: {:#}{}", doctor.data(), doctor.errors));
        }
        let log = self.cli.run(&["log", "--limit", "1000"]);
        self.said.against(&log.lines)?;
        proof::once(&self.sample.platform.log())
    }
}

/// `kill -9`, with what was said until then.
fn kill_after(mut child: Child, life: Duration) -> Ended {
    thread::sleep(life);
    // It may have ended by itself, which is as good.
    let _ = child.kill();
    Ended::read(&child.wait_with_output().expect("a killed program ends"))
}

/// A watch is asked to end as Ctrl-C asks it.
fn stop_after(child: Child, life: Duration) -> Ended {
    thread::sleep(life);
    let _ = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    Ended::read(&child.wait_with_output().expect("a stopped program ends"))
}

/// The next command, as the release itself asks for it.
fn next(view: &Value) -> Vec<String> {
    let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let head = &view["head"];
    if !head.is_object() {
        return words("open 1.1.0");
    }
    if head["candidate"].is_string()
        && view["checks"].as_array().is_some_and(|all| all.iter().any(|c| c["approved"] == json!(false)))
    {
        return words("approve --all --yes");
    }
    let first = &view["acts"][0];
    let position = head["position"].as_str().unwrap_or_default();
    let confirmed = |line: &str| words(&format!("{line} --yes --expect {position}"));
    match first["kind"]["act"].as_str().unwrap_or_default() {
        "attest" => words(&format!("attest {}", first["kind"]["criterion"].as_str().unwrap_or_default())),
        "freeze" => words("freeze"),
        "candidate" => words("candidate"),
        "run_check" => words(&format!("check {}", first["kind"]["check"].as_str().unwrap_or_default())),
        "deploy" => {
            confirmed(&format!("deploy --env {}", first["kind"]["environment"].as_str().unwrap_or_default()))
        }
        "advance" => confirmed("advance"),
        "reconcile" => words("reconcile"),
        "lift" => words("hold --lift"),
        "close" => words("close"),
        _ => words("watch"),
    }
}
