//! Guardrails, each with its chart and the same in one sentence.

use crate::Report;
use crate::chart;
use crate::chart::Chart;
use crate::glyph;
use crate::scale::figure;
use crate::story;
use crate::text::counted;
use crate::text::t;
use crate::times::Times;
use crate::times::span;
use maud::Markup;
use maud::html;
use seaworthy_wire::GuardrailView;
use seaworthy_wire::MetricView;
use seaworthy_wire::Millis;
use seaworthy_wire::State;

/// Breaches of one guardrail that get a drawing of their own.
const CLOSER_MAX: usize = 3;
/// Charts on a page; a policy with more guardrails than this shows the rest in words.
const CHARTS_MAX: usize = 16;

pub(crate) fn section(report: &Report, times: &Times) -> Markup {
    let guardrails = &report.view.rollout.guardrails;
    html! {
        section id="guardrails" aria-labelledby="guardrails-h" {
            h2 id="guardrails-h" { "Guardrails" }
            @if guardrails.is_empty() {
                p { "The policy has no guardrail. Nothing would have stopped this release by itself." }
            } @else {
                p class="lead" {
                    "A guardrail watches one measurement while the release takes traffic, and acts by itself when the limit is broken for long enough. "
                    "Times are in " (times.zone()) "."
                }
                (legend())
                div class="charts" {
                    @for (index, guardrail) in guardrails.iter().enumerate() { (one(report, index, guardrail, times)) }
                }
            }
            (metrics(&report.view.rollout.metrics, times))
        }
    }
}

/// Everything the policy measures, also what no guardrail names.
fn metrics(metrics: &[MetricView], times: &Times) -> Markup {
    html! {
        @if !metrics.is_empty() {
            h3 { "Metrics" }
            table role="table" {
                thead role="rowgroup" { tr role="row" {
                    th scope="col" role="columnheader" { "Metric" }
                    th scope="col" role="columnheader" { "Measured by" }
                    th scope="col" role="columnheader" { "Last value" }
                    th scope="col" role="columnheader" { "Seen" }
                    th scope="col" role="columnheader" { "Remark" }
                } }
                tbody role="rowgroup" { @for metric in metrics { (row(metric, times)) } }
            }
        }
    }
}

fn row(metric: &MetricView, times: &Times) -> Markup {
    html! {
        tr role="row" {
            th scope="row" role="rowheader" data-l="Metric" { (t(&metric.name)) }
            td role="cell" data-l="Measured by" { (t(&metric.source)) }
            td role="cell" data-l="Last value" { (t(metric.value.as_deref().unwrap_or("no measurement"))) }
            td role="cell" data-l="Seen" { @if let Some(seen) = metric.seen { (times.short(seen)) } }
            td role="cell" data-l="Remark" { (t(&metric.line)) }
        }
    }
}

fn legend() -> Markup {
    html! {
        ul class="legend" aria-label="How to read the charts" {
            li { svg width="26" height="12" aria-hidden="true" { path class="series" d="M0 8l8-4 8 3 10-4" {} } "measured" }
            li { svg width="26" height="12" aria-hidden="true" { line class="limit" x1="0" x2="26" y1="6" y2="6" {} circle class="ring" cx="13" cy="6" r="4" {} } "limit" }
            li { svg width="26" height="12" aria-hidden="true" { rect class="gap" x="1" width="24" height="12" {} line class="edge" x1="1" x2="1" y1="0" y2="12" {} line class="edge" x1="25" x2="25" y1="0" y2="12" {} } "not measured" }
            li { svg width="14" height="12" aria-hidden="true" { path class="triangle" d="M1 1h11L6.5 10.5Z" {} } "over the limit" }
            li { svg width="10" height="12" aria-hidden="true" { rect class="invalid" x="2" y="3.5" width="5" height="5" {} } "sample that does not count" }
        }
    }
}

