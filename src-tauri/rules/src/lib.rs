//! Seaworthy: rules.
