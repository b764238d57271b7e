//! Calls and actions that change something outside, and what can be known about them.
//!
//! The intent is recorded before the effect; an operation is sent at most once; when the answer is lost its state is
//! *unknown* and only an observation leaves that state.

use crate::ids::DeploymentId;
use crate::ids::OperationId;
use crate::share::Share;
pub use crate::target_state::Live;
pub use crate::target_state::TargetState;
pub use crate::target_state::Unready;
use serde::Deserialize;
use serde::Serialize;
use std::fmt;

/// What an operation is meant to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Act {
    /// Put the candidate there without traffic.
    Place,
    /// Give the candidate a share of traffic.
    SetShare {
        /// The share.
        share: Share,
        /// Stage of the ladder, counted from 1; absent outside production.
        stage: Option<u32>,
    },
    /// Give all traffic back to an earlier deployment.
    RollBack {
        /// The earlier deployment.
        to: DeploymentId,
        /// Why, in the words of the person or the guardrail.
        reason: String,
    },
}

impl Act {
    /// Backward motion stays available when forward motion is stopped.
    #[must_use]
    pub fn is_backward(&self) -> bool {
        matches!(self, Self::RollBack { .. })
    }

    /// Whether `state` shows that this act on `deployment` took effect, did not, or only in part.
    #[must_use]
    pub fn seen_in(&self, state: &TargetState, deployment: &DeploymentId) -> Seen {
        let on_its_way = match self {
            Self::Place => state.unready(deployment).is_some_and(|unready| !unready.failed),
            Self::SetShare { .. } | Self::RollBack { .. } => state.unsettled.is_some(),
        };
        if on_its_way {
            return Seen::Partly;
        }
        let share = |id: &DeploymentId| state.find(id).map(|live| live.share);
        let seen = match self {
            Self::Place => share(deployment).is_some(),
            Self::SetShare { share: wanted, .. } => share(deployment) == Some(*wanted),
            Self::RollBack { to, .. } => {
                let left = share(deployment).unwrap_or(Share::NONE);
                let back = share(to).unwrap_or(Share::NONE);
                if left == Share::NONE && back != Share::FULL {
                    return Seen::Partly;
                }
                left == Share::NONE && back == Share::FULL
            }
        };
        if seen { Seen::Applied } else { Seen::Absent }
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Place => f.write_str("place without traffic"),
            Self::SetShare { share, .. } => write!(f, "set share to {share}"),
            Self::RollBack { to, .. } => write!(f, "roll back to {to}"),
        }
    }
}

/// What a look at the target shows of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// It took effect.
    Applied,
    /// It did not.
    Absent,
    /// Neither; look again.
    Partly,
}

/// What repeating an operation would do, as its provider promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectClass {
    /// Twice is the same as once.
    Idempotent,
    /// Carries the state it expects; the provider refuses it in any other.
    CompareAndSet,
    /// Can be found again by its tag.
    Reconcilable,
    /// Nothing is promised: at most once, and only a look can tell.
    Opaque,
}

/// Exactly what will be sent or run, without secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// Verb: `run`, `copy`, `switch`, or an HTTP method.
    pub method: String,
    /// Program, path or address.
    pub target: String,
    /// Body, variables or arguments, line by line.
    pub body: Vec<String>,
}

/// What the target must look like for the operation to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "candidate", rename_all = "snake_case")]
pub enum Expected {
    /// The deployment is not there yet.
    Missing,
    /// The deployment is there with this share.
    Share {
        /// The share.
        share: Share,
    },
    /// Backward motion asks for nothing.
    Anything,
}

impl Expected {
    /// `None` when `state` is as expected, else what is there instead.
    #[must_use]
    pub fn drift(&self, state: &TargetState, deployment: &DeploymentId) -> Option<String> {
        if *self == Self::Anything {
            return None;
        }
        if let Some(why) = &state.unsettled {
            return Some(format!("something is on its way there: {why}"));
        }
        if let Some(unready) = state.unready(deployment) {
            return Some(format!("{deployment} is there and not ready: {}", unready.why));
        }
        match (self, state.find(deployment)) {
            (Self::Anything, _) | (Self::Missing, None) => None,
            (Self::Missing, Some(live)) => Some(format!("{deployment} is already there with {}", live.share)),
            (Self::Share { share }, Some(live)) if live.share == *share => None,
            (Self::Share { share }, Some(live)) => {
                Some(format!("{deployment} has {} of traffic, expected {share}", live.share))
            }
            (Self::Share { .. }, None) => Some(format!("{deployment} is not there any more")),
        }
    }
}

/// What is known right after sending.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Outcome {
    /// It took effect, and a look confirmed it where the target can be read.
    Applied {
        /// Address of the deployment, where it has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
    },
    /// The target said no, or a look proved that nothing changed.
    Refused {
        /// Its words.
        why: String,
    },
    /// Proven not to have left this machine.
    NotSent {
        /// What stopped it.
        why: String,
    },
    /// The target was not as expected, so nothing was sent.
    Drift {
        /// What was there instead.
        found: String,
    },
    /// Nobody knows.
    Unknown {
        /// What happened to the answer.
        why: String,
    },
}

/// State of one operation, computed from its events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// Identity; also the tag that the target keeps.
    pub id: OperationId,
    /// What it does.
    pub act: Act,
    /// What began it, when no person did.
    pub acting: Option<crate::event::Acting>,
    /// Where.
    pub environment: String,
    /// Which deployment it is about.
    pub deployment: DeploymentId,
    /// Number of the candidate.
    pub candidate: u32,
    /// What the target looked like before.
    pub expected: Expected,
    /// What is known.
    pub state: OperationState,
    /// Whether anything may have left this machine; false once it is proved that nothing did.
    pub sent: bool,
    /// When it was intended.
    pub intended_at: chrono::DateTime<chrono::Utc>,
    /// When its state last changed.
    pub settled_at: Option<chrono::DateTime<chrono::Utc>>,
}

