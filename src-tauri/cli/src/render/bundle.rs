//! A bundle that was checked.

use super::Paint;
use super::When;
use super::layout::hang;
use seaworthy_wire::BundleFile;
use seaworthy_wire::BundleView;
use seaworthy_wire::Standing;
use seaworthy_wire::State;

const TELL: &str = "Tell the eight words on another way than the file goes: whoever gets it checks it with \
    `seaworthy verify FILE --expect \"WORDS\"`.";
const REHEARSAL: &str = "A rehearsal: nothing in it happened to production.";

/// Width of the names of facts.
const NAMES: usize = 11;

pub(crate) fn bundle(view: &BundleView, when: When, paint: Paint) -> String {
    let mut page =
        format!("{}\n", paint.strong(&format!("{} {}, {}", view.project, view.version, view.lifecycle)));
    if view.rehearsal {
        hang(&mut page, &format!("{} ", paint.glyph(State::NotApplicable)), 2, REHEARSAL);
    }
    if let Some(hold) = &view.hold {
        hang(
            &mut page,
            &format!("{} ", paint.glyph(State::Hold)),
            2,
            &format!("On hold: {} (by {})", hold.reason, hold.by),
        );
    }
    let (state, text) = standing(view);
    hang(&mut page, &format!("{} ", paint.glyph(state)), 2, &text);
    page.push('\n');
    let newest = view
        .events
        .last()
        .map_or_else(String::new, |event| format!(", the newest of {}", when.stamp(event.at)));
    let mut fact = |name: &str, text: &str| hang(&mut page, &format!("  {name:NAMES$} "), NAMES + 3, text);
    fact("words", &view.words);
    fact("head", &view.head);
    fact("signer", &format!("says to be {}, device {}", view.person, view.device));
    fact("key", &view.key);
    fact("made", &format!("{} by the maker's clock", when.stamp(view.made_at)));
    fact("events", &format!("{} without a hole{newest}", view.events.len()));
    if let Some(commit) = &view.commit {
        fact("candidate", &format!("{}, commit {commit}", view.candidate.as_deref().unwrap_or("rc")));
    }
    fact("policy", &view.policy);
    let here = view.evidence.iter().filter(|piece| piece.here).count();
    fact("evidence", &format!("{here} of {} pieces that its events name", view.evidence.len()));
    if !view.left_out.is_empty() {
        fact("left out", &view.left_out.join(", "));
    }
    page
}

/// A bundle that was made here.
pub(crate) fn written(file: &BundleFile, paint: Paint) -> String {
    let mut page = format!("{}\n", paint.strong(&file.file));
    let mut fact = |name: &str, text: &str| hang(&mut page, &format!("  {name:NAMES$} "), NAMES + 3, text);
    fact("words", &file.words);
    fact("head", &file.head);
    fact("size", &format!("{} bytes", file.bytes));
    file.contents.iter().for_each(|line| fact("holds", line));
    if !file.left_out.is_empty() {
        fact("left out", &file.left_out.join(", "));
    }
    file.notes.iter().for_each(|note| fact("note", note));
    page.push('\n');
    hang(&mut page, "", 0, TELL);
    page
}

fn standing(view: &BundleView) -> (State, String) {
    match view.standing {
        Standing::Expected => (State::Pass, "It is the bundle you expect, and everything in it agrees.".into()),
        Standing::Unknown => (
            State::Unknown,
            "Everything in it agrees; whether its signer is your captain is unknown. Ask for the eight words below on \
             another way, and check again with --expect \"WORDS\"."
                .into(),
        ),
        Standing::Other => (
            State::Fail,
            "It is not the bundle you expect: another signer, another release, or another end of it.".into(),
        ),
    }
}
