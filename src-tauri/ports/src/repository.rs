//! The project's repository, read only.

use async_trait::async_trait;
use std::path::Path;
use std::path::PathBuf;

/// Reads a repository without executing anything of it.
#[async_trait]
pub trait Repository: Send + Sync {
    /// State of the working tree that contains `folder`.
    ///
    /// # Errors
    /// [`RepositoryError`]
    async fn work_tree(&self, folder: &Path) -> Result<WorkTree, RepositoryError>;

    /// The whole commit id that `revision` means.
    ///
    /// # Errors
    /// [`RepositoryError`]
    async fn resolve(&self, folder: &Path, revision: &str) -> Result<String, RepositoryError>;
}

/// State of a working tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkTree {
    /// Its root.
    pub root: PathBuf,
    /// Whole commit id.
    pub commit: String,
    /// `None` when detached.
    pub branch: Option<String>,
    /// Tracked files that differ from the commit, relative to the root.
    pub modified: Vec<String>,
}

/// The repository cannot answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RepositoryError {
    /// No repository around the folder.
    #[error("{0} is not inside a git repository; run `git init` and commit first")]
    NotARepository(PathBuf),
    /// A repository without a commit.
    #[error("the repository has no commit yet; commit first, a candidate is a commit")]
    NoCommit,
    /// The revision names nothing.
    #[error("git knows no commit \"{0}\"")]
    NoSuchRevision(String),
    /// git is missing, refused or did not answer.
    #[error("git could not be asked: {0}")]
    Failed(String),
}
