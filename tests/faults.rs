//! Each fault that the documents name has tests, and each test that they name exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Names of all tests in the source below `folder`.
fn tests_below(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("the source can be listed") {
        let path = entry.expect("the source can be listed").path();
        if path.is_dir() {
            tests_below(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            tests_in(&fs::read_to_string(&path).expect("source is text"), found);
        }
    }
}

/// A test is the first function after a line that says so.
fn tests_in(text: &str, found: &mut BTreeSet<String>) {
    let mut is_test = false;
    for line in text.lines().map(str::trim_start) {
        let head = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ");
        match head {
            Some(head) if is_test => {
                found.insert(head.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect());
                is_test = false;
            }
            _ => is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test"),
        }
    }
}

#[test]
fn every_fault_has_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut known = BTreeSet::new();
    for folder in ["src-tauri", "tests/journeys"] {
        tests_below(&root.join(folder), &mut known);
    }
    assert!(known.len() > 500, "only {} tests were found", known.len());
    let text = fs::read_to_string(root.join("docs/faults.md")).expect("the document is there");
    let rows: Vec<Vec<&str>> =
        text.lines().filter(|line| line.starts_with("| F")).map(|line| line.split('|').collect()).collect();
    let numbers: Vec<String> = rows.iter().map(|row| row[1].trim().to_owned()).collect();
    let expected: Vec<String> = (1..=24).chain(48..=51).map(|number| format!("F{number}")).collect();
    assert_eq!(numbers, expected);
    for row in rows {
        let named: Vec<&str> = row[4].split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "{} has no test", row[1]);
        for name in named {
            assert!(known.contains(name), "{}: there is no test {name}", row[1]);
        }
    }
}
