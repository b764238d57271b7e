//! The use cases: one function a request, and the tick of the background driver.
//!
//! The engine owns the ledger and the folded state and meets the world only through ports. Every command is decided
//! under one lock against the state, written durably, and only then acted upon; whatever takes long happens outside
//! that lock, so that *hold* and *roll back* are never kept waiting.

mod acting;
mod commands;
mod connections;
mod core;
mod engine;
mod eye;
mod fault;
mod filling;
mod foreign;
mod frozen;
mod handle;
mod keeping;
mod known;
mod looking;
mod observing;
mod operate;
mod past;
mod pinned;
mod ports;
mod projector;
mod reach;
mod reading;
mod recover;
mod scarce;
mod sighting;
mod signing;
mod telling;
mod tick;
mod timekeeper;
mod tree;
mod undertaking;
mod view;
mod wishes;
mod words;

pub use engine::Engine;
pub use foreign::read_bundle;
pub use foreign::read_bundle_evidence;
pub use ports::Ports;
pub use ports::Settings;

#[cfg(test)]
mod tests;
