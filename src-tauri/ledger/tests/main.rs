//! The ledger on real files: one binary, no timed test, every fault made by hand.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod append;
#[cfg(target_os = "linux")]
mod ballast;
#[cfg(unix)]
mod damage;
mod format;
#[cfg(unix)]
mod kill;
#[cfg(unix)]
mod place;
mod support;
mod views;
