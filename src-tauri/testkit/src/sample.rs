//! One sample project: repository, platform and data directory, all in a folder that disappears.

use crate::cli::Cli;
use crate::platform::Platform;
use crate::repository::Repository;
use serde_json::json;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use tempfile::TempDir;
use uuid::Uuid;

/// Deployment that has all traffic before the first release.
pub const FIRST: &str = "1.0.0-first";

/// What the policy is filled in with.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Soak of the first two stages.
    pub soak: &'static str,
    /// Needed coverage of soaks and watches.
    pub coverage: &'static str,
    /// Window of the rule that guards stage 2.
    pub over: &'static str,
    /// Length of the watch after full traffic.
    pub watch: &'static str,
    /// Limit of every command of the target.
    pub timeout: &'static str,
    /// Last changes to the policy's text.
    pub edits: Vec<(&'static str, &'static str)>,
}

impl Default for Plan {
    fn default() -> Self {
        Self { soak: "10m", coverage: "90%", over: "5m", watch: "30m", timeout: "60s", edits: Vec::new() }
    }
}

impl Plan {
    /// For a real clock: a prober that looks every second, soaks of a few seconds, a guardrail that fires after two.
    pub fn fast() -> Self {
        Self {
            soak: "2s",
            coverage: "10%",
            over: "2s",
            watch: "2s",
            timeout: "60s",
            edits: vec![
                (
                    "requests = 10\nevery = \"15s\"\ntimeout = \"5s\"",
                    "requests = 4\nevery = \"1s\"\ntimeout = \"900ms\"",
                ),
                ("error_rate > 1% for 5m with >= 100 requests", "error_rate > 50% for 2s with >= 4 requests"),
                ("error_rate < 1% over 2s", "error_rate < 50% with >= 4 requests"),
                // A busy machine may miss a tick; what is proved here is not the length of gaps.
                (
                    "query = \"error_rate\" }",
                    "query = \"error_rate\", allowed_gap = \"30s\", stale_after = \"60s\" }",
                ),
            ],
        }
    }

    /// The same with one more change to the policy's text.
    #[must_use]
    pub fn edit(mut self, from: &'static str, to: &'static str) -> Self {
        self.edits.push((from, to));
        self
    }
}

/// A project with its surroundings.
#[derive(Debug)]
pub struct Sample {
    /// Its repository.
    pub repository: Repository,
    /// Where it runs.
    pub platform: Platform,
    /// Seaworthy's data directory.
    pub home: PathBuf,
    folder: TempDir,
}

impl Sample {
    /// A project with its first version in both environments and version 1.1.0 committed.
    ///
    /// # Panics
    /// When node or git is missing.
    pub fn new(plan: &Plan) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().canonicalize().expect("the folder is there");
        let project = root.join("tide-tables");
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/sample"), &project);
        let platform = Platform::start(&project, &root.join("platform.json"));
        let releases = root.join("releases");
        let policy = fs::read_to_string(project.join("seaworthy.toml")).expect("the sample has a policy");
        let policy = fill_in(&policy, plan, &platform, &releases);
        fs::write(project.join("seaworthy.toml"), policy).expect("the policy can be written");
        let repository = Repository::init(&project);
        let commit = repository.commit("Begin tide tables");
        place_first(&platform, &releases, &project, &commit);
        Self { repository, platform, home: root.join("home"), folder }
    }

    /// Folder of the project.
    pub fn project(&self) -> &Path {
        self.repository.folder()
    }

    /// A folder that lies beside the project and disappears with it.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().expect("the folder is there").join(name)
    }

    /// The terminal's program in this project.
    pub fn cli(&self) -> Cli {
        Cli::new(self.project(), &self.home)
    }

    /// A commit that changes what the service says.
    pub fn fix(&self) -> String {
        let text = self.repository.read("tides.mjs");
        self.repository.write("tides.mjs", format!("{text}\n// Mended.\n"));
        self.repository.commit("Mend the tides")
    }
}

fn fill_in(policy: &str, plan: &Plan, platform: &Platform, releases: &Path) -> String {
    let releases = releases.to_string_lossy();
    let id = Uuid::new_v4().to_string();
    let (admin, staging, production) =
        (platform.url("admin"), platform.url("staging"), platform.url("production"));
    let words = [
        ("@ID@", id.as_str()),
        ("@ADMIN@", &admin),
        ("@STAGING@", &staging),
        ("@PRODUCTION@", &production),
        ("@RELEASES@", &releases),
        ("@SOAK@", plan.soak),
        ("@COVERAGE@", plan.coverage),
        ("@OVER@", plan.over),
        ("@WATCH@", plan.watch),
        ("@TIMEOUT@", plan.timeout),
    ];
    let mut policy = policy.to_owned();
    for (from, to) in words.into_iter().chain(plan.edits.iter().copied()) {
        assert!(policy.contains(from), "the sample's policy has no {from:?}");
        policy = policy.replace(from, to);
    }
    policy
}

fn place_first(platform: &Platform, releases: &Path, project: &Path, commit: &str) {
    for environment in ["staging", "production"] {
        let directory = releases.join(environment).join(FIRST);
        copy(project, &directory);
        let order = json!({
            "operation": "sample", "environment": environment, "deployment": FIRST,
            "version": "1.0.0", "commit": commit, "directory": directory, "share": 100,
        });
        platform.ask("/deploy", &order);
        platform.ask("/share", &order);
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the folder can be made");
    for entry in fs::read_dir(from).expect("the sample is there") {
        let entry = entry.expect("the sample can be listed");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a file has a type").is_dir() {
            if entry.file_name() != ".git" && entry.file_name() != "dist" {
                copy(&entry.path(), &target);
            }
        } else {
            fs::copy(entry.path(), target).expect("the sample can be copied");
        }
    }
}
