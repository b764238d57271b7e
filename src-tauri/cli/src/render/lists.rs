//! The log, the releases, the policy's summary and the doctor.

use super::Paint;
use super::When;
use super::layout::column;
use super::layout::fill;
use super::layout::hang;
use seaworthy_wire::AttentionView;
use seaworthy_wire::DoctorView;
use seaworthy_wire::EventPage;
use seaworthy_wire::PolicySummary;
use seaworthy_wire::ReleaseCard;
use seaworthy_wire::State;
use unicode_width::UnicodeWidthStr;

/// Entries; `search` is what was looked for.
pub(crate) fn events(events: &EventPage, search: Option<&str>, when: When, paint: Paint) -> String {
    let mut page = events.doubt.as_ref().map_or_else(String::new, |why| super::doubt(why, paint));
    if events.events.is_empty() {
        let nothing = search
            .map_or_else(|| "Nothing yet.\n".to_owned(), |words| format!("Nothing says \"{words}\".\n"));
        page.push_str(&nothing);
        return page;
    }
    page.push_str(&format!("{}\n", paint.faint(&format!("Times in {}", when.zone.name()))));
    for event in &events.events {
        let stamp = when.stamp(event.at);
        let first = format!("{stamp}  ");
        hang(&mut page, &first, first.width(), &format!("{} (by {})", event.text, event.actor));
        // A release that this ledger does not know keeps its identity.
        let unnamed = || event.release.as_ref().map(|release| format!("release {release}"));
        let from = event.release_name.clone().or_else(unnamed);
        let from = from.map_or_else(String::new, |from| format!("  {from}"));
        let line = format!("#{} {}{from}", event.seq, event.kind);
        page.push_str(&format!("{}{}\n", " ".repeat(first.width()), paint.faint(&line)));
    }
    page
}

/// A line for each release.
pub(crate) fn releases(cards: &[ReleaseCard], when: When, paint: Paint) -> String {
    let names: Vec<String> = cards.iter().map(|card| format!("{} {}", card.project, card.version)).collect();
    let width = column(names.iter().map(String::as_str));
    let mut page = String::new();
    for (card, name) in cards.iter().zip(&names) {
        let first = format!("{} {name}{}  ", paint.glyph(card.state), fill(name, width));
        let line = format!("{}; newest event {}", card.lifecycle, when.stamp(card.updated));
        hang(&mut page, &first, width.max(name.width()) + 4, &line);
    }
    if page.is_empty() { "No release yet. `seaworthy open VERSION` opens one.\n".to_owned() } else { page }
}

pub(crate) fn policy(summary: &PolicySummary, paint: Paint) -> String {
    let mut page = format!("{}\n", paint.strong(&summary.title));
    hang(&mut page, "  ", 2, &summary.contents.join(", "));
    page.push_str(&format!("  sha256 {}\n", summary.digest));
    if let Some(warnings) = &summary.warnings {
        page.push_str(&format!("\n{}\n", warnings.trim_end()));
    }
    page
}

/// How people are told.
pub(crate) fn attention(view: &AttentionView, paint: Paint) -> String {
    let mut page = String::new();
    let mut line = |state: State, text: &str| hang(&mut page, &format!("{} ", paint.glyph(state)), 2, text);
    match (&view.service, &view.problem) {
        (_, Some(why)) => line(State::NotArmed, &format!("Nobody can be told: {why}")),
        (Some(service), None) => line(State::Pass, &format!("Notices are shown by {service}")),
        (None, None) => {}
    }
    match &view.quiet {
        None => line(State::Pass, "At any hour"),
        Some(quiet) => {
            let hours = format!(
                "What can wait keeps quiet from {} to {} {}; what needs you does not",
                quiet.from, quiet.to, quiet.zone
            );
            line(State::Pass, &hours);
        }
    }
    line(
        State::Pass,
        if view.names_hidden { "Names are hidden" } else { "With the names of project and release" },
    );
    page
}

pub(crate) fn doctor(doctor: &DoctorView, paint: Paint) -> String {
    let width = column(doctor.lines.iter().map(|line| line.what.as_str()));
    let mut page = String::new();
    for line in &doctor.lines {
        let first = format!("{} {}{}  ", paint.glyph(line.state), line.what, fill(&line.what, width));
        hang(&mut page, &first, width.max(line.what.width()) + 4, &line.text);
    }
    page
}
