//! From bytes to a TOML tree: encoding, limits and syntax.

use crate::diagnostic::Code;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::MAX_PROBLEMS;
use crate::diagnostic::Severity;
use crate::sink::Problem;
use crate::sink::Sink;
use std::ops::Range;
use toml::Spanned;
use toml::de::DeTable;
use toml::de::DeValue;
use toml_parser::lexer::TokenKind;

/// A policy is a page or two that people read; 1 MiB is a hundred times the longest one we know.
pub const MAX_BYTES: usize = 1 << 20;
/// Characters of one line: problems carry their line, and a hundred of them must stay small.
pub const MAX_LINE: usize = 4096;
/// Nested lists and tables: the format needs four.
pub const MAX_DEPTH: usize = 32;

const MARK: char = '\u{feff}';

fn of_file(code: Code, line: usize, message: impl Into<String>, help: impl Into<String>) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        code,
        message: message.into(),
        line,
        column: 1,
        length: 0,
        text: String::new(),
        help: Some(help.into()),
    }
}

/// The text of the bytes, or why they are none.
pub(crate) fn text_of(bytes: &[u8]) -> Result<&str, Diagnostic> {
    if let Some(problem) = too_large(bytes.len()) {
        return Err(problem);
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        let message = "the file is UTF-16 and not UTF-8";
        return Err(of_file(Code::Encoding, 1, message, "save it again with the encoding UTF-8"));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let good = std::str::from_utf8(bytes.get(..error.valid_up_to()).unwrap_or_default());
        let before = good.unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        let bad = bytes.get(error.valid_up_to()).copied().unwrap_or_default();
        let message = format!("the byte 0x{bad:02x} is not UTF-8 text");
        let mut problem = of_file(
            Code::Encoding,
            before.matches('\n').count() + 1,
            message,
            "save the file again with the encoding UTF-8",
        );
        problem.column = line.chars().count() + 1;
        problem
    })
}

pub(crate) fn too_large(bytes: usize) -> Option<Diagnostic> {
    (bytes > MAX_BYTES).then(|| {
        let message = format!("the file has {bytes} bytes; a policy has at most {MAX_BYTES}");
        of_file(Code::Limit, 1, message, "is this the right file?")
    })
}

/// The text without a leading byte order mark, and whether there was one.
pub(crate) fn without_mark(text: &str) -> (&str, bool) {
    text.strip_prefix(MARK).map_or((text, false), |body| (body, true))
}

pub(crate) fn mark_warning() -> Problem {
    Problem::of_file(Code::Encoding, "the file begins with a byte order mark")
        .warning()
        .help("save it as UTF-8 without one; other tools may stumble over it")
}

/// Why the text is not worth parsing.
pub(crate) fn unreadable(text: &str) -> Option<Diagnostic> {
    if let Some(problem) = too_large(text.len()) {
        return Some(problem);
    }
    if text.trim().is_empty() {
        return Some(of_file(
            Code::Empty,
            1,
            "the file is empty",
            "run `seaworthy init` to write a first policy",
        ));
    }
    let long = text.lines().position(|line| line.len() > MAX_LINE && line.chars().count() > MAX_LINE)?;
    let message = format!("the line has more than {MAX_LINE} characters");
    Some(of_file(Code::Limit, long + 1, message, "break it; a list may go over several lines"))
}

/// The tree of the text. After an error of syntax there is none: what would be read from the rest is guesswork.
pub(crate) fn document<'t>(sink: &Sink<'t>) -> Option<DeTable<'t>> {
    if let Some(span) = open_too_deep(sink.text) {
        sink.report(deep(span));
        return None;
    }
    let (root, errors) = DeTable::parse_recoverable(sink.text);
    let root = root.into_inner();
    // First, so that everything after it may recurse.
    if let Some(span) = too_deep(Box::new(root.values()), 1) {
        sink.report(deep(span));
        return None;
    }
    let mut broken = false;
    let mut duplicates = 0;
    let mut after_last = 0;
    let mut errors: Vec<(Range<usize>, &str)> = errors
        .iter()
        .map(|error| (inside(error.span().unwrap_or_default(), sink.text), error.message()))
        .collect();
    errors.sort_by_key(|(span, _)| span.start);
    let mut merged_until = 0;
    for (span, message) in errors {
        if message == "duplicate key" {
            // The parser merges a table that is written twice; its keys are not to blame.
            if span.start < merged_until {
                continue;
            }
            duplicates += 1;
            if duplicates <= MAX_PROBLEMS {
                merged_until = end_of_table(sink.text, span.start);
            }
            sink.report(duplicate(sink, (duplicates <= MAX_PROBLEMS).then_some(&root), span));
            continue;
        }
        // The parser resumes within the line; what it finds there follows from the first error.
        let same_line = broken && !sink.text.get(after_last..span.start).unwrap_or("\n").contains('\n');
        broken = true;
        after_last = span.start;
        if !same_line {
            sink.report(syntax(message, span, sink.text));
        }
    }
    (!broken).then_some(root)
}

/// The line up to a place in it.
fn line_before(text: &str, place: usize) -> &str {
    text.get(..place).and_then(|before| before.rsplit('\n').next()).unwrap_or_default()
}

