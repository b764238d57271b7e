//! An engine with a real ledger, a turned clock and an outside that does what the test says.

use crate::Engine;
use crate::Ports;
use crate::Settings;
use crate::tests::keeper::Keeper;
use crate::tests::outside::*;
use chrono::DateTime;
use chrono::TimeDelta;
use seaworthy_clock::TurnedClock;
use seaworthy_domain::Release;
use seaworthy_domain::ReleaseId;
use seaworthy_evidence::Store;
use seaworthy_ports::Deployers;
use seaworthy_ports::DeviceKeys;
use seaworthy_wire::Fault;
use seaworthy_wire::Forward;
use seaworthy_wire::ReleaseView;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use seaworthy_wire::Saw;
use seaworthy_wire::StepPreview;
use seaworthy_wire::Which;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Time between two looks of the prober.
pub(super) const EVERY: TimeDelta = TimeDelta::seconds(15);

pub(super) const POLICY: &str = r#"
[meta]
title = "Harbor"
version = "1"

[project]
id = "0198b3a0-0000-7000-8000-000000000001"
name = "harbor"

[roles]
captain = "Leads."

[environments.staging]
target = "web"
url = "http://127.0.0.1:1"

[environments.production]
target = "web"
url = "http://127.0.0.1:1"

[targets.web]
kind = "command"
deploy = "deploy"
set_share = "share"
rollback = "back"
observe = "observe"

[probe]
path = "/"
requests = 10
every = "15s"
timeout = "5s"
route = { header = "x-candidate" }
version = { header = "x-version" }
identity = "deployment"

[metrics]
error_rate = { source = "probe", query = "error_rate" }
requests = { source = "probe", query = "requests" }

[checks.lint]
run = "lint"

[phase.all]
title = "All"

[gate.quality]
phase = "all"
guards = "deploy:staging"
criteria = [{ id = "lint", check = "lint" }]

[gate.done]
phase = "all"
guards = "close"
criteria = [{ id = "lessons", attest = "Learnt", subject = "release" }]

[[rollout.stages]]
name = "Canary"
share = "5%"
soak = { length = "5m", coverage = "90%" }

[[rollout.stages]]
name = "Half"
share = "50%"
soak = { length = "5m", coverage = "90%" }

[[rollout.stages]]
name = "All"
share = "100%"

[guardrails.errors]
rule = "error_rate > 1% for 1m with >= 20 requests"
then = "rollback"

[watches.first-hour]
after = "full_traffic"
length = "10m"
coverage = "90%"
needed_for = "close"
"#;

pub(super) struct Harbor {
    pub(super) clock: TurnedClock,
    pub(super) outside: Outside,
    pub(super) keeper: Keeper,
    directory: tempfile::TempDir,
    deployers: Arc<dyn Deployers>,
    pub(super) keys: Option<Arc<dyn DeviceKeys>>,
    pub(super) rehearsal: bool,
    engine: Option<Arc<Engine>>,
}

impl Harbor {
    pub(super) fn new() -> Self {
        Self::under(POLICY)
    }

    /// With one edit of the policy.
    pub(super) fn edited(from: &str, to: &str) -> Self {
        Self::edited_in(&[(from, to)])
    }

    /// With several.
    pub(super) fn edited_in(edits: &[(&str, &str)]) -> Self {
        let mut policy = POLICY.to_owned();
        for (from, to) in edits {
            assert!(policy.contains(from), "{from}");
            policy = policy.replace(from, to);
        }
        Self::under(&policy)
    }

    /// Under another policy altogether.
    pub(super) fn under(policy: &str) -> Self {
        let outside = Outside::default();
        Self::on(policy, outside.clone(), Arc::new(outside))
    }

    /// With targets that are real, production among them. `edit` changes the policy.
    pub(super) fn hosted(deployers: Arc<dyn Deployers>, edit: impl FnOnce(&str) -> String) -> Self {
        Self::on(&edit(POLICY), Outside::default(), deployers)
    }

    fn on(policy: &str, outside: Outside, deployers: Arc<dyn Deployers>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("project")).unwrap();
        let clock = TurnedClock::starting_at(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let keeper = Keeper::default();
        let mut harbor =
            Self { clock, outside, keeper, directory, deployers, keys: None, rehearsal: false, engine: None };
        harbor.write_policy(policy);
        harbor.engine = Some(harbor.open(&harbor.home()).unwrap());
        harbor
    }

    pub(super) fn policy_with(&self, from: &str, to: &str) {
        self.write_policy(&POLICY.replace(from, to));
    }

    fn write_policy(&self, policy: &str) {
        std::fs::write(self.project().join("seaworthy.toml"), policy).unwrap();
    }

    pub(super) fn home(&self) -> PathBuf {
        self.directory.path().join("home")
    }

    pub(super) fn project(&self) -> PathBuf {
        self.directory.path().join("project")
    }

    pub(super) fn open(&self, home: &Path) -> Result<Arc<Engine>, Fault> {
        std::fs::create_dir_all(home).unwrap();
        let ports = Ports {
            clock: Arc::new(self.clock.clone()),
            evidence: Store::open(home.join("evidence")).unwrap(),
            repository: Arc::new(self.outside.clone()),
            commands: Arc::new(self.outside.clone()),
            checks: Arc::new(self.outside.clone()),
            deployers: self.deployers.clone(),
            signals: Arc::new(self.outside.clone()),
            metrics: Some(Arc::new(self.outside.clone())),
            notifier: Some(Arc::new(self.outside.clone())),
            vault: Some(Arc::new(self.keeper.clone())),
            keys: self.keys.clone(),
            redactor: Default::default(),
        };
        let settings =
            Settings { home: home.to_owned(), actor: "dana".to_owned(), rehearsal: self.rehearsal };
        Engine::open(settings, ports).map(Arc::new)
    }

