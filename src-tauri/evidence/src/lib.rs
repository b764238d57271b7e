//! Seaworthy: evidence.
