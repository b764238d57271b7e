//! The files of a folder, as Vercel wants them: each by the SHA-1 of its bytes.
//!
//! What never goes out: version control, `node_modules`, `.vercel` and files that begin with `.env`. A `.vercelignore` is
//! not read, so a folder that has one is refused rather than sent whole.

use super::api::Api;
use super::trouble::Trouble;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::TryStreamExt;
use futures_util::stream;
use seaworthy_domain::OperationId;
use serde_json::Value;
use serde_json::json;
use sha1::Digest;
use sha1::Sha1;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

/// Files of one deployment; Vercel takes no more.
const FILES_MAX: usize = 15_000;
/// Bytes of one file, read as a whole.
const FILE_BYTES_MAX: u64 = 100 * 1024 * 1024;
/// Bytes of all files.
const BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// Folders inside each other.
const DEPTH_MAX: usize = 64;
/// Uploads under way at once.
const UPLOADS_AT_ONCE: usize = 8;

/// Folders and files that stay here.
const KEPT: [&str; 7] = [".git", ".hg", ".svn", ".vercel", "node_modules", ".DS_Store", ".seaworthy.json"];
const IGNORE_FILE: &str = ".vercelignore";

/// One file to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    path: PathBuf,
    /// Path below the folder, with `/`.
    pub(super) name: String,
    pub(super) digest: String,
    pub(super) size: u64,
}

impl File {
    /// Its line in the request that creates the deployment.
    pub(super) fn listed(&self) -> Value {
        json!({ "file": self.name, "sha": self.digest, "size": self.size })
    }
}

/// Every file below `folder` of `repository`, in the order of their names.
pub(super) fn files(repository: &Path, folder: &Path) -> Result<Vec<File>, String> {
    let named = repository.join(folder);
    let none = |_| format!("{} holds nothing to upload; run the build first", named.display());
    let root = fs::canonicalize(&named).map_err(none)?;
    if !root.starts_with(fs::canonicalize(repository).map_err(none)?) {
        return Err(format!("{} lies outside the repository", named.display()));
    }
    if root.join(IGNORE_FILE).exists() {
        return Err(format!(
            "{} has a {IGNORE_FILE}, which is not read here; upload a folder that holds only what may go out",
            named.display()
        ));
    }
    let mut walk = Walk { root: &root, files: BTreeMap::new(), bytes: 0 };
    walk.folder(&root, 0)?;
    let files: Vec<_> = walk.files.into_values().collect();
    if files.is_empty() {
        Err(format!("{} holds nothing to upload; run the build first", named.display()))
    } else {
        Ok(files)
    }
}

struct Walk<'a> {
    root: &'a Path,
    files: BTreeMap<String, File>,
    bytes: u64,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, depth: usize) -> Result<(), String> {
        let unreadable = |error| format!("{} cannot be read: {error}", folder.display());
        if depth > DEPTH_MAX {
            return Err(format!("{} lies deeper than {DEPTH_MAX} folders", folder.display()));
        }
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let (path, name) = (entry.path(), entry.file_name());
            let name =
                name.to_str().ok_or_else(|| format!("{} has a name that is not text", path.display()))?;
            if KEPT.contains(&name) || name.starts_with(".env") {
                continue;
            }
            let kind = entry.file_type().map_err(unreadable)?;
            if kind.is_dir() {
                self.folder(&path, depth + 1)?;
            } else if kind.is_file() {
                self.file(path)?;
            } else {
                return Err(format!(
                    "{} is a link or no file; put a copy of what it means there",
                    path.display()
                ));
            }
        }
        Ok(())
    }

    fn file(&mut self, path: PathBuf) -> Result<(), String> {
        let content = read(&path)?;
        self.bytes += content.len() as u64;
        if self.files.len() == FILES_MAX || self.bytes > BYTES_MAX {
            return Err(format!(
                "the upload is more than {FILES_MAX} files or {BYTES_MAX} bytes; a forgotten folder may be in it"
            ));
        }
        let name = path.strip_prefix(self.root).unwrap_or(&path).components();
        let name: Vec<_> = name.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
        let name = name.join("/");
        let size = content.len() as u64;
        self.files.insert(name.clone(), File { path, name, digest: digest(&content), size });
        Ok(())
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let unreadable = |error| format!("{} cannot be read: {error}", path.display());
    if fs::metadata(path).map_err(unreadable)?.len() > FILE_BYTES_MAX {
        return Err(format!("{} has more than {FILE_BYTES_MAX} bytes", path.display()));
    }
    fs::read(path).map_err(unreadable)
}

fn digest(content: &[u8]) -> String {
    hex::encode(Sha1::digest(content))
}

/// Stores every file at Vercel. Nothing is deployed by that.
pub(super) async fn send(api: &Api, operation: OperationId, files: &[File]) -> Result<(), Trouble> {
    let by_digest: BTreeMap<String, File> =
        files.iter().map(|file| (file.digest.clone(), file.clone())).collect();
    stream::iter(by_digest.into_values())
        .map(|file| async move { one(api, operation, &file).await })
        .buffer_unordered(UPLOADS_AT_ONCE)
        .try_collect::<()>()
        .await
}

async fn one(api: &Api, operation: OperationId, file: &File) -> Result<(), Trouble> {
    let content = tokio::fs::read(&file.path).await;
    let content =
        content.map_err(|e| Trouble::NotSent(format!("{} cannot be read: {e}", file.path.display())))?;
    if digest(&content) != file.digest {
        return Err(Trouble::NotSent(format!("{} changed while it was uploaded", file.path.display())));
    }
    api.upload(operation, &file.digest, Bytes::from(content)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, name: &str, content: &str) {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    #[test]
    fn files_are_named_and_digested() {
        let project = tempfile::tempdir().unwrap();
        for (name, content) in [
            ("dist/index.html", "abc"),
            ("dist/a/b.txt", ""),
            ("dist/.env.local", "SECRET=1"),
            ("dist/node_modules/x/y.js", "1"),
            ("dist/.git/config", "1"),
            ("dist/.well-known/security.txt", "x"),
        ] {
            write(project.path(), name, content);
        }
        let found = files(project.path(), Path::new("dist")).unwrap();
        let names: Vec<_> = found.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, [".well-known/security.txt", "a/b.txt", "index.html"]);
        // The digest of "abc" is the example of FIPS 180.
        assert_eq!(
            (found[2].digest.as_str(), found[2].size),
            ("a9993e364706816aba3e25717850c26c9cd0d89d", 3)
        );
        assert_eq!(found[1].digest, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        let project = tempfile::tempdir().unwrap();
        let root = project.path();
        assert!(files(root, Path::new("dist")).unwrap_err().contains("run the build first"));
        write(root, "dist/.env", "A=1");
        assert!(files(root, Path::new("dist")).unwrap_err().contains("run the build first"));
        assert!(files(root, Path::new("..")).unwrap_err().contains("outside"));
        write(root, "dist/index.html", "");
        write(root, "dist/.vercelignore", "secret");
        assert!(files(root, Path::new("dist")).unwrap_err().contains(".vercelignore"));
        fs::remove_file(root.join("dist/.vercelignore")).unwrap();
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("/etc/passwd", root.join("dist/link")).unwrap();
            assert!(files(root, Path::new("dist")).unwrap_err().contains("link"));
        }
    }
}
