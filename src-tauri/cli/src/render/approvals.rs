//! Commands that wait for approval: the exact text, or the exact difference to what was approved before.

use super::Paint;
use super::layout::heading;
use super::layout::indented;
use seaworthy_wire::ApprovalView;
use seaworthy_wire::State;
use similar::ChangeTag;
use similar::TextDiff;
use std::collections::BTreeMap;

/// Digits of a digest that people compare.
const DIGEST_DIGITS: usize = 12;

/// How the part of a command that is a file begins.
const FILE: &str = "file ";

/// Blanks before what belongs to a part.
const HANGING: &str = "              ";

pub(crate) fn approvals(approvals: &[ApprovalView], paint: Paint) -> String {
    let mut page = String::new();
    let mut files = BTreeMap::new();
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
        page.push_str(&text_of(approval, &mut files, paint));
    }
    page
}

/// A file whose every byte stands above is not repeated; which one it is stands in its first line, with its digest.
fn text_of<'a>(approval: &'a ApprovalView, files: &mut BTreeMap<String, &'a str>, paint: Paint) -> String {
    let Some(before) = approval.before.as_ref().filter(|_| !approval.approved) else {
        let mut text = String::new();
        for part in parts(&approval.text) {
            let head = part.first().copied().unwrap_or_default();
            let whole = part.join("\n");
            match files.get(&whole).filter(|_| part.len() > 1 && head.starts_with(FILE)) {
                Some(above) => text.push_str(&format!("    {head}\n{HANGING}(as above, for {above})\n")),
                None => {
                    part.iter().for_each(|line| text.push_str(&format!("    {line}\n")));
                    files.insert(whole, &approval.subject);
                }
            }
        }
        return text;
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

/// The parts of a command: each begins at the margin, and what belongs to it is indented.
fn parts(text: &str) -> Vec<Vec<&str>> {
    let mut parts: Vec<Vec<&str>> = Vec::new();
    for line in text.lines() {
        match parts.last_mut() {
            Some(part) if line.is_empty() || line.starts_with(' ') => part.push(line),
            _ => parts.push(vec![line]),
        }
    }
    parts
}
