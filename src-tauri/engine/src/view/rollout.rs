//! The ladder, the watches and what is asked of the captain.

use super::figures::span;
use super::guardrails;
use super::metrics;
use super::readiness::transition_words;
use crate::core::Live;
use crate::engine::Engine;
use crate::observing::stage_observed;
use crate::observing::watches_observed;
use seaworthy_domain::Gap;
use seaworthy_domain::Lifecycle;
use seaworthy_domain::Missing;
use seaworthy_domain::Release;
use seaworthy_domain::StageEntry;
use seaworthy_domain::Watched;
use seaworthy_domain::command::Context;
use seaworthy_domain::operation::Act;
use seaworthy_domain::operation::OperationState;
use seaworthy_domain::policy::Coverage;
use seaworthy_domain::policy::Soak;
use seaworthy_domain::policy::Then;
use seaworthy_domain::policy::Transition;
use seaworthy_domain::proof;
use seaworthy_rollout::Observed;
use seaworthy_rules::Period;
use seaworthy_wire::DecisionView;
use seaworthy_wire::Forward;
use seaworthy_wire::GapView;
use seaworthy_wire::GuardrailView;
use seaworthy_wire::ObservedView;
use seaworthy_wire::OperationView;
use seaworthy_wire::RolloutView;
use seaworthy_wire::StageView;
use seaworthy_wire::State;
use seaworthy_wire::WatchView;
use seaworthy_wire::WayBackView;

pub(super) fn view(_engine: &Engine, context: &Context<'_>, live: &Live) -> RolloutView {
    let guardrails = guardrails::view(context, live);
    let armed = guardrails::armed(context, live, &guardrails);
    let stages = stages(context, live);
    RolloutView {
        watches: watches(context, live),
        armed,
        way_back: way_back(context),
        operation: operation(context),
        decision: decision(context, &guardrails, &stages),
        stages,
        metrics: metrics::view(context, live),
        guardrails,
    }
}

fn stages(context: &Context<'_>, live: &Live) -> Vec<StageView> {
    let entered = context.release.ladder.as_ref().map_or(&[][..], |l| &l.entered);
    let current = entered.last().map(|e| e.stage);
    let seen =
        live.eye.as_ref().and_then(|eye| stage_observed(context.policy, context.release, eye, context.now));
    let gone = context.release.lifecycle == Lifecycle::RolledBack;
    let stages = context.policy.rollout.stages.iter().zip(1_u32..);
    stages
        .map(|(stage, number)| {
            let entry = entered.iter().rev().find(|e| e.stage == number);
            let is_current = current == Some(number) && context.release.lifecycle == Lifecycle::RollingOut;
            let observed = match (&stage.soak, entry) {
                (Some(soak), Some(entry)) => {
                    Some(stage_time(context, soak, entry, seen.as_ref().filter(|_| is_current)))
                }
                _ => None,
            };
            let (state, word) = standing(context, entry, is_current);
            StageView {
                number,
                name: stage.name.clone(),
                share: stage.share.as_percent().to_string(),
                state,
                word: word.to_owned(),
                line: match entry {
                    Some(entry) if gone && entry.soaked.is_none() && stage.soak.is_some() => {
                        "left before its soak was met".to_owned()
                    }
                    _ => stage_line(stage.soak.as_ref(), observed.as_ref()),
                },
                observed: observed.filter(|_| !gone),
                entered: entry.map(|e| e.at.timestamp_millis()),
            }
        })
        .collect()
}

fn standing(context: &Context<'_>, entry: Option<&StageEntry>, is_current: bool) -> (State, &'static str) {
    let Some(entry) = entry else { return (State::Pending, "Pending") };
    if context.release.lifecycle == Lifecycle::RolledBack {
        return (State::Fail, "Rolled back");
    }
    match (is_current, context.release.hold.is_some(), entry.soaked.is_some()) {
        (true, true, _) => (State::Hold, "On hold"),
        (true, false, false) => (State::Running, "Soaking"),
        (true, false, true) => (State::Running, "Deciding"),
        (false, ..) => (State::Pass, "Done"),
    }
}

fn stage_time(
    context: &Context<'_>,
    soak: &Soak,
    entry: &StageEntry,
    seen: Option<&Observed>,
) -> ObservedView {
    match (&entry.soaked, seen) {
        (None, Some(seen)) => observed_view(seen, soak),
        (soaked, _) => {
            let none = Watched { at: context.now, observed_ms: 0, wall_ms: 0, lost_ms: 0 };
            let watched = soaked.unwrap_or(none);
            let wall = Period::from_millis(watched.wall_ms);
            let part = |ms: u64| {
                rust_decimal::Decimal::from(ms) / rust_decimal::Decimal::from(watched.wall_ms.max(1))
            };
            ObservedView {
                from: entry.at.timestamp_millis(),
                observed_ms: ms(Period::from_millis(watched.observed_ms)),
                needed_ms: ms(soak.length),
                lost_ms: ms(Period::from_millis(watched.lost_ms)),
                coverage: coverage(Coverage(part(watched.observed_ms))),
                needed_coverage: coverage(soak.coverage),
                gaps: gaps_within(
                    context.release,
                    entry.at.timestamp_millis(),
                    entry.at.timestamp_millis() + ms(wall),
                ),
            }
        }
    }
}

