//! What exactly a command is, read without running anything.
//!
//! The digest covers the raw bytes of every part, the text shows them with nothing hidden. Where a shell line or a
//! package script leads to more than can be read from the files, the text says so: an approval is a promise about the
//! parts it lists, not a sandbox.

mod files;
mod npm;
mod part;
mod pin;
mod shell;

#[cfg(test)]
mod tests;

use part::Part;
use seaworthy_domain::Digest;
use seaworthy_domain::policy::CommandLine;
use seaworthy_domain::policy::Program;
use seaworthy_ports::CommandText;
use seaworthy_ports::CommandTextError;
use seaworthy_ports::Commands;
use seaworthy_ports::CopiedCommand;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

/// Largest script file that can be approved, in bytes.
pub const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Most of one file that is shown, in bytes; the digest covers all of it.
pub const SHOWN_BYTES_MAX: usize = 64 * 1024;

/// How deep package scripts that call package scripts are followed.
pub const LEVELS_MAX: usize = 3;

/// Parts of one command; more than this nobody reads.
const PARTS_MAX: usize = 256;

/// First field of every digest, so that it can never be taken for one of another kind.
const DOMAIN: &[u8] = b"seaworthy-approve-v1";

/// Reads commands of a project's files.
#[derive(Clone, Copy, Debug, Default)]
pub struct CommandTexts;

impl Commands for CommandTexts {
    fn describe(&self, command: &CommandLine, folder: &Path) -> Result<CommandText, CommandTextError> {
        Ok(Reading::of(command, folder, None)?.0.text())
    }

    fn copy(&self, command: &CommandLine, folder: &Path) -> Result<CopiedCommand, CommandTextError> {
        let (reading, directory) = Reading::of(command, folder, Some(Vec::new()))?;
        Ok(CopiedCommand { text: reading.text(), copy: reading.copy(command, &directory) })
    }
}

/// The parts found so far.
struct Reading {
    /// The repository, real path.
    root: PathBuf,
    parts: Vec<Part>,
    files: BTreeSet<PathBuf>,
    scripts: BTreeSet<(PathBuf, String)>,
    /// Files with their bytes, where a copy is wanted.
    kept: Option<Vec<(PathBuf, Vec<u8>)>>,
}

impl Reading {
    /// Reads `command`; also returns its real working directory.
    fn of(
        command: &CommandLine,
        folder: &Path,
        kept: Option<Vec<(PathBuf, Vec<u8>)>>,
    ) -> Result<(Self, PathBuf), CommandTextError> {
        let root = folder.canonicalize().map_err(|error| trouble(&folder.display(), &error))?;
        let mut reading =
            Self { root, parts: Vec::new(), files: BTreeSet::new(), scripts: BTreeSet::new(), kept };
        let directory = reading.directory(&command.directory)?;
        reading.command(command)?;
        reading.follow(&command.program, &directory)?;
        for script in &command.scripts {
            reading.declared_file(script)?;
        }
        Ok((reading, directory))
    }

    fn text(&self) -> CommandText {
        CommandText { digest: digest(&self.parts), text: text(&self.parts) }
    }

    fn add(&mut self, part: Part) -> Result<(), CommandTextError> {
        if self.parts.len() == PARTS_MAX {
            return Err(trouble(&"the command", &format!("it has more than {PARTS_MAX} parts")));
        }
        self.parts.push(part);
        Ok(())
    }

    /// The working directory, which may not lead out of the repository.
    fn directory(&self, relative: &Path) -> Result<PathBuf, CommandTextError> {
        let shown = relative.display();
        let real = self.root.join(relative).canonicalize().map_err(|error| trouble(&shown, &error))?;
        if real.starts_with(&self.root) {
            Ok(real)
        } else {
            Err(trouble(&shown, &"it leads out of the repository"))
        }
    }

    fn command(&mut self, command: &CommandLine) -> Result<(), CommandTextError> {
        match &command.program {
            Program::Shell(line) => self.add(Part::text("shell", line))?,
            Program::Argv(words) => {
                self.add(Part::words(words, &command.program.to_string()))?;
            }
        }
        self.add(Part::text("in", &command.directory.to_string_lossy()))?;
        for (name, value) in &command.env {
            self.add(Part::text("variable", &format!("{name}={value}")))?;
        }
        self.add(Part::text("at most", &command.timeout.to_string()))
    }

    /// Adds what the program leads to.
    fn follow(&mut self, program: &Program, directory: &Path) -> Result<(), CommandTextError> {
        match program {
            Program::Argv(words) => self.simple(words, directory, 0),
            Program::Shell(line) => self.line(line, directory, 0),
        }
    }

    /// Adds what a shell line leads to. `cd` is followed as far as its folder is written out.
    fn line(&mut self, line: &str, directory: &Path, level: usize) -> Result<(), CommandTextError> {
        let mut here = directory.to_owned();
        for words in shell::commands(line) {
            if words.first().is_some_and(|word| word == "cd") {
                match words.get(1).map(|to| here.join(to)).filter(|to| to.is_dir()) {
                    Some(to) => here = to,
                    None => {
                        return self
                            .add(Part::text("unread", &format!("what follows {:?}", words.join(" "))));
                    }
                }
            } else {
                self.simple(&words, &here, level)?;
            }
        }
        Ok(())
    }

    /// Adds what one command with its words leads to.
    fn simple(&mut self, words: &[String], directory: &Path, level: usize) -> Result<(), CommandTextError> {
        if let Some(call) = npm::call(words) {
            return self.package_scripts(&call, directory, level);
        }
        if let Some(line) = shell::inline(words) {
            return self.line(line, directory, level);
        }
        if npm::runs_scripts_by_itself(words) {
            self.add(Part::text("unread", &format!("scripts that {:?} starts", words.join(" "))))?;
        }
        self.program_files(words, directory)
    }
}

fn trouble(what: &dyn std::fmt::Display, why: &dyn std::fmt::Display) -> CommandTextError {
    CommandTextError { what: what.to_string(), why: why.to_string() }
}

fn digest(parts: &[Part]) -> Digest {
    let fields = parts.iter().flat_map(Part::fields);
    Digest::of_fields(std::iter::once(DOMAIN).chain(fields))
}

fn text(parts: &[Part]) -> String {
    parts.iter().map(Part::shown).collect::<Vec<_>>().join("\n")
}
