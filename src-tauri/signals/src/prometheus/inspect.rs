//! Checks of the service itself: its alerting rules, what it scrapes, and whether the policy's metrics are fresh.

use super::Prometheus;
use super::Visit;
use super::api::AskError;
use super::api::Told;
use super::api::told;
use super::promql;
use super::targets;
use seaworthy_domain::CheckResult;
use seaworthy_domain::Digest;
use seaworthy_domain::policy::Alert;
use seaworthy_domain::policy::Metric;
use seaworthy_domain::policy::MetricsCheck;
use seaworthy_ports::Asking;
use seaworthy_ports::Figure;
use seaworthy_ports::Inspected;
use seaworthy_ports::Inspection;
use seaworthy_ports::MetricSource as _;
use seaworthy_rules::Comparison;
use serde::Deserialize;
use std::fmt::Write;

/// Most of an answer that is kept as it came; its digest is of all of it.
const RAW_KEPT_BYTES_MAX: usize = 64 * 1024;

/// `data` of `rules`.
#[derive(Deserialize)]
struct RulesData {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    rules: Vec<RuleFound>,
}

#[derive(Deserialize)]
struct RuleFound {
    #[serde(rename = "type")]
    kind: String,
    name: String,
    query: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    health: String,
}

/// What one line of an inspection comes to.
pub(super) struct Finding {
    pub(super) good: bool,
    pub(super) line: String,
}

pub(super) fn good(line: String) -> Finding {
    Finding { good: true, line }
}

pub(super) fn bad(line: String) -> Finding {
    Finding { good: false, line }
}

pub(super) async fn inspect(source: &Prometheus, inspection: &Inspection) -> Inspected {
    let Inspection { check, at, within, .. } = inspection;
    match check {
        MetricsCheck::Rules { service, alerts } => {
            source.visit(service, *at, *within, async |visit| rules(visit, alerts).await).await
        }
        MetricsCheck::Targets { service, jobs } => {
            source.visit(service, *at, *within, async |visit| targets::targets(visit, jobs).await).await
        }
        MetricsCheck::Fresh { metrics } => fresh(source, inspection, metrics).await,
    }
}

pub(super) fn stopped() -> Inspected {
    Inspected {
        result: CheckResult::Interrupted,
        summary: "stopped on request".to_owned(),
        transcript: Vec::new(),
    }
}

/// Nothing was learnt.
pub(super) fn unknown(error: &AskError) -> Inspected {
    let summary = error.to_string();
    let transcript = format!("{summary}\n").into_bytes();
    Inspected { result: CheckResult::NotRun, summary, transcript }
}

/// Sums up: the first bad line is the summary, else `all`.
pub(super) fn concluded(findings: &[Finding], all: String, raw: Option<&[u8]>) -> Inspected {
    let bad: Vec<&Finding> = findings.iter().filter(|finding| !finding.good).collect();
    let (result, summary) = match bad.as_slice() {
        [] => (CheckResult::Pass, all),
        [one] => (CheckResult::Fail, one.line.clone()),
        [first, rest @ ..] => (CheckResult::Fail, format!("{}, and {} more", first.line, rest.len())),
    };
    let mut text = String::new();
    for finding in findings {
        let _strings_take_everything =
            writeln!(text, "{} {}", if finding.good { "ok  " } else { "FAIL" }, finding.line);
    }
    let Some(raw) = raw else {
        return Inspected { result, summary, transcript: text.into_bytes() };
    };
    let _strings_take_everything =
        writeln!(text, "\nanswer: {} bytes, sha256 {}\n", raw.len(), Digest::of(raw));
    let mut transcript = text.into_bytes();
    transcript.extend_from_slice(raw.get(..RAW_KEPT_BYTES_MAX.min(raw.len())).unwrap_or_default());
    transcript.push(b'\n');
    Inspected { result, summary, transcript }
}