    /// The program ends as a person ends it, and is started again after `off`.
    pub(super) fn reopen(&mut self, off: TimeDelta) {
        self.leave();
        self.clock.advance(off);
        self.engine = Some(self.open(&self.home()).unwrap());
    }

    pub(super) fn leave(&mut self) {
        if let Some(engine) = self.engine.take() {
            engine.finish();
        }
    }

    /// The program is killed and started again.
    pub(super) fn killed(&mut self) {
        self.engine = None;
        self.engine = Some(self.open(&self.home()).unwrap());
    }

    /// What a kill would leave behind at this moment, opened elsewhere; the files of a dead process are its copy.
    pub(super) fn after_a_kill(&self, name: &str) -> Arc<Engine> {
        let copy = self.directory.path().join(name);
        copy_all(&self.home(), &copy);
        self.open(&copy).unwrap()
    }

    pub(super) fn engine(&self) -> Arc<Engine> {
        self.engine.clone().unwrap()
    }

    pub(super) fn release(&self) -> Release {
        only_release(&self.engine())
    }

    pub(super) fn id(&self) -> ReleaseId {
        self.release().id
    }

    pub(super) fn kinds(&self, kind: &str) -> usize {
        kinds(&self.engine(), kind)
    }

    pub(super) async fn ask(&self, request: Request) -> Result<ReleaseView, Fault> {
        ask(&self.engine(), request).await
    }

    pub(super) async fn reply(&self, request: Request) -> Result<Reply, Fault> {
        let (pushes, _) = mpsc::channel(1);
        self.engine().call(request, pushes).await
    }

    pub(super) async fn get(&self, request: Request) -> ReleaseView {
        self.ask(request).await.unwrap()
    }

    pub(super) async fn approve_all(&self) {
        self.approve_all_of(which()).await;
    }

    pub(super) async fn approve_all_of(&self, which: Which) {
        let digests =
            ["deploy", "share", "back", "observe", "lint"].map(|c| self.outside.text(c).digest.to_string());
        self.get(Request::Approve { which, digests: digests.to_vec() }).await;
    }

    /// Another project, with the same policy.
    pub(super) fn neighbouring_folder(&self) -> String {
        let folder = self.directory.path().join("neighbour");
        std::fs::create_dir(&folder).unwrap();
        let policy = POLICY
            .replace("000000000001", "000000000002")
            .replace("environments.production]", "environments.live]\nkind = \"production\"");
        std::fs::write(folder.join("seaworthy.toml"), policy).unwrap();
        folder.to_string_lossy().into_owned()
    }

    /// A candidate that may go to production.
    pub(super) async fn named() -> Self {
        let harbor = Self::new();
        harbor.name().await;
        harbor
    }

    pub(super) async fn name(&self) {
        let folder = self.project().to_string_lossy().into_owned();
        self.get(Request::Open { folder, version: "1.0.0".into() }).await;
        self.approve_all().await;
        self.get(Request::Freeze { which: which() }).await;
        self.get(Request::Candidate { which: which(), revision: None, again: false }).await;
    }

    /// Placed in production without traffic.
    pub(super) async fn placed() -> Self {
        let harbor = Self::named().await;
        harbor.deploy("production").await.unwrap();
        harbor
    }

    /// At the first stage.
    pub(super) async fn climbing() -> Self {
        let harbor = Self::placed().await;
        harbor.advance().await.unwrap();
        harbor
    }

    pub(super) async fn preview(&self, step: Forward) -> StepPreview {
        let (pushes, _) = mpsc::channel(1);
        match self.engine().call(Request::Preview { which: which(), step }, pushes).await.unwrap() {
            Reply::Preview(preview) => preview,
            other => panic!("no preview: {other:?}"),
        }
    }

    pub(super) async fn step(&self, step: Forward) -> Result<ReleaseView, Fault> {
        let expect = self.release().position();
        self.ask(Request::Move { which: which(), step, expect }).await
    }

    pub(super) async fn deploy(&self, environment: &str) -> Result<ReleaseView, Fault> {
        self.step(Forward::Deploy { environment: environment.to_owned() }).await
    }

    pub(super) async fn advance(&self) -> Result<ReleaseView, Fault> {
        self.step(Forward::Advance).await
    }

    pub(super) async fn hold(&self) {
        self.get(Request::Hold { which: which(), reason: "stop".into() }).await;
    }

    pub(super) async fn back(&self) -> Result<ReleaseView, Fault> {
        self.ask(Request::Rollback { which: which(), reason: "enough".into(), emergency: false }).await
    }

    pub(super) async fn reconcile(&self, saw: Option<Saw>) -> Result<ReleaseView, Fault> {
        self.ask(Request::Reconcile { which: which(), saw }).await
    }

    /// Lets time pass and somebody look, `times`.
    pub(super) async fn look(&self, times: u32) {
        for _ in 0..times {
            self.clock.advance(EVERY);
            self.engine().tick().await;
        }
    }
}

pub(super) fn which() -> Which {
    Which::default()
}

pub(super) async fn ask(engine: &Engine, request: Request) -> Result<ReleaseView, Fault> {
    let (pushes, _) = mpsc::channel(1);
    match engine.call(request, pushes).await? {
        Reply::Release(view) => Ok(*view),
        other => panic!("not a release: {other:?}"),
    }
}

pub(super) fn only_release(engine: &Engine) -> Release {
    let core = engine.core();
    core.releases.values().next().unwrap().release.clone()
}

pub(super) fn kinds(engine: &Engine, kind: &str) -> usize {
    engine.ledger.events(0, 1_000).unwrap().iter().filter(|stored| stored.event.kind == kind).count()
}

pub(super) fn copy_all(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_all(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
