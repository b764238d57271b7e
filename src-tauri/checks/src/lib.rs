//! Runs checks to their end, keeps what they said, and reads what a command is before anybody allows it.
//!
//! A check that could not keep its output proves nothing, so it never passes. Whether a command was approved, and
//! what a result means for a release, is decided elsewhere.

mod asked;
mod commanded;
mod describe;
mod inspected;
mod kept;
mod runner;

#[cfg(test)]
mod tests;

pub use describe::CommandTexts;
pub use describe::FILE_BYTES_MAX;
pub use describe::LEVELS_MAX;
pub use describe::SHOWN_BYTES_MAX;
pub use runner::Checks;
