//! `[metrics]`, those of the prober, and rules about them all.

use super::Context;
use super::asked;
use super::names::Kind;
use super::tables;
use crate::diagnostic::Code;
use crate::sink::Problem;
use crate::suggest;
use crate::table::At;
use crate::table::Table;
use crate::value::Value;
use seaworthy_domain::policy::Metric;
use seaworthy_domain::policy::Probe;
use seaworthy_domain::policy::ProbeReading;
use seaworthy_domain::policy::Source;
use seaworthy_rules::Aggregate;
use seaworthy_rules::DEFAULT_GAP_INTERVALS;
use seaworthy_rules::DEFAULT_STALE_INTERVALS;
use seaworthy_rules::Period;
use seaworthy_rules::Rule;
use seaworthy_rules::Unit;
use std::collections::BTreeMap;
use toml::de::DeValue;

/// More intervals than this are a length of time and are written as one.
const MAX_INTERVALS: u32 = 1000;

const QUERIES: [(&str, ProbeReading); 6] = [
    ("error_rate", ProbeReading::ErrorRate),
    ("up", ProbeReading::Up),
    ("requests", ProbeReading::Requests),
    ("latency_p50", ProbeReading::Latency(50)),
    ("latency_p95", ProbeReading::Latency(95)),
    ("latency_p99", ProbeReading::Latency(99)),
];

pub(super) const AGGREGATES: [(&str, Aggregate); 6] = [
    ("ratio", Aggregate::Ratio),
    ("mean", Aggregate::Mean),
    ("max", Aggregate::Max),
    ("min", Aggregate::Min),
    ("last", Aggregate::Last),
    ("sum", Aggregate::Sum),
];

/// What rules need to know of the metrics.
#[derive(Default)]
pub(crate) struct Metrics {
    units: BTreeMap<String, Unit>,
    /// Written and unsound: a rule about one is not blamed for it.
    unsound: Vec<String>,
    /// One that does not come from the prober is written, sound or not.
    pub(super) any_asked: bool,
}

impl Metrics {
    pub(super) fn has_unsound(&self) -> bool {
        !self.unsound.is_empty()
    }
}

/// `[metrics]`; fills what rules need into the context.
pub(super) fn metrics(
    root: &Table<'_>,
    context: &mut Context<'_>,
    probe: Option<&Probe>,
) -> BTreeMap<String, Metric> {
    let found = tables(root, "metrics", "[metrics.error_rate]");
    context.metrics.any_asked = found.iter().any(|(_, table)| is_asked(table));
    if let Some((name, _)) = found.iter().find(|(_, table)| !is_asked(table))
        && !root.has("probe")
    {
        let message = "metrics are read by the prober, and there is no [probe]";
        let problem = Problem::new(Code::MissingKey, name.span.clone(), message);
        root.sink.report(problem.help("add a table [probe] with `version`"));
    }
    let counted = found.iter().find(|(_, table)| is_requests(table)).map(|(name, _)| name.value);
    let every = probe.map(|probe| probe.every);
    let mut metrics = BTreeMap::new();
    let mut traffic = Vec::new();
    for (name, table) in found {
        let before = root.sink.errors();
        usable_name(&table, &name);
        let metric = match table.get("source") {
            Some(source) if is_asked(&table) => asked::metric(&name, &table, &source, context),
            _ => probed(&name, &table, every, counted, context),
        };
        table.done();
        match metric {
            Some(metric) if root.sink.errors() == before => {
                traffic.extend(table.get("traffic"));
                context.metrics.units.insert(name.value.to_owned(), metric.unit);
                metrics.insert(name.value.to_owned(), metric);
            }
            _ => context.metrics.unsound.push(name.value.to_owned()),
        }
    }
    traffic_counts(&traffic, &metrics);
    metrics
}

fn is_requests(table: &Table<'_>) -> bool {
    !is_asked(table)
        && matches!(table.peek("query"), Some(DeValue::String(query)) if query.as_ref() == "requests")
}

