//! The wire: every request, answer and push that crosses a door (window, terminal, control channel), declared once.
//!
//! TypeScript for the window is generated from here into `ui/src/lib/wire` and committed; a test fails on drift.
//! Times are milliseconds since 1970 UTC. Nothing here has behaviour beyond reading itself.

mod bundle;
mod connection;
mod fault;
mod history;
mod home;
mod key;
mod notice;
mod push;
mod reply;
mod request;
mod traffic;
#[cfg(test)]
mod typescript;
mod view;

pub use bundle::*;
pub use connection::*;
pub use fault::Code;
pub use fault::Fault;
pub use fault::MissingFact;
pub use fault::Problem;
pub use history::EventDetail;
pub use history::EventGroup;
pub use history::LedgerView;
pub use home::*;
pub use key::*;
pub use notice::*;
pub use push::Push;
pub use reply::*;
pub use request::*;
pub use traffic::*;
pub use view::*;

/// Version of this declaration; two processes that differ do not talk.
pub const VERSION: u32 = 1;

/// Milliseconds since 1970 UTC.
pub type Millis = i64;
