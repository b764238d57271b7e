//! One criterion against what is known.

use super::Facts;
use super::Leaf;
use super::NodeState;
use super::source_of;
use crate::digest::Digest;
use crate::event::CheckResult;
use crate::policy::Criterion;
use crate::policy::CriterionKind;
use crate::policy::EnvironmentKind;
use crate::policy::Gate;
use crate::policy::Policy;
use crate::policy::Subject;
use crate::release::Candidate;
use crate::release::CheckEnd;
use crate::release::CheckRun;
use crate::release::Release;
use crate::share::Share;
use chrono::DateTime;
use chrono::Utc;
use seaworthy_rules::Period;
use seaworthy_rules::Verdict;
use seaworthy_rules::format_duration;

/// A fact about a criterion, before freshness.
struct Fact {
    state: NodeState,
    reason: String,
    evidence: Option<Digest>,
    seen_at: Option<DateTime<Utc>>,
    act: Option<String>,
}

impl Fact {
    fn without_evidence(state: NodeState, reason: impl Into<String>, act: Option<String>) -> Self {
        Self { state, reason: reason.into(), evidence: None, seen_at: None, act }
    }
}

pub(super) fn leaf(
    policy: &Policy,
    gate: &Gate,
    criterion: &Criterion,
    release: &Release,
    facts: &Facts,
    now: DateTime<Utc>,
) -> Leaf {
    let fact = match &criterion.kind {
        CriterionKind::Check { check } => check_fact(policy, check, &criterion.subject, release, facts),
        CriterionKind::Rule { .. } => rule_fact(gate, criterion, facts),
        CriterionKind::Attest { statement, by } => {
            attest_fact(policy, (gate, criterion), (statement, by), release, facts)
        }
        CriterionKind::Deployed { environment } => deployed_fact(policy, environment, release, facts),
    };
    let fact = aged(fact, criterion.fresh_for, now);
    Leaf {
        id: criterion.id.clone(),
        title: criterion.title.clone(),
        state: fact.state,
        reason: fact.reason,
        source: source_of(&criterion.kind),
        evidence: fact.evidence,
        seen_at: fact.seen_at,
        fresh_until: fact.seen_at.zip(criterion.fresh_for).map(|(at, good)| at + good.delta()),
        act: fact.act,
        at_passage: false,
    }
}

/// A pass that grew too old is stale; every other state is told as it is.
fn aged(fact: Fact, fresh_for: Option<Period>, now: DateTime<Utc>) -> Fact {
    let (Some(limit), Some(seen)) = (fresh_for, fact.seen_at) else { return fact };
    if fact.state != NodeState::Pass || now - seen <= limit.delta() {
        return fact;
    }
    let reason = format!(
        "seen {} ago, good for {}",
        format_duration(Period::from_delta(now - seen)),
        format_duration(limit)
    );
    Fact { state: NodeState::Stale, reason, ..fact }
}

/// Since when the candidate can be looked at where `subject` says, or what that waits for. Staging is looked at by
/// its own address, so the candidate is there only with all of its traffic; in production it has a route of its own.
fn there_since(
    policy: &Policy,
    subject: &Subject,
    release: &Release,
    facts: &Facts,
) -> Result<Option<DateTime<Utc>>, Box<Fact>> {
    let Subject::Deployment { environment } = subject else { return Ok(None) };
    if let Some(displaced) = displaced(environment, release, facts) {
        return Err(Box::new(displaced));
    }
    let staging = is_staging(policy, environment);
    let placed = release.deployment_in(environment).filter(|d| !staging || d.share == Share::FULL);
    match placed {
        Some(deployment) => Ok(Some(if staging { deployment.moved_at } else { deployment.at })),
        None => {
            let label = release.candidate().map_or_else(|| "a candidate".to_owned(), Candidate::label);
            let reason = format!("waits for {label} in {environment}");
            let act = format!("seaworthy deploy --env {environment}");
            Err(Box::new(Fact::without_evidence(NodeState::Pending, reason, Some(act))))
        }
    }
}

/// Where another release took the place of the candidate, everything that is seen there is seen of the other one.
fn displaced(environment: &str, release: &Release, facts: &Facts) -> Option<Fact> {
    let by = facts.displaced.get(environment).filter(|_| release.deployment_in(environment).is_some())?;
    let act = Some(format!("seaworthy deploy --env {environment}"));
    Some(Fact::without_evidence(NodeState::Stale, format!("{by} is in {environment} now"), act))
}

fn is_staging(policy: &Policy, environment: &str) -> bool {
    policy.environments.get(environment).is_some_and(|e| e.kind == EnvironmentKind::Staging)
}

fn waits_for_candidate() -> Fact {
    let act = Some("seaworthy candidate".into());
    Fact::without_evidence(NodeState::Pending, "waits for a candidate", act)
}

