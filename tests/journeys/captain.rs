//! A captain at the engine's door: the real edges, a clock that is turned by hand, and notices that are kept.

use chrono::TimeDelta;
use seaworthy_boot::Surroundings;
use seaworthy_boot::open_in;
use seaworthy_clock::Clock;
use seaworthy_clock::SystemClock;
use seaworthy_clock::TurnedClock;
use seaworthy_engine::Engine;
use seaworthy_ports::Delivery;
use seaworthy_ports::Notice;
use seaworthy_ports::Notifier;
use seaworthy_testkit::Plan;
use seaworthy_testkit::Sample;
use seaworthy_wire::ApprovalView;
use seaworthy_wire::EventView;
use seaworthy_wire::Fault;
use seaworthy_wire::Forward;
use seaworthy_wire::ReleaseView;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use seaworthy_wire::SeriesView;
use seaworthy_wire::Which;
use std::sync::Arc;
use std::sync::Mutex;
use tokio::sync::mpsc;

/// Time between two looks of the sample's prober.
pub(crate) const EVERY: TimeDelta = TimeDelta::seconds(15);
/// Looks after which a journey gives up: two and a half hours of turned time.
const LOOKS_MAX: u32 = 600;

/// Keeps what people would have been told.
#[derive(Clone, Default)]
pub(crate) struct Kept(Arc<Mutex<Vec<Notice>>>);

#[async_trait::async_trait]
impl Notifier for Kept {
    async fn service(&self) -> Result<String, String> {
        Ok("kept for the test".to_owned())
    }

    async fn notify(&self, notice: Notice) -> Delivery {
        self.0.lock().unwrap().push(notice);
        Delivery::Shown
    }

    fn withdraw(&self, _: &str) {}
}

pub(crate) struct Captain {
    pub(crate) sample: Sample,
    pub(crate) clock: TurnedClock,
    notices: Kept,
    engine: Option<Arc<Engine>>,
}

impl Captain {
    /// Sits down in a new project.
    pub(crate) fn new(plan: &Plan) -> Self {
        Self::of(Sample::new(plan))
    }

    /// Sits down in `sample`.
    pub(crate) fn of(sample: Sample) -> Self {
        // Turned time begins now, so that files and events agree.
        let clock = TurnedClock::starting_at(SystemClock.now().wall);
        let mut captain = Self { sample, clock, notices: Kept::default(), engine: None };
        captain.reopen();
        captain
    }

    /// Ends the program, as a person does, and starts it again.
    pub(crate) fn reopen(&mut self) {
        self.leave();
        self.engine = Some(self.open().expect("the engine opens"));
    }

    /// Ends the program.
    pub(crate) fn leave(&mut self) {
        if let Some(engine) = self.engine.take() {
            engine.finish();
        }
    }

    pub(crate) fn open(&self) -> Result<Arc<Engine>, Fault> {
        let surroundings = Surroundings {
            clock: Arc::new(self.clock.clone()),
            notifier: Arc::new(self.notices.clone()),
            actor: "dana".to_owned(),
        };
        open_in(&self.sample.home, surroundings)
    }

    pub(crate) fn engine(&self) -> Arc<Engine> {
        self.engine.clone().expect("the program runs")
    }

    /// Titles of the notices so far.
    pub(crate) fn told(&self) -> Vec<String> {
        self.notices.0.lock().unwrap().iter().map(|notice| notice.title.clone()).collect()
    }

    pub(crate) fn which(&self) -> Which {
        let folder = self.sample.project().to_string_lossy().into_owned();
        Which { release: None, folder: Some(folder) }
    }

    pub(crate) async fn ask(&self, request: Request) -> Result<Reply, Fault> {
        // Held open and never read: nothing may wait for somebody who asked.
        let (pushes, _unread) = mpsc::channel(1);
        self.engine().call(request, pushes).await
    }

    /// Asks for something that is answered with the release.
    pub(crate) async fn want(&self, request: Request) -> Result<ReleaseView, Fault> {
        match self.ask(request).await? {
            Reply::Release(view) => Ok(*view),
            other => panic!("not a release: {other:?}"),
        }
    }

    /// The same, where a refusal is a failure of the journey.
    pub(crate) async fn get(&self, request: Request) -> ReleaseView {
        let shown = format!("{request:?}");
        self.want(request).await.unwrap_or_else(|fault| panic!("{shown}: {fault:?}"))
    }

    pub(crate) async fn status(&self) -> ReleaseView {
        self.get(Request::Status { which: self.which() }).await
    }

