//! A small server that lies, and a real Prometheus.

mod auth;
mod lies;
mod past;
mod real;
mod themselves;

use super::*;
use crate::tests::answer;
use crate::tests::serve;
use chrono::TimeDelta;
use seaworthy_domain::CheckResult;
use seaworthy_domain::account::Identity as Owner;
use seaworthy_domain::policy::Auth;
use seaworthy_domain::policy::Backfill;
use seaworthy_domain::policy::DeploymentLabel;
use seaworthy_domain::policy::Identity;
use seaworthy_domain::policy::Metric;
use seaworthy_domain::policy::Origin;
use seaworthy_domain::policy::Query;
use seaworthy_domain::policy::Source;
use seaworthy_http::ProxyUse;
use seaworthy_ports::Credential;
use seaworthy_ports::CredentialError;
use seaworthy_rules::Aggregate;
use seaworthy_rules::Unit;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

const QUERY: &str = r#"sum by (version) (rate(errors{version="${version}"}[1m]))"#;

/// A key for one origin.
#[derive(Default)]
struct Keys {
    origin: String,
    owner: Owner,
    opened: AtomicUsize,
    refused: AtomicUsize,
}

#[async_trait::async_trait]
impl Credentials for Keys {
    async fn open(&self, connection: &str, origin: &str) -> Result<Credential, CredentialError> {
        self.opened.fetch_add(1, Ordering::Relaxed);
        if self.origin != origin {
            let (connection, pinned, asked) = (connection.to_owned(), self.origin.clone(), origin.to_owned());
            return Err(CredentialError::OtherOrigin { connection, pinned, asked });
        }
        Ok(Credential { token: "s3cr3t".to_owned().into(), identity: self.owner.clone() })
    }

    fn refused(&self, _: &str) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }
}

fn prometheus(keys: &Arc<Keys>) -> Prometheus {
    Prometheus::new(Client::new(ProxyUse::Never).unwrap(), keys.clone())
}

fn service(base: &str, auth: Auth) -> MetricsService {
    MetricsService {
        connection: "metrics".into(),
        origin: Origin::parse(base).unwrap(),
        path: String::new(),
        auth,
    }
}

fn metric(base: &str, query: &str) -> Metric {
    let asked = Asked {
        service: service(base, Auth::None),
        query: Query::parse(query).unwrap(),
        over: None,
        label: None,
        backfill: Backfill::Shown,
        frozen_after: None,
    };
    Metric {
        name: "error_rate".into(),
        source: Source::Prometheus(Box::new(asked)),
        unit: Unit::RATIO,
        aggregate: Some(Aggregate::Mean),
        interval: Period::from_secs(15),
        allowed_gap: Period::from_secs(30),
        stale_after: Period::from_secs(75),
        traffic: None,
    }
}

/// With a label by which answers tell their version.
fn labelled(mut metric: Metric) -> Metric {
    if let Source::Prometheus(asked) = &mut metric.source {
        asked.label = Some(DeploymentLabel { name: "version".into(), identity: Identity::Version });
    }
    metric
}

fn asking(metrics: Vec<Metric>, at: DateTime<Utc>) -> Asking {
    Asking {
        figures: metrics.into_iter().map(|metric| Figure { metric, window: None }).collect(),
        candidate: CandidateFacts {
            deployment: "shop-rc2".into(),
            version: "1.4.0".into(),
            commit: "9a3b77e01c5d2f649a3b77e01c5d2f649a3b77e0".into(),
        },
        at,
        within: Period::from_secs(20),
    }
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_800_000_000_250).unwrap()
}

async fn one(metric: Metric) -> Measured {
    prometheus(&Arc::default()).measure(&asking(vec![metric], now())).await.remove(0)
}

/// A body that calls itself JSON.
fn json(status: u16, body: &str) -> Option<String> {
    answer(status, "content-type: application/json\r\n", body)
}

fn success(kind: &str, result: &str) -> Option<String> {
    json(200, &format!(r#"{{"status":"success","data":{{"resultType":"{kind}","result":{result}}}}}"#))
}

/// The newest sample behind every query is `age` seconds old.
fn newest(age: i64) -> Option<String> {
    let at = now().timestamp() - age;
    success("vector", &format!(r#"[{{"metric":{{}},"value":[{},"{at}"]}}]"#, now().timestamp()))
}

/// Answers the question for a figure with `body`, and that for its age with a fresh one.
fn figure_or_age(head: &str, body: Option<String>) -> Option<String> {
    if head.contains("timestamp%28") { newest(3) } else { body }
}

/// What the one series of a vector says.
fn says(value: &str) -> Option<String> {
    success("vector", &format!(r#"[{{"metric":{{"version":"1.4.0"}},"value":[1800000000.25,"{value}"]}}]"#))
}
