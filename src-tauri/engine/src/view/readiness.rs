//! The proof tree for people.

use super::state_of;
use seaworthy_domain::command::Context;
use seaworthy_domain::policy::CriterionKind;
use seaworthy_domain::policy::Transition;
use seaworthy_domain::proof;
use seaworthy_domain::proof::GateProof;
use seaworthy_domain::proof::Leaf;
use seaworthy_domain::proof::PhaseProof;
use seaworthy_wire::CriterionView;
use seaworthy_wire::GateView;
use seaworthy_wire::PhaseView;

pub(crate) fn phases(context: &Context<'_>) -> Vec<PhaseView> {
    let next = context.next();
    let tree = proof::tree(context.policy, context.release, context.facts, context.now);
    tree.iter().map(|phase| phase_view(context, phase, next.as_ref())).collect()
}

fn phase_view(context: &Context<'_>, phase: &PhaseProof, next: Option<&Transition>) -> PhaseView {
    let leaves = || phase.gates.iter().flat_map(|g| &g.criteria);
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    PhaseView {
        id: phase.id.clone(),
        title: phase.title.clone(),
        state: state_of(phase.state),
        holding: count(leaves().filter(|leaf| leaf.state.satisfies()).count()),
        total: count(leaves().count()),
        current: next.is_some() && phase.gates.iter().any(|g| g.guards.as_ref() == next),
        gates: phase.gates.iter().map(|gate| gate_view(context, gate)).collect(),
    }
}

fn gate_view(context: &Context<'_>, gate: &GateProof) -> GateView {
    GateView {
        id: gate.id.clone(),
        title: gate.title.clone(),
        owner: gate.owner.clone(),
        guards: gate.guards.as_ref().map(transition_words),
        state: state_of(gate.state),
        passed: gate.passed_at.map(|at| at.timestamp_millis()),
        criteria: gate.criteria.iter().map(|leaf| criterion_view(context, gate, leaf)).collect(),
    }
}

fn criterion_view(context: &Context<'_>, gate: &GateProof, leaf: &Leaf) -> CriterionView {
    let name = format!("{}/{}", gate.id, leaf.id);
    let kind = context.policy.criterion(&name).map(|(_, criterion)| &criterion.kind);
    CriterionView {
        mono: matches!(kind, Some(CriterionKind::Rule { .. })),
        check: match kind {
            Some(CriterionKind::Check { check }) => Some(check.clone()),
            _ => None,
        },
        attest: matches!(kind, Some(CriterionKind::Attest { .. })) && !context.release.lifecycle.is_over(),
        title: leaf.title.clone(),
        state: state_of(leaf.state),
        reason: leaf.reason.clone(),
        source: leaf.source.clone(),
        evidence: leaf.evidence.map(|digest| digest.to_string()),
        seen: leaf.seen_at.map(|at| at.timestamp_millis()),
        fresh_until: leaf.fresh_until.map(|at| at.timestamp_millis()),
        at_passage: leaf.at_passage,
        name,
    }
}

/// A transition in words.
pub(super) fn transition_words(transition: &Transition) -> String {
    match transition {
        Transition::Freeze => "freeze the scope".to_owned(),
        Transition::Candidate => "name a candidate".to_owned(),
        Transition::Deploy(environment) => format!("deploy to {environment}"),
        Transition::Advance(stage) => format!("enter stage {stage}"),
        Transition::Close => "close the release".to_owned(),
    }
}
