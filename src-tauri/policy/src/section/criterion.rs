//! One criterion of a gate: what proves it, what the proof is about, and whether it can come in time.

use super::Context;
use super::metric;
use super::names::Kind;
use crate::diagnostic::Code;
use crate::sink::Problem;
use crate::suggest;
use crate::table::At;
use crate::table::Table;
use crate::table::check_name;
use crate::value::Value;
use seaworthy_domain::policy::Check;
use seaworthy_domain::policy::CheckKind;
use seaworthy_domain::policy::Criterion;
use seaworthy_domain::policy::CriterionKind;
use seaworthy_domain::policy::Holds;
use seaworthy_domain::policy::MetricsCheck;
use seaworthy_domain::policy::Subject;
use seaworthy_domain::policy::Transition;
use std::collections::BTreeMap;

/// What proves a criterion; exactly one of them is written.
const PROOFS: [&str; 4] = ["check", "rule", "attest", "deployed"];
const EXAMPLE: &str = "{ id = \"lint\", check = \"lint\" }";

/// What a criterion can refer to, and the gate it stands in.
pub(super) struct Scope<'s, 'a> {
    pub(super) context: &'s Context<'a>,
    pub(super) checks: &'s BTreeMap<String, Check>,
    pub(super) guards: Option<&'s Transition>,
    pub(super) owner: &'s str,
}

/// Its id, and the criterion where all of it is sound.
pub(super) fn criterion<'a>(
    entry: &Value<'a>,
    scope: &Scope<'_, '_>,
) -> Option<(At<&'a str>, Option<Criterion>)> {
    let table = entry.table("a criterion", EXAMPLE)?;
    let before = table.sink.errors();
    let id =
        table.need("id", "`id = \"lint\"`, the name its evidence is kept by").and_then(|value| value.text());
    if let Some(id) = &id {
        check_name(table.sink, id);
    }
    let kind = kind(&table, scope);
    let subject = kind.as_ref().and_then(|kind| subject(&table, kind, scope));
    let title = table.get("title").map(|value| value.text());
    let holds = table
        .get("holds")
        .map(|value| value.choice(&[("at_passage", Holds::AtPassage), ("until_close", Holds::UntilClose)]));
    let fresh_for = table.get("fresh_for").map(|value| value.period());
    if kind.is_none() {
        table.skip(&["by", "subject", "environment"]);
    }
    table.done();
    if let (Some(kind), Some(subject)) = (&kind, &subject) {
        can_come_in_time(&table, kind, subject, scope);
    }
    let sound = table.sink.errors() == before;
    let id = id?;
    let criterion = kind.zip(subject).filter(|_| sound).map(|(kind, subject)| Criterion {
        id: id.value.to_owned(),
        title: title.flatten().map_or_else(|| sentence(&kind, scope), |title| title.value.to_owned()),
        holds: holds.flatten().unwrap_or(usual_holds(&kind)),
        fresh_for: fresh_for.flatten(),
        kind,
        subject,
    });
    Some((id, criterion))
}

