//! The ledger: one device's append-only history in SQLite, and the read models rebuilt from it.
//!
//! `ledger.db` holds events and nothing else. Each event is canonical JSON whose SHA-256 the next one
//! names, per device and per release; `ledger.head` remembers outside the database how far history went.
//! The formats are written down in `docs/formats/ledger.md`.
//!
//! Deliberately not here: what an event means (the domain), clocks (time comes as [`At`]), what a
//! checkpoint says and who signed it, and a trait over the ledger; tests use the real one.

mod anchor;
mod ballast;
mod canonical;
mod chain;
mod connect;
mod envelope;
mod error;
mod hash;
mod ledger;
mod migrate;
mod open;
mod place;
mod prepared;
mod sidecar;
mod store;
mod tail;
mod turns;
mod verify;
pub mod views;
mod walk;
mod writer;

pub use anchor::Head;
pub use ballast::BALLAST_BYTES;
pub use canonical::{MAX_DEPTH, MAX_INTEGER, parse as parse_strict};
pub use envelope::{
    At, ENVELOPE_VERSION, Event, MAX_ACTOR_BYTES, MAX_EVENT_BYTES, MAX_KIND_BYTES, NewEvent, StoredEvent,
};
pub use error::{Damage, Invalid, LedgerError, Notice, Regression, RegressionCause};
pub use hash::{EventHash, NotAHash};
pub use ledger::{ANCHOR_EVERY_MS, Ledger, MAX_READ_PAGE, StartReport};
pub use migrate::FORMAT;
pub use sidecar::Sidecar;
pub use walk::Walk;
pub use writer::{MAX_EVENTS_PER_APPEND, MAX_WAITING_APPENDS};
