//! JSON that means one thing: RFC 8785 on the way out, a strict reader on the way in.
//!
//! serde_json keeps the last of two equal keys, rounds long numbers and nests 128 deep. Bytes that are
//! hashed must not be open to a second reading, so the reader here refuses all three.

use std::collections::btree_map::Entry;
use std::fmt;
use std::io::Write as _;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

use crate::error::Invalid;

/// Containers that may lie inside each other in one event, its envelope included. Ours need 6.
pub const MAX_DEPTH: usize = 32;

/// The largest whole number every JSON reader holds exactly: 2^53.
pub const MAX_INTEGER: u64 = 1 << 53;

/// Writes a value in the one byte form of RFC 8785, by a library that knows nothing of events. What is recorded is
/// written by [`write`], which takes a tenth of the time and is held against this.
pub(crate) fn to_bytes<T: Serialize>(value: &T) -> Result<Vec<u8>, Invalid> {
    serde_json_canonicalizer::to_vec(value).map_err(|e| Invalid::NotJson(e.to_string()))
}

/// Writes what [`check`] lets pass in the byte form of RFC 8785.
pub(crate) fn write(value: &Value, out: &mut Vec<u8>) -> Result<(), Invalid> {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(n) if is_exact(n) => {
            let _ = write!(out, "{n}");
        }
        Value::Number(n) => return Err(Invalid::Number(n.to_string())),
        Value::String(text) => write_text(text, out)?,
        Value::Array(items) => {
            out.push(b'[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    out.push(b',');
                }
                write(item, out)?;
            }
            out.push(b']');
        }
        Value::Object(members) => write_members(members, out)?,
    }
    Ok(())
}

fn write_members(members: &Map<String, Value>, out: &mut Vec<u8>) -> Result<(), Invalid> {
    let mut members: Vec<(&String, &Value)> = members.iter().collect();
    // Sorted by UTF-16 units, which for ASCII is the order they are in.
    members.sort_by(|(a, _), (b, _)| {
        if a.is_ascii() && b.is_ascii() { a.cmp(b) } else { a.encode_utf16().cmp(b.encode_utf16()) }
    });
    out.push(b'{');
    for (place, (name, value)) in members.into_iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        write_text(name, out)?;
        out.push(b':');
        write(value, out)?;
    }
    out.push(b'}');
    Ok(())
}

/// A text as both serde_json and RFC 8785 quote it.
pub(crate) fn write_text(text: &str, out: &mut Vec<u8>) -> Result<(), Invalid> {
    serde_json::to_writer(out, text).map_err(|e| Invalid::NotJson(e.to_string()))
}

/// Reads one JSON text without duplicate keys, floats, integers beyond 2^53 or nesting beyond
/// [`MAX_DEPTH`].
///
/// # Errors
/// [`Invalid::NotJson`] with the position and the reason.
pub fn parse(bytes: &[u8]) -> Result<Value, Invalid> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { depth: 0 }.deserialize(&mut reader).and_then(|v| reader.end().map(|()| v));
    value.map_err(|e| Invalid::NotJson(e.to_string()))
}

/// Refuses a value that [`parse`] would not read back: `depth` containers already lie around it.
pub(crate) fn check(value: &Value, depth: usize) -> Result<(), Invalid> {
    if depth >= MAX_DEPTH && matches!(value, Value::Array(_) | Value::Object(_)) {
        return Err(Invalid::TooDeep);
    }
    match value {
        Value::Number(n) if !is_exact(n) => Err(Invalid::Number(n.to_string())),
        Value::Array(items) => items.iter().try_for_each(|v| check(v, depth + 1)),
        Value::Object(members) => members.values().try_for_each(|v| check(v, depth + 1)),
        _ => Ok(()),
    }
}

fn is_exact(number: &Number) -> bool {
    number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs)).is_some_and(|n| n <= MAX_INTEGER)
}

/// For `#[serde(deserialize_with)]` on a member of the envelope: strict from depth 1 on.
pub(crate) fn strict_member<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    Strict { depth: 1 }.deserialize(deserializer)
}

/// For whole numbers of the envelope itself.
pub(crate) fn exact_integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let n = u64::deserialize(deserializer)?;
    if n > MAX_INTEGER { Err(de::Error::custom("an integer beyond 2^53")) } else { Ok(n) }
}

#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn inside<E: de::Error>(self) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            return Err(E::custom("nested deeper than 32"));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without floats and without duplicate keys")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, v: bool) -> Result<Value, E> {
        Ok(Value::Bool(v))
    }

    fn visit_u64<E: de::Error>(self, v: u64) -> Result<Value, E> {
        if v > MAX_INTEGER { Err(E::custom("an integer beyond 2^53")) } else { Ok(v.into()) }
    }

    fn visit_i64<E: de::Error>(self, v: i64) -> Result<Value, E> {
        if v.unsigned_abs() > MAX_INTEGER {
            return Err(E::custom("an integer beyond 2^53"));
        }
        Ok(v.into())
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Value, E> {
        Err(E::custom("a number that is not a whole number up to 2^53; write quantities as strings"))
    }

    fn visit_str<E>(self, v: &str) -> Result<Value, E> {
        Ok(Value::String(v.to_owned()))
    }

    fn visit_string<E>(self, v: String) -> Result<Value, E> {
        Ok(Value::String(v))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(inside)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut seen = std::collections::BTreeMap::new();
        while let Some(key) = map.next_key::<String>()? {
            match seen.entry(key) {
                Entry::Occupied(twice) => {
                    return Err(de::Error::custom(format_args!("duplicate key {:?}", twice.key())));
                }
                Entry::Vacant(slot) => slot.insert(map.next_value_seed(inside)?),
            };
        }
        Ok(Value::Object(Map::from_iter(seen)))
    }
}