/// Whether a connection measures it: its source is a name, and not the prober's.
fn is_asked(table: &Table<'_>) -> bool {
    matches!(table.peek("source"), Some(DeValue::String(source)) if !matches!(source.trim(), "" | "probe"))
}

/// A metric that no rule can name is of no use.
fn usable_name(table: &Table<'_>, name: &At<&str>) {
    if let Err(error) = Rule::parse(&format!("{} > 1", name.value)) {
        let message = format!("rules cannot name `{}`: {}", name.value.escape_debug(), error.message);
        table.sink.report(Problem::new(Code::BadValue, name.span.clone(), message).maybe_help(error.help));
    }
}

/// A metric of the prober.
fn probed(
    name: &At<&str>,
    table: &Table<'_>,
    every: Option<Period>,
    counted: Option<&str>,
    context: &Context<'_>,
) -> Option<Metric> {
    let source = table.need("source", "source = \"probe\"").and_then(|value| value.choice(&[("probe", ())]));
    table.refuse(&asked::KEYS, "belongs to a metric of a connection, and the prober measures this one");
    let reading = table.need("query", "query = \"error_rate\"").and_then(|value| value.choice(&QUERIES));
    let unit = table.get("unit").map(|value| unit(&value, reading));
    let aggregate = table.get("aggregate").map(|value| aggregate(&value, reading));
    // Without a prober another problem is reported already; any interval lets the rest be read.
    let every = every.unwrap_or(Period::from_secs(1));
    let lengths = spread(table, every, every, "the prober's `every`");
    let traffic = match table.get("traffic") {
        Some(value) => Some(context.names.reference(Kind::Metric, &value)?),
        None if reading == Some(ProbeReading::ErrorRate) => counted.map(str::to_owned),
        None => None,
    };
    let ((), reading) = (source?, reading?);
    let (interval, allowed_gap, stale_after) = lengths?;
    Some(Metric {
        name: name.value.to_owned(),
        source: Source::Probe(reading),
        unit: unit.unwrap_or(Some(natural_unit(reading)))?,
        aggregate: aggregate.unwrap_or(Some(natural_aggregate(reading)))?,
        interval,
        allowed_gap,
        stale_after,
        traffic,
    })
}

/// `interval`, `allowed_gap` and `stale_after`.
pub(super) fn spread(
    table: &Table<'_>,
    usual: Period,
    least: Period,
    what: &str,
) -> Option<(Period, Period, Period)> {
    let interval = match table.get("interval") {
        Some(value) => at_least(&value, value.period(), least, what),
        None => Some(usual),
    };
    let between = interval.unwrap_or(usual);
    let length = |key, intervals| match table.get(key) {
        Some(value) => at_least(&value, intervals_or_period(&value, between), between, "the interval"),
        None => Some(between.times(intervals)),
    };
    let allowed_gap = length("allowed_gap", DEFAULT_GAP_INTERVALS);
    let stale_after = length("stale_after", DEFAULT_STALE_INTERVALS);
    Some((interval?, allowed_gap?, stale_after?))
}

const fn natural_unit(reading: ProbeReading) -> Unit {
    match reading {
        ProbeReading::ErrorRate => Unit::PERCENT,
        ProbeReading::Up | ProbeReading::Requests => Unit::COUNT,
        ProbeReading::Latency(_) => Unit::MILLISECOND,
    }
}

const fn natural_aggregate(reading: ProbeReading) -> Option<Aggregate> {
    match reading {
        ProbeReading::ErrorRate => Some(Aggregate::Ratio),
        ProbeReading::Up => Some(Aggregate::Min),
        ProbeReading::Requests => Some(Aggregate::Sum),
        ProbeReading::Latency(_) => None,
    }
}

