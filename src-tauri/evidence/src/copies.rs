//! Copies of a command's files, laid out so that the command runs from them.
//!
//! A copy stands in a folder of its own at the place its file has in the repository. Whatever else lies beside the file
//! there is reachable through links, so that a script which opens its neighbours finds those that were not copied where
//! they are. The evidence store is the source: a copy that is not what was kept is written again from there.

use crate::error::EvidenceError;
use crate::file;
use crate::store::Store;
use seaworthy_domain::CopiedFile;
use seaworthy_domain::Digest;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io;
use std::io::Read;
use std::io::Write;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

type Result<T> = std::result::Result<T, EvidenceError>;

/// Neighbours of copied files that are linked in one folder; a script of a folder with more has to be run as it is.
const LINKS_MAX: usize = 10_000;

/// Folders of copies below one directory.
#[derive(Clone, Debug)]
pub struct Copies {
    root: PathBuf,
}

impl Copies {
    /// Copies below `directory`, which is made when it is needed.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { root: directory.into() }
    }

    /// Removes what an earlier process laid out. All of it can be laid out again.
    pub fn clear(&self) -> Result<()> {
        match std::fs::remove_dir_all(&self.root) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(EvidenceError::from_io(&self.root, error))
            }
            _ => Ok(()),
        }
    }

    /// Lays out `files` of `store` with links to what else is in the repository at `beside`, and returns the folder
    /// named after `name`. Every copy has been compared with its digest when this returns.
    ///
    /// # Errors
    /// When the store does not have exactly the bytes any more, or the disk refuses.
    pub fn lay_out(
        &self,
        store: &Store,
        name: &Digest,
        files: &[CopiedFile],
        beside: &Path,
    ) -> Result<PathBuf> {
        file::ensure_directory(&self.root)?;
        let folder = self.root.join(name.to_string());
        file::ensure_directory(&folder)?;
        // What each real folder holds besides links.
        let mut own: BTreeMap<PathBuf, BTreeSet<OsString>> = BTreeMap::new();
        own.entry(PathBuf::new()).or_default();
        for copied in files {
            let parts = parts(&copied.path)?;
            let mut here = PathBuf::new();
            for (part, rest) in parts.iter().zip((0..parts.len()).rev()) {
                own.entry(here.clone()).or_default().insert(part.clone());
                here.push(part);
                if rest > 0 {
                    real_directory(&folder.join(&here))?;
                }
            }
            lay(store, copied, &folder.join(&here))?;
        }
        for (relative, own) in &own {
            link_rest(&beside.join(relative), &folder.join(relative), own)?;
        }
        Ok(folder)
    }
}

/// A link may stand where a folder with a copy belongs now.
fn real_directory(path: &Path) -> Result<()> {
    if path.symlink_metadata().is_ok_and(|found| !found.is_dir()) {
        std::fs::remove_file(path).map_err(|error| EvidenceError::from_io(path, error))?;
    }
    file::ensure_directory(path)
}

fn parts(path: &str) -> Result<Vec<OsString>> {
    let parts: Option<Vec<OsString>> = Path::new(path)
        .components()
        .map(|part| match part {
            Component::Normal(name) => Some(name.to_owned()),
            _ => None,
        })
        .collect();
    parts.filter(|parts| !parts.is_empty()).ok_or_else(|| EvidenceError::Name { name: path.to_owned() })
}

fn lay(store: &Store, copied: &CopiedFile, path: &Path) -> Result<()> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    // Asked even when the copy is right: nothing runs whose evidence is gone.
    let bytes = store.get(&copied.digest)?;
    if is_same(path, &bytes, copied.executable) {
        return Ok(());
    }
    if path.symlink_metadata().is_ok_and(|found| found.is_dir()) {
        return Err(EvidenceError::NotPlain { path: path.to_owned() });
    }
    let fail = |error| EvidenceError::from_io(path, error);
    let part =
        path.with_extension(format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
    let mut file = file::open(&part, OpenOptions::new().write(true).create_new(true)).map_err(fail)?;
    file.write_all(&bytes).map_err(fail)?;
    make_executable(&file, copied.executable).map_err(fail)?;
    drop(file);
    std::fs::rename(&part, path).map_err(fail)
}

fn is_same(path: &Path, bytes: &[u8], executable: bool) -> bool {
    let Ok(file) = file::open(path, OpenOptions::new().read(true)) else { return false };
    let mut found = Vec::new();
    let read = file.take(bytes.len() as u64 + 1).read_to_end(&mut found);
    read.is_ok() && found == bytes && (!executable || is_executable(path))
}

#[cfg(unix)]
fn make_executable(file: &std::fs::File, executable: bool) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = if executable { 0o500 } else { 0o400 };
    file.set_permissions(std::fs::Permissions::from_mode(mode))
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|found| found.permissions().mode() & 0o100 != 0)
}

#[cfg(not(unix))]
fn make_executable(_file: &std::fs::File, _executable: bool) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn is_executable(_path: &Path) -> bool {
    true
}

