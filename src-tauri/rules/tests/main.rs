//! The rule language and its evaluator, from outside.
#![expect(clippy::unwrap_used, reason = "a helper that panics fails the test that called it")]

mod common;
mod filled;
mod language;
mod newest;
mod reference;
mod shapes;
mod sustained;
mod units;
mod window;
