//! The operation protocol: intent, look, send once, outcome, look again.
//!
//! Hazard: between recording the intent and recording the outcome the process may die at any point. Whatever happens
//! there must leave either proof that nothing was sent or the state *unknown*; nothing in here sends twice.

use crate::engine::Engine;
use crate::engine::live;
use crate::fault;
use seaworthy_domain::DeploymentId;
use seaworthy_domain::Event;
use seaworthy_domain::Observer;
use seaworthy_domain::OperationId;
use seaworthy_domain::ReleaseId;
use seaworthy_domain::command::Context;
use seaworthy_domain::command::Step;
use seaworthy_domain::operation::OperationState;
use seaworthy_domain::operation::Outcome;
use seaworthy_domain::operation::Seen;
use seaworthy_domain::operation::TargetState;
use seaworthy_ports::Deployer;
use seaworthy_ports::Order;
use seaworthy_ports::Place;
use seaworthy_ports::ReadError;
use seaworthy_ports::Sent;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use std::sync::Arc;
use std::time::Duration;

/// Looks at an accepted operation before it is called unknown.
const CONFIRM_LOOKS: u32 = 6;
/// Pause between these looks.
const CONFIRM_PAUSE: Duration = Duration::from_millis(500);

impl Engine {
    /// Carries out one step. `decide` runs in the transaction that records the intent. The caller holds the release's
    /// turn.
    pub(crate) async fn carry_out(
        &self,
        id: ReleaseId,
        environment: &str,
        operation: OperationId,
        decide: impl FnOnce(&Context<'_>) -> Result<(Vec<Event>, Step), Fault>,
    ) -> Result<OperationState, Fault> {
        self.require_approved_target(id, environment)?;
        let deployer = self.deployer(id, environment)?;
        let order = self.transact(id, |context| {
            let (mut events, step) = decide(context)?;
            let order = order(context, step, operation)?;
            events.push(intent(context, &order, &*deployer, self.settings.rehearsal));
            Ok((events, order))
        })?;
        self.anchor();
        let outcome = perform(&*deployer, &order).await;
        tracing::info!(operation = %operation, ?outcome, "operation settled");
        let unknown = matches!(outcome, Outcome::Unknown { .. });
        self.record(id, &[Event::Settled { operation, outcome }])?;
        if unknown {
            // A refusal to look leaves the operation unknown, which is already recorded.
            let _ = self.look(id, operation).await;
        }
        self.anchor();
        self.operation_state(id, operation)
    }

    /// Reads the target once and records what it shows of an operation without outcome.
    pub(crate) async fn look(&self, id: ReleaseId, operation: OperationId) -> Result<OperationState, Fault> {
        let (environment, deployment, act) = {
            let core = self.core();
            let release = &live(&core, id)?.release;
            let found = release.operations.iter().find(|op| op.id == operation);
            let op = found.ok_or_else(|| fault::bad_input(format!("there is no operation {operation}")))?;
            (op.environment.clone(), op.deployment.clone(), op.act.clone())
        };
        self.require_approved_target(id, &environment)?;
        let deployer = self.deployer(id, &environment)?;
        let state = deployer.read().await.map_err(|error| match error {
            ReadError::NoEye => Fault::new(Code::Unknown, error.to_string()),
            ReadError::Failed(why) => {
                Fault::new(Code::Unknown, format!("the target could not be read: {why}"))
            }
        })?;
        let seen = act.seen_in(&state, &deployment);
        let detail = describe(&state);
        self.record(id, &[Event::Observed { operation, seen, by: Observer::Target, detail }])?;
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

    /// The deployer of an environment.
    pub(crate) fn deployer(&self, id: ReleaseId, environment: &str) -> Result<Arc<dyn Deployer>, Fault> {
        let (policy, folder) = self.policy_and_folder(id)?;
        let place = policy
            .environments
            .get(environment)
            .ok_or_else(|| fault::bad_input(format!("the policy has no environment \"{environment}\"")))?;
        let target = policy
            .targets
            .get(&place.target)
            .ok_or_else(|| fault::bad_input(format!("the policy has no target \"{}\"", place.target)))?;
        let place = Place { folder, environment: environment.to_owned() };
        self.ports.deployers.deployer(target, &place).map_err(|e| fault::outside(e.to_string()))
    }

    /// What production would go back to: the deployment with most traffic besides `candidate`, else, where nobody can
    /// look, the one that the last release left there.
    pub(crate) async fn find_way_back(
        &self,
        id: ReleaseId,
        environment: &str,
        candidate: Option<&DeploymentId>,
    ) -> Result<Option<DeploymentId>, Fault> {
        let deployer = self.deployer(id, environment)?;
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
            .filter(|d| d.environment == environment && d.share == seaworthy_domain::Share::FULL);
        Ok(served.max_by_key(|d| d.at).map(|d| d.id.clone()))
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

fn intent(context: &Context<'_>, order: &Order, deployer: &dyn Deployer, rehearsal: bool) -> Event {
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
    }
}

/// Look, send once, look again.
async fn perform(deployer: &dyn Deployer, order: &Order) -> Outcome {
    let backward = order.step.act.is_backward();
    match deployer.read().await {
        Ok(state) => {
            if let Some(found) = order.step.expected.drift(&state, &order.step.deployment) {
                return Outcome::Drift { found };
            }
        }
        Err(ReadError::NoEye) => {}
        // Forward motion needs the look; backward motion must stay possible without it.
        Err(ReadError::Failed(_)) if backward => {}
        Err(ReadError::Failed(why)) => {
            return Outcome::NotSent { why: format!("the target could not be read first: {why}") };
        }
    }
    match deployer.send(order).await {
        Sent::Accepted { url } => confirm(deployer, order, url).await,
        Sent::Refused(why) => Outcome::Refused { why },
        Sent::NotSent(why) => Outcome::NotSent { why },
        Sent::Unknown(why) => Outcome::Unknown { why },
    }
}

/// Accepted is not done: the target is read until it shows the effect.
async fn confirm(deployer: &dyn Deployer, order: &Order, url: Option<String>) -> Outcome {
    let mut shown = String::new();
    for look in 0..CONFIRM_LOOKS {
        if look > 0 {
            tokio::time::sleep(CONFIRM_PAUSE).await;
        }
        match deployer.read().await {
            Err(ReadError::NoEye) => return Outcome::Applied { url },
            Err(ReadError::Failed(why)) => shown = why,
            Ok(state) if order.step.act.seen_in(&state, &order.step.deployment) == Seen::Applied => {
                let own = state.find(&order.step.deployment).and_then(|live| live.url.clone());
                return Outcome::Applied { url: url.or(own) };
            }
            Ok(state) => shown = describe(&state),
        }
    }
    Outcome::Unknown { why: format!("accepted, but not seen to take effect ({shown})") }
}

/// What a target shows, in one line.
fn describe(state: &TargetState) -> String {
    if state.deployments.is_empty() {
        return "nothing is deployed".to_owned();
    }
    let shares: Vec<_> = state.deployments.iter().map(|live| format!("{} {}", live.id, live.share)).collect();
    shares.join(", ")
}
