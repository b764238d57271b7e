//! A git repository with a person's hands on it.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

/// A working tree that may be changed at will.
#[derive(Clone, Debug)]
pub struct Repository {
    folder: PathBuf,
}

impl Repository {
    /// Makes a repository without a commit in `folder`.
    pub fn init(folder: &Path) -> Self {
        let repository = Self { folder: folder.to_owned() };
        repository.git(&["init", "--quiet", "--initial-branch", "main"]);
        repository
    }

    /// Its root.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs git as a person without a configuration of their own, and gives what it printed.
    ///
    /// # Panics
    /// When git says no.
    pub fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args(["-c", "user.name=Dana", "-c", "user.email=dana@example.com", "-c", "commit.gpgsign=false"])
            .args(arguments)
            .current_dir(&self.folder)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output()
            .expect("git starts");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {errors}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Commits everything and gives the commit.
    pub fn commit(&self, subject: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", subject]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Writes a file.
    ///
    /// # Panics
    /// When the disk refuses.
    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.folder.join(path), text).expect("the sample can be written");
    }

    /// Reads a file.
    ///
    /// # Panics
    /// When it is not there.
    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.folder.join(path)).expect("the sample can be read")
    }
}
