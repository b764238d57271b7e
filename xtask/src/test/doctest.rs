//! Examples in documentation comments. Rustdoc is slow, so only packages that have some are run.

use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::error::XtaskError;
use crate::place::Place;
use crate::shell::{self, Step};
use crate::test::tally::Tally;

/// Words after the opening fence with which rustdoc compiles an example.
const COMPILED: &[&str] = &["", "rust", "should_panic", "no_run", "compile_fail", "edition2024"];

/// Packages of the workspace with at least one example.
pub(super) fn packages(place: &Place) -> Result<Vec<String>, XtaskError> {
    let rooms = place.root().join("src-tauri");
    let mut found = Vec::new();
    for name in children(&rooms)? {
        let sources = rooms.join(&name).join("src");
        if sources.join("lib.rs").is_file() && any_example(&sources)? {
            found.push(format!("seaworthy-{name}"));
        }
    }
    Ok(found)
}

/// Runs the examples of `packages`, shows them, and counts.
pub(super) fn run(place: &Place, packages: &[String]) -> Result<Tally, XtaskError> {
    let named = packages.iter().flat_map(|package| ["--package", package.as_str()]);
    let step = Step::cargo().args(["test", "--doc", "--no-fail-fast"]).args(named).within(place.root());
    let sum = Mutex::new(Tally::default());
    let status = shell::watch(&step, |line| {
        if let Some(tally) = result(line) {
            let mut sum = sum.lock().unwrap_or_else(PoisonError::into_inner);
            *sum = sum.and(tally);
        }
    })?;
    Ok(sum.into_inner().unwrap_or_else(PoisonError::into_inner).ended(status.success()))
}

/// Counts in a line such as `test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; …`.
fn result(line: &str) -> Option<Tally> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let number = |what: &str| {
        let part = counts.split(';').map(str::trim).find_map(|part| part.strip_suffix(what))?;
        part.trim().parse::<u64>().ok()
    };
    Some(Tally { passed: number("passed")?, failed: number("failed")?, skipped: number("ignored")? })
}

fn any_example(folder: &Path) -> Result<bool, XtaskError> {
    for name in children(folder)? {
        let path = folder.join(&name);
        let found = if path.is_dir() {
            any_example(&path)?
        } else {
            name.ends_with(".rs") && has_example(&fs::read_to_string(&path).map_err(|e| failed(&path, e))?)
        };
        if found {
            return Ok(true);
        }
    }
    Ok(false)
}

fn has_example(source: &str) -> bool {
    let mut open = false;
    for line in source.lines().map(str::trim_start) {
        let comment = line.strip_prefix("///").or_else(|| line.strip_prefix("//!"));
        let Some(words) = comment.and_then(|text| text.trim_start().strip_prefix("```")) else { continue };
        if !open && words.split(',').all(|word| COMPILED.contains(&word.trim())) {
            return true;
        }
        open = !open;
    }
    false
}

fn children(folder: &Path) -> Result<Vec<String>, XtaskError> {
    let entries = fs::read_dir(folder).map_err(|source| failed(folder, source))?;
    let mut names: Vec<String> =
        entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    Ok(names)
}

fn failed(path: &Path, source: std::io::Error) -> XtaskError {
    XtaskError::File { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::{Tally, has_example, result};

    #[test]
    fn results_are_counted() {
        let line = "test result: FAILED. 2 passed; 1 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.1s";
        assert_eq!(result(line), Some(Tally { passed: 2, failed: 1, skipped: 3 }));
        assert_eq!(result("test x ... ok"), None);
    }

    #[test]
    fn only_compiled_examples_count() {
        assert!(has_example("/// ```\n/// f();\n/// ```\n"));
        assert!(has_example("//! ```compile_fail\n//! f();\n//! ```\n"));
        assert!(!has_example("/// ```text\n/// drawing\n/// ```\nfn f() {}\n"));
        assert!(!has_example("let text = \"```\";\n"));
    }
}
