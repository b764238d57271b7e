//! Stamps: a digest of what a step read, kept beside what it made, so that the step runs only on change.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::XtaskError;

/// Digest of some files and folders (names and contents), in hexadecimal.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stamp(String);

impl Stamp {
    /// Reads every file under `paths`; folders named in `except` are left out at any depth.
    pub(super) fn of(paths: &[PathBuf], except: &[&str]) -> Result<Self, XtaskError> {
        let mut files = Vec::new();
        for path in paths {
            collect(path, except, &mut files)?;
        }
        files.sort();
        let mut all = Sha256::new();
        for file in &files {
            let name = file.as_os_str().as_encoded_bytes();
            let content = fs::read(file).map_err(|source| failed(file, source))?;
            all.update((name.len() as u64).to_be_bytes());
            all.update(name);
            all.update(Sha256::digest(content));
        }
        Ok(Self(all.finalize().iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// Whether the step that wrote `file` read the same.
    pub(super) fn is_kept_in(&self, file: &Path) -> bool {
        fs::read_to_string(file).is_ok_and(|kept| kept == self.0)
    }

    /// Remembers the digest once the step is done.
    pub(super) fn keep_in(&self, file: &Path) -> Result<(), XtaskError> {
        fs::write(file, &self.0).map_err(|source| failed(file, source))
    }
}

fn collect(path: &Path, except: &[&str], files: &mut Vec<PathBuf>) -> Result<(), XtaskError> {
    let kind = match fs::symlink_metadata(path) {
        Ok(kind) => kind,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(failed(path, source)),
    };
    if kind.is_file() {
        files.push(path.to_owned());
    } else if kind.is_dir() {
        for entry in fs::read_dir(path).map_err(|source| failed(path, source))? {
            let entry = entry.map_err(|source| failed(path, source))?;
            if !except.iter().any(|name| entry.file_name() == *name) {
                collect(&entry.path(), except, files)?;
            }
        }
    }
    Ok(())
}

fn failed(path: &Path, source: std::io::Error) -> XtaskError {
    XtaskError::File { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::Stamp;
    use std::fs;

    #[test]
    fn every_change_is_seen_and_left_out_folders_are_not() {
        let folder = tempfile::tempdir().expect("temp dir");
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("src")).expect("folder");
        fs::create_dir_all(at("dist")).expect("folder");
        fs::write(at("src/a"), "one").expect("write");
        let stamp = || Stamp::of(&[folder.path().to_owned()], &["dist"]).expect("readable");

        let first = stamp();
        fs::write(at("dist/out"), "made").expect("write");
        assert_eq!(stamp(), first, "what is made does not count");
        fs::write(at("src/a"), "two").expect("write");
        assert_ne!(stamp(), first, "content counts");
        fs::write(at("src/a"), "one").expect("write");
        fs::rename(at("src/a"), at("src/b")).expect("rename");
        assert_ne!(stamp(), first, "names count");
    }

    #[test]
    fn a_stamp_is_kept_and_a_missing_one_is_no_match() {
        let folder = tempfile::tempdir().expect("temp dir");
        let file = folder.path().join("stamp");
        let stamp = Stamp::of(&[], &[]).expect("nothing to read");
        assert!(!stamp.is_kept_in(&file));
        stamp.keep_in(&file).expect("write");
        assert!(stamp.is_kept_in(&file));
    }
}
