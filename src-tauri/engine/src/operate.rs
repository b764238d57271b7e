//! The operation protocol: intent, look, send once, outcome, look again.
//!
//! Hazard: between recording the intent and recording the outcome the process may die at any point. Whatever happens
//! there must leave either proof that nothing was sent or the state *unknown*; nothing in here sends twice.

use crate::engine::Engine;
use crate::engine::live;
use crate::fault;
use crate::pinned::Motion;
use crate::pinned::Ready;
use seaworthy_domain::Acting;
use seaworthy_domain::DeploymentId;
use seaworthy_domain::Event;
use seaworthy_domain::Observer;
use seaworthy_domain::OperationId;
use seaworthy_domain::ReleaseId;
use seaworthy_domain::Share;
use seaworthy_domain::command::Context;
use seaworthy_domain::command::Step;
use seaworthy_domain::operation::Act;
use seaworthy_domain::operation::OperationState;
use seaworthy_domain::operation::Outcome;
use seaworthy_domain::operation::Seen;
use seaworthy_domain::operation::TargetState;
use seaworthy_ports::Deployer;
use seaworthy_ports::Order;
use seaworthy_ports::ReadError;
use seaworthy_ports::Sent;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

/// Reminders of one target that are kept.
const REMARKS_MAX: usize = 8;
/// Characters of a target's own words that are kept with an outcome.
const WORDS_MAX: usize = 2_000;

