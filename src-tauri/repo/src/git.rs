//! Runs git so that nothing in the repository can run anything.

use crate::error::RepoError;
use crate::find;
use seaworthy_clock::SystemClock;
use seaworthy_process::Ended;
use seaworthy_process::Finished;
use seaworthy_process::NotStarted;
use seaworthy_process::Program;
use seaworthy_process::Spec;
use seaworthy_process::Stream;
use seaworthy_process::output_channel;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long one git command may take.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// Most that is read of one answer.
pub const OUTPUT_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Most that is kept of git's complaints.
const COMPLAINT_BYTES_MAX: usize = 16 * 1024;

/// Longest complaint that is passed on.
const REASON_CHARS_MAX: usize = 300;

/// Git answers a fatal error with this code.
const FATAL: i32 = 128;

/// Environment of every call. Protocols: none at all, so that a missing object is an error and not a download.
const ENVIRONMENT: [(&str, &str); 9] = [
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_ATTR_NOSYSTEM", "1"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_ALLOW_PROTOCOL", "none"),
    ("GIT_PAGER", "cat"),
    ("GIT_ADVICE", "0"),
    ("LC_ALL", "C"),
];

/// Settings of every call; they win over the repository's and the user's own.
const SETTINGS: [(&str, &str); 13] = [
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("core.untrackedCache", "false"),
    ("core.sshCommand", ""),
    ("core.askPass", ""),
    ("core.pager", "cat"),
    ("credential.helper", ""),
    ("protocol.allow", "never"),
    ("protocol.ext.allow", "never"),
    ("safe.bareRepository", "explicit"),
    ("transfer.fsckObjects", "true"),
    ("log.showSignature", "false"),
    ("submodule.recurse", "false"),
];

/// What a filter driver may have; each is a command or makes one compulsory.
const FILTER_SETTINGS: [(&str, &str); 4] =
    [("clean", ""), ("smudge", ""), ("process", ""), ("required", "false")];

/// A repository with a working tree, and the git to read it with.
#[derive(Clone, Debug)]
pub struct Repository {
    pub(crate) root: PathBuf,
    program: PathBuf,
    #[cfg(test)]
    pub(crate) test_environment: Vec<(String, String)>,
}

pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) out: Vec<u8>,
    complaint: String,
}

impl Repository {
    /// Finds the repository at or above `path` and a git that can read it safely. Runs nothing of the repository.
    pub async fn find(path: &Path) -> Result<Self, RepoError> {
        let root = find::working_tree(path)?;
        let program = find::git_program(std::env::var_os("PATH").as_deref(), &root)?;
        let repository = Self {
            root,
            program,
            #[cfg(test)]
            test_environment: Vec::new(),
        };
        let version = repository.git(&["version"]).await?;
        find::check_version(&String::from_utf8_lossy(&version.out))?;
        repository.check_root().await?;
        Ok(repository)
    }

    /// Root of the working tree, symbolic links resolved.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A repository's configuration can claim any directory as its working tree.
    async fn check_root(&self) -> Result<(), RepoError> {
        let answer = self.git_or_refuse(&["rev-parse", "--show-toplevel"]).await?;
        let claimed = PathBuf::from(String::from_utf8_lossy(&answer).trim_end_matches(['\r', '\n']));
        if claimed.canonicalize().is_ok_and(|claimed| claimed == self.root) {
            return Ok(());
        }
        let reason = format!("its configuration names another working tree, {}", claimed.display());
        Err(RepoError::Refused { reason })
    }

    /// Runs a command that converts no file contents.
    pub(crate) async fn git(&self, arguments: &[&str]) -> Result<Answer, RepoError> {
        self.git_with(arguments, &[]).await
    }

    /// The same, for commands that only fail when something is wrong.
    pub(crate) async fn git_or_refuse(&self, arguments: &[&str]) -> Result<Vec<u8>, RepoError> {
        let answer = self.git(arguments).await?;
        self.accept(answer)
    }

    /// Runs a command that would pass file contents through filters; the filters are switched off by name.
    pub(crate) async fn git_without_filters(&self, arguments: &[&str]) -> Result<Vec<u8>, RepoError> {
        let settings = self.no_filters().await?;
        let answer = self.git_with(arguments, &settings).await?;
        self.accept(answer)
    }

    fn accept(&self, answer: Answer) -> Result<Vec<u8>, RepoError> {
        if answer.code == 0 { Ok(answer.out) } else { Err(self.refusal(&answer)) }
    }

