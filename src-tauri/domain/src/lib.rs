//! The nouns of a release, the events that change it, and what they prove.
//!
//! Everything here is pure: no input or output, no clock, no asynchrony. A release is a fold over its events
//! ([`Release::apply`]); whether it may move is computed from policy, release and facts ([`proof`]); a command is
//! checked against that and yields events or a [`Refusal`] that names what is missing.

pub mod account;
pub mod command;
mod digest;
mod entry;
mod event;
mod exposure;
mod fold;
mod ids;
mod ladder;
mod named;
mod notice;
pub mod operation;
mod pin;
pub mod policy;
pub mod proof;
mod refusal;
mod release;
mod share;
mod target_state;
mod time;
mod visible;
mod watching;

#[cfg(test)]
mod tests;

pub use digest::Digest;
pub use digest::DigestError;
pub use entry::Entry;
pub use entry::EntryError;
pub use event::Acting;
pub use event::CheckResult;
pub use event::Event;
pub use event::Observer;
pub use event::PassedCriterion;
pub use fold::Misfit;
pub use fold::Stamp;
pub use ids::DeploymentId;
pub use ids::OperationId;
pub use ids::ProjectId;
pub use ids::ReleaseId;
pub use ids::RunId;
pub use named::EvidenceKind;
pub use notice::NoticeKey;
pub use notice::QuietHours;
pub use notice::SettledBy;
pub use notice::Topic;
pub use pin::CommandCopy;
pub use pin::CopiedFile;
pub use pin::CopiedProgram;
pub use pin::Piece;
pub use pin::PinnedCommand;
pub use pin::TargetCommand;
pub use refusal::Missing;
pub use refusal::Refusal;
pub use release::*;
pub use share::Share;
pub use share::ShareError;
pub use time::Fill;
pub use time::GAPS_KEPT;
pub use time::Gap;
pub use time::GapCause;
pub use time::Held;
pub use visible::visible;
