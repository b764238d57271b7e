//! Seaworthy: ledger.
