//! Guardrails now, and whether they are armed.

use super::figures::figure;
use super::figures::span;
use crate::core::Live;
use crate::pinned::Pinning;
use seaworthy_domain::Lifecycle;
use seaworthy_domain::command::Context;
use seaworthy_domain::policy::Guardrail;
use seaworthy_domain::policy::Metric;
use seaworthy_domain::policy::Policy;
use seaworthy_domain::policy::Then;
use seaworthy_rules::Condition;
use seaworthy_rules::Evaluation;
use seaworthy_rules::Period;
use seaworthy_wire::ArmedView;
use seaworthy_wire::CheckedLine;
use seaworthy_wire::GuardrailView;
use seaworthy_wire::OverView;
use seaworthy_wire::State;

pub(super) fn view(context: &Context<'_>, live: &Live) -> Vec<GuardrailView> {
    let guardrails = context.policy.guardrails.iter().enumerate();
    guardrails
        .map(|(index, guardrail)| {
            let metric = context.policy.metrics.get(guardrail.rule.metric());
            let view = one(guardrail, metric, live.eye.as_ref().and_then(|eye| eye.readings.get(index)));
            after(context, view)
        })
        .collect()
}

/// Once its traffic is gone, what counts is whether it was this guardrail that took it.
fn after(context: &Context<'_>, view: GuardrailView) -> GuardrailView {
    let release = context.release;
    let candidate = release.candidate().map(|candidate| candidate.number);
    let mut breaches = release.breaches.iter().rev();
    let fired = breaches.find(|b| b.guardrail == view.name && Some(b.candidate) == candidate);
    match fired.filter(|_| release.lifecycle == Lifecycle::RolledBack) {
        Some(breach) => GuardrailView { state: State::Fail, line: breach.reason.clone(), over: None, ..view },
        None => view,
    }
}

fn one(guardrail: &Guardrail, metric: Option<&Metric>, reading: Option<&Evaluation>) -> GuardrailView {
    let (state, line) = match reading {
        None => (State::Pending, "looks as soon as traffic moves".to_owned()),
        Some(reading) => (state(reading.condition), reading.reason.clone()),
    };
    GuardrailView {
        name: guardrail.name.clone(),
        rule: guardrail.rule.to_string(),
        then: match guardrail.then {
            Then::Rollback => "roll back",
            Then::Hold => "hold",
            Then::Notify => "notify",
        }
        .to_owned(),
        state,
        line,
        over: reading.and_then(over),
        value: reading.and_then(|r| r.figure).map(figure),
        seen: reading.and_then(|r| r.newest.as_ref()).map(|newest| newest.at.timestamp_millis()),
        source: metric.map_or_else(String::new, |metric| metric.source_name().to_owned()),
    }
}

fn state(condition: Condition) -> State {
    match condition {
        Condition::Met | Condition::Building => State::Fail,
        Condition::NotMet => State::Pass,
        Condition::Unclear => State::Inconclusive,
        Condition::NoData => State::NoData,
    }
}

fn over(reading: &Evaluation) -> Option<OverView> {
    let run = reading.run.filter(|_| crate::eye::is_over(reading))?;
    let ms = |period: Period| i64::try_from(period.as_millis()).unwrap_or(i64::MAX);
    Some(OverView {
        since: run.interval.from.timestamp_millis(),
        for_ms: ms(run.interval.length()),
        of_ms: ms(run.needed),
    })
}

/// Armed means: production is watched, every guardrail has fresh data, and there is a way back.
pub(super) fn armed(context: &Context<'_>, live: &Live, guardrails: &[GuardrailView]) -> ArmedView {
    if nothing_to_watch(context.policy) {
        let text = "Nothing to watch: the policy has no guardrail, no watch and no soak".to_owned();
        return ArmedView { state: State::NotApplicable, text, lines: Vec::new() };
    }
    let Some(pace) = context.policy.pace().filter(|_| context.release.is_exposed()) else {
        return ArmedView {
            state: State::Pending,
            text: "Nothing to arm before traffic moves".to_owned(),
            lines: Vec::new(),
        };
    };
    let mut lines = Vec::new();
    let looked = live
        .eye
        .as_ref()
        .filter(|eye| eye.last_tick.is_some())
        .and_then(|eye| eye.looks.last())
        .map(|l| l.at);
    let unwatched = live.unwatched.as_deref();
    let watching = unwatched.is_none()
        && looked.is_some_and(|at| context.now - at <= crate::observing::allowed_gap(context.policy).delta());
    lines.push(match (unwatched, looked) {
        _ if watching => line(State::Pass, "somebody is watching".to_owned()),
        (Some(why), _) => line(State::NotArmed, why.to_owned()),
        (None, None) => {
            line(State::NotArmed, "nobody is watching; run `seaworthy watch` or open the app".to_owned())
        }
        (None, Some(at)) => line(
            State::NotArmed,
            format!("nobody is watching, last look {} ago", span(Period::from_delta(context.now - at))),
        ),
    });
    for guardrail in guardrails {
        let (state, text) = match guardrail.state {
            State::Pass => (State::Pass, format!("{} has data", guardrail.name)),
            State::Fail => (State::Pass, format!("{} has data and is over its limit", guardrail.name)),
            _ => (State::NoData, format!("{}: {}", guardrail.name, guardrail.line)),
        };
        lines.push(line(state, text));
    }
    let way_back = matches!(context.release.way_back, Some(Some(_)));
    lines.push(if way_back {
        line(State::Pass, "there is an earlier deployment to go back to".to_owned())
    } else {
        line(State::Fail, "there is nothing to go back to".to_owned())
    });
    lines.extend(live.pinning.as_ref().map(pinning));
    let good = lines.iter().filter(|l| l.state == State::Pass).count();
    let over = guardrails.iter().filter(|g| g.state == State::Fail).count();
    let all = lines.len();
    let reacts = span(pace);
    let (state, text) = match (watching, over) {
        (false, _) => (State::NotArmed, format!("Not armed, {}", lines[0].text)),
        (true, 0) if good == all => (State::Armed, format!("Armed {good} of {all}, looks every {reacts}")),
        (true, 0) => (State::Stale, format!("Armed {good} of {all}{}", not_as_it_was(live))),
        (true, over) => (State::Fail, format!("Armed {good} of {all}, {over} over")),
    };
    ArmedView { state, text, lines }
}

fn nothing_to_watch(policy: &Policy) -> bool {
    let soaks = policy.rollout.stages.iter().any(|stage| stage.soak.is_some());
    policy.guardrails.is_empty() && policy.watches.is_empty() && !soaks
}

/// The way back runs from copies, so a change is something to know and nothing to wait for.
fn pinning(found: &Pinning) -> CheckedLine {
    match found {
        Pinning::Whole => line(State::Pass, "rollback commands are pinned".to_owned()),
        Pinning::Changed(commands) => line(
            State::Differs,
            format!(
                "rollback commands are pinned; the files of {} in the repository changed since",
                commands.join(", ")
            ),
        ),
        Pinning::Loose(why) => line(
            State::Stale,
            format!("rollback commands are not all pinned, a change would stop the way back ({why})"),
        ),
    }
}

fn not_as_it_was(live: &Live) -> &'static str {
    match &live.pinning {
        Some(Pinning::Changed(_)) => ", commands in the repository changed since they were pinned",
        Some(Pinning::Loose(_)) => ", not all rollback commands are pinned",
        Some(Pinning::Whole) | None => "",
    }
}

fn line(state: State, text: String) -> CheckedLine {
    CheckedLine { state, text }
}
