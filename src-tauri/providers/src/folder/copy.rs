//! Copies a build to where it will be served from, and takes nothing else along.

use super::releases::MANIFEST;
use super::releases::sync_directory;
use std::ffi::OsStr;
use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

/// Files and folders of one build. A build beyond it is a forgotten `node_modules`, not a release.
const ENTRIES_MAX: u64 = 200_000;

/// Size of one build in bytes.
const BYTES_MAX: u64 = 8 * 1024 * 1024 * 1024;

/// Folders inside each other.
const DEPTH_MAX: usize = 100;

/// Why a build was not copied. Nothing has a release's name by then.
#[derive(Debug, thiserror::Error)]
pub(super) enum CopyError {
    #[error("{0} holds no build; run the build check first")]
    NoBuild(PathBuf),
    #[error("{0} lies outside the repository; only what the repository builds is deployed")]
    Outside(PathBuf),
    #[error("{0} contains the target itself; build into a folder of its own")]
    Around(PathBuf),
    #[error("{0} points out of the build; copy what it means into the build instead")]
    LinkOut(PathBuf),
    #[error("{0} is neither file, folder nor link; leave it out of the build")]
    Special(PathBuf),
    #[error("the build contains {MANIFEST}, which is our own mark; leave it out of the build")]
    Mark,
    #[error("{0} is more than a build can be ({ENTRIES_MAX} files, {BYTES_MAX} bytes, {DEPTH_MAX} levels)")]
    TooMuch(PathBuf),
    #[error("{path} cannot be copied: {error}")]
    Io { path: PathBuf, error: io::Error },
}

impl CopyError {
    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + use<'_> {
        move |error| Self::Io { path: path.to_owned(), error }
    }
}

/// The real path of the build, which must lie in `repository`, hold something and not contain `target`.
pub(super) fn source(repository: &Path, source: &Path, target: &Path) -> Result<PathBuf, CopyError> {
    let named = repository.join(source);
    let no_build = |_| CopyError::NoBuild(named.clone());
    let real = fs::canonicalize(&named).map_err(no_build)?;
    let repository = fs::canonicalize(repository).map_err(no_build)?;
    if !real.starts_with(&repository) {
        return Err(CopyError::Outside(named));
    }
    let mut entries = fs::read_dir(&real).map_err(no_build)?;
    if entries.next().is_none() {
        return Err(CopyError::NoBuild(named));
    }
    let target = fs::canonicalize(target).map_err(CopyError::io(target))?;
    if target.starts_with(&real) {
        return Err(CopyError::Around(named));
    }
    Ok(real)
}

/// Copies the folder `from` to the new folder `to`; durable when it returns.
pub(super) fn tree(from: &Path, to: &Path) -> Result<(), CopyError> {
    if fs::symlink_metadata(from.join(MANIFEST)).is_ok() {
        return Err(CopyError::Mark);
    }
    Copying { entries: 0, bytes: 0 }.folder(from, to, 0)
}

struct Copying {
    entries: u64,
    bytes: u64,
}

impl Copying {
    fn folder(&mut self, from: &Path, to: &Path, depth: usize) -> Result<(), CopyError> {
        if depth > DEPTH_MAX {
            return Err(CopyError::TooMuch(from.to_owned()));
        }
        fs::create_dir(to).map_err(CopyError::io(to))?;
        for entry in fs::read_dir(from).map_err(CopyError::io(from))? {
            let entry = entry.map_err(CopyError::io(from))?;
            let (path, copy) = (entry.path(), to.join(entry.file_name()));
            let metadata = fs::symlink_metadata(&path).map_err(CopyError::io(&path))?;
            self.count(&path, if metadata.is_file() { metadata.len() } else { 0 })?;
            let kind = metadata.file_type();
            if kind.is_dir() {
                self.folder(&path, &copy, depth + 1)?;
            } else if kind.is_file() {
                file(&path, &copy).map_err(CopyError::io(&path))?;
            } else if kind.is_symlink() {
                link(&path, &copy, depth)?;
            } else {
                return Err(CopyError::Special(path));
            }
        }
        sync_directory(to).map_err(CopyError::io(to))
    }

    fn count(&mut self, path: &Path, bytes: u64) -> Result<(), CopyError> {
        self.entries += 1;
        self.bytes = self.bytes.saturating_add(bytes);
        if self.entries > ENTRIES_MAX || self.bytes > BYTES_MAX {
            return Err(CopyError::TooMuch(path.to_owned()));
        }
        Ok(())
    }
}

fn file(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = File::open(from)?;
    let mut copy = OpenOptions::new().write(true).create_new(true).open(to)?;
    io::copy(&mut source, &mut copy)?;
    copy.set_permissions(source.metadata()?.permissions())?;
    copy.sync_all()
}

/// Takes a link along when it stays in the build at every step: relative, first upwards at most to the build's root,
/// then only downwards. Every link it may lead over is checked the same way.
fn link(path: &Path, copy: &Path, depth: usize) -> Result<(), CopyError> {
    let aim = fs::read_link(path).map_err(CopyError::io(path))?;
    let mut up = 0;
    let mut down = false;
    for component in aim.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if !down => up += 1,
            Component::Normal(_) => down = true,
            _ => return Err(CopyError::LinkOut(path.to_owned())),
        }
    }
    if up > depth || aim.as_os_str() == OsStr::new("") {
        return Err(CopyError::LinkOut(path.to_owned()));
    }
    if fs::metadata(path).is_err() {
        return Err(CopyError::LinkOut(path.to_owned()));
    }
    make_link(&aim, copy).map_err(CopyError::io(path))
}

#[cfg(unix)]
fn make_link(aim: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(aim, link)
}

/// Windows tells links to files and to folders apart and lets only some users make them.
#[cfg(not(unix))]
fn make_link(_aim: &Path, _link: &Path) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "links in a build are not supported on this system"))
}