    pub(crate) fn refusal(&self, answer: &Answer) -> RepoError {
        if answer.code == FATAL && answer.complaint.contains("dubious ownership") {
            return RepoError::UnsafeOwnership { path: self.root.clone() };
        }
        let first = answer.complaint.lines().find(|line| !line.trim().is_empty());
        let reason = first.map_or_else(|| format!("git exited with {}", answer.code), ToOwned::to_owned);
        RepoError::Refused { reason: reason.chars().take(REASON_CHARS_MAX).collect() }
    }

    /// Names of all configured filters, asked for each time: the configuration may have changed since.
    async fn no_filters(&self) -> Result<Vec<(String, String)>, RepoError> {
        let listed = self.git_or_refuse(&["config", "--list", "--name-only", "-z"]).await?;
        let names: BTreeSet<String> = String::from_utf8_lossy(&listed)
            .split('\0')
            .filter_map(|name| Some(name.strip_prefix("filter.")?.rsplit_once('.')?.0.to_owned()))
            .collect();
        let settings = names.iter().flat_map(|name| {
            FILTER_SETTINGS.map(|(key, value)| (format!("filter.{name}.{key}"), value.to_owned()))
        });
        Ok(settings.collect())
    }

    async fn git_with(&self, arguments: &[&str], settings: &[(String, String)]) -> Result<Answer, RepoError> {
        let (sender, mut receiver) = output_channel();
        let (cancel, spec) = (CancellationToken::new(), self.spec(arguments, settings));
        let collect = async {
            let (mut out, mut complaint) = (Vec::new(), Vec::new());
            while let Some(chunk) = receiver.recv().await {
                match chunk.stream {
                    Stream::Out if out.len() as u64 > OUTPUT_BYTES_MAX => cancel.cancel(),
                    Stream::Out => out.extend_from_slice(&chunk.bytes),
                    Stream::Err if complaint.len() > COMPLAINT_BYTES_MAX => {}
                    Stream::Err => complaint.extend_from_slice(&chunk.bytes),
                }
            }
            (out, complaint)
        };
        let (finished, (out, complaint)) =
            tokio::join!(seaworthy_process::run(&spec, sender, &cancel, &SystemClock), collect);
        if out.len() as u64 > OUTPUT_BYTES_MAX {
            return Err(RepoError::TooLarge { what: "bytes", max: OUTPUT_BYTES_MAX });
        }
        let code = exit_code(&finished)?;
        Ok(Answer { code, out, complaint: String::from_utf8_lossy(&complaint).into_owned() })
    }

    pub(crate) fn spec(&self, arguments: &[&str], settings: &[(String, String)]) -> Spec {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let run_id = format!("git-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let mut argv = vec![self.program.to_string_lossy().into_owned(), "--no-pager".to_owned()];
        argv.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        let mut spec = Spec::new(Program::Argv(argv), &self.root, run_id, DEADLINE);
        spec.env = self.environment(settings);
        spec
    }

    fn environment(&self, settings: &[(String, String)]) -> BTreeMap<String, String> {
        let mut environment: BTreeMap<String, String> =
            ENVIRONMENT.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        // Discovery must stop here: the repository found is the one that is read.
        if let Some(above) = self.root.parent() {
            environment.insert("GIT_CEILING_DIRECTORIES".into(), above.to_string_lossy().into_owned());
        }
        let fixed = SETTINGS.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let all: Vec<(String, String)> = fixed.chain(settings.iter().cloned()).collect();
        // Unlike `-c key=value` this has no character that a hostile name could use to end the key early.
        environment.insert("GIT_CONFIG_COUNT".into(), all.len().to_string());
        for (number, (key, value)) in all.into_iter().enumerate() {
            environment.insert(format!("GIT_CONFIG_KEY_{number}"), key);
            environment.insert(format!("GIT_CONFIG_VALUE_{number}"), value);
        }
        #[cfg(test)]
        environment.extend(self.test_environment.iter().cloned());
        environment
    }
}

fn exit_code(finished: &Finished) -> Result<i32, RepoError> {
    match &finished.ended {
        Ended::Exit(code) => Ok(*code),
        Ended::TimedOut => Err(RepoError::TimedOut),
        Ended::NotStarted(NotStarted::NotFound { .. }) => Err(RepoError::GitMissing),
        Ended::NotStarted(reason) => Err(RepoError::Refused { reason: reason.to_string() }),
        other => Err(RepoError::Refused { reason: format!("git ended with {other:?}") }),
    }
}
