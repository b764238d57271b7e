//! One part of a command: raw bytes for the digest, text for people.

use seaworthy_domain::visible;

/// Width of the labels; what is shown always stands to the right of it, so that no content can pose as a label.
const LABEL_WIDTH: usize = 10;

/// One part.
pub(super) struct Part {
    label: &'static str,
    /// How many pieces there are, as text.
    count: String,
    raw: Vec<Vec<u8>>,
    shown: String,
}

impl Part {
    /// A part that is shown as it is.
    pub(super) fn text(label: &'static str, text: &str) -> Self {
        Self::new(label, vec![text.as_bytes().to_vec()], text.to_owned())
    }

    /// A program with its arguments.
    pub(super) fn words(words: &[String], shown: &str) -> Self {
        let raw = words.iter().map(|word| word.as_bytes().to_vec()).collect();
        Self::new("program", raw, shown.to_owned())
    }

    /// A part with a name, and bytes that may be shown differently.
    pub(super) fn named(label: &'static str, name: &str, raw: Vec<u8>, shown: String) -> Self {
        Self::new(label, vec![name.as_bytes().to_vec(), raw], shown)
    }

    fn new(label: &'static str, raw: Vec<Vec<u8>>, shown: String) -> Self {
        Self { label, count: raw.len().to_string(), raw, shown }
    }

    /// Label, number of pieces and pieces: no two lists of parts have the same fields.
    pub(super) fn fields(&self) -> impl Iterator<Item = &[u8]> {
        [self.label.as_bytes(), self.count.as_bytes()].into_iter().chain(self.raw.iter().map(Vec::as_slice))
    }

    /// Label and text, further lines indented.
    pub(super) fn shown(&self) -> String {
        let text = visible(&self.shown);
        let mut lines = text.split('\n');
        let first = lines.next().unwrap_or_default();
        let mut shown = format!("{:<LABEL_WIDTH$}{first}", self.label);
        for line in lines {
            shown.push('\n');
            if !line.is_empty() {
                shown.push_str(&" ".repeat(LABEL_WIDTH));
                shown.push_str(line);
            }
        }
        shown
    }
}
