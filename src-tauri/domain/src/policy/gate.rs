//! Gates: decision points that guard transitions.

use seaworthy_rules::Period;
use seaworthy_rules::Rule;
use serde::Deserialize;
use serde::Serialize;
use std::fmt;
use std::str::FromStr;

/// One entry of `[phase.*]`; groups gates for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phase {
    /// Name in the policy.
    pub id: String,
    /// Title for people.
    pub title: String,
}

/// One entry of `[gate.*]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// Name in the policy.
    pub id: String,
    /// Title for people.
    pub title: String,
    /// Phase it belongs to.
    pub phase: String,
    /// Accountable role.
    pub owner: String,
    /// What cannot happen before it is passed; `None` informs only.
    pub guards: Option<Transition>,
    /// At least one.
    pub criteria: Vec<Criterion>,
}

/// One measurable or attestable statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Criterion {
    /// Stable name within the gate.
    pub id: String,
    /// Sentence for people.
    pub title: String,
    /// What proves it.
    pub kind: CriterionKind,
    /// What the proof must be about.
    pub subject: Subject,
    /// Whether it must still hold at close.
    pub holds: Holds,
    /// Proof older than this is stale.
    pub fresh_for: Option<Period>,
}

/// What proves a criterion.
#[derive(Clone, Debug, PartialEq)]
pub enum CriterionKind {
    /// The newest run of a check.
    Check {
        /// Name of the check.
        check: String,
    },
    /// A rule over measured values; good when true.
    Rule {
        /// The rule.
        rule: Rule,
    },
    /// A statement of a person.
    Attest {
        /// What is stated.
        statement: String,
        /// Role that may state it.
        by: String,
    },
    /// A deployment of the candidate stands in an environment.
    Deployed {
        /// The environment.
        environment: String,
    },
}

/// What a proof is about. A proof of another subject does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The release under its pinned policy, whatever the candidate.
    Release,
    /// The current candidate's commit.
    Candidate,
    /// The current candidate's deployment in an environment.
    Deployment {
        /// The environment.
        environment: String,
    },
}

/// When a criterion must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// When its gate is passed; shown as passed then.
    AtPassage,
    /// Again when the release closes.
    UntilClose,
}

/// A step of the release that gates can guard.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Transition {
    /// Fixing policy and scope.
    Freeze,
    /// Naming a candidate.
    Candidate,
    /// Placing the candidate in an environment.
    Deploy(String),
    /// Entering a stage, counted from 1.
    Advance(u32),
    /// Ending the release.
    Close,
}

/// The text names no transition.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("write a transition as freeze, candidate, deploy:ENVIRONMENT, advance:STAGE or close")]
pub struct TransitionError;

impl Transition {
    /// The command that takes it.
    #[must_use]
    pub fn command(&self) -> String {
        match self {
            Self::Freeze => "freeze".to_owned(),
            Self::Candidate => "candidate".to_owned(),
            Self::Deploy(environment) => format!("deploy --env {environment}"),
            Self::Advance(_) => "advance".to_owned(),
            Self::Close => "close".to_owned(),
        }
    }
}

impl fmt::Display for Transition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Freeze => f.write_str("freeze"),
            Self::Candidate => f.write_str("candidate"),
            Self::Deploy(environment) => write!(f, "deploy:{environment}"),
            Self::Advance(stage) => write!(f, "advance:{stage}"),
            Self::Close => f.write_str("close"),
        }
    }
}

impl FromStr for Transition {
    type Err = TransitionError;
    fn from_str(text: &str) -> Result<Self, TransitionError> {
        match text.split_once(':') {
            None => match text {
                "freeze" => Ok(Self::Freeze),
                "candidate" => Ok(Self::Candidate),
                "close" => Ok(Self::Close),
                _ => Err(TransitionError),
            },
            Some(("deploy", environment)) if !environment.is_empty() => {
                Ok(Self::Deploy(environment.to_owned()))
            }
            Some(("advance", stage)) => match stage.parse() {
                Ok(0) | Err(_) => Err(TransitionError),
                Ok(stage) => Ok(Self::Advance(stage)),
            },
            Some(_) => Err(TransitionError),
        }
    }
}

impl TryFrom<String> for Transition {
    type Error = TransitionError;
    fn try_from(text: String) -> Result<Self, TransitionError> {
        text.parse()
    }
}

impl From<Transition> for String {
    fn from(transition: Transition) -> String {
        transition.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transitions_read_as_they_print() {
        for text in ["freeze", "candidate", "deploy:staging", "advance:2", "close"] {
            assert_eq!(text.parse::<Transition>().map(|t| t.to_string()), Ok(text.to_owned()));
        }
        for bad in ["", "deploy", "deploy:", "advance:0", "advance:x", "ship"] {
            assert!(bad.parse::<Transition>().is_err(), "{bad}");
        }
    }
}
