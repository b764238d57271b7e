//! Words on lines.

use textwrap::Options;
use textwrap::WordSplitter;
use unicode_width::UnicodeWidthStr;

/// Widest line in columns, where words allow it.
const WIDTH: usize = 80;

/// Widest first column of a table; what is longer pushes the rest of its line.
const COLUMN_MAX: usize = 40;

/// Appends text that starts with `first`, on further lines with as many blanks, and stays within the width. `first`
/// may hold colours, so its width is given.
pub(crate) fn hang(page: &mut String, first: &str, first_width: usize, text: &str) {
    let blanks = " ".repeat(first_width);
    let options = Options::new(WIDTH)
        .initial_indent(&blanks)
        .subsequent_indent(&blanks)
        .break_words(false)
        .word_splitter(WordSplitter::NoHyphenation);
    let mut lines = text.lines().flat_map(|line| textwrap::wrap(line, &options));
    let head = lines.next().unwrap_or_default();
    page.push_str(first);
    page.push_str(head.get(first_width..).unwrap_or_default());
    trim_end(page);
    page.push('\n');
    for line in lines {
        page.push_str(line.trim_end());
        page.push('\n');
    }
}

/// Appends text behind blanks.
pub(crate) fn indented(page: &mut String, blanks: usize, text: &str) {
    if !text.is_empty() {
        hang(page, &" ".repeat(blanks), blanks, text);
    }
}

/// Appends a heading behind an empty line.
pub(crate) fn heading(page: &mut String, paint: super::Paint, text: &str) {
    if !page.is_empty() {
        page.push('\n');
    }
    page.push_str(&paint.strong(text));
    page.push('\n');
}

/// Blanks that bring a text to a width.
pub(crate) fn fill(text: &str, width: usize) -> String {
    " ".repeat(width.saturating_sub(text.width()))
}

/// Width of the column that holds all of these.
pub(crate) fn column<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(UnicodeWidthStr::width).max().unwrap_or(0).min(COLUMN_MAX)
}

/// `left` and `right` at both ends of a line, or `right` below when they do not fit.
pub(crate) fn ends(left: &str, right: &str) -> String {
    if right.is_empty() {
        return left.to_owned();
    }
    let room = WIDTH.saturating_sub(left.width() + right.width());
    if room < 2 { format!("{left}\n{right}") } else { format!("{left}{}{right}", " ".repeat(room)) }
}

fn trim_end(page: &mut String) {
    page.truncate(page.trim_end_matches(' ').len());
}