/// Where the table ends whose header this place is in; nowhere after it for a key.
fn end_of_table(text: &str, place: usize) -> usize {
    if !line_before(text, place).trim_start().starts_with('[') {
        return 0;
    }
    text.get(place..).and_then(|rest| rest.find("\n[")).map_or(text.len(), |end| place + end)
}

/// The parser's spans lie within the text; the slicing below must not depend on it.
fn inside(span: Range<usize>, text: &str) -> Range<usize> {
    let start = text.floor_char_boundary(span.start);
    start..text.floor_char_boundary(span.end).max(start)
}

fn syntax(message: &str, span: Range<usize>, text: &str) -> Problem {
    if message == "recursion limit" {
        return deep(span);
    }
    let written = text.get(span.clone()).unwrap_or_default();
    let line = line_before(text, span.start).to_owned() + text.get(span.start..).unwrap_or_default();
    let plain = message.split(", expected").next().unwrap_or(message);
    let (message, help) = if ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|mark| line.starts_with(mark)) {
        (
            "a merge conflict is not resolved",
            Some("keep one of the two sides and remove the marks".to_owned()),
        )
    } else if plain.contains("quoted") && written.starts_with(char::is_alphabetic) {
        ("a string must be in quotes", Some(format!("write \"{written}\"")))
    } else if plain.starts_with("missing comma") {
        (plain, Some("put a comma after the entry before this one".to_owned()))
    } else if text.trim_start().starts_with('{') {
        ("this is not TOML", Some("a policy is a TOML file; `seaworthy init` writes a first one".to_owned()))
    } else {
        (message, None)
    };
    Problem::new(Code::Syntax, span, message).maybe_help(help)
}

fn deep(span: Range<usize>) -> Problem {
    let message = format!("more than {MAX_DEPTH} lists and tables stand inside one another");
    Problem::new(Code::Limit, span, message).help("no key of a policy needs more than four")
}

/// With `root`, says where the first one stands.
fn duplicate(sink: &Sink<'_>, root: Option<&DeTable<'_>>, span: Range<usize>) -> Problem {
    let written = sink.text.get(span.clone()).unwrap_or_default();
    let problem = Problem::new(Code::DuplicateKey, span.clone(), format!("`{written}` is written twice"));
    let before = line_before(sink.text, span.start);
    let header = before.trim_start().starts_with('[').then(|| format!("{}{written}]", before.trim_start()));
    let first = match (header, root) {
        (Some(header), Some(_)) => {
            sink.text.lines().position(|line| line.trim_start().starts_with(&header)).map(|line| line + 1)
        }
        (None, Some(root)) => {
            let mut places = Vec::new();
            keys_before(root, written, span.start, &mut places);
            // Of several keys with that name only the path would tell which one; then no place is named.
            match places.as_slice() {
                [only] => Some(sink.line_of(*only)),
                _ => None,
            }
        }
        (_, None) => None,
    };
    match first.filter(|line| *line < sink.line_of(span.start)) {
        Some(line) => problem.help(format!("it stands on line {line} already; remove one of the two")),
        None => problem.help("remove one of the two"),
    }
}

fn keys_before(table: &DeTable<'_>, key: &str, end: usize, found: &mut Vec<usize>) {
    for (name, value) in table {
        if name.get_ref().as_ref() == key && name.span().start < end {
            found.push(name.span().start);
        }
        values_before(value.get_ref(), key, end, found);
    }
}

fn values_before(value: &DeValue<'_>, key: &str, end: usize, found: &mut Vec<usize>) {
    match value {
        DeValue::Table(table) => keys_before(table, key, end, found),
        DeValue::Array(list) => list.iter().for_each(|value| values_before(value.get_ref(), key, end, found)),
        _ => {}
    }
}

/// The bracket that is the first to stand below [`MAX_DEPTH`] open ones. The parser bounds its recursion only while
/// brackets match: after `[[a]]` inside an open `{` it loses count, and a small file of such lines exhausts the stack.
/// Hence brackets are counted before it runs, and one that closes nothing closes nothing here either.
fn open_too_deep(text: &str) -> Option<Range<usize>> {
    let mut open = Vec::new();
    for token in toml_parser::Source::new(text).lex() {
        let opened_by = match token.kind() {
            TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket => {
                open.push(token.kind());
                if open.len() > MAX_DEPTH {
                    return Some(token.span().start()..token.span().end());
                }
                continue;
            }
            TokenKind::RightSquareBracket => TokenKind::LeftSquareBracket,
            TokenKind::RightCurlyBracket => TokenKind::LeftCurlyBracket,
            _ => continue,
        };
        if open.last() == Some(&opened_by) {
            open.pop();
        }
    }
    None
}

type Values<'v, 'i> = Box<dyn Iterator<Item = &'v Spanned<DeValue<'i>>> + 'v>;

/// The first list or table below [`MAX_DEPTH`].
fn too_deep<'v, 'i: 'v>(mut values: Values<'v, 'i>, depth: usize) -> Option<Range<usize>> {
    values.find_map(|value| match value.get_ref() {
        DeValue::Table(_) | DeValue::Array(_) if depth > MAX_DEPTH => Some(value.span()),
        DeValue::Table(table) => too_deep(Box::new(table.values()), depth + 1),
        DeValue::Array(list) => too_deep(Box::new(list.iter()), depth + 1),
        _ => None,
    })
}
