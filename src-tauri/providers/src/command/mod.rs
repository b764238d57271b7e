//! The project's own commands as a target.
//!
//! A command that failed may have done half of its work, so anything but a clean end is *unknown* and only a look at
//! the target tells. The variables and the answer of `observe` are described in `docs/formats/command-target.md`.

mod child;
mod observed;
mod variables;

#[cfg(test)]
mod tests;

use child::Child;
use seaworthy_clock::Clock;
use seaworthy_domain::OperationId;
use seaworthy_domain::operation::Act;
use seaworthy_domain::operation::EffectClass;
use seaworthy_domain::operation::Preview;
use seaworthy_domain::operation::TargetState;
use seaworthy_domain::policy::CommandLine;
use seaworthy_domain::policy::CommandTarget;
use seaworthy_ports::Deployer;
use seaworthy_ports::Order;
use seaworthy_ports::Place;
use seaworthy_ports::ReadError;
use seaworthy_ports::Sent;
use seaworthy_process::Ended;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use uuid::Uuid;

/// Deploys by running what the policy names.
pub(crate) struct CommandDeployer {
    target: CommandTarget,
    place: Place,
    clock: Arc<dyn Clock>,
}

impl CommandDeployer {
    pub(crate) fn new(target: &CommandTarget, place: &Place, clock: Arc<dyn Clock>) -> Self {
        Self { target: target.clone(), place: place.clone(), clock }
    }

    fn line(&self, act: &Act) -> &CommandLine {
        match act {
            Act::Place => &self.target.deploy,
            Act::SetShare { .. } => &self.target.set_share,
            Act::RollBack { .. } => &self.target.rollback,
        }
    }

    async fn run(&self, line: &CommandLine, variables: BTreeMap<String, String>, run: Uuid) -> Child {
        child::run(line, &self.place.folder, variables, run, self.clock.as_ref()).await
    }
}

#[async_trait::async_trait]
impl Deployer for CommandDeployer {
    fn preview(&self, order: &Order) -> Preview {
        let line = self.line(&order.step.act);
        let variables = variables::complete(line, variables::of_order(order));
        // Collected from its parts, so that the usual `.` is not shown.
        let directory: PathBuf = self.place.folder.join(&line.directory).components().collect();
        let mut body = vec![format!("in {}", directory.display())];
        body.extend(variables.into_iter().map(|(name, value)| format!("{name}={value}")));
        Preview { method: "run".to_owned(), target: line.program.to_string(), body }
    }

    fn effect(&self, _order: &Order) -> EffectClass {
        if self.target.observe.is_some() { EffectClass::Reconcilable } else { EffectClass::Opaque }
    }

    async fn quiet(&self, operation: OperationId) {
        let swept = seaworthy_process::sweep_leftovers(&operation.0.to_string()).await;
        if swept.killed > 0 || swept.left != Some(0) {
            tracing::warn!(%operation, killed = swept.killed, left = ?swept.left, "a dead process left a command running");
        }
    }

    async fn read(&self) -> Result<TargetState, ReadError> {
        let Some(line) = &self.target.observe else { return Err(ReadError::NoEye) };
        let variables = variables::of_observe(line, &self.place.environment);
        let child = self.run(line, variables, Uuid::new_v4()).await;
        let failed = |why: String| ReadError::Failed(format!("`observe` {why}"));
        match &child.ended {
            Ended::Exit(0) => observed::parse(child.out()).map_err(failed),
            _ => Err(failed(child.story())),
        }
    }

    async fn send(&self, order: &Order) -> Sent {
        let line = self.line(&order.step.act);
        let variables = variables::complete(line, variables::of_order(order));
        let child = self.run(line, variables, order.operation.0).await;
        match &child.ended {
            Ended::NotStarted(_) => Sent::NotSent(child.story()),
            Ended::Exit(0) if child.stopped == 0 => {
                Sent::Accepted { url: observed::last_url(child.out().bytes()) }
            }
            _ => Sent::Unknown(child.story()),
        }
    }
}
