//! The proof tree: phases, gates, criteria, and what each rests on.

use crate::glyph;
use crate::text::digest;
use crate::text::t;
use crate::times::Times;
use maud::Markup;
use maud::html;
use seaworthy_wire::CriterionView;
use seaworthy_wire::GateView;
use seaworthy_wire::Millis;
use seaworthy_wire::PhaseView;
use seaworthy_wire::State;

pub(crate) fn section(phases: &[PhaseView], over: bool, times: &Times) -> Markup {
    html! {
        section id="readiness" aria-labelledby="readiness-h" {
            h2 id="readiness-h" { "Readiness" }
            p class="lead" {
                "Every criterion of the policy. " strong { "Then" } " means as it stood when its gate was passed, and it stays so; "
                strong { "now" } " means as it stands today, and it counts until the release is closed."
            }
            @if phases.is_empty() { p { "The policy has no phase." } }
            @for phase in phases { (one_phase(phase, over, times)) }
        }
    }
}

fn one_phase(phase: &PhaseView, over: bool, times: &Times) -> Markup {
    html! {
        div class="row phase" {
            h3 { (t(&phase.title)) }
            (glyph::state(phase.state))
            span class="quiet" { (phase.holding) " of " (phase.total) " hold" }
            @if phase.current { span class="quiet" { "The next step waits here." } }
        }
        @if phase.total == 0 { p { "This phase has no criteria. A phase without criteria never passes." } }
        @for gate in &phase.gates { (one_gate(gate, over, times)) }
    }
}

fn one_gate(gate: &GateView, over: bool, times: &Times) -> Markup {
    html! {
        table role="table" class="gate" {
            caption {
                (glyph::state(gate.state)) " " strong { (t(&gate.title)) }
                span class="quiet" {
                    " Owner: " (t(&gate.owner)) "."
                    @if let Some(guards) = &gate.guards { " Guards: " (t(guards)) "." }
                    @match (gate.passed, gate.state) {
                        (Some(at), _) => { " Passed " (times.short(at)) "." }
                        (None, State::Pass) if over => " Held at the end.",
                        (None, State::Pass) => " Holds, not passed yet.",
                        (None, _) => " Not passed.",
                    }
                }
            }
            thead role="rowgroup" { tr role="row" {
                @for name in ["State", "Criterion", "Because", "Seen", "Evidence"] { th scope="col" role="columnheader" { (name) } }
            } }
            tbody role="rowgroup" { @for criterion in &gate.criteria { (row(criterion, gate, times)) } }
        }
    }
}

fn row(criterion: &CriterionView, gate: &GateView, times: &Times) -> Markup {
    // What was seen after the passage is no longer what it stood for.
    let stood = |at: Millis| criterion.seen.is_none_or(|seen| seen <= at);
    let settled = criterion.at_passage && gate.passed.is_some_and(stood);
    html! {
        tr role="row" {
            td role="cell" data-l="State" { (glyph::state(criterion.state))
                div class="quiet" { @if settled { "then" } @else { "now" } } }
            th scope="row" role="rowheader" data-l="Criterion" {
                @if criterion.mono { code { (t(&criterion.title)) } } @else { (t(&criterion.title)) }
                div class="quiet" { (t(&criterion.source)) }
            }
            td role="cell" data-l="Because" { (t(&criterion.reason)) }
            td role="cell" data-l="Seen" {
                @match criterion.seen { Some(at) => (times.short(at)), None => "not seen" }
                @if let Some(until) = criterion.fresh_until.filter(|_| !settled && criterion.state != State::Stale) {
                    div class="quiet" { "good until " (times.short(until)) }
                }
            }
            td role="cell" data-l="Evidence" {
                @match &criterion.evidence { Some(evidence) => code { (t(&digest(evidence))) }, None => span class="quiet" { "none kept" } }
            }
        }
    }
}
