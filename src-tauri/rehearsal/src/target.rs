//! Where a rehearsal deploys: production through the client that production uses, staging to a place of its own.

use crate::staging::Staging;
use async_trait::async_trait;
use seaworthy_domain::operation::Act;
use seaworthy_domain::operation::EffectClass;
use seaworthy_domain::operation::Preview;
use seaworthy_domain::operation::TargetState;
use seaworthy_domain::policy::Target;
use seaworthy_ports::Deployer;
use seaworthy_ports::Deployers;
use seaworthy_ports::Order;
use seaworthy_ports::Place;
use seaworthy_ports::ReadError;
use seaworthy_ports::Sent;
use seaworthy_ports::Unavailable;
use seaworthy_practice::Practice;
use std::sync::Arc;

/// Leads hosted targets to the practice provider and nowhere else, and all others to staging.
pub(crate) struct PracticeTargets {
    pub(crate) practice: Arc<Practice>,
    pub(crate) staging: Arc<Staging>,
    pub(crate) hosted: Arc<dyn Deployers>,
}

impl Deployers for PracticeTargets {
    fn deployer(&self, target: &Target, place: &Place) -> Result<Arc<dyn Deployer>, Unavailable> {
        match target {
            Target::Vercel(vercel) if vercel.at.origin.as_str() == self.practice.url() => {
                self.hosted.deployer(target, place)
            }
            Target::Vercel(_) => Err(Unavailable("a rehearsal deploys to its own provider only".to_owned())),
            _ => Ok(Arc::new(StagingTarget(self.staging.clone()))),
        }
    }
}

struct StagingTarget(Arc<Staging>);

#[async_trait]
impl Deployer for StagingTarget {
    fn preview(&self, order: &Order) -> Preview {
        Preview {
            method: "PRACTICE".to_owned(),
            target: format!("staging / {}", order.step.deployment),
            body: vec![order.step.act.to_string()],
        }
    }

    fn effect(&self, _: &Order) -> EffectClass {
        EffectClass::Reconcilable
    }

    async fn read(&self) -> Result<TargetState, ReadError> {
        Ok(self.0.read())
    }

    async fn send(&self, order: &Order) -> Sent {
        match &order.step.act {
            Act::Place => self.0.place(&order.step.deployment),
            Act::SetShare { .. } => self.0.expose(&order.step.deployment),
            Act::RollBack { to, .. } => self.0.expose(to),
        }
        Sent::Accepted { url: None }
    }
}
