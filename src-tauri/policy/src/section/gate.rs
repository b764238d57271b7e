//! `[phase]` and `[gate]`: decision points and the transitions they guard.

use super::Context;
use super::criterion;
use super::names::CAPTAIN;
use super::names::Kind;
use super::tables;
use crate::diagnostic::Code;
use crate::sink::Problem;
use crate::suggest;
use crate::table::At;
use crate::table::Table;
use crate::value::Value;
use seaworthy_domain::policy::Check;
use seaworthy_domain::policy::Criterion;
use seaworthy_domain::policy::Gate;
use seaworthy_domain::policy::Phase;
use seaworthy_domain::policy::Transition;
use std::collections::BTreeMap;

/// Words a transition can begin with.
const TRANSITIONS: [&str; 5] = ["freeze", "candidate", "deploy:", "advance:", "close"];

/// `[phase]` and `[gate]`, both in the order of the file; a phase that only gates name stands where the first does.
pub(super) fn gates(
    root: &Table<'_>,
    context: &Context<'_>,
    checks: &BTreeMap<String, Check>,
) -> (Vec<Phase>, Vec<Gate>) {
    let mut phases: Vec<At<Phase>> = tables(root, "phase", "[phase.build]")
        .into_iter()
        .map(|(name, table)| {
            let title = table.get("title").and_then(|value| value.text());
            table.done();
            let title = title.map_or_else(|| title_of(name.value), |title| title.value.to_owned());
            name.map(|id| Phase { id: id.to_owned(), title })
        })
        .collect();
    let declared: Vec<String> = phases.iter().map(|phase| phase.value.id.clone()).collect();
    let mut gates = Vec::new();
    for (name, table) in tables(root, "gate", "[gate.quality]") {
        let title = table.get("title").map(|value| value.text());
        let phase = table.need("phase", "phase = \"build\"").and_then(|value| value.text());
        if let Some(phase) = &phase {
            name_phase(root, phase, &declared, &mut phases);
        }
        let owner = match table.get("owner") {
            Some(value) => context.names.reference(Kind::Role, &value),
            None => Some(CAPTAIN.to_owned()),
        };
        let guards = table.get("guards").map(|value| transition(&value, context));
        let transition = guards.as_ref().and_then(Option::as_ref);
        let scope = criterion::Scope {
            context,
            checks,
            guards: transition,
            owner: owner.as_deref().unwrap_or(CAPTAIN),
        };
        let criteria = criteria(&table, &scope);
        table.done();
        gates.push(Gate {
            id: name.value.to_owned(),
            title: title.flatten().map_or_else(|| title_of(name.value), |title| title.value.to_owned()),
            phase: phase.map(|phase| phase.value.to_owned()).unwrap_or_default(),
            owner: scope.owner.to_owned(),
            guards: guards.flatten(),
            criteria,
        });
    }
    phases.sort_by_key(|phase| phase.span.start);
    (phases.into_iter().map(|phase| phase.value).collect(), gates)
}

/// Makes a phase of a name that is new.
fn name_phase(root: &Table<'_>, name: &At<&str>, declared: &[String], phases: &mut Vec<At<Phase>>) {
    if phases.iter().any(|phase| phase.value.id == name.value) {
        return;
    }
    crate::table::check_name(root.sink, name);
    if let Some(near) = suggest::nearest(name.value, declared.iter().map(String::as_str)) {
        let message = format!("`{}` is a phase of its own, and [phase.{near}] is another", name.value);
        let problem = Problem::new(Code::UnknownName, name.span.clone(), message).warning();
        root.sink.report(problem.help(format!("write `{near}` if that is meant, or declare both")));
    }
    let phase = Phase { id: name.value.to_owned(), title: title_of(name.value) };
    phases.push(At { value: phase, span: name.span.clone() });
}

/// `pre-deploy` as people write it: `Pre Deploy`.
fn title_of(id: &str) -> String {
    let words = id.split(['-', '_', '.']).filter(|word| !word.is_empty());
    let capital = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
        format!("{first}{}", letters.as_str())
    };
    words.map(capital).collect::<Vec<_>>().join(" ")
}

/// What the gate guards; environments and stages must exist.
fn transition(value: &Value<'_>, context: &Context<'_>) -> Option<Transition> {
    let text = value.text()?;
    match text.value.parse::<Transition>() {
        Ok(Transition::Deploy(environment)) => {
            let start = "deploy:".len();
            let span = value.inner(start..start + environment.len());
            let at = At { value: environment.as_str(), span };
            context
                .names
                .exists(Kind::Environment, value, &at)
                .then(|| Transition::Deploy(environment.clone()))
        }
        Ok(Transition::Advance(stage)) if usize::try_from(stage).is_ok_and(|n| n > context.names.stages) => {
            let stages = context.names.stages;
            let (message, help) = match stages {
                1 => {
                    (format!("there is no stage {stage}; there is only one"), "write `advance:1`".to_owned())
                }
                _ => (
                    format!("there is no stage {stage}; there are {stages}"),
                    format!("write `advance:2` up to `advance:{stages}`"),
                ),
            };
            let start = "advance:".len();
            let span = value.inner(start..text.value.len());
            value.sink.report(Problem::new(Code::UnknownName, span, message).help(help));
            None
        }
        Ok(transition) => Some(transition),
        Err(error) => {
            let message = format!("`{}` is not a step of a release", text.value);
            let (word, rest) =
                text.value.split_once(':').map_or((text.value, ""), |(word, rest)| (word, rest));
            let near = suggest::nearest(word, TRANSITIONS.iter().map(|word| word.trim_end_matches(':')));
            let help = match near {
                Some(near) if near != word => {
                    format!("write `{near}{}{rest}`", if rest.is_empty() { "" } else { ":" })
                }
                _ => error.to_string(),
            };
            value.report(Code::BadValue, message, help);
            None
        }
    }
}

fn criteria(table: &Table<'_>, scope: &criterion::Scope<'_, '_>) -> Vec<Criterion> {
    let example = "criteria = [{ id = \"lint\", check = \"lint\" }]";
    let Some(value) = table.need("criteria", example) else { return Vec::new() };
    let Some(entries) = value.list("[{ id = \"lint\", check = \"lint\" }]") else { return Vec::new() };
    if entries.is_empty() {
        value.report(
            Code::BadValue,
            format!("{} has no criteria", table.title),
            format!("write `{example}`"),
        );
    }
    let mut criteria: Vec<Criterion> = Vec::new();
    let mut lines: BTreeMap<String, usize> = BTreeMap::new();
    for entry in &entries {
        let Some((id, criterion)) = criterion::criterion(entry, scope) else { continue };
        if let Some(line) = lines.get(id.value) {
            let message = format!("two criteria of {} are called `{}`", table.title, id.value);
            let help =
                format!("the first is on line {line}; evidence is kept by this name, so choose another");
            table.sink.report(Problem::new(Code::DuplicateKey, id.span, message).help(help));
            continue;
        }
        lines.insert(id.value.to_owned(), table.sink.line_of(id.span.start));
        criteria.extend(criterion);
    }
    criteria
}
