//! The two ways a command stops early: something is for the person to do, or a step failed.

use std::path::PathBuf;
use std::process::ExitCode;

use thiserror::Error;

/// Why a command stopped.
#[derive(Debug, Error)]
pub(crate) enum XtaskError {
    /// The machine is not ready and may not be changed without a yes. Exit code 2.
    #[error("{0}")]
    NotReady(String),
    /// A program that was started ended badly. Exit code 1.
    #[error("failed: {command} ({status})")]
    Step { command: String, status: String },
    /// A program could not be started at all. Exit code 1.
    #[error("could not start {command}: {source}")]
    Start { command: String, source: std::io::Error },
    /// A file of the set-up could not be read or written. Exit code 1.
    #[error("could not read or write {path}: {source}", path = path.display())]
    File { path: PathBuf, source: std::io::Error },
    /// A program answered in a shape this version does not know. Exit code 1.
    #[error("{what} answered in an unknown shape: {detail}")]
    Answer { what: &'static str, detail: String },
}

impl XtaskError {
    /// The process exit code: 2 when a person has to act first, else 1.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::NotReady(_) => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
    }
}
