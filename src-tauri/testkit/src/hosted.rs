//! A project in git whose production is at the practice provider, and whose token is in a keychain of the test's own.

use crate::cli::Cli;
use crate::cli::Ended;
use crate::keychain::Keychain;
use crate::repository::Repository;
use crate::wait::eventually;
use chrono::TimeDelta;
use seaworthy_clock::SystemClock;
use seaworthy_practice::Affliction;
use seaworthy_practice::Pace;
use seaworthy_practice::Practice;
use seaworthy_practice::ProjectSetup;
use seaworthy_practice::Setup;
use secrecy::ExposeSecret;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;

/// Name of the project at the provider.
pub const HOSTED: &str = "harbor";
/// Shares of the stages, in percent.
const STAGES: [f64; 3] = [25.0, 50.0, 100.0];
const POLICY: &str = include_str!("hosted.toml");

/// The project with its surroundings. The provider is in this process, and thus in another one than the program under
/// test: what happened to it is known however that one ends.
pub struct Hosted {
    /// Its repository.
    pub repository: Repository,
    /// Where it is hosted.
    pub practice: Practice,
    /// Where the token is kept.
    pub keychain: Keychain,
    /// Seaworthy's data directory.
    pub home: PathBuf,
    /// The project's identity, which no policy may change.
    id: Uuid,
    folder: TempDir,
    /// What the provider lives on; it goes last.
    _runtime: Runtime,
}

impl Hosted {
    /// A project that is not connected yet; `None`, visibly, where there is no keychain.
    ///
    /// # Panics
    /// When git, loopback or the disk refuse.
    pub fn start(seed: u64) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().canonicalize().expect("the folder is there");
        let keychain = Keychain::start(&root)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("threads");
        let quick = |ms| TimeDelta::milliseconds(ms);
        let pace = Pace::Clock { queued: quick(100), building: quick(400), job: quick(400) };
        let project = ProjectSetup::named(HOSTED).rolling(&STAGES);
        let setup = Setup { pace, ..Setup::one(seed, project) };
        let practice = runtime.block_on(Practice::start(Arc::new(SystemClock), setup)).expect("loopback");
        let project = root.join(HOSTED);
        std::fs::create_dir_all(project.join("dist")).expect("the folder can be made");
        let repository = Repository::init(&project);
        repository.write("dist/index.html", "ahoy");
        let hosted = Self {
            repository,
            practice,
            keychain,
            home: root.join("home"),
            id: Uuid::new_v4(),
            folder,
            _runtime: runtime,
        };
        hosted.policy(&hosted.practice.url());
        hosted.repository.commit("Begin");
        Some(hosted)
    }

    /// Writes the policy, with the provider at `origin`.
    ///
    /// # Panics
    /// When the disk refuses.
    pub fn policy(&self, origin: &str) {
        let standing = self.practice.standing(HOSTED).expect("the project is there");
        let staging = self.folder().join("staging");
        let words = [
            ("@ID@", self.id.to_string()),
            ("@SITE@", self.practice.site(HOSTED).expect("the project is there")),
            ("@ORIGIN@", origin.to_owned()),
            ("@TEAM@", self.practice.team().to_owned()),
            ("@STAGING@", staging.to_string_lossy().into_owned()),
            ("@PROJECT@", standing.project),
        ];
        let mut policy = POLICY.to_owned();
        for (from, to) in words {
            policy = policy.replace(from, &to);
        }
        self.repository.write("seaworthy.toml", policy);
    }

    /// Everything lies below this folder, the keychain's file too.
    ///
    /// # Panics
    /// When it is gone.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().canonicalize().expect("the folder is there")
    }

    /// Folder of the project.
    pub fn project(&self) -> &Path {
        self.repository.folder()
    }

    /// The terminal's program in this project and this session.
    pub fn cli(&self) -> Cli {
        let logged = [("SEAWORTHY_LOG".to_owned(), "trace".into())];
        Cli::new(self.project(), &self.home).within(self.keychain.variables()).within(logged)
    }

    /// Starts `seaworthy --json watch`, and waits until it is the engine: beside a command that has only just begun it
    /// would follow that one, and end with it.
    ///
    /// # Panics
    /// When it never is.
    pub fn watch(&self) -> Child {
        let watch = self.cli().start(&["watch"]);
        let holder = self.home.join("engine.lock");
        eventually("the watch to be the engine", || {
            let note = std::fs::read_to_string(&holder).unwrap_or_default();
            note.contains(&watch.id().to_string()).then_some(())
        });
        watch
    }

    /// Connects the provider with its token.
    pub fn connect(&self, more: &[&str]) -> Ended {
        let arguments = [&["connect", "vercel", "--stdin", "--allow-loopback-http"], more].concat();
        self.cli().type_into(&arguments, &format!("{}\n", self.practice.token().expose_secret()))
    }

    /// Makes the newest deployment fail its visitors.
    pub fn break_newest(&self) {
        if let Some((newest, ..)) = self.practice.standing(HOSTED).and_then(|mut s| s.deployments.pop()) {
            self.practice.afflict(&newest, vec![Affliction::Errors]);
        }
    }
}
