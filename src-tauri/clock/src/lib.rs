//! Seaworthy: clock.
