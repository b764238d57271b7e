//! Whether what is scraped is up.

use super::Visit;
use super::api::AskError;
use super::api::Told;
use super::api::told;
use super::inspect::Finding;
use super::inspect::bad;
use super::inspect::concluded;
use super::inspect::good;
use super::inspect::unknown;
use seaworthy_ports::Inspected;
use serde::Deserialize;
use std::collections::BTreeMap;

/// `data` of `targets`.
#[derive(Deserialize)]
struct TargetsData {
    #[serde(rename = "activeTargets")]
    active: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    labels: BTreeMap<String, String>,
    health: String,
    #[serde(default, rename = "lastError")]
    error: String,
}

pub(super) async fn targets(visit: Result<Visit<'_>, AskError>, jobs: &[String]) -> Inspected {
    let asked = match visit {
        Err(error) => Err(error),
        Ok(visit) => {
            visit
                .ask::<TargetsData>("targets", vec![("state", "active".into())], super::STRETCH_BYTES_MAX)
                .await
        }
    };
    let Told { data, raw, .. } = match asked {
        Ok(said) => said,
        Err(error) => return unknown(&error),
    };
    let findings: Vec<Finding> = jobs.iter().flat_map(|job| judge(job, &data.active)).collect();
    let all = match findings.len() {
        1 => "the target is up".to_owned(),
        count => format!("{count} targets are up"),
    };
    concluded(&findings, all, Some(&raw))
}

fn judge(job: &str, active: &[Target]) -> Vec<Finding> {
    let label = |target: &Target, name: &str| told(target.labels.get(name).map_or("", String::as_str));
    let mine: Vec<&Target> =
        active.iter().filter(|target| target.labels.get("job").is_some_and(|name| name == job)).collect();
    if mine.is_empty() {
        return vec![bad(format!("nothing is scraped for the job {job}"))];
    }
    mine.into_iter()
        .map(|target| {
            let instance = label(target, "instance");
            match target.health.as_str() {
                "up" => good(format!("{job} {instance} is up")),
                health if target.error.is_empty() => bad(format!("{job} {instance} is {}", told(health))),
                health => bad(format!("{job} {instance} is {}: {}", told(health), told(&target.error))),
            }
        })
        .collect()
}