fn one(report: &Report, index: usize, guardrail: &GuardrailView, times: &Times) -> Markup {
    let series = report.series.iter().find(|series| series.guardrail == guardrail.name);
    let chart = series.map(|series| Chart::new(series, story::until(report)));
    let (state, word) = standing(chart.as_ref(), guardrail);
    let sentence = format!("chart-{}", index + 1);
    html! {
        article class="guardrail" aria-labelledby={ (sentence) "-h" } {
            div class="row" { h3 id={ (sentence) "-h" } { (t(&guardrail.name)) } (glyph::badge(state, word)) }
            p class="rule" { code { (t(&guardrail.rule)) } " then " strong { (t(&guardrail.then)) } }
            @if let Some(chart) = &chart {
                figure aria-labelledby=(sentence) {
                    @if index < CHARTS_MAX { (chart::draw(chart, times)) }
                    figcaption id=(sentence) { (describe(chart, times)) }
                    @if index < CHARTS_MAX { (closer(chart, times)) }
                }
            } @else {
                p { "Nothing was measured for it." }
            }
            @if !report.view.head.over {
                p class="now" {
                    "Now: " (glyph::state(guardrail.state)) " "
                    @if let Some(value) = &guardrail.value { (t(value)) ", " }
                    (t(&guardrail.line))
                    @if let Some(seen) = guardrail.seen { ", seen " (times.short(seen)) }
                }
            }
        }
    }
}

/// Each breach again, as large as it was important.
fn closer(chart: &Chart<'_>, times: &Times) -> Markup {
    let fired = chart.excesses.iter().filter(|excess| excess.fired).take(CLOSER_MAX);
    html! {
        @for part in fired.filter_map(|excess| chart.closer(excess)) {
            p class="closer" { "The breach, " (times.range(part.from, part.to)) }
            (chart::draw(&part, times))
        }
    }
}

/// What the whole release says about it, which the newest reading alone does not.
fn standing(chart: Option<&Chart<'_>>, guardrail: &GuardrailView) -> (State, &'static str) {
    match chart {
        Some(chart) if chart.excesses.iter().any(|excess| excess.fired) => (State::Fail, "Breached"),
        Some(_) if guardrail.over.is_some() => (State::Incident, "Over its limit"),
        Some(chart) if chart.valid.is_empty() => (State::NoData, "No measurement"),
        Some(chart) if !chart.excesses.is_empty() => (State::Incident, "Over, never long enough"),
        Some(chart) if !chart.gaps.is_empty() => (State::Pass, "Held while it was seen"),
        Some(_) => (State::Pass, "Held"),
        None => (State::NoData, "No measurement"),
    }
}

/// One sentence for people who do not see the chart.
pub(crate) fn describe(chart: &Chart<'_>, times: &Times) -> Markup {
    let unit = &chart.series.unit;
    let over: Millis = chart
        .excesses
        .iter()
        .map(|excess| excess.to.saturating_sub(excess.from))
        .fold(0, Millis::saturating_add);
    let fired = chart.excesses.iter().filter(|excess| excess.fired).count();
    let lost: Millis =
        chart.gaps.iter().map(|gap| gap.to.saturating_sub(gap.from)).fold(0, Millis::saturating_add);
    html! {
        (t(&chart.series.guardrail)) " measured by " (t(&chart.series.source)) ", " (span(chart.to.saturating_sub(chart.from))) " from " (times.minute(chart.from))
        @if let (Some((_, low)), Some((at, high))) = (chart.lowest(), chart.highest()) {
            ": lowest " (t(&figure(low, unit))) ", highest " (t(&figure(high, unit))) " on " (times.minute(at))
        } @else { ": no sample" }
        @if chart.series.limit.is_finite() { ", limit " (t(&figure(chart.series.limit, unit))) }
        @if chart.excesses.is_empty() { ", never over it for long enough to count" }
        @else { ", over for " (span(over)) @match fired { 0 => "", 1 => ", breached once", many => { ", breached " (many) " times" } } }
        @match chart.gaps.len() {
            0 => ", no gap",
            1 => { ", one gap of " (span(lost)) }
            many => { ", " (many) " gaps of " (span(lost)) " together" }
        }
        @match chart.series.points.iter().filter(|point| point.filled).count() {
            0 => "",
            fetched => { ", " (counted(fetched, "sample", "samples")) " fetched when a gap was over" }
        }
        @if let Some((_, why)) = chart.invalid.first() {
            ", " (counted(chart.invalid.len(), "sample that does", "samples that do")) " not count (first: " (t(why)) ")"
        }
        "."
    }
}
