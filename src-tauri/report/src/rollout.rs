//! How traffic moved: stages, watches and the way back.

use crate::Report;
use crate::glyph;
use crate::text::counted;
use crate::text::t;
use crate::times::Times;
use crate::times::span;
use maud::Markup;
use maud::html;
use seaworthy_wire::Millis;
use seaworthy_wire::ObservedView;
use seaworthy_wire::StageView;
use seaworthy_wire::State;
use seaworthy_wire::WatchView;

/// Gaps drawn in one bar.
const GAPS_MAX: usize = 60;

pub(crate) fn stages(report: &Report, times: &Times) -> Markup {
    let view = &report.view;
    let rollout = &view.rollout;
    html! {
        section id="rollout" aria-labelledby="rollout-h" {
            h2 id="rollout-h" { "Rollout" }
            @if let Some(candidate) = &view.head.candidate {
                p class="lead" { "Stages as " (t(candidate)) " went through them. Candidates before it are in the timeline." }
            }
            @if rollout.stages.is_empty() { p { "The policy has no stage: traffic moves at once." } }
            @else {
                table role="table" {
                    thead role="rowgroup" { tr role="row" {
                        @for name in ["Stage", "Share", "State", "Observed of needed", "Coverage", "Gaps", "Entered"] {
                            th scope="col" role="columnheader" { (name) }
                        }
                    } }
                    tbody role="rowgroup" { @for stage in &rollout.stages { (stage_row(stage, times)) } }
                }
            }
            dl class="facts" {
                dt { "Way back" }
                dd { (glyph::badge(rollout.way_back.state, way_back_word(rollout.way_back.state))) " " (t(&rollout.way_back.line))
                    @if let Some(seen) = rollout.way_back.seen { ", seen " (times.short(seen)) } }
                @if let Some(operation) = &rollout.operation {
                    dt { "Open call" }
                    dd { (glyph::state(operation.state)) " " (t(&operation.what)) ": " (t(&operation.line)) " Sent " (times.short(operation.at)) "." }
                }
                @if !view.head.over {
                    dt { "Automatic triggers" }
                    dd { (glyph::badge(rollout.armed.state, &rollout.armed.text))
                        @if !rollout.armed.lines.is_empty() {
                            ul { @for line in &rollout.armed.lines { li { (glyph::state(line.state)) " " (t(&line.text)) } } }
                        }
                    }
                }
            }
        }
    }
}

fn stage_row(stage: &StageView, times: &Times) -> Markup {
    html! {
        tr role="row" {
            th scope="row" role="rowheader" data-l="Stage" { (stage.number) ". " (t(&stage.name)) }
            td role="cell" data-l="Share" class="share" { (t(&stage.share)) "\u{202f}%" }
            td role="cell" data-l="State" { (glyph::badge(stage.state, &stage.word)) }
            td role="cell" data-l="Observed" { (t(&stage.line)) @if let Some(observed) = &stage.observed { (bar(observed)) } }
            (observed_cells(stage.observed.as_ref(), if stage.entered.is_some() { "no soak" } else { "not begun" }))
            td role="cell" data-l="Entered" { @match stage.entered { Some(at) => (times.short(at)), None => "not entered" } }
        }
    }
}

fn way_back_word(state: State) -> &'static str {
    match state {
        State::Pass => "Known",
        State::Fail => "None",
        other => other.word(),
    }
}

/// `absent` says why there is nothing to show.
fn observed_cells(observed: Option<&ObservedView>, absent: &str) -> Markup {
    html! {
        td role="cell" data-l="Coverage" {
            @match observed {
                Some(seen) => { (t(&seen.coverage)) " of " (t(&seen.needed_coverage)) " needed" }
                None => (absent),
            }
        }
        td role="cell" data-l="Gaps" {
            @match observed {
                Some(seen) if seen.lost_ms > 0 || !seen.gaps.is_empty() => {
                    @if seen.gaps.is_empty() { (span(seen.lost_ms)) }
                    @else { (counted(seen.gaps.len(), "gap", "gaps")) ", " (span(seen.lost_ms)) }
                }
                Some(_) => "none",
                None => (absent),
            }
        }
    }
}

/// Observed solid, gaps hatched, what is missing empty. The cell says the same in words.
#[expect(clippy::cast_precision_loss, reason = "for drawing only")]
fn bar(observed: &ObservedView) -> Markup {
    let elapsed = observed.observed_ms.saturating_add(observed.lost_ms).max(0);
    let whole = elapsed.max(observed.needed_ms).max(1) as f64;
    let percent = |ms: Millis| format!("{:.2}%", (ms as f64 / whole * 100.0).clamp(0.0, 100.0));
    html! {
        svg class="bar" width="100%" height="10" aria-hidden="true" {
            rect class="bar-seen" width=(percent(elapsed)) height="10" {}
            @for gap in observed.gaps.iter().take(GAPS_MAX) {
                @let from = gap.from.saturating_sub(observed.from).max(0);
                @let length = gap.to.saturating_sub(gap.from.max(observed.from)).min(elapsed.saturating_sub(from));
                @if length > 0 {
                    rect class="bar-gap" x=(percent(from)) width=(percent(length)) height="10" {}
                    rect class="gap" x=(percent(from)) width=(percent(length)) height="10" {}
                }
            }
            rect class="bar-edge" x="0.5" y="0.5" width="99.8%" height="9" rx="2" {}
        }
    }
}

pub(crate) fn watches(report: &Report) -> Markup {
    let watches = &report.view.rollout.watches;
    html! {
        section id="watches" aria-labelledby="watches-h" {
            h2 id="watches-h" { "Watches" }
            @if watches.is_empty() { p { "The policy asks for no watch after the rollout." } }
            @else {
                table role="table" {
                    thead role="rowgroup" { tr role="row" {
                        @for name in ["Watch", "State", "Observed", "Coverage", "Gaps"] { th scope="col" role="columnheader" { (name) } }
                    } }
                    tbody role="rowgroup" { @for watch in watches { (watch_row(watch)) } }
                }
            }
        }
    }
}

fn watch_row(watch: &WatchView) -> Markup {
    let done = watch.state == State::Pass && watch.observed.is_none();
    html! {
        tr role="row" {
            th scope="row" role="rowheader" data-l="Watch" { (t(&watch.name)) }
            td role="cell" data-l="State" { (glyph::state(watch.state)) }
            td role="cell" data-l="Observed" { (t(&watch.line)) @if let Some(observed) = &watch.observed { (bar(observed)) } }
            @if done {
                td role="cell" data-l="Coverage" { "as needed when it ended" }
                td role="cell" data-l="Gaps" { "see " a href="#unseen" { "What nobody saw" } }
            } @else { (observed_cells(watch.observed.as_ref(), "not begun")) }
        }
    }
}
