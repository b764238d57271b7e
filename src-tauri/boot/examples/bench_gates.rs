//! A hundred checks that do nothing, as a release runs them: approved bytes compared, the tree looked at before and
//! after, start and end durable in the ledger, output kept as evidence. Held against a loop that only starts shells.
//!
//! `cargo xtask bench gates [--rounds N] [--checks N]`. Rounds alternate their order; the loop runs twice in each, and the
//! second is the null control: outside 0.95 to 1.05 nothing is judged.

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use seaworthy_boot::{Surroundings, open_in};
use seaworthy_clock::SystemClock;
use seaworthy_engine::Engine;
use seaworthy_ports::{Delivery, Notice, Notifier};
use seaworthy_wire::{Reply, Request, Which};
use tokio::sync::mpsc;

/// The whole against the loop. What it buys besides the shell has a price: see `docs/measurements.md`.
const CEILING: f64 = 1.5;

type Failure = Box<dyn std::error::Error + Send + Sync>;

struct Options {
    rounds: usize,
    checks: usize,
}

fn options() -> Result<Options, Failure> {
    let mut options = Options { rounds: 20, checks: 100 };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let number = words.next().and_then(|n| n.parse().ok()).filter(|n| *n > 0);
        match (word.as_str(), number) {
            ("--rounds", Some(number)) => options.rounds = number,
            ("--checks", Some(number)) => options.checks = number,
            _ => return Err("say --rounds N or --checks N, from 1 on".into()),
        }
    }
    Ok(options)
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time, nothing is decided by it")]
fn began() -> Instant {
    Instant::now()
}

/// Nobody is told anything by a check.
struct Silent;

#[async_trait::async_trait]
impl Notifier for Silent {
    async fn service(&self) -> Result<String, String> {
        Ok("nobody".to_owned())
    }

    async fn notify(&self, _: Notice) -> Delivery {
        Delivery::Shown
    }

    fn withdraw(&self, _: &str) {}
}

fn policy(checks: usize) -> String {
    let checks: String = (0..checks).map(|n| format!("[checks.noop-{n}]\nrun = \"true\"\n")).collect();
    format!(
        "[meta]\ntitle = \"Bench\"\nversion = \"1\"\n[project]\nid = \"0198b3a0-0000-7000-8000-000000000001\"\n\
         name = \"bench\"\n[roles]\ncaptain = \"Waits.\"\n[environments.production]\ntarget = \"web\"\n\
         [targets.web]\nkind = \"folder\"\nsource = \"dist\"\ndirectory = \"../web\"\n{checks}\
         [phase.all]\ntitle = \"All\"\n[gate.done]\nphase = \"all\"\nguards = \"close\"\n\
         criteria = [{{ id = \"live\", attest = \"It works\", subject = \"release\" }}]\n"
    )
}

fn git(folder: &Path, arguments: &[&str]) -> Result<(), Failure> {
    let names = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"];
    let done = Command::new("git").args(names).args(arguments).current_dir(folder).status()?;
    if done.success() { Ok(()) } else { Err(format!("git {arguments:?} failed").into()) }
}

/// A release that has a candidate, and every command of its policy approved.
struct Harbour {
    engine: Arc<Engine>,
    which: Which,
    names: Vec<String>,
}

