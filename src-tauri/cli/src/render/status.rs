//! Where a release stands: four answers, the proof, and what it would take.

use super::Paint;
use super::When;
use super::layout::column;
use super::layout::ends;
use super::layout::fill;
use super::layout::hang;
use super::layout::heading;
use super::layout::indented;
use seaworthy_wire::Answer;
use seaworthy_wire::CheckView;
use seaworthy_wire::CriterionView;
use seaworthy_wire::HappenedView;
use seaworthy_wire::Millis;
use seaworthy_wire::PhaseView;
use seaworthy_wire::ReleaseView;
use seaworthy_wire::State;
use unicode_width::UnicodeWidthStr;

/// Digits of a commit that people compare.
const COMMIT_DIGITS: usize = 10;

/// Digits of a digest that people compare.
const DIGEST_DIGITS: usize = 12;

/// Column of the answers.
const ANSWERS: usize = 17;

/// The short form.
pub(crate) fn status(view: &ReleaseView, when: When, paint: Paint) -> String {
    let mut page = top(view, when, paint);
    phases(&mut page, &view.phases, paint);
    acts(&mut page, view, paint);
    page
}

/// With every criterion.
pub(crate) fn explained(view: &ReleaseView, when: When, paint: Paint) -> String {
    let mut page = top(view, when, paint);
    for phase in &view.phases {
        tree(&mut page, phase, when, paint);
    }
    acts(&mut page, view, paint);
    page
}

/// What comes before everything else where nothing that follows can be relied on.
pub(crate) fn doubt(doubt: &str, paint: Paint) -> String {
    let mut page = String::new();
    hang(&mut page, &format!("{} ", paint.glyph(State::Fail)), 2, doubt);
    page
}

/// Other releases that have production.
fn also(page: &mut String, view: &ReleaseView, paint: Paint) {
    for one in &view.also {
        hang(page, &format!("{} ", paint.glyph(one.state)), 2, &format!("Also: {}", one.text));
    }
}

fn top(view: &ReleaseView, when: When, paint: Paint) -> String {
    let head = &view.head;
    let mut page = view.doubt.as_ref().map_or_else(String::new, |why| doubt(why, paint));
    let mut left = format!("{} {}", head.project, head.version);
    for part in [head.candidate.as_deref(), head.commit.as_deref().and_then(|c| c.get(..COMMIT_DIGITS))] {
        left.push_str(&part.map_or_else(String::new, |part| format!("  {part}")));
    }
    let right =
        if head.rehearsal { format!("{}  REHEARSAL", head.lifecycle) } else { head.lifecycle.clone() };
    page.push_str(&format!("{}\n", paint.strong(&ends(&left, &right))));
    indented(&mut page, 0, &format!("{}; position {}", head.policy, head.position));
    if let Some(frozen) = head.frozen {
        indented(&mut page, 0, &format!("Frozen {}", when.full(frozen)));
    }
    if let Some(hold) = &head.hold {
        let line = format!("On hold since {} by {}: {}", when.full(hold.at), hold.by, hold.reason);
        hang(&mut page, &format!("{} ", paint.glyph(State::Hold)), 2, &line);
    }
    if let Some(operation) = &view.rollout.operation {
        let line = format!("{}: {}", operation.what, operation.line);
        hang(&mut page, &format!("{} ", paint.glyph(operation.state)), 2, &line);
    }
    for line in view.rollout.armed.lines.iter().filter(|line| line.state == State::Differs) {
        hang(&mut page, &format!("{} ", paint.glyph(line.state)), 2, &line.text);
    }
    notices(&mut page, view, when, paint);
    also(&mut page, view, paint);
    page.push('\n');
    answer(&mut page, "May I move?", &view.bearing.may_move, paint);
    answer(&mut page, "What blocks me?", &view.bearing.blocks, paint);
    answer(&mut page, "In production", &view.bearing.production, paint);
    answer(&mut page, "What happened?", &view.bearing.happened, paint);
    page
}

/// What waits to be seen, and what nobody could be told.
fn notices(page: &mut String, view: &ReleaseView, when: When, paint: Paint) {
    for open in &view.notices.open {
        let said = open.said.map_or_else(String::new, |at| format!(", said {}", when.short(at)));
        let line = format!("{}: not seen by anybody yet{said}; `seaworthy notices --seen`", open.title);
        hang(page, &format!("{} ", paint.glyph(State::Incident)), 2, &line);
    }
    for unheard in &view.notices.unheard {
        let line =
            format!("Nobody could be told {}: {} ({})", when.short(unheard.at), unheard.title, unheard.why);
        hang(page, &format!("{} ", paint.glyph(State::NotArmed)), 2, &line);
    }
}

fn answer(page: &mut String, question: &str, answer: &Answer, paint: Paint) {
    let label = format!("{}{}", paint.faint(question), fill(question, ANSWERS));
    let (first, width) = match answer.state {
        Some(state) => (format!("{label}{} ", paint.glyph(state)), ANSWERS + 2),
        None => (label, ANSWERS),
    };
    hang(page, &first, width, &answer.answer);
    indented(page, width, &answer.line);
}

