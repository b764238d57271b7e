//! The same command with its files named by where their copies lie.
//!
//! What is approved must come from the copy or the copy is refused: a command that would read one approved file from
//! the repository after all could run bytes that nobody saw. What was never part of the approval is not part of the
//! copy either.

use super::Reading;
use super::npm;
use super::shell;
use seaworthy_domain::CommandCopy;
use seaworthy_domain::CopiedFile;
use seaworthy_domain::CopiedProgram;
use seaworthy_domain::Digest;
use seaworthy_domain::Piece;
use seaworthy_domain::policy::CommandLine;
use seaworthy_domain::policy::Program;
use std::path::Path;
use std::path::PathBuf;

/// Most bytes of all files of one copied command.
const COPY_BYTES_MAX: usize = 64 * 1024 * 1024;

impl Reading {
    /// How `command` runs from copies of what was read, with the bytes of each file; else why it cannot.
    pub(super) fn copy(
        self,
        command: &CommandLine,
        directory: &Path,
    ) -> Result<(CommandCopy, Vec<Vec<u8>>), String> {
        let (program, directory) = self.copied_program(&command.program, directory)?;
        let directory = self.inside(&directory)?;
        let mut files = Vec::new();
        let mut all = Vec::new();
        for (real, bytes) in self.kept.as_deref().unwrap_or_default() {
            files.push(CopiedFile {
                path: self.inside(real)?,
                digest: Digest::of(bytes),
                executable: is_executable(real),
            });
            all.push(bytes.clone());
        }
        if all.iter().map(Vec::len).sum::<usize>() > COPY_BYTES_MAX {
            return Err(format!("its files are larger than {COPY_BYTES_MAX} bytes together"));
        }
        Ok((CommandCopy { program, directory, files }, all))
    }

    fn copied_program(
        &self,
        program: &Program,
        directory: &Path,
    ) -> Result<(CopiedProgram, PathBuf), String> {
        let words = match program {
            Program::Argv(words) => words.clone(),
            Program::Shell(line) => match shell::only_command(line) {
                Some(words) => words,
                None => {
                    return Ok((CopiedProgram::Shell(self.shell_pieces(line, directory)?), directory.into()));
                }
            },
        };
        if npm::call(&words).is_some_and(|call| call.runs_scripts()) {
            let (text, home) = self.run_by_npm(&words, directory)?;
            return Ok((CopiedProgram::Shell(text), home));
        }
        let program = match program {
            Program::Argv(words) => CopiedProgram::Argv(self.word_pieces(words, directory)?),
            Program::Shell(line) => CopiedProgram::Shell(self.shell_pieces(line, directory)?),
        };
        Ok((program, directory.to_owned()))
    }

    fn word_pieces(&self, words: &[String], directory: &Path) -> Result<Vec<Vec<Piece>>, String> {
        let mut pieces: Vec<_> = words.iter().map(|word| vec![Piece::Text(word.clone())]).collect();
        if let Some(line) = shell::inline(words) {
            if let Some(at) = words.iter().position(|word| std::ptr::eq(word.as_str(), line)) {
                pieces[at] = self.shell_pieces(line, directory)?;
            }
            return Ok(pieces);
        }
        for (at, file) in self.copied_words(words, directory) {
            pieces[at] = vec![Piece::File(self.inside(&file)?)];
        }
        Ok(pieces)
    }

    /// `line` with every file that belongs to it named by its copy.
    pub(super) fn shell_pieces(&self, line: &str, directory: &Path) -> Result<Vec<Piece>, String> {
        let mut pieces = Vec::new();
        let mut done = 0;
        let mut here = directory.to_owned();
        for command in shell::cut(line) {
            let words: Vec<String> = command.iter().map(|word| word.text.clone()).collect();
            if npm::call(&words).is_some_and(|call| call.runs_scripts()) {
                return Err(format!("`{}` reads package.json each time it runs", words.join(" ")));
            }
            if shell::inline(&words).is_some() {
                return Err(format!("`{}` is a line within a line", words.join(" ")));
            }
            if words.first().is_some_and(|word| word == "cd") {
                // What follows a folder that is not written out is not part of the approval.
                let Some(to) = words.get(1).map(|to| here.join(to)).filter(|to| to.is_dir()) else { break };
                here = to;
                continue;
            }
            for (at, file) in self.copied_words(&words, &here) {
                if !shell::is_clear(line) {
                    return Err(format!(
                        "{} is named in a line that cannot be rewritten safely",
                        self.inside(&file)?
                    ));
                }
                let place = command[at].at.clone();
                pieces.push(Piece::Text(line[done..place.start].to_owned()));
                pieces.push(Piece::Quoted(self.inside(&file)?));
                done = place.end;
            }
        }
        pieces.push(Piece::Text(line[done..].to_owned()));
        Ok(pieces)
    }

    /// Which of `words` name a file of the command, and their real paths.
    fn copied_words(&self, words: &[String], directory: &Path) -> Vec<(usize, PathBuf)> {
        let program = self.program_words(words, directory);
        let kept = self.kept.as_deref().unwrap_or_default();
        let named = words
            .iter()
            .enumerate()
            .skip(1)
            .filter_map(|(at, word)| Some((at, self.found(word, directory)?)));
        let declared = named.filter(|(at, file)| {
            program.iter().all(|(taken, _)| taken != at) && kept.iter().any(|(real, _)| real == file)
        });
        let mut all: Vec<_> = program.iter().cloned().chain(declared).collect();
        all.sort_by_key(|(at, _)| *at);
        all
    }

    fn inside(&self, real: &Path) -> Result<String, String> {
        let relative = real.strip_prefix(&self.root).unwrap_or(real);
        let text = relative.to_str().ok_or_else(|| format!("the name {} is not text", relative.display()))?;
        Ok(text.replace('\\', "/"))
    }
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|found| found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(_path: &Path) -> bool {
    true
}
