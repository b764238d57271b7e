//! States of a node and how a parent gets its own.

use serde::Deserialize;
use serde::Serialize;
use std::fmt;

/// State of a node of the proof tree. The order is the order of dominance: a parent shows the greatest of its
/// children.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeState {
    /// A recorded fact makes it so.
    Pass,
    /// Computed not to apply.
    NotApplicable,
    /// A signed acceptance stands in for the fact.
    Waived,
    /// Waits for a person or an earlier step.
    Pending,
    /// A run is under way.
    Running,
    /// There was a fact; it is too old or about something else.
    Stale,
    /// Nothing was measured.
    NoData,
    /// Measured, but it cannot be told.
    Inconclusive,
    /// A fact speaks against it.
    Fail,
}

impl NodeState {
    /// Every state, in order of dominance.
    pub const ALL: [NodeState; 9] = [
        Self::Pass,
        Self::NotApplicable,
        Self::Waived,
        Self::Pending,
        Self::Running,
        Self::Stale,
        Self::NoData,
        Self::Inconclusive,
        Self::Fail,
    ];

    /// Whether a gate may be passed with it.
    #[must_use]
    pub fn satisfies(self) -> bool {
        matches!(self, Self::Pass | Self::NotApplicable | Self::Waived)
    }

    /// State of a parent. Without children it is [`NodeState::NoData`]: nothing proves nothing. Children that
    /// satisfy make a passing parent; they stay visible as what they are.
    #[must_use]
    pub fn worst(children: impl IntoIterator<Item = NodeState>) -> NodeState {
        match children.into_iter().max() {
            None => Self::NoData,
            Some(worst) if worst.satisfies() => Self::Pass,
            Some(worst) => worst,
        }
    }
}

impl fmt::Display for NodeState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pass => "pass",
            Self::NotApplicable => "not applicable",
            Self::Waived => "waived",
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Stale => "stale",
            Self::NoData => "no measurement",
            Self::Inconclusive => "cannot tell",
            Self::Fail => "fail",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_proves_nothing() {
        assert_eq!(NodeState::worst([]), NodeState::NoData);
    }

    proptest! {
        #[test]
        fn a_parent_passes_only_when_every_child_satisfies(picks in proptest::collection::vec(0..9_usize, 1..6)) {
            let children: Vec<_> = picks.iter().map(|i| NodeState::ALL[*i]).collect();
            let parent = NodeState::worst(children.iter().copied());
            prop_assert_eq!(parent == NodeState::Pass, children.iter().all(|c| c.satisfies()));
            if children.contains(&NodeState::Fail) {
                prop_assert_eq!(parent, NodeState::Fail);
            }
        }
    }
}
