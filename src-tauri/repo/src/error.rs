//! What can go wrong with a repository.

use std::io;
use std::path::PathBuf;

/// Each variant is a different thing to do about it.
#[derive(Debug, thiserror::Error)]
pub enum RepoError {
    /// No git in an absolute directory of `PATH`.
    #[error("find git; install it and make sure it is on the PATH")]
    GitMissing,
    /// A git that would ignore the settings that keep a hostile repository from running commands.
    #[error("use git {found}; install git 2.31 or newer")]
    GitTooOld {
        /// What it calls itself.
        found: String,
    },
    /// Neither this directory nor one above it is a working tree.
    #[error("find a git repository at or above {path:?}; run `git init` there or give another path")]
    NotARepository {
        /// Where the search began.
        path: PathBuf,
    },
    /// The repository has no commit yet.
    #[error("read the newest commit; commit something first")]
    NoCommits,
    /// Git itself refuses the repository because it belongs to another user.
    #[error(
        "trust {path:?}, which belongs to another user; check it and run `git config --global --add safe.directory`"
    )]
    UnsafeOwnership {
        /// Root of the working tree.
        path: PathBuf,
    },
    /// No commit has this name.
    #[error("find the commit `{rev}`; fetch it or correct the name")]
    UnknownRevision {
        /// The name.
        rev: String,
    },
    /// A name git could take for something else.
    #[error("use `{name}` as {what}; correct it")]
    BadName {
        /// The name.
        name: String,
        /// What it should have been.
        what: &'static str,
    },
    /// More than this room is willing to hold.
    #[error("read more than {max} {what}; ask for less")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        max: u64,
    },
    /// Git did not finish in time and was killed.
    #[error("wait longer than 60 seconds for git; try again or check the disk")]
    TimedOut,
    /// Git refused, in its own words.
    #[error("read the repository: {reason}")]
    Refused {
        /// First line of git's complaint.
        reason: String,
    },
    /// The operating system refused.
    #[error("use {path:?}")]
    Io {
        /// What was being used.
        path: PathBuf,
        /// The operating system's words.
        source: io::Error,
    },
}
