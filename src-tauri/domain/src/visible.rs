//! Text from outside, shown so that nothing in it hides.

/// Letters that are drawn as nothing although Unicode counts them as printable.
const BLANK_LETTERS: [char; 5] = ['\u{115f}', '\u{1160}', '\u{2800}', '\u{3164}', '\u{ffa0}'];

/// `text` with every character that is not plainly seen written as `⟨U+202E⟩`: controls, bidirectional marks,
/// zero-width and other odd spaces, combining marks, private and unassigned characters. Line feeds and tabs stay.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if hides(c) {
            shown.push_str(&format!("⟨U+{:04X}⟩", u32::from(c)));
        } else {
            shown.push(c);
        }
    }
    shown
}

fn hides(c: char) -> bool {
    if matches!(c, '\n' | '\t') {
        return false;
    }
    // The standard library's own table of what has no visible form is reachable through this escape only.
    c.is_control() || BLANK_LETTERS.contains(&c) || c.escape_debug().nth(1) == Some('u')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_hides_is_named_and_the_rest_stays() {
        assert_eq!(visible("npm\trun 'größe' \\ \"x\"\n→ 日本 👍"), "npm\trun 'größe' \\ \"x\"\n→ 日本 👍");
        assert_eq!(
            visible("a\u{202e}b\u{200b}c\rd\u{0}e\u{1b}["),
            "a⟨U+202E⟩b⟨U+200B⟩c⟨U+000D⟩d⟨U+0000⟩e⟨U+001B⟩["
        );
        for c in [
            '\u{feff}',
            '\u{2066}',
            '\u{2069}',
            '\u{ad}',
            '\u{a0}',
            '\u{3164}',
            '\u{e0041}',
            '\u{2028}',
            '\u{85}',
            '\u{301}',
        ] {
            assert_eq!(visible(&c.to_string()), format!("⟨U+{:04X}⟩", u32::from(c)));
        }
    }

    proptest! {
        #[test]
        fn ascii_stays_as_it_is(text in "[ -~\n\t]*") {
            prop_assert_eq!(visible(&text), text);
        }
    }
}
