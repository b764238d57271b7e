//! A starting policy for a project that has none.

use seaworthy_domain::ProjectId;
use seaworthy_policy::FILE_NAME;
use seaworthy_policy::Starter;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;
use uuid::Uuid;

/// A longer `package.json` is not read for its scripts.
const PACKAGE_BYTES_MAX: u64 = 1024 * 1024;

/// A longer file is taken to say something.
const BLANK_BYTES_MAX: u64 = 4096;

/// Writes a policy into `folder` and returns its path; a file that says nothing is filled. What npm scripts there are becomes checks; nothing is run.
///
/// # Errors
/// When there is a policy already, or the folder cannot be written.
pub fn init(folder: &Path) -> Result<PathBuf, Fault> {
    let path = folder.join(FILE_NAME);
    let package = read_package(folder);
    let scripts = script_names(package.as_ref());
    let named =
        package.as_ref().and_then(|p| p.get("name")).and_then(serde_json::Value::as_str).map(str::to_owned);
    let name = named.or_else(|| folder.file_name().map(|name| name.to_string_lossy().into_owned()));
    let text = seaworthy_policy::template(&Starter {
        name: name.as_deref().unwrap_or("my-project"),
        version: "1",
        project_id: ProjectId(Uuid::new_v4()),
        scripts: &scripts.iter().map(String::as_str).collect::<Vec<_>>(),
    });
    let empty = is_empty(&path);
    let written = OpenOptions::new()
        .write(true)
        .create_new(!empty)
        .truncate(empty)
        .open(&path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    match written {
        Ok(()) => Ok(path),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            Err(Fault::new(Code::Refused, format!("{} is there already", path.display()))
                .with_help("check it with `seaworthy policy check`"))
        }
        Err(error) => {
            Err(Fault::new(Code::Outside, format!("{} cannot be written: {error}", path.display())))
        }
    }
}

/// Whether a file is there that nobody has written anything into. Asked before opening: a pipe would wait.
fn is_empty(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|m| m.is_file() && m.len() <= BLANK_BYTES_MAX)
        && std::fs::read(path).is_ok_and(|bytes| bytes.trim_ascii().is_empty())
}

fn read_package(folder: &Path) -> Option<serde_json::Value> {
    let path = folder.join("package.json");
    let small = std::fs::metadata(&path).is_ok_and(|m| m.is_file() && m.len() <= PACKAGE_BYTES_MAX);
    if !small {
        return None;
    }
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

fn script_names(package: Option<&serde_json::Value>) -> Vec<String> {
    let scripts = package.and_then(|p| p.get("scripts")).and_then(serde_json::Value::as_object);
    scripts.map(|scripts| scripts.keys().cloned().collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_policy_is_filled_and_any_other_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        std::fs::write(&path, " \n").unwrap();
        init(folder.path()).unwrap();
        let filled = std::fs::read(&path).unwrap();
        seaworthy_policy::read(&filled, FILE_NAME).unwrap();
        assert_eq!(init(folder.path()).unwrap_err().code, Code::Refused);
        assert_eq!(std::fs::read(&path).unwrap(), filled);
    }
}