impl Engine {
    /// Carries out one step. `decide` runs in the transaction that records the intent. The caller holds the release's
    /// turn.
    pub(crate) async fn carry_out(
        &self,
        id: ReleaseId,
        environment: &str,
        operation: OperationId,
        (motion, acting): (Motion, Option<Acting>),
        decide: impl FnOnce(&Context<'_>) -> Result<(Vec<Event>, Step), Fault>,
    ) -> Result<OperationState, Fault> {
        let Ready { deployer, pinned } = self.ready(id, environment, motion)?;
        let order = self.transact(id, |context| {
            let (mut events, step) = decide(context)?;
            events.extend(pinned);
            let order = order(context, step, operation)?;
            events.push(intent(context, &order, &*deployer, (self.settings.rehearsal, acting)));
            Ok((events, order))
        })?;
        let sending = Sending::of(self, id, operation);
        self.anchor();
        let outcome = self.perform(id, &*deployer, &order, &sending).await;
        tracing::info!(operation = %operation, ?outcome, "operation settled");
        let unknown = matches!(outcome, Outcome::Unknown { .. });
        sending.settle(outcome)?;
        if unknown {
            // A refusal to look leaves the operation unknown, which is already recorded.
            let _ = self.look(id, operation).await;
        }
        self.anchor();
        self.operation_state(id, operation)
    }

    /// Look, send once, look again.
    async fn perform(
        &self,
        id: ReleaseId,
        deployer: &dyn Deployer,
        order: &Order,
        sending: &Sending<'_>,
    ) -> Outcome {
        let backward = order.step.act.is_backward();
        match deployer.read().await {
            Ok(state) => {
                self.remark(id, &order.step.environment, &state);
                let drift = order.step.expected.drift(&state, &order.step.deployment);
                if let Some(found) = drift.or_else(|| self.lost_way_back(id, order, &state)) {
                    return Outcome::Drift { found: brief(found) };
                }
            }
            Err(ReadError::NoEye) => {}
            // Forward motion needs the look; backward motion must stay possible without it.
            Err(ReadError::Failed(_)) if backward => {}
            Err(ReadError::Failed(why)) => {
                let why = brief(format!("the target could not be read first: {why}"));
                return Outcome::NotSent { why };
            }
        }
        if let Err(fault) = self.still_may(id, order) {
            return Outcome::NotSent { why: brief(fault.to_string()) };
        }
        sending.begun();
        match deployer.send(order).await {
            Sent::Accepted { url } => self.confirm(id, deployer, order, url).await,
            Sent::Refused(why) => Outcome::Refused { why: brief(why) },
            Sent::NotSent(why) => Outcome::NotSent { why: brief(why) },
            Sent::Unknown(why) => Outcome::Unknown { why: brief(why) },
        }
    }

    /// More production traffic needs the way back as it was pinned.
    fn lost_way_back(&self, id: ReleaseId, order: &Order, state: &TargetState) -> Option<String> {
        let Act::SetShare { stage: Some(_), .. } = order.step.act else { return None };
        let core = self.core();
        let pinned = live(&core, id).ok()?.release.way_back.as_ref()?.as_ref()?;
        state.lost_way_back(pinned, &order.step.deployment)
    }

    /// Accepted is not done: the target is read until it shows the effect.
    async fn confirm(
        &self,
        id: ReleaseId,
        deployer: &dyn Deployer,
        order: &Order,
        url: Option<String>,
    ) -> Outcome {
        let Step { act, deployment, .. } = &order.step;
        let patience = deployer.patience(act);
        let mut shown = String::new();
        let mut stands = !act.is_backward() || patience.quiet.is_zero();
        for look in 0..patience.looks {
            if look > 0 {
                tokio::time::sleep(patience.pause).await;
            }
            match deployer.read().await {
                Err(ReadError::NoEye) => return Outcome::Applied { url },
                Err(ReadError::Failed(why)) => shown = why,
                Ok(state) if act.seen_in(&state, deployment) == Seen::Applied => {
                    if stands {
                        self.remark(id, &order.step.environment, &state);
                        let own = state.find(deployment).and_then(|live| live.url.clone());
                        return Outcome::Applied { url: url.or(own) };
                    }
                    // What was sent forward before may arrive after the way back was walked.
                    stands = true;
                    tokio::time::sleep(patience.quiet).await;
                }
                Ok(state) => {
                    if let Some(failed) = state.unready(deployment).filter(|unready| unready.failed) {
                        return Outcome::Refused { why: brief(failed.why.clone()) };
                    }
                    shown = describe(&state);
                }
            }
            if self.is_called_back(id, act) {
                return Outcome::Unknown {
                    why: brief(format!("not waited for: traffic goes back ({shown})")),
                };
            }
        }
        Outcome::Unknown { why: brief(format!("accepted, but not seen to take effect ({shown})")) }
    }

    /// Whether a rollback waits for this act to let go of the release's turn.
    fn is_called_back(&self, id: ReleaseId, act: &Act) -> bool {
        !act.is_backward() && live(&self.core(), id).is_ok_and(|live| live.going_back > 0)
    }

    /// Keeps what a look says is left to put back, when that is news. A reminder stands in nobody's way.
    fn remark(&self, id: ReleaseId, environment: &str, state: &TargetState) {
        let remarks: Vec<_> = state.remarks.iter().take(REMARKS_MAX).cloned().map(brief).collect();
        let known = live(&self.core(), id).map(|live| live.remarks.get(environment).cloned());
        if known.is_ok_and(|known| known.unwrap_or_default() == remarks) {
            return;
        }
        let event = Event::Remarked { environment: environment.to_owned(), remarks };
        if let Err(fault) = self.record(id, &[event]) {
            tracing::warn!(release = %id, %fault, "what is left to put back could not be recorded");
        }
    }

    /// The look took time: somebody may have stopped the release or changed what was approved.
    fn still_may(&self, id: ReleaseId, order: &Order) -> Result<(), Fault> {
        if !order.step.act.is_backward() {
            self.require_approved_target(id, &order.step.environment)?;
        }
        let core = self.core();
        match &live(&core, id)?.release.hold {
            Some(hold) if !order.step.act.is_backward() => {
                Err(fault::refused(format!("put on hold before it was sent: {}", hold.reason)))
            }
            _ => Ok(()),
        }
    }

    /// Settles intents that nobody carries out any more as unknown. The caller holds the release's turn.
    pub(crate) fn settle_orphans(&self, id: ReleaseId) -> Result<(), Fault> {
        let orphans: Vec<_> = {
            let core = self.core();
            let operations = &live(&core, id)?.release.operations;
            operations.iter().filter(|op| op.state == OperationState::Intended).map(|op| op.id).collect()
        };
        for operation in orphans {
            let why = "it broke off before the answer".to_owned();
            self.record(id, &[Event::Settled { operation, outcome: Outcome::Unknown { why } }])?;
        }
        Ok(())
    }

    /// Reads the target and records what it shows of an operation without outcome. The caller holds the release's
    /// turn.
    pub(crate) async fn look(&self, id: ReleaseId, operation: OperationId) -> Result<OperationState, Fault> {
        let op = {
            let core = self.core();
            let release = &live(&core, id)?.release;
            let found = release.operations.iter().find(|op| op.id == operation).cloned();
            found.ok_or_else(|| fault::bad_input(format!("there is no operation {operation}")))?
        };
        // An earlier process may be dead while what it started goes on, whether it may run again or not.
        self.deployer(id, &op.environment)?.quiet(operation).await;
        let deployer = self.ready(id, &op.environment, Motion::Back)?.deployer;
        let mut state = read(&*deployer).await?;
        let quiet = deployer.patience(&op.act).quiet;
        // What is not there yet may still arrive. A rollback that waits does not wait for that: it is sent after.
        if op.seen_in(&state) == Seen::Absent && !quiet.is_zero() && !self.is_called_back(id, &op.act) {
            tokio::time::sleep(quiet).await;
            state = read(&*deployer).await?;
        }
        self.remark(id, &op.environment, &state);
        let detail = describe(&state);
        self.transact(id, |context| {
            let found = context.release.operations.iter().find(|op| op.id == operation);
            let Some(op) = found.filter(|op| op.state.is_open()) else { return Ok((Vec::new(), ())) };
            let seen = context.release.seen_in(op, &state);
            // Looking again and again at the same half of an effect is no news.
            if seen == Seen::Partly && op.state == OperationState::Unknown(detail.clone()) {
                return Ok((Vec::new(), ()));
            }
            let url = state.find(&op.deployment).and_then(|live| live.url.clone());
            Ok((vec![Event::Observed { operation, seen, by: Observer::Target, detail, url }], ()))
        })?;
        self.operation_state(id, operation)
    }

    pub(crate) fn operation_state(
        &self,
        id: ReleaseId,
        operation: OperationId,
    ) -> Result<OperationState, Fault> {
        let core = self.core();
        let found = live(&core, id)?.release.operations.iter().find(|op| op.id == operation);
        found
            .map(|op| op.state.clone())
            .ok_or_else(|| fault::integrity(format!("operation {operation} is not recorded")))
    }

    /// What production would go back to: the deployment with most traffic besides `candidate`, else, where nobody can
    /// look, the one that the last release left there.
    pub(crate) async fn find_way_back(
        &self,
        id: ReleaseId,
        environment: &str,
        candidate: Option<&DeploymentId>,
    ) -> Result<Option<DeploymentId>, Fault> {
        // Looking may run a command of the project.
        let deployer = self.ready(id, environment, Motion::Back)?.deployer;
        match deployer.read().await {
            Ok(state) => {
                let none = DeploymentId(String::new());
                Ok(state.way_back(candidate.unwrap_or(&none)).map(|live| live.id.clone()))
            }
            Err(ReadError::NoEye) => self.left_by_predecessor(id, environment),
            Err(ReadError::Failed(why)) => {
                Err(fault::outside(format!("the target could not be read: {why}")))
            }
        }
    }

    fn left_by_predecessor(&self, id: ReleaseId, environment: &str) -> Result<Option<DeploymentId>, Fault> {
        let core = self.core();
        let project = live(&core, id)?.release.project;
        let others = core.releases.values().filter(|l| l.release.project == project && l.release.id != id);
        let served = others
            .flat_map(|l| l.release.deployments.iter())
            .filter(|d| d.environment == environment && d.share == Share::FULL);
        Ok(served.max_by_key(|d| d.moved_at).map(|d| d.id.clone()))
    }
}

/// The order for `step`, for sending and for showing.
pub(crate) fn order(context: &Context<'_>, step: Step, operation: OperationId) -> Result<Order, Fault> {
    let candidates = &context.release.candidates;
    let candidate = candidates.iter().find(|c| c.number == step.candidate);
    let commit =
        candidate.map(|c| c.commit.clone()).ok_or_else(|| fault::refused("there is no candidate yet"))?;
    Ok(Order { operation, step, version: context.release.version.clone(), commit })
}

fn intent(
    context: &Context<'_>,
    order: &Order,
    deployer: &dyn Deployer,
    (rehearsal, acting): (bool, Option<Acting>),
) -> Event {
    let environment = &order.step.environment;
    let target = context.policy.environments.get(environment).map_or_else(String::new, |e| e.target.clone());
    Event::Intended {
        operation: order.operation,
        act: order.step.act.clone(),
        environment: environment.clone(),
        target,
        deployment: order.step.deployment.clone(),
        candidate: order.step.candidate,
        expected: order.step.expected.clone(),
        preview: deployer.preview(order),
        effect: deployer.effect(order),
        rehearsal,
        acting,
    }
}

/// An operation between its intent and its outcome. When whoever waits for it goes away, that is recorded too: what
/// was not sent yet is not sent, everything else is unknown.
struct Sending<'a> {
    engine: &'a Engine,
    id: ReleaseId,
    operation: OperationId,
    begun: AtomicBool,
    settled: bool,
}

