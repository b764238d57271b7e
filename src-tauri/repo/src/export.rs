//! Writes the files of a commit into a new directory.

use crate::error::RepoError;
use crate::git::Repository;
use crate::git::exit_code;
use crate::history::Commit;
use seaworthy_clock::SystemClock;
use seaworthy_process::Chunk;
use seaworthy_process::Stream;
use seaworthy_process::output_channel;
use std::io;
use std::io::Read;
use std::path::Component;
use std::path::Path;
use tar::EntryType;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Most bytes one export may unpack to.
pub const EXPORT_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;

/// Most files, links and directories in one export.
pub const EXPORT_ENTRIES_MAX: u64 = 200_000;

/// Keeps the bytes of the commit whatever this machine would like: line ends as stored, usual modes.
const SETTINGS: [(&str, &str); 3] = [("core.autocrlf", "false"), ("core.eol", "lf"), ("tar.umask", "0022")];

impl Repository {
    /// Writes the files of `commit` into `directory`, which must not exist; its parent must. The commit's own
    /// `export-ignore` and `export-subst` attributes are honoured. After an error nothing is left.
    pub async fn export(&self, commit: &Commit, directory: &Path) -> Result<(), RepoError> {
        self.require(commit).await?;
        std::fs::create_dir(directory).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => RepoError::Occupied { path: directory.to_owned() },
            _ => RepoError::Io { path: directory.to_owned(), source },
        })?;
        let result = self.export_into(commit, directory).await;
        if result.is_err() {
            let _keeps_the_first_error = std::fs::remove_dir_all(directory);
        }
        result
    }

    async fn export_into(&self, commit: &Commit, directory: &Path) -> Result<(), RepoError> {
        let mut settings = self.no_filters().await?;
        settings.extend(SETTINGS.map(|(key, value)| (key.to_owned(), value.to_owned())));
        let spec = self.spec(&["archive", "--format=tar", commit.as_str()], &settings);
        let (sender, receiver) = output_channel();
        let (cancel, target) = (CancellationToken::new(), directory.to_owned());
        let unpacking = {
            let cancel = cancel.clone();
            tokio::task::spawn_blocking(move || {
                unpack(Pieces { receiver, left: Vec::new(), used: 0 }, &target)
                    .inspect_err(|_| cancel.cancel())
            })
        };
        let finished = seaworthy_process::run(&spec, sender, &cancel, &SystemClock).await;
        let unpacked = unpacking
            .await
            .unwrap_or_else(|_| Err(RepoError::Refused { reason: "the export was interrupted".into() }));
        // A bad entry ends git too; then it is the entry that matters.
        unpacked?;
        match exit_code(&finished)? {
            0 if finished.output_complete => Ok(()),
            code => Err(RepoError::Refused { reason: format!("git archive exited with {code}") }),
        }
    }
}

/// Output of the run as something to read from.
struct Pieces {
    receiver: mpsc::Receiver<Chunk>,
    left: Vec<u8>,
    used: usize,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.used == self.left.len() {
            match self.receiver.blocking_recv() {
                Some(chunk) if chunk.stream == Stream::Out => {
                    self.left = chunk.bytes.to_vec();
                    self.used = 0;
                }
                Some(_complaint) => {}
                None => return Ok(0),
            }
        }
        let length = buffer.len().min(self.left.len() - self.used);
        buffer[..length].copy_from_slice(&self.left[self.used..self.used + length]);
        self.used += length;
        Ok(length)
    }
}

