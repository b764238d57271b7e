//! One guardrail's measurements as a drawing that needs no script.
//!
//! Three drawings stand side by side (value labels, plot, limit labels). Only the plot stretches, and only sideways,
//! in percent: words keep their size on a phone and on paper.

use crate::gaps::clip;
use crate::scale::Scale;
use crate::scale::figure;
use crate::text::visible;
use crate::times::Times;
use crate::times::span;
use maud::Markup;
use maud::html;
use seaworthy_wire::ExcessView;
use seaworthy_wire::GapView;
use seaworthy_wire::Millis;
use seaworthy_wire::SeriesView;
use std::fmt::Write as _;

/// Columns of the plot; each keeps its lowest and its highest sample, so that no peak disappears.
const COLUMNS: u32 = 400;
/// Gaps, excesses and invalid samples that are drawn; the sentence below the chart counts all of them.
const MARKS_MAX: usize = 60;
/// Time shown on each side of an excess in its own drawing, at least.
const CLOSER_MARGIN_MIN: Millis = 5 * 60_000;
/// An excess gets a drawing of its own when it would fill less than one part in this many.
const CLOSER_BELOW: Millis = 6;
/// Letters of a cause that fit above its gap.
const CAUSE_MAX: usize = 14;
/// Share of the width that a word above the plot needs.
const WORD_WIDTH: f64 = 14.0;

const TOP: f64 = 44.0;
const BOTTOM: f64 = 172.0;
const HEIGHT: f64 = 194.0;
/// Distance of two labels at which neither covers the other.
const LINE: f64 = 15.0;

/// What is drawn, cut at the end of the release.
pub(crate) struct Chart<'a> {
    pub(crate) series: &'a SeriesView,
    pub(crate) from: Millis,
    pub(crate) to: Millis,
    pub(crate) valid: Vec<(Millis, f64)>,
    pub(crate) invalid: Vec<(Millis, &'a str)>,
    pub(crate) gaps: Vec<GapView>,
    pub(crate) excesses: Vec<ExcessView>,
    scale: Scale,
}

impl<'a> Chart<'a> {
    /// All of it; `end` is when the release ended, or now.
    pub(crate) fn new(series: &'a SeriesView, end: Millis) -> Self {
        Self::within(series, series.from, series.to.min(end))
    }

    /// A part of it, `around` something that a picture of the whole hides.
    pub(crate) fn closer(&self, around: &ExcessView) -> Option<Self> {
        let length = around.to.saturating_sub(around.from);
        let margin = length.saturating_mul(2).max(CLOSER_MARGIN_MIN);
        let from = around.from.saturating_sub(margin).max(self.from);
        let to = around.to.saturating_add(margin).min(self.to);
        let part = to.saturating_sub(from);
        let hidden = part.saturating_mul(CLOSER_BELOW) < self.to.saturating_sub(self.from);
        hidden.then(|| Self::within(self.series, from, to))
    }

    fn within(series: &'a SeriesView, from: Millis, to: Millis) -> Self {
        let to = to.max(from.saturating_add(1));
        let inside = |at: Millis| from <= at && at <= to;
        let mut valid = Vec::new();
        let mut invalid = Vec::new();
        for point in series.points.iter().filter(|point| inside(point.at)) {
            match (point.value.filter(|value| value.is_finite()), &point.invalid) {
                (Some(value), None) => valid.push((point.at, value)),
                (_, why) => invalid.push((point.at, why.as_deref().unwrap_or("without a value"))),
            }
        }
        let scale = Scale::over(valid.iter().map(|(_, value)| *value).chain([series.limit]));
        let gaps = series.gaps.iter().filter(|gap| gap.to > from).filter_map(|gap| clip(gap, to)).collect();
        let excesses =
            series.excesses.iter().filter(|excess| excess.from <= to && excess.to >= from).cloned().collect();
        Self { series, from, to, valid, invalid, gaps, excesses, scale }
    }

    /// Highest sample.
    pub(crate) fn highest(&self) -> Option<(Millis, f64)> {
        self.valid.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// Lowest sample.
    pub(crate) fn lowest(&self) -> Option<(Millis, f64)> {
        self.valid.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1))
    }

    #[expect(clippy::cast_precision_loss, reason = "for drawing only")]
    fn x(&self, at: Millis) -> f64 {
        let whole = self.to.saturating_sub(self.from) as f64;
        (at.clamp(self.from, self.to).saturating_sub(self.from) as f64 / whole * 100.0).clamp(0.0, 100.0)
    }

    fn y(&self, value: f64) -> f64 {
        BOTTOM - self.scale.place(value) * (BOTTOM - TOP)
    }
}

