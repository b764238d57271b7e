//! Evidence that events rest on.

use crate::digest::Digest;
use crate::event::Event;
use serde::Deserialize;
use serde::Serialize;

/// What a piece of evidence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// The text of a pinned policy.
    Policy,
    /// Output of a check.
    Log,
    /// Description of a command that was kept as it was approved.
    Command,
}

impl EvidenceKind {
    /// The word for people, for one piece.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Log => "log",
            Self::Command => "pinned command",
        }
    }
}

impl Event {
    /// What it rests on that is kept as evidence. Digests of anything else are not among them: those of approved
    /// commands and of scopes stand for texts that were never kept, and those of samples for files that still grow.
    #[must_use]
    pub fn evidence(&self) -> Vec<(EvidenceKind, Digest)> {
        match self {
            Self::Opened { policy, .. } | Self::Frozen { policy, .. } => {
                vec![(EvidenceKind::Policy, *policy)]
            }
            Self::CheckFinished { log: Some(log), .. } => vec![(EvidenceKind::Log, *log)],
            Self::GatePassed { proof, .. } => {
                proof.iter().filter_map(|one| one.evidence).map(|log| (EvidenceKind::Log, log)).collect()
            }
            Self::CommandsPinned { commands, .. } => {
                commands.iter().filter_map(|one| one.copy).map(|copy| (EvidenceKind::Command, copy)).collect()
            }
            _ => Vec::new(),
        }
    }
}
