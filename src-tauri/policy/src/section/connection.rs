//! `[connections]`: services that ask for a token. The token itself never stands in a file.

use super::probe;
use super::tables;
use crate::diagnostic::Code;
use crate::sink::Problem;
use crate::table::Table;
use crate::value::Value;
use seaworthy_domain::policy::Auth;
use seaworthy_domain::policy::Connection;
use seaworthy_domain::policy::Origin;
use seaworthy_domain::policy::OriginError;
use seaworthy_domain::policy::Service;
use std::collections::BTreeMap;

const VERCEL_KEYS: [&str; 1] = ["team"];
const PROMETHEUS_KEYS: [&str; 3] = ["auth", "user", "path"];
/// Names under which people would write a token down, in the hope that it is read.
const SECRET_KEYS: [&str; 4] = ["token", "password", "secret", "api_key"];

/// `[connections]`.
pub(super) fn connections(root: &Table<'_>) -> BTreeMap<String, Connection> {
    let mut connections = BTreeMap::new();
    for (name, table) in tables(root, "connections", "[connections.vercel]") {
        secrets(&table, name.value);
        let service = service(&table);
        let origin =
            table.need("origin", "origin = \"https://api.vercel.com\"").and_then(|value| origin(&value));
        table.done();
        if let (Some(service), Some(origin)) = (service, origin) {
            connections.insert(name.value.to_owned(), Connection { service, origin });
        }
    }
    connections
}

/// A token in a policy is in the repository's history for good; saying only "unknown key" would not tell that.
fn secrets(table: &Table<'_>, name: &str) {
    for key in SECRET_KEYS.iter().filter(|key| table.has(key)) {
        let Some(value) = table.get(key) else { continue };
        let line = table.sink.line_of(value.key_span.start);
        let message = format!("`{key}` on line {line} has no place in a policy, which everybody can read");
        let name = name.escape_debug();
        let help = format!("remove it, make a new one at the service, and run `seaworthy connect {name}`");
        // Of the file and not of its line, which would be shown.
        table.sink.report(Problem::of_file(Code::UnknownKey, message).help(help));
    }
}

fn service(table: &Table<'_>) -> Option<Service> {
    let kind = table
        .need("service", "service = \"vercel\"")
        .and_then(|value| value.choice(&[("vercel", true), ("prometheus", false)]));
    match kind {
        Some(true) => {
            table.refuse(&PROMETHEUS_KEYS, "belongs to prometheus, and this service is vercel");
            let team = match table.get("team") {
                Some(value) => Some(team(&value)?),
                None => None,
            };
            Some(Service::Vercel { team })
        }
        Some(false) => {
            table.refuse(&VERCEL_KEYS, "belongs to vercel, and this service is prometheus");
            let (auth, path) = (auth(table), path(table));
            Some(Service::Prometheus { auth: auth?, path: path? })
        }
        None => {
            table.skip(&VERCEL_KEYS);
            table.skip(&PROMETHEUS_KEYS);
            None
        }
    }
}

/// The id or the slug of a team, as both are written in addresses.
fn team(value: &Value<'_>) -> Option<String> {
    let text = value.text()?.value;
    if text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
        return Some(text.to_owned());
    }
    let message = format!("`{text}` is neither the id nor the slug of a team");
    value.report(
        Code::BadValue,
        message,
        "write it as in the team's address, such as \"acme\" or \"team_…\"",
    );
    None
}

fn auth(table: &Table<'_>) -> Option<Auth> {
    #[derive(Clone, Copy)]
    enum Word {
        None,
        Bearer,
        Basic,
    }
    let words = [("none", Word::None), ("bearer", Word::Bearer), ("basic", Word::Basic)];
    let word = table.get("auth").map_or(Some(Word::None), |value| value.choice(&words));
    let Some(word) = word else {
        table.skip(&["user"]);
        return None;
    };
    if !matches!(word, Word::Basic) {
        table.refuse(&["user"], "goes with `auth = \"basic\"`");
    }
    match word {
        Word::None => Some(Auth::None),
        Word::Bearer => Some(Auth::Bearer),
        Word::Basic => {
            let value = table.need("user", "user = \"seaworthy\"")?;
            let user = value.text()?.value.to_owned();
            if user.contains(':') {
                let message = "a user name with a colon cannot be told from its password";
                value.report(Code::BadValue, message, "write the name alone");
                return None;
            }
            Some(Auth::Basic { user })
        }
    }
}

/// What stands before `/api/v1`.
fn path(table: &Table<'_>) -> Option<String> {
    let Some(value) = table.get("path") else { return Some(String::new()) };
    let path = probe::path(&value)?;
    if path.contains(['?', '#']) {
        value.report(Code::BadValue, format!("`{path}` has more than a path"), "write it up to `?` or `#`");
        return None;
    }
    Some(path.trim_end_matches('/').to_owned())
}

fn origin(value: &Value<'_>) -> Option<Origin> {
    let text = value.text()?.value;
    let error = match Origin::parse(text) {
        Ok(origin) => return Some(origin),
        Err(error) => error,
    };
    let (message, help) = match &error {
        OriginError::NotAnAddress => (
            format!("`{text}` is not an https address"),
            "write one such as \"https://api.vercel.com\"".to_owned(),
        ),
        OriginError::Credentials => (
            format!("`{}` contains a user name or password", value.key),
            "remove it; everybody can read a policy".to_owned(),
        ),
        OriginError::Longer(written) => {
            (format!("`{text}` is not written as an origin"), format!("write \"{written}\""))
        }
        OriginError::Plain => (
            format!("a token would travel to `{text}` in the open"),
            "write https; plain http is for this machine alone, such as \"http://127.0.0.1:9090\"".to_owned(),
        ),
    };
    value.report(Code::BadValue, message, help);
    None
}