/// The drawing, without its text alternative.
pub(crate) fn draw(chart: &Chart<'_>, times: &Times) -> Markup {
    html! {
        div class="chart" aria-hidden="true" {
            svg class="axis" width="58" height=(HEIGHT) {
                @for (index, tick) in chart.scale.ticks.iter().enumerate() {
                    // The unit stands once, at the top.
                    @let unit = if index + 1 == chart.scale.ticks.len() { chart.series.unit.as_str() } else { "" };
                    text x="52" y=(num(chart.y(*tick) + 4.0)) text-anchor="end" { (visible(&figure(*tick, unit))) }
                }
            }
            svg class="plot" width="100%" height=(HEIGHT) {
                @for tick in &chart.scale.ticks {
                    line class="grid" x1="0" x2="100%" y1=(num(chart.y(*tick))) y2=(num(chart.y(*tick))) {}
                }
                (excess_fields(chart))
                (gap_fields(chart))
                svg viewBox={ "0 0 1000 " (HEIGHT) } preserveAspectRatio="none" width="100%" height=(HEIGHT) {
                    path class="series" d=(path(chart)) {}
                }
                @if chart.series.limit.is_finite() {
                    @let y = num(chart.y(chart.series.limit));
                    line class="limit" x1="0" x2="100%" y1=(y) y2=(y) {}
                }
                @if let Some((at, value)) = chart.valid.last() {
                    circle class="dot" cx=(percent(chart.x(*at))) cy=(num(chart.y(*value))) r="3" {}
                }
                (invalid_marks(chart))
                (excess_marks(chart))
                (time_labels(chart, times))
            }
            (right_labels(chart))
        }
    }
}

fn right_labels(chart: &Chart<'_>) -> Markup {
    let limit = chart.series.limit;
    let limit_y = chart.y(limit);
    let unit = &chart.series.unit;
    html! {
        svg class="axis" width="84" height=(HEIGHT) {
            @if limit.is_finite() {
                line class="limit" x1="0" x2="4" y1=(num(limit_y)) y2=(num(limit_y)) {}
                circle class="ring" cx="8" cy=(num(limit_y)) r="4" {}
                line class="limit" x1="2" x2="15" y1=(num(limit_y)) y2=(num(limit_y)) {}
                text class="limit-text" x="19" y=(num(limit_y + 4.0)) { (visible(&figure(limit, unit))) }
            }
            @if let Some((_, value)) = chart.valid.last() {
                @let y = chart.y(*value);
                @let clash = limit.is_finite() && (y - limit_y).abs() < LINE;
                @let y = if !clash { y } else if y >= limit_y && limit_y + LINE < BOTTOM + 6.0 { limit_y + LINE } else { limit_y - LINE };
                text class="last" x="6" y=(num(y + 4.0)) { (visible(&figure(*value, unit))) }
            }
        }
    }
}

fn gap_fields(chart: &Chart<'_>) -> Markup {
    let mut free_from = f64::MIN;
    html! {
        @for gap in chart.gaps.iter().take(MARKS_MAX) {
            @let (left, right) = (chart.x(gap.from), chart.x(gap.to));
            rect class="gap" x=(percent(left)) width=(percent(right - left)) y=(TOP) height=(BOTTOM - TOP) {}
            @for edge in [left, right] {
                line class="edge" x1=(percent(edge)) x2=(percent(edge)) y1=(TOP) y2=(BOTTOM) {}
            }
            @let middle = f64::midpoint(left, right).clamp(WORD_WIDTH / 2.0, 100.0 - WORD_WIDTH / 2.0);
            @if middle - WORD_WIDTH / 2.0 >= free_from {
                text class="cause" x=(percent(middle)) y="12" text-anchor="middle" {
                    (visible(&gap.cause).chars().take(CAUSE_MAX).collect::<String>())
                }
                ({ free_from = middle + WORD_WIDTH / 2.0; "" })
            }
        }
    }
}

fn excess_fields(chart: &Chart<'_>) -> Markup {
    html! {
        @for excess in chart.excesses.iter().take(MARKS_MAX) {
            @let (left, right) = (chart.x(excess.from), chart.x(excess.to));
            rect class="over" x=(percent(left)) width=(percent(right - left)) y=(TOP) height=(BOTTOM - TOP) {}
        }
    }
}

