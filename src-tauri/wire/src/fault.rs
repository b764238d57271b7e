//! Why a request was not carried out.

use serde::Deserialize;
use serde::Serialize;
use ts_rs::TS;

/// A refused or failed request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Fault {
    /// What to branch on.
    pub code: Code,
    /// A lower-case fragment.
    pub message: String,
    /// What to do about it, when the message does not say.
    pub help: Option<String>,
    /// The facts that are missing, for [`Code::NotReady`].
    pub missing: Vec<MissingFact>,
    /// What is wrong in a file and where; absent when no file was read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<Problem>>")]
    pub problems: Vec<Problem>,
}

impl Fault {
    /// A fault without help or missing facts.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), help: None, missing: Vec::new(), problems: Vec::new() }
    }

    /// The same with help.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

/// One choice for the caller each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The gates say no or not yet.
    NotReady,
    /// The request or a file in it is wrong.
    BadInput,
    /// An operation has no known outcome; a person must look.
    Unknown,
    /// State, hold, lock or approval forbid it.
    Refused,
    /// The commit is a candidate already; only who says `again` names it once more.
    NamedBefore,
    /// The person who was asked said no; nothing was done.
    Cancelled,
    /// A command needs the captain's approval first.
    NeedsApproval,
    /// The passphrase of the vault is needed first.
    NeedsPassphrase,
    /// Network, provider, disk or another program failed.
    Outside,
    /// Ledger or evidence does not verify.
    Integrity,
    /// All traffic went back while this was asked for.
    RolledBack,
}

impl Code {
    /// Exit status of the command line.
    #[must_use]
    pub fn exit_status(self) -> u8 {
        match self {
            Self::NotReady => 1,
            Self::BadInput => 2,
            Self::Unknown => 3,
            Self::Refused
            | Self::NamedBefore
            | Self::Cancelled
            | Self::NeedsApproval
            | Self::NeedsPassphrase => 4,
            Self::Outside => 5,
            Self::Integrity => 6,
            Self::RolledBack => 7,
        }
    }
}

/// A criterion that does not hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct MissingFact {
    /// `gate/criterion`.
    pub name: String,
    /// Sentence of the criterion.
    pub title: String,
    /// Its state.
    pub state: crate::view::State,
    /// Why.
    pub reason: String,
    /// The command that would help.
    pub act: Option<String>,
}

/// What is wrong in a file, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Problem {
    /// `error`, or `warning` when the file can be used in spite of it.
    pub severity: String,
    /// Kind of the problem; the kinds stand in `docs/formats/policy.md`.
    pub code: String,
    /// Line, counted from 1.
    pub line: usize,
    /// First character on the line, counted from 1.
    pub column: usize,
    /// How many characters it is about; 0 where something is missing.
    pub length: usize,
    /// A lower-case fragment.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}
