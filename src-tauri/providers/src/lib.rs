//! Seaworthy: providers.
