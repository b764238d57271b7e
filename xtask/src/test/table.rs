//! The table of stages at the end.

use std::time::Duration;

use crate::stopwatch;
use crate::test::tally::Tally;

/// One stage that ran.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: &'static str,
    /// What it counted (a stage without tests counts none); `None` when it failed without counting.
    pub(super) tally: Option<Tally>,
    pub(super) took: Duration,
}

impl Row {
    /// A stage that failed as a whole counts as one failure.
    pub(super) fn counted(&self) -> Tally {
        self.tally.unwrap_or_default().ended(self.tally.is_some())
    }

    fn result(&self) -> String {
        match self.tally {
            None => "FAILED".into(),
            Some(tally) if tally == Tally::default() => "ok".into(),
            Some(tally) => tally.to_string(),
        }
    }
}

/// Name, duration and result of every stage, in columns.
pub(super) fn draw(rows: &[Row]) -> String {
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
    let line =
        |row: &Row| format!("{:width$}  {:>12}  {}\n", row.name, stopwatch::words(row.took), row.result());
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::{Row, draw};
    use crate::test::tally::Tally;
    use std::time::Duration;

    #[test]
    fn stages_stand_in_columns_and_a_fallen_one_is_seen() {
        let rows = [
            Row { name: "format", tally: Some(Tally::default()), took: Duration::from_millis(300) },
            Row {
                name: "light tests",
                tally: Some(Tally { passed: 3, failed: 1, skipped: 0 }),
                took: Duration::from_secs(75),
            },
            Row { name: "lints", tally: None, took: Duration::from_secs(20) },
        ];
        let expected = [
            "format              0.3 s  ok",
            "light tests    1 min 15 s  3 passed, 1 failed",
            "lints                20 s  FAILED",
        ];
        assert_eq!(draw(&rows).lines().collect::<Vec<_>>(), expected);
        assert_eq!(rows.iter().map(|row| row.counted().failed).sum::<u64>(), 2);
    }
}
