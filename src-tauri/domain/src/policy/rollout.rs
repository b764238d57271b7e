//! Stages, guardrails and watches.

use crate::share::Share;
use rust_decimal::Decimal;
use seaworthy_rules::Period;
use seaworthy_rules::Rule;
use serde::Deserialize;
use serde::Serialize;
use std::fmt;

/// `[rollout]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollout {
    /// Stages from the smallest share to 100 %.
    pub stages: Vec<Stage>,
}

impl Rollout {
    /// The stage numbered from 1.
    #[must_use]
    pub fn stage(&self, number: u32) -> Option<&Stage> {
        self.stages.get(usize::try_from(number).ok()?.checked_sub(1)?)
    }
}

/// One stage of the ladder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Name for people.
    pub name: String,
    /// Traffic of the candidate.
    pub share: Share,
    /// What must be observed before the next step; only the 100 % stage may go without.
    pub soak: Option<Soak>,
    /// Enters the next stage by itself once soaked.
    pub auto_advance: bool,
}

/// How long and how densely a span must be observed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Soak {
    /// Observed time needed at the least.
    pub length: Period,
    /// A decision is overdue after this.
    pub at_most: Option<Period>,
    /// Part of the calendar time that must have been observed.
    pub coverage: Coverage,
}

/// Part of a span that was observed, 0 to 1, exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Coverage(pub Decimal);

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", (self.0 * Decimal::ONE_HUNDRED).normalize())
    }
}

/// One entry of `[guardrails]`: bad when true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guardrail {
    /// Name in the policy.
    pub name: String,
    /// The rule.
    pub rule: Rule,
    /// What a breach triggers.
    pub then: Then,
    /// What lasting absence of data triggers.
    pub on_no_data: OnNoData,
}

/// What a breach triggers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// Give all traffic back.
    Rollback,
    /// Stop forward motion.
    Hold,
    /// Tell people.
    Notify,
}

/// What lasting absence of data triggers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnNoData {
    /// Stop forward motion.
    Hold,
    /// Give all traffic back.
    Rollback,
}

/// One entry of `[watches]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// Name in the policy.
    pub name: String,
    /// What it is counted from.
    pub after: Anchor,
    /// What must be observed.
    pub soak: Soak,
    /// Whether the release can close without it.
    pub needed_for: NeededFor,
}

/// What a watch is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// First production traffic of this candidate.
    Deploy,
    /// 100 % of traffic.
    FullTraffic,
}

/// What a watch is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NeededFor {
    /// The release cannot close before it ended.
    Close,
}
