//! A target of kind `vercel`, and what its shares can be.

use super::Context;
use super::command;
use super::names::Kind;
use super::names::Names;
use crate::diagnostic::Code;
use crate::sink::Problem;
use crate::table::Table;
use crate::value::Value;
use seaworthy_domain::Share;
use seaworthy_domain::policy::Connection;
use seaworthy_domain::policy::GitHost;
use seaworthy_domain::policy::GitSource;
use seaworthy_domain::policy::Rollout;
use seaworthy_domain::policy::Service;
use seaworthy_domain::policy::Target;
use seaworthy_domain::policy::VercelSource;
use seaworthy_domain::policy::VercelTarget;
use std::collections::BTreeMap;
use std::ops::Range;

pub(super) const KEYS: [&str; 5] = ["connection", "project", "rolling", "upload", "git"];

const GIT_EXAMPLE: &str = "git = { host = \"github\", repository = \"acme/shop\", branch = \"main\" }";

pub(super) fn target(
    table: &Table<'_>,
    names: &Names<'_>,
    connections: &BTreeMap<String, Connection>,
) -> Option<Target> {
    let connection = table.need("connection", "connection = \"vercel\"");
    let connection = connection.and_then(|value| connected(&value, names, connections));
    let project = table.need("project", "project = \"prj_…\"").and_then(|value| project(&value));
    let rolling = table.get("rolling").map_or(Some(false), |value| value.boolean());
    let source = source(table);
    let (connection, at) = connection?;
    Some(Target::Vercel(Box::new(VercelTarget {
        connection,
        at,
        project: project?,
        source: source?,
        // The stages are read later; see `climb`.
        rolling: rolling?.then(Vec::new),
    })))
}

/// The connection, which must be one to Vercel.
fn connected(
    value: &Value<'_>,
    names: &Names<'_>,
    connections: &BTreeMap<String, Connection>,
) -> Option<(String, Connection)> {
    let name = names.reference(Kind::Connection, value)?;
    // One that was not understood has been reported where it stands.
    let at = connections.get(&name)?;
    if let Service::Vercel { .. } = at.service {
        return Some((name, at.clone()));
    }
    let message = format!("the connection `{name}` is to {}", at.service.word());
    value.report(Code::Conflict, message, "name one with `service = \"vercel\"`");
    None
}

fn project(value: &Value<'_>) -> Option<String> {
    let text = value.text()?.value;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if text.chars().all(plain) && !matches!(text, "." | "..") {
        return Some(text.to_owned());
    }
    let message = format!("`{text}` is not a project at Vercel");
    value.report(Code::BadValue, message, "write its id, such as \"prj_abc123\", or its name");
    None
}

fn source(table: &Table<'_>) -> Option<VercelSource> {
    let (upload, git) = (table.get("upload"), table.get("git"));
    match (upload, git) {
        (Some(upload), None) => command::relative(&upload).map(VercelSource::Upload),
        (None, Some(value)) => git_source(&value).map(VercelSource::Git),
        (Some(_), Some(value)) => {
            let message = "a deployment is made from an upload or from git, and both are written";
            table.sink.report(Problem::new(Code::Conflict, value.key_span, message).help("remove one"));
            None
        }
        (None, None) => {
            table.missing("upload", &format!("`upload = \"dist\"`, the folder to send, or `{GIT_EXAMPLE}`"));
            None
        }
    }
}

fn git_source(value: &Value<'_>) -> Option<GitSource> {
    let table = value.table("`git`", GIT_EXAMPLE)?;
    let host = table
        .need("host", "host = \"github\"")
        .and_then(|value| value.choice(&[("github", GitHost::GitHub), ("bitbucket", GitHost::Bitbucket)]));
    let repository =
        table.need("repository", "repository = \"acme/shop\"").and_then(|value| repository(&value));
    let branch = table.need("branch", "branch = \"main\"").and_then(|value| value.text());
    table.done();
    Some(GitSource { host: host?, repository: repository?, branch: branch?.value.to_owned() })
}

fn repository(value: &Value<'_>) -> Option<String> {
    let text = value.text()?.value;
    let parts: Vec<&str> = text.split('/').collect();
    if matches!(parts[..], [owner, name] if !owner.is_empty() && !name.is_empty()) {
        return Some(text.to_owned());
    }
    value.report(
        Code::BadValue,
        format!("`{text}` is not a repository"),
        "write its owner and its name, such as \"acme/shop\"",
    );
    None
}

/// Reports an environment of another kind.
pub(super) fn serves_production_only(root: &Table<'_>, span: &Range<usize>, environment: &str) {
    let message =
        format!("`{environment}` is staging, and a vercel target places production deployments only");
    let help = "give it a target of another kind, such as commands that call Vercel's own tool";
    root.sink.report(Problem::new(Code::Conflict, span.clone(), message).help(help));
}

/// Reports shares that Vercel cannot give.
pub(super) fn splittable<'s>(
    root: &Table<'_>,
    name: &str,
    target: &VercelTarget,
    shares: impl Iterator<Item = (Share, &'s Range<usize>)>,
) {
    let shares: Vec<_> = shares.collect();
    let report = |span: &Range<usize>, message: String, help: &str| {
        root.sink.report(Problem::new(Code::Conflict, span.clone(), message).help(help));
    };
    if target.rolling.is_none() {
        if let Some((share, span)) = shares.iter().find(|(share, _)| *share != Share::FULL) {
            let message =
                format!("the vercel target `{name}` of production knows only 0% and 100%, not {share}");
            let help = "write `rolling = true` in the target if the project has rolling releases, or keep one stage \
                        of 100%";
            report(span, message, help);
        }
        return;
    }
    if let [(_, span)] = shares[..] {
        let message = "a rolling release has stages before 100%, and none is written".to_owned();
        report(
            span,
            message,
            "write them as the project has them, or remove `rolling = true` from the target",
        );
    }
    let uneven = |share: &Share| !share.as_percent().is_integer() || share.as_percent().is_zero();
    for (share, span) in shares.iter().filter(|(share, _)| uneven(share)) {
        let message = format!("Vercel's rolling releases take whole percents from 1% on, not {share}");
        report(span, message, "for a smaller cohort use a flag and begin here with 1% or more");
    }
}

/// Gives the target of production the ladder it climbs.
pub(super) fn climb(context: &mut Context<'_>, rollout: &Rollout) {
    let Some(name) = context.production_target().map(|(name, _)| name.to_owned()) else { return };
    if let Some(Target::Vercel(target)) = context.targets.get_mut(&name)
        && let Some(ladder) = &mut target.rolling
    {
        *ladder = rollout.stages.iter().map(|stage| stage.share).collect();
    }
}
