//! Seaworthy: wire.
