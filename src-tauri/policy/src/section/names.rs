//! Names that other sections refer to, known before any section is read, so that order in the file does not matter.

use crate::diagnostic::Code;
use crate::sink::Problem;
use crate::suggest;
use crate::table::At;
use crate::table::Table;
use crate::value::Value;
use toml::de::DeValue;

/// The role that every policy has.
pub(crate) const CAPTAIN: &str = "captain";

/// What a name can refer to.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Role,
    Environment,
    Target,
    Connection,
    Check,
    Metric,
    Guardrail,
}

impl Kind {
    const fn section(self) -> &'static str {
        match self {
            Self::Role => "roles",
            Self::Environment => "environments",
            Self::Target => "targets",
            Self::Connection => "connections",
            Self::Check => "checks",
            Self::Metric => "metrics",
            Self::Guardrail => "guardrails",
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Environment => "environment",
            Self::Target => "target",
            Self::Connection => "connection",
            Self::Check => "check",
            Self::Metric => "metric",
            Self::Guardrail => "guardrail",
        }
    }
}

/// Names by section.
pub(crate) struct Names<'a> {
    roles: Vec<&'a str>,
    environments: Vec<&'a str>,
    targets: Vec<&'a str>,
    connections: Vec<&'a str>,
    checks: Vec<&'a str>,
    metrics: Vec<&'a str>,
    guardrails: Vec<&'a str>,
    /// How many stages the rollout has; one where none is written.
    pub(crate) stages: usize,
}

impl<'a> Names<'a> {
    pub(crate) fn of(root: &Table<'a>) -> Self {
        let keys = |kind: Kind| root.names_in(kind.section());
        let mut roles = keys(Kind::Role);
        if !roles.contains(&CAPTAIN) {
            roles.push(CAPTAIN);
        }
        Self {
            roles,
            environments: keys(Kind::Environment),
            targets: keys(Kind::Target),
            connections: keys(Kind::Connection),
            checks: keys(Kind::Check),
            metrics: keys(Kind::Metric),
            guardrails: keys(Kind::Guardrail),
            stages: 1,
        }
    }

    fn known(&self, kind: Kind) -> &[&'a str] {
        match kind {
            Kind::Role => &self.roles,
            Kind::Environment => &self.environments,
            Kind::Target => &self.targets,
            Kind::Connection => &self.connections,
            Kind::Check => &self.checks,
            Kind::Metric => &self.metrics,
            Kind::Guardrail => &self.guardrails,
        }
    }

    /// Whether the name is written, sound or not.
    pub(crate) fn is_known(&self, kind: Kind, name: &str) -> bool {
        self.known(kind).contains(&name)
    }

    /// Reads a name that must exist.
    pub(crate) fn reference(&self, kind: Kind, value: &Value<'_>) -> Option<String> {
        let name = value.text()?;
        self.exists(kind, value, &name).then(|| name.value.to_owned())
    }

    /// Whether the name exists; reports where it does not.
    pub(crate) fn exists(&self, kind: Kind, value: &Value<'_>, name: &At<&str>) -> bool {
        let known = self.known(kind);
        if known.contains(&name.value) {
            return true;
        }
        let message = format!("there is no {} `{}`", kind.word(), name.value);
        let help = suggest::help(name.value, known, || {
            let quoted =
                if name.value.contains('.') { format!("\"{}\"", name.value) } else { name.value.into() };
            format!("declare it in [{}.{quoted}]", kind.section())
        });
        value.sink.report(Problem::new(Code::UnknownName, name.span.clone(), message).help(help));
        false
    }
}

impl<'a> Table<'a> {
    fn names_in(&self, section: &str) -> Vec<&'a str> {
        match self.peek(section) {
            Some(DeValue::Table(table)) => table.keys().map(|name| name.get_ref().as_ref()).collect(),
            _ => Vec::new(),
        }
    }
}
