//! Reads JSON from strangers: no duplicate keys, no depth, no number that does not fit.

use serde::de::DeserializeOwned;
use serde::de::DeserializeSeed;
use serde::de::Deserializer;
use serde::de::Error as _;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::Visitor;
use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;

/// Deepest nesting of arrays and objects.
pub const JSON_DEPTH_MAX: usize = 32;

/// Longest key quoted in an error.
const KEY_CHARS_MAX: usize = 60;

/// Why a body was not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The content type says it is something else, a login page perhaps.
    #[error("read an answer that does not call itself JSON; check that the address is the API's")]
    NotCalledJson,
    /// Not JSON.
    #[error("read the answer as JSON: {reason}")]
    NotJson {
        /// The parser's words, with line and column.
        reason: String,
    },
    /// Nested deeper than anything honest.
    #[error("read JSON nested deeper than {JSON_DEPTH_MAX} levels")]
    TooDeep,
    /// One object says two things under one name.
    #[error("read JSON with the key `{key}` twice in one object")]
    DuplicateKey {
        /// The key.
        key: String,
    },
    /// JSON, but not the fields that were expected.
    #[error("find the expected fields in the answer: {reason}")]
    Shape {
        /// What is missing or different.
        reason: String,
    },
}

/// Reads `bytes` as one JSON value of the shape `T`.
pub fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    let fault = Cell::new(None);
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let checked = Check { fault: &fault, depth: 0 }.deserialize(&mut json).and_then(|()| json.end());
    if let Err(error) = checked {
        return Err(fault.take().unwrap_or_else(|| DecodeError::NotJson { reason: error.to_string() }));
    }
    serde_json::from_slice(bytes).map_err(|error| DecodeError::Shape { reason: error.to_string() })
}

/// Walks a value without keeping it.
#[derive(Clone, Copy)]
struct Check<'f> {
    /// Says why the walk was broken off, which the parser's own errors cannot.
    fault: &'f Cell<Option<DecodeError>>,
    depth: usize,
}

impl Check<'_> {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth == JSON_DEPTH_MAX {
            self.fault.set(Some(DecodeError::TooDeep));
            return Err(E::custom("too deep"));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Check<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Check<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        while sequence.next_element_seed(inner)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        let mut seen = HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            map.next_value_seed(inner)?;
            if let Some(key) = seen.replace(key) {
                let key = key.chars().take(KEY_CHARS_MAX).collect();
                self.fault.set(Some(DecodeError::DuplicateKey { key }));
                return Err(A::Error::custom("duplicate key"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;
    use serde_json::json;

    fn read(text: &str) -> Result<Value, DecodeError> {
        from_json(text.as_bytes())
    }

    #[test]
    fn honest_json_is_read() {
        assert_eq!(
            read(r#" {"a": [1, -2, 0.5, null, true, "x"], "b": {"a": 1}} "#).unwrap()["b"],
            json!({"a": 1})
        );
    }

    #[test]
    fn keys_are_compared_as_they_are_meant() {
        for text in [r#"{"a":1,"a":1}"#, r#"[{"x":{"a":1,"b":2,"\u0061":3}}]"#] {
            assert_eq!(read(text), Err(DecodeError::DuplicateKey { key: "a".into() }), "{text}");
        }
    }

    #[test]
    fn depth_is_limited_exactly() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(read(&nested(JSON_DEPTH_MAX)).is_ok());
        assert_eq!(read(&nested(JSON_DEPTH_MAX + 1)), Err(DecodeError::TooDeep));
        assert_eq!(read(&"[".repeat(100_000)), Err(DecodeError::TooDeep));
        assert_eq!(read(&"{\"a\":".repeat(100_000)), Err(DecodeError::TooDeep));
    }

    #[test]
    fn what_is_no_json_is_named_so() {
        for text in
            ["", "<html>", "{\"a\":1", "NaN", "1e400", "{} {}", "{'a':1}", "[1,]", "\"\u{1}\"", "{\"a\" 1}"]
        {
            assert!(matches!(read(text), Err(DecodeError::NotJson { .. })), "{text}");
        }
        assert!(matches!(from_json::<Value>(b"\"\xff\""), Err(DecodeError::NotJson { .. })));
    }

    #[test]
    fn another_shape_is_not_bad_json() {
        assert!(matches!(from_json::<u32>(b"-1"), Err(DecodeError::Shape { .. })));
        assert!(matches!(from_json::<Vec<String>>(b"{}"), Err(DecodeError::Shape { .. })));
    }

    proptest! {
        #[test]
        fn agrees_with_the_ordinary_parser_on_what_has_no_duplicates(text in r#"[\[\]{}:,"a0-9.eE+\- ]{0,24}"#) {
            match (read(&text), serde_json::from_str::<Value>(&text)) {
                (Ok(strict), Ok(loose)) => prop_assert_eq!(strict, loose),
                (Err(DecodeError::DuplicateKey { .. }), _) => {}
                (Err(_), Err(_)) => {}
                (strict, loose) => prop_assert!(false, "{:?} {:?}", strict, loose),
            }
        }
    }
}
