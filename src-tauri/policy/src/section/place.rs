//! `[environments]` and `[targets]`: where a candidate can stand, and how it gets there.

use super::command;
use super::missing_section;
use super::names::Kind;
use super::names::Names;
use super::tables;
use super::vercel;
use crate::diagnostic::Code;
use crate::sink::Problem;
use crate::table::Table;
use crate::value::Value;
use seaworthy_domain::policy::CommandTarget;
use seaworthy_domain::policy::Connection;
use seaworthy_domain::policy::Environment;
use seaworthy_domain::policy::EnvironmentKind;
use seaworthy_domain::policy::FolderTarget;
use seaworthy_domain::policy::Target;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use url::Url;

const DEFAULT_KEEP: u32 = 5;
/// More than anybody rolls back through; each is a whole build on disk.
const MAX_KEEP: u32 = 1000;

/// `[targets]`.
pub(super) fn targets(
    root: &Table<'_>,
    names: &Names<'_>,
    connections: &BTreeMap<String, Connection>,
) -> BTreeMap<String, Target> {
    let found = tables(root, "targets", "[targets.web]");
    if found.is_empty() && !root.has("targets") {
        missing_section(root.sink, "targets", "a table such as [targets.web] with `kind` and how to deploy");
    }
    let mut targets = BTreeMap::new();
    for (name, table) in found {
        if let Some(target) = target(&table, names, connections) {
            targets.insert(name.value.to_owned(), target);
        }
        table.done();
    }
    targets
}

const COMMAND_KEYS: [&str; 4] = ["deploy", "set_share", "rollback", "observe"];
const FOLDER_KEYS: [&str; 3] = ["source", "directory", "keep"];

#[derive(Clone, Copy)]
enum Written {
    Command,
    Folder,
    Vercel,
}

fn target(
    table: &Table<'_>,
    names: &Names<'_>,
    connections: &BTreeMap<String, Connection>,
) -> Option<Target> {
    let words = [("command", Written::Command), ("folder", Written::Folder), ("vercel", Written::Vercel)];
    let kind = table.need("kind", "kind = \"command\"").and_then(|value| value.choice(&words));
    match kind {
        Some(Written::Command) => {
            table.refuse(&FOLDER_KEYS, "belongs to a folder target, and this one runs commands");
            table.refuse(&vercel::KEYS, "belongs to a vercel target, and this one runs commands");
            command_target(table)
        }
        Some(Written::Folder) => {
            table.refuse(&COMMAND_KEYS, "belongs to a command target, and this one is a folder");
            table.refuse(&vercel::KEYS, "belongs to a vercel target, and this one is a folder");
            folder_target(table)
        }
        Some(Written::Vercel) => {
            table.refuse(&FOLDER_KEYS, "belongs to a folder target, and this one is at Vercel");
            table.refuse(&COMMAND_KEYS, "belongs to a command target, and this one is at Vercel");
            vercel::target(table, names, connections)
        }
        None => {
            table.skip(&COMMAND_KEYS);
            table.skip(&FOLDER_KEYS);
            table.skip(&vercel::KEYS);
            None
        }
    }
}

fn command_target(table: &Table<'_>) -> Option<Target> {
    let need = |key, example| table.need(key, example).and_then(|value| command::command(&value));
    let deploy = need("deploy", "`deploy = \"…\"`, the command that places the candidate without traffic");
    let set_share = need("set_share", "`set_share = \"…\"`, the command that moves SEAWORTHY_SHARE percent");
    let rollback = need("rollback", "`rollback = \"…\"`, the command that gives all traffic back");
    let observe = match table.get("observe") {
        Some(value) => Some(command::command(&value)?),
        None => {
            let message = format!("{} cannot be asked what is deployed", table.title);
            table.sink.report(Problem::new(Code::MissingKey, table.span.clone(), message).warning().help(
                "add `observe = \"…\"`; without it only the captain can say what a lost answer has left behind",
            ));
            None
        }
    };
    Some(Target::Command(Box::new(CommandTarget {
        deploy: deploy?,
        set_share: set_share?,
        rollback: rollback?,
        observe,
    })))
}

fn folder_target(table: &Table<'_>) -> Option<Target> {
    let source = table.need("source", "source = \"dist\"").and_then(|value| command::relative(&value));
    let directory = table.need("directory", "directory = \"/srv/www\"").and_then(|value| value.text());
    let keep = table.get("keep").map_or(Some(DEFAULT_KEEP), |value| value.whole(1..=MAX_KEEP));
    Some(Target::Folder(FolderTarget {
        source: source?,
        directory: PathBuf::from(directory?.value),
        keep: keep?,
    }))
}

