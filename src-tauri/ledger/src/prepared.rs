//! An event written as far as it is known before its place: all but the links is the same wherever it lands.
//!
//! Canonical members are sorted, so what a caller says comes first and the links come last. Callers write and
//! digest the first part on their own threads, while somebody else commits; a commit adds the links.

use std::io::Write as _;

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::canonical;
use crate::envelope::{At, ENVELOPE_VERSION, Event, MAX_EVENT_BYTES, NewEvent, StoredEvent, event_id};
use crate::envelope::{wall_text, write_hash, write_uuid};
use crate::error::Invalid;
use crate::hash::EventHash;

/// Room for a usual event.
const USUAL_BYTES: usize = 1024;

/// A checked event without its place in the chains.
pub(crate) struct Prepared {
    event: NewEvent,
    at: At,
    id: Uuid,
    device: Uuid,
    bytes: Vec<u8>,
    digested: Sha256,
}

/// The place of an event in the chains.
pub(crate) struct Links {
    pub(crate) seq: u64,
    pub(crate) prev: Option<EventHash>,
    pub(crate) lamport: u64,
    /// Place in its release's chain, and the event before it there.
    pub(crate) release: Option<(u64, Option<EventHash>)>,
}

impl Prepared {
    pub(crate) fn new(event: NewEvent, at: &At, device: Uuid) -> Result<Self, Invalid> {
        event.check()?;
        let (at, id) = (at.recorded(), event_id(at.wall));
        let mut bytes = Vec::with_capacity(USUAL_BYTES);
        bytes.extend_from_slice(b"{\"actor\":");
        canonical::write_text(&event.actor, &mut bytes)?;
        let _ = write!(bytes, ",\"at\":{{\"boot\":{},\"boot_id\":", at.boot_ms);
        canonical::write_text(&at.boot_id, &mut bytes)?;
        let _ = write!(bytes, ",\"wall\":\"{}\"}},\"body\":", wall_text(at.wall));
        canonical::write(&event.body, &mut bytes)?;
        write_uuid(b",\"device\":\"", device, &mut bytes);
        write_uuid(b",\"id\":\"", id, &mut bytes);
        bytes.extend_from_slice(b",\"kind\":");
        canonical::write_text(&event.kind, &mut bytes)?;
        bytes.extend_from_slice(b",\"lamport\":");
        if bytes.len() > MAX_EVENT_BYTES {
            return Err(Invalid::TooLong { bytes: bytes.len() });
        }
        let digested = Sha256::new_with_prefix(&bytes);
        Ok(Self { event, at, id, device, bytes, digested })
    }

    pub(crate) fn release(&self) -> Option<Uuid> {
        self.event.release
    }

    /// Writes the links and finishes the digest.
    pub(crate) fn place(self, links: &Links) -> Result<StoredEvent, Invalid> {
        let Self { event: new, at, id, device, mut bytes, mut digested } = self;
        let start = bytes.len();
        let _ = write!(bytes, "{}", links.lamport);
        if let Some(prev) = &links.prev {
            write_hash(b",\"prev\":\"", prev, &mut bytes);
        }
        write_uuid(b",\"project\":\"", new.project, &mut bytes);
        let in_release = new.release.zip(links.release);
        if let Some((release, (rel_seq, rel_prev))) = in_release {
            if let Some(rel_prev) = &rel_prev {
                write_hash(b",\"rel_prev\":\"", rel_prev, &mut bytes);
            }
            let _ = write!(bytes, ",\"rel_seq\":{rel_seq}");
            write_uuid(b",\"release\":\"", release, &mut bytes);
        }
        let _ = write!(bytes, ",\"seq\":{},\"v\":{ENVELOPE_VERSION}}}", links.seq);
        if bytes.len() > MAX_EVENT_BYTES {
            return Err(Invalid::TooLong { bytes: bytes.len() });
        }
        digested.update(&bytes[start..]);
        let event = Event {
            v: ENVELOPE_VERSION,
            id,
            device,
            seq: links.seq,
            prev: links.prev,
            lamport: links.lamport,
            rel_seq: in_release.map(|(_, (rel_seq, _))| rel_seq),
            rel_prev: in_release.and_then(|(_, (_, rel_prev))| rel_prev),
            at,
            actor: new.actor,
            project: new.project,
            release: new.release,
            kind: new.kind,
            body: new.body,
        };
        Ok(StoredEvent { event, hash: EventHash::finished(digested), bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use proptest::prelude::*;
    use serde_json::Value;

    /// Whatever may be recorded, with names whose order differs between UTF-8 and UTF-16.
    fn body() -> impl Strategy<Value = Value> {
        let whole = -(canonical::MAX_INTEGER as i64)..=canonical::MAX_INTEGER as i64;
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            whole.prop_map(Value::from),
            "(?s).{0,12}".prop_map(Value::from),
        ];
        let name = prop_oneof!["[a-c]{0,2}", "(?s).{0,3}", "[\u{e000}\u{ffff}\u{10000}\u{10ffff}a]{1,3}"];
        leaf.prop_recursive(4, 32, 5, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(name.clone(), inner, 0..5)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_in_two_parts_is_what_the_library_writes_in_one(
            body in body(),
            actor in "(?s).{1,20}",
            boot_id in "(?s).{0,9}",
            wall in any::<i64>(),
            boot_ms in any::<u64>(),
            (seq, lamport, rel_seq) in (1..u64::from(u32::MAX), 1..canonical::MAX_INTEGER, 1..99_u64),
            (released, first, first_of_release) in any::<(bool, bool, bool)>(),
        ) {
            let wall = DateTime::from_timestamp_millis(wall % 400_000_000_000_000).unwrap_or_default();
            let at = At { wall, boot_ms, boot_id };
            let (project, device) = (Uuid::from_u128(7), Uuid::from_u128(8));
            let release = released.then(|| Uuid::from_u128(9));
            let new = NewEvent { actor, project, release, kind: "note.added".into(), body };
            let hash = |text: &[u8], absent: bool| (!absent).then(|| EventHash::of(text));
            let links = Links {
                seq,
                prev: hash(b"before", first),
                lamport,
                release: release.map(|_| (rel_seq, hash(b"there", first_of_release))),
            };
            let stored = Prepared::new(new, &at, device).unwrap().place(&links).unwrap();
            prop_assert_eq!(&stored.bytes, &canonical::to_bytes(&stored.event).unwrap());
            prop_assert_eq!(&StoredEvent::read(stored.bytes.clone()).unwrap(), &stored);
        }
    }

    #[test]
    fn numbers_that_are_not_whole_are_not_written() {
        let body = serde_json::json!({"share": 0.5});
        assert!(matches!(canonical::write(&body, &mut Vec::new()), Err(Invalid::Number(_))));
    }
}
