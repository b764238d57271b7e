//! Where the repository and the git program are.

use crate::error::RepoError;
use std::ffi::OsStr;
use std::path::Path;
use std::path::PathBuf;

/// Directories above the start that are looked at.
const PARENTS_MAX: usize = 128;

/// Settings through the environment, which everything here rests on, came with this version.
const GIT_MINIMUM: (u32, u32) = (2, 31);

/// Walks up from `start` to the first directory with a `.git`, directory or file.
pub(crate) fn working_tree(start: &Path) -> Result<PathBuf, RepoError> {
    let absent = || RepoError::NotARepository { path: start.to_owned() };
    let start = start.canonicalize().map_err(|_| absent())?;
    let found = start.ancestors().take(PARENTS_MAX).find(|directory| directory.join(".git").exists());
    found.map(Path::to_owned).ok_or_else(absent)
}

/// Finds git in the absolute directories of `path_variable`; one inside the repository is not git but a trap.
pub(crate) fn git_program(path_variable: Option<&OsStr>, root: &Path) -> Result<PathBuf, RepoError> {
    let name = if cfg!(windows) { "git.exe" } else { "git" };
    let directories = std::env::split_paths(path_variable.unwrap_or_default());
    let candidates =
        directories.filter(|directory| directory.is_absolute()).map(|directory| directory.join(name));
    let mut real = candidates.filter_map(|candidate| {
        let inside = candidate.canonicalize().ok()?.starts_with(root);
        (!inside && is_program(&candidate)).then_some(candidate)
    });
    real.next().ok_or(RepoError::GitMissing)
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// Judges the answer of `git version`.
pub(crate) fn check_version(answer: &str) -> Result<(), RepoError> {
    let found = answer.trim().strip_prefix("git version ").unwrap_or(answer.trim());
    let mut numbers = found.split('.').map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) if (major, minor) >= GIT_MINIMUM => Ok(()),
        _ => Err(RepoError::GitTooOld { found: found.chars().take(40).collect() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        for good in [
            "git version 2.31.0\n",
            "git version 2.47.3",
            "git version 2.39.5 (Apple Git-154)",
            "git version 3.0.rc1",
        ] {
            assert!(check_version(good).is_ok(), "{good}");
        }
        for bad in ["git version 2.9.1", "git version 1.99.0", "git version 2.30.2", "hub", ""] {
            assert!(check_version(bad).is_err(), "{bad}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_git_in_the_repository_or_in_a_relative_directory_is_passed_over() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        let place = |name: &str, mode: u32| {
            let bin = root.join(name);
            std::fs::create_dir(&bin).unwrap();
            std::fs::write(bin.join("git"), "").unwrap();
            std::fs::set_permissions(bin.join("git"), std::fs::Permissions::from_mode(mode)).unwrap();
            bin
        };
        let (trap, dead, real) = (place("repository", 0o755), place("dead", 0o644), place("bin", 0o755));
        let path = |list: &[&Path]| std::env::join_paths(list).unwrap();
        let all = path(&[Path::new("."), &trap, &dead, &real]);
        assert_eq!(git_program(Some(&all), &trap).unwrap(), real.join("git"));
        let none = path(&[Path::new("."), &trap, &dead]);
        assert!(matches!(git_program(Some(&none), &trap), Err(RepoError::GitMissing)));
        assert!(matches!(git_program(None, &trap), Err(RepoError::GitMissing)));
    }
}
