//! The ladder: shares, observed time of needed, guardrails, who is looking and the way back.

use super::Paint;
use super::When;
use super::layout::column;
use super::layout::fill;
use super::layout::hang;
use super::layout::heading;
use super::layout::indented;
use seaworthy_wire::GuardrailView;
use seaworthy_wire::MetricView;
use seaworthy_wire::Millis;
use seaworthy_wire::ObservedView;
use seaworthy_wire::ReleaseView;
use seaworthy_wire::RolloutView;
use seaworthy_wire::StageView;
use seaworthy_wire::WatchView;
use unicode_width::UnicodeWidthStr;

/// Pieces of the observed bar.
const BAR: Millis = 20;

/// `seaworthy stage`.
pub(crate) fn rollout(view: &ReleaseView, when: When, paint: Paint) -> String {
    let rollout = &view.rollout;
    let mut page = view.doubt.as_ref().map_or_else(String::new, |why| super::doubt(why, paint));
    heading(
        &mut page,
        paint,
        &format!("{} {}: {}", view.head.project, view.head.version, rollout.decision.title),
    );
    hang(&mut page, &format!("{} ", paint.glyph(rollout.decision.state)), 2, &rollout.decision.line);
    if let Some(due) = rollout.decision.rollback_due {
        indented(&mut page, 2, &format!("Rolls back by itself {} unless it recovers", when.full(due)));
    }
    if let Some(operation) = &rollout.operation {
        let line = format!("{}: {} (since {})", operation.what, operation.line, when.short(operation.at));
        hang(&mut page, &format!("{} ", paint.glyph(operation.state)), 2, &line);
    }
    stages(&mut page, rollout, when, paint);
    guardrails(&mut page, rollout, when, paint);
    metrics(&mut page, &rollout.metrics, when, paint);
    watches(&mut page, &rollout.watches, paint);
    looking(&mut page, rollout, when, paint);
    page
}

/// What stays at the end of the screen while somebody watches.
pub(crate) fn live(view: &ReleaseView, when: When, paint: Paint) -> String {
    let rollout = &view.rollout;
    let mut page = String::new();
    hang(&mut page, &format!("{} ", paint.glyph(rollout.decision.state)), 2, &rollout.decision.line);
    for stage in &rollout.stages {
        stage_line(&mut page, stage, paint);
    }
    for guardrail in &rollout.guardrails {
        guardrail_line(&mut page, guardrail, when, paint);
    }
    for watch in &rollout.watches {
        hang(
            &mut page,
            &format!("  {} ", paint.glyph(watch.state)),
            4,
            &format!("{}: {}", watch.name, watch.line),
        );
    }
    hang(&mut page, &format!("{} ", paint.glyph(rollout.armed.state)), 2, &rollout.armed.text);
    page
}

fn stages(page: &mut String, rollout: &RolloutView, when: When, paint: Paint) {
    if rollout.stages.is_empty() {
        return;
    }
    heading(page, paint, "Ladder");
    for stage in &rollout.stages {
        stage_line(page, stage, paint);
        if let Some(entered) = stage.entered {
            indented(page, 6, &format!("entered {}", when.full(entered)));
        }
        if let Some(observed) = &stage.observed {
            bar(page, observed);
        }
    }
}

fn stage_line(page: &mut String, stage: &StageView, paint: Paint) {
    let head = format!("{}. {} {} %", stage.number, stage.name, stage.share);
    let first = format!("  {} {head}  {}  ", paint.glyph(stage.state), paint.toned(stage.state, &stage.word));
    hang(page, &first, head.width() + stage.word.width() + 8, &stage.line);
}

