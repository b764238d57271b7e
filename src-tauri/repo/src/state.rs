//! What the working tree looks like right now.

use crate::error::RepoError;
use crate::git::Repository;
use crate::history::Commit;
use serde::Deserialize;
use serde::Serialize;
use std::path::Path;
use std::path::PathBuf;

/// A path that differs. Not UTF-8: shown with replacement characters, so for people rather than for opening.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangedPath {
    /// Relative to the root, with `/`.
    pub path: String,
    /// How it differs.
    pub change: Change,
}

/// How a path differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// New.
    Added,
    /// Other contents or mode.
    Modified,
    /// Gone.
    Deleted,
    /// File became link, link became directory, and the like.
    TypeChanged,
    /// A conflict waits to be resolved.
    Unmerged,
}

impl Change {
    pub(crate) fn from_letter(letter: char) -> Option<Self> {
        match letter {
            'A' | 'C' | 'R' => Some(Self::Added),
            'M' => Some(Self::Modified),
            'D' => Some(Self::Deleted),
            'T' => Some(Self::TypeChanged),
            'U' => Some(Self::Unmerged),
            _ => None,
        }
    }
}

/// Something that was begun and not finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InProgress {
    /// A merge.
    Merge,
    /// A rebase, or a series of patches.
    Rebase,
    /// A cherry-pick.
    CherryPick,
    /// A revert.
    Revert,
    /// A bisection.
    Bisect,
}

/// What the working tree looks like right now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepoState {
    /// Root of the working tree.
    pub root: PathBuf,
    /// The commit checked out; `None` before the first one.
    pub head: Option<Commit>,
    /// The branch checked out; `None` when detached.
    pub branch: Option<String>,
    /// Tracked paths that differ from `head`, staged or not. Inside submodules nothing is looked at, only which
    /// commit they are at.
    pub dirty: Vec<ChangedPath>,
    /// Untracked, not ignored entries; a directory of only such counts once.
    pub untracked: usize,
    /// Tracked files git was told not to compare (`assume-unchanged`, `skip-worktree`): nobody knows about them.
    pub unwatched: usize,
    /// Something that was begun and not finished.
    pub in_progress: Option<InProgress>,
    /// History is cut off.
    pub shallow: bool,
}

impl RepoState {
    /// All tracked files are those of `head`, as far as can be told, and nothing is half done.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.head.is_some() && self.dirty.is_empty() && self.unwatched == 0 && self.in_progress.is_none()
    }
}

impl Repository {
    /// Reads the state of the working tree.
    pub async fn state(&self) -> Result<RepoState, RepoError> {
        // Three questions side by side: each is a process.
        let (status, files, about) = tokio::try_join!(
            self.git_without_filters(&[
                "status",
                "--porcelain=v2",
                "-z",
                "--branch",
                "--no-renames",
                "--untracked-files=normal",
                // Anything more would run git inside the submodule, with the submodule's own settings.
                "--ignore-submodules=dirty",
            ]),
            self.git_or_refuse(&["ls-files", "-v", "-z"]),
            self.git_or_refuse(&["rev-parse", "--absolute-git-dir", "--is-shallow-repository"]),
        )?;
        let status = parse_status(&String::from_utf8_lossy(&status))
            .ok_or_else(|| RepoError::Refused { reason: "an answer of git that makes no sense".into() })?;
        let about = String::from_utf8_lossy(&about);
        let mut about = about.lines();
        let git_directory = PathBuf::from(about.next().unwrap_or_default());
        Ok(RepoState {
            root: self.root.clone(),
            head: status.head,
            branch: status.branch,
            dirty: status.dirty,
            untracked: status.untracked,
            unwatched: files.split(|byte| *byte == 0).filter(|line| is_unwatched(line)).count(),
            in_progress: in_progress(&git_directory),
            shallow: about.next() == Some("true"),
        })
    }
}

/// `S` is skip-worktree; a small letter is assume-unchanged.
fn is_unwatched(line: &[u8]) -> bool {
    line.first().is_some_and(|tag| *tag == b'S' || tag.is_ascii_lowercase())
}

