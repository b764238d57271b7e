//! Reads a git repository that may be hostile.
//!
//! Every answer comes from the installed git, run through `seaworthy-process` with a fixed environment. A repository
//! can carry commands in its configuration and attributes (hooks, file system monitor, filters, external diffs, lazy
//! fetches); none of them runs here, and nothing here writes into the repository or talks to a network. The price is
//! stated where it shows: a file that only a filter could prove unmodified counts as modified.
//!
//! Deliberately absent: commits, checkouts, fetches, history, and looking inside submodules.

mod error;
mod find;
mod git;
mod history;
mod port;
mod state;

#[cfg(test)]
mod tests;

pub use error::RepoError;
pub use git::DEADLINE;
pub use git::OUTPUT_BYTES_MAX;
pub use git::Repository;
pub use history::Commit;
pub use history::CommitError;
pub use port::WorkTrees;
pub use state::Change;
pub use state::ChangedPath;
pub use state::InProgress;
pub use state::RepoState;
