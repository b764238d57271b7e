//! Words that came from elsewhere, made harmless to look at. The markup itself is escaped by the template.

use maud::Render;
use std::fmt::Write as _;

/// Characters of one text; the ledger keeps the rest. A runaway error message must not become the page.
pub(crate) const TEXT_MAX: usize = 1_200;

/// A text from the ledger, a policy or a service.
pub(crate) struct Text<'a>(&'a str);

/// Marks `text` as coming from elsewhere.
pub(crate) fn t(text: &str) -> Text<'_> {
    Text(text)
}

impl Render for Text<'_> {
    fn render_to(&self, buffer: &mut String) {
        visible(self.0).as_str().render_to(buffer);
    }
}

/// What a reader sees of `text`: characters that are invisible or reorder their neighbours are spelt out, because
/// with them a page can be made to say something else than what was recorded.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for (index, c) in text.chars().enumerate() {
        if index == TEXT_MAX {
            let left = text.chars().count() - TEXT_MAX;
            let _ = write!(shown, "… ({left} more characters in the ledger)");
            break;
        }
        match c {
            '\n' | '\t' => shown.push(' '),
            c if is_deceptive(c) => {
                let _ = write!(shown, "⟨U+{:04X}⟩", u32::from(c));
            }
            c => shown.push(c),
        }
    }
    shown
}

fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// `text` with a capital at its beginning.
pub(crate) fn sentence_case(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

/// `1 gap`, `3 gaps`.
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

/// Enough of a digest to compare by eye: `41c9 7d02 … e07b`. The whole one is in the ledger.
pub(crate) fn digest(text: &str) -> String {
    let hex = text.rsplit(':').next().unwrap_or(text);
    if hex.len() <= 12 || !hex.is_ascii() {
        return hex.to_owned();
    }
    format!("{} {} … {}", &hex[..4], &hex[4..8], &hex[hex.len() - 4..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_reorder_or_hide_are_spelt_out() {
        assert_eq!(visible("a\u{202e}b\u{0}c\nd"), "a⟨U+202E⟩b⟨U+0000⟩c d");
        assert_eq!(visible("naïve 日本 👩‍🚀"), "naïve 日本 👩‍🚀");
    }

    #[test]
    fn a_runaway_text_is_cut_and_says_so() {
        let shown = visible(&"x".repeat(TEXT_MAX + 7));
        assert!(shown.ends_with("x… (7 more characters in the ledger)"));
    }

    #[test]
    fn a_digest_keeps_both_ends() {
        assert_eq!(digest("sha256:41c97d0200000000e07b"), "41c9 7d02 … e07b");
        assert_eq!(digest("ééééééééééééé"), "ééééééééééééé");
    }
}