/// Links whatever `from` holds besides `own` into `to`. A folder that is gone has nothing to link.
fn link_rest(from: &Path, to: &Path, own: &BTreeSet<OsString>) -> Result<()> {
    let Ok(entries) = std::fs::read_dir(from) else { return Ok(()) };
    for (entry, number) in entries.flatten().zip(0..) {
        if number == LINKS_MAX {
            return Err(EvidenceError::TooLarge { bytes: LINKS_MAX as u64, max: LINKS_MAX as u64 });
        }
        let name = entry.file_name();
        if own.contains(&name) {
            continue;
        }
        let (target, link) = (from.join(&name), to.join(&name));
        if std::fs::read_link(&link).is_ok_and(|found| found == target) {
            continue;
        }
        // A program that runs from here may have left something of its own in the way, which is its own business.
        match symlink(&target, &link) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(EvidenceError::from_io(&link, error));
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(unix)]
fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(not(unix))]
fn symlink(_target: &Path, _link: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    struct World {
        folder: tempfile::TempDir,
        store: Store,
        copies: Copies,
    }

    impl World {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let store = Store::open(folder.path().join("evidence")).unwrap();
            let copies = Copies::new(folder.path().join("pinned"));
            let world = Self { folder, store, copies };
            world.write("ops/back.sh", "echo old");
            world.write("ops/lib.sh", "echo lib");
            world.write("README", "read");
            world
        }

        fn repository(&self) -> PathBuf {
            self.folder.path().join("repository")
        }

        fn write(&self, path: &str, text: &str) {
            let path = self.repository().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }

        fn file(&self) -> CopiedFile {
            let digest = self.store.put(b"echo old").unwrap();
            CopiedFile { path: "ops/back.sh".to_owned(), digest, executable: true }
        }

        fn lay_out(&self) -> Result<PathBuf> {
            self.copies.lay_out(&self.store, &Digest::of(b"x"), &[self.file()], &self.repository())
        }
    }

    #[test]
    fn a_copy_stays_and_its_neighbours_are_those_of_the_repository() {
        let world = World::new();
        let folder = world.lay_out().unwrap();
        world.write("ops/back.sh", "echo new");
        world.write("ops/lib.sh", "echo new lib");
        world.write("ops/later.sh", "echo later");
        assert_eq!(world.lay_out().unwrap(), folder);
        let read = |path: &str| fs::read_to_string(folder.join(path)).unwrap();
        assert_eq!(
            [read("ops/back.sh"), read("ops/lib.sh"), read("ops/later.sh"), read("README")],
            ["echo old", "echo new lib", "echo later", "read"]
        );
        let mode = |path: &str| folder.join(path).metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(""), mode("ops"), mode("ops/back.sh")), (0o700, 0o700, 0o500));
    }

    #[test]
    fn a_copy_that_was_touched_is_written_again() {
        let world = World::new();
        let copy = world.lay_out().unwrap().join("ops/back.sh");
        fs::remove_file(&copy).unwrap();
        fs::write(&copy, "echo evil").unwrap();
        world.lay_out().unwrap();
        assert_eq!(fs::read_to_string(&copy).unwrap(), "echo old");
        fs::remove_file(&copy).unwrap();
        std::os::unix::fs::symlink(world.repository().join("README"), &copy).unwrap();
        world.lay_out().unwrap();
        assert_eq!(fs::read_to_string(&copy).unwrap(), "echo old");
        assert!(!copy.symlink_metadata().unwrap().is_symlink());
    }

    #[test]
    fn a_copy_without_its_evidence_is_refused() {
        let world = World::new();
        world.lay_out().unwrap();
        let digest = world.file().digest.to_string();
        let kept = world.folder.path().join("evidence").join(&digest[..2]).join(&digest);
        fs::remove_file(&kept).unwrap();
        fs::write(&kept, "echo evil").unwrap();
        let file =
            CopiedFile { path: "ops/back.sh".into(), digest: Digest::of(b"echo old"), executable: true };
        let refused = world.copies.lay_out(&world.store, &Digest::of(b"x"), &[file], &world.repository());
        assert!(matches!(refused, Err(EvidenceError::Corrupt { .. })), "{refused:?}");
    }

    #[test]
    fn no_copy_lies_outside_its_folder() {
        let world = World::new();
        for path in ["../x", "/etc/x", "", "a/../../x"] {
            let file = CopiedFile { path: path.to_owned(), ..world.file() };
            let refused = world.copies.lay_out(&world.store, &Digest::of(b"x"), &[file], &world.repository());
            assert!(matches!(refused, Err(EvidenceError::Name { .. })), "{path}");
        }
    }

    #[test]
    fn what_was_laid_out_can_be_cleared() {
        let world = World::new();
        world.copies.clear().unwrap();
        let folder = world.lay_out().unwrap();
        world.copies.clear().unwrap();
        assert!(!folder.exists() && world.repository().join("README").exists());
    }
}
