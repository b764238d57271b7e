//! Everything outside the engine, by script. Every await of it yields once, so that a test can stop at each.

use async_trait::async_trait;
use chrono::DateTime;
use chrono::Utc;
use seaworthy_domain::CheckResult;
use seaworthy_domain::DeploymentId;
use seaworthy_domain::Digest;
use seaworthy_domain::GapCause;
use seaworthy_domain::OperationId;
use seaworthy_domain::RunId;
use seaworthy_domain::Share;
use seaworthy_domain::operation::*;
use seaworthy_domain::policy::CommandLine;
use seaworthy_domain::policy::Target;
use seaworthy_ports::*;
use seaworthy_rules::InvalidReason;
use seaworthy_rules::Period;
use seaworthy_rules::Reading;
use seaworthy_rules::Sample;
use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use tokio::sync::Notify;

/// What becomes of one thing that is sent.
#[derive(Clone, Debug)]
pub(super) enum Fate {
    Applied,
    /// It takes effect and the answer is lost.
    LostAfter,
    /// It is lost on the way and so is the answer.
    LostBefore,
    Refused,
    NotSent,
    /// Accepted, and nothing happens.
    Later,
    /// Accepted, and the share gets only so far.
    Partly(Share),
    /// Takes effect once the test lets it.
    Waits,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) targets: BTreeMap<String, BTreeMap<DeploymentId, Share>>,
    pub(super) sent: Vec<(OperationId, Act)>,
    pub(super) fates: VecDeque<Fate>,
    /// Whether and how reading fails.
    pub(super) unreadable: Option<ReadError>,
    pub(super) changed_texts: Vec<String>,
    pub(super) modified: Vec<String>,
    pub(super) notices: Vec<Notice>,
    pub(super) withdrawn: Vec<String>,
    /// Why no notice is shown.
    pub(super) deaf: Option<String>,
    pub(super) errors: u32,
    /// The address that the target shows for every deployment.
    pub(super) url: Option<String>,
    /// Looks at production.
    pub(super) looks: usize,
    /// That many looks panic.
    pub(super) panics: usize,
    pub(super) invalid: Option<Invalid>,
    /// What a metrics service says of now, by metric.
    pub(super) figures: BTreeMap<String, Reading>,
    /// And of the past; a metric that is not here cannot be asked for it.
    pub(super) past: BTreeMap<String, Past>,
    /// Histories asked for.
    pub(super) histories: Vec<Span>,
    pub(super) result: Option<CheckResult>,
    /// The newest check that was run.
    pub(super) ordered: Option<CheckOrder>,
    /// The text of this command changes with the next look at the target or the next run of a check.
    pub(super) sabotage: Option<String>,
    pub(super) patience: Option<Patience>,
    pub(super) unready: Vec<Unready>,
    /// Until somebody rolls back.
    pub(super) unsettled: Option<String>,
    pub(super) remarks: Vec<String>,
    /// Looks at targets.
    pub(super) reads: usize,
}

#[derive(Clone)]
pub(super) struct Outside {
    state: Arc<Mutex<State>>,
    /// Told when something was sent that waits.
    waiting: Arc<Notify>,
    pub(super) go: Arc<Notify>,
    /// Told with every look at a target.
    pub(super) looked: Arc<Notify>,
}

impl Default for Outside {
    fn default() -> Self {
        let old = BTreeMap::from([(DeploymentId("old".into()), Share::FULL)]);
        let targets = BTreeMap::from([("production".to_owned(), old.clone()), ("staging".to_owned(), old)]);
        Self {
            state: Arc::new(Mutex::new(State { targets, ..State::default() })),
            waiting: Arc::default(),
            go: Arc::default(),
            looked: Arc::default(),
        }
    }
}

impl Outside {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(super) fn next(&self, fate: Fate) {
        self.state().fates.push_back(fate);
    }

    /// A test that waits in vain fails instead of hanging; the time is tokio's own and passes at once.
    pub(super) async fn until_it_waits(&self) {
        let patience = std::time::Duration::from_secs(60);
        tokio::time::timeout(patience, self.waiting.notified()).await.expect("something is sent");
    }

    pub(super) fn sent(&self) -> usize {
        self.state().sent.len()
    }

    pub(super) fn backward(&self) -> usize {
        self.state().sent.iter().filter(|(_, act)| act.is_backward()).count()
    }

    pub(super) fn share(&self, id: &DeploymentId) -> Share {
        self.state().targets["production"].get(id).copied().unwrap_or(Share::NONE)
    }