fn bar(page: &mut String, observed: &ObservedView) {
    let done = (observed.observed_ms.clamp(0, observed.needed_ms) * BAR)
        .checked_div(observed.needed_ms)
        .map_or(0, |pieces| usize::try_from(pieces).unwrap_or(0));
    let rest = usize::try_from(BAR).unwrap_or(0) - done;
    let bar = format!("[{}{}]", "#".repeat(done), ".".repeat(rest));
    let gaps = match observed.gaps.len() {
        0 => String::new(),
        1 => format!("; 1 gap, {} lost", span(observed.lost_ms)),
        many => format!("; {many} gaps, {} lost", span(observed.lost_ms)),
    };
    let of = format!("{} of {} observed", span(observed.observed_ms), span(observed.needed_ms));
    let coverage = format!("coverage {} of {}", observed.coverage, observed.needed_coverage);
    indented(page, 6, &format!("{bar} {of}, {coverage}{gaps}"));
}

fn guardrails(page: &mut String, rollout: &RolloutView, when: When, paint: Paint) {
    if rollout.guardrails.is_empty() {
        return;
    }
    heading(page, paint, "Guardrails");
    for guardrail in &rollout.guardrails {
        guardrail_line(page, guardrail, when, paint);
        indented(page, 4, &format!("{} -> {}", guardrail.rule, guardrail.then));
    }
}

fn guardrail_line(page: &mut String, guardrail: &GuardrailView, when: When, paint: Paint) {
    let first = format!("  {}  {}  ", paint.state(guardrail.state), guardrail.name);
    let width = guardrail.state.word().width() + guardrail.name.width() + 8;
    let mut text = guardrail.line.clone();
    if let Some(over) = &guardrail.over {
        text.push_str(&format!("; over for {} of {}", span(over.for_ms), span(over.of_ms)));
    }
    if let Some(seen) = guardrail.seen {
        text.push_str(&format!("; seen {} by {}", when.short(seen), guardrail.source));
    }
    hang(page, &first, width, &text);
}

fn metrics(page: &mut String, metrics: &[MetricView], when: When, paint: Paint) {
    if metrics.is_empty() {
        return;
    }
    heading(page, paint, "Metrics");
    let width = column(metrics.iter().map(|metric| metric.name.as_str()));
    for metric in metrics {
        let first = format!("  {} {}{}  ", paint.glyph(metric.state), metric.name, fill(&metric.name, width));
        let mut text = metric.value.clone().unwrap_or_else(|| "no measurement".to_owned());
        text.push_str(&format!(" by {}", metric.source));
        if let Some(seen) = metric.seen {
            text.push_str(&format!("; seen {}", when.short(seen)));
        }
        if !metric.line.is_empty() {
            text.push_str(&format!("; {}", metric.line));
        }
        hang(page, &first, width.max(metric.name.width()) + 6, &text);
    }
}

fn watches(page: &mut String, watches: &[WatchView], paint: Paint) {
    if watches.is_empty() {
        return;
    }
    heading(page, paint, "Watches");
    let width = column(watches.iter().map(|watch| watch.name.as_str()));
    for watch in watches {
        let first = format!("  {} {}{}  ", paint.glyph(watch.state), watch.name, fill(&watch.name, width));
        hang(page, &first, width.max(watch.name.width()) + 6, &watch.line);
        if let Some(observed) = &watch.observed {
            bar(page, observed);
        }
    }
}

fn looking(page: &mut String, rollout: &RolloutView, when: When, paint: Paint) {
    heading(page, paint, "Looking");
    hang(page, &format!("  {} ", paint.glyph(rollout.armed.state)), 4, &rollout.armed.text);
    for line in &rollout.armed.lines {
        hang(page, &format!("    {} ", paint.glyph(line.state)), 6, &line.text);
    }
    let way = &rollout.way_back;
    let seen = way.seen.map_or_else(String::new, |at| format!("; proven {}", when.short(at)));
    hang(page, &format!("  {} ", paint.glyph(way.state)), 4, &format!("Way back: {}{seen}", way.line));
}

/// `41 h 20 min`, `5 min`, `30 s`.
fn span(ms: Millis) -> String {
    let seconds = ms / 1_000;
    let (hours, minutes) = (seconds / 3_600, seconds % 3_600 / 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds} s"),
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}
