//! Seaworthy: rollout.
