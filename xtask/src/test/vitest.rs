//! Runs the interface's unit tests and reads the counts of their JSON report.

use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::error::XtaskError;
use crate::place::Place;
use crate::shell::{self, Step};
use crate::test::tally::Tally;

/// The part of the report that is counted.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    num_passed_tests: u64,
    num_failed_tests: u64,
    num_pending_tests: u64,
    num_todo_tests: u64,
    test_results: Vec<File>,
}

/// One test file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    status: String,
    assertion_results: Vec<Assertion>,
}

#[derive(Debug, Deserialize)]
struct Assertion {
    status: String,
}

/// Runs them, shows them, and counts.
pub(super) fn run(place: &Place) -> Result<Tally, XtaskError> {
    let folder = place.kept();
    let file = folder.join("vitest.json");
    fs::create_dir_all(&folder).map_err(|source| failed(&folder, source))?;
    // A report of an earlier run must not speak for this one.
    if file.exists() {
        fs::remove_file(&file).map_err(|source| failed(&file, source))?;
    }
    let output = format!("--outputFile.json={}", file.display());
    let step = Step::npm()
        .args(["run", "test", "--", "--reporter=default", "--reporter=json", &output])
        .within(&place.ui());
    let status = shell::status(&step)?;
    let text = fs::read_to_string(&file).map_err(|source| failed(&file, source))?;
    Ok(count(&text)?.ended(status.success()))
}

fn count(report: &str) -> Result<Tally, XtaskError> {
    let report: Report = serde_json::from_str(report)
        .map_err(|error| XtaskError::Answer { what: "vitest", detail: error.to_string() })?;
    // A file that cannot even be loaded fails without a failed test in it.
    let fallen = report.test_results.iter().filter(|file| {
        file.status == "failed" && !file.assertion_results.iter().any(|test| test.status == "failed")
    });
    Ok(Tally {
        passed: report.num_passed_tests,
        failed: report.num_failed_tests + fallen.count() as u64,
        skipped: report.num_pending_tests + report.num_todo_tests,
    })
}

fn failed(path: &Path, source: std::io::Error) -> XtaskError {
    XtaskError::File { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::{Tally, count};

    #[test]
    fn tests_are_counted_and_a_file_that_does_not_load_is_a_failure() {
        let report = r#"{"numTotalTestSuites":3,"numPassedTests":4,"numFailedTests":1,"numPendingTests":2,
            "numTodoTests":1,"success":false,"testResults":[
              {"name":"a","status":"passed","assertionResults":[{"status":"passed","title":"x"}]},
              {"name":"b","status":"failed","assertionResults":[{"status":"failed"},{"status":"passed"}]},
              {"name":"c","status":"failed","message":"no such module","assertionResults":[]}]}"#;
        assert_eq!(count(report).expect("a report"), Tally { passed: 4, failed: 2, skipped: 3 });
    }

    #[test]
    fn another_shape_is_an_error() {
        assert!(count("{}").is_err());
        assert!(count("").is_err());
    }
}
