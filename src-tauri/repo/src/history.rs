//! Commits by name.

use crate::error::RepoError;
use crate::git::Repository;
use serde::Deserialize;
use serde::Serialize;
use std::fmt;
use std::str::FromStr;

/// Longest name of a revision.
const NAME_BYTES_MAX: usize = 4_096;

/// Full id of a commit, in lower-case hexadecimal (SHA-1 or SHA-256).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Commit(String);

/// The text is not the full id of a commit.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("write a commit as 40 or 64 lower-case hexadecimal digits")]
pub struct CommitError;

impl Commit {
    /// All digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Commit {
    type Err = CommitError;
    fn from_str(text: &str) -> Result<Self, CommitError> {
        let hex = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if hex && matches!(text.len(), 40 | 64) { Ok(Self(text.to_owned())) } else { Err(CommitError) }
    }
}

impl TryFrom<String> for Commit {
    type Error = CommitError;
    fn try_from(text: String) -> Result<Self, CommitError> {
        text.parse()
    }
}

impl From<Commit> for String {
    fn from(commit: Commit) -> String {
        commit.0
    }
}

impl Repository {
    /// The commit a name stands for (`HEAD`, a branch, a tag, an id or its beginning).
    pub async fn resolve(&self, rev: &str) -> Result<Commit, RepoError> {
        let bad = rev.is_empty()
            || rev.starts_with('-')
            || rev.len() > NAME_BYTES_MAX
            || rev.chars().any(|c| c.is_control());
        if bad {
            return Err(RepoError::BadName {
                name: rev.chars().take(80).collect(),
                what: "the name of a commit",
            });
        }
        match self.lookup(rev).await? {
            Some(commit) => Ok(commit),
            None if self.lookup("HEAD").await?.is_none() => Err(RepoError::NoCommits),
            None => Err(RepoError::UnknownRevision { rev: rev.to_owned() }),
        }
    }

    async fn lookup(&self, rev: &str) -> Result<Option<Commit>, RepoError> {
        let name = format!("{rev}^{{commit}}");
        let answer = self.git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &name]).await?;
        match answer.code {
            0 => Ok(String::from_utf8_lossy(&answer.out).trim().parse().ok()),
            // A name that stands for something else than a commit is a complaint even with `--quiet`.
            _ => match self.refusal(&answer) {
                ownership @ RepoError::UnsafeOwnership { .. } => Err(ownership),
                _ => Ok(None),
            },
        }
    }
}
