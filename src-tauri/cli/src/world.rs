//! What the command line needs from outside itself.

use crate::args::FaultArg;
use async_trait::async_trait;
use chrono_tz::Tz;
use seaworthy_control::Handler;
use seaworthy_control::Role;
use seaworthy_wire::BundleView;
use seaworthy_wire::EvidenceText;
use seaworthy_wire::Fault;
use seaworthy_wire::Push;
use seaworthy_wire::ReleaseView;
use seaworthy_wire::Secret;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::mpsc;

/// The machine behind the terminal.
#[async_trait]
pub trait World: Send + Sync {
    /// Data directory when none is named.
    fn home(&self) -> Result<PathBuf, Fault>;

    /// Makes the engine of a data directory; called with its lock held. For [`Role::Watch`] the engine also drives
    /// rollouts and watches by itself for as long as it lives.
    async fn engine(&self, home: &Path, role: Role) -> Result<Arc<dyn Handler>, Fault>;

    /// Writes a starting policy into a folder that has none and returns its path.
    async fn init(&self, folder: &Path) -> Result<PathBuf, Fault>;

    /// Checks a bundle that came as a file, against what its captain said if that is known.
    async fn verify(&self, file: &Path, expected: Option<String>) -> Result<BundleView, Fault>;

    /// What a piece of evidence of such a bundle says.
    async fn evidence(
        &self,
        file: &Path,
        digest: &str,
        expected: Option<String>,
    ) -> Result<EvidenceText, Fault>;

    /// Plays a whole release that touches nothing real, telling what happens while it does.
    async fn rehearse(&self, plan: Rehearsal, pushes: mpsc::Sender<Push>) -> Result<Rehearsed, Fault>;
}

/// What to rehearse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rehearsal {
    /// Data directory; a rehearsal keeps to a place of its own in it.
    pub home: PathBuf,
    /// What shall go wrong; nothing without it.
    pub fault: Option<FaultArg>,
    /// Where the report goes; the world finds a place without it.
    pub out: Option<PathBuf>,
}

/// A rehearsal that was played to its end.
#[derive(Clone, Debug)]
pub struct Rehearsed {
    /// The release as it ended.
    pub view: Box<ReleaseView>,
    /// Where the report is.
    pub report: PathBuf,
}

/// The person's answers.
#[async_trait]
pub trait Answers: Send {
    /// One line; `None` when there will be none.
    async fn line(&mut self) -> Option<String>;

    /// One line that is not shown while it is typed; `None` when there will be none, or it cannot be hidden.
    async fn secret(&mut self) -> Option<Secret>;

    /// Everything on standard input, up to a limit; `None` when there is nothing.
    async fn piped(&mut self) -> Option<Secret>;
}

/// The terminal.
pub struct Console {
    /// Answers go here.
    pub out: Box<dyn Write + Send>,
    /// Everything else that people read goes here.
    pub err: Box<dyn Write + Send>,
    /// A person types here.
    pub answers: Box<dyn Answers>,
    /// One message for each Ctrl-C that should end things gently.
    pub interrupts: mpsc::Receiver<()>,
    /// Somebody can be asked.
    pub can_ask: bool,
    /// Rows of the terminal that shows the output, when it is at least as wide as we write.
    pub live: Option<u16>,
    /// Colours are welcome there.
    pub colour: bool,
    /// Colours are welcome where errors go.
    pub colour_err: bool,
    /// Where the person is.
    pub zone: Tz,
}
