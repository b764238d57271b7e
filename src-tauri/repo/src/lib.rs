//! Seaworthy: repo.
