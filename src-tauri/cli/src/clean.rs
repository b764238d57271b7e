//! Takes out of foreign text what a terminal would obey instead of show.

use anstream::adapter::StripBytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The same value with every text in it harmless; `None` when it does not survive its own JSON.
pub(crate) fn cleaned<T: Serialize + DeserializeOwned>(value: &T) -> Option<T> {
    let mut tree = serde_json::to_value(value).ok()?;
    clean_tree(&mut tree);
    serde_json::from_value(tree).ok()
}

fn clean_tree(tree: &mut Value) {
    match tree {
        Value::String(text) if text.chars().any(is_obeyed) => *text = clean_text(text),
        Value::Array(items) => items.iter_mut().for_each(clean_tree),
        Value::Object(members) => members.values_mut().for_each(clean_tree),
        _ => {}
    }
}

/// Text with every character that a terminal would obey replaced.
pub(crate) fn clean_text(text: &str) -> String {
    text.chars().map(|c| if is_obeyed(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// Output of a command, piece by piece: without its colours, every start of a line a line of its own, and nothing that a
/// terminal would obey. `strip` remembers an escape that was cut in two.
pub(crate) fn clean_output(strip: &mut StripBytes, text: &str) -> String {
    let stripped = strip.strip_next(text.as_bytes()).collect::<Vec<_>>().concat();
    let stripped = String::from_utf8_lossy(&stripped);
    clean_text(&stripped.replace("\r\n", "\n").replace('\r', "\n"))
}

/// Control characters other than line ends and tabs, and those that turn the direction of writing.
fn is_obeyed(c: char) -> bool {
    let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || (c.is_control() && c != '\n' && c != '\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_turned_text_do_not_reach_the_terminal() {
        let hostile =
            seaworthy_wire::Fault::new(seaworthy_wire::Code::Refused, "a\x1b]0;x\x07b\u{202e}c\n\td\u{9b}e");
        assert_eq!(cleaned(&hostile).unwrap().message, "a\u{fffd}]0;x\u{fffd}b\u{fffd}c\n\td\u{fffd}e");
    }
}