fn check_fact(policy: &Policy, check: &str, subject: &Subject, release: &Release, facts: &Facts) -> Fact {
    let act = Some(format!("seaworthy check {check}"));
    let Some(candidate) = release.candidate() else { return waits_for_candidate() };
    let there = match there_since(policy, subject, release, facts) {
        Ok(there) => there,
        Err(waits) => return *waits,
    };
    let Some(run) = release.newest_run(check) else {
        return Fact::without_evidence(NodeState::NoData, "has not run", act);
    };
    let Some(end) = &run.end else {
        return Fact {
            state: NodeState::Running,
            reason: "is running".into(),
            evidence: None,
            seen_at: Some(run.started_at),
            act: None,
        };
    };
    let (state, reason) = judged(run, end, candidate.number, subject, there);
    Fact {
        state,
        reason,
        evidence: end.log,
        seen_at: Some(end.at),
        act: (!state.satisfies()).then_some(act).flatten(),
    }
}

fn judged(
    run: &CheckRun,
    end: &CheckEnd,
    candidate: u32,
    subject: &Subject,
    there: Option<DateTime<Utc>>,
) -> (NodeState, String) {
    if run.candidate != candidate && *subject != Subject::Release {
        return (NodeState::Stale, format!("seen on rc.{} only", run.candidate));
    }
    if let (Subject::Deployment { environment }, Some(seen)) = (subject, &run.environment)
        && seen != environment
    {
        return (NodeState::NoData, format!("looked at {seen}, not at {environment}"));
    }
    if there.is_some_and(|at| run.started_at < at) {
        return (NodeState::Stale, "seen before the candidate was deployed".into());
    }
    match end.result {
        CheckResult::Fail => (NodeState::Fail, end.summary.clone()),
        CheckResult::NotRun => (NodeState::NoData, end.summary.clone()),
        CheckResult::Interrupted => (NodeState::NoData, format!("interrupted: {}", end.summary)),
        CheckResult::Pass => match &end.unbound {
            Some(why) => (NodeState::NoData, format!("passed, but does not count: {why}")),
            None => (NodeState::Pass, end.summary.clone()),
        },
    }
}

fn rule_fact(gate: &Gate, criterion: &Criterion, facts: &Facts) -> Fact {
    let Some(measured) = facts.measured.get(&format!("{}/{}", gate.id, criterion.id)) else {
        return Fact::without_evidence(NodeState::NoData, "nothing was measured yet", None);
    };
    let state = match measured.verdict {
        Verdict::Pass => NodeState::Pass,
        Verdict::Fail => NodeState::Fail,
        Verdict::Inconclusive => NodeState::Inconclusive,
        Verdict::NoData => NodeState::NoData,
    };
    Fact { state, reason: measured.reason.clone(), evidence: None, seen_at: measured.seen_at, act: None }
}

fn attest_fact(
    policy: &Policy,
    (gate, criterion): (&Gate, &Criterion),
    (statement, role): (&str, &str),
    release: &Release,
    facts: &Facts,
) -> Fact {
    let name = format!("{}/{}", gate.id, criterion.id);
    let act = Some(format!("seaworthy attest {name}"));
    let Some(attestation) = release.attestations.get(&(gate.id.clone(), criterion.id.clone())) else {
        return Fact::without_evidence(NodeState::Pending, format!("waits for {role}"), act);
    };
    let there = match there_since(policy, &criterion.subject, release, facts) {
        Ok(there) => there,
        Err(waits) => return *waits,
    };
    let said = format!("attested by {} as {}", attestation.by, attestation.role);
    let current = release.candidate().map(|c| c.number);
    let other = if attestation.statement != statement || attestation.role != role {
        Some("about another statement".to_owned())
    } else if criterion.subject != Subject::Release && attestation.candidate != current {
        let about = attestation.candidate.map_or_else(|| "no candidate".to_owned(), |n| format!("rc.{n}"));
        Some(format!("about {about}"))
    } else if there.is_some_and(|at| attestation.at < at) {
        Some("before the candidate was deployed".to_owned())
    } else {
        None
    };
    if let Some(other) = other {
        return Fact {
            state: NodeState::Stale,
            reason: format!("{said}, {other}"),
            evidence: None,
            seen_at: Some(attestation.at),
            act,
        };
    }
    let reason = if attestation.note.is_empty() { said } else { format!("{said}: {}", attestation.note) };
    Fact { state: NodeState::Pass, reason, evidence: None, seen_at: Some(attestation.at), act: None }
}

fn deployed_fact(policy: &Policy, environment: &str, release: &Release, facts: &Facts) -> Fact {
    let act = Some(format!("seaworthy deploy --env {environment}"));
    let Some(candidate) = release.candidate() else { return waits_for_candidate() };
    if let Some(displaced) = displaced(environment, release, facts) {
        return displaced;
    }
    match release.deployment_in(environment) {
        None => Fact::without_evidence(
            NodeState::Pending,
            format!("{} is not in {environment}", candidate.label()),
            act,
        ),
        Some(deployment) => {
            let state = if is_staging(policy, environment) && deployment.share != Share::FULL {
                NodeState::Pending
            } else {
                NodeState::Pass
            };
            let reason = format!("{} is in {environment} with {}", candidate.label(), deployment.share);
            let act = if state.satisfies() { None } else { act };
            Fact { state, reason, evidence: None, seen_at: Some(deployment.at), act }
        }
    }
}
