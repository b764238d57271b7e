//! The SHA-256 of one event's stored bytes, shown and stored as 64 lower-case hex digits.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// SHA-256 over the exact stored bytes of one event.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventHash([u8; 32]);

impl EventHash {
    /// Hashes stored bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// What a digest fed piece by piece comes to.
    pub(crate) fn finished(digested: Sha256) -> Self {
        Self(digested.finalize().into())
    }

    /// The 64 digits of the text form.
    pub(crate) fn hex(&self) -> [u8; 64] {
        let mut text = [0; 64];
        // Its one error is a buffer of another length.
        let _ = hex::encode_to_slice(self.0, &mut text);
        text
    }

    /// The raw 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads a stored 32-byte column; `None` for any other length.
    pub fn from_slice(raw: &[u8]) -> Option<Self> {
        raw.try_into().ok().map(Self)
    }

    /// Reads 64 lower-case hex digits; `None` for anything else, upper case included. Start-up reads two per
    /// event, so this is a table and a single test at the end; the `hex` crate costs more than the digest.
    pub(crate) fn from_hex(text: &[u8]) -> Option<Self> {
        let digits: &[u8; 64] = text.try_into().ok()?;
        let mut raw = [0; 32];
        let mut seen = 0;
        for (byte, pair) in raw.iter_mut().zip(digits.as_chunks::<2>().0) {
            let (high, low) = (NIBBLES[usize::from(pair[0])], NIBBLES[usize::from(pair[1])]);
            seen |= high | low;
            *byte = high << 4 | low;
        }
        (seen & NO_DIGIT == 0).then_some(Self(raw))
    }
}

const NO_DIGIT: u8 = 0x80;

const NIBBLES: [u8; 256] = {
    let mut table = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        table[b"0123456789abcdef"[value] as usize] = value as u8;
        value += 1;
    }
    table
};

impl fmt::Display for EventHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for EventHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not 64 lower-case hex digits.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("write an event hash as 64 lower-case hex digits")]
pub struct NotAHash;

impl FromStr for EventHash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        Self::from_hex(text.as_bytes()).ok_or(NotAHash)
    }
}

impl Serialize for EventHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EventHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_64_lower_case_digits_are_a_hash() {
        let hash = EventHash::of(b"mast");
        let text = hash.to_string();
        assert_eq!(text.parse(), Ok(hash));
        assert_eq!(hex::decode(&text).unwrap(), hash.as_bytes());
        assert_eq!(text.to_uppercase().parse::<EventHash>(), Err(NotAHash));
        assert!(text[1..].parse::<EventHash>().is_err() && format!("{text}0").parse::<EventHash>().is_err());
        for at in 0..64 {
            for bad in ["g", " ", "/", ":", "`", "\u{0}"] {
                let mut spoilt = text.clone();
                spoilt.replace_range(at..=at, bad);
                assert!(spoilt.parse::<EventHash>().is_err());
            }
        }
    }
}