    /// Somebody else moves traffic.
    pub(super) fn meddle(&self, id: &DeploymentId, share: &str) {
        let share = share.parse().unwrap();
        self.state().targets.get_mut("production").unwrap().insert(id.clone(), share);
    }

    /// What was sent last takes effect after all.
    pub(super) fn catch_up(&self, environment: &str, id: &DeploymentId) {
        let act = self.state().sent.last().unwrap().1.clone();
        self.apply(environment, id, &act);
    }

    pub(super) fn text(&self, command: &str) -> CommandText {
        let changed = self.state().changed_texts.iter().any(|name| name == command);
        let text = if changed { format!("{command} # changed") } else { command.to_owned() };
        CommandText { digest: Digest::of(text.as_bytes()), text }
    }

    fn sabotage(&self) {
        let mut state = self.state();
        let sabotaged = state.sabotage.take();
        state.changed_texts.extend(sabotaged);
    }

    fn apply(&self, environment: &str, id: &DeploymentId, act: &Act) {
        let mut state = self.state();
        if act.is_backward() {
            state.unsettled = None;
        }
        let shares = state.targets.entry(environment.to_owned()).or_default();
        let (id, share) = match act {
            Act::Place => {
                shares.insert(id.clone(), Share::NONE);
                return;
            }
            Act::SetShare { share, .. } => (id, *share),
            Act::RollBack { to, .. } => (to, Share::FULL),
        };
        let rest = Share::percent(Share::FULL.as_percent() - share.as_percent()).unwrap();
        let main = shares.iter().filter(|(other, _)| *other != id).max_by_key(|(_, s)| **s);
        let main = main.map(|(other, _)| other.clone());
        for (other, theirs) in shares.iter_mut() {
            *theirs = if Some(other) == main.as_ref() { rest } else { Share::NONE };
        }
        shares.insert(id.clone(), share);
    }
}

struct Web {
    outside: Outside,
    environment: String,
}

impl Deployers for Outside {
    fn deployer(&self, _: &Target, place: &Place) -> Result<Arc<dyn Deployer>, Unavailable> {
        Ok(Arc::new(Web { outside: self.clone(), environment: place.environment.clone() }))
    }
}

#[async_trait]
impl Deployer for Web {
    fn preview(&self, order: &Order) -> Preview {
        Preview { method: "run".into(), target: order.step.act.to_string(), body: Vec::new() }
    }

    fn effect(&self, _: &Order) -> EffectClass {
        EffectClass::Opaque
    }

    fn patience(&self, _: &Act) -> Patience {
        self.outside.state().patience.unwrap_or(Patience::USUAL)
    }

    async fn read(&self) -> Result<TargetState, ReadError> {
        tokio::task::yield_now().await;
        self.outside.sabotage();
        self.outside.looked.notify_one();
        tokio::task::yield_now().await;
        let mut state = self.outside.state();
        state.reads += 1;
        if let Some(error) = &state.unreadable {
            return Err(error.clone());
        }
        let shares = state.targets.get(&self.environment).into_iter().flatten();
        let live = |(id, share): (&DeploymentId, &Share)| Live {
            id: id.clone(),
            share: *share,
            version: None,
            commit: None,
            url: state.url.clone(),
        };
        Ok(TargetState {
            deployments: shares.map(live).collect(),
            unready: state.unready.clone(),
            unsettled: state.unsettled.clone(),
            remarks: state.remarks.clone(),
        })
    }

    async fn send(&self, order: &Order) -> Sent {
        tokio::task::yield_now().await;
        let Order { operation, step, .. } = order;
        let fate = {
            let mut state = self.outside.state();
            state.sent.push((*operation, step.act.clone()));
            state.fates.pop_front().unwrap_or(Fate::Applied)
        };
        let apply = || self.outside.apply(&self.environment, &step.deployment, &step.act);
        let answer = match fate {
            Fate::Applied => {
                apply();
                Sent::Accepted { url: None }
            }
            Fate::LostAfter => {
                apply();
                Sent::Unknown("no answer".into())
            }
            Fate::LostBefore => Sent::Unknown("no answer".into()),
            Fate::Refused => Sent::Refused("no".into()),
            Fate::NotSent => Sent::NotSent("no route".into()),
            Fate::Later => Sent::Accepted { url: None },
            Fate::Partly(share) => {
                self.outside.meddle(&step.deployment, &share.to_string());
                Sent::Accepted { url: None }
            }
            Fate::Waits => {
                self.outside.waiting.notify_one();
                self.outside.go.notified().await;
                apply();
                Sent::Accepted { url: None }
            }
        };
        tokio::task::yield_now().await;
        answer
    }
}

