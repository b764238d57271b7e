//! What a practice provider begins with.

use chrono::TimeDelta;
use std::collections::BTreeMap;

/// Everything that can be chosen when a practice provider starts.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The same seed makes the same identifiers and fails the same requests of visitors.
    pub seed: u64,
    /// What the team pays for.
    pub plan: Plan,
    /// How builds and alias jobs get on.
    pub pace: Pace,
    /// The projects of the team.
    pub projects: Vec<ProjectSetup>,
}

impl Setup {
    /// One project without rolling releases, on the plan `Pro`, at the speed of the clock.
    #[must_use]
    pub fn one(seed: u64, project: ProjectSetup) -> Self {
        Self { seed, plan: Plan::Pro, pace: Pace::default(), projects: vec![project] }
    }
}

/// What the team pays for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Production can go back to the deployment before this one only; no rolling releases.
    Hobby,
    /// Everything is allowed.
    Pro,
}

/// How builds and alias jobs get on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// They take this long by the clock that the provider was given.
    Clock {
        /// Time a deployment waits for its build.
        queued: TimeDelta,
        /// Time a build takes.
        building: TimeDelta,
        /// Time an alias job takes; half of it before the first domain moves.
        job: TimeDelta,
    },
    /// Each read of the provider takes everything that is under way one phase further. For a clock that stands still
    /// while an answer is awaited.
    Reads,
}

impl Default for Pace {
    fn default() -> Self {
        Self::Clock {
            queued: TimeDelta::seconds(2),
            building: TimeDelta::seconds(20),
            job: TimeDelta::seconds(4),
        }
    }
}

/// One project and the deployment that serves it at the beginning.
#[derive(Clone, Debug)]
pub struct ProjectSetup {
    /// Name.
    pub name: String,
    /// Production domains; the first is the main one.
    pub domains: Vec<String>,
    /// Stages in percent with their length in minutes, the last at 100; `None` is a project without rolling releases.
    pub rolling: Option<Vec<(f64, Option<f64>)>>,
    /// Whether stages end by themselves when their length is over.
    pub automatic: bool,
    /// Commit of the first deployment.
    pub first_commit: String,
    /// More `meta` of the first deployment.
    pub first_meta: BTreeMap<String, String>,
    /// Environment variables.
    pub variables: Vec<Variable>,
}

impl ProjectSetup {
    /// A project with two production domains and nothing else.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            domains: vec![format!("{name}.example"), format!("www.{name}.example")],
            rolling: None,
            automatic: false,
            first_commit: "0000000000000000000000000000000000000000".to_owned(),
            first_meta: BTreeMap::new(),
            variables: Vec::new(),
        }
    }

    /// The same with rolling releases whose stages need approval.
    #[must_use]
    pub fn rolling(mut self, stages: &[f64]) -> Self {
        self.rolling = Some(stages.iter().map(|share| (*share, None)).collect());
        self
    }
}

/// An environment variable of a project. It has a value only so that a test can see that nobody keeps it.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Name.
    pub key: String,
    /// `system`, `plain`, `encrypted`, `sensitive` or `secret`. Sensitive values never come back.
    pub kind: &'static str,
    /// Value.
    pub value: String,
    /// Where it is set: `production`, `preview`, `development`.
    pub target: Vec<String>,
}

/// What the next alias job does instead of finishing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartialJob {
    /// It moves this many domains, then fails.
    Fails {
        /// Domains that do move.
        moved: usize,
    },
    /// It moves this many domains and never says more.
    Hangs {
        /// Domains that do move.
        moved: usize,
    },
}
