//! Commands of a target kept as they were approved, so that the way back does not depend on files that change.

use crate::digest::Digest;
use crate::policy::Program;
use serde::Deserialize;
use serde::Serialize;
use std::fmt;
use std::path::Path;

/// A command of a target that is needed while traffic moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetCommand {
    /// Gives the candidate a share.
    SetShare,
    /// Gives all traffic back.
    RollBack,
    /// Shows what is deployed.
    Observe,
}

impl fmt::Display for TargetCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SetShare => "set share",
            Self::RollBack => "roll back",
            Self::Observe => "observe",
        })
    }
}

/// One command as it was pinned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinnedCommand {
    /// Which one.
    pub command: TargetCommand,
    /// Digest that a person approved.
    pub approved: Digest,
    /// Digest of its [`CommandCopy`], written as JSON; absent when it cannot run from a copy.
    pub copy: Option<Digest>,
    /// Why it cannot.
    pub why: Option<String>,
}

/// A command in a form that runs from copies of its files, wherever those lie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandCopy {
    /// How it is started.
    pub program: CopiedProgram,
    /// Working directory, relative to the repository, `/` between its parts.
    pub directory: String,
    /// Files of the repository that belong to it.
    pub files: Vec<CopiedFile>,
}

/// How a copied command is started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CopiedProgram {
    /// Program and arguments, no shell.
    Argv(Vec<Vec<Piece>>),
    /// One text for the system's shell.
    Shell(Vec<Piece>),
}

/// Part of a word or of a shell text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    /// As it is.
    Text(String),
    /// The path of a copied file.
    File(String),
    /// The same, quoted for a shell.
    Quoted(String),
}

/// One file of a copied command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopiedFile {
    /// Relative to the repository, `/` between its parts.
    pub path: String,
    /// Its bytes.
    pub digest: Digest,
    /// Whether it may be started itself.
    pub executable: bool,
}

impl CommandCopy {
    /// The program with its files below `root`; `None` when that path is not text.
    #[must_use]
    pub fn program_in(&self, root: &Path) -> Option<Program> {
        let fill =
            |pieces: &[Piece]| pieces.iter().map(|piece| piece.filled(root)).collect::<Option<String>>();
        Some(match &self.program {
            CopiedProgram::Argv(words) => {
                Program::Argv(words.iter().map(|word| fill(word)).collect::<Option<_>>()?)
            }
            CopiedProgram::Shell(line) => Program::Shell(fill(line)?),
        })
    }
}

impl Piece {
    fn filled(&self, root: &Path) -> Option<String> {
        let path = |relative: &str| root.join(relative).to_str().map(str::to_owned);
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::File(relative) => path(relative),
            Self::Quoted(relative) => Some(format!("'{}'", path(relative)?.replace('\'', "'\\''"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_take_the_place_where_they_lie() {
        let text = |text: &str| Piece::Text(text.to_owned());
        let copy = |program| CommandCopy { program, directory: String::new(), files: Vec::new() };
        let argv =
            copy(CopiedProgram::Argv(vec![vec![text("node")], vec![Piece::File("ops/back.mjs".to_owned())]]));
        assert_eq!(
            argv.program_in(Path::new("/it's here")),
            Some(Program::Argv(vec!["node".to_owned(), "/it's here/ops/back.mjs".to_owned()]))
        );
        let line = copy(CopiedProgram::Shell(vec![
            text("sh "),
            Piece::Quoted("ops/b.sh".to_owned()),
            text(" \"$A\""),
        ]));
        assert_eq!(
            line.program_in(Path::new("/it's here")),
            Some(Program::Shell("sh '/it'\\''s here/ops/b.sh' \"$A\"".to_owned()))
        );
    }
}