fn observed_view(seen: &Observed, soak: &Soak) -> ObservedView {
    ObservedView {
        from: seen.from.timestamp_millis(),
        observed_ms: ms(seen.observed),
        needed_ms: ms(soak.length),
        lost_ms: ms(seen.lost()),
        coverage: coverage(seen.coverage()),
        needed_coverage: coverage(soak.coverage),
        gaps: seen.gaps.iter().map(gap_view).collect(),
    }
}

/// Gaps that were not filled by what counts.
fn gaps_within(release: &Release, from: i64, to: i64) -> Vec<GapView> {
    let filled = |gap: &&Gap| release.fills.iter().any(|fill| fill.counts && fill.gap == **gap);
    let gaps = release.gaps.iter().filter(|gap| !filled(gap)).map(gap_view);
    gaps.filter(|gap| gap.to > from && gap.from < to).collect()
}

fn gap_view(gap: &Gap) -> GapView {
    GapView { from: gap.from.timestamp_millis(), to: gap.to.timestamp_millis(), cause: gap.cause.to_string() }
}

fn ms(period: Period) -> i64 {
    i64::try_from(period.as_millis()).unwrap_or(i64::MAX)
}

fn coverage(coverage: Coverage) -> String {
    let percent = (coverage.0 * rust_decimal::Decimal::ONE_HUNDRED).round_dp(1).normalize();
    format!("{percent}\u{202f}%")
}

fn from_ms(ms: i64) -> Period {
    Period::from_millis(u64::try_from(ms).unwrap_or(0))
}

fn stage_line(soak: Option<&Soak>, observed: Option<&ObservedView>) -> String {
    match (soak, observed) {
        (None, _) => "no soak, watched afterwards".to_owned(),
        (Some(soak), None) => format!("{} to observe", span(soak.length)),
        (Some(soak), Some(seen)) => {
            format!("{} of {} observed", span(from_ms(seen.observed_ms)), span(soak.length))
        }
    }
}

fn watches(context: &Context<'_>, live: &Live) -> Vec<WatchView> {
    let open = live
        .eye
        .as_ref()
        .map_or_else(Vec::new, |eye| watches_observed(context.policy, context.release, eye, context.now));
    let watches = context.policy.watches.iter();
    watches
        .map(|watch| {
            let needed = span(watch.soak.length);
            if let Some(ended) = context.release.watches_ended.get(&watch.name) {
                let line = format!("{} of {needed} observed", span(Period::from_millis(ended.observed_ms)));
                return WatchView { name: watch.name.clone(), state: State::Pass, line, observed: None };
            }
            if context.release.lifecycle == Lifecycle::RolledBack {
                let line = format!("{needed} to observe of the next candidate");
                return WatchView { name: watch.name.clone(), state: State::Pending, line, observed: None };
            }
            match open.iter().find(|(name, _)| *name == watch.name) {
                Some((_, seen)) => WatchView {
                    name: watch.name.clone(),
                    state: State::Running,
                    line: format!("{} of {needed} observed", span(seen.observed)),
                    observed: Some(observed_view(seen, &watch.soak)),
                },
                None => WatchView {
                    name: watch.name.clone(),
                    state: State::Pending,
                    line: format!("{needed} to observe"),
                    observed: None,
                },
            }
        })
        .collect()
}

fn way_back(context: &Context<'_>) -> WayBackView {
    match &context.release.way_back {
        None => {
            WayBackView { state: State::Pending, line: "is looked up at the deploy".to_owned(), seen: None }
        }
        Some(None) => {
            WayBackView { state: State::Fail, line: "nothing was deployed before".to_owned(), seen: None }
        }
        Some(Some(to)) => {
            let placed =
                context.policy.production().and_then(|(name, _)| context.release.deployment_in(name));
            WayBackView {
                state: State::Pass,
                line: to.to_string(),
                seen: placed.map(|d| d.at.timestamp_millis()),
            }
        }
    }
}

fn operation(context: &Context<'_>) -> Option<OperationView> {
    let operation = context.release.open_operation()?;
    let (state, line) = match &operation.state {
        OperationState::Unknown(why) => (State::Unknown, format!("{why}. Nothing will be sent again.")),
        _ => (State::Running, "sent once, the answer is awaited".to_owned()),
    };
    Some(OperationView {
        id: operation.id.to_string(),
        what: operation.act.to_string(),
        state,
        line,
        at: operation.intended_at.timestamp_millis(),
    })
}

