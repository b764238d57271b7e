//! Real git, real repositories, some of them hostile.
#![cfg(unix)]

use crate::*;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

struct Fixture {
    directory: tempfile::TempDir,
}

impl Fixture {
    fn bare_directory() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    fn empty() -> Self {
        let fixture = Self::bare_directory();
        std::fs::create_dir(fixture.root()).unwrap();
        fixture.git(&["init", "-q", "-b", "main"]);
        fixture
    }

    /// One commit: `a` and `dir/b`.
    fn committed() -> Self {
        let fixture = Self::empty();
        fixture.write("a", "one\n");
        fixture.write("dir/b", "two\r\n");
        fixture.commit("first");
        fixture
    }

    fn root(&self) -> PathBuf {
        self.directory.path().canonicalize().unwrap().join("repo")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args(arguments)
            .current_dir(self.root())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .envs([("GIT_AUTHOR_NAME", "Ada"), ("GIT_AUTHOR_EMAIL", "ada@example.org")])
            .envs([("GIT_COMMITTER_NAME", "Ada"), ("GIT_COMMITTER_EMAIL", "ada@example.org")])
            .envs([("GIT_AUTHOR_DATE", "1800000000 +0000"), ("GIT_COMMITTER_DATE", "1800000000 +0000")])
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn commit(&self, message: &str) -> Commit {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
        self.git(&["rev-parse", "HEAD"]).parse().unwrap()
    }

    async fn open(&self) -> Repository {
        Repository::find(&self.root()).await.unwrap()
    }
}

fn dirty(state: &RepoState) -> Vec<(&str, Change)> {
    state.dirty.iter().map(|changed| (changed.path.as_str(), changed.change)).collect()
}

#[tokio::test]
async fn a_clean_tree_is_found_from_below() {
    let fixture = Fixture::committed();
    let repository = Repository::find(&fixture.root().join("dir")).await.unwrap();
    assert_eq!(repository.root(), fixture.root());
    let state = repository.state().await.unwrap();
    assert!(state.is_clean());
    assert_eq!(state.branch.as_deref(), Some("main"));
    assert_eq!(state.head.unwrap().to_string(), fixture.git(&["rev-parse", "HEAD"]));
    assert_eq!((state.untracked, state.shallow, state.in_progress), (0, false, None));
}

#[tokio::test]
async fn changes_are_seen_staged_or_not() {
    let fixture = Fixture::committed();
    fixture.write("a", "changed\n");
    fixture.write("new", "x");
    std::fs::remove_file(fixture.root().join("dir/b")).unwrap();
    fixture.git(&["add", "new"]);
    fixture.write("loose/one", "x");
    fixture.write("loose/two", "x");
    let state = fixture.open().await.state().await.unwrap();
    let expected = [("a", Change::Modified), ("dir/b", Change::Deleted), ("new", Change::Added)];
    assert_eq!(dirty(&state), expected);
    assert_eq!(state.untracked, 1);
    assert!(!state.is_clean());
}

#[tokio::test]
async fn files_git_was_told_not_to_look_at_are_not_called_clean() {
    let fixture = Fixture::committed();
    fixture.git(&["update-index", "--assume-unchanged", "a"]);
    fixture.write("a", "changed\n");
    let state = fixture.open().await.state().await.unwrap();
    assert_eq!((dirty(&state), state.unwatched), (vec![], 1));
    assert!(!state.is_clean());
}

#[tokio::test]
async fn detached_half_merged_and_shallow_are_told() {
    let fixture = Fixture::committed();
    fixture.git(&["checkout", "-q", "-b", "other"]);
    fixture.write("a", "theirs\n");
    fixture.commit("theirs");
    fixture.git(&["checkout", "-q", "main"]);
    fixture.write("a", "ours\n");
    fixture.commit("ours");
    fixture.git(&["checkout", "-q", "--detach"]);
    let merge =
        Command::new("git").args(["merge", "-q", "other"]).current_dir(fixture.root()).output().unwrap();
    assert!(!merge.status.success());
    let state = fixture.open().await.state().await.unwrap();
    assert_eq!((state.branch.clone(), state.in_progress), (None, Some(InProgress::Merge)));
    assert_eq!(dirty(&state), [("a", Change::Unmerged)]);
    let clone = Fixture::bare_directory();
    let from = format!("file://{}", fixture.root().display());
    let cloned =
        Command::new("git").args(["clone", "-q", "--depth=1", &from]).arg(clone.root()).status().unwrap();
    assert!(cloned.success());
    assert!(clone.open().await.state().await.unwrap().shallow);
}

#[tokio::test]
async fn a_repository_without_commits_says_so() {
    let fixture = Fixture::empty();
    let repository = fixture.open().await;
    let state = repository.state().await.unwrap();
    assert_eq!((state.head.clone(), state.branch.as_deref()), (None, Some("main")));
    assert!(!state.is_clean());
    assert!(matches!(repository.resolve("HEAD").await, Err(RepoError::NoCommits)));
}

#[tokio::test]
async fn places_that_are_no_repository_are_refused() {
    let fixture = Fixture::bare_directory();
    let path = fixture.directory.path();
    assert!(matches!(Repository::find(path).await, Err(RepoError::NotARepository { .. })));
    assert!(matches!(Repository::find(&path.join("missing")).await, Err(RepoError::NotARepository { .. })));
    std::fs::write(path.join(".git"), "gitdir: nowhere\n").unwrap();
    assert!(matches!(Repository::find(path).await, Err(RepoError::Refused { .. })));
}

#[tokio::test]
async fn another_users_repository_is_refused() {
    let fixture = Fixture::committed();
    let mut repository = fixture.open().await;
    repository.test_environment =
        [("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1"), ("GIT_CONFIG_GLOBAL", "/dev/null")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec();
    assert!(matches!(repository.state().await, Err(RepoError::UnsafeOwnership { .. })));
    assert!(matches!(repository.resolve("HEAD").await, Err(RepoError::UnsafeOwnership { .. })));
}

#[tokio::test]
async fn names_resolve_to_commits_or_to_nothing() {
    let fixture = Fixture::committed();
    fixture.git(&["tag", "-a", "v1", "-m", "release"]);
    let repository = fixture.open().await;
    let head = repository.resolve("HEAD").await.unwrap();
    for name in ["main", "v1", &head.as_str()[..8]] {
        assert_eq!(repository.resolve(name).await.unwrap(), head, "{name}");
    }
    for name in ["nope", "HEAD:a", "HEAD~5", &"0".repeat(40)] {
        assert!(matches!(repository.resolve(name).await, Err(RepoError::UnknownRevision { .. })), "{name}");
    }
    for name in ["", "--all", "-x", "a\nb"] {
        assert!(matches!(repository.resolve(name).await, Err(RepoError::BadName { .. })), "{name}");
    }
}

#[tokio::test]
async fn too_large_an_answer_is_refused() {
    let fixture = Fixture::committed();
    let size = usize::try_from(OUTPUT_BYTES_MAX).unwrap() + 1;
    fixture.write("huge", &"x".repeat(size));
    let commit = fixture.commit("huge");
    let shown = fixture.open().await.git(&["cat-file", "blob", &format!("{commit}:huge")]).await;
    assert!(matches!(shown, Err(RepoError::TooLarge { .. })));
}

/// A repository in which every setting that can name a command names one.
fn hostile() -> (Fixture, PathBuf) {
    let fixture = Fixture::committed();
    let trap = fixture.directory.path().canonicalize().unwrap().join("sprung");
    let script = fixture.directory.path().canonicalize().unwrap().join("trap.sh");
    std::fs::write(&script, format!("#!/bin/sh\necho \"$0 $*\" >> {}\ncat\n", trap.display())).unwrap();
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    fixture.write(".gitattributes", "* filter=evil.a=b diff=evil merge=evil\n*.x filter=second\n");
    fixture.write("c.x", "three\n");
    fixture.git(&["add", "-A"]);
    fixture.commit("attributes");
    let hooks = fixture.root().join(".git/hooks");
    std::fs::create_dir_all(&hooks).unwrap();
    for hook in ["post-index-change", "fsmonitor-watchman", "reference-transaction", "post-checkout"] {
        std::fs::copy(&script, hooks.join(hook)).unwrap();
    }
    let run = script.display();
    let config = format!(
        "[core]\n fsmonitor = {run}\n hooksPath = {}\n pager = {run}\n sshCommand = {run}\n askPass = {run}\n editor = {run}\n\
         [diff]\n external = {run}\n[diff \"evil\"]\n textconv = {run}\n command = {run}\n\
         [filter \"evil.a=b\"]\n clean = {run}\n smudge = {run}\n required = true\n\
         [filter \"second\"]\n process = {run}\n required = true\n\
         [merge \"evil\"]\n driver = {run}\n[gpg]\n program = {run}\n[log]\n showSignature = true\n\
         [credential]\n helper = !{run}\n[alias]\n status = !{run}\n archive = !{run}\n\
         [pager]\n status = {run}\n log = {run}\n config = {run}\n[tar \"tar\"]\n command = {run}\n\
         [extensions]\n partialClone = origin\n\
         [remote \"origin\"]\n url = ext::{run}\n promisor = true\n uploadpack = {run}\n vcs = evil\n\
         [status]\n submoduleSummary = true\n[submodule]\n recurse = true\n[protocol]\n allow = always\n",
        hooks.display()
    );
    let path = fixture.root().join(".git/config");
    let old = std::fs::read_to_string(&path)
        .unwrap()
        .replace("repositoryformatversion = 0", "repositoryformatversion = 1");
    std::fs::write(&path, old + &config).unwrap();
    (fixture, trap)
}

fn assert_nothing_ran(trap: &Path) {
    assert!(!trap.exists(), "a command of the repository ran: {}", std::fs::read_to_string(trap).unwrap());
}

#[tokio::test]
async fn a_hostile_configuration_runs_nothing() {
    let (fixture, trap) = hostile();
    // Newer times and another size make git look into the files, which is when filters run.
    fixture.write("a", "changed longer\n");
    fixture.write("c.x", "three\n");
    let repository = Repository::find(&fixture.root()).await.unwrap();
    let state = repository.state().await.unwrap();
    assert_eq!(dirty(&state), [("a", Change::Modified)]);
    repository.resolve("HEAD~1").await.unwrap();
    assert!(repository.resolve(&"1".repeat(40)).await.is_err());
    assert_nothing_ran(&trap);
}

#[tokio::test]
async fn the_traps_are_real() {
    let (fixture, trap) = hostile();
    fixture.write("a", "changed longer\n");
    let _whatever_it_says = Command::new("git").arg("status").current_dir(fixture.root()).output().unwrap();
    assert!(trap.exists(), "plain git must spring them, or the other test proves nothing");
}

#[tokio::test]
async fn a_missing_object_is_not_fetched() {
    let (fixture, trap) = hostile();
    let first = fixture.git(&["rev-parse", "HEAD~1"]);
    std::fs::remove_file(&trap).ok();
    std::fs::remove_file(fixture.root().join(".git/objects").join(&first[..2]).join(&first[2..])).unwrap();
    let repository = Repository::find(&fixture.root()).await.unwrap();
    assert!(repository.resolve(&first).await.is_err());
    assert_nothing_ran(&trap);
}

#[tokio::test]
async fn a_hostile_submodule_runs_nothing() {
    let (inner, trap) = hostile();
    let outer = Fixture::committed();
    let url = inner.root().display().to_string();
    std::fs::remove_file(&trap).ok();
    outer.git(&["-c", "protocol.file.allow=always", "clone", "-q", "--no-checkout", &url, "sub"]);
    std::fs::copy(inner.root().join(".git/config"), outer.root().join("sub/.git/config")).unwrap();
    let head = inner.root().join(".git/refs/heads/main");
    let id = std::fs::read_to_string(head).unwrap();
    outer.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{},sub", id.trim())]);
    outer.git(&["commit", "-q", "-m", "submodule"]);
    std::fs::write(outer.root().join("sub/a"), "changed\n").unwrap();
    std::fs::remove_file(&trap).ok();
    let state = outer.open().await.state().await.unwrap();
    assert_eq!(dirty(&state), []);
    assert_nothing_ran(&trap);
}

#[tokio::test]
async fn a_working_tree_somewhere_else_is_refused() {
    let fixture = Fixture::committed();
    fixture.git(&["config", "core.worktree", "/"]);
    assert!(matches!(Repository::find(&fixture.root()).await, Err(RepoError::Refused { .. })));
}
