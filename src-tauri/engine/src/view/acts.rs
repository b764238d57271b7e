//! What would it take: the smallest list of acts that opens the next step, in working order.

use super::readiness::transition_words;
use super::state_of;
use crate::core::Live;
use seaworthy_domain::Lifecycle;
use seaworthy_domain::Missing;
use seaworthy_domain::command::Context;
use seaworthy_domain::policy::CriterionKind;
use seaworthy_domain::policy::Transition;
use seaworthy_domain::proof;
use seaworthy_wire::ActKind;
use seaworthy_wire::ActView;
use seaworthy_wire::State;

pub(super) fn acts(context: &Context<'_>, live: &Live) -> Vec<ActView> {
    let mut acts = demanded(context);
    acts.extend(left_behind(live));
    acts
}

/// What a target keeps switched after a rollback. No gate asks for it, and nobody else reminds of it.
fn left_behind(live: &Live) -> impl Iterator<Item = ActView> {
    let remarks = live.remarks.iter();
    remarks.flat_map(|(environment, remarks)| remarks.iter().map(move |remark| (environment, remark))).map(
        |(environment, remark)| ActView {
            state: State::Differs,
            title: format!("Put back at {environment}: {remark}"),
            line: "as of the last look; nothing here waits for it".to_owned(),
            command: None,
            kind: ActKind::Wait,
        },
    )
}

fn demanded(context: &Context<'_>) -> Vec<ActView> {
    let release = context.release;
    let mut acts = Vec::new();
    if let Some(operation) = release.unknown_operation() {
        acts.push(act(
            State::Unknown,
            format!("Find out: {}", operation.act),
            "nothing is sent before that",
            "seaworthy reconcile",
            ActKind::Reconcile,
        ));
        return acts;
    }
    if let Some(reason) = release.must_go_back() {
        acts.push(act(State::Fail, "Roll back".into(), reason, "seaworthy rollback", ActKind::Wait));
        return acts;
    }
    if let Some(hold) = &release.hold {
        acts.push(act(
            State::Hold,
            "Lift the hold".into(),
            &hold.reason,
            "seaworthy hold --lift",
            ActKind::Lift,
        ));
    }
    let Some(next) = context.next() else { return acts };
    let missing = proof::missing(context.policy, release, &next, context.facts, context.now);
    for fact in &missing {
        let act = for_missing(context, fact);
        if !acts.iter().any(|a: &ActView| a.command.is_some() && a.command == act.command) {
            acts.push(act);
        }
    }
    if missing.is_empty() {
        acts.push(step(context, &next));
    }
    acts
}

fn act(state: State, title: String, line: &str, command: &str, kind: ActKind) -> ActView {
    ActView { state, title, line: line.to_owned(), command: Some(command.to_owned()), kind }
}

fn for_missing(context: &Context<'_>, fact: &Missing) -> ActView {
    let name = format!("{}/{}", fact.gate, fact.criterion);
    let kind = context.policy.criterion(&name).map(|(_, criterion)| &criterion.kind);
    let waits_for_candidate = context.release.candidate().is_none();
    let (title, kind) = match kind {
        Some(CriterionKind::Check { .. } | CriterionKind::Deployed { .. }) if waits_for_candidate => {
            ("Name a candidate".to_owned(), ActKind::Candidate)
        }
        Some(CriterionKind::Check { check }) => match deploy_first(fact) {
            Some(environment) => (format!("Deploy to {environment}"), ActKind::Deploy { environment }),
            None => (format!("Run {check}"), ActKind::RunCheck { check: check.clone() }),
        },
        Some(CriterionKind::Attest { by, .. }) => {
            (format!("Attest as {by}: {}", fact.title), ActKind::Attest { criterion: name })
        }
        Some(CriterionKind::Deployed { environment }) => {
            (format!("Deploy to {environment}"), ActKind::Deploy { environment: environment.clone() })
        }
        Some(CriterionKind::Rule { .. }) | None => (fact.title.clone(), ActKind::Wait),
    };
    ActView { state: state_of(fact.state), title, line: fact.reason.clone(), command: fact.act.clone(), kind }
}

/// A check about a deployment that is not there waits for the deploy.
fn deploy_first(fact: &Missing) -> Option<String> {
    fact.act.as_deref()?.strip_prefix("seaworthy deploy --env ").map(str::to_owned)
}

/// Everything holds: the step itself, or the time it still needs.
fn step(context: &Context<'_>, next: &Transition) -> ActView {
    let title = |text: &str| text.to_owned();
    match next {
        Transition::Freeze => act(
            State::Pending,
            title("Freeze the scope"),
            "pins policy and scope",
            "seaworthy freeze",
            ActKind::Freeze,
        ),
        Transition::Candidate => {
            let line = if context.release.lifecycle == Lifecycle::RolledBack {
                "the next candidate, once it is fixed"
            } else {
                "what is checked out now"
            };
            act(State::Pending, title("Name a candidate"), line, "seaworthy candidate", ActKind::Candidate)
        }
        Transition::Deploy(environment) => act(
            State::Pending,
            format!("Deploy to {environment}"),
            "every gate says yes",
            &format!("seaworthy deploy --env {environment}"),
            ActKind::Deploy { environment: environment.clone() },
        ),
        Transition::Advance(stage) => advance(context, *stage),
        Transition::Close => act(
            State::Pending,
            title("Close the release"),
            "every gate says yes",
            "seaworthy close",
            ActKind::Close,
        ),
    }
}

fn advance(context: &Context<'_>, stage: u32) -> ActView {
    let words = transition_words(&Transition::Advance(stage));
    if context.soaking().is_some() {
        return ActView {
            state: State::Running,
            title: "Keep watching".to_owned(),
            line: format!("the soak is not met; then {words}"),
            command: Some("seaworthy watch".to_owned()),
            kind: ActKind::Wait,
        };
    }
    let share = context.policy.rollout.stage(stage).map(|s| s.share.to_string());
    let title = share.map_or_else(|| words.clone(), |share| format!("Advance to {share}"));
    act(State::Pending, title, "every gate says yes", "seaworthy advance", ActKind::Advance)
}
