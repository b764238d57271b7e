//! What exactly a command is, for approval.

use seaworthy_domain::CommandCopy;
use seaworthy_domain::Digest;
use seaworthy_domain::policy::CommandLine;
use std::path::Path;

/// Reads what a command would run, without running anything.
pub trait Commands: Send + Sync {
    /// The exact text of `command` in `folder`: the line itself, the script lines it resolves to (`npm run x` with its
    /// hooks) and the declared script files.
    ///
    /// # Errors
    /// When a declared file or script cannot be read.
    fn describe(&self, command: &CommandLine, folder: &Path) -> Result<CommandText, CommandTextError>;

    /// The same, with a copy of the command that runs without the files it was read from.
    ///
    /// # Errors
    /// As [`Commands::describe`].
    fn copy(&self, command: &CommandLine, folder: &Path) -> Result<CopiedCommand, CommandTextError>;
}

/// Everything an approval covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandText {
    /// Digest over every part; any change asks again.
    pub digest: Digest,
    /// The parts as shown, one after another; compared line by line when something changed.
    pub text: String,
}

/// A command and its copy, read at the same time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopiedCommand {
    /// What an approval of it covers.
    pub text: CommandText,
    /// How it runs from copies, with the bytes of each file in the order of [`CommandCopy::files`]; else why something
    /// that is approved would be read from the repository all the same.
    pub copy: Result<(CommandCopy, Vec<Vec<u8>>), String>,
}

/// The text of a command is not complete.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} cannot be read ({why}); nothing can be approved before it is there")]
pub struct CommandTextError {
    /// File or script.
    pub what: String,
    /// Reason.
    pub why: String,
}
