//! The folder and its files: where a ledger may live, and who may hold it.

use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::anchor;
use crate::error::{LedgerError, Notice};

pub(crate) const DATABASE: &str = "ledger.db";
pub(crate) const WAL: &str = "ledger.db-wal";
const LOCK: &str = "ledger.lock";

/// `SQLite format 3` and the 100-byte header that follows from it.
const HEADER_BYTES: usize = 100;
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// Marks the file as ours in the SQLite header: "SWLG".
pub(crate) const APPLICATION_ID: u32 = 0x5357_4c47;

/// Types that lose locks or syncs. FUSE mounts carry the type behind the dot.
const NETWORK: &[&str] = &[
    "nfs",
    "nfs4",
    "cifs",
    "smb2",
    "smb3",
    "smbfs",
    "afs",
    "coda",
    "ncpfs",
    "9p",
    "ceph",
    "lustre",
    "glusterfs",
    "beegfs",
    "gfs2",
    "ocfs2",
    "fuse.sshfs",
    "fuse.rclone",
    "fuse.s3fs",
    "fuse.gvfsd-fuse",
    "fuse.glusterfs",
    "fuse.ceph-fuse",
    "fuse.davfs2",
    "davfs",
    "fuse.goofys",
    "fuse.gcsfuse",
    "fuse.curlftpfs",
    "fuse.smbnetfs",
    "fuse.juicefs",
    "fuse.mergerfs",
];

/// Folder names that sync programs use; compared without case, a trailing " - Company" allowed.
const SYNCED: &[&str] = &[
    "dropbox",
    "onedrive",
    "google drive",
    "icloud drive",
    "mobile documents",
    "cloudstorage",
    "nextcloud",
    "box sync",
];

/// The folder, made if needed, with every link on the way resolved.
pub(crate) fn prepare_dir(dir: &Path) -> Result<PathBuf, LedgerError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(|e| LedgerError::io(dir, e))?;
    resolve(dir)
}

/// The folder with every link on the way resolved.
pub(crate) fn resolve(dir: &Path) -> Result<PathBuf, LedgerError> {
    match dir.canonicalize() {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Err(LedgerError::Absent { path: dir.to_owned() }),
        other => other.map_err(|e| LedgerError::io(dir, e)),
    }
}

/// Refuses links and other non-files among the names the ledger uses.
pub(crate) fn refuse_links(dir: &Path) -> Result<(), LedgerError> {
    for name in [DATABASE, WAL, anchor::FILE, LOCK] {
        let path = dir.join(name);
        let found = match fs::symlink_metadata(&path) {
            Ok(found) => found,
            Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
            Err(e) => return Err(LedgerError::io(&path, e)),
        };
        let kind = if found.file_type().is_symlink() {
            "a symbolic link"
        } else if !found.is_file() {
            "not a regular file"
        } else if names(&found) > 1 {
            "hard-linked"
        } else {
            continue;
        };
        return Err(LedgerError::Linked { path, kind });
    }
    Ok(())
}

#[cfg(unix)]
fn names(found: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(found)
}

/// Without a stable way to count names, a hard link goes unnoticed here.
#[cfg(not(unix))]
fn names(_: &Metadata) -> u64 {
    1
}

/// Refuses known network drives; says what it does not know.
pub(crate) fn refuse_network(dir: &Path) -> Result<Vec<Notice>, LedgerError> {
    let mut notices = Vec::new();
    match drive_type(dir) {
        Some(fs) if NETWORK.contains(&fs.as_str()) => {
            return Err(LedgerError::NetworkDrive { path: dir.to_owned(), fs });
        }
        Some(_) => {}
        None => notices.push(Notice::UnknownDrive),
    }
    notices.extend(synced(dir).map(Notice::SyncedFolder));
    Ok(notices)
}

fn synced(dir: &Path) -> Option<String> {
    dir.iter().map(|part| part.to_string_lossy()).find_map(|part| {
        let lower = part.to_lowercase();
        let stem = lower.split(" - ").next().unwrap_or(&lower);
        SYNCED.contains(&stem).then(|| part.into_owned())
    })
}

#[cfg(target_os = "linux")]
fn drive_type(dir: &Path) -> Option<String> {
    type_of_mount(&fs::read_to_string("/proc/self/mountinfo").ok()?, dir)
}

#[cfg(windows)]
fn drive_type(dir: &Path) -> Option<String> {
    use std::path::{Component, Prefix};
    match dir.components().next() {
        Some(Component::Prefix(p)) if matches!(p.kind(), Prefix::UNC(..) | Prefix::VerbatimUNC(..)) => {
            Some("smb2".into())
        }
        _ => None,
    }
}

#[cfg(not(any(target_os = "linux", windows)))]
fn drive_type(_: &Path) -> Option<String> {
    None
}

/// The type of the mount that holds `dir`, from the text of `/proc/self/mountinfo`: the longest mount point
/// that is a prefix wins, the later of two equal ones covers the earlier.
#[cfg(any(target_os = "linux", test))]
fn type_of_mount(mountinfo: &str, dir: &Path) -> Option<String> {
    let mut best: Option<(usize, &str)> = None;
    for line in mountinfo.lines() {
        let Some((left, right)) = line.split_once(" - ") else { continue };
        let (Some(point), Some(kind)) = (left.split(' ').nth(4), right.split(' ').next()) else { continue };
        let point = PathBuf::from(unescape(point));
        let length = point.components().count();
        if dir.starts_with(&point) && best.is_none_or(|(longest, _)| length >= longest) {
            best = Some((length, kind));
        }
    }
    best.map(|(_, kind)| kind.to_owned())
}