impl Operation {
    /// Whether `state` shows that it took effect, did not, or only in part: a share that is neither the one before
    /// nor the one asked for is still on its way.
    #[must_use]
    pub fn seen_in(&self, state: &TargetState) -> Seen {
        let seen = self.act.seen_in(state, &self.deployment);
        let (Act::SetShare { .. }, Expected::Share { share: before }) = (&self.act, &self.expected) else {
            return seen;
        };
        match state.find(&self.deployment) {
            Some(live) if seen == Seen::Absent && live.share != *before => Seen::Partly,
            _ => seen,
        }
    }
}

/// What is known about an operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", content = "why", rename_all = "snake_case")]
pub enum OperationState {
    /// The intent is on disk; an answer is awaited or was lost with the process.
    Intended,
    /// It took effect.
    Applied,
    /// Nothing changed: refused, not sent, drifted or proven absent.
    Void(String),
    /// Nobody knows.
    Unknown(String),
}

impl OperationState {
    /// Whether nothing else may move before this is settled.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Intended | Self::Unknown(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live(id: &str, percent: i64) -> Live {
        Live {
            id: DeploymentId(id.into()),
            share: Share::percent(percent.into()).unwrap(),
            version: None,
            commit: None,
            url: None,
        }
    }

    #[test]
    fn a_rollback_that_lost_the_new_one_but_not_regained_the_old_is_partial() {
        let act = Act::RollBack { to: DeploymentId("old".into()), reason: "r".into() };
        let new = DeploymentId("new".into());
        let see = |deployments| act.seen_in(&TargetState { deployments, ..TargetState::default() }, &new);
        assert_eq!(see(vec![live("old", 100), live("new", 0)]), Seen::Applied);
        assert_eq!(see(vec![live("old", 100)]), Seen::Applied);
        assert_eq!(see(vec![live("old", 95), live("new", 5)]), Seen::Absent);
        assert_eq!(see(vec![live("old", 95), live("new", 0)]), Seen::Partly);
    }

    #[test]
    fn the_way_back_is_the_other_one_with_most_traffic() {
        let state = TargetState {
            deployments: vec![live("older", 0), live("old", 95), live("new", 5)],
            ..TargetState::default()
        };
        assert_eq!(state.way_back(&DeploymentId("new".into())).map(|l| l.id.0.as_str()), Some("old"));
        let alone = TargetState { deployments: vec![live("new", 100)], ..TargetState::default() };
        assert_eq!(alone.way_back(&DeploymentId("new".into())), None);
    }

    #[test]
    fn a_way_back_that_nothing_would_come_back_to_is_lost() {
        let new = DeploymentId("new".into());
        let lost = |deployments| {
            let state = TargetState { deployments, ..TargetState::default() };
            state.lost_way_back(&DeploymentId("old".into()), &new)
        };
        assert_eq!(lost(vec![live("old", 95), live("new", 5)]), None);
        assert_eq!(lost(vec![live("old", 1), live("other", 94), live("new", 5)]), None);
        assert_eq!(lost(vec![live("old", 0), live("new", 100)]), None);
        let gone = lost(vec![live("other", 95), live("new", 5)]);
        assert_eq!(gone.as_deref(), Some("the way back, old, is not there any more"));
        let idle = lost(vec![live("old", 0), live("other", 95), live("new", 5)]);
        assert_eq!(idle.as_deref(), Some("the way back, old, has no traffic any more; other has 95%"));
    }

    #[test]
    fn drift_names_what_was_found() {
        let state = TargetState { deployments: vec![live("new", 25)], ..TargetState::default() };
        let new = DeploymentId("new".into());
        let expected = Expected::Share { share: "5%".parse().unwrap() };
        assert_eq!(expected.drift(&state, &new).as_deref(), Some("new has 25% of traffic, expected 5%"));
        assert_eq!(Expected::Anything.drift(&state, &new), None);
        assert!(Expected::Missing.drift(&state, &new).is_some());
    }

    #[test]
    fn what_is_being_made_is_neither_there_nor_absent() {
        let new = DeploymentId("new".into());
        let unready = |failed| TargetState {
            unready: vec![Unready { id: new.clone(), failed, why: "it is being built".into() }],
            ..TargetState::default()
        };
        assert_eq!(Act::Place.seen_in(&unready(false), &new), Seen::Partly);
        assert_eq!(Act::Place.seen_in(&unready(true), &new), Seen::Absent);
        assert_eq!(Act::Place.seen_in(&unready(false), &DeploymentId("other".into())), Seen::Absent);
        assert_eq!(
            Expected::Missing.drift(&unready(true), &new).as_deref(),
            Some("new is there and not ready: it is being built")
        );
    }

    #[test]
    fn shares_that_are_on_their_way_prove_nothing() {
        let new = DeploymentId("new".into());
        let mut state = TargetState { deployments: vec![live("new", 100)], ..TargetState::default() };
        let act = Act::SetShare { share: Share::FULL, stage: Some(1) };
        assert_eq!(act.seen_in(&state, &new), Seen::Applied);
        state.unsettled = Some("1 of 3 domains follows".into());
        assert_eq!(act.seen_in(&state, &new), Seen::Partly);
        assert_eq!(Act::Place.seen_in(&state, &new), Seen::Applied);
        assert!(Expected::Share { share: Share::FULL }.drift(&state, &new).is_some());
        assert_eq!(Expected::Anything.drift(&state, &new), None);
    }
}