#[async_trait]
impl SignalSource for Outside {
    async fn tick(&self, _: &Probing, at: DateTime<Utc>) -> Tick {
        tokio::task::yield_now().await;
        let mut state = self.state();
        if let Some(left) = state.panics.checked_sub(1) {
            state.panics = left;
            drop(state);
            panic!("by script");
        }
        state.looks += 1;
        let (errors, invalid) = (state.errors, state.invalid.clone());
        Tick { at, requests: 10, errors, latencies_us: vec![1_000; 10], foreign: 0, invalid }
    }
}

/// What a service remembers of a moment, if anything.
pub(super) type Past = Arc<dyn Fn(DateTime<Utc>) -> Option<Reading> + Send + Sync>;

#[async_trait]
impl MetricSource for Outside {
    async fn measure(&self, asking: &Asking) -> Vec<Measured> {
        tokio::task::yield_now().await;
        let state = self.state();
        let one = |figure: &Figure| {
            let reading = state.figures.get(&figure.metric.name).copied();
            let reading = reading.unwrap_or(Reading::Invalid(InvalidReason::NoAnswer));
            let invalid = matches!(reading, Reading::Invalid(_));
            Measured {
                metric: figure.metric.name.clone(),
                over_ms: figure.window.map(Period::as_millis),
                sample: Sample { at: asking.at, reading },
                why: invalid.then(|| "nobody there".to_owned()),
                cause: invalid.then_some(GapCause::SourceFailed),
                warnings: Vec::new(),
            }
        };
        asking.figures.iter().map(one).collect()
    }

    async fn history(&self, asking: &Asking, span: &Span) -> Vec<History> {
        tokio::task::yield_now().await;
        let mut state = self.state();
        state.histories.push(*span);
        let steps = (span.to - span.from).num_milliseconds() / i64::try_from(span.step.as_millis()).unwrap();
        let times: Vec<_> =
            (0..=steps).map(|step| span.from + span.step.delta() * i32::try_from(step).unwrap()).collect();
        let one = |figure: &Figure| {
            let metric = figure.metric.name.clone();
            let samples = match state.past.get(&metric) {
                None => Err("nobody there".to_owned()),
                Some(past) => {
                    let sample = |at: &DateTime<Utc>| Some(Sample { at: *at, reading: past(*at)? });
                    Ok(times.iter().filter_map(sample).collect())
                }
            };
            History { metric, samples }
        };
        asking.figures.iter().map(one).collect()
    }

    async fn inspect(&self, _: &Inspection, _: CancellationToken) -> Inspected {
        unreachable!("checks are answered by script")
    }
}

#[async_trait]
impl Notifier for Outside {
    async fn service(&self) -> Result<String, String> {
        Ok("kept".into())
    }

    async fn notify(&self, notice: Notice) -> Delivery {
        let mut state = self.state();
        state.notices.push(notice);
        state.deaf.clone().map_or(Delivery::Shown, Delivery::Undelivered)
    }

    fn withdraw(&self, slot: &str) {
        self.state().withdrawn.push(slot.to_owned());
    }
}

#[async_trait]
impl Repository for Outside {
    async fn work_tree(&self, folder: &Path) -> Result<WorkTree, RepositoryError> {
        tokio::task::yield_now().await;
        let modified = self.state().modified.clone();
        Ok(WorkTree { root: folder.to_owned(), commit: "c0ffee".repeat(7), branch: None, modified })
    }

    async fn resolve(&self, _: &Path, revision: &str) -> Result<String, RepositoryError> {
        Err(RepositoryError::NoSuchRevision(revision.to_owned()))
    }
}

impl Commands for Outside {
    fn describe(&self, command: &CommandLine, _: &Path) -> Result<CommandText, CommandTextError> {
        Ok(self.text(&command.program.to_string()))
    }

    fn copy(&self, command: &CommandLine, folder: &Path) -> Result<CopiedCommand, CommandTextError> {
        let text = self.describe(command, folder)?;
        Ok(CopiedCommand { text, copy: Err("nothing is copied here".to_owned()) })
    }
}

#[async_trait]
impl CheckRunner for Outside {
    async fn run(
        &self,
        order: CheckOrder,
        _: tokio::sync::mpsc::Sender<Output>,
        cancel: CancellationToken,
    ) -> CheckReport {
        self.sabotage();
        self.state().ordered = Some(order);
        let result = self.state().result.unwrap_or(CheckResult::Pass);
        if result == CheckResult::Interrupted {
            cancel.cancelled().await;
        }
        CheckReport { result, summary: format!("{result:?}"), log: None, took_ms: 1, unbound: None }
    }

    async fn quiet(&self, _: RunId) {}
}