/// `[environments]` and the name of the one production environment.
pub(super) fn environments(
    root: &Table<'_>,
    names: &Names<'_>,
    targets: &BTreeMap<String, Target>,
) -> (BTreeMap<String, Environment>, Option<String>) {
    let mut environments = BTreeMap::new();
    let mut production: Option<String> = None;
    let mut folders: BTreeMap<PathBuf, String> = BTreeMap::new();
    let before = root.sink.errors();
    let found = tables(root, "environments", "[environments.production]");
    for (name, table) in found {
        let kind = kind(name.value, &table);
        if kind == Some(EnvironmentKind::Production) {
            match &production {
                Some(first) => root.sink.report(two_productions(name.span.clone(), first)),
                None => production = Some(name.value.to_owned()),
            }
        }
        let target = table.need("target", "target = \"web\"");
        let target_span = target.as_ref().map(|value| value.span.clone()).unwrap_or_default();
        let target = target.and_then(|value| names.reference(Kind::Target, &value));
        if let Some(Target::Folder(folder)) = target.as_ref().and_then(|target| targets.get(target))
            && let Some(other) = folders.insert(folder.directory.clone(), name.value.to_owned())
        {
            let message =
                format!("`{other}` and `{}` share the folder {}", name.value, folder.directory.display());
            let problem = Problem::new(Code::Conflict, target_span.clone(), message);
            root.sink.report(
                problem.help("a deployment to one would replace the other; give each its own target"),
            );
        }
        if kind == Some(EnvironmentKind::Staging)
            && let Some(Target::Vercel(_)) = target.as_ref().and_then(|target| targets.get(target))
        {
            vercel::serves_production_only(root, &target_span, name.value);
        }
        let url = table.get("url").map(|value| address(&value));
        table.done();
        if let (Some(kind), Some(target), false) = (kind, target, matches!(url, Some(None))) {
            environments.insert(name.value.to_owned(), Environment { kind, target, url: url.flatten() });
        }
    }
    // An environment whose kind is unclear may be the missing one.
    if production.is_none() && root.sink.errors() == before {
        root.sink.report(
            Problem::of_file(Code::MissingKey, "there is no production environment")
                .help("add a table [environments.production] with `target`"),
        );
    }
    (environments, production)
}

fn two_productions(span: Range<usize>, first: &str) -> Problem {
    Problem::new(
        Code::Conflict,
        span,
        format!("there are two production environments, and `{first}` is the first"),
    )
    .help("one policy releases to one production; write `kind = \"staging\"` for the other")
}

fn kind(name: &str, table: &Table<'_>) -> Option<EnvironmentKind> {
    let words = [("production", EnvironmentKind::Production), ("staging", EnvironmentKind::Staging)];
    match table.get("kind") {
        Some(value) => value.choice(&words),
        None => {
            let implied = words.iter().find(|(word, _)| *word == name).map(|(_, kind)| *kind);
            if implied.is_none() {
                table.missing("kind", "kind = \"staging\"");
            }
            implied
        }
    }
}

/// Reports that a question needs an address that nobody gives.
pub(super) fn needs_address(value: &Value<'_>, environment: &str) {
    let message = format!("`{environment}` has no address to ask");
    value.report(
        Code::Conflict,
        message,
        format!("add `url = \"https://…\"` to [environments.{environment}]"),
    );
}

/// A base address, without a trailing slash.
fn address(value: &Value<'_>) -> Option<String> {
    let text = value.text()?.value;
    let url = http_url(value, text)?;
    if url.query().is_some() || url.fragment().is_some() {
        let message = format!("`{text}` has more than a path");
        value.report(Code::BadValue, message, "write the address up to `?` or `#`");
        return None;
    }
    Some(text.trim_end_matches('/').to_owned())
}

/// A whole address that can be asked over HTTP.
pub(super) fn http_url(value: &Value<'_>, text: &str) -> Option<Url> {
    let help = "write an address such as \"https://example.com\"";
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let Some(url) = url else {
        value.report(Code::BadValue, format!("`{text}` is not an http or https address"), help);
        return None;
    };
    if !url.username().is_empty() || url.password().is_some() {
        let message = format!("`{}` contains a user name or password", value.key);
        value.report(Code::BadValue, message, "remove it; everybody can read a policy");
        return None;
    }
    Some(url)
}
