//! What a project asks of its releases, as parsed and checked. The file format and its errors live in the `policy`
//! room; here every name is resolved and every figure has a unit.

mod check;
mod connection;
mod gate;
mod query;
mod rollout;
mod signal;
mod vercel;

pub use check::Alert;
pub use check::AlertLimit;
pub use check::Check;
pub use check::CheckKind;
pub use check::CommandLine;
pub use check::HttpProbe;
pub use check::MetricsCheck;
pub use check::Program;
pub use connection::Auth;
pub use connection::Connection;
pub use connection::Origin;
pub use connection::OriginError;
pub use connection::Service;
pub use gate::Criterion;
pub use gate::CriterionKind;
pub use gate::Gate;
pub use gate::Holds;
pub use gate::Phase;
pub use gate::Subject;
pub use gate::Transition;
pub use gate::TransitionError;
pub use query::CandidateFacts;
pub use query::Fact;
pub use query::QUERY_BYTES_MAX;
pub use query::Query;
pub use query::QueryError;
pub use rollout::Anchor;
pub use rollout::Coverage;
pub use rollout::Guardrail;
pub use rollout::NeededFor;
pub use rollout::OnNoData;
pub use rollout::Rollout;
pub use rollout::Soak;
pub use rollout::Stage;
pub use rollout::Then;
pub use rollout::Watch;
pub use signal::Asked;
pub use signal::Backfill;
pub use signal::CandidateRoute;
pub use signal::DeploymentLabel;
pub use signal::Identity;
pub use signal::Metric;
pub use signal::MetricsService;
pub use signal::Probe;
pub use signal::ProbeReading;
pub use signal::Source;
pub use signal::VersionFrom;
pub use vercel::GitHost;
pub use vercel::GitSource;
pub use vercel::VercelSource;
pub use vercel::VercelTarget;

use crate::ids::ProjectId;
use crate::release::Deployment;
use seaworthy_rules::Period;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// One policy file, whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Title and version people know it by.
    pub meta: Meta,
    /// Which project it is for.
    pub project: Project,
    /// Roles by name.
    pub roles: BTreeMap<String, Role>,
    /// Environments by name.
    pub environments: BTreeMap<String, Environment>,
    /// Services that ask for a token, by name.
    pub connections: BTreeMap<String, Connection>,
    /// Deploy targets by name.
    pub targets: BTreeMap<String, Target>,
    /// The built-in HTTP prober, where one is configured.
    pub probe: Option<Probe>,
    /// Metrics by name.
    pub metrics: BTreeMap<String, Metric>,
    /// Checks by name.
    pub checks: BTreeMap<String, Check>,
    /// Phases in the order of the file.
    pub phases: Vec<Phase>,
    /// Gates in the order of the file.
    pub gates: Vec<Gate>,
    /// How production traffic moves.
    pub rollout: Rollout,
    /// Guardrails in the order of the file.
    pub guardrails: Vec<Guardrail>,
    /// Watches in the order of the file.
    pub watches: Vec<Watch>,
}

/// `[meta]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meta {
    /// Title of the process.
    pub title: String,
    /// Version of the process, free text.
    pub version: String,
}

/// `[project]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Random identity, made by `init`.
    pub id: ProjectId,
    /// Name for people.
    pub name: String,
    /// Folder of the repository, relative to the policy file.
    pub repository: PathBuf,
}

/// One entry of `[roles]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Role {
    /// What this role answers for, in one sentence.
    pub duties: String,
}

/// One entry of `[environments]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// Whether this is the place users are in.
    pub kind: EnvironmentKind,
    /// Which target places deployments here.
    pub target: String,
    /// Base address, without a trailing slash.
    pub url: Option<String>,
}

/// What an environment is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnvironmentKind {
    /// A place to try a candidate; takes it whole, without a ladder.
    Staging,
    /// Where users are; exactly one.
    Production,
}

