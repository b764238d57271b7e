//! Seaworthy: policy.