fn kind(table: &Table<'_>, scope: &Scope<'_, '_>) -> Option<CriterionKind> {
    let names = &scope.context.names;
    let written: Vec<Value<'_>> = PROOFS.iter().filter_map(|key| table.get(key)).collect();
    let [value] = written.as_slice() else {
        match written.get(1) {
            None => table.missing("check", &format!("`check = \"…\"`, or {}", suggest::listed(&PROOFS[1..]))),
            Some(second) => {
                let message = format!("a criterion has one proof, and `{}` is a second", second.key);
                let problem = Problem::new(Code::Conflict, second.key_span.clone(), message);
                table.sink.report(problem.help("make two criteria of it"));
            }
        }
        return None;
    };
    if value.key != "attest" {
        table.refuse(&["by"], "says who attests, and nobody does here");
    }
    match value.key {
        "check" => names.reference(Kind::Check, value).map(|check| CriterionKind::Check { check }),
        "rule" => metric::rule(value, scope.context).map(|rule| CriterionKind::Rule { rule }),
        "deployed" => names
            .reference(Kind::Environment, value)
            .map(|environment| CriterionKind::Deployed { environment }),
        _ => {
            let by = match table.get("by") {
                Some(value) => names.reference(Kind::Role, &value),
                None => Some(scope.owner.to_owned()),
            };
            let statement = value.text()?.value.to_owned();
            Some(CriterionKind::Attest { statement, by: by? })
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    Candidate,
    Release,
    Deployment,
}

fn subject(table: &Table<'_>, kind: &CriterionKind, scope: &Scope<'_, '_>) -> Option<Subject> {
    if let CriterionKind::Deployed { environment } = kind {
        table.refuse(&["subject", "environment"], "is said by `deployed` already");
        return Some(Subject::Deployment { environment: environment.clone() });
    }
    let usual = usual_subject(kind, scope);
    let about = match table.get("subject") {
        Some(value) => Some(value.choice(&[
            ("candidate", About::Candidate),
            ("release", About::Release),
            ("deployment", About::Deployment),
        ])?),
        None => None,
    };
    let environment = match table.get("environment") {
        Some(value) if matches!(about, Some(About::Candidate | About::Release)) => {
            let message = "only a proof about a deployment has an environment";
            let problem = Problem::new(Code::Conflict, value.key_span, message);
            table.sink.report(problem.help("write `subject = \"deployment\"`, or remove `environment`"));
            return None;
        }
        Some(value) => Some(scope.context.names.reference(Kind::Environment, &value)?),
        None => None,
    };
    match (about, environment, usual) {
        (_, Some(environment), _) => Some(Subject::Deployment { environment }),
        (Some(About::Candidate), None, _) => Some(Subject::Candidate),
        (Some(About::Release), None, _) => Some(Subject::Release),
        (Some(About::Deployment), None, usual @ Subject::Deployment { .. }) | (None, None, usual) => {
            Some(usual)
        }
        (Some(About::Deployment), None, _) => {
            table.missing("environment", "`environment = \"staging\"`, where the deployment stands");
            None
        }
    }
}

fn usual_subject(kind: &CriterionKind, scope: &Scope<'_, '_>) -> Subject {
    match kind {
        CriterionKind::Check { check } => match scope.checks.get(check).map(|check| &check.kind) {
            Some(CheckKind::Http(probe)) => probe
                .environment
                .clone()
                .map_or(Subject::Candidate, |environment| Subject::Deployment { environment }),
            // Fresh figures are those of what is deployed.
            Some(CheckKind::Metrics(MetricsCheck::Fresh { .. })) => {
                Subject::Deployment { environment: scope.context.production.clone().unwrap_or_default() }
            }
            _ => Subject::Candidate,
        },
        CriterionKind::Attest { .. } => Subject::Release,
        CriterionKind::Deployed { environment } => Subject::Deployment { environment: environment.clone() },
        // Where production is missing that is an error of its own.
        CriterionKind::Rule { .. } => {
            Subject::Deployment { environment: scope.context.production.clone().unwrap_or_default() }
        }
    }
}

fn usual_holds(kind: &CriterionKind) -> Holds {
    match kind {
        CriterionKind::Rule { .. } => Holds::UntilClose,
        _ => Holds::AtPassage,
    }
}

/// The sentence of a criterion that gives none.
fn sentence(kind: &CriterionKind, scope: &Scope<'_, '_>) -> String {
    match kind {
        CriterionKind::Check { check } => {
            scope.checks.get(check).map_or_else(|| check.clone(), |check| check.title.clone())
        }
        CriterionKind::Rule { rule } => rule.to_string(),
        CriterionKind::Attest { statement, .. } => statement.clone(),
        CriterionKind::Deployed { environment } => format!("Deployed to {environment}"),
    }
}

/// A gate cannot ask for what only the step behind it brings about.
fn can_come_in_time(table: &Table<'_>, kind: &CriterionKind, subject: &Subject, scope: &Scope<'_, '_>) {
    let Some(guards) = scope.guards else { return };
    let missing = match (guards, subject) {
        (Transition::Freeze | Transition::Candidate, Subject::Deployment { .. } | Subject::Candidate) => {
            "there is no candidate yet".to_owned()
        }
        (Transition::Freeze | Transition::Candidate, Subject::Release)
            if matches!(kind, CriterionKind::Check { .. }) =>
        {
            "there is no candidate yet for a check to run on".to_owned()
        }
        (Transition::Deploy(to), Subject::Deployment { environment }) if to == environment => {
            format!("nothing is deployed to `{environment}` yet")
        }
        _ => return,
    };
    let message = format!("when this gate is asked, before `{guards}`, {missing}");
    let help = "put the criterion into a gate that guards a later step";
    // A rule may rest on what the environment measured before; whoever wrote it knows.
    let problem = Problem::new(Code::Conflict, table.span.clone(), message).help(help);
    table.sink.report(if matches!(kind, CriterionKind::Rule { .. }) { problem.warning() } else { problem });
}
