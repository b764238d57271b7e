//! Files opened the one careful way: private, never through a symbolic link, made durable before they count.

use crate::error::EvidenceError;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::path::Path;

type Result<T> = std::result::Result<T, EvidenceError>;

/// Longest name of a release, source or writer.
const NAME_CHARS_MAX: usize = 120;

/// Accepts names that are one plain path component on every system.
pub(crate) fn check_name(name: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.is_empty() || name.len() > NAME_CHARS_MAX || name.starts_with('.') || !name.chars().all(plain) {
        return Err(EvidenceError::Name { name: name.chars().take(NAME_CHARS_MAX).collect() });
    }
    Ok(())
}

/// Makes sure `path` is a real directory; a new one is private and its name is durable.
pub(crate) fn ensure_directory(path: &Path) -> Result<()> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => return Ok(()),
        Ok(_) => return Err(EvidenceError::NotPlain { path: path.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(EvidenceError::from_io(path, error)),
    }
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        Ok(()) => path.parent().map_or(Ok(()), sync_directory),
        // Somebody was faster; what they made still has to be a directory.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => ensure_directory(path),
        Err(error) => Err(EvidenceError::from_io(path, error)),
    }
}

/// Opens `path` with `options`, as a plain file and nothing else.
pub(crate) fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // Without "do not block" a named pipe in place of the file would stop us for ever.
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        options.mode(0o600).custom_flags(i32::try_from(flags.bits()).unwrap_or(0));
    }
    #[cfg(windows)]
    {
        use std::os::windows::fs::OpenOptionsExt;
        /// `FILE_FLAG_OPEN_REPARSE_POINT`: opens a link itself, which then fails the check below.
        const NO_FOLLOW: u32 = 0x0020_0000;
        options.custom_flags(NO_FOLLOW);
    }
    let file = options.open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::ErrorKind::IsADirectory.into()) }
}

/// Makes a new or renamed entry of `directory` survive a power cut.
#[cfg(unix)]
pub(crate) fn sync_directory(directory: &Path) -> Result<()> {
    File::open(directory)
        .and_then(|opened| opened.sync_all())
        .map_err(|error| EvidenceError::from_io(directory, error))
}

/// Directories cannot be synced here; the file system's own journal has to do.
#[cfg(not(unix))]
pub(crate) fn sync_directory(_directory: &Path) -> Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_plain_component() {
        for good in ["a", "2026.11", "web-1_x", &"x".repeat(120)] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in ["", ".", "..", ".a", "a/b", "a\\b", "a b", "é", "a\0", "C:", &"x".repeat(121)] {
            assert!(check_name(bad).is_err(), "{bad:?}");
        }
    }
}
