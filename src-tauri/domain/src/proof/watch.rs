//! Watches needed for close, shown as a phase of their own after the policy's phases.

use super::GateProof;
use super::Leaf;
use super::NodeState;
use super::PhaseProof;
use crate::policy::Anchor;
use crate::policy::NeededFor;
use crate::policy::Policy;
use crate::policy::Transition;
use crate::policy::Watch;
use crate::release::Release;
use seaworthy_rules::Period;
use seaworthy_rules::format_duration;

/// The phase, when the policy has watches that close waits for.
pub(super) fn phase(policy: &Policy, release: &Release) -> Option<PhaseProof> {
    let needed = policy.watches.iter().filter(|w| w.needed_for == NeededFor::Close);
    let criteria: Vec<_> = needed.map(|w| leaf(w, release)).collect();
    if criteria.is_empty() {
        return None;
    }
    let state = NodeState::worst(criteria.iter().map(|c| c.state));
    let gate = GateProof {
        id: "watches".into(),
        title: "Watches".into(),
        owner: "captain".into(),
        guards: Some(Transition::Close),
        state,
        passed_at: None,
        criteria,
    };
    Some(PhaseProof { id: "watch".into(), title: "Watch".into(), state, gates: vec![gate] })
}

fn leaf(watch: &Watch, release: &Release) -> Leaf {
    let ended = release.watches_ended.get(&watch.name);
    let needed = format_duration(watch.soak.length);
    let begun = release.ladder.as_ref().and_then(|ladder| match watch.after {
        Anchor::Deploy => ladder.entered.first().map(|e| e.at),
        Anchor::FullTraffic => ladder.full_at,
    });
    let (state, reason) = match (ended, begun) {
        (Some(seen), _) => {
            let observed = format_duration(Period::from_millis(seen.observed_ms).coarse());
            (NodeState::Pass, format!("{observed} observed, {needed} needed"))
        }
        (None, Some(_)) => (NodeState::Running, format!("is being watched, {needed} observed time needed")),
        (None, None) => {
            let anchor = match watch.after {
                Anchor::Deploy => "the first production traffic",
                Anchor::FullTraffic => "full traffic",
            };
            (NodeState::Pending, format!("begins with {anchor}"))
        }
    };
    Leaf {
        id: watch.name.clone(),
        title: format!("{} observed for {needed}", watch.name),
        state,
        reason,
        source: "watch".into(),
        evidence: None,
        seen_at: ended.map(|seen| seen.at),
        fresh_until: None,
        act: (!state.satisfies()).then(|| "seaworthy watch".to_owned()),
        at_passage: false,
    }
}
