//! `[checks]`: commands and HTTP questions that yield evidence.

use super::Context;
use super::command;
use super::names::Kind;
use super::place;
use super::probe;
use super::tables;
use crate::diagnostic::Code;
use crate::sink::Problem;
use crate::table::Table;
use crate::value::Value;
use seaworthy_domain::policy::Check;
use seaworthy_domain::policy::CheckKind;
use seaworthy_domain::policy::HttpProbe;
use seaworthy_rules::Period;
use std::collections::BTreeMap;

const DEFAULT_HTTP_TIMEOUT_SECONDS: u64 = 10;
const DEFAULT_STATUS: u32 = 200;
const HTTP_KEYS: [&str; 4] = ["environment", "status", "body_contains", "latency_below"];

/// `[checks]`.
pub(super) fn checks(root: &Table<'_>, context: &Context<'_>) -> BTreeMap<String, Check> {
    let mut checks = BTreeMap::new();
    for (name, table) in tables(root, "checks", "[checks.lint]") {
        let title = table.get("title").map_or(Some(name.value), |value| Some(value.text()?.value));
        let found = match (table.get("run"), table.get("http")) {
            (Some(_), Some(http)) => {
                let message = "a check runs a command or asks an address, not both";
                let problem = Problem::new(Code::Conflict, http.key_span, message);
                table.sink.report(problem.help("make two checks of it"));
                unclear(&table);
                None
            }
            (Some(run), None) => {
                table.refuse(&HTTP_KEYS, "belongs to a check with `http`, and this one runs a command");
                command::command_in(&table, &run)
                    .map(|command| (command.timeout, CheckKind::Command(command)))
            }
            (None, Some(http)) => {
                table.refuse(&command::KEYS, "belongs to a check with `run`, and this one asks an address");
                question(&table, &http, context)
            }
            (None, None) => {
                table.missing("run", "run = \"npm test\"");
                unclear(&table);
                None
            }
        };
        table.done();
        if let (Some(title), Some((timeout, kind))) = (title, found) {
            let check = Check { name: name.value.to_owned(), title: title.to_owned(), kind, timeout };
            checks.insert(check.name.clone(), check);
        }
    }
    checks
}

fn unclear(table: &Table<'_>) {
    table.skip(&HTTP_KEYS);
    table.skip(&command::KEYS);
    table.skip(&["timeout"]);
}

fn question(table: &Table<'_>, http: &Value<'_>, context: &Context<'_>) -> Option<(Period, CheckKind)> {
    let whole = http.text()?.value.contains("://");
    let url = match http.text()?.value {
        text if whole => place::http_url(http, text).map(|_| text.to_owned()),
        _ => probe::path(http),
    };
    let environment = match table.get("environment") {
        Some(value) => {
            let name = context.names.reference(Kind::Environment, &value);
            if let Some(name) = name.as_ref().filter(|name| !whole && context.has_no_address(name)) {
                place::needs_address(&value, name);
            }
            name.map(Some)
        }
        None if whole => Some(None),
        None => {
            table.missing("environment", "`environment = \"staging\"`, whose address the path is on");
            None
        }
    };
    let status = table.get("status").map_or(Some(DEFAULT_STATUS), |value| value.whole(100..=599));
    let body_contains = table.get("body_contains").map(|value| value.program_text());
    let latency_below = table.get("latency_below").map(|value| value.period());
    let timeout = match table.get("timeout") {
        Some(value) => value.period(),
        None => Some(Period::from_secs(DEFAULT_HTTP_TIMEOUT_SECONDS)),
    };
    let probe = HttpProbe {
        url: url?,
        environment: environment?,
        status: u16::try_from(status?).ok()?,
        body_contains: match body_contains {
            Some(text) => Some(text?),
            None => None,
        },
        latency_below: match latency_below {
            Some(period) => Some(period?),
            None => None,
        },
    };
    let timeout = timeout?;
    if let Some(latency) = probe.latency_below
        && latency > timeout
    {
        let message =
            format!("an answer within {latency} is asked for, and nobody waits longer than {timeout}");
        let problem = Problem::new(Code::Conflict, table.span.clone(), message);
        table.sink.report(problem.help("make `timeout` longer than `latency_below`"));
    }
    Some((timeout, CheckKind::Http(probe)))
}
