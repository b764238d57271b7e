//! Seaworthy: notify.
