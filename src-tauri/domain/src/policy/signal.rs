//! Metrics, the built-in HTTP prober and the metrics services.

use super::connection::Auth;
use super::connection::Origin;
use super::query::Query;
use seaworthy_rules::Aggregate;
use seaworthy_rules::Period;
use seaworthy_rules::Unit;

/// `[probe]`: requests that Seaworthy sends by itself, tick by tick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// Path on the deployment's address.
    pub path: String,
    /// Requests a tick.
    pub requests: u32,
    /// Time between ticks.
    pub every: Period,
    /// A request without a complete answer by then is an error.
    pub timeout: Period,
    /// How a request reaches the candidate and not its predecessor.
    pub route: CandidateRoute,
    /// How an answer tells which version gave it.
    pub version: VersionFrom,
    /// What the version is compared with.
    pub identity: Identity,
}

/// How a request reaches the candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CandidateRoute {
    /// The deployment has an address of its own.
    OwnUrl,
    /// The splitter honours a header that carries the deployment's identity.
    Header(String),
}

/// Where an answer says which version gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionFrom {
    /// A header of every answer.
    Header(String),
    /// A field of a JSON document, asked once a tick over the same route.
    Json {
        /// Path of the document.
        path: String,
        /// Name of the field.
        field: String,
    },
}

/// What tells one version from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// The candidate's commit, whole or shortened to at least seven digits.
    Commit,
    /// The release's version.
    Version,
    /// The deployment's name.
    Deployment,
}

/// One entry of `[metrics]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Name in rules.
    pub name: String,
    /// Where its samples come from.
    pub source: Source,
    /// Unit of its samples.
    pub unit: Unit,
    /// How samples of a window become one value; `None` for percentiles, which cannot.
    pub aggregate: Option<Aggregate>,
    /// Expected distance of samples.
    pub interval: Period,
    /// Neighbouring samples further apart have a gap between them.
    pub allowed_gap: Period,
    /// Without a sample for this long there is no data.
    pub stale_after: Period,
    /// Metric that counts what a ratio is taken over.
    pub traffic: Option<String>,
}

impl Metric {
    /// What it asks a metrics service, if it does.
    #[must_use]
    pub fn asked(&self) -> Option<&Asked> {
        match &self.source {
            Source::Probe(_) => None,
            Source::Prometheus(asked) => Some(asked),
        }
    }

    /// Where its samples come from, in a word for people.
    #[must_use]
    pub fn source_name(&self) -> &str {
        self.asked().map_or("prober", |asked| asked.service.connection.as_str())
    }
}

/// Where samples come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The built-in prober's tick.
    Probe(ProbeReading),
    /// A Prometheus, or what answers its queries.
    Prometheus(Box<Asked>),
}

/// What is asked of a metrics service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Which one.
    pub service: MetricsService,
    /// The figure now.
    pub query: Query,
    /// The figure over a whole window, by the service's own means; without it samples are combined here.
    pub over: Option<Query>,
    /// A label by which an answer says which deployment it is about.
    pub label: Option<DeploymentLabel>,
    /// What becomes of samples that are fetched after a gap.
    pub backfill: Backfill,
    /// How long the figure may stay exactly the same while there is traffic; `None` is for ever.
    pub frozen_after: Option<Period>,
}

/// A connection to a metrics service, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricsService {
    /// Name of the connection.
    pub connection: String,
    /// Where it answers; its token goes nowhere else.
    pub origin: Origin,
    /// What stands before `/api/v1`.
    pub path: String,
    /// How it wants to be asked.
    pub auth: Auth,
}

/// A label that tells one deployment's figures from another's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeploymentLabel {
    /// Name of the label.
    pub name: String,
    /// What its value is compared with.
    pub identity: Identity,
}

/// What becomes of samples that are fetched after a gap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Backfill {
    /// They are kept and shown, and the gap stays one.
    #[default]
    Shown,
    /// They count as observed time, and as the beginning of what fresh samples complete.
    Counts,
}

/// What of one tick of the prober a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeReading {
    /// Failed requests of all requests.
    ErrorRate,
    /// 1 when any answer came, else 0.
    Up,
    /// Number of requests.
    Requests,
    /// Percentile of the answer times, in hundredths.
    Latency(u8),
}
