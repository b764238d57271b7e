//! Commits and what lies between them.

use crate::error::RepoError;
use crate::git::Repository;
use crate::state::Change;
use crate::state::ChangedPath;
use serde::Deserialize;
use serde::Serialize;
use std::fmt;
use std::str::FromStr;

/// Most commits read in one go.
pub const COMMITS_MAX: usize = 10_000;

/// Longest name of a revision or path.
const NAME_BYTES_MAX: usize = 4_096;

/// Separates the fields of a commit; removed from what people wrote by asking git for one line each.
const FIELD: char = '\x1f';

/// Full id of a commit, in lower-case hexadecimal (SHA-1 or SHA-256).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Commit(String);

/// The text is not the full id of a commit.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("write a commit as 40 or 64 lower-case hexadecimal digits")]
pub struct CommitError;

impl Commit {
    /// The first eight digits, for people.
    #[must_use]
    pub fn short(&self) -> &str {
        &self.0[..8]
    }

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

/// A commit as people read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommitInfo {
    /// Which one.
    pub commit: Commit,
    /// Its author's name.
    pub author: String,
    /// When it was committed, in seconds since 1970, by the committer's clock.
    pub committed_unix_s: i64,
    /// First paragraph of its message, on one line.
    pub subject: String,
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

    /// Whether the commit is here.
    pub async fn has_commit(&self, commit: &Commit) -> Result<bool, RepoError> {
        Ok(self.lookup(commit.as_str()).await?.as_ref() == Some(commit))
    }

    /// Paths that differ between two commits, in git's order; a rename is one path gone and one added.
    pub async fn changed_files(&self, from: &Commit, to: &Commit) -> Result<Vec<ChangedPath>, RepoError> {
        self.require(from).await?;
        self.require(to).await?;
        let flags =
            ["diff-tree", "-r", "-z", "--name-status", "--no-renames", "--no-ext-diff", "--no-textconv"];
        let answer = self.git_or_refuse(&[&flags[..], &[from.as_str(), to.as_str(), "--"]].concat()).await?;
        parse_names(&String::from_utf8_lossy(&answer))
            .ok_or_else(|| RepoError::Refused { reason: "an answer of git that makes no sense".into() })
    }

    /// Commits reachable from `to` but not from `from`, newest first.
    pub async fn commits_between(&self, from: &Commit, to: &Commit) -> Result<Vec<CommitInfo>, RepoError> {
        self.require(from).await?;
        self.require(to).await?;
        let range = format!("{from}..{to}");
        let most = format!("--max-count={}", COMMITS_MAX + 1);
        let format = "--format=%H%x1f%ct%x1f%an%x1f%s";
        let flags = ["log", "-z", "--no-color", "--no-decorate", "--no-show-signature", "--no-mailmap"];
        let answer = self.git_or_refuse(&[&flags[..], &[&most, format, &range, "--"]].concat()).await?;
        let commits = parse_commits(&String::from_utf8_lossy(&answer))
            .ok_or_else(|| RepoError::Refused { reason: "an answer of git that makes no sense".into() })?;
        if commits.len() > COMMITS_MAX {
            return Err(RepoError::TooLarge { what: "commits", max: COMMITS_MAX as u64 });
        }
        Ok(commits)
    }

    /// Exact stored bytes of a file (of a symbolic link: its target), at most [`crate::OUTPUT_BYTES_MAX`].
    pub async fn show_file(&self, commit: &Commit, path: &str) -> Result<Vec<u8>, RepoError> {
        let plain = |part: &str| !part.is_empty() && part != "." && part != "..";
        if path.len() > NAME_BYTES_MAX || path.contains('\0') || !path.split('/').all(plain) {
            return Err(RepoError::BadName { name: path.chars().take(80).collect(), what: "a path" });
        }
        self.require(commit).await?;
        let answer = self.git(&["cat-file", "blob", &format!("{commit}:{path}")]).await?;
        match answer.code {
            0 => Ok(answer.out),
            _ => Err(RepoError::NoSuchFile { path: path.to_owned(), commit: commit.clone() }),
        }
    }

    pub(crate) async fn require(&self, commit: &Commit) -> Result<(), RepoError> {
        if self.has_commit(commit).await? {
            return Ok(());
        }
        Err(RepoError::UnknownRevision { rev: commit.to_string() })
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

fn parse_names(text: &str) -> Option<Vec<ChangedPath>> {
    let mut changed = Vec::new();
    let mut fields = text.split_terminator('\0');
    while let Some(letter) = fields.next() {
        let change = Change::from_letter(letter.chars().next()?)?;
        changed.push(ChangedPath { path: fields.next()?.to_owned(), change });
    }
    Some(changed)
}

fn parse_commits(text: &str) -> Option<Vec<CommitInfo>> {
    text.split_terminator('\0').map(parse_commit).collect()
}

fn parse_commit(text: &str) -> Option<CommitInfo> {
    let mut fields = text.splitn(4, FIELD);
    Some(CommitInfo {
        commit: fields.next()?.parse().ok()?,
        committed_unix_s: fields.next()?.parse().ok()?,
        author: fields.next()?.to_owned(),
        subject: fields.next()?.to_owned(),
    })
}
