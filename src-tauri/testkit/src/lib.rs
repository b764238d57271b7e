//! Seaworthy: testkit.
