//! What the kept looks and samples say of a release in production; for the tick that decides and for every view.

use crate::core::Live;
use crate::eye::Eye;
use crate::eye::horizon;
use chrono::DateTime;
use chrono::Utc;
use seaworthy_domain::Gap;
use seaworthy_domain::Lifecycle;
use seaworthy_domain::Release;
use seaworthy_domain::policy::Anchor;
use seaworthy_domain::policy::CriterionKind;
use seaworthy_domain::policy::Guardrail;
use seaworthy_domain::policy::Metric;
use seaworthy_domain::policy::Policy;
use seaworthy_domain::proof::Doubt;
use seaworthy_domain::proof::NodeState;
use seaworthy_rollout::Observed;
use seaworthy_rollout::Reading;
use seaworthy_rollout::observe;
use seaworthy_rules::Condition;
use seaworthy_rules::Period;
use seaworthy_rules::Rule;
use seaworthy_rules::format_duration;
use std::collections::BTreeSet;

/// What to do before more traffic when nobody looks.
const WATCH_FIRST: &str =
    "run `seaworthy watch` in another terminal, or open the window, and advance when it has seen enough";

/// Neighbouring looks further apart than this have a gap between them.
pub(crate) fn allowed_gap(policy: &Policy) -> Period {
    policy.pace().unwrap_or(Period::ZERO).times(seaworthy_rules::DEFAULT_GAP_INTERVALS)
}

/// Metrics of services that a look cannot do without: those that guardrails name, or all where none does.
pub(crate) fn needed(policy: &Policy) -> impl Iterator<Item = &Metric> {
    let named = |metric: &&Metric| {
        policy.guardrails.is_empty() || policy.guardrails.iter().any(|g| names(policy, &g.rule, &metric.name))
    };
    policy.metrics.values().filter(|metric| metric.asked().is_some()).filter(named)
}

/// Whether a rule needs a metric: as what it is about, or as the traffic behind that.
pub(crate) fn names(policy: &Policy, rule: &Rule, metric: &str) -> bool {
    let traffic = policy.metrics.get(rule.metric()).and_then(|about| about.traffic.as_deref());
    rule.metrics().contains(&metric) || (rule.traffic_minimum().is_none() && traffic == Some(metric))
}

/// The windows that rules about a metric look at, where its service is asked for windows.
pub(crate) fn windows(policy: &Policy, metric: &Metric) -> Vec<Period> {
    if metric.asked().is_none_or(|asked| asked.over.is_none()) {
        return Vec::new();
    }
    let criteria = policy.gates.iter().flat_map(|gate| &gate.criteria);
    let criteria = criteria.filter_map(|criterion| match &criterion.kind {
        CriterionKind::Rule { rule } => Some(rule),
        _ => None,
    });
    let rules = policy.guardrails.iter().map(|g| &g.rule).chain(criteria);
    let mut windows: Vec<Period> =
        rules.filter(|rule| rule.metric() == metric.name).filter_map(|rule| rule.window()).collect();
    windows.sort();
    windows.dedup();
    windows
}

/// What nobody saw, for the rules: with what of it counts all the same.
pub(crate) fn gaps(release: &Release) -> Vec<seaworthy_rules::Gap> {
    let counting: BTreeSet<DateTime<Utc>> =
        release.fills.iter().filter(|fill| fill.counts).map(|fill| fill.gap.from).collect();
    let counts = |gap: &Gap| counting.contains(&gap.from);
    let gap = |gap: &Gap| seaworthy_rules::Gap { from: gap.from, to: gap.to, filled: counts(gap) };
    release.gaps.iter().map(gap).collect()
}

/// When production first got traffic of the current candidate.
pub(crate) fn begun(release: &Release) -> Option<DateTime<Utc>> {
    release.ladder.as_ref()?.entered.first().map(|entry| entry.at)
}

/// From when on samples count for a guardrail: first traffic, its own last breach, or as far as its rule can look.
pub(crate) fn since(
    policy: &Policy,
    release: &Release,
    guardrail: &Guardrail,
    now: DateTime<Utc>,
) -> DateTime<Utc> {
    let first = begun(release).unwrap_or(now);
    let fired = release.breaches.iter().rev().find(|b| b.guardrail == guardrail.name).map_or(first, |b| b.at);
    let far = now - horizon(&guardrail.rule, policy.metrics.get(guardrail.rule.metric())).delta();
    first.max(fired).max(far)
}

/// Every guardrail as of the newest tick.
pub(crate) fn readings<'a>(
    policy: &'a Policy,
    release: &Release,
    eye: &Eye,
    now: DateTime<Utc>,
) -> Vec<Reading<'a>> {
    let guardrails = policy.guardrails.iter().enumerate();
    guardrails
        .filter_map(|(index, guardrail)| reading(policy, release, eye, (index, guardrail), now))
        .collect()
}

