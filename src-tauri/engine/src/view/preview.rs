//! A step before it is confirmed.

use super::readiness::transition_words;
use seaworthy_domain::DeploymentId;
use seaworthy_domain::command::Context;
use seaworthy_domain::operation::Preview;
use seaworthy_domain::policy::Target;
use seaworthy_domain::policy::Transition;
use seaworthy_domain::proof;
use seaworthy_wire::CallView;
use seaworthy_wire::CheckedLine;
use seaworthy_wire::Forward;
use seaworthy_wire::State;
use seaworthy_wire::StepPreview;

pub(crate) fn step_preview(
    context: &Context<'_>,
    forward: &Forward,
    environment: &str,
    calls: &[Preview],
) -> StepPreview {
    let release = context.release;
    let name = format!("{} {}", release.project_name, release.version);
    let candidate = release.candidate().map(seaworthy_domain::Candidate::label).unwrap_or_default();
    let production = context.policy.production().is_some_and(|(production, _)| production == environment);
    let (title, action, consequences) = match forward {
        Forward::Deploy { .. } => {
            let traffic = if production {
                "No traffic moves: the candidate is placed with a share of 0\u{202f}%.".to_owned()
            } else {
                format!("All of {environment} moves to {candidate}.")
            };
            let mut consequences = vec![traffic];
            if production && needs_own_address(context, environment) {
                consequences.push(format!(
                    "The deploy must tell the candidate's address: {environment} has no `url`, and without either \
                     the first stage is refused."
                ));
            }
            if let Some(source) = copied(context, environment) {
                consequences.push(format!(
                    "Takes {source} as it lies there; that {candidate} was built into it is for a check to prove."
                ));
            }
            (
                format!("Deploy {name} {candidate} to {environment}?"),
                format!("Deploy to {environment}"),
                consequences,
            )
        }
        Forward::Advance => advance(context, &name),
    };
    StepPreview {
        title,
        action,
        release: release.id.to_string(),
        expect: release.position(),
        consequences,
        calls: calls.iter().map(call).collect(),
        checks: transition(context, forward).map_or_else(Vec::new, |transition| checks(context, &transition)),
    }
}

/// Whether nobody can look at production unless the target gives the deployment an address.
fn needs_own_address(context: &Context<'_>, environment: &str) -> bool {
    let shared = context.policy.environments.get(environment).is_some_and(|e| e.url.is_some());
    context.policy.probe.is_some() && !shared
}

/// What a folder's deploy copies. A build is rarely tracked, so no commit vouches for it.
fn copied(context: &Context<'_>, environment: &str) -> Option<String> {
    let target = context.policy.targets.get(&context.policy.environments.get(environment)?.target)?;
    match target {
        Target::Folder(folder) => Some(folder.source.display().to_string()),
        Target::Command(_) | Target::Vercel(_) | Target::Practice => None,
    }
}

fn advance(context: &Context<'_>, name: &str) -> (String, String, Vec<String>) {
    let stage = match context.next() {
        Some(Transition::Advance(stage)) => stage,
        _ => 0,
    };
    let found = context.policy.rollout.stage(stage);
    let share = found.map_or_else(String::new, |s| format!("{}\u{202f}%", s.share.as_percent()));
    let mut consequences = vec![format!("{share} of visitors get the new version.")];
    let armed = context.policy.guardrails.len();
    consequences.push(format!("{armed} guardrails look at it from then on."));
    if context.policy.guardrails.iter().any(|g| g.then == seaworthy_domain::policy::Then::Rollback) {
        consequences.push("A breach rolls it back without asking, as long as somebody watches.".to_owned());
    }
    (format!("Advance {name} to {share}?"), format!("Advance to {share}"), consequences)
}

pub(crate) fn rollback_preview(context: &Context<'_>, to: &DeploymentId, preview: &Preview) -> StepPreview {
    let release = context.release;
    let share = context.exposed().map_or_else(|_| String::new(), |d| d.share.to_string());
    StepPreview {
        title: format!("Roll {} {} back?", release.project_name, release.version),
        action: "Roll back now".to_owned(),
        release: release.id.to_string(),
        expect: release.position(),
        consequences: vec![
            format!("{share} of visitors move back to {to}."),
            "The release then waits for its next candidate.".to_owned(),
        ],
        calls: vec![call(preview)],
        checks: Vec::new(),
    }
}

/// One call as it will be sent.
pub(crate) fn call(preview: &Preview) -> CallView {
    CallView { method: preview.method.clone(), target: preview.target.clone(), body: preview.body.clone() }
}

/// What the gates know this step by.
fn transition(context: &Context<'_>, forward: &Forward) -> Option<Transition> {
    match forward {
        Forward::Deploy { environment } => Some(Transition::Deploy(environment.clone())),
        Forward::Advance => context.next(),
    }
}

/// Everything that was checked for this step just now.
fn checks(context: &Context<'_>, step: &Transition) -> Vec<CheckedLine> {
    let missing = proof::missing(context.policy, context.release, step, context.facts, context.now);
    let criteria: usize = context.policy.gates_guarding(step).map(|g| g.criteria.len()).sum();
    let mut lines = vec![if criteria == 0 && missing.is_empty() {
        let text = format!("No gate of the policy asks anything to {}", transition_words(step));
        CheckedLine { state: State::NotApplicable, text }
    } else {
        let holding = criteria.saturating_sub(missing.len());
        CheckedLine {
            state: if missing.is_empty() { State::Pass } else { State::Fail },
            text: format!("{holding} of {criteria} criteria hold to {}", transition_words(step)),
        }
    }];
    lines.push(match &context.release.way_back {
        Some(Some(to)) if *step == Transition::Advance(1) => CheckedLine {
            state: State::Pass,
            text: format!("The way back is {to}, unless another is found before anything is sent"),
        },
        Some(Some(to)) => CheckedLine { state: State::Pass, text: format!("The way back is {to}") },
        Some(None) => CheckedLine {
            state: State::Fail,
            text: "There is no way back: nothing was deployed before".to_owned(),
        },
        None => CheckedLine {
            state: State::Pending,
            text: "The way back is looked up before anything is sent".to_owned(),
        },
    });
    lines
}