async fn rules(visit: Result<Visit<'_>, AskError>, alerts: &[Alert]) -> Inspected {
    let asked = match visit {
        Err(error) => Err(error),
        Ok(visit) => {
            visit.ask::<RulesData>("rules", vec![("type", "alert".into())], super::STRETCH_BYTES_MAX).await
        }
    };
    let Told { data, raw, .. } = match asked {
        Ok(said) => said,
        Err(error) => return unknown(&error),
    };
    let found: Vec<RuleFound> = data.groups.into_iter().flat_map(|group| group.rules).collect();
    let findings: Vec<Finding> = alerts.iter().map(|alert| judge(alert, &found)).collect();
    let all = match findings.len() {
        1 => "the alerting rule is as the policy says and quiet".to_owned(),
        count => format!("{count} alerting rules are as the policy says and quiet"),
    };
    concluded(&findings, all, Some(&raw))
}

fn judge(alert: &Alert, found: &[RuleFound]) -> Finding {
    let name = &alert.name;
    let named: Vec<&RuleFound> =
        found.iter().filter(|rule| rule.kind == "alerting" && rule.name == *name).collect();
    if named.is_empty() {
        return bad(format!("there is no alerting rule {name}"));
    }
    // A rule that could not be evaluated is quiet for the wrong reason.
    if let Some(sick) = named.iter().find(|rule| rule.health != "ok") {
        return bad(format!("{name} is not evaluated (health {:?})", told(&sick.health)));
    }
    if let Some(loud) = named.iter().find(|rule| rule.state != "inactive") {
        return bad(format!("{name} is {}", told(&loud.state)));
    }
    let Some(limit) = &alert.limit else { return good(format!("{name} is there and quiet")) };
    let wanted = format!("{} {}", limit.comparison, limit.limit.value.normalize());
    let has = |(comparison, value): &(Comparison, rust_decimal::Decimal)| {
        *comparison == limit.comparison && *value == limit.limit.value
    };
    let limits: Vec<_> = named.iter().filter_map(|rule| promql::limits(&rule.query)).flatten().collect();
    if limits.iter().any(has) {
        return good(format!("{name} compares with {wanted}, as the guardrail {} does", limit.guardrail));
    }
    let theirs: Vec<String> =
        limits.iter().map(|(comparison, value)| format!("{comparison} {}", value.normalize())).collect();
    let theirs = if theirs.is_empty() { "no number".to_owned() } else { theirs.join(", ") };
    bad(format!("{name} compares with {theirs}, the guardrail {} with {wanted}", limit.guardrail))
}

async fn fresh(source: &Prometheus, inspection: &Inspection, metrics: &[Metric]) -> Inspected {
    let figures = metrics.iter().map(|metric| Figure { metric: metric.clone(), window: None });
    let asking = Asking {
        figures: figures.collect(),
        candidate: inspection.candidate.clone(),
        at: inspection.at,
        within: inspection.within,
    };
    let measured = source.measure(&asking).await;
    let findings: Vec<Finding> = measured
        .iter()
        .map(|measured| match (&measured.why, &measured.sample.reading) {
            (None, seaworthy_rules::Reading::Value(value)) => good(format!("{} is {value}", measured.metric)),
            (why, _) => bad(format!("{}: {}", measured.metric, why.as_deref().unwrap_or("no figure"))),
        })
        .collect();
    let all = match findings.len() {
        1 => "the metric is fresh".to_owned(),
        count => format!("{count} metrics are fresh"),
    };
    let mut inspected = concluded(&findings, all, None);
    // What could not be asked is not known to be stale.
    let unasked = |m: &seaworthy_ports::Measured| {
        m.sample.reading == seaworthy_rules::Reading::Invalid(seaworthy_rules::InvalidReason::NoAnswer)
    };
    if inspected.result == CheckResult::Fail && measured.iter().all(unasked) {
        inspected.result = CheckResult::NotRun;
    }
    inspected
}
