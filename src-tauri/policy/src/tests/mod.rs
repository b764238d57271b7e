//! What people see when a policy is wrong, and that everything else is read right.

mod bad;
mod bad_connections;
mod bad_gates;
mod bad_metrics;
mod bad_moves;
mod bad_vercel;
mod good;
mod places;
mod robust;

use crate::FILE_NAME;
use crate::Parsed;
use crate::parse;

/// A complete policy that the tests break in one place each.
const WHOLE: &str = include_str!("whole.toml");

fn parsed(text: &str) -> Parsed {
    parse(text, FILE_NAME).unwrap_or_else(|problems| panic!("{problems}"))
}

/// The rendered problems of a text that must have some.
fn rendered(text: &str) -> String {
    match parse(text, FILE_NAME) {
        Ok(_) => panic!("nothing was wrong with\n{text}"),
        Err(problems) => problems.to_string(),
    }
}

/// The rendered problems of the whole policy after one replacement.
fn broken(from: &str, to: &str) -> String {
    rendered(&changed(from, to))
}

fn changed(from: &str, to: &str) -> String {
    assert_eq!(WHOLE.matches(from).count(), 1, "`{from}` must stand in the policy once");
    WHOLE.replace(from, to)
}
