//! A captain who does the next thing, whatever was killed before.

use super::chance::Chance;
use super::proof::Said;
use super::world::World;
use crate::cli::Cli;
use crate::cli::Ended;
use serde_json::Value;
use serde_json::json;
use std::fs::File;
use std::path::PathBuf;
use std::process::Child;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

/// Commands after which a release that did not end is a failure.
const COMMANDS_MAX: u32 = 600;
/// Of a hundred commands, those that are killed.
const KILLED_PERCENT: u64 = 45;
/// Between two looks at a release that needs nothing but time.
const WAIT: Duration = Duration::from_millis(300);
/// Names the wish to see every command.
const TRACE: &str = "SEAWORTHY_CRASH_TRACE";

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
    /// Changes at the target.
    pub changes: usize,
}

/// One whole release in `world` with kills from `seed`.
pub(super) fn release(world: &dyn World, seed: u64) -> Result<Report, String> {
    let mut captain = Captain {
        world,
        cli: world.cli(),
        chance: Chance::seeded(seed),
        said: Said::default(),
        report: Report::default(),
        watch: None,
    };
    let gone = captain.go();
    captain.end_watch();
    gone?;
    captain.verify()?;
    captain.report.acknowledged = captain.said.count();
    captain.report.changes = world.changes();
    Ok(captain.report)
}

struct Captain<'a> {
    world: &'a dyn World,
    cli: Cli,
    chance: Chance,
    said: Said,
    report: Report,
    /// Whoever watches, and the file of what it says.
    watch: Option<(Child, PathBuf)>,
}

impl Captain<'_> {
    fn go(&mut self) -> Result<(), String> {
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
            self.world.trouble(&mut self.chance);
            let words = next(&view);
            self.world.break_or_mend(&view);
            self.keep_watch(&view);
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
        Err(format!("not closed after {COMMANDS_MAX} commands: {:#}", status.data()["head"]))
    }

    /// Somebody watches while production has the candidate, and dies of it now and then.
    fn keep_watch(&mut self, view: &Value) {
        let ended = self.watch.as_mut().is_some_and(|(child, _)| !matches!(child.try_wait(), Ok(None)));
        let killed = self.watch.is_some() && self.chance.hits(self.world.risk().watch_killed_percent);
        self.report.kills += u32::from(killed && !ended);
        if ended || killed {
            self.end_watch();
        }
        let exposed = ["rolling out", "hypercare"].iter().any(|word| view["head"]["lifecycle"] == *word);
        if exposed && self.watch.is_none() {
            let file = self.world.beside(&format!("watch-{}.jsonl", self.report.commands));
            let out = File::create(&file).expect("the file can be made");
            let mut command = self.cli.command(&["--json", "watch"]);
            let child = command.stdout(out).stderr(Stdio::null()).spawn().expect("seaworthy starts");
            self.watch = Some((child, file));
        }
    }

    /// `kill -9`, and what it said until then.
    fn end_watch(&mut self) {
        let Some((mut child, file)) = self.watch.take() else { return };
        let _ = child.kill();
        let _ = child.wait();
        let said = std::fs::read_to_string(file).unwrap_or_default();
        let lines: Vec<_> = said.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        self.said.hear(&lines);
    }

    /// Gives one command, and kills it by chance.
    fn give(&mut self, words: &[&str]) -> Result<Ended, String> {
        self.report.commands += 1;
        if words == ["watch"] {
            thread::sleep(WAIT);
            return Ok(Ended { code: None, lines: Vec::new(), errors: String::new() });
        }
        let child = self.cli.start(words);
        let ended = if self.chance.hits(KILLED_PERCENT) {
            self.report.kills += 1;
            kill_after(child, Duration::from_millis(self.chance.below(self.world.risk().life_ms_max)))
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
        let mut doctor = self.cli.run(&["doctor"]);
        // Whoever watched may have ended between being found and being asked.
        if doctor.data()["code"] == json!("outside") {
            doctor = self.cli.run(&["doctor"]);
        }
        if doctor.code != Some(0) {
            return Err(format!("the doctor says: {:#}{}", doctor.data(), doctor.errors));
        }
        let log = self.cli.run(&["log", "--limit", "1000"]);
        self.said.against(&log.lines)?;
        let events: Vec<_> = log.lines.into_iter().map(|line| line["data"].clone()).collect();
        self.world.proof(&events)
    }
}

/// `kill -9`, with what was said until then.
fn kill_after(mut child: Child, life: Duration) -> Ended {
    thread::sleep(life);
    // It may have ended by itself, which is as good.
    let _ = child.kill();
    Ended::read(&child.wait_with_output().expect("a killed program ends"))
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
        // What broke is the world here, not the commit.
        "candidate" => words("candidate --again"),
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
