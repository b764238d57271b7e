//! A bundle that was checked.

use super::Paint;
use super::When;
use super::layout::hang;
use seaworthy_wire::BundleView;
use seaworthy_wire::Standing;
use seaworthy_wire::State;

/// Width of the names of facts.
const NAMES: usize = 11;

pub(crate) fn bundle(view: &BundleView, when: When, paint: Paint) -> String {
    let mut page =
        format!("{}\n", paint.strong(&format!("{} {}, {}", view.project, view.version, view.lifecycle)));
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
        fact("candidate", &format!("commit {commit}"));
    }
    fact("evidence", &format!("{} pieces", view.evidence));
    if !view.left_out.is_empty() {
        fact("left out", &view.left_out.join(", "));
    }
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
