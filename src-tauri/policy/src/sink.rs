//! Collects problems by byte position and turns them into lines and columns at the end.

use crate::diagnostic::Code;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::Diagnostics;
use crate::diagnostic::MAX_PROBLEMS;
use crate::diagnostic::Severity;
use std::cell::Cell;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;

/// A problem by the bytes it is about.
pub(crate) struct Problem {
    severity: Severity,
    code: Code,
    message: String,
    /// `None` where the problem belongs to the file and to no line.
    span: Option<Range<usize>>,
    help: Option<String>,
}

impl Problem {
    pub(crate) fn new(code: Code, span: Range<usize>, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { severity: Severity::Error, code, message, span: Some(span), help: None }
    }

    /// A problem of the file as a whole.
    pub(crate) fn of_file(code: Code, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, code, message: message.into(), span: None, help: None }
    }

    /// What is said of the key that this one was meant to be, when it is missing.
    fn slip(&self) -> Option<String> {
        let meant = self.help.as_deref().filter(|_| self.code == Code::UnknownKey)?.strip_prefix("write ")?;
        let (_, table) = self.message.split_once("` is not a key of ")?;
        Some(missing(meant, table))
    }

    pub(crate) fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }
}

/// Message for a key that is not there; `key` is in backticks.
pub(crate) fn missing(key: &str, table: &str) -> String {
    format!("{key} is missing in {table}")
}

/// Where readers leave what they find. Reading goes on, so that one run names every problem.
pub(crate) struct Sink<'t> {
    pub(crate) text: &'t str,
    found: RefCell<Vec<Problem>>,
    errors: Cell<usize>,
}

impl<'t> Sink<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, found: RefCell::default(), errors: Cell::new(0) }
    }

    pub(crate) fn report(&self, problem: Problem) {
        if problem.severity == Severity::Error {
            self.errors.set(self.errors.get() + 1);
        }
        self.found.borrow_mut().push(problem);
    }

    /// How many errors so far: a reader compares before and after to know whether its part is sound.
    pub(crate) fn errors(&self) -> usize {
        self.errors.get()
    }

    pub(crate) fn line_of(&self, byte: usize) -> usize {
        self.text.get(..byte).map_or(1, |before| before.matches('\n').count() + 1)
    }

    /// Errors and warnings, each in the order of the file.
    pub(crate) fn into_diagnostics(self, file: &str) -> (Diagnostics, Diagnostics) {
        let lines = Lines::of(self.text);
        let mut found = self.found.into_inner();
        let slips: BTreeSet<String> = found.iter().filter_map(Problem::slip).collect();
        found.retain(|problem| problem.code != Code::MissingKey || !slips.contains(&problem.message));
        found.sort_by_key(|problem| problem.span.as_ref().map(|span| span.start));
        let (errors, warnings): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|problem| problem.severity == Severity::Error);
        let cut = |problems: Vec<Problem>| Diagnostics {
            file: file.to_owned(),
            omitted: problems.len().saturating_sub(MAX_PROBLEMS),
            problems: problems.into_iter().take(MAX_PROBLEMS).map(|problem| lines.place(problem)).collect(),
        };
        (cut(errors), cut(warnings))
    }
}

struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        let mut starts = vec![0];
        starts.extend(text.match_indices('\n').map(|(at, _)| at + 1));
        Self { text, starts }
    }

    fn place(&self, problem: Problem) -> Diagnostic {
        let Problem { severity, code, message, span, help } = problem;
        let Some(span) = span else {
            let text = String::new();
            return Diagnostic { severity, code, message, line: 1, column: 1, length: 0, text, help };
        };
        let line = self.starts.partition_point(|start| *start <= span.start).max(1);
        let from = self.starts[line - 1];
        let to = self.starts.get(line).map_or(self.text.len(), |next| next - 1);
        let text = self.text.get(from..to).unwrap_or_default();
        let text = text.strip_suffix('\r').unwrap_or(text);
        let characters = |from: usize, to: usize| {
            text.char_indices().filter(|(byte, _)| (from..to).contains(byte)).count()
        };
        let (start, end) = (span.start - from, span.end.saturating_sub(from).min(text.len()));
        Diagnostic {
            severity,
            code,
            message,
            line,
            column: characters(0, start) + 1,
            length: characters(start, end),
            text: text.to_owned(),
            help,
        }
    }
}