fn in_progress(git_directory: &Path) -> Option<InProgress> {
    const SIGNS: [(&str, InProgress); 6] = [
        ("rebase-merge", InProgress::Rebase),
        ("rebase-apply", InProgress::Rebase),
        ("MERGE_HEAD", InProgress::Merge),
        ("CHERRY_PICK_HEAD", InProgress::CherryPick),
        ("REVERT_HEAD", InProgress::Revert),
        ("BISECT_LOG", InProgress::Bisect),
    ];
    SIGNS.iter().find(|(name, _)| git_directory.join(name).exists()).map(|(_, sign)| *sign)
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Status {
    head: Option<Commit>,
    branch: Option<String>,
    dirty: Vec<ChangedPath>,
    untracked: usize,
}

/// Reads `git status --porcelain=v2 -z --branch`; `None` when it is anything else.
fn parse_status(text: &str) -> Option<Status> {
    let mut status = Status::default();
    let mut entries = text.split_terminator('\0');
    while let Some(entry) = entries.next() {
        let (kind, rest) = entry.split_once(' ')?;
        match kind {
            "#" => parse_header(rest, &mut status)?,
            "1" => status.dirty.push(changed(rest, 7)?),
            "2" => {
                status.dirty.push(changed(rest, 8)?);
                entries.next()?;
            }
            "u" => status.dirty.push(ChangedPath { change: Change::Unmerged, ..changed(rest, 9)? }),
            "?" => status.untracked += 1,
            "!" => {}
            _ => return None,
        }
    }
    Some(status)
}

fn parse_header(header: &str, status: &mut Status) -> Option<()> {
    let (name, value) = header.split_once(' ')?;
    match (name, value) {
        ("branch.oid", "(initial)") | ("branch.head", "(detached)") => {}
        ("branch.oid", id) => status.head = Some(id.parse().ok()?),
        ("branch.head", branch) => status.branch = Some(branch.to_owned()),
        _ => {}
    }
    Some(())
}

/// Two letters (index, working tree; the latter is the newer), fields nobody needs, and the path, which may have
/// spaces.
fn changed(rest: &str, fields_before_path: usize) -> Option<ChangedPath> {
    let mut fields = rest.splitn(fields_before_path + 1, ' ');
    let mut letters = fields.next()?.chars();
    let (index, tree) = (letters.next()?, letters.next()?);
    let path = fields.nth(fields_before_path - 1)?.to_owned();
    let change = Change::from_letter(tree).or_else(|| Change::from_letter(index))?;
    Some(ChangedPath { path, change })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ID: &str = "0123456789abcdef0123456789abcdef01234567";

    #[test]
    fn an_answer_is_read() {
        let text = format!(
            "# branch.oid {ID}\0# branch.head main\0# branch.ab +1 -0\0\
             1 .M N... 100644 100644 100644 {ID} {ID} a b.txt\0\
             1 A. N... 000000 100644 100644 {ID} {ID} new\0\
             1 .D N... 100644 100644 000000 {ID} {ID} gone\0\
             2 R. N... 100644 100644 100644 {ID} {ID} R100 to\0from\0\
             u UU N... 100644 100644 100644 100644 {ID} {ID} {ID} both\0\
             ? x\0? y/\0"
        );
        let status = parse_status(&text).unwrap();
        let dirty: Vec<(&str, Change)> =
            status.dirty.iter().map(|changed| (changed.path.as_str(), changed.change)).collect();
        let expected = [
            ("a b.txt", Change::Modified),
            ("new", Change::Added),
            ("gone", Change::Deleted),
            ("to", Change::Added),
            ("both", Change::Unmerged),
        ];
        assert_eq!(dirty, expected);
        assert_eq!((status.branch.as_deref(), status.untracked), (Some("main"), 2));
        assert_eq!(status.head.unwrap().to_string(), ID);
    }

    #[test]
    fn nonsense_is_not_a_clean_tree() {
        for text in [
            "x y\0",
            "1 .M\0",
            "garbage",
            "# branch.oid xyz\0",
            "2 R. N... a b c d e R1 to\0",
            "1 .. N... 1 2 3 4 5 p\0",
        ] {
            assert_eq!(parse_status(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "([#12u?!] [ -~\0é]{0,60}\0){0,6}") {
            let _either_way = parse_status(&text);
        }
    }
}
