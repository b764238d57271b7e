//! Reads the chain's links from the end of an event's bytes without parsing its body.
//!
//! Canonical JSON sorts its keys, so everything after `body` has a fixed order and almost fixed lengths.
//! Start-up reads a million of these; the full strict parse is [`crate::Ledger::verify_deep`].

use uuid::Uuid;

use crate::hash::EventHash;

const UUID_TEXT: usize = 36;
const HASH_TEXT: usize = 64;

/// The links of one event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tail {
    pub(crate) device: Uuid,
    pub(crate) seq: u64,
    pub(crate) prev: Option<EventHash>,
    pub(crate) lamport: u64,
    pub(crate) release: Option<ReleaseTail>,
}

/// The links of one event in its release.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ReleaseTail {
    pub(crate) release: Uuid,
    pub(crate) rel_seq: u64,
    pub(crate) rel_prev: Option<EventHash>,
}

/// `None` when the bytes do not end as an event of envelope version 1 does.
pub(crate) fn read(bytes: &[u8]) -> Option<Tail> {
    let mut back = Back(bytes);
    back.literal(b",\"v\":1}")?;
    let seq = back.number(b",\"seq\":")?;
    let release = match back.quoted(b",\"release\":\"", UUID_TEXT) {
        Some(release) => Some(ReleaseTail {
            release: uuid(release)?,
            rel_seq: back.number(b",\"rel_seq\":")?,
            rel_prev: hash(back.quoted(b",\"rel_prev\":\"", HASH_TEXT))?,
        }),
        None => None,
    };
    back.quoted(b",\"project\":\"", UUID_TEXT)?;
    let prev = hash(back.quoted(b",\"prev\":\"", HASH_TEXT))?;
    let lamport = back.number(b",\"lamport\":")?;
    back.word(b",\"kind\":\"")?;
    back.quoted(b",\"id\":\"", UUID_TEXT)?;
    let device = uuid(back.quoted(b",\"device\":\"", UUID_TEXT)?)?;
    Some(Tail { device, seq, prev, lamport, release })
}

fn uuid(text: &[u8]) -> Option<Uuid> {
    Uuid::try_parse_ascii(text).ok()
}

/// Absent is fine, malformed is not.
fn hash(text: Option<&[u8]>) -> Option<Option<EventHash>> {
    match text {
        None => Some(None),
        Some(text) => EventHash::from_hex(text).map(Some),
    }
}

/// What is left, read from its end.
struct Back<'a>(&'a [u8]);

impl<'a> Back<'a> {
    fn literal(&mut self, text: &[u8]) -> Option<()> {
        self.0 = self.0.strip_suffix(text)?;
        Some(())
    }

    fn number(&mut self, key: &[u8]) -> Option<u64> {
        let mut value = 0_u64;
        let mut scale = 1_u64;
        while let Some((digit, rest)) = self.0.split_last().filter(|(d, _)| d.is_ascii_digit()) {
            value = value.checked_add(scale.checked_mul(u64::from(digit - b'0'))?)?;
            scale = scale.checked_mul(10)?;
            self.0 = rest;
        }
        if scale == 1 { None } else { self.literal(key).map(|()| value) }
    }

    /// Leaves everything in place when the key is another one.
    fn quoted(&mut self, key: &[u8], len: usize) -> Option<&'a [u8]> {
        let open = self.0.strip_suffix(b"\"")?;
        let (rest, text) = open.split_at_checked(open.len().checked_sub(len)?)?;
        self.0 = rest.strip_suffix(key)?;
        Some(text)
    }

    fn word(&mut self, key: &[u8]) -> Option<()> {
        self.literal(b"\"")?;
        let len = self.0.iter().rev().take_while(|b| **b != b'"').count();
        self.0 = self.0.get(..self.0.len() - len)?;
        self.literal(key)
    }
}
