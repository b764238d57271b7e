//! Counts of tests.

use std::fmt;

/// How many tests passed, failed, and were left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) passed: u64,
    pub(super) failed: u64,
    pub(super) skipped: u64,
}

impl Tally {
    /// Both together.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
        }
    }

    /// A runner that ended badly has at least one failure, whatever it counted.
    pub(super) fn ended(self, well: bool) -> Self {
        if well || self.failed > 0 { self } else { Self { failed: 1, ..self } }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(out, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn the_last_line_is_plain() {
        let tally = Tally { passed: 12, failed: 0, skipped: 0 };
        assert_eq!(tally.to_string(), "12 passed, 0 failed");
        let all = tally.and(Tally { passed: 1, failed: 2, skipped: 3 });
        assert_eq!(all.to_string(), "13 passed, 2 failed, 3 skipped");
    }

    #[test]
    fn a_runner_that_fell_over_is_never_a_pass() {
        assert_eq!(Tally::default().ended(false).failed, 1);
        assert_eq!(Tally { failed: 4, ..Tally::default() }.ended(false).failed, 4);
        assert_eq!(Tally::default().ended(true).failed, 0);
    }
}
