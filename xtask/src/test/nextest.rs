//! Runs nextest and reads the counts of its last line.

use std::sync::{Mutex, PoisonError};

use crate::error::XtaskError;
use crate::shell::{self, Step};
use crate::test::tally::Tally;

/// Runs `step` (a nextest run), shows it, and counts.
pub(super) fn run(step: &Step) -> Result<Tally, XtaskError> {
    let last = Mutex::new(None);
    let status = shell::watch(step, |line| {
        if let Some(tally) = summary(line) {
            *last.lock().unwrap_or_else(PoisonError::into_inner) = Some(tally);
        }
    })?;
    let counted = last.into_inner().unwrap_or_else(PoisonError::into_inner);
    // Without a summary nothing was run, for instance because something did not compile.
    let tally = counted.ok_or(XtaskError::Step { command: step.line(), status: status.to_string() })?;
    Ok(tally.ended(status.success()))
}

/// Counts in a line such as `Summary [ 1.2s] 5 tests run: 3 passed (1 slow), 1 failed, 1 timed out, 2 skipped`.
fn summary(line: &str) -> Option<Tally> {
    let (_, rest) = line.trim_start().strip_prefix("Summary [")?.split_once(']')?;
    let (_, counts) = rest.split_once("run:")?;
    let mut tally = Tally::default();
    for part in without_brackets(counts).split(',') {
        let (number, what) = part.trim().split_once(' ')?;
        let number: u64 = number.parse().ok()?;
        match what.trim() {
            "passed" => tally.passed += number,
            "skipped" => tally.skipped += number,
            // Failed, timed out, could not be started: whatever it is called, it did not pass.
            _ => tally.failed += number,
        }
    }
    Some(tally)
}

fn without_brackets(text: &str) -> String {
    let mut depth = 0_u32;
    let mut kept = String::new();
    for letter in text.chars() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => kept.push(letter),
            _ => {}
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::{Tally, summary};

    #[test]
    fn summaries_are_counted() {
        for (line, passed, failed, skipped) in [
            ("     Summary [   0.012s] 3 tests run: 3 passed, 0 skipped", 3, 0, 0),
            ("Summary [1.0s] 1 test run: 1 passed, 7 skipped", 1, 0, 7),
            (
                "     Summary [  62.1s] 9 tests run: 5 passed (1 slow, 1 flaky), 2 failed, 1 timed out, 1 exec failed, 4 skipped",
                5,
                4,
                4,
            ),
            ("     Summary [   2.0s] 3/10 tests run: 2 passed (1 leaky), 1 failed, 0 skipped", 2, 1, 0),
        ] {
            assert_eq!(summary(line), Some(Tally { passed, failed, skipped }), "{line}");
        }
    }

    #[test]
    fn other_lines_are_no_summary() {
        for line in ["", "    Starting 3 tests across 1 binary", "        PASS [   0.005s] a run: 3 passed"] {
            assert_eq!(summary(line), None, "{line}");
        }
    }
}