impl Harbour {
    async fn open(dir: &Path, checks: usize) -> Result<Self, Failure> {
        let project = dir.join("project");
        std::fs::create_dir_all(project.join("dist"))?;
        std::fs::write(project.join("seaworthy.toml"), policy(checks))?;
        git(&project, &["init", "--quiet", "--initial-branch=main"])?;
        git(&project, &["add", "."])?;
        git(&project, &["commit", "--quiet", "--message=First"])?;
        let surroundings = Surroundings {
            clock: Arc::new(SystemClock),
            notifier: Arc::new(Silent),
            actor: "ada".to_owned(),
        };
        let engine = open_in(&dir.join("home"), surroundings).map_err(|fault| fault.to_string())?;
        let folder = project.to_string_lossy().into_owned();
        let which = Which { release: None, folder: Some(folder.clone()) };
        let names = (0..checks).map(|n| format!("noop-{n}")).collect();
        let harbour = Self { engine, which, names };
        harbour.ask(Request::Open { folder, version: "1.0.0".to_owned() }).await?;
        harbour.ask(Request::Freeze { which: harbour.which.clone() }).await?;
        harbour
            .ask(Request::Candidate { which: harbour.which.clone(), revision: None, again: false })
            .await?;
        if let Reply::Approvals(waiting) =
            harbour.ask(Request::Approvals { which: harbour.which.clone() }).await?
        {
            let digests = waiting.iter().map(|command| command.digest.clone()).collect();
            harbour.ask(Request::Approve { which: harbour.which.clone(), digests }).await?;
        }
        Ok(harbour)
    }

    async fn ask(&self, request: Request) -> Result<Reply, Failure> {
        let (pushes, _unread) = mpsc::channel(1);
        self.engine.call(request, pushes).await.map_err(|fault| fault.to_string().into())
    }

    async fn checks(&self) -> Result<Duration, Failure> {
        let start = began();
        self.ask(Request::Check { which: self.which.clone(), names: self.names.clone() }).await?;
        Ok(start.elapsed())
    }
}

fn shells(count: usize) -> Result<Duration, Failure> {
    let start = began();
    for _ in 0..count {
        let done = Command::new("sh").args(["-c", "true"]).stdin(Stdio::null()).output()?;
        if !done.status.success() {
            return Err("`true` is false".into());
        }
    }
    Ok(start.elapsed())
}

/// Median, first and third quartile of the ratios.
fn ratios(over: &[f64], under: &[f64]) -> (f64, f64, f64) {
    let mut figures: Vec<f64> = over.iter().zip(under).map(|(a, b)| a / b).collect();
    figures.sort_by(f64::total_cmp);
    let at = |share: f64| figures[((figures.len() - 1) as f64 * share).round() as usize];
    (at(0.5), at(0.25), at(0.75))
}

fn line(name: &str, (median, low, high): (f64, f64, f64), goal: &str) {
    println!("{name:<44} {median:>7.2}  ({low:.2} to {high:.2})  {goal}");
}

async fn run() -> Result<bool, Failure> {
    let Options { rounds, checks } = options()?;
    // Beside the build: a temporary folder may be in memory, where a sync costs nothing.
    let exe = std::env::current_exe()?;
    let dir = tempfile::tempdir_in(exe.parent().ok_or("no folder")?)?;
    let harbour = Harbour::open(dir.path(), checks).await?;
    let mut took = [Vec::new(), Vec::new(), Vec::new()];
    for round in 0..=rounds {
        for turn in 0..3 {
            let which = (round + turn) % 3;
            let time = if which == 2 { harbour.checks().await? } else { shells(checks)? };
            // Round 0 warms caches and files up.
            if round > 0 {
                took[which].push(time.as_secs_f64());
            }
        }
    }
    let [plain, again, ours] = took;
    let mean = plain.iter().sum::<f64>() / plain.len() as f64;
    println!(
        "{rounds} rounds of {checks} checks; the loop takes {:.2} ms a shell",
        mean * 1e3 / checks as f64
    );
    let (null, ratio) = (ratios(&again, &plain), ratios(&ours, &plain));
    line("shells again (null control)", null, "");
    line("checks of a release / shells", ratio, &format!("at most {CEILING}"));
    let calm = (0.95..=1.05).contains(&null.0);
    if !calm {
        println!("the null control is outside 0.95 to 1.05: too restless to judge");
    }
    harbour.engine.finish();
    Ok(!calm || ratio.0 <= CEILING)
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("bench failed: {failure}");
            ExitCode::FAILURE
        }
    }
}
