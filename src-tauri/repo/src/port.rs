//! The repository as the engine sees it.

use crate::error::RepoError;
use crate::git::Repository;
use crate::state::RepoState;
use seaworthy_ports::RepositoryError;
use seaworthy_ports::WorkTree;
use std::path::Path;

/// Reads whichever repository a folder belongs to, afresh each time.
#[derive(Clone, Copy, Debug, Default)]
pub struct WorkTrees;

#[async_trait::async_trait]
impl seaworthy_ports::Repository for WorkTrees {
    async fn work_tree(&self, folder: &Path) -> Result<WorkTree, RepositoryError> {
        let failed = |error| told(error, folder);
        let state = Repository::find(folder).await.map_err(failed)?.state().await.map_err(failed)?;
        let modified = modified(&state);
        let commit = state.head.ok_or(RepositoryError::NoCommit)?;
        Ok(WorkTree { root: state.root, commit: commit.into(), branch: state.branch, modified })
    }

    async fn resolve(&self, folder: &Path, revision: &str) -> Result<String, RepositoryError> {
        let failed = |error| told(error, folder);
        let commit = Repository::find(folder).await.map_err(failed)?.resolve(revision).await;
        commit.map(String::from).map_err(failed)
    }
}

/// The paths that differ and, in brackets, what else keeps the tree from being known to be that of its commit.
fn modified(state: &RepoState) -> Vec<String> {
    let mut modified: Vec<String> = state.dirty.iter().map(|changed| changed.path.clone()).collect();
    if state.unwatched > 0 {
        modified.push(format!("[{} files that git was told not to compare]", state.unwatched));
    }
    if let Some(begun) = state.in_progress {
        modified.push(format!("[{begun:?} in progress]"));
    }
    modified
}

fn told(error: RepoError, folder: &Path) -> RepositoryError {
    match error {
        RepoError::NotARepository { .. } => RepositoryError::NotARepository(folder.to_owned()),
        RepoError::NoCommits => RepositoryError::NoCommit,
        RepoError::UnknownRevision { rev } => RepositoryError::NoSuchRevision(rev),
        RepoError::BadName { name, .. } => RepositoryError::NoSuchRevision(name),
        other => RepositoryError::Failed(format!("could not {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seaworthy_ports::Repository as _;
    use std::process::Command;

    fn git(folder: &Path, arguments: &[&str]) {
        let status = Command::new("git")
            .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org"])
            .args(arguments)
            .current_dir(folder)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .status();
        assert!(status.unwrap().success(), "{arguments:?}");
    }

    #[tokio::test]
    async fn every_answer_of_the_engines_view() {
        let directory = tempfile::tempdir().unwrap();
        let folder = directory.path().canonicalize().unwrap();
        let here = folder.as_path();
        assert_eq!(WorkTrees.work_tree(here).await, Err(RepositoryError::NotARepository(folder.clone())));
        git(here, &["init", "-q", "-b", "main"]);
        assert_eq!(WorkTrees.work_tree(here).await, Err(RepositoryError::NoCommit));
        assert_eq!(WorkTrees.resolve(here, "HEAD").await, Err(RepositoryError::NoCommit));
        for name in ["a", "b"] {
            std::fs::write(here.join(name), "1").unwrap();
        }
        git(here, &["add", "."]);
        git(here, &["commit", "-qm", "first"]);
        let clean = WorkTrees.work_tree(here).await.unwrap();
        assert_eq!((clean.root.as_path(), clean.branch.as_deref()), (here, Some("main")));
        assert_eq!(clean.modified, Vec::<String>::new());
        assert_eq!(WorkTrees.resolve(here, "main").await.as_ref(), Ok(&clean.commit));
        for revision in ["nope", "--output=x", ""] {
            let missing = RepositoryError::NoSuchRevision(revision.to_owned());
            assert_eq!(WorkTrees.resolve(here, revision).await, Err(missing));
        }
        std::fs::write(here.join("a"), "22").unwrap();
        git(here, &["update-index", "--assume-unchanged", "b"]);
        git(here, &["checkout", "-q", "--detach"]);
        std::fs::write(here.join(".git/MERGE_HEAD"), &clean.commit).unwrap();
        let dirty = WorkTrees.work_tree(here).await.unwrap();
        assert_eq!(dirty.branch, None);
        assert!(dirty.modified.contains(&"a".to_owned()));
        assert!(
            dirty.modified.contains(&"[1 files that git was told not to compare]".to_owned()),
            "{dirty:?}"
        );
    }
}
