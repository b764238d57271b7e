//! `[probe]`: the built-in HTTP prober.

use super::Context;
use super::place;
use crate::diagnostic::Code;
use crate::sink::Problem;
use crate::table::At;
use crate::table::Table;
use crate::value::Value;
use seaworthy_domain::policy::CandidateRoute;
use seaworthy_domain::policy::Identity;
use seaworthy_domain::policy::Probe;
use seaworthy_domain::policy::Target;
use seaworthy_domain::policy::VersionFrom;
use seaworthy_rules::Period;
use std::ops::Range;

const DEFAULT_REQUESTS: u32 = 10;
/// A prober must not become a load test.
const MAX_REQUESTS: u32 = 1000;
/// Ten requests every 15 s are 200 in five minutes, twice what a rule asks for by default.
const DEFAULT_EVERY_SECONDS: u64 = 15;
const DEFAULT_TIMEOUT_SECONDS: u64 = 2;
const ROUTE: &str = "`\"own_url\"` or `{ header = \"x-candidate\" }`";
const VERSION: &str = "`{ header = \"x-version\" }` or `{ path = \"/version\", json = \"commit\" }`";

/// `[probe]`; `None` where it is absent or unsound.
pub(super) fn probe(root: &Table<'_>, context: &Context<'_>) -> Option<Probe> {
    let value = root.get("probe")?;
    let header = value.key_span.clone();
    let table = value.table("[probe]", "[probe]")?;
    let path = match table.get("path") {
        Some(value) => path(&value),
        None => Some("/".to_owned()),
    };
    let requests =
        table.get("requests").map_or(Some(DEFAULT_REQUESTS), |value| value.whole(1..=MAX_REQUESTS));
    let every_value = table.get("every");
    let every = every_value.as_ref().map_or(Some(Period::from_secs(DEFAULT_EVERY_SECONDS)), Value::period);
    let timeout_value = table.get("timeout");
    let timeout =
        timeout_value.as_ref().map_or(Some(Period::from_secs(DEFAULT_TIMEOUT_SECONDS)), Value::period);
    if let (Some(every), Some(timeout)) = (every, timeout)
        && timeout >= every
    {
        let span = timeout_value.or(every_value).map_or(header.clone(), |value| value.span);
        let message = format!("requests may take {timeout}, and the next ones start after {every}");
        table
            .sink
            .report(Problem::new(Code::Conflict, span, message).help("make `timeout` shorter than `every`"));
    }
    let route_value = table.get("route");
    let route_span = route_value.as_ref().map_or(header, |value| value.span.clone());
    let route = route_value.as_ref().map_or(Some(CandidateRoute::OwnUrl), route);
    if route == Some(CandidateRoute::OwnUrl) {
        own_url_works(&table, route_span, context);
    }
    if let (Some(value), Some(CandidateRoute::Header(_))) = (&route_value, &route)
        && let Some(production) = context.production.as_ref().filter(|name| context.has_no_address(name))
    {
        place::needs_address(value, production);
    }
    let version = table
        .need("version", "`version = { header = \"x-version\" }`, where answers tell their version")
        .and_then(|value| version(&value));
    let identity = table.get("identity").map_or(Some(Identity::Commit), |value| {
        value.choice(&[
            ("commit", Identity::Commit),
            ("version", Identity::Version),
            ("deployment", Identity::Deployment),
        ])
    });
    table.done();
    Some(Probe {
        path: path?,
        requests: requests?,
        every: every?,
        timeout: timeout?,
        route: route?,
        version: version?,
        identity: identity?,
    })
}

/// A folder has one address, that of whatever `current` points at.
fn own_url_works(table: &Table<'_>, span: Range<usize>, context: &Context<'_>) {
    if let Some((name, Target::Folder(_))) = context.production_target() {
        let message = format!("deployments of the folder target `{name}` have no address of their own");
        table.sink.report(Problem::new(Code::Conflict, span, message).help(
            "write `route = { header = \"x-candidate\" }`: requests go to the address of the environment, and \
             `version` tells whose answer it is",
        ));
    }
}

fn route(value: &Value<'_>) -> Option<CandidateRoute> {
    if !value.is_table() {
        return value.choice(&[("own_url", ())]).map(|()| CandidateRoute::OwnUrl);
    }
    let table = value.table("`route`", ROUTE)?;
    let header = table.need("header", "header = \"x-candidate\"").and_then(|value| header(&value));
    table.done();
    header.map(CandidateRoute::Header)
}

fn version(value: &Value<'_>) -> Option<VersionFrom> {
    let table = value.table("`version`", VERSION)?;
    let found = if let Some(value) = table.get("header") {
        table.refuse(&["path", "json"], "and `header` are two places; one is needed");
        header(&value).map(VersionFrom::Header)
    } else {
        let document = table
            .need("path", "`header = \"x-version\"`, or `path` and `json`")
            .and_then(|value| path(&value));
        let field = table.get("json").and_then(|value| value.text());
        if document.is_some() && !table.has("json") {
            table.missing("json", "`json = \"commit\"`, the name of the field");
        }
        document.zip(field).map(|(path, field)| VersionFrom::Json { path, field: field.value.to_owned() })
    };
    table.done();
    found
}

/// A path on an address.
pub(super) fn path(value: &Value<'_>) -> Option<String> {
    let At { value: text, .. } = value.text()?;
    if !text.starts_with('/') || text.contains(char::is_whitespace) {
        let help = if text.contains(char::is_whitespace) {
            "write spaces as %20".to_owned()
        } else {
            format!("write \"/{text}\"")
        };
        value.report(Code::BadValue, format!("`{text}` is not a path on an address"), help);
        return None;
    }
    Some(text.to_owned())
}

/// A header's name: the token of RFC 9110, section 5.6.2.
fn header(value: &Value<'_>) -> Option<String> {
    let At { value: text, .. } = value.text()?;
    if !text.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)) {
        value.report(Code::BadValue, format!("`{text}` is not the name of a header"), "write \"x-version\"");
        return None;
    }
    Some(text.to_owned())
}