/// mountinfo writes blanks, tabs, line ends and backslashes as three octal digits.
#[cfg(any(target_os = "linux", test))]
fn unescape(point: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .iter()
        .fold(point.to_owned(), |text, (code, plain)| text.replace(code, plain))
}

/// Held for as long as the ledger is open; the system releases it with the process.
pub(crate) struct Hold {
    #[expect(dead_code, reason = "the lock lives as long as the file is open")]
    file: File,
}

/// Takes the folder for this handle alone.
pub(crate) fn hold(dir: &Path) -> Result<Hold, LedgerError> {
    let path = dir.join(LOCK);
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    private(&mut options);
    let file = options.open(&path).map_err(|e| LedgerError::io(&path, e))?;
    taken(file.try_lock(), &path)?;
    Ok(Hold { file })
}

/// Keeps writers away while looking; a folder nobody ever wrote to has no lock and no writer.
pub(crate) fn hold_shared(dir: &Path) -> Result<Option<Hold>, LedgerError> {
    let path = dir.join(LOCK);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(LedgerError::io(&path, e)),
    };
    taken(file.try_lock_shared(), &path)?;
    Ok(Some(Hold { file }))
}

fn taken(lock: Result<(), TryLockError>, path: &Path) -> Result<(), LedgerError> {
    match lock {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(LedgerError::InUse),
        Err(TryLockError::Error(e)) => Err(LedgerError::io(path, e)),
    }
}

fn private(options: &mut OpenOptions) {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    #[cfg(not(unix))]
    let _ = options;
}

/// Makes an empty database file with the right permissions, before SQLite would choose its own.
pub(crate) fn create_database(dir: &Path, name: &str) -> Result<(), LedgerError> {
    let path = dir.join(name);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    private(&mut options);
    options.open(&path).and_then(|_| anchor::sync_dir(dir)).map_err(|e| LedgerError::io(&path, e))
}

/// Refuses what cannot be written, also for a superuser who could overrule the permission bits.
pub(crate) fn refuse_read_only(dir: &Path) -> Result<(), LedgerError> {
    for path in [dir.to_owned(), dir.join(DATABASE)] {
        match fs::metadata(&path) {
            Ok(found) if found.permissions().readonly() => return Err(LedgerError::ReadOnly { path }),
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(LedgerError::io(&path, e)),
            _ => {}
        }
    }
    Ok(())
}

/// Takes read and write away from everybody else.
pub(crate) fn make_private(dir: &Path) -> Result<(), LedgerError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let path = dir.join(DATABASE);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))
            .map_err(|e| LedgerError::io(&path, e))?;
    }
    #[cfg(not(unix))]
    let _ = dir;
    Ok(())
}

/// What the first bytes of `ledger.db` say, read without SQLite so that nothing is touched.
pub(crate) enum Header {
    Absent,
    Empty,
    Ours { format: u32 },
    Other,
}

/// Reads the header of the database file.
pub(crate) fn header(dir: &Path) -> Result<Header, LedgerError> {
    let path = dir.join(DATABASE);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Header::Absent),
        Err(e) => return Err(LedgerError::io(&path, e)),
    };
    let mut start = Vec::with_capacity(HEADER_BYTES);
    file.take(HEADER_BYTES as u64).read_to_end(&mut start).map_err(|e| LedgerError::io(&path, e))?;
    if start.is_empty() {
        return Ok(Header::Empty);
    }
    if start.len() < HEADER_BYTES || !start.starts_with(MAGIC) {
        return Ok(Header::Other);
    }
    let word = |at: usize| u32::from_be_bytes([start[at], start[at + 1], start[at + 2], start[at + 3]]);
    // SQLite keeps `user_version` at byte 60 and `application_id` at byte 68. A kill during the first start
    // leaves an empty database without an id; the tables decide then.
    match word(68) {
        0 | APPLICATION_ID => Ok(Header::Ours { format: word(60) }),
        _ => Ok(Header::Other),
    }
}

/// Bytes of the write-ahead log, 0 when there is none.
pub(crate) fn wal_bytes(dir: &Path) -> u64 {
    fs::metadata(dir.join(WAL)).map_or(0, |found| found.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:40 / /home/a/remote rw,nosuid shared:9 - fuse.sshfs host:/srv rw
31 22 0:41 / /srv/two\\040words rw - nfs4 host:/x rw
32 22 0:42 / /mnt rw - ext4 /dev/vdb rw
33 22 0:43 / /mnt rw - cifs //host/share rw
";

    #[test]
    fn the_innermost_and_newest_mount_decides() {
        let kind = |dir: &str| type_of_mount(MOUNTS, Path::new(dir)).unwrap();
        assert_eq!(kind("/home/a/ledger"), "ext4");
        assert_eq!(kind("/home/a/remote/ledger"), "fuse.sshfs");
        assert_eq!(kind("/home/a/remoteness"), "ext4");
        assert_eq!(kind("/srv/two words/x"), "nfs4");
        assert_eq!(kind("/mnt/x"), "cifs");
        assert!(type_of_mount("", Path::new("/")).is_none());
        assert!(NETWORK.contains(&"cifs") && !NETWORK.contains(&"ext4"));
    }

    #[test]
    fn synced_folders_are_named() {
        assert_eq!(synced(Path::new("/home/a/OneDrive - Firm/x")).unwrap(), "OneDrive - Firm");
        assert_eq!(synced(Path::new("/home/a/Dropbox")).unwrap(), "Dropbox");
        assert_eq!(synced(Path::new("/home/a/dropboxes")), None);
    }
}
