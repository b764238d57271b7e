//! The practice repository: commits that exist by being asked for.

use async_trait::async_trait;
use seaworthy_domain::Digest;
use seaworthy_domain::policy::CommandLine;
use seaworthy_ports::CommandText;
use seaworthy_ports::CommandTextError;
use seaworthy_ports::Commands;
use seaworthy_ports::CopiedCommand;
use seaworthy_ports::Repository;
use seaworthy_ports::RepositoryError;
use seaworthy_ports::WorkTree;
use std::path::Path;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;

/// A repository whose newest commit is the `n`-th try.
pub(crate) struct PracticeTree {
    seed: u64,
    tries: AtomicU32,
}

impl PracticeTree {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, tries: AtomicU32::new(1) }
    }

    /// Somebody fixed the code.
    pub(crate) fn commit_a_fix(&self) {
        self.tries.fetch_add(1, Ordering::SeqCst);
    }

    /// The fix was not wanted after all.
    pub(crate) fn take_back_a_fix(&self) {
        self.tries.fetch_sub(1, Ordering::SeqCst);
    }

    fn head(&self) -> String {
        let text = format!("practice {} {}", self.seed, self.tries.load(Ordering::SeqCst));
        Digest::of(text.as_bytes()).to_string()[..40].to_owned()
    }
}

#[async_trait]
impl Repository for PracticeTree {
    async fn work_tree(&self, folder: &Path) -> Result<WorkTree, RepositoryError> {
        Ok(WorkTree {
            root: folder.to_owned(),
            commit: self.head(),
            branch: Some("main".to_owned()),
            modified: Vec::new(),
        })
    }

    async fn resolve(&self, _: &Path, revision: &str) -> Result<String, RepositoryError> {
        if revision == "HEAD" {
            Ok(self.head())
        } else {
            Err(RepositoryError::NoSuchRevision(revision.to_owned()))
        }
    }
}

/// A rehearsal runs no command of anybody.
pub(crate) struct NoCommands;

impl Commands for NoCommands {
    fn describe(&self, command: &CommandLine, _: &Path) -> Result<CommandText, CommandTextError> {
        Err(no(command))
    }

    fn copy(&self, command: &CommandLine, _: &Path) -> Result<CopiedCommand, CommandTextError> {
        Err(no(command))
    }
}

fn no(command: &CommandLine) -> CommandTextError {
    CommandTextError { what: command.program.to_string(), why: "a rehearsal runs no commands".to_owned() }
}
