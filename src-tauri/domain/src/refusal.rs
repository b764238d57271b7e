//! Why a command is not carried out. A refusal always says what is missing; nothing was touched.

use crate::operation::OperationState;
use crate::policy::Transition;
use crate::proof::NodeState;
use crate::release::Lifecycle;

/// A command that the state of the release does not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The answer of the gates is no, or not yet.
    #[error("{transition} needs {} more: {}", count(.missing), names(.missing))]
    NotReady {
        /// What was asked.
        transition: Transition,
        /// Every criterion that does not hold.
        missing: Vec<Missing>,
    },
    /// The release stands elsewhere in its life.
    #[error("{wanted} is not possible while the release is {lifecycle}; {hint}")]
    WrongState {
        /// What was asked.
        wanted: String,
        /// Where the release stands.
        lifecycle: Lifecycle,
        /// What would follow.
        hint: String,
    },
    /// There is no hold to lift.
    #[error("the release is not on hold")]
    NotHeld,
    /// There is nothing that a rollback could take back.
    #[error("{what} has no traffic in production, so there is nothing to roll back")]
    NoTraffic {
        /// The candidate, or the release before there is one.
        what: String,
    },
    /// A statement about a deployment that is not there would not count.
    #[error(
        "{candidate} is not in {environment}, so the statement would not count; run `deploy --env {environment}` first"
    )]
    NotThere {
        /// Where.
        environment: String,
        /// Which candidate.
        candidate: String,
    },
    /// Somebody or something stopped the release.
    #[error("the release is on hold since {by} said: {reason}; lift it with `hold --lift`")]
    OnHold {
        /// Who or what.
        by: String,
        /// Why.
        reason: String,
    },
    /// An earlier operation has no outcome.
    #[error("{what} has no known outcome ({}); run `reconcile`, nothing is sent before that", state_word(.state))]
    Unsettled {
        /// The operation in words.
        what: String,
        /// What is known.
        state: OperationState,
    },
    /// The policy has no such thing.
    #[error("the policy has no {what} named \"{name}\"; it has {}", list(.known))]
    Unnamed {
        /// Kind of thing.
        what: &'static str,
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// There is nothing to go back to.
    #[error("there is no earlier deployment to go back to in {environment}")]
    NoWayBack {
        /// Where.
        environment: String,
    },
    /// Nobody could look at what gets traffic.
    #[error(
        "{environment} has no address to look at, so no guardrail would be armed; write `url` below \
         [environments.{environment}], or let the deploy command end with {{\"url\": \"https://…\"}}, then name the next \
         candidate"
    )]
    NoAddress {
        /// Where.
        environment: String,
    },
    /// Traffic has to go back first.
    #[error(
        "a rollback is owed: {reason}; nothing goes forward before traffic is back, `rollback` tries again"
    )]
    MustGoBack {
        /// What it is owed for.
        reason: String,
    },
    /// Another release of the project has production.
    #[error("{version} has production; close it or roll it back first, one rollout at a time")]
    Occupied {
        /// Version of the other release.
        version: String,
    },
    /// The stage has not been observed long enough; `status` says how much is left.
    #[error("stage {stage} has not been observed long enough yet; `status` shows how much is left")]
    StillSoaking {
        /// Counted from 1.
        stage: u32,
    },
}

/// A criterion that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Gate.
    pub gate: String,
    /// Criterion.
    pub criterion: String,
    /// Sentence of the criterion.
    pub title: String,
    /// Its state.
    pub state: NodeState,
    /// Why.
    pub reason: String,
    /// The command that would help, where there is one.
    pub act: Option<String>,
}

fn count(missing: &[Missing]) -> String {
    match missing.len() {
        1 => "1 fact".to_owned(),
        n => format!("{n} facts"),
    }
}

fn names(missing: &[Missing]) -> String {
    missing.iter().map(|m| format!("{}/{} ({})", m.gate, m.criterion, m.state)).collect::<Vec<_>>().join(", ")
}

fn list(known: &[String]) -> String {
    if known.is_empty() { "none".to_owned() } else { known.join(", ") }
}

fn state_word(state: &OperationState) -> &str {
    match state {
        OperationState::Unknown(why) => why,
        OperationState::Intended => "it is on its way",
        OperationState::Applied | OperationState::Void(_) => "settled",
    }
}
