//! Seaworthy: boot.
