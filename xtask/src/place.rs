//! Where things lie: the repository, Cargo's target folder, the interface, our own tools.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::XtaskError;
use crate::shell::{self, Step};

/// The folders every command works in.
#[derive(Debug)]
pub(crate) struct Place {
    root: PathBuf,
    target: PathBuf,
}

#[derive(Deserialize)]
struct Metadata {
    workspace_root: PathBuf,
    target_directory: PathBuf,
}

impl Place {
    /// Asks Cargo, because the target folder can be set in many places.
    pub(crate) fn find() -> Result<Self, XtaskError> {
        let question =
            Step::cargo().args(["metadata", "--no-deps", "--format-version=1", "--offline", "--quiet"]);
        let text = shell::read(&question)?;
        let answer: Metadata = serde_json::from_str(&text)
            .map_err(|error| XtaskError::Answer { what: "cargo metadata", detail: error.to_string() })?;
        Ok(Self { root: answer.workspace_root, target: answer.target_directory })
    }

    #[cfg(test)]
    pub(crate) fn at(root: &Path) -> Self {
        Self { root: root.to_owned(), target: root.join("target") }
    }

    /// The repository.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The interface's npm package.
    pub(crate) fn ui(&self) -> PathBuf {
        self.root.join("ui")
    }

    /// The npm package of programs that only tests use.
    pub(crate) fn test_tools(&self) -> PathBuf {
        self.root.join("tests/tools")
    }

    /// What these commands keep between two runs.
    pub(crate) fn kept(&self) -> PathBuf {
        self.target.join("xtask")
    }

    /// Test programs we install for ourselves (`bin/` inside).
    pub(crate) fn tools(&self) -> PathBuf {
        self.target.join("tools")
    }

    /// A program of the debug build.
    pub(crate) fn built(&self, name: &str) -> PathBuf {
        self.target.join("debug").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }
}
