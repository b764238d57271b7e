//! What the kept looks and samples say of a release in production; for the tick that decides and for every view.

use crate::core::Live;
use crate::eye::Eye;
use crate::eye::horizon;
use chrono::DateTime;
use chrono::Utc;
use seaworthy_domain::Lifecycle;
use seaworthy_domain::Release;
use seaworthy_domain::policy::Anchor;
use seaworthy_domain::policy::Guardrail;
use seaworthy_domain::policy::Policy;
use seaworthy_domain::policy::Probe;
use seaworthy_domain::proof::Doubt;
use seaworthy_domain::proof::NodeState;
use seaworthy_rollout::Observed;
use seaworthy_rollout::Reading;
use seaworthy_rollout::observe;
use seaworthy_rules::Condition;
use seaworthy_rules::Period;
use seaworthy_rules::format_duration;

/// What to do before more traffic when nobody looks.
const WATCH_FIRST: &str =
    "run `seaworthy watch` in another terminal, or open the window, and advance when it has seen enough";

/// Neighbouring looks further apart than this have a gap between them.
pub(crate) fn allowed_gap(probe: &Probe) -> Period {
    probe.every.times(seaworthy_rules::DEFAULT_GAP_INTERVALS)
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
    let (Some(probe), Some(begun)) = (&policy.probe, begun(release).filter(|_| release.is_exposed())) else {
        return Vec::new();
    };
    let unseen = unseen(live.eye.as_ref(), begun, now, allowed_gap(probe));
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
    let probe = policy.probe.as_ref()?;
    (release.lifecycle == Lifecycle::RollingOut)
        .then(|| observe(&eye.looks, &release.gaps, entry.at, now, allowed_gap(probe)))
}

/// What was observed of every begun watch that has not ended.
pub(crate) fn watches_observed(
    policy: &Policy,
    release: &Release,
    eye: &Eye,
    now: DateTime<Utc>,
) -> Vec<(String, Observed)> {
    let (Some(ladder), Some(probe)) = (&release.ladder, &policy.probe) else { return Vec::new() };
    let open = policy.watches.iter().filter(|w| !release.watches_ended.contains_key(&w.name));
    open.filter_map(|watch| {
        let from = match watch.after {
            Anchor::Deploy => ladder.entered.first()?.at,
            Anchor::FullTraffic => ladder.full_at?,
        };
        Some((watch.name.clone(), observe(&eye.looks, &release.gaps, from, now, allowed_gap(probe))))
    })
    .collect()
}