/// One of them.
pub(crate) fn reading<'a>(
    policy: &Policy,
    release: &Release,
    eye: &Eye,
    (index, guardrail): (usize, &'a Guardrail),
    now: DateTime<Utc>,
) -> Option<Reading<'a>> {
    let evaluation = eye.readings.get(index)?;
    let metric = policy.metrics.get(guardrail.rule.metric());
    Some(Reading {
        guardrail,
        evaluation: evaluation.clone(),
        blind_for: blind_for(release, eye, index, guardrail, evaluation.condition, now),
        blind_limit: metric.map_or(Period::ZERO, |m| m.stale_after),
        calm_at: eye.calm_at.get(index).copied().flatten(),
    })
}

/// For how long a guardrail has had no measurement, beyond what its rule needs to get going.
fn blind_for(
    release: &Release,
    eye: &Eye,
    index: usize,
    guardrail: &Guardrail,
    condition: Condition,
    now: DateTime<Utc>,
) -> Option<Period> {
    if condition != Condition::NoData {
        return None;
    }
    let rule = &guardrail.rule;
    let warm_up = rule.duration().or(rule.window()).unwrap_or(Period::ZERO).delta();
    let begun = begun(release)?.max(eye.resumed?) + warm_up;
    let since = eye.had_data.get(index).copied().flatten().map_or(begun, |at| at.max(begun));
    Some(Period::from_delta(now - since))
}

/// What speaks against more traffic: a guardrail that is not quiet, and that nobody looks.
pub(crate) fn doubts(policy: &Policy, live: &Live, now: DateTime<Utc>) -> Vec<Doubt> {
    let release = &live.release;
    let Some(begun) = begun(release).filter(|_| policy.watches_production() && release.is_exposed()) else {
        return Vec::new();
    };
    let unseen = unseen(live.eye.as_ref(), begun, now, allowed_gap(policy));
    let doubts = policy.guardrails.iter().enumerate().filter_map(|(index, guardrail)| {
        let reading = live.eye.as_ref().and_then(|eye| eye.readings.get(index));
        let (state, reason) = match (&unseen, reading) {
            (Some(why), _) => (NodeState::NoData, why.clone()),
            (None, None) => (NodeState::NoData, "has not been looked at yet".to_owned()),
            (None, Some(reading)) => {
                let state = match reading.condition {
                    Condition::NotMet => return None,
                    Condition::Met | Condition::Building => NodeState::Fail,
                    Condition::Unclear => NodeState::Inconclusive,
                    Condition::NoData => NodeState::NoData,
                };
                (state, reading.reason.clone())
            }
        };
        Some(Doubt { guardrail: guardrail.name.clone(), state, reason })
    });
    doubts.collect()
}

/// Why what was seen last says nothing about now.
fn unseen(eye: Option<&Eye>, begun: DateTime<Utc>, now: DateTime<Utc>, allowed: Period) -> Option<String> {
    let Some((eye, at)) = eye.and_then(|eye| Some((eye, eye.last_look_since(begun)?))) else {
        return Some(format!("nobody has looked yet; {WATCH_FIRST}"));
    };
    let age = Period::from_delta(now - at);
    if age > allowed {
        let age = format_duration(age.coarse());
        return Some(format!("nobody is watching, last look {age} ago; {WATCH_FIRST}"));
    }
    eye.blind_now().map(|cause| format!("the newest look does not count ({cause})"))
}

/// What was observed of the current stage.
pub(crate) fn stage_observed(
    policy: &Policy,
    release: &Release,
    eye: &Eye,
    now: DateTime<Utc>,
) -> Option<Observed> {
    let entry = release.ladder.as_ref()?.current()?;
    (release.lifecycle == Lifecycle::RollingOut && policy.watches_production())
        .then(|| observe(&eye.looks, &release.gaps, entry.at, now, allowed_gap(policy)))
}

/// What was observed of every begun watch that has not ended.
pub(crate) fn watches_observed(
    policy: &Policy,
    release: &Release,
    eye: &Eye,
    now: DateTime<Utc>,
) -> Vec<(String, Observed)> {
    let Some(ladder) = release.ladder.as_ref().filter(|_| policy.watches_production()) else {
        return Vec::new();
    };
    let open = policy.watches.iter().filter(|w| !release.watches_ended.contains_key(&w.name));
    open.filter_map(|watch| {
        let from = match watch.after {
            Anchor::Deploy => ladder.entered.first()?.at,
            Anchor::FullTraffic => ladder.full_at?,
        };
        Some((watch.name.clone(), observe(&eye.looks, &release.gaps, from, now, allowed_gap(policy))))
    })
    .collect()
}
