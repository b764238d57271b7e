//! Four questions, four answers.

use super::figures::span;
use super::readiness::transition_words;
use super::rollout::first_of_the_worst;
use super::rollout::may_move;
use super::rollout::taken_back;
use crate::core::Live;
use seaworthy_domain::Lifecycle;
use seaworthy_domain::command::Context;
use seaworthy_domain::proof;
use seaworthy_rules::Period;
use seaworthy_wire::Answer;
use seaworthy_wire::Bearing;
use seaworthy_wire::RolloutView;
use seaworthy_wire::State;

pub(super) fn view(context: &Context<'_>, live: &Live, rollout: &RolloutView) -> Bearing {
    Bearing {
        may_move: moving(context, rollout),
        blocks: blocks(context, rollout),
        production: production(context, rollout),
        happened: happened(context, live),
    }
}

fn answer(state: Option<State>, answer: impl Into<String>, line: impl Into<String>) -> Answer {
    Answer { state, answer: answer.into(), line: line.into() }
}

fn moving(context: &Context<'_>, rollout: &RolloutView) -> Answer {
    if context.release.lifecycle.is_over() {
        return answer(None, "It is over", context.release.lifecycle.to_string());
    }
    let next = context.next();
    let words = next.as_ref().map_or_else(String::new, transition_words);
    if rollout.decision.rollback_due.is_some() {
        return answer(Some(State::Fail), "No. A guardrail is over", rollout.decision.line.clone());
    }
    let (state, why) = may_move(context, next.as_ref(), &rollout.stages);
    let missing = next.as_ref().map_or(0, |next| {
        proof::missing(context.policy, context.release, next, context.facts, context.now).len()
    });
    let facts = if missing == 1 { "1 fact missing".to_owned() } else { format!("{missing} facts missing") };
    let back = context.release.lifecycle == Lifecycle::RolledBack;
    let said = match state {
        State::Pending if missing == 0 && back => "Rolled back, name a fixed candidate".to_owned(),
        State::Pass => "Yes, you decide".to_owned(),
        State::Hold => "On hold".to_owned(),
        State::Differs => "Look first".to_owned(),
        State::Unknown => "Unknown".to_owned(),
        State::Running | State::Pending | State::Stale if missing == 0 => "Not yet".to_owned(),
        State::Running | State::Pending | State::Stale => format!("Not yet, {facts}"),
        State::NoData => format!("No measurement, {facts}"),
        _ => format!("No, {facts}"),
    };
    let line = if state == State::Pass { format!("Next: {words}") } else { why };
    answer(Some(state), said, line)
}

fn blocks(context: &Context<'_>, rollout: &RolloutView) -> Answer {
    // Once its traffic is gone, what was seen of a candidate blocks nothing any more.
    let exposed = context.release.is_exposed();
    let over: Vec<_> = rollout.guardrails.iter().filter(|g| exposed && g.state == State::Fail).collect();
    if let Some(first) = over.first() {
        let count = if over.len() == 1 {
            "1 guardrail over its limit".to_owned()
        } else {
            format!("{} guardrails over their limits", over.len())
        };
        return answer(None, count, first.line.clone());
    }
    let Some(next) = context.next() else { return answer(None, "Nothing", "") };
    let missing = proof::missing(context.policy, context.release, &next, context.facts, context.now);
    let (state, why) = may_move(context, Some(&next), &rollout.stages);
    match first_of_the_worst(&missing) {
        Some(worst) => {
            let rest = match missing.len() - 1 {
                0 => worst.reason.clone(),
                1 => "and 1 more fact".to_owned(),
                more => format!("and {more} more facts"),
            };
            answer(None, worst.title.clone(), rest)
        }
        None if state == State::Pass => answer(None, "Nothing", format!("Open: {}", transition_words(&next))),
        None if state == State::Running => answer(None, "Only time", why),
        None => answer(None, why, ""),
    }
}

fn production(context: &Context<'_>, rollout: &RolloutView) -> Answer {
    let release = context.release;
    let placed = context.policy.production().and_then(|(name, _)| release.deployment_in(name));
    let before = match &release.way_back {
        Some(Some(to)) => format!("the rest on {to}"),
        Some(None) => "nothing before it".to_owned(),
        None => String::new(),
    };
    match (release.lifecycle, placed) {
        (Lifecycle::RolledBack, _) => {
            answer(Some(State::Fail), "Rolled back", before.replace("the rest on", "all on"))
        }
        (Lifecycle::Hypercare | Lifecycle::Closed, Some(_)) => {
            let since = release.ladder.as_ref().and_then(|l| l.full_at);
            let until = release.ended_at.unwrap_or(context.now);
            let span = since.map(|at| span(Period::from_delta(until - at)));
            let line = match (span, release.ended_at) {
                (None, _) => String::new(),
                (Some(span), None) => format!("for {span}"),
                (Some(span), Some(_)) => format!("for {span} when it was closed"),
            };
            answer(Some(health(rollout)), format!("100\u{202f}% on {}", release.version), line)
        }
        (_, Some(deployment)) if deployment.share > seaworthy_domain::Share::NONE => {
            let share = deployment.share.as_percent();
            answer(Some(health(rollout)), format!("{share}\u{202f}% on {}", release.version), before)
        }
        (_, Some(_)) => answer(None, format!("{} is placed", release.version), "without traffic"),
        (Lifecycle::Abandoned, None) => answer(None, "Not this release", "it was given up"),
        (_, None) => answer(None, "Not this release yet", ""),
    }
}

/// Healthy only when every guardrail has fresh data that says so.
fn health(rollout: &RolloutView) -> State {
    let states: Vec<_> = rollout.guardrails.iter().map(|g| g.state).collect();
    if states.contains(&State::Fail) {
        State::Fail
    } else if matches!(rollout.armed.state, State::NotArmed) || states.contains(&State::NoData) {
        State::NoData
    } else if states.contains(&State::Inconclusive) {
        State::Inconclusive
    } else if states.is_empty() {
        State::NoData
    } else {
        State::Pass
    }
}

fn happened(context: &Context<'_>, live: &Live) -> Answer {
    if let Some(back) = taken_back(context) {
        return answer(Some(State::Fail), back, "");
    }
    match live.recent.front() {
        None => answer(None, "Nothing yet", ""),
        Some(newest) => answer(None, newest.text.clone(), format!("by {}", newest.actor)),
    }
}
