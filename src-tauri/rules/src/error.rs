//! The one error of reading a rule: what is wrong, where, and what to write instead.

use std::ops::Range;

/// Why a text is not a rule. Callers show it; there is nothing to choose, hence no variants.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (column {column}){}", help.as_ref().map(|help| format!("; {help}")).unwrap_or_default())]
pub struct RuleError {
    /// What is wrong, a lower-case fragment.
    pub message: String,
    /// The bytes of the text it is about; empty at the end of the text where something is missing.
    pub span: Range<usize>,
    /// The first character of the span, counted from one.
    pub column: usize,
    /// What to write instead.
    pub help: Option<String>,
}

impl RuleError {
    pub(crate) fn new(text: &str, span: Range<usize>, message: impl Into<String>) -> Self {
        let column = text.get(..span.start).map_or(1, |before| before.chars().count() + 1);
        Self { message: message.into(), span, column, help: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
