//! A release in words, for every door alike.

mod acts;
mod bearing;
mod checks;
mod connections;
mod figures;
mod guardrails;
mod home;
mod metrics;
mod notices;
mod preview;
mod readiness;
mod rollout;

pub(crate) use connections::connection;
pub(crate) use connections::connections;
pub(crate) use connections::stand_of;
pub(crate) use connections::store;
pub(crate) use connections::wanted;
pub(crate) use figures::scale;
pub(crate) use home::home;
pub(crate) use preview::call;
pub(crate) use preview::rollback_preview;
pub(crate) use preview::step_preview;
pub(crate) use readiness::phases;

use crate::core::Core;
use crate::core::Live;
use crate::engine::Engine;
use crate::engine::live;
use crate::eye::horizon;
use crate::observing;
use chrono::DateTime;
use chrono::Utc;
use seaworthy_domain::Lifecycle;
use seaworthy_domain::Release;
use seaworthy_domain::ReleaseId;
use seaworthy_domain::command::Context;
use seaworthy_domain::policy::CriterionKind;
use seaworthy_domain::policy::Policy;
use seaworthy_domain::proof::Facts;
use seaworthy_domain::proof::Measured;
use seaworthy_domain::proof::NodeState;
use seaworthy_rules::Polarity;
use seaworthy_wire::AlsoView;
use seaworthy_wire::Fault;
use seaworthy_wire::HoldView;
use seaworthy_wire::ReleaseCard;
use seaworthy_wire::ReleaseHead;
use seaworthy_wire::ReleaseView;
use seaworthy_wire::State;

/// The wire's state for a node of the proof tree.
pub(crate) fn state_of(state: NodeState) -> State {
    match state {
        NodeState::Pass => State::Pass,
        NodeState::NotApplicable => State::NotApplicable,
        NodeState::Waived => State::Waived,
        NodeState::Pending => State::Pending,
        NodeState::Running => State::Running,
        NodeState::Stale => State::Stale,
        NodeState::NoData => State::NoData,
        NodeState::Inconclusive => State::Inconclusive,
        NodeState::Fail => State::Fail,
    }
}

/// Metric rules of the gates over the samples at hand, and what else the gates need to know.
pub(crate) fn facts(policy: &Policy, core: &Core, live: &Live, now: DateTime<Utc>) -> Facts {
    let mut facts = Facts {
        doubts: observing::doubts(policy, live, now),
        occupied_by: core.occupied_by(&live.release),
        displaced: core.displaced(policy, &live.release),
        ..Facts::default()
    };
    let Some(eye) = &live.eye else { return facts };
    let Some(since) = live.release.ladder.as_ref().and_then(|l| l.entered.first()).map(|e| e.at) else {
        return facts;
    };
    let gaps = observing::gaps(&live.release);
    for gate in &policy.gates {
        for criterion in &gate.criteria {
            let CriterionKind::Rule { rule } = &criterion.kind else { continue };
            let far = now - horizon(rule, policy.metrics.get(rule.metric())).delta();
            let evaluation = eye.evaluate(rule, Polarity::Criterion, now, since.max(far), &gaps);
            let measured = Measured {
                verdict: evaluation.verdict,
                reason: evaluation.reason,
                seen_at: evaluation.newest.map(|newest| newest.at),
            };
            facts.measured.insert(format!("{}/{}", gate.id, criterion.id), measured);
        }
    }
    facts
}

/// All releases, open ones first, newest first.
pub(crate) fn cards(engine: &Engine) -> Vec<ReleaseCard> {
    let core = engine.core();
    let mut lives: Vec<_> = core.releases.values().collect();
    lives.sort_by_key(|live| (live.release.lifecycle.is_over(), std::cmp::Reverse(live.updated)));
    lives
        .into_iter()
        .map(|live| ReleaseCard {
            id: live.release.id.to_string(),
            project: live.release.project_name.clone(),
            version: live.release.version.clone(),
            state: glyph(&live.release),
            lifecycle: live.release.lifecycle.to_string(),
            over: live.release.lifecycle.is_over(),
            updated: live.updated.timestamp_millis(),
        })
        .collect()
}

pub(crate) fn glyph(release: &Release) -> State {
    if release.unknown_operation().is_some() {
        return State::Unknown;
    }
    if release.hold.is_some() {
        return State::Hold;
    }
    match release.lifecycle {
        Lifecycle::Closed => State::Pass,
        Lifecycle::Abandoned => State::NotApplicable,
        Lifecycle::RolledBack => State::Fail,
        Lifecycle::RollingOut | Lifecycle::Hypercare => State::Running,
        Lifecycle::Planning | Lifecycle::Frozen | Lifecycle::Candidate => State::Pending,
    }
}

/// One release, whole.
pub(crate) fn release(engine: &Engine, id: ReleaseId) -> Result<ReleaseView, Fault> {
    let now = engine.time.now().wall;
    let mut core = engine.core();
    let policy = engine.policy_of(&mut core, id)?;
    let live = live(&core, id)?;
    let facts = facts(&policy, &core, live, now);
    let context = Context { policy: &policy, release: &live.release, facts: &facts, now };
    let rollout = rollout::view(engine, &context, live);
    Ok(ReleaseView {
        head: head(engine, &live.release),
        bearing: bearing::view(&context, live, &rollout),
        phases: readiness::phases(&context),
        acts: acts::acts(&context, live),
        checks: checks::view(&context, &core),
        notices: notices::view(&core, id),
        recent: live.recent.iter().cloned().collect(),
        rollout,
        doubt: engine.doubt(),
        also: also(&core, context.release),
        now: now.timestamp_millis(),
    })
}

/// Other releases of the project that have production, or may have it.
fn also(core: &Core, release: &Release) -> Vec<AlsoView> {
    let others = core.releases.values().map(|live| &live.release);
    let others = others.filter(|other| other.id != release.id && other.project == release.project);
    let told = others.filter_map(|other| {
        let (state, text) = in_production(other)?;
        Some(AlsoView { release: other.id.to_string(), version: other.version.clone(), state, text })
    });
    told.collect()
}

/// What a release has of production, as a sentence about it.
pub(crate) fn in_production(release: &Release) -> Option<(State, String)> {
    if !release.has_production() {
        return None;
    }
    let version = &release.version;
    if let Some(operation) = release.unknown_operation() {
        return Some((
            State::Unknown,
            format!("{version} may have production, {} has no known outcome", operation.act),
        ));
    }
    let share = release.ladder.as_ref().and_then(|ladder| ladder.current()).map(|entry| entry.share);
    let has = share.map_or_else(
        || format!("{version} has production"),
        |share| format!("{version} has {}\u{202f}% of production", share.as_percent()),
    );
    Some((glyph(release), has))
}

fn head(engine: &Engine, release: &Release) -> ReleaseHead {
    ReleaseHead {
        id: release.id.to_string(),
        project: release.project_name.clone(),
        version: release.version.clone(),
        candidate: release.candidate().map(seaworthy_domain::Candidate::label),
        commit: release.candidate().map(|c| c.commit.clone()),
        policy: release.policy_title.clone(),
        frozen: release.frozen_at.map(|at| at.timestamp_millis()),
        lifecycle: release.lifecycle.to_string(),
        position: release.position(),
        over: release.lifecycle.is_over(),
        rolled_back: release.lifecycle == Lifecycle::RolledBack,
        hold: release.hold.as_ref().map(|hold| HoldView {
            reason: hold.reason.clone(),
            by: hold.by.clone(),
            at: hold.at.timestamp_millis(),
        }),
        rehearsal: engine.settings.rehearsal,
    }
}
