//! Which module serves which target.

use crate::command::CommandDeployer;
use crate::folder::FolderDeployer;
use crate::vercel::Known;
use crate::vercel::Line;
use crate::vercel::VercelDeployer;
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
    line: Option<Line>,
    known: Known,
}

impl Targets {
    /// Targets on this machine, whose commands are timed by `clock`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, line: None, known: Known::default() }
    }

    /// The same and hosted ones, which are called through `line`.
    #[must_use]
    pub fn with_hosted(mut self, line: Line) -> Self {
        self.line = Some(line);
        self
    }
}

impl Deployers for Targets {
    fn deployer(&self, target: &Target, place: &Place) -> Result<Arc<dyn Deployer>, Unavailable> {
        match target {
            Target::Folder(folder) => Ok(Arc::new(FolderDeployer::new(folder, &place.folder))),
            Target::Command(command) => {
                Ok(Arc::new(CommandDeployer::new(command, place, Arc::clone(&self.clock))))
            }
            Target::Vercel(vercel) => match &self.line {
                Some(line) => {
                    Ok(Arc::new(VercelDeployer::new(vercel, place, line.clone(), self.known.clone())))
                }
                None => Err(Unavailable("hosted targets are not reached from here".to_owned())),
            },
            Target::Practice => {
                Err(Unavailable("the practice target exists only in a rehearsal; name a real one".to_owned()))
            }
        }
    }
}
