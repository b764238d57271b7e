//! A secret that must turn up nowhere, and a search for it that is not the product's own code.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use base64::engine::general_purpose::URL_SAFE;
use std::path::Path;

/// A secret to be searched for.
#[derive(Debug)]
pub struct Canary {
    /// Each form in which it could have been written down, with a name for people.
    forms: Vec<(&'static str, String)>,
}

impl Canary {
    /// Prepares the search for `secret`: raw, with escapes of JSON and HTML, percent-encoded, in hexadecimal (letters of
    /// either case are found), and in base64 and its form for addresses at each of three alignments. Line ends within it
    /// hide none of them.
    ///
    /// # Panics
    /// When it is too short to be told from chance.
    pub fn new(secret: &str) -> Self {
        assert!(secret.len() >= 16, "too short to be searched for");
        let hex = |before: &str| secret.bytes().map(|byte| format!("{before}{byte:02x}")).collect::<String>();
        let escaped = |c: char, written: String| {
            if c.is_ascii_alphanumeric() { c.to_string() } else { written }
        };
        let json: String = secret.chars().map(|c| escaped(c, format!("\\u{:04x}", u32::from(c)))).collect();
        let html: String = secret.chars().map(|c| escaped(c, format!("&#{};", u32::from(c)))).collect();
        let percent: String = secret.chars().map(|c| escaped(c, format!("%{:02X}", u32::from(c)))).collect();
        let mut forms = vec![
            ("raw", secret.to_owned()),
            ("JSON", json),
            ("HTML", html),
            ("percent, where needed", percent),
            ("percent, everywhere", hex("%")),
            ("hexadecimal", hex("")),
        ];
        for before in ["", "x", "xy"] {
            let text = format!("{before}{secret}");
            for (name, encoded) in
                [("base64", STANDARD.encode(&text)), ("base64 for addresses", URL_SAFE.encode(&text))]
            {
                // What the neighbours of the secret decide is cut off.
                forms.push((name, encoded[4..encoded.len() - 4].to_owned()));
            }
        }
        for (_, form) in &mut forms {
            form.make_ascii_lowercase();
        }
        Self { forms }
    }

    /// Says where `bytes` hold it.
    ///
    /// # Panics
    /// With `place` when they do.
    pub fn absent(&self, place: &str, bytes: &[u8]) {
        let lower = bytes.to_ascii_lowercase();
        let joined: Vec<u8> = lower.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        for (name, form) in &self.forms {
            let found = [&lower, &joined].iter().any(|bytes| holds(bytes, form.as_bytes()));
            assert!(!found, "{place} holds the secret ({name})");
        }
    }

    /// Searches every file below `folder`, and gives how many there were.
    ///
    /// # Panics
    /// When one of them, or its name, holds it.
    pub fn absent_below(&self, folder: &Path) -> usize {
        let mut files = 0;
        for entry in std::fs::read_dir(folder).expect("the folder can be listed") {
            let path = entry.expect("the folder can be listed").path();
            let place = path.display().to_string();
            self.absent(&place, place.as_bytes());
            if path.is_dir() && !path.is_symlink() {
                files += self.absent_below(&path);
            } else if path.is_file() {
                // A file may go away between its name and its content.
                let Ok(content) = std::fs::read(&path) else { continue };
                self.absent(&place, &content);
                files += 1;
            }
        }
        files
    }
}

fn holds(bytes: &[u8], form: &[u8]) -> bool {
    let first = form[0];
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| *byte == first) {
        if rest[at..].starts_with(form) {
            return true;
        }
        rest = &rest[at + 1..];
    }
    false
}

#[cfg(test)]
mod tests {
    use super::Canary;
    use base64::Engine as _;

    const SECRET: &str = "practice_0123456789abcdef/+";

    fn found(text: &str) -> bool {
        std::panic::catch_unwind(|| Canary::new(SECRET).absent("a text", text.as_bytes())).is_err()
    }

    #[test]
    fn every_form_is_found_and_nothing_else() {
        let base64 = |before: &str| {
            base64::engine::general_purpose::STANDARD_NO_PAD.encode(format!("{before}{SECRET}\""))
        };
        for text in [
            SECRET.to_owned(),
            format!("a{}b", SECRET.to_uppercase()),
            SECRET.replace('_', "\\u005F").replace('/', "\\u002f").replace('+', "\\u002b"),
            SECRET.replace('_', "&#95;").replace('/', "&#47;").replace('+', "&#43;"),
            SECRET.replace('_', "%5f").replace('/', "%2F").replace('+', "%2B"),
            SECRET.bytes().map(|byte| format!("{byte:02X}")).collect(),
            base64(""),
            base64("{\"token\":\""),
            base64("token="),
            format!("{}\n{}", &SECRET[..10], &SECRET[10..]),
        ] {
            assert!(found(&text), "{text}");
        }
        assert!(!found(&SECRET[1..]) && !found("") && !found(&SECRET.replace('9', "8")));
    }
}
