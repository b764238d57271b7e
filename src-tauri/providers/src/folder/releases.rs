//! The releases on disk: what is there, which one is current, and how that changes.

use seaworthy_domain::DeploymentId;
use seaworthy_domain::OperationId;
use seaworthy_domain::Share;
use seaworthy_domain::operation::Live;
use seaworthy_domain::operation::TargetState;
use serde::Deserialize;
use serde::Serialize;
use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::time::SystemTime;

/// Marks a folder as a release of ours and says which.
pub(super) const MANIFEST: &str = ".seaworthy.json";

/// Longest manifest that is read.
const MANIFEST_BYTES_MAX: u64 = 64 * 1024;

/// Held while something changes, so that two programs do not tidy each other's work away.
const LOCK: &str = ".seaworthy.lock";

/// Start of the names of unfinished work; no release can have one.
const UNFINISHED: &str = ".unfinished-";

/// What a release is, kept inside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub(super) deployment: DeploymentId,
    pub(super) operation: OperationId,
    pub(super) version: String,
    pub(super) commit: String,
}

impl Manifest {
    pub(super) fn write(&self, release: &Path) -> Result<(), String> {
        let write = || -> io::Result<()> {
            let mut file = OpenOptions::new().write(true).create_new(true).open(release.join(MANIFEST))?;
            file.write_all(&serde_json::to_vec_pretty(self)?)?;
            file.sync_all()?;
            sync_directory(release)
        };
        write().map_err(|error| format!("the release's {MANIFEST} cannot be written: {error}"))
    }

    /// The manifest of the folder `release`, with the time it was written.
    fn read(release: &Path) -> Result<(Self, SystemTime), String> {
        let read = || -> io::Result<(Self, SystemTime)> {
            let file = File::open(release.join(MANIFEST))?;
            let placed = file.metadata()?.modified()?;
            let mut bytes = Vec::new();
            file.take(MANIFEST_BYTES_MAX).read_to_end(&mut bytes)?;
            Ok((serde_json::from_slice(&bytes)?, placed))
        };
        let (manifest, placed) = read().map_err(|error| error.to_string())?;
        if release.file_name().and_then(|name| name.to_str()) == Some(&manifest.deployment.0) {
            Ok((manifest, placed))
        } else {
            Err(format!("it says it is {}", manifest.deployment))
        }
    }
}

/// The directory of one target.
#[derive(Clone, Debug)]
pub(super) struct Releases {
    directory: PathBuf,
}

impl Releases {
    pub(super) fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    fn shelf(&self) -> PathBuf {
        self.directory.join("releases")
    }

    fn link(&self) -> PathBuf {
        self.directory.join("current")
    }

