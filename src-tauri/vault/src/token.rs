//! What can be a token.

use seaworthy_redact::SECRET_BYTES_MIN;
use secrecy::ExposeSecret;
use secrecy::SecretString;

/// Shorter ones could not be masked without tearing holes into ordinary text, and are guessed in no time.
pub const TOKEN_BYTES_MIN: usize = SECRET_BYTES_MIN;

/// Longer than any token of a service; most often a whole file was piped in.
pub const TOKEN_BYTES_MAX: usize = 8 * 1024;

/// The token in what was typed or piped in: the line end goes, everything else stays as it is.
pub(crate) fn fit(typed: &SecretString) -> Result<SecretString, &'static str> {
    let text = typed.expose_secret();
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.chars().any(char::is_control) {
        return Err("it contains a line break or another control character");
    }
    if text.len() < TOKEN_BYTES_MIN {
        return Err("it is shorter than 8 bytes");
    }
    if text.len() > TOKEN_BYTES_MAX {
        return Err("it is longer than 8 KiB");
    }
    if text.trim() != text {
        return Err("it begins or ends with a space");
    }
    Ok(SecretString::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(typed: &str) -> Result<String, &'static str> {
        fit(&SecretString::from(typed)).map(|token| token.expose_secret().to_owned())
    }

    #[test]
    fn only_the_line_end_is_taken_away() {
        for typed in ["vcp_12345678", "vcp_12345678\n", "vcp_12345678\r\n"] {
            assert_eq!(read(typed).unwrap(), "vcp_12345678");
        }
        for typed in
            ["vcp_12345678\n\n", "vcp\t12345678", "vcp_1234\u{7f}5678", "vcp_1234\u{0}5678", "vcp_1\n2345678"]
        {
            assert!(read(typed).unwrap_err().contains("control"), "{typed:?}");
        }
        assert!(read(" vcp_12345678").unwrap_err().contains("space"));
    }

    #[test]
    fn length_is_limited_on_both_sides() {
        assert!(read("1234567").is_err() && read("").is_err() && read("1234567\n").is_err());
        assert!(read("12345678").is_ok());
        assert!(
            read(&"x".repeat(TOKEN_BYTES_MAX)).is_ok() && read(&"x".repeat(TOKEN_BYTES_MAX + 1)).is_err()
        );
    }
}
