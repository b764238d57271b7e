//! Seaworthy: control.
