//! How a run ended and what it printed.

use bytes::Bytes;
use seaworthy_clock::Moment;
use std::path::PathBuf;

/// Where a piece of output came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// A piece of output. Pieces of one stream keep their order; between the streams the order is that of arrival.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Where it came from.
    pub stream: Stream,
    /// At most [`crate::CHUNK_BYTES_MAX`] bytes, cut anywhere, not necessarily text.
    pub bytes: Bytes,
}

/// Why the command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It exited with this code.
    Exit(i32),
    /// A signal ended it: never a pass, whatever it printed.
    Signal(i32),
    /// Its time was up and it was stopped.
    TimedOut,
    /// The caller had it stopped.
    Cancelled,
    /// It never ran.
    NotStarted(NotStarted),
    /// It ran, but the operating system does not say how it ended.
    Lost,
}

/// Why a command never ran.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotStarted {
    /// The spec cannot be turned into a process.
    #[error("start a command with {what}; correct it in the policy")]
    Unusable {
        /// The fault, as a noun.
        what: &'static str,
    },
    /// The working directory is missing or a file.
    #[error("enter {path:?}; create the directory or correct the path")]
    NoDirectory {
        /// The directory asked for.
        path: PathBuf,
    },
    /// The program, or the interpreter its first line names, does not exist.
    #[error("find `{program}` or the interpreter it names; install it or correct the command")]
    NotFound {
        /// The program asked for.
        program: String,
    },
    /// The file exists but is not a program this user may run.
    #[error("execute `{program}`; make it executable or name its interpreter")]
    NotExecutable {
        /// The program asked for.
        program: String,
    },
    /// Anything else the operating system objected to.
    #[error("start `{program}`: {reason}")]
    Refused {
        /// The program asked for.
        program: String,
        /// The operating system's words.
        reason: String,
    },
}

/// What a sweep of left-over processes did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swept {
    /// Processes that had to be killed.
    pub killed: u32,
    /// Processes that are still alive: another user's, or stuck in the kernel. `None` when the process table cannot
    /// be read and so nobody knows.
    pub left: Option<u32>,
}

impl Swept {
    /// Nothing was there to sweep.
    pub(crate) const NOTHING: Self = Self { killed: 0, left: Some(0) };
}

/// A run that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Why the command ended.
    pub ended: Ended,
    /// Just before the start.
    pub started: Moment,
    /// When everything, stragglers included, was gone.
    pub finished: Moment,
    /// Processes besides the command itself that outlived it or ignored the request to stop.
    pub survivors: Swept,
    /// False when a pipe had to be closed before its end was seen.
    pub output_complete: bool,
}

impl Finished {
    /// Exit code 0 and nothing less.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.ended == Ended::Exit(0)
    }
}
