//! Seaworthy: process.
