//! Seaworthy: domain.
