//! The sections of the file, one module for each subject. What others refer to is read before those who refer.

mod asked;
mod check;
mod command;
mod connection;
mod criterion;
mod gate;
mod guardrail;
mod inspection;
mod metric;
mod names;
mod place;
mod probe;
mod project;
mod rollout;
mod span;
mod vercel;

use crate::diagnostic::Code;
use crate::sink::Problem;
use crate::sink::Sink;
use crate::table::At;
use crate::table::Table;
use crate::value::Value;
use inspection::Known;
use metric::Metrics;
use names::Names;
use seaworthy_domain::policy::Connection;
use seaworthy_domain::policy::Environment;
use seaworthy_domain::policy::NeededFor;
use seaworthy_domain::policy::Policy;
use seaworthy_domain::policy::Rollout;
use seaworthy_domain::policy::Target;
use seaworthy_domain::policy::Watch;
use std::collections::BTreeMap;
use toml::de::DeTable;

/// What the readers of later sections refer to.
pub(crate) struct Context<'a> {
    pub(crate) names: Names<'a>,
    pub(crate) environments: BTreeMap<String, Environment>,
    pub(crate) targets: BTreeMap<String, Target>,
    pub(crate) connections: BTreeMap<String, Connection>,
    /// The one production environment, where the file has one.
    pub(crate) production: Option<String>,
    pub(crate) metrics: Metrics,
}

impl Context<'_> {
    /// The target that production is deployed by.
    pub(crate) fn production_target(&self) -> Option<(&str, &Target)> {
        let environment = self.environments.get(self.production.as_ref()?)?;
        self.targets.get_key_value(&environment.target).map(|(name, target)| (name.as_str(), target))
    }

    /// Whether deployments there have no address: none is written, and a folder gives none.
    pub(crate) fn has_no_address(&self, environment: &str) -> bool {
        self.environments.get(environment).is_some_and(|environment| {
            let target = self.targets.get(&environment.target);
            environment.url.is_none() && matches!(target, Some(Target::Folder(_)))
        })
    }
}

/// Reads the whole tree. A policy comes back even where problems were reported; then it must not be used.
pub(crate) fn policy<'a>(root: &'a DeTable<'a>, sink: &'a Sink<'a>) -> Option<Policy> {
    let root = Table::new(sink, "the policy", 0..0, root);
    let names = Names::of(&root);
    let project = project::project(&root);
    let meta = project::meta(&root, project.as_ref().map_or("", |project| project.name.as_str()));
    let roles = project::roles(&root);
    let connections = connection::connections(&root);
    let targets = place::targets(&root, &names, &connections);
    let (environments, production) = place::environments(&root, &names, &targets);
    let metrics = Metrics::default();
    let mut context = Context { names, environments, targets, connections, production, metrics };
    let probe = probe::probe(&root, &context);
    let metrics = metric::metrics(&root, &mut context, probe.as_ref());
    let rollout = rollout::rollout(&root, &mut context);
    vercel::climb(&mut context, &rollout);
    let guardrails = guardrail::guardrails(&root, &context, &rollout);
    let known = Known { metrics: &metrics, guardrails: &guardrails };
    let checks = check::checks(&root, &context, known);
    let (phases, gates) = gate::gates(&root, &context, &checks);
    let watches = guardrail::watches(&root);
    if !root.has("probe") && !context.metrics.any_asked {
        unobserved(&root, &rollout, &watches);
    }
    root.done();
    let Context { environments, targets, connections, .. } = context;
    Some(Policy {
        meta,
        project: project?,
        roles,
        environments,
        connections,
        targets,
        probe,
        metrics,
        checks,
        phases,
        gates,
        rollout,
        guardrails,
        watches,
    })
}

/// A soak or a watch that nobody can observe would never end, and the release with it.
fn unobserved(root: &Table<'_>, rollout: &Rollout, watches: &[Watch]) {
    let soaks = rollout.stages.iter().any(|stage| stage.soak.is_some());
    let waits = watches.iter().any(|watch| watch.needed_for == NeededFor::Close);
    for (section, asked, message) in [
        ("rollout", soaks, "a soak is observed time, and nothing observes production here"),
        ("watches", waits, "close waits for a watch, and nothing observes production here"),
    ] {
        if let Some(value) = root.get(section).filter(|_| asked) {
            let problem = Problem::new(Code::Conflict, value.key_span, message);
            root.sink.report(
                problem
                    .help("add [probe] with its `path`, `route` and `version`, or metrics of a connection"),
            );
        }
    }
}

/// Entries of a section `[name.entry]`, in the order of the file; none where the section is absent.
fn entries<'a>(root: &Table<'a>, section: &'static str, example: &str) -> Vec<(At<&'a str>, Value<'a>)> {
    let table = root.get(section).and_then(|value| value.table(format!("[{section}]"), example));
    table.map(|table| table.each()).unwrap_or_default()
}

/// Entries of a section as tables, each called `[section.entry]` in messages.
fn tables<'a>(root: &Table<'a>, section: &'static str, example: &str) -> Vec<(At<&'a str>, Table<'a>)> {
    entries(root, section, example)
        .into_iter()
        .filter_map(|(name, value)| {
            let title = format!("[{section}.{}]", name.value.escape_debug());
            let table = value.table(title, example)?;
            Some((name, table))
        })
        .collect()
}

/// Reports that a section must be there.
fn missing_section(sink: &Sink<'_>, section: &str, example: &str) {
    let message = format!("there is no [{section}]");
    sink.report(Problem::of_file(Code::MissingKey, message).help(format!("add {example}")));
}
