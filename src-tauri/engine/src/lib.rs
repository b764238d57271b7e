//! Seaworthy: engine.