fn unpack(input: impl Read, directory: &Path) -> Result<(), RepoError> {
    let fail = |source| RepoError::Io { path: directory.to_owned(), source };
    let (mut bytes, mut entries) = (0, 0);
    let mut archive = tar::Archive::new(input);
    for entry in archive.entries().map_err(fail)? {
        let mut entry = entry.map_err(fail)?;
        entries += 1;
        bytes += entry.size();
        if entries > EXPORT_ENTRIES_MAX {
            return Err(RepoError::TooLarge { what: "files", max: EXPORT_ENTRIES_MAX });
        }
        if bytes > EXPORT_BYTES_MAX {
            return Err(RepoError::TooLarge { what: "bytes", max: EXPORT_BYTES_MAX });
        }
        if entry.header().entry_type() == EntryType::XGlobalHeader {
            continue;
        }
        let path = entry.path().map_err(fail)?.into_owned();
        let link = entry.link_name().map_err(fail)?.map(std::borrow::Cow::into_owned);
        check_entry(entry.header().entry_type(), &path, link.as_deref())
            .map_err(|reason| RepoError::UnsafeEntry { path: path.to_string_lossy().into_owned(), reason })?;
        if !entry.unpack_in(directory).map_err(fail)? {
            let path = path.to_string_lossy().into_owned();
            return Err(RepoError::UnsafeEntry { path, reason: "it leads out of the directory" });
        }
    }
    Ok(())
}

/// Plain relative paths, files, directories, and links that stay inside.
fn check_entry(kind: EntryType, path: &Path, link: Option<&Path>) -> Result<(), &'static str> {
    let mut depth = 0_usize;
    for component in path.components() {
        let Component::Normal(name) = component else { return Err("it is not a plain relative path") };
        if name.eq_ignore_ascii_case(".git") {
            return Err("it would be git's own directory");
        }
        depth += 1;
    }
    match (kind, link) {
        (EntryType::Regular | EntryType::Directory, _) => Ok(()),
        (EntryType::Symlink, Some(target)) => check_link(target, depth.saturating_sub(1)),
        _ => Err("it is neither a file nor a directory nor a symbolic link"),
    }
}

fn check_link(target: &Path, depth: usize) -> Result<(), &'static str> {
    const LEAVES: &str = "its target lies outside";
    let mut depth = depth;
    let mut descended = false;
    for component in target.components() {
        match component {
            Component::Normal(_) => {
                descended = true;
                depth += 1;
            }
            // After a name, which may itself be a link, `..` can lead anywhere.
            Component::ParentDir if descended => return Err(LEAVES),
            Component::ParentDir => depth = depth.checked_sub(1).ok_or(LEAVES)?,
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return Err(LEAVES),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: EntryType, path: &str, link: Option<&str>) -> bool {
        check_entry(kind, Path::new(path), link.map(Path::new)).is_ok()
    }

    #[test]
    fn only_harmless_entries_pass() {
        let (file, link) = (EntryType::Regular, EntryType::Symlink);
        for path in ["a", "a/b", "a/.gitignore", "a b/c"] {
            assert!(check(file, path, None), "{path}");
        }
        for path in ["/a", "../a", "a/../b", ".git/config", "a/.GIT/hooks/x"] {
            assert!(!check(file, path, None), "{path}");
        }
        for (path, target) in [("a", "b"), ("a/b/c", "../../d"), ("a", "./b/c")] {
            assert!(check(link, path, Some(target)), "{path} -> {target}");
        }
        for (path, target) in [("a", "/etc/passwd"), ("a", "../b"), ("a/b", "../../c"), ("a", "b/../../c")] {
            assert!(!check(link, path, Some(target)), "{path} -> {target}");
        }
        for kind in [EntryType::Link, EntryType::Fifo, EntryType::Char, EntryType::Block] {
            assert!(!check(kind, "a", Some("b")), "{kind:?}");
        }
    }

    #[test]
    fn a_hostile_archive_writes_nothing_outside() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("target");
        std::fs::create_dir(&target).unwrap();
        let mut header = tar::Header::new_gnu();
        header.as_mut_bytes()[..9].copy_from_slice(b"../escape");
        header.set_size(0);
        header.set_mode(0o644);
        header.set_entry_type(EntryType::Regular);
        header.set_cksum();
        let mut builder = tar::Builder::new(Vec::new());
        builder.append(&header, io::empty()).unwrap();
        let bytes = builder.into_inner().unwrap();
        assert!(matches!(unpack(&*bytes, &target), Err(RepoError::UnsafeEntry { .. })));
        assert!(!directory.path().join("escape").exists());
    }
}
