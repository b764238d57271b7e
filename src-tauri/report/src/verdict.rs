//! The answer before everything else, and what was released.

use crate::Report;
use crate::gaps;
use crate::gaps::Unseen;
use crate::glyph;
use crate::story;
use crate::story::Told;
use crate::text::counted;
use crate::text::sentence_case;
use crate::text::t;
use crate::times::Times;
use crate::times::span;
use maud::Markup;
use maud::html;
use seaworthy_wire::Answer;
use seaworthy_wire::EventView;
use seaworthy_wire::State;

/// Candidates in the table; each is a whole attempt, so more than this is not one release any longer.
const CANDIDATES_MAX: usize = 60;
/// Milestones in the short story.
const MILESTONES_MAX: usize = 40;

pub(crate) fn section(report: &Report, gaps: &[Unseen], times: &Times) -> Markup {
    let bearing = &report.view.bearing;
    let (state, word, line) = verdict(report, times);
    html! {
        section id="verdict" aria-labelledby="verdict-h" {
            div class={ "verdict " (glyph::tone(state)) } {
                h2 id="verdict-h" { (glyph::glyph(state)) (word) }
                p { (line) }
            }
            dl class="bearing" {
                @for (question, answer) in [
                    ("May I move?", &bearing.may_move),
                    ("What blocks me?", &bearing.blocks),
                    ("In production", &bearing.production),
                    ("What happened?", &bearing.happened),
                ] { (one(question, answer)) }
            }
            (figures(report, gaps))
        }
    }
}

fn one(question: &str, answer: &Answer) -> Markup {
    html! {
        div {
            dt { (question) }
            dd {
                strong {
                    @if let Some(state) = answer.state { (glyph::glyph(state)) " " span class="sr" { (state.word()) ": " } }
                    (t(&answer.answer))
                }
                @if !answer.line.is_empty() { span class="line" { (t(&answer.line)) } }
            }
        }
    }
}

/// What stands above everything else, worst first: an unknown outcome outranks a hold, a hold the place in life.
fn verdict(report: &Report, times: &Times) -> (State, Markup, Markup) {
    let view = &report.view;
    let head = &view.head;
    if let Some(operation) =
        view.rollout.operation.as_ref().filter(|operation| operation.state == State::Unknown)
    {
        let line = html! { "Nobody knows yet whether a call took effect: " (t(&operation.what)) ". " (t(&operation.line)) };
        return (State::Unknown, html! { "Unknown" }, line);
    }
    if let Some(hold) = &head.hold {
        let line = html! { (t(&sentence_case(hold.reason.trim_end_matches('.')))) ". Held by " (t(&hold.by)) " since " (times.full(hold.at)) ". Nothing moves forward until somebody lifts it." };
        return (State::Hold, html! { "On hold" }, line);
    }
    if head.rolled_back {
        let line = html! { "All traffic went back, and no newer candidate was named. " (t(&view.bearing.production.line)) };
        return (State::Fail, html! { "Rolled back" }, line);
    }
    if let Some(ending) = story::ending(report) {
        let state = story::glyph_of(&ending.kind).unwrap_or(State::NotApplicable);
        let word = sentence_case(&head.lifecycle);
        // The heading has said the word already.
        let told = ending
            .text
            .strip_prefix(word.as_str())
            .map_or(ending.text.as_str(), |rest| rest.trim_start_matches([':', ' ']));
        let line = html! { @if !told.is_empty() { (t(&sentence_case(told))) ". " } "By " (t(&ending.actor)) ", " (times.full(ending.at)) "." };
        return (state, html! { (t(&word)) }, line);
    }
    let state = view.bearing.may_move.state.unwrap_or(State::Pending);
    let line =
        html! { "Not over yet. " (t(&view.bearing.may_move.answer)) ". " (t(&view.bearing.may_move.line)) };
    (state, html! { (t(&sentence_case(&head.lifecycle))) }, line)
}

