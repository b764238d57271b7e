//! The proof tree: phase, gate, criterion, fact. Nothing here is stored; it is computed from policy, release and
//! measured facts, and says for every node its state, why, on what evidence and until when.

mod criterion;
mod state;
mod watch;

pub use state::NodeState;

use crate::digest::Digest;
use crate::event::PassedCriterion;
use crate::policy::Criterion;
use crate::policy::CriterionKind;
use crate::policy::Gate;
use crate::policy::Holds;
use crate::policy::Policy;
use crate::policy::Transition;
use crate::refusal::Missing;
use crate::release::Lifecycle;
use crate::release::Passage;
use crate::release::Release;
use chrono::DateTime;
use chrono::Utc;
use seaworthy_rules::Verdict;
use std::collections::BTreeMap;

/// What the tree needs beyond policy and events.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Metric rules by `gate/criterion`, evaluated over the samples at hand.
    pub measured: BTreeMap<String, Measured>,
    /// Guardrails that do not say at this moment that production is well. Empty before traffic moves.
    pub doubts: Vec<Doubt>,
    /// Version of another release of the project that has production.
    pub occupied_by: Option<String>,
    /// Staging environments that another release of the project took after this one, with its version.
    pub displaced: BTreeMap<String, String>,
}

/// A guardrail that is not quiet.
#[derive(Clone, Debug, PartialEq)]
pub struct Doubt {
    /// Its name.
    pub guardrail: String,
    /// Failing while it is over its limit, else why nobody can tell.
    pub state: NodeState,
    /// One sentence.
    pub reason: String,
}

/// A metric rule as evaluated.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Good when [`Verdict::Pass`].
    pub verdict: Verdict,
    /// One sentence.
    pub reason: String,
    /// Newest sample behind it.
    pub seen_at: Option<DateTime<Utc>>,
}

/// A phase with its gates.
#[derive(Clone, Debug, PartialEq)]
pub struct PhaseProof {
    /// Name in the policy.
    pub id: String,
    /// Title for people.
    pub title: String,
    /// Worst of its gates; a phase without criteria never passes.
    pub state: NodeState,
    /// Its gates.
    pub gates: Vec<GateProof>,
}

/// A gate with its criteria.
#[derive(Clone, Debug, PartialEq)]
pub struct GateProof {
    /// Name in the policy.
    pub id: String,
    /// Title for people.
    pub title: String,
    /// Accountable role.
    pub owner: String,
    /// What it guards.
    pub guards: Option<Transition>,
    /// Worst of its criteria.
    pub state: NodeState,
    /// When its transition happened, for the current candidate where that matters.
    pub passed_at: Option<DateTime<Utc>>,
    /// Its criteria.
    pub criteria: Vec<Leaf>,
}

/// A criterion with its fact.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaf {
    /// Name within the gate.
    pub id: String,
    /// Sentence for people.
    pub title: String,
    /// State now, or at passage where that is what counts.
    pub state: NodeState,
    /// One sentence.
    pub reason: String,
    /// What kind of fact it rests on: `check lint`, `attestation`, `rule`, `deployment`.
    pub source: String,
    /// Digest of the kept evidence.
    pub evidence: Option<Digest>,
    /// When the fact was seen.
    pub seen_at: Option<DateTime<Utc>>,
    /// When it stops counting by age.
    pub fresh_until: Option<DateTime<Utc>>,
    /// The command that would help.
    pub act: Option<String>,
    /// Shown as it was when its gate was passed.
    pub at_passage: bool,
}

/// The whole tree, in policy order.
#[must_use]
pub fn tree(policy: &Policy, release: &Release, facts: &Facts, now: DateTime<Utc>) -> Vec<PhaseProof> {
    let phases = policy.phases.iter().map(|phase| {
        let gates: Vec<_> = policy
            .gates
            .iter()
            .filter(|g| g.phase == phase.id)
            .map(|g| gate(policy, g, release, facts, now))
            .collect();
        PhaseProof {
            id: phase.id.clone(),
            title: phase.title.clone(),
            state: NodeState::worst(gates.iter().map(|g| g.state)),
            gates,
        }
    });
    phases.chain(watch::phase(policy, release)).collect()
}

