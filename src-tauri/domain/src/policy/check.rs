//! Checks: what runs and yields evidence without changing production.

use super::signal::Metric;
use super::signal::MetricsService;
use seaworthy_rules::Comparison;
use seaworthy_rules::Period;
use seaworthy_rules::Quantity;
use std::path::PathBuf;

/// One entry of `[checks]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Name in the policy.
    pub name: String,
    /// Title for people; the name when none is given.
    pub title: String,
    /// What it does.
    pub kind: CheckKind,
    /// After this the run is stopped and fails.
    pub timeout: Period,
}

/// What a check does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckKind {
    /// Runs a command; exit status 0 passes.
    Command(CommandLine),
    /// Asks an address and compares the answer.
    Http(HttpProbe),
    /// Asks a metrics service about itself.
    Metrics(MetricsCheck),
}

/// What is asked of a metrics service about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MetricsCheck {
    /// Alerting rules exist, have the policy's limits and do not fire.
    Rules {
        /// Which service.
        service: MetricsService,
        /// At least one.
        alerts: Vec<Alert>,
    },
    /// What is scraped is up.
    Targets {
        /// Which service.
        service: MetricsService,
        /// Names of jobs; at least one, each with a target.
        jobs: Vec<String>,
    },
    /// Metrics of the policy have a valid sample that is fresh.
    Fresh {
        /// At least one, all of metrics services.
        metrics: Vec<Metric>,
    },
}

/// An alerting rule that must exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Its name at the service.
    pub name: String,
    /// The limit it must have.
    pub limit: Option<AlertLimit>,
}

/// The limit of a guardrail, as an alerting rule must have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertLimit {
    /// The guardrail.
    pub guardrail: String,
    /// How it compares.
    pub comparison: Comparison,
    /// Its limit in the unit of its metric, which is what the query answers in.
    pub limit: Quantity,
}

/// A command exactly as approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine {
    /// How it is started.
    pub program: Program,
    /// Working directory, relative to the repository.
    pub directory: PathBuf,
    /// Files whose content is part of the approval, relative to the repository.
    pub scripts: Vec<PathBuf>,
    /// Variables added to the allowed ones.
    pub env: Vec<(String, String)>,
    /// After this the whole process tree is stopped.
    pub timeout: Period,
}

/// How a command is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Program {
    /// Program and arguments, no shell.
    Argv(Vec<String>),
    /// One line for the system's shell.
    Shell(String),
}

impl std::fmt::Display for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Argv(argv) => {
                let quoted: Vec<String> = argv
                    .iter()
                    .map(|a| {
                        let plain = !a.is_empty()
                            && a.chars().all(|c| c.is_ascii_alphanumeric() || "-_./=:@%+,".contains(c));
                        if plain { a.clone() } else { format!("{a:?}") }
                    })
                    .collect();
                f.write_str(&quoted.join(" "))
            }
            Self::Shell(line) => f.write_str(line),
        }
    }
}

/// An HTTP check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpProbe {
    /// Path on the environment's address, or a whole address.
    pub url: String,
    /// Which environment `url` is relative to; a whole address needs none.
    pub environment: Option<String>,
    /// Expected status.
    pub status: u16,
    /// Text that the body must contain.
    pub body_contains: Option<String>,
    /// The answer must be complete within this.
    pub latency_below: Option<Period>,
}
