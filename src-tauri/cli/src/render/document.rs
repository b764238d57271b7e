//! A release as its bundle shows it.

use super::Paint;
use super::When;
use super::bundle::bundle;
use super::layout::hang;
use super::layout::heading;
use super::layout::indented;
use super::status::tree;
use seaworthy_wire::BundleView;
use seaworthy_wire::EvidencePiece;
use seaworthy_wire::PersonView;
use seaworthy_wire::State;

/// Digits of a digest that tell pieces apart.
const DIGEST_DIGITS: usize = 12;

pub(crate) fn document(view: &BundleView, when: When, paint: Paint) -> String {
    let mut page = bundle(view, when, paint);
    heading(&mut page, paint, "What this does not prove");
    for sentence in &view.not_proved {
        hang(&mut page, "  - ", 4, sentence);
    }
    if let Some(why) = &view.unread {
        heading(&mut page, paint, "Gates");
        indented(&mut page, 2, why);
    }
    for phase in &view.phases {
        tree(&mut page, phase, when, paint);
    }
    heading(&mut page, paint, "Evidence");
    view.evidence.iter().for_each(|piece| evidence(&mut page, piece, paint));
    if view.evidence.is_empty() {
        indented(&mut page, 2, "None.");
    }
    heading(&mut page, paint, "Who");
    view.people.iter().for_each(|one| person(&mut page, one, when));
    heading(&mut page, paint, &format!("What happened, times in {}", when.zone.name()));
    for event in &view.events {
        let stamp = when.stamp(event.at);
        let first = format!("  {}  {} ", paint.faint(&stamp), paint.glyph(event.state));
        hang(&mut page, &first, stamp.len() + 6, &format!("{} (by {})", event.text, event.actor));
    }
    page
}

fn evidence(page: &mut String, piece: &EvidencePiece, paint: Paint) {
    let state = if piece.here { State::Pass } else { State::NoData };
    let digits = piece.digest.get(..DIGEST_DIGITS).unwrap_or(&piece.digest);
    let size = match piece.bytes {
        Some(bytes) => format!("{bytes} bytes"),
        None => "not in the file".to_owned(),
    };
    let first = format!("  {} {digits}  ", paint.glyph(state));
    hang(page, &first, DIGEST_DIGITS + 6, &format!("{}: {}, {size}", piece.kind, piece.about));
}

fn person(page: &mut String, one: &PersonView, when: When) {
    let roles = match one.roles.as_slice() {
        [] => String::new(),
        roles => format!(", spoke as {}", roles.join(", ")),
    };
    let entries = if one.events == 1 { "entry" } else { "entries" };
    let text = format!(
        "{}{roles}: {} {entries}, {} to {}",
        one.name,
        one.events,
        when.stamp(one.from),
        when.stamp(one.to)
    );
    hang(page, "  ", 2, &text);
}
