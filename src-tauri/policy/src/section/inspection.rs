//! Checks that ask a metrics service about itself.

use super::Context;
use super::asked;
use super::names::Kind;
use crate::diagnostic::Code;
use crate::sink::Problem;
use crate::table::Table;
use crate::value::Value;
use seaworthy_domain::policy::Alert;
use seaworthy_domain::policy::AlertLimit;
use seaworthy_domain::policy::CheckKind;
use seaworthy_domain::policy::Guardrail;
use seaworthy_domain::policy::Metric;
use seaworthy_domain::policy::MetricsCheck;
use seaworthy_rules::Period;
use std::collections::BTreeMap;

/// Keys of these checks, besides those of every check.
pub(super) const KEYS: [&str; 4] = ["connection", "alerts", "jobs", "metrics"];
const DEFAULT_TIMEOUT_SECONDS: u64 = 10;

/// What these checks refer to.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) metrics: &'a BTreeMap<String, Metric>,
    pub(super) guardrails: &'a [Guardrail],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    Rules,
    Targets,
    Fresh,
}

/// A check with `kind`.
pub(super) fn inspection(
    table: &Table<'_>,
    kind: &Value<'_>,
    context: &Context<'_>,
    known: Known<'_>,
) -> Option<(Period, CheckKind)> {
    let words = [
        ("prometheus-rules", Word::Rules),
        ("prometheus-targets", Word::Targets),
        ("metrics-fresh", Word::Fresh),
    ];
    let timeout = match table.get("timeout") {
        Some(value) => value.period(),
        None => Some(Period::from_secs(DEFAULT_TIMEOUT_SECONDS)),
    };
    let Some(word) = kind.choice(&words) else {
        table.skip(&KEYS);
        return None;
    };
    let service = || {
        let value = table.need("connection", "connection = \"prometheus\"")?;
        asked::service(&value, &[], context)
    };
    let check = match word {
        Word::Rules => {
            table.refuse(&["jobs", "metrics"], "belongs to another kind of check");
            let (service, alerts) = (service(), alerts(table, context, known));
            MetricsCheck::Rules { service: service?, alerts: alerts? }
        }
        Word::Targets => {
            table.refuse(&["alerts", "metrics"], "belongs to another kind of check");
            let (service, jobs) = (service(), jobs(table));
            MetricsCheck::Targets { service: service?, jobs: jobs? }
        }
        Word::Fresh => {
            table.refuse(&["connection", "alerts", "jobs"], "belongs to another kind of check");
            MetricsCheck::Fresh { metrics: metrics(table, kind, context, known)? }
        }
    };
    Some((timeout?, CheckKind::Metrics(check)))
}

/// A list of names, or a table of names with the guardrails whose limits they must have.
fn alerts(table: &Table<'_>, context: &Context<'_>, known: Known<'_>) -> Option<Vec<Alert>> {
    const EXAMPLE: &str = "alerts = { HighErrorRate = \"errors\" }";
    let value = table.need("alerts", EXAMPLE)?;
    let alerts = if value.is_table() {
        let named = value.table("`alerts`", EXAMPLE)?.variables();
        let alerts = named.into_iter().map(|(name, value)| {
            let guardrail = context.names.reference(Kind::Guardrail, &value)?;
            Some(Alert { name: name.value.to_owned(), limit: limit(&guardrail, known) })
        });
        alerts.collect::<Option<Vec<_>>>()?
    } else {
        let names = value.list(EXAMPLE)?;
        let alerts =
            names.iter().map(|value| Some(Alert { name: value.text()?.value.to_owned(), limit: None }));
        alerts.collect::<Option<Vec<_>>>()?
    };
    some(&value, alerts, EXAMPLE)
}

/// `None` where the guardrail is unsound, which is reported there.
fn limit(guardrail: &str, known: Known<'_>) -> Option<AlertLimit> {
    let found = known.guardrails.iter().find(|one| one.name == guardrail)?;
    let unit = known.metrics.get(found.rule.metric())?.unit;
    Some(AlertLimit {
        guardrail: guardrail.to_owned(),
        comparison: found.rule.comparison(),
        limit: found.rule.limit().in_unit(unit).ok()?,
    })
}

fn jobs(table: &Table<'_>) -> Option<Vec<String>> {
    const EXAMPLE: &str = "jobs = [\"shop\"]";
    let value = table.need("jobs", EXAMPLE)?;
    let names = value.list(EXAMPLE)?;
    let jobs = names.iter().map(|value| Some(value.text()?.value.to_owned())).collect::<Option<Vec<_>>>()?;
    some(&value, jobs, EXAMPLE)
}

fn some<T>(value: &Value<'_>, list: Vec<T>, example: &str) -> Option<Vec<T>> {
    if list.is_empty() {
        value.report(Code::BadValue, format!("`{}` names nothing", value.key), format!("write `{example}`"));
        return None;
    }
    Some(list)
}

/// Those that are named, else all that a connection measures.
fn metrics(
    table: &Table<'_>,
    kind: &Value<'_>,
    context: &Context<'_>,
    known: Known<'_>,
) -> Option<Vec<Metric>> {
    let Some(value) = table.get("metrics") else {
        let all: Vec<Metric> = known.metrics.values().filter(|m| m.asked().is_some()).cloned().collect();
        if all.is_empty() && !context.metrics.has_unsound() {
            let problem =
                Problem::new(Code::Conflict, kind.span.clone(), "no metric comes from a connection");
            let help = "the prober looks by itself and is always fresh; remove this check";
            table.sink.report(problem.help(help));
        }
        return (!all.is_empty()).then_some(all);
    };
    let named = value.list("metrics = [\"error_rate\"]")?;
    let metrics = named.iter().map(|value| {
        let name = context.names.reference(Kind::Metric, value)?;
        let metric = known.metrics.get(&name)?;
        if metric.asked().is_none() {
            let help = "name a metric of a connection, or remove `metrics` for all of them";
            value.report(Code::Conflict, format!("`{name}` is the prober's own"), help);
            return None;
        }
        Some(metric.clone())
    });
    let metrics = metrics.collect::<Option<Vec<_>>>()?;
    some(&value, metrics, "metrics = [\"error_rate\"]")
}