/// One gate now.
#[must_use]
pub fn gate(policy: &Policy, gate: &Gate, release: &Release, facts: &Facts, now: DateTime<Utc>) -> GateProof {
    let passage = gate.guards.as_ref().and_then(|t| passage(release, t));
    // What had to hold until close is told as it was then.
    let closing = passage_of_close(release);
    let criteria: Vec<_> = gate
        .criteria
        .iter()
        .map(|criterion| {
            let then = if criterion.holds == Holds::AtPassage { passage } else { closing };
            let then = then.and_then(|p| snapshot(p, gate, criterion).map(|s| (p, s)));
            match then {
                Some((passage, snapshot)) => passed_leaf(criterion, passage, snapshot),
                None => criterion::leaf(policy, gate, criterion, release, facts, now),
            }
        })
        .collect();
    proof_of(gate, passage, criteria)
}

/// One gate as it would be passed now, whatever was recorded when it was passed before: an attempt that had no effect
/// proves nothing for the next one.
fn gate_now(policy: &Policy, gate: &Gate, release: &Release, facts: &Facts, now: DateTime<Utc>) -> GateProof {
    let criteria = gate.criteria.iter();
    let criteria = criteria.map(|c| criterion::leaf(policy, gate, c, release, facts, now)).collect();
    proof_of(gate, None, criteria)
}

fn proof_of(gate: &Gate, passage: Option<&Passage>, criteria: Vec<Leaf>) -> GateProof {
    GateProof {
        id: gate.id.clone(),
        title: gate.title.clone(),
        owner: gate.owner.clone(),
        guards: gate.guards.clone(),
        state: NodeState::worst(criteria.iter().map(|c| c.state)),
        passed_at: passage.map(|p| p.at),
        criteria,
    }
}

/// Everything that keeps `transition` from happening; empty means the gates say yes.
#[must_use]
pub fn missing(
    policy: &Policy,
    release: &Release,
    transition: &Transition,
    facts: &Facts,
    now: DateTime<Utc>,
) -> Vec<Missing> {
    let gates = gates_asked(policy, release, transition, facts, now);
    let mut found = doubts(release, transition, facts);
    for gate in &gates {
        for leaf in gate.criteria.iter().filter(|leaf| !leaf.state.satisfies()) {
            found.push(Missing {
                gate: gate.id.clone(),
                criterion: leaf.id.clone(),
                title: leaf.title.clone(),
                state: leaf.state,
                reason: leaf.reason.clone(),
                act: leaf.act.clone(),
            });
        }
    }
    found
}

/// What to record when `transition` happens now.
#[must_use]
pub fn snapshot_of(
    policy: &Policy,
    release: &Release,
    transition: &Transition,
    facts: &Facts,
    now: DateTime<Utc>,
) -> Vec<PassedCriterion> {
    let gates = gates_asked(policy, release, transition, facts, now);
    let count = gates.iter().map(|gate| gate.criteria.len()).sum::<usize>();
    let longest = SNAPSHOT_WORDS.checked_div(count).unwrap_or(0).clamp(REASON_MIN, REASON_MAX);
    gates
        .into_iter()
        .flat_map(|gate| {
            let id = gate.id;
            gate.criteria.into_iter().map(move |leaf| PassedCriterion {
                gate: id.clone(),
                criterion: leaf.id,
                state: leaf.state,
                reason: shortened(leaf.reason, longest),
                evidence: leaf.evidence,
            })
        })
        .collect()
}

/// Characters of all reasons in one snapshot, so that it always fits into one event.
const SNAPSHOT_WORDS: usize = 16 * 1024;
/// Characters of one reason at the most, and at the least.
const REASON_MAX: usize = 500;
const REASON_MIN: usize = 40;

fn shortened(mut reason: String, longest: usize) -> String {
    if let Some((end, _)) = reason.char_indices().nth(longest) {
        reason.truncate(end);
        reason.push('…');
    }
    reason
}

/// Every gate that has a say in `transition`, as things stand now.
fn gates_asked(
    policy: &Policy,
    release: &Release,
    transition: &Transition,
    facts: &Facts,
    now: DateTime<Utc>,
) -> Vec<GateProof> {
    let guarding = policy.gates_guarding(transition);
    let mut gates: Vec<_> = guarding.map(|g| gate_now(policy, g, release, facts, now)).collect();
    if *transition == Transition::Close {
        gates.extend(standing_gates(policy, release, facts, now));
        gates.extend(watch::phase(policy, release).into_iter().flat_map(|phase| phase.gates));
    }
    gates
}

