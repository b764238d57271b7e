//! The forms in which one secret can stand in a text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::collections::BTreeSet;

/// Shorter secrets are not taken: masking them would tear holes into ordinary text.
pub const SECRET_BYTES_MIN: usize = 8;

/// Bits of one character of base64.
const BASE64_BITS: usize = 6;

/// Every form of `secret`, each once. The split over several chunks is the stream's work.
pub(crate) fn forms(secret: &str) -> BTreeSet<Vec<u8>> {
    let bytes = secret.as_bytes();
    let mut forms = BTreeSet::from([bytes.to_vec(), hex::encode(bytes).into_bytes()]);
    forms.insert(hex::encode_upper(bytes).into_bytes());
    for text in [json(secret, false), json(secret, true), json_ascii(secret)] {
        forms.insert(text.into_bytes());
    }
    for quote in ["&#39;", "&#x27;", "&apos;"] {
        for double in ["&quot;", "&#34;", "&#x22;"] {
            forms.insert(html(secret, quote, double).into_bytes());
        }
    }
    // Quotes stay as they are in an element's text.
    forms.insert(html(secret, "'", "\"").into_bytes());
    for (upper, plus) in [(true, false), (false, false), (true, true), (false, true)] {
        forms.insert(percent(bytes, upper, plus).into_bytes());
    }
    for before in 0..3 {
        forms.insert(aligned(&STANDARD_NO_PAD.encode(shifted(bytes, before)), bytes.len(), before));
        forms.insert(aligned(&URL_SAFE_NO_PAD.encode(shifted(bytes, before)), bytes.len(), before));
    }
    forms
}

fn json(secret: &str, slashes: bool) -> String {
    // Without its quotes it stands inside a longer string too.
    let quoted = serde_json::Value::from(secret).to_string();
    let inner = quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned();
    if slashes { inner.replace('/', "\\/") } else { inner }
}

/// As programs write it that keep to ASCII.
fn json_ascii(secret: &str) -> String {
    let mut text = String::new();
    for c in json(secret, false).chars() {
        if c.is_ascii() {
            text.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    text
}

fn html(secret: &str, quote: &str, double: &str) -> String {
    let mut text = String::new();
    for c in secret.chars() {
        match c {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '\'' => text.push_str(quote),
            '"' => text.push_str(double),
            c => text.push(c),
        }
    }
    text
}

/// All but the unreserved characters of RFC 3986; in forms a space is a plus.
fn percent(bytes: &[u8], upper: bool, plus: bool) -> String {
    let mut text = String::new();
    for byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                text.push(char::from(*byte));
            }
            b' ' if plus => text.push('+'),
            byte if upper => text.push_str(&format!("%{byte:02X}")),
            byte => text.push_str(&format!("%{byte:02x}")),
        }
    }
    text
}

fn shifted(bytes: &[u8], before: usize) -> Vec<u8> {
    [vec![0; before], bytes.to_vec()].concat()
}

/// The characters that the secret alone decides when `before` bytes (modulo three) stand before it.
fn aligned(encoded: &str, length: usize, before: usize) -> Vec<u8> {
    let first = (before * 8).div_ceil(BASE64_BITS);
    let last = (before + length) * 8 / BASE64_BITS;
    encoded.as_bytes().get(first..last).unwrap_or_default().to_vec()
}
