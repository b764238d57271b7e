//! The practice target.

use crate::world::Fault;
use crate::world::World;
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
use std::sync::Arc;

/// Gives every target the practice service.
pub(crate) struct PracticeTargets(pub(crate) Arc<World>);

impl Deployers for PracticeTargets {
    fn deployer(&self, _: &Target, place: &Place) -> Result<Arc<dyn Deployer>, Unavailable> {
        Ok(Arc::new(PracticeTarget { world: self.0.clone(), environment: place.environment.clone() }))
    }
}

struct PracticeTarget {
    world: Arc<World>,
    environment: String,
}

#[async_trait]
impl Deployer for PracticeTarget {
    fn preview(&self, order: &Order) -> Preview {
        Preview {
            method: "PRACTICE".to_owned(),
            target: format!("{} / {}", self.environment, order.step.deployment),
            body: vec![order.step.act.to_string()],
        }
    }

    fn effect(&self, _: &Order) -> EffectClass {
        EffectClass::Reconcilable
    }

    async fn read(&self) -> Result<TargetState, ReadError> {
        Ok(self.world.read(&self.environment))
    }

    async fn send(&self, order: &Order) -> Sent {
        let id = &order.step.deployment;
        match &order.step.act {
            Act::Place => self.world.place(&self.environment, id),
            Act::SetShare { share, .. } => self.world.set_share(&self.environment, id, *share),
            Act::RollBack { to, .. } => {
                self.world.set_share(&self.environment, to, seaworthy_domain::Share::FULL);
            }
        }
        let moves_traffic = matches!(order.step.act, Act::SetShare { stage: Some(2), .. });
        if moves_traffic && self.world.faults().contains(&Fault::Crash) {
            self.world.died.notify_one();
            // The answer never comes: this is where the program dies.
            std::future::pending::<()>().await;
        }
        Sent::Accepted { url: None }
    }
}