fn decision(context: &Context<'_>, guardrails: &[GuardrailView], stages: &[StageView]) -> DecisionView {
    let rule = |g: &&GuardrailView| g.over.is_some() && g.state == State::Fail;
    let worst = guardrails.iter().filter(rule).min_by_key(|g| g.over.as_ref().map(|o| o.of_ms - o.for_ms));
    let next = context.next();
    let (forward, step) = forward_step(context, next.as_ref());
    if let Some((guardrail, over)) = worst.and_then(|g| g.over.as_ref().map(|o| (g, o))) {
        let rolls_back =
            context.policy.guardrails.iter().any(|g| g.name == guardrail.name && g.then == Then::Rollback);
        let left = (over.of_ms - over.for_ms).max(0);
        return DecisionView {
            title: "A guardrail is over its limit".to_owned(),
            state: State::Fail,
            line: format!(
                "{} for {} of {}",
                guardrail.name,
                span(from_ms(over.for_ms)),
                span(from_ms(over.of_ms))
            ),
            forward,
            step,
            refusing: true,
            rollback_due: (rolls_back && context.release.is_exposed())
                .then(|| context.now.timestamp_millis() + left),
        };
    }
    let (state, line) = may_move(context, next.as_ref(), stages);
    DecisionView {
        title: next
            .as_ref()
            .map_or_else(|| "Nothing to decide".to_owned(), |t| format!("Decide: {}", transition_words(t))),
        // What was found may be mended meanwhile, and the next step looks again.
        refusing: !matches!(state, State::Pass | State::Differs),
        state,
        line,
        forward,
        step,
        rollback_due: None,
    }
}

fn forward_step(context: &Context<'_>, next: Option<&Transition>) -> (Option<String>, Option<Forward>) {
    match next {
        Some(Transition::Deploy(environment)) => (
            Some(format!("Deploy to {environment}")),
            Some(Forward::Deploy { environment: environment.clone() }),
        ),
        Some(Transition::Advance(stage)) => {
            let share = context.policy.rollout.stage(*stage).map(|s| s.share.as_percent());
            (share.map(|share| format!("Advance to {share}\u{202f}%")), Some(Forward::Advance))
        }
        _ => (None, None),
    }
}

/// That nobody looks comes before what is unknown for that reason.
pub(super) fn first_of_the_worst(missing: &[Missing]) -> Option<&Missing> {
    missing.iter().rev().max_by_key(|m| m.state)
}

/// What a soak still waits for.
fn still_needed(seen: &ObservedView) -> String {
    let left = seen.needed_ms - seen.observed_ms;
    if left > 0 {
        return format!("{} more to observe", span(from_ms(left)));
    }
    format!("enough observed, coverage {} of {}", seen.coverage, seen.needed_coverage)
}

/// Why the candidate has no traffic any more, once it was taken back.
pub(super) fn taken_back(context: &Context<'_>) -> Option<String> {
    let release = context.release;
    if release.lifecycle != Lifecycle::RolledBack {
        return None;
    }
    let candidate = release.candidate()?;
    let mut operations = release.operations.iter().rev();
    let back = operations.find(|op| op.candidate == candidate.number && op.act.is_backward())?;
    let Act::RollBack { reason, .. } = &back.act else { return None };
    let by = back.acting.as_ref().map_or_else(String::new, |acting| format!(" by {acting}"));
    let ago = span(Period::from_delta(context.now - back.settled_at.unwrap_or(back.intended_at)));
    Some(format!("{} was rolled back{by} {ago} ago: {reason}", candidate.label()))
}

/// Whether the next step is open, and if not, why in one sentence.
pub(super) fn may_move(
    context: &Context<'_>,
    next: Option<&Transition>,
    stages: &[StageView],
) -> (State, String) {
    let release = context.release;
    if let Some(operation) = release.unknown_operation() {
        return (State::Unknown, format!("{} has no known outcome", operation.act));
    }
    if let Some(operation) = release.open_operation() {
        return (State::Running, format!("{} is on its way", operation.act));
    }
    if let Some(hold) = &release.hold {
        return (State::Hold, hold.reason.clone());
    }
    if let Some(reason) = release.must_go_back() {
        return (State::Fail, format!("a rollback is owed: {reason}"));
    }
    let Some(next) = next else { return (State::Pass, "nothing is left to do".to_owned()) };
    let missing = proof::missing(context.policy, release, next, context.facts, context.now);
    if let Some(worst) = first_of_the_worst(&missing) {
        return (super::state_of(worst.state), format!("{}: {}", worst.title, worst.reason));
    }
    if context.soaking().is_some() {
        let seen = stages.iter().rev().find_map(|stage| stage.observed.as_ref());
        return (State::Running, seen.map_or_else(|| "waiting for the first look".to_owned(), still_needed));
    }
    if let Some(back) = taken_back(context) {
        return (State::Pending, back);
    }
    if let Some(found) = &release.drift {
        return (
            State::Differs,
            format!("the target is not as expected: {found}; look at it before you go on"),
        );
    }
    (State::Pass, "everything holds".to_owned())
}