fn phases(page: &mut String, phases: &[PhaseView], paint: Paint) {
    if phases.is_empty() {
        return;
    }
    heading(page, paint, "Readiness");
    let width = column(phases.iter().map(|phase| phase.title.as_str()));
    for phase in phases {
        let title = format!("{}{}", phase.title, fill(&phase.title, width));
        let here = if phase.current { "  <- here" } else { "" };
        let count = format!("{} of {}", phase.holding, phase.total);
        page.push_str(&format!("  {} {title}  {count}{here}\n", paint.glyph(phase.state)));
    }
}

pub(super) fn tree(page: &mut String, phase: &PhaseView, when: When, paint: Paint) {
    let here = if phase.current { "  <- here" } else { "" };
    heading(page, paint, &format!("{}  {} of {}{here}", phase.title, phase.holding, phase.total));
    for gate in &phase.gates {
        let guards = gate.guards.as_ref().map_or_else(String::new, |guards| format!(" guards {guards};"));
        page.push_str(&format!("  {}  {}\n", paint.state(gate.state), paint.strong(&gate.title)));
        let passed = gate.passed.map_or_else(String::new, |at| format!("; passed {}", when.short(at)));
        indented(page, 4, &format!("gate {};{guards} owner {}{passed}", gate.id, gate.owner));
        for one in &gate.criteria {
            criterion(page, one, when, paint);
        }
    }
}

fn criterion(page: &mut String, one: &CriterionView, when: When, paint: Paint) {
    let word = paint.state(one.state);
    page.push_str(&format!("    {word}  {}\n", one.name));
    indented(page, 6, &one.title);
    indented(page, 6, &one.reason);
    let mut facts = vec![one.source.clone()];
    facts.extend(one.seen.map(|at| format!("seen {}", when.short(at))));
    facts.extend(one.fresh_until.map(|at| format!("good until {}", when.short(at))));
    facts.extend(one.at_passage.then(|| "as it was at passage".to_owned()));
    facts.extend(
        one.evidence.as_deref().and_then(|e| e.get(..DIGEST_DIGITS)).map(|e| format!("evidence {e}")),
    );
    facts.retain(|fact| !fact.is_empty());
    indented(page, 6, &facts.join("; "));
}

fn acts(page: &mut String, view: &ReleaseView, paint: Paint) {
    if view.acts.is_empty() {
        return;
    }
    heading(page, paint, "What would it take");
    for (number, act) in (1..).zip(&view.acts) {
        let first = format!("  {number}. ");
        let width = first.width() + 2;
        hang(page, &format!("{first}{} ", paint.glyph(act.state)), width, &act.title);
        indented(page, width, &act.line);
        if let Some(command) = &act.command {
            page.push_str(&format!("{}{}\n", " ".repeat(width), paint.command(command)));
        }
    }
}

/// What a change led to: the newest event, where the release is now, and what comes next.
pub(crate) fn outcome(view: &ReleaseView, when: When, paint: Paint) -> String {
    let mut page = view.recent.first().map_or_else(String::new, |newest| happened(newest, when, paint));
    let may_move = &view.bearing.may_move;
    let line =
        format!("{} {}, {}: {}", view.head.project, view.head.version, view.head.lifecycle, may_move.answer);
    match may_move.state {
        Some(state) => hang(&mut page, &format!("{} ", paint.glyph(state)), 2, &line),
        None => indented(&mut page, 0, &line),
    }
    if view.head.over {
        notices(&mut page, view, when, paint);
    }
    also(&mut page, view, paint);
    if let Some(act) = view.acts.first() {
        indented(&mut page, 2, &format!("Next: {}", act.title));
        if let Some(command) = &act.command {
            page.push_str(&format!("  {}\n", paint.command(command)));
        }
    }
    page
}

/// The newest run of each of these checks.
pub(crate) fn checks<'a>(checks: impl Iterator<Item = &'a CheckView>, paint: Paint) -> String {
    let mut page = String::new();
    for check in checks {
        page.push_str(&format!("{}  {}\n", paint.state(check.state), paint.strong(&check.name)));
        indented(&mut page, 2, &check.summary);
        if check.approved == Some(false) {
            page.push_str(&format!("  {}\n", paint.command(&format!("seaworthy approve {}", check.name))));
        }
    }
    page
}

/// One line of what happened.
pub(crate) fn happened(one: &HappenedView, when: When, paint: Paint) -> String {
    noted(one.at, one.state, &format!("{} (by {})", one.text, one.actor), when, paint)
}

/// One line with its time.
pub(crate) fn noted(at: Millis, state: State, text: &str, when: When, paint: Paint) -> String {
    let stamp = when.stamp(at);
    let mut page = String::new();
    let first = format!("{}  {} ", paint.faint(&stamp), paint.glyph(state));
    hang(&mut page, &first, stamp.width() + 4, text);
    page
}