    pub(crate) async fn open_release(&self, version: &str) -> Result<ReleaseView, Fault> {
        let folder = self.sample.project().to_string_lossy().into_owned();
        self.want(Request::Open { folder, version: version.to_owned() }).await
    }

    pub(crate) async fn approvals(&self) -> Vec<ApprovalView> {
        match self.ask(Request::Approvals { which: self.which() }).await {
            Ok(Reply::Approvals(approvals)) => approvals,
            other => panic!("no approvals: {other:?}"),
        }
    }

    pub(crate) async fn approve_all(&self) {
        let digests = self.approvals().await.into_iter().map(|approval| approval.digest).collect();
        self.get(Request::Approve { which: self.which(), digests }).await;
    }

    pub(crate) async fn attest(&self, criterion: &str) -> ReleaseView {
        let criterion = criterion.to_owned();
        self.get(Request::Attest { which: self.which(), criterion, note: String::new() }).await
    }

    pub(crate) async fn check(&self, names: &[&str]) -> Result<ReleaseView, Fault> {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        self.want(Request::Check { which: self.which(), names }).await
    }

    pub(crate) async fn candidate(&self) -> Result<ReleaseView, Fault> {
        self.want(Request::Candidate { which: self.which(), revision: None, again: false }).await
    }

    pub(crate) async fn forward(&self, step: Forward) -> Result<ReleaseView, Fault> {
        let expect = self.status().await.head.position;
        self.want(Request::Move { which: self.which(), step, expect }).await
    }

    pub(crate) async fn deploy(&self, environment: &str) -> Result<ReleaseView, Fault> {
        self.forward(Forward::Deploy { environment: environment.to_owned() }).await
    }

    pub(crate) async fn advance(&self) -> Result<ReleaseView, Fault> {
        self.forward(Forward::Advance).await
    }

    pub(crate) async fn hold(&self, reason: &str) -> ReleaseView {
        self.get(Request::Hold { which: self.which(), reason: reason.to_owned() }).await
    }

    /// Lets the prober look `times` times.
    pub(crate) async fn look(&self, times: u32) {
        for _ in 0..times {
            self.clock.advance(EVERY);
            self.engine().tick().await;
        }
    }

    /// Looks until `done`.
    pub(crate) async fn until(&self, what: &str, done: impl Fn(&ReleaseView) -> bool) -> ReleaseView {
        for _ in 0..LOOKS_MAX {
            self.look(1).await;
            let view = self.status().await;
            if done(&view) {
                return view;
            }
        }
        panic!("waited in vain for {what}: {:#?}", self.status().await.rollout);
    }

    /// Samples of a guardrail.
    pub(crate) async fn series(&self, guardrail: &str) -> SeriesView {
        let (which, guardrail) = (self.which(), guardrail.to_owned());
        match self.ask(Request::Series { which, guardrail, window_ms: None }).await {
            Ok(Reply::Series(series)) => *series,
            other => panic!("no series: {other:?}"),
        }
    }

    /// Entries of the ledger, oldest first.
    pub(crate) async fn log(&self) -> Vec<EventView> {
        let mut found = Vec::new();
        let mut before = None;
        loop {
            let request = Request::Log { which: None, search: None, group: None, before, limit: 200 };
            let Ok(Reply::Events(page)) = self.ask(request).await else { panic!("no log") };
            found.extend(page.events);
            before = page.next;
            if before.is_none() {
                found.reverse();
                return found;
            }
        }
    }

    /// How many entries of `kind` there are.
    pub(crate) async fn count(&self, kind: &str) -> usize {
        self.log().await.iter().filter(|event| event.kind == kind).count()
    }

    /// Open and frozen, with a named candidate and approved commands.
    pub(crate) async fn prepare(&self) {
        self.open_release("1.1.0").await.expect("opens");
        self.attest("scope/goal").await;
        self.get(Request::Freeze { which: self.which() }).await;
        self.candidate().await.expect("a candidate");
        self.approve_all().await;
    }

    /// The current candidate proven and on staging.
    pub(crate) async fn stage(&self) {
        self.check(&[]).await.expect("the checks pass");
        self.deploy("staging").await.expect("staging takes it");
        self.check(&["staging-well"]).await.expect("staging is well");
        self.attest("go-live/support").await;
    }

    /// The current candidate in production with its first share.
    pub(crate) async fn climb(&self) {
        self.stage().await;
        self.deploy("production").await.expect("production takes it");
        self.advance().await.expect("the first stage");
    }
}
