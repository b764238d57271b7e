//! Script files whose bytes are part of a command.

use super::FILE_BYTES_MAX;
use super::Reading;
use super::SHOWN_BYTES_MAX;
use super::part::Part;
use super::trouble;
use seaworthy_domain::Digest;
use seaworthy_ports::CommandTextError;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

impl Reading {
    /// Adds a file that the policy names; it must be there.
    pub(super) fn declared_file(&mut self, relative: &Path) -> Result<(), CommandTextError> {
        let shown = relative.display();
        let real = self.root.join(relative).canonicalize().map_err(|error| trouble(&shown, &error))?;
        if !real.starts_with(&self.root) {
            return Err(trouble(&shown, &"it leads out of the repository"));
        }
        self.file(real)
    }

    /// Adds the files of the repository that a command names as its program: its first word, or the first argument
    /// that is a file here.
    pub(super) fn program_files(
        &mut self,
        words: &[String],
        directory: &Path,
    ) -> Result<(), CommandTextError> {
        for (_, file) in self.program_words(words, directory) {
            self.file(file)?;
        }
        self.folders(words, directory)
    }

    /// Says of folders that they are named and not read: a test runner's whole work may lie in one.
    fn folders(&mut self, words: &[String], directory: &Path) -> Result<(), CommandTextError> {
        for word in words.iter().skip(1).filter(|word| !word.is_empty() && !word.starts_with('-')) {
            let Ok(real) = directory.join(word).canonicalize() else { continue };
            let below = real.starts_with(&self.root) && real != self.root;
            if below && real.is_dir() && self.files.insert(real.clone()) {
                let name = self.relative(&real);
                let shown = format!("{name}; the files in it are not part of the approval");
                self.add(Part::named("folder", &name, Vec::new(), shown))?;
            }
        }
        Ok(())
    }

    /// Which of `words` they are, and their real paths.
    pub(super) fn program_words(&self, words: &[String], directory: &Path) -> Vec<(usize, PathBuf)> {
        let Some((program, arguments)) = words.split_first() else { return Vec::new() };
        // A bare name is looked up elsewhere, whatever lies in the folder.
        let program = program.contains(['/', '\\']).then(|| self.found(program, directory)).flatten();
        let argument =
            arguments.iter().zip(1..).find_map(|(argument, at)| Some((at, self.found(argument, directory)?)));
        program.map(|program| (0, program)).into_iter().chain(argument).collect()
    }

    /// The real path of `word` when it names a file inside the repository.
    pub(super) fn found(&self, word: &str, directory: &Path) -> Option<PathBuf> {
        if word.is_empty() || word.starts_with('-') {
            return None;
        }
        let real = directory.join(word).canonicalize().ok()?;
        (real.starts_with(&self.root) && real.is_file()).then_some(real)
    }

    pub(super) fn relative(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().replace('\\', "/")
    }

    /// Adds settings that decide how a script runs, where there are any. They may hold tokens and are not shown.
    pub(super) fn settings_file(&mut self, path: &Path) -> Result<(), CommandTextError> {
        match path.canonicalize() {
            Ok(real) if real.is_file() => {
                self.bytes_of(real, |_| "(may hold tokens; not shown)".to_owned()).map(drop)
            }
            _ => Ok(()),
        }
    }

    fn file(&mut self, real: PathBuf) -> Result<(), CommandTextError> {
        let not_text = "(not text; not shown)";
        let bytes =
            self.bytes_of(real.clone(), |bytes| excerpt(bytes).unwrap_or_else(|| not_text.to_owned()))?;
        if let (Some(kept), Some(bytes)) = (&mut self.kept, bytes) {
            kept.push((real, bytes));
        }
        Ok(())
    }

    /// Returns the bytes of a file that was not met before.
    fn bytes_of(
        &mut self,
        real: PathBuf,
        show: impl Fn(&[u8]) -> String,
    ) -> Result<Option<Vec<u8>>, CommandTextError> {
        let name = self.relative(&real);
        let bytes = read(&real).map_err(|why| trouble(&name, &why))?;
        if !self.files.insert(real) {
            return Ok(None);
        }
        let digest = Digest::of(&bytes);
        let shown = format!("{name}, {} bytes, sha256 {digest}\n{}", bytes.len(), show(&bytes));
        self.add(Part::named("file", &name, digest.as_bytes().to_vec(), shown))?;
        Ok(Some(bytes))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    // Asked before opening: opening a pipe would wait for its other end.
    if !path.metadata().is_ok_and(|found| found.is_file()) {
        return Err("it is not a file".to_owned());
    }
    let file = File::open(path).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(format!("it is larger than {FILE_BYTES_MAX} bytes"));
    }
    Ok(bytes)
}

/// The text of a file, or its head; `None` when it is not text.
fn excerpt(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    if text.len() <= SHOWN_BYTES_MAX {
        return Some(text.to_owned());
    }
    let head = &text[..text.floor_char_boundary(SHOWN_BYTES_MAX)];
    Some(format!("{head}\n(the first {} of {} bytes are shown)", head.len(), bytes.len()))
}
