//! What is wrong with a policy file, and where: as data for programs, as compiler-like text for people.

use annotate_snippets::AnnotationKind;
use annotate_snippets::Level;
use annotate_snippets::Origin;
use annotate_snippets::Renderer;
use annotate_snippets::Snippet;
use annotate_snippets::normalize_untrusted_str;
use serde::Serialize;
use std::fmt;

/// Nobody repairs more at once, and a file of garbage would fill the terminal; the rest is counted.
pub const MAX_PROBLEMS: usize = 100;

/// Whether the file can be used in spite of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// The file can be used and probably does not say what is meant.
    Warning,
}

/// Kind of a problem, stable in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// There is nothing in the file.
    Empty,
    /// The bytes are not UTF-8 text.
    Encoding,
    /// One of the named limits is passed.
    Limit,
    /// The text is not TOML.
    Syntax,
    /// A key or table is written twice.
    DuplicateKey,
    /// A key means nothing where it stands.
    UnknownKey,
    /// A key that must be there is not.
    MissingKey,
    /// A value of another type is needed.
    WrongType,
    /// The type is right and the value is not.
    BadValue,
    /// The text of a rule is not understood.
    BadRule,
    /// A name refers to nothing.
    UnknownName,
    /// Each part is right and they do not go together.
    Conflict,
}

impl Code {
    /// The word used in JSON and in rendered text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Encoding => "encoding",
            Self::Limit => "limit",
            Self::Syntax => "syntax",
            Self::DuplicateKey => "duplicate_key",
            Self::UnknownKey => "unknown_key",
            Self::MissingKey => "missing_key",
            Self::WrongType => "wrong_type",
            Self::BadValue => "bad_value",
            Self::BadRule => "bad_rule",
            Self::UnknownName => "unknown_name",
            Self::Conflict => "conflict",
        }
    }
}

/// One problem and its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Whether the file can be used in spite of it.
    pub severity: Severity,
    /// Kind of the problem.
    pub code: Code,
    /// What is wrong, a lower-case fragment.
    pub message: String,
    /// Line, counted from 1.
    pub line: usize,
    /// First character on the line, counted from 1 in characters, whatever their width.
    pub column: usize,
    /// How many characters of the line it is about; 0 where something is missing.
    pub length: usize,
    /// The line itself, without its end; empty where the problem belongs to no line.
    pub text: String,
    /// What to write instead.
    pub help: Option<String>,
}

/// All problems of one file, in the order of its lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostics {
    /// Name of the file, as given by the caller.
    pub file: String,
    /// At most [`MAX_PROBLEMS`].
    pub problems: Vec<Diagnostic>,
    /// How many more there were.
    pub omitted: usize,
}

impl Diagnostics {
    pub(crate) fn single(file: &str, problem: Diagnostic) -> Self {
        Self { file: file.to_owned(), problems: vec![problem], omitted: 0 }
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// The text of [`fmt::Display`], with ANSI colours where the reader's terminal shows them.
    #[must_use]
    pub fn render(&self, coloured: bool) -> String {
        let renderer = if coloured { Renderer::styled() } else { Renderer::plain() };
        let mut blocks: Vec<String> =
            self.problems.iter().map(|problem| problem.render(&self.file, &renderer)).collect();
        if self.omitted > 0 {
            blocks.push(format!("and {} more", self.omitted));
        }
        blocks.join("\n\n")
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Diagnostics {}

impl Diagnostic {
    fn render(&self, file: &str, renderer: &Renderer) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        // Names from the file stand in messages; a file must not move the cursor of whoever reads them.
        let title = level.primary_title(normalize_untrusted_str(&self.message)).id(self.code.as_str());
        let group = if self.text.is_empty() {
            title.element(Origin::path(file).line(self.line).char_column(self.column))
        } else {
            let start = byte_of(&self.text, self.column - 1);
            let end = byte_of(&self.text, self.column - 1 + self.length);
            title.element(
                Snippet::source(self.text.as_str())
                    .line_start(self.line)
                    .path(file)
                    .annotation(AnnotationKind::Primary.span(start..end)),
            )
        };
        let group = match &self.help {
            Some(help) => group.element(Level::HELP.message(normalize_untrusted_str(help))),
            None => group,
        };
        renderer.render(&[group])
    }
}

fn byte_of(text: &str, character: usize) -> usize {
    text.char_indices().nth(character).map_or(text.len(), |(byte, _)| byte)
}
