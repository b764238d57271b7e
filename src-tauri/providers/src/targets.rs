//! Which module serves which target.

use crate::command::CommandDeployer;
use crate::folder::FolderDeployer;
use seaworthy_clock::Clock;
use seaworthy_domain::policy::Target;
use seaworthy_ports::Deployer;
use seaworthy_ports::Deployers;
use seaworthy_ports::Place;
use seaworthy_ports::Unavailable;
use std::sync::Arc;

/// Makes deployers for the targets that a policy file can name.
#[derive(Clone)]
pub struct Targets {
    clock: Arc<dyn Clock>,
}

impl Targets {
    /// Targets whose commands are timed by `clock`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock }
    }
}

impl Deployers for Targets {
    fn deployer(&self, target: &Target, place: &Place) -> Result<Arc<dyn Deployer>, Unavailable> {
        match target {
            Target::Folder(folder) => Ok(Arc::new(FolderDeployer::new(folder, &place.folder))),
            Target::Command(command) => {
                Ok(Arc::new(CommandDeployer::new(command, place, Arc::clone(&self.clock))))
            }
            Target::Practice => {
                Err(Unavailable("the practice target exists only in a rehearsal; name a real one".to_owned()))
            }
        }
    }
}
