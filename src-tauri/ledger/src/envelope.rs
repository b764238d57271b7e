//! The event: its envelope is final, its kinds and bodies belong to the domain.

use chrono::{DateTime, SecondsFormat, TimeZone as _, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use uuid::{NoContext, Timestamp, Uuid};

use crate::canonical;
use crate::error::Invalid;
use crate::hash::EventHash;

/// The envelope version this crate writes and reads.
pub const ENVELOPE_VERSION: u64 = 1;

/// Stored bytes of one event. Larger facts are evidence and enter by their digest.
pub const MAX_EVENT_BYTES: usize = 64 * 1024;

/// Characters of an event kind, in bytes.
pub const MAX_KIND_BYTES: usize = 64;

/// Bytes of an actor's name or id.
pub const MAX_ACTOR_BYTES: usize = 256;

/// When something was recorded. The caller reads the clocks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct At {
    /// Time for people, to the millisecond. Never used for ordering.
    #[serde(serialize_with = "write_wall", deserialize_with = "read_wall")]
    pub wall: DateTime<Utc>,
    /// Milliseconds since the machine started, sleep included. Comparable within one `boot_id` only.
    #[serde(rename = "boot", deserialize_with = "canonical::exact_integer")]
    pub boot_ms: u64,
    /// Names the start of the machine that `boot_ms` counts from.
    pub boot_id: String,
}

/// What a caller asks to record; the ledger adds identity, place in the chains and the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// Who did it: a person, or a part of the program such as `engine`.
    pub actor: String,
    /// The project it belongs to.
    pub project: Uuid,
    /// The release whose chain it joins, if any.
    pub release: Option<Uuid>,
    /// Lower-case words joined by `.`, `-` or `_`, such as `release.opened`.
    pub kind: String,
    /// JSON without floats; quantities are decimal strings.
    pub body: Value,
}

impl NewEvent {
    /// Checks everything that does not depend on the place in the chain, the final size excepted.
    pub(crate) fn check(&self) -> Result<(), Invalid> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
        if self.kind.is_empty() || self.kind.len() > MAX_KIND_BYTES || !self.kind.bytes().all(plain) {
            return Err(Invalid::Kind(self.kind.chars().take(MAX_KIND_BYTES).collect()));
        }
        if self.actor.is_empty() || self.actor.len() > MAX_ACTOR_BYTES {
            return Err(Invalid::Actor);
        }
        canonical::check(&self.body, 1)
    }
}

/// One event as it is written. A member without a value is absent, never `null`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Envelope version, 1.
    #[serde(deserialize_with = "canonical::exact_integer")]
    pub v: u64,
    /// UUIDv7.
    pub id: Uuid,
    /// The device whose chain this is.
    pub device: Uuid,
    /// Place in the device's chain, from 1, without gaps.
    #[serde(deserialize_with = "canonical::exact_integer")]
    pub seq: u64,
    /// Hash of the event before it on this device; absent at `seq` 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prev: Option<EventHash>,
    /// Lamport time: greater than that of every event this device had seen.
    #[serde(deserialize_with = "canonical::exact_integer")]
    pub lamport: u64,
    /// Place in the release's chain on this device, from 1; absent without a release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rel_seq: Option<u64>,
    /// Hash of the event before it in that chain; absent at `rel_seq` 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rel_prev: Option<EventHash>,
    /// When it was recorded.
    pub at: At,
    /// Who did it.
    pub actor: String,
    /// The project it belongs to.
    pub project: Uuid,
    /// The release it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<Uuid>,
    /// What happened, such as `release.opened`.
    pub kind: String,
    /// The facts, by kind.
    #[serde(deserialize_with = "canonical::strict_member")]
    pub body: Value,
}

/// An event with the exact bytes that were hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    /// The parsed envelope.
    pub event: Event,
    /// SHA-256 of `bytes`.
    pub hash: EventHash,
    /// Canonical JSON, as stored and as exported.
    pub bytes: Vec<u8>,
}

impl StoredEvent {
    /// Reads stored bytes strictly. The hash is computed from the bytes, never taken from elsewhere.
    ///
    /// # Errors
    /// [`Invalid`] for an oversized, ambiguous or unknown shape.
    pub fn read(bytes: Vec<u8>) -> Result<Self, Invalid> {
        if bytes.len() > MAX_EVENT_BYTES {
            return Err(Invalid::TooLong { bytes: bytes.len() });
        }
        let event: Event = serde_json::from_slice(&bytes).map_err(|e| Invalid::NotJson(e.to_string()))?;
        if event.v != ENVELOPE_VERSION {
            return Err(Invalid::Version(event.v));
        }
        Ok(Self { hash: EventHash::of(&bytes), event, bytes })
    }

    /// True when the bytes are the canonical form of what they say. A lint: trust rests on the hash.
    pub fn is_canonical(&self) -> bool {
        canonical::to_bytes(&self.event).is_ok_and(|again| again == self.bytes)
    }
}

/// A version 7 UUID whose time part is the given wall clock. A clock before 1970 counts as 1970.
pub(crate) fn event_id(wall: DateTime<Utc>) -> Uuid {
    let ms = wall.timestamp_millis().max(0).unsigned_abs();
    let nanos = u32::try_from(ms % 1000).unwrap_or(0) * 1_000_000;
    Uuid::new_v7(Timestamp::from_unix(NoContext, ms / 1000, nanos))
}

/// A clock outside the years 0000 to 9999 is recorded as the nearest year RFC 3339 can write: a broken
/// clock must not stop the recording.
fn clamp(wall: DateTime<Utc>) -> DateTime<Utc> {
    let first = Utc.with_ymd_and_hms(0, 1, 1, 0, 0, 0).single().unwrap_or(DateTime::<Utc>::MIN_UTC);
    let last = Utc.with_ymd_and_hms(9999, 12, 31, 23, 59, 59).single().unwrap_or(DateTime::<Utc>::MAX_UTC);
    let wall = wall.clamp(first, last);
    Utc.timestamp_millis_opt(wall.timestamp_millis()).single().unwrap_or(wall)
}

impl At {
    /// As it will be read back: whole milliseconds, years 0000 to 9999, `boot_ms` up to 2^53.
    pub(crate) fn recorded(&self) -> Self {
        Self {
            wall: clamp(self.wall),
            boot_ms: self.boot_ms.min(canonical::MAX_INTEGER),
            boot_id: self.boot_id.clone(),
        }
    }
}

fn write_wall<S: Serializer>(wall: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&wall_text(*wall))
}

/// A wall clock as it is written.
pub(crate) fn wall_text(wall: DateTime<Utc>) -> String {
    clamp(wall).to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A member whose value is an id, after `before`, which ends with its opening quote.
pub(crate) fn write_uuid(before: &[u8], id: Uuid, out: &mut Vec<u8>) {
    out.extend_from_slice(before);
    out.extend_from_slice(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()).as_bytes());
    out.push(b'"');
}

/// The same of a hash.
pub(crate) fn write_hash(before: &[u8], hash: &EventHash, out: &mut Vec<u8>) {
    out.extend_from_slice(before);
    out.extend_from_slice(&hash.hex());
    out.push(b'"');
}

fn read_wall<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
    let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
    let wall = DateTime::parse_from_rfc3339(&text).map_err(serde::de::Error::custom)?;
    Ok(wall.with_timezone(&Utc))
}