impl<'a> Sending<'a> {
    fn of(engine: &'a Engine, id: ReleaseId, operation: OperationId) -> Self {
        Self { engine, id, operation, begun: AtomicBool::new(false), settled: false }
    }

    /// From here on something may have left this machine.
    fn begun(&self) {
        self.begun.store(true, Ordering::SeqCst);
    }

    fn settle(mut self, outcome: Outcome) -> Result<(), Fault> {
        self.engine.record(self.id, &[Event::Settled { operation: self.operation, outcome }])?;
        self.settled = true;
        Ok(())
    }
}

impl Drop for Sending<'_> {
    fn drop(&mut self) {
        if self.settled {
            return;
        }
        let outcome = if *self.begun.get_mut() {
            Outcome::Unknown { why: "it broke off before the answer".to_owned() }
        } else {
            Outcome::NotSent { why: "it broke off before anything was sent".to_owned() }
        };
        let event = Event::Settled { operation: self.operation, outcome };
        if let Err(fault) = self.engine.record(self.id, &[event]) {
            tracing::error!(operation = %self.operation, %fault, "an operation that broke off has no outcome");
        }
    }
}

async fn read(deployer: &dyn Deployer) -> Result<TargetState, Fault> {
    deployer.read().await.map_err(|error| match error {
        ReadError::NoEye => Fault::new(Code::Unknown, error.to_string()),
        ReadError::Failed(why) => Fault::new(Code::Unknown, format!("the target could not be read: {why}")),
    })
}

/// What a target shows, in one line.
fn describe(state: &TargetState) -> String {
    let mut shown: Vec<_> = state.unsettled.iter().cloned().collect();
    // A look at a target with a long past is about what has traffic; the rest only fills the line.
    let live = state.deployments.iter().filter(|live| live.share > Share::NONE);
    shown.extend(live.map(|live| format!("{} {}", live.id, live.share)));
    shown.extend(state.unready.iter().map(|unready| format!("{}: {}", unready.id, unready.why)));
    let idle = state.deployments.iter().filter(|live| live.share == Share::NONE);
    shown.extend(idle.map(|live| format!("{} {}", live.id, live.share)));
    if shown.is_empty() {
        return "nothing is deployed".to_owned();
    }
    brief(shown.join(", "))
}

/// Words of a target, cut so that they always fit into an event.
fn brief(mut words: String) -> String {
    if let Some((end, _)) = words.char_indices().nth(WORDS_MAX) {
        words.truncate(end);
        words.push('…');
    }
    words
}
