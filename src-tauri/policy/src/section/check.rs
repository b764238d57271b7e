//! `[checks]`: commands and HTTP questions that yield evidence.

use super::Context;
use super::command;
use super::inspection;
use super::inspection::Known;
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
pub(super) fn checks(root: &Table<'_>, context: &Context<'_>, known: Known<'_>) -> BTreeMap<String, Check> {
    let mut checks = BTreeMap::new();
    for (name, table) in tables(root, "checks", "[checks.lint]") {
        let title = table.get("title").map_or(Some(name.value), |value| Some(value.text()?.value));
        let found = kind(&table, context, known);
        table.done();
        if let (Some(title), Some((timeout, kind))) = (title, found) {
            let check = Check { name: name.value.to_owned(), title: title.to_owned(), kind, timeout };
            checks.insert(check.name.clone(), check);
        }
    }
    checks
}

fn kind(table: &Table<'_>, context: &Context<'_>, known: Known<'_>) -> Option<(Period, CheckKind)> {
    let written: Vec<Value<'_>> =
        ["run", "http", "kind"].into_iter().filter_map(|key| table.get(key)).collect();
    let [value] = written.as_slice() else {
        match written.get(1) {
            None => table.missing("run", "run = \"npm test\""),
            Some(second) => {
                let message =
                    "a check does one thing: it runs a command, asks an address, or has a kind of its own";
                let problem = Problem::new(Code::Conflict, second.key_span.clone(), message);
                table.sink.report(problem.help("make two checks of it"));
            }
        }
        unclear(table);
        return None;
    };
    if value.key != "kind" {
        table.refuse(&inspection::KEYS, "belongs to a check with `kind`");
    }
    match value.key {
        "run" => {
            table.refuse(&HTTP_KEYS, "belongs to a check with `http`, and this one runs a command");
            let command = command::command_in(table, value)?;
            Some((command.timeout, CheckKind::Command(command)))
        }
        "http" => {
            table.refuse(&command::KEYS, "belongs to a check with `run`, and this one asks an address");
            question(table, value, context)
        }
        _ => {
            table.refuse(&command::KEYS, "belongs to a check with `run`, and this one asks a service");
            table.refuse(&HTTP_KEYS, "belongs to a check with `http`, and this one asks a service");
            inspection::inspection(table, value, context, known)
        }
    }
}

fn unclear(table: &Table<'_>) {
    table.skip(&inspection::KEYS);
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