fn excess_marks(chart: &Chart<'_>) -> Markup {
    let mut free_from = f64::MIN;
    html! {
        @for excess in chart.excesses.iter().take(MARKS_MAX) {
            @let x = chart.x(excess.from);
            line class="over-edge" x1=(percent(x)) x2=(percent(x)) y1=(TOP - 4.0) y2=(BOTTOM) {}
            svg class="open" x=(percent(x)) y=(TOP - 14.0) width="1" height="1" { path class="triangle" d="M-5.5 0h11L0 9.5Z" {} }
            @let after = x < 55.0;
            @if x - if after { 0.0 } else { 2.0 * WORD_WIDTH } >= free_from {
                svg class="open" x=(percent(x)) y="0" width="1" height="1" {
                    text class="limit-text" x=(if after { "9" } else { "-9" }) y=(num(TOP - 5.0)) text-anchor=(if after { "start" } else { "end" }) {
                        (excess_words(excess))
                    }
                }
                ({ free_from = x + if after { 2.0 * WORD_WIDTH } else { 0.0 }; "" })
            }
        }
    }
}

/// Over is not breached: only what lasted long enough is.
pub(crate) fn excess_words(excess: &ExcessView) -> String {
    let length = span(excess.to.saturating_sub(excess.from));
    if excess.fired { format!("breached, {length} over") } else { format!("{length} over") }
}

fn invalid_marks(chart: &Chart<'_>) -> Markup {
    html! {
        @for (at, _) in chart.invalid.iter().take(MARKS_MAX) {
            svg class="open" x=(percent(chart.x(*at))) y=(BOTTOM) width="1" height="1" {
                rect class="invalid" x="-2.5" y="-2.5" width="5" height="5" {}
            }
        }
    }
}

fn time_labels(chart: &Chart<'_>, times: &Times) -> Markup {
    let length = chart.to.saturating_sub(chart.from);
    let middle = chart.from.saturating_add(length / 2);
    html! {
        @for (at, x, anchor) in [(chart.from, "0", "start"), (middle, "50%", "middle"), (chart.to, "100%", "end")] {
            text class={ "time-" (anchor) } x=(x) y=(BOTTOM + 17.0) text-anchor=(anchor) { (times.axis(at, length)) }
        }
    }
}

/// The value line, with a break at every gap and nothing joined over it.
fn path(chart: &Chart<'_>) -> String {
    let mut drawn = String::new();
    let mut gaps = chart.gaps.iter().peekable();
    let mut column: Vec<(f64, f64)> = Vec::new();
    let mut slot = None;
    let mut before: Option<Millis> = None;
    let mut moved = false;
    for (at, value) in &chart.valid {
        while gaps.peek().is_some_and(|gap| before.is_some_and(|before| gap.to <= before)) {
            gaps.next();
        }
        let broken = before.is_some() && gaps.peek().is_some_and(|gap| gap.from < *at);
        let x = chart.x(*at) * 10.0;
        let here = Some((x * f64::from(COLUMNS) / 1000.0).floor());
        if broken || here != slot {
            moved = put(&mut drawn, &mut column, moved);
            slot = here;
        }
        moved &= !broken;
        column.push((x, chart.y(*value)));
        before = Some(*at);
    }
    put(&mut drawn, &mut column, moved);
    drawn
}

/// Draws the ends of one column in the order of time; returns that the pen is down.
fn put(drawn: &mut String, column: &mut Vec<(f64, f64)>, moved: bool) -> bool {
    let by_height = |a: &(usize, &(f64, f64)), b: &(usize, &(f64, f64))| a.1.1.total_cmp(&b.1.1);
    let lowest = column.iter().enumerate().min_by(by_height).map(|(index, _)| index);
    let highest = column.iter().enumerate().max_by(by_height).map(|(index, _)| index);
    let mut kept: Vec<usize> = lowest.into_iter().chain(highest).collect();
    kept.sort_unstable();
    kept.dedup();
    let mut down = moved;
    for (x, y) in kept.iter().filter_map(|index| column.get(*index)) {
        // A line of no length: with round ends a lonely sample is a dot and not nothing.
        let _ = if down { write!(drawn, "L{x:.0} {y:.1}") } else { write!(drawn, "M{x:.0} {y:.1}h0") };
        down = true;
    }
    column.clear();
    down
}

fn percent(value: f64) -> String {
    format!("{}%", num(value.max(0.0)))
}

fn num(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests;