/// Guardrails that speak against moving on. More traffic needs every one of them to say that all is well; the end
/// needs that none says the opposite, because the watches have seen enough by then.
fn doubts(release: &Release, transition: &Transition, facts: &Facts) -> Vec<Missing> {
    if !release.is_exposed() {
        return Vec::new();
    }
    let counts = |doubt: &&Doubt| match transition {
        Transition::Advance(_) => true,
        Transition::Close => doubt.state == NodeState::Fail,
        Transition::Freeze | Transition::Candidate | Transition::Deploy(_) => false,
    };
    let doubts = facts.doubts.iter().filter(counts);
    doubts
        .map(|doubt| Missing {
            gate: "guardrails".to_owned(),
            criterion: doubt.guardrail.clone(),
            title: format!("Guardrail {} is quiet", doubt.guardrail),
            state: doubt.state,
            reason: doubt.reason.clone(),
            act: (doubt.state == NodeState::NoData).then(|| "seaworthy watch".to_owned()),
        })
        .collect()
}

/// Gates of earlier transitions, cut down to the criteria that must hold until close.
fn standing_gates(policy: &Policy, release: &Release, facts: &Facts, now: DateTime<Utc>) -> Vec<GateProof> {
    let earlier = policy.gates.iter().filter(|g| g.guards.as_ref().is_some_and(|t| *t != Transition::Close));
    earlier
        .map(|g| {
            let standing: Vec<Criterion> =
                g.criteria.iter().filter(|c| c.holds == Holds::UntilClose).cloned().collect();
            gate_now(policy, &Gate { criteria: standing, ..g.clone() }, release, facts, now)
        })
        .collect()
}

fn passage_of_close(release: &Release) -> Option<&Passage> {
    let closed = release.lifecycle == Lifecycle::Closed;
    release.passages.iter().rev().find(|p| closed && p.transition == Transition::Close)
}

/// Whether `transition` took effect; its gate may have been passed before an operation that did not.
fn happened(release: &Release, transition: &Transition) -> bool {
    match transition {
        Transition::Freeze => release.frozen_at.is_some(),
        Transition::Candidate => release.candidate().is_some(),
        Transition::Deploy(environment) => release.deployment_in(environment).is_some(),
        Transition::Advance(stage) => {
            release.ladder.as_ref().is_some_and(|ladder| ladder.entered.iter().any(|e| e.stage == *stage))
        }
        Transition::Close => release.lifecycle == Lifecycle::Closed,
    }
}

/// The passage of `transition` that still counts: for the release where the candidate does not matter, else for the
/// current candidate. None while what it let pass has not happened.
fn passage<'a>(release: &'a Release, transition: &Transition) -> Option<&'a Passage> {
    let current = release.candidate().map(|c| c.number);
    release.passages.iter().rev().filter(|_| happened(release, transition)).find(|p| {
        p.transition == *transition
            && match transition {
                Transition::Freeze | Transition::Close => true,
                // Naming a candidate is recorded before the candidate exists.
                Transition::Candidate => p.candidate.map_or(0, |n| n) + 1 == current.unwrap_or(0),
                Transition::Deploy(_) | Transition::Advance(_) => p.candidate == current,
            }
    })
}

fn snapshot<'a>(passage: &'a Passage, gate: &Gate, criterion: &Criterion) -> Option<&'a PassedCriterion> {
    passage.proof.iter().find(|p| p.gate == gate.id && p.criterion == criterion.id)
}

fn passed_leaf(criterion: &Criterion, passage: &Passage, then: &PassedCriterion) -> Leaf {
    Leaf {
        id: criterion.id.clone(),
        title: criterion.title.clone(),
        state: then.state,
        reason: then.reason.clone(),
        source: source_of(&criterion.kind),
        evidence: then.evidence,
        seen_at: Some(passage.at),
        fresh_until: None,
        act: None,
        at_passage: true,
    }
}

fn source_of(kind: &CriterionKind) -> String {
    match kind {
        CriterionKind::Check { check } => format!("check {check}"),
        CriterionKind::Rule { .. } => "rule".to_owned(),
        CriterionKind::Attest { .. } => "attestation".to_owned(),
        CriterionKind::Deployed { environment } => format!("deployment in {environment}"),
    }
}
