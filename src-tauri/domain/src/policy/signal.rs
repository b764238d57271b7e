//! Metrics and the built-in HTTP prober.

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
    /// What of the prober's tick it is.
    pub reading: ProbeReading,
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
