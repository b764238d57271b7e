//! Seaworthy: checks.
