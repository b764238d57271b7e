//! Commands that wait for approval: the exact text, or the exact difference to what was approved before.

use super::Paint;
use super::layout::heading;
use super::layout::indented;
use seaworthy_wire::ApprovalView;
use seaworthy_wire::State;
use similar::ChangeTag;
use similar::TextDiff;

/// Digits of a digest that people compare.
const DIGEST_DIGITS: usize = 12;

pub(crate) fn approvals(approvals: &[ApprovalView], paint: Paint) -> String {
    let mut page = String::new();
    for approval in approvals {
        heading(&mut page, paint, &approval.subject);
        let digest: String = approval.digest.chars().take(DIGEST_DIGITS).collect();
        let (state, word) = match (&approval.problem, approval.approved, &approval.before) {
            (Some(_), ..) => (State::Fail, "cannot be approved"),
            (None, true, _) => (State::Pass, "approved"),
            (None, false, Some(_)) => (State::Differs, "changed since it was approved"),
            (None, false, None) => (State::Pending, "never approved"),
        };
        page.push_str(&format!("  {} {word}  {}\n", paint.glyph(state), paint.faint(&digest)));
        if let Some(problem) = &approval.problem {
            indented(&mut page, 4, problem);
        }
        if let Some(warning) = &approval.warning {
            indented(&mut page, 4, warning);
        }
        page.push_str(&text_of(approval, paint));
    }
    page
}

fn text_of(approval: &ApprovalView, paint: Paint) -> String {
    let Some(before) = approval.before.as_ref().filter(|_| !approval.approved) else {
        return approval.text.lines().map(|line| format!("    {line}\n")).collect();
    };
    let diff = TextDiff::from_lines(before, &approval.text);
    let lines = diff.iter_all_changes().map(|change| {
        let line = change.value().trim_end_matches('\n');
        match change.tag() {
            ChangeTag::Delete => format!("  {}\n", paint.toned(State::Fail, &format!("- {line}"))),
            ChangeTag::Insert => format!("  {}\n", paint.toned(State::Pass, &format!("+ {line}"))),
            ChangeTag::Equal => format!("    {line}\n"),
        }
    });
    lines.collect()
}
