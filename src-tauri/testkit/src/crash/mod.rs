//! The crash loop: a whole release through the real program, killed at random, and what must be true afterwards.
//!
//! Acknowledged is what the program printed with `--json`. It must still be there after any kill; no change at the
//! platform may have happened twice; the ledger must verify at every start.

mod captain;
mod chance;
mod proof;

pub use captain::Report;
pub use captain::release;
