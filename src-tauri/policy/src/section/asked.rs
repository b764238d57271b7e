//! Metrics of a connection: what is asked, and how an answer is told from another deployment's.

use super::Context;
use super::metric::AGGREGATES;
use super::metric::at_least;
use super::metric::intervals_or_period;
use super::metric::spread;
use super::names::Kind;
use crate::diagnostic::Code;
use crate::sink::Problem;
use crate::suggest;
use crate::table::At;
use crate::table::Table;
use crate::value::Value;
use promql_parser::parser;
use promql_parser::parser::value::ValueType;
use seaworthy_domain::policy::Asked;
use seaworthy_domain::policy::Backfill;
use seaworthy_domain::policy::CandidateFacts;
use seaworthy_domain::policy::DeploymentLabel;
use seaworthy_domain::policy::Identity;
use seaworthy_domain::policy::Metric;
use seaworthy_domain::policy::MetricsService;
use seaworthy_domain::policy::Query;
use seaworthy_domain::policy::Service;
use seaworthy_domain::policy::Source;
use seaworthy_rules::Aggregate;
use seaworthy_rules::Period;
use seaworthy_rules::Unit;

/// Keys that only metrics of a connection have.
pub(super) const KEYS: [&str; 5] = ["over", "deployment_label", "identity", "backfill", "frozen_after"];
/// The prober's own pace is fifteen seconds as well.
const DEFAULT_INTERVAL_SECONDS: u64 = 15;
/// The engine looks at its clock every second.
const LEAST_INTERVAL: Period = Period::from_secs(1);
const IDENTITIES: [(&str, Identity); 3] =
    [("commit", Identity::Commit), ("version", Identity::Version), ("deployment", Identity::Deployment)];

/// The metrics service that `value` names; reports where it is none.
pub(super) fn service(value: &Value<'_>, also: &[&str], context: &Context<'_>) -> Option<MetricsService> {
    let name = value.text()?.value;
    match context.connections.get(name).map(|connection| (&connection.service, &connection.origin)) {
        Some((Service::Prometheus { auth, path }, origin)) => Some(MetricsService {
            connection: name.to_owned(),
            origin: origin.clone(),
            path: path.clone(),
            auth: auth.clone(),
        }),
        Some((other, _)) => {
            let message =
                format!("`{name}` is a connection to {}, which answers no such query", other.word());
            value.report(Code::Conflict, message, "name a connection with `service = \"prometheus\"`");
            None
        }
        // Written and unsound: that is reported already.
        None if context.names.is_known(Kind::Connection, name) => None,
        None => {
            let ours = context.connections.iter();
            let ours = ours.filter(|(_, c)| matches!(c.service, Service::Prometheus { .. }));
            let known: Vec<&str> = also.iter().copied().chain(ours.map(|(name, _)| name.as_str())).collect();
            let help = suggest::help(name, &known, || "declare it in [connections.prometheus]".to_owned());
            value.report(Code::BadValue, format!("`{}` cannot be `{name}`", value.key), help);
            None
        }
    }
}

/// A metric of the connection `source` names.
pub(super) fn metric(
    name: &At<&str>,
    table: &Table<'_>,
    source: &Value<'_>,
    context: &Context<'_>,
) -> Option<Metric> {
    let service = service(source, &["probe"], context);
    let query = table.need("query", "query = 'sum(rate(errors[1m]))'").and_then(|value| query(&value, false));
    let over = table.get("over").map(|value| query_over(&value));
    let unit = table.need("unit", "unit = \"ratio\"").and_then(|value| unit(&value));
    let aggregate = table.get("aggregate").map(|value| value.choice(&AGGREGATES));
    let label = label(table);
    let backfill = table.get("backfill").map_or(Some(Backfill::Shown), |value| {
        value.choice(&[("shown", Backfill::Shown), ("counts", Backfill::Counts)])
    });
    let lengths = spread(table, Period::from_secs(DEFAULT_INTERVAL_SECONDS), LEAST_INTERVAL, "the least");
    let traffic = match table.get("traffic") {
        Some(value) => Some(context.names.reference(Kind::Metric, &value)?),
        None => None,
    };
    if let (Some(value), Some(Some(Aggregate::Ratio)), None, None) =
        (table.get("aggregate"), &aggregate, &traffic, &over)
    {
        let message = "a ratio over a window weighs its samples, and nothing says by what";
        value.report(Code::Conflict, message, "name the metric that counts as `traffic`, or write `over`");
    }
    if let (Some(query), Some(None)) = (&query, &label)
        && query.facts().next().is_none()
    {
        nobodys(table);
    }
    let (interval, allowed_gap, stale_after) = lengths?;
    let frozen_after = frozen(table, interval);
    let asked = Asked {
        service: service?,
        query: query?,
        over: over.unwrap_or(Some(None))?,
        label: label?,
        backfill: backfill?,
        frozen_after: frozen_after?,
    };
    Some(Metric {
        name: name.value.to_owned(),
        source: Source::Prometheus(Box::new(asked)),
        unit: unit?,
        aggregate: match aggregate {
            Some(aggregate) => Some(aggregate?),
            None => None,
        },
        interval,
        allowed_gap,
        stale_after,
        traffic,
    })
}