fn unit(value: &Value<'_>, reading: Option<ProbeReading>) -> Option<Unit> {
    let text = value.text()?;
    let unit = match text.value.parse::<Unit>() {
        Ok(unit) => unit,
        Err(error) => {
            let error = error.to_string();
            let (message, help) =
                error.split_once("; ").unwrap_or((&error, "remove it to take the usual one"));
            value.report(Code::BadValue, message, help);
            return None;
        }
    };
    let natural = natural_unit(reading?);
    if !unit.fits(natural) {
        let message = format!("the prober measures this in {natural}, and `{unit}` is no unit of that");
        value.report(Code::BadValue, message, format!("write \"{natural}\" or remove it"));
        return None;
    }
    Some(unit)
}

fn aggregate(value: &Value<'_>, reading: Option<ProbeReading>) -> Option<Option<Aggregate>> {
    let aggregate = value.choice(&AGGREGATES)?;
    let reading = reading?;
    let refused = match (reading, aggregate) {
        (ProbeReading::Latency(_), Aggregate::Ratio | Aggregate::Mean | Aggregate::Sum) => {
            Some("percentiles of several moments have no mean or sum")
        }
        (ProbeReading::Up | ProbeReading::Requests, Aggregate::Ratio) => {
            Some("this is not a share of anything")
        }
        (ProbeReading::ErrorRate, Aggregate::Sum) => Some("shares of several moments have no sum"),
        _ => None,
    };
    if let Some(why) = refused {
        let help = match reading {
            ProbeReading::Latency(_) => "write \"max\", or remove it: rules with `over` then cannot tell",
            _ => "remove it to take the usual one",
        };
        value.report(Code::Conflict, why, help);
        return None;
    }
    Some(Some(aggregate))
}

/// A length of time, or so many intervals.
pub(super) fn intervals_or_period(value: &Value<'_>, interval: Period) -> Option<Period> {
    match value.raw {
        DeValue::Integer(_) => Some(interval.times(u64::from(value.whole(1..=MAX_INTERVALS)?))),
        _ => value.period(),
    }
}

pub(super) fn at_least(
    value: &Value<'_>,
    period: Option<Period>,
    least: Period,
    what: &str,
) -> Option<Period> {
    let period = period?;
    if period < least {
        let message = format!("`{}` is shorter than {what}, {least}", value.key);
        value.report(Code::Conflict, message, format!("write \"{least}\" or more"));
        return None;
    }
    Some(period)
}

/// What traffic is checked by must be a count.
fn traffic_counts(written: &[Value<'_>], metrics: &BTreeMap<String, Metric>) {
    let counts: Vec<&str> = metrics
        .values()
        .filter(|metric| match &metric.source {
            Source::Probe(reading) => *reading == ProbeReading::Requests,
            Source::Prometheus(_) => metric.unit == Unit::COUNT,
        })
        .map(|metric| metric.name.as_str())
        .collect();
    for value in written {
        let Some(name) = value.exact() else { continue };
        if metrics.contains_key(name) && !counts.contains(&name) {
            let help = match counts.as_slice() {
                [] => "add a metric with `query = \"requests\"`".to_owned(),
                counts => format!("write {}", suggest::listed(counts)),
            };
            value.report(Code::Conflict, format!("`{name}` does not count requests"), help);
        }
    }
}

/// A rule about metrics of this file; its errors stand at their place inside the string.
pub(super) fn rule(value: &Value<'_>, context: &Context<'_>) -> Option<Rule> {
    let text = value.exact()?;
    let metrics = &context.metrics;
    let read = Rule::parse(text).and_then(|rule| {
        let unsound = rule.metrics().iter().any(|name| metrics.unsound.iter().any(|known| known == name));
        if unsound { Ok(rule) } else { Rule::parse_for(text, &metrics.units) }
    });
    match read {
        Ok(rule) => Some(rule),
        Err(error) => {
            let code = if error.message.starts_with("there is no metric") {
                Code::UnknownName
            } else {
                Code::BadRule
            };
            let span = value.inner(error.span);
            value.sink.report(Problem::new(code, span, error.message).maybe_help(error.help));
            None
        }
    }
}