fn figures(report: &Report, gaps: &[Unseen]) -> Markup {
    let count = |kind| story::of_kind(&report.events, kind).count();
    let began = report.events.first().map_or(report.view.now, |event| event.at);
    let length = story::until(report).saturating_sub(began);
    let breaches = count("guardrail.breached");
    let beats = story::beats(&report.events);
    let back = beats.iter().filter(|beat| beat.went_back()).count();
    let holds = beats.iter().filter(|beat| beat.event.kind == "hold.set" && !beat.event.back).count();
    html! {
        ul class="figures" aria-label="In figures" {
            li { strong { (count("candidate.named")) } (if count("candidate.named") == 1 { "candidate" } else { "candidates" }) }
            li { strong { (breaches) } (if breaches == 1 { "guardrail breach" } else { "guardrail breaches" }) }
            li { strong { (back) } (if back == 1 { "rollback" } else { "rollbacks" }) }
            li { strong { (holds) } (if holds == 1 { "hold" } else { "holds" }) }
            li { strong { (span(gaps::total(gaps))) } "not measured, traffic or not" }
            li { strong { (span(length)) } @if report.view.head.over { "from first to last entry" } @else { "so far" } }
        }
    }
}

pub(crate) fn rehearsal_banner() -> Markup {
    html! {
        p class="rehearsal" role="note" {
            (glyph::glyph(State::Stale)) strong { "Rehearsal." } " This is practice, on a practice target and a turned clock. Nothing here counts for production."
        }
    }
}

pub(crate) fn released(report: &Report, times: &Times) -> Markup {
    let head = &report.view.head;
    let named: Vec<_> = story::of_kind(&report.events, "candidate.named").collect();
    let (first, left_out, last) = story::ends(&named, CANDIDATES_MAX);
    html! {
        section id="released" aria-labelledby="released-h" {
            h2 id="released-h" { "What was released" }
            dl class="facts" {
                dt { "Project" } dd { (t(&head.project)) }
                dt { "Version" } dd { (t(&head.version)) }
                dt { "Candidate" } dd { @match &head.candidate { Some(candidate) => (t(candidate)), None => "none yet" } }
                dt { "Commit" } dd { @match &head.commit { Some(commit) => code { (t(commit)) }, None => "none yet" } }
                dt { "Policy" } dd { (t(&head.policy)) }
                dt { "Scope frozen" } dd { @match head.frozen { Some(at) => (times.full(at)), None => "not frozen" } }
            }
            @if !named.is_empty() {
                h3 { "Candidates" }
                ol class="story" {
                    @for event in first { (line(event, &[], times)) }
                    @if left_out > 0 { li class="left-out" { (counted(left_out, "candidate is", "candidates are")) " left out here." } }
                    @for event in last { (line(event, &[], times)) }
                }
            }
        }
    }
}

/// The release in as many lines as a reader in a hurry has time for.
pub(crate) fn milestones(report: &Report, times: &Times) -> Markup {
    let beats = story::beats(&report.events);
    html! {
        section id="short" aria-labelledby="short-h" {
            h2 id="short-h" { "In short" }
            @if beats.is_empty() { p { "Nothing has happened yet." } }
            ol class="story" {
                @for told in story::fold(&beats, MILESTONES_MAX) {
                    @match told {
                        Told::Beat(beat) => (line(beat.event, &beat.outcomes, times)),
                        Told::LeftOut(1) => li class="left-out" { "1 step here is left to the timeline." },
                        Told::LeftOut(count) => li class="left-out" { (count) " steps here are left to the timeline." },
                    }
                }
            }
        }
    }
}

/// What happened, what came of it, and the glyph of what is known now.
fn line(event: &EventView, outcomes: &[&EventView], times: &Times) -> Markup {
    let intent = event.kind == "op.intended";
    let state = match outcomes.last() {
        Some(newest) => Some(newest.state),
        None => story::glyph_of(&event.kind).or(intent.then_some(State::Unknown)),
    };
    html! {
        li {
            span class="when" { (times.short(event.at)) }
            span class="mark" { @match state { Some(state) => (glyph::glyph(state)), None => span class="bullet" {} } }
            span class="what" {
                (t(&event.text)) span class="quiet" { ", " (t(&event.actor)) }
                @for outcome in outcomes { br; (t(&outcome.text)) }
                @if intent && outcomes.is_empty() { br; "No outcome is recorded." }
            }
        }
    }
}