/// `frozen_after`, a length of time or so many intervals.
fn frozen(table: &Table<'_>, interval: Period) -> Option<Option<Period>> {
    let Some(value) = table.get("frozen_after") else { return Some(None) };
    at_least(&value, intervals_or_period(&value, interval), interval, "the interval").map(Some)
}

/// What was there before the candidate answers just as well.
fn nobodys(table: &Table<'_>) {
    let Some(value) = table.get("query") else { return };
    let message = "nothing here tells the candidate's figures from those of what ran before";
    let help = "write a matcher such as `{version=\"${version}\"}`, or name a `deployment_label`";
    table.sink.report(Problem::new(Code::Conflict, value.span, message).warning().help(help));
}

fn query_over(value: &Value<'_>) -> Option<Option<Query>> {
    query(value, true).map(Some)
}

/// PromQL with its placeholders; `window` says whether it is about a window.
fn query(value: &Value<'_>, window: bool) -> Option<Query> {
    let text = value.program_text()?;
    let query = match Query::parse(&text) {
        Ok(query) => query,
        Err(error) => {
            let span =
                if value.exact_text() == Some(&text) { value.inner(error.span) } else { value.span.clone() };
            value.sink.report(Problem::new(Code::BadValue, span, error.what).help(error.help));
            return None;
        }
    };
    if query.has_window() != window {
        let (message, help) = if window {
            ("this does not say over which window", "write `${window}` as the range, such as `[${window}]`")
        } else {
            ("`${window}` is only known in `over`", "write a length of time, such as `[1m]`")
        };
        value.report(Code::BadValue, message, help);
        return None;
    }
    answers_with_a_figure(value, &query).then_some(query)
}

fn answers_with_a_figure(value: &Value<'_>, query: &Query) -> bool {
    let facts = CandidateFacts { deployment: "d".into(), version: "1".into(), commit: "c".into() };
    match parser::parse(&query.expand(&facts, Some(Period::from_secs(300)))) {
        Err(error) => {
            let first = error.lines().next().unwrap_or_default();
            let message = format!("this is no PromQL: {}", first.escape_debug());
            value.report(Code::BadValue, message, "try it in the expression browser of your Prometheus");
            false
        }
        Ok(expression) => match expression.value_type() {
            ValueType::Vector | ValueType::Scalar => true,
            ValueType::Matrix => {
                let help = "put a function around it, such as `rate(…)`";
                value.report(
                    Code::BadValue,
                    "this answers with many samples, and one figure is needed",
                    help,
                );
                false
            }
            ValueType::String => {
                value.report(
                    Code::BadValue,
                    "this answers with text, and a figure is needed",
                    "ask for a metric",
                );
                false
            }
        },
    }
}

fn unit(value: &Value<'_>) -> Option<Unit> {
    let text = value.text()?;
    text.value
        .parse::<Unit>()
        .map_err(|error| {
            let error = error.to_string();
            let (message, help) = error.split_once("; ").unwrap_or((&error, "write \"ratio\" or \"count\""));
            value.report(Code::BadValue, message, help);
        })
        .ok()
}

fn label(table: &Table<'_>) -> Option<Option<DeploymentLabel>> {
    let Some(value) = table.get("deployment_label") else {
        table.refuse(&["identity"], "says what `deployment_label` is compared with, and there is none");
        return Some(None);
    };
    let name = value.text()?.value;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !name.chars().all(plain) || name.starts_with(|c: char| c.is_ascii_digit()) {
        let help = "write letters, digits and `_`, such as \"version\"";
        value.report(Code::BadValue, format!("`{name}` is not the name of a label"), help);
        table.skip(&["identity"]);
        return None;
    }
    let identity = match table.get("identity") {
        Some(value) => value.choice(&IDENTITIES)?,
        None => match IDENTITIES.iter().find(|(word, _)| *word == name) {
            Some((_, identity)) => *identity,
            None => {
                table.missing("identity", "`identity = \"version\"`, what the label is compared with");
                return None;
            }
        },
    };
    Some(Some(DeploymentLabel { name: name.to_owned(), identity }))
}