/// One entry of `[targets]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A folder of releases with a `current` switch.
    Folder(FolderTarget),
    /// Commands of the project.
    Command(Box<CommandTarget>),
    /// A project at Vercel.
    Vercel(Box<VercelTarget>),
    /// The rehearsal's own service; never written in a policy file.
    Practice,
}

impl Target {
    /// Whether a deploy takes what lies in the working tree, or runs what lies there, so that the tree has to be the
    /// candidate's.
    #[must_use]
    pub fn takes_the_tree(&self) -> bool {
        match self {
            Self::Folder(_) | Self::Command(_) => true,
            Self::Vercel(target) => matches!(target.source, VercelSource::Upload(_)),
            Self::Practice => false,
        }
    }
}

/// Places a build folder as a release folder and switches a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderTarget {
    /// What is copied, relative to the repository.
    pub source: PathBuf,
    /// Where `releases/` and `current` live; relative to the repository or absolute.
    pub directory: PathBuf,
    /// How many earlier releases stay on disk.
    pub keep: u32,
}

/// Lets the project's own commands deploy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandTarget {
    /// Places the candidate at share 0.
    pub deploy: CommandLine,
    /// Moves the candidate to `SEAWORTHY_SHARE` percent.
    pub set_share: CommandLine,
    /// Gives all traffic back to `SEAWORTHY_TO`.
    pub rollback: CommandLine,
    /// Prints what is deployed; without it only the captain can say.
    pub observe: Option<CommandLine>,
}

impl Target {
    /// Whether the target can give a deployment a share other than none and all.
    #[must_use]
    pub fn splits_traffic(&self) -> bool {
        match self {
            Self::Folder(_) => false,
            Self::Vercel(target) => target.rolling.is_some(),
            Self::Command(_) | Self::Practice => true,
        }
    }
}

impl Policy {
    /// Whether anything looks at production.
    #[must_use]
    pub fn watches_production(&self) -> bool {
        self.pace().is_some()
    }

    /// Time between two looks at production when nothing goes wrong: that of its quickest source.
    #[must_use]
    pub fn pace(&self) -> Option<Period> {
        let asked = self.metrics.values().filter(|metric| metric.asked().is_some());
        self.probe.iter().map(|probe| probe.every).chain(asked.map(|metric| metric.interval)).min()
    }

    /// The one production environment. `None` only in a policy under construction; a checked one has it.
    #[must_use]
    pub fn production(&self) -> Option<(&str, &Environment)> {
        self.environments
            .iter()
            .find(|(_, e)| e.kind == EnvironmentKind::Production)
            .map(|(name, e)| (name.as_str(), e))
    }

    /// Where the prober asks for `deployment`: at its own address, or with a header at the environment's.
    #[must_use]
    pub fn address_of<'a>(&'a self, deployment: &'a Deployment) -> Option<&'a str> {
        let own = deployment.url.as_deref();
        let shared = self.environments.get(&deployment.environment).and_then(|e| e.url.as_deref());
        match self.probe.as_ref()?.route {
            CandidateRoute::OwnUrl => own.or(shared),
            CandidateRoute::Header(_) => shared.or(own),
        }
    }

    /// Gates that guard `transition`, in file order.
    pub fn gates_guarding<'a>(&'a self, transition: &'a Transition) -> impl Iterator<Item = &'a Gate> + 'a {
        self.gates.iter().filter(move |gate| gate.guards.as_ref() == Some(transition))
    }

    /// The criterion named `gate/id` or, where unique, just `id`.
    #[must_use]
    pub fn criterion(&self, name: &str) -> Option<(&Gate, &Criterion)> {
        let mut found =
            self.gates.iter().flat_map(|g| g.criteria.iter().map(move |c| (g, c))).filter(|(g, c)| {
                name.split_once('/').map_or(c.id == name, |(gate, id)| g.id == gate && c.id == id)
            });
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }
}
