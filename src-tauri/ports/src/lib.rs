//! Seaworthy: ports.