    /// Makes the folders, waits for nobody, and removes what a crash left. The answer is held until all is done.
    pub(super) fn prepare(&self) -> Result<File, String> {
        let shelf = self.shelf();
        fs::create_dir_all(&shelf).map_err(|error| format!("{} cannot be made: {error}", shelf.display()))?;
        let path = self.directory.join(LOCK);
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let lock = lock.map_err(|error| format!("{} cannot be opened: {error}", path.display()))?;
        lock.try_lock().map_err(|error| {
            format!("somebody else is changing {} ({error}); try again", self.directory.display())
        })?;
        for folder in [&self.directory, &shelf] {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                    remove(&entry.path());
                }
            }
        }
        Ok(lock)
    }

    /// Refuses a name that is taken.
    pub(super) fn refuse_taken(&self, manifest: &Manifest) -> Result<(), String> {
        let path = self.shelf().join(&manifest.deployment.0);
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(format!("{} cannot be looked at: {error}", path.display())),
            Ok(_) => Err(format!("{} is already there; nothing is overwritten", path.display())),
        }
    }

    /// Where the release is built; the next [`Releases::prepare`] removes it should it stay unfinished.
    pub(super) fn staging(&self, manifest: &Manifest) -> PathBuf {
        self.shelf().join(format!("{UNFINISHED}{}", manifest.operation))
    }

    /// Gives the finished release its name.
    pub(super) fn publish(&self, staging: &Path, manifest: &Manifest) -> Result<(), String> {
        let path = self.shelf().join(&manifest.deployment.0);
        fs::rename(staging, &path).map_err(|error| format!("{} cannot be named: {error}", path.display()))
    }

    /// Makes names durable. When this fails it is not known whether they outlive a power cut.
    pub(super) fn settle(&self) -> Result<(), String> {
        let sync = |path: &Path| {
            sync_directory(path).map_err(|error| format!("{} cannot be synced: {error}", path.display()))
        };
        sync(&self.shelf())?;
        sync(&self.directory)
    }

    /// Points `current` at release `to`; the answer is the release it pointed at before, if that was one.
    pub(super) fn switch(&self, to: &str) -> Result<Option<String>, String> {
        let release = self.shelf().join(to);
        Manifest::read(&release)
            .map_err(|why| format!("releases/{to} is not a release that can be switched to: {why}"))?;
        let link = self.link();
        if fs::symlink_metadata(&link).is_ok_and(|found| !found.is_symlink()) {
            return Err(format!("{} is not a link; move it away once", link.display()));
        }
        let before = self.current().ok().flatten();
        let fresh = self.directory.join(format!("{UNFINISHED}current"));
        link_to_folder(&Path::new("releases").join(to), &fresh)
            .map_err(|error| format!("no link can be made in {}: {error}", self.directory.display()))?;
        fs::rename(&fresh, &link).map_err(|error| {
            remove(&fresh);
            format!("{} cannot be switched: {error}", link.display())
        })?;
        Ok(before)
    }

    /// Name of the release `current` points at; `None` when there is no such link or it leads elsewhere.
    fn current(&self) -> Result<Option<String>, String> {
        let link = self.link();
        let aim = match fs::read_link(&link) {
            Ok(aim) => self.directory.join(aim),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            // Something that is no link serves no release of ours.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => return Ok(None),
            Err(error) => return Err(format!("{} cannot be read: {error}", link.display())),
        };
        let gone = |error| format!("`current` points at {}: {error}", aim.display());
        let real = fs::canonicalize(&aim).map_err(gone)?;
        let shelf = fs::canonicalize(self.shelf()).map_err(gone)?;
        let name = real.strip_prefix(&shelf).ok().and_then(|name| name.to_str()).map(str::to_owned);
        Ok(name.filter(|name| !name.is_empty()))
    }

    /// Every release, and all traffic for the current one.
    pub(super) fn read(&self) -> Result<TargetState, String> {
        let current = self.current()?;
        let mut deployments = Vec::new();
        for (manifest, _) in self.all()? {
            let is_current = current.as_deref() == Some(manifest.deployment.0.as_str());
            deployments.push(Live {
                id: manifest.deployment,
                share: if is_current { Share::FULL } else { Share::NONE },
                version: Some(manifest.version),
                commit: Some(manifest.commit),
                url: None,
            });
        }
        let unread = current.filter(|name| !deployments.iter().any(|live| live.id.0 == *name));
        match unread.map(|name| self.shelf().join(name)) {
            // A release of ours that cannot be told must not read as "nobody has traffic".
            Some(release) if fs::symlink_metadata(release.join(MANIFEST)).is_ok() => {
                let why = Manifest::read(&release).err().unwrap_or_default();
                Err(format!("`current` points at {}, whose {MANIFEST} is damaged: {why}", release.display()))
            }
            _ => Ok(TargetState { deployments, ..TargetState::default() }),
        }
    }

    /// Folders with a valid manifest. Others are somebody else's and left alone.
    fn all(&self) -> Result<Vec<(Manifest, SystemTime)>, String> {
        let shelf = self.shelf();
        let fail = |error: io::Error| format!("{} cannot be read: {error}", shelf.display());
        let entries = match fs::read_dir(&shelf) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(fail(error)),
        };
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry.map_err(fail)?;
            let is_folder = entry.file_type().map_err(fail)?.is_dir();
            if let (true, Ok(release)) = (is_folder, Manifest::read(&entry.path())) {
                found.push(release);
            }
        }
        found.sort_by(|one, other| one.0.deployment.cmp(&other.0.deployment));
        Ok(found)
    }

    /// Deletes earlier releases but the newest `keep`; never `current` and never the way back to `before`. A release
    /// that cannot be deleted only takes room, so trouble is logged and nothing else.
    pub(super) fn prune(&self, keep: usize, current: &str, before: Option<&str>) {
        let Ok(all) = self.all() else { return };
        let mut order: Vec<_> =
            all.into_iter().map(|(m, placed)| (placed, m.operation, m.deployment.0)).collect();
        order.sort();
        let Some(position) = order.iter().position(|(.., name)| name == current) else { return };
        order.truncate(position);
        let surplus = position.saturating_sub(keep);
        for (_, operation, name) in order.into_iter().take(surplus) {
            if Some(name.as_str()) == before {
                continue;
            }
            // Renamed first: half a release must not carry the name of a whole one.
            let doomed = self.shelf().join(format!("{UNFINISHED}old-{operation}"));
            match fs::rename(self.shelf().join(&name), &doomed) {
                Ok(()) => remove(&doomed),
                Err(error) => tracing::warn!(release = name, %error, "an old release cannot be removed"),
            }
        }
    }
}

fn remove(path: &Path) {
    let is_folder = fs::symlink_metadata(path).is_ok_and(|found| found.is_dir());
    let removed = if is_folder { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    if let Err(error) = removed {
        tracing::warn!(path = %path.display(), %error, "unfinished work cannot be removed");
    }
}

/// Makes the entries of a folder durable.
#[cfg(unix)]
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Windows writes names through its journal and has no such call.
#[cfg(not(unix))]
pub(super) fn sync_directory(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn link_to_folder(aim: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(aim, link)
}

#[cfg(windows)]
fn link_to_folder(aim: &Path, link: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_dir(aim, link)
}
