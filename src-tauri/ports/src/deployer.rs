//! Targets that deployments are placed on.

use async_trait::async_trait;
use seaworthy_domain::OperationId;
use seaworthy_domain::command::Step;
use seaworthy_domain::operation::Act;
use seaworthy_domain::operation::EffectClass;
use seaworthy_domain::operation::Preview;
use seaworthy_domain::operation::TargetState;
use seaworthy_domain::policy::Target;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Makes the deployer of a target.
pub trait Deployers: Send + Sync {
    /// The deployer for `target` in `place`.
    ///
    /// # Errors
    /// When the target cannot work here at all.
    fn deployer(&self, target: &Target, place: &Place) -> Result<Arc<dyn Deployer>, Unavailable>;
}

/// Where a target is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Folder of the repository.
    pub folder: PathBuf,
    /// Environment.
    pub environment: String,
}

/// The target cannot be used here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unavailable(pub String);

/// One target in one environment. Nothing here retries: whoever calls has written down the intent and calls once.
#[async_trait]
pub trait Deployer: Send + Sync {
    /// Exactly what [`Deployer::send`] would send, without secrets.
    fn preview(&self, order: &Order) -> Preview;

    /// What repeating the order would do.
    fn effect(&self, order: &Order) -> EffectClass;

    /// How long the effect of an accepted act is looked for.
    fn patience(&self, act: &Act) -> Patience {
        let _ = act;
        Patience::USUAL
    }

    /// Learns what [`Deployer::preview`] needs to be exact, where that takes a look at the target. Does nothing
    /// elsewhere, and where the look fails the preview says what it could not know.
    async fn acquaint(&self) {}

    /// Ends what a process that died left running of `operation`, so that a look shows how it ended and nothing takes
    /// effect after the look. Does nothing where nothing runs on this machine.
    async fn quiet(&self, operation: OperationId) {
        let _ = operation;
    }

    /// Reads the target.
    ///
    /// # Errors
    /// [`ReadError::NoEye`] when the target has no way to look, else why the look failed.
    async fn read(&self) -> Result<TargetState, ReadError>;

    /// Sends the order, once.
    async fn send(&self, order: &Order) -> Sent;
}

/// How an effect is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Looks at an accepted operation before it is called unknown.
    pub looks: u32,
    /// Pause between these looks.
    pub pause: Duration,
    /// How long traffic that went back must stay there, and how long an effect whose answer was lost must stay
    /// absent, before a second look makes it a fact: a request may still be on its way.
    pub quiet: Duration,
}

impl Patience {
    /// For targets that show an effect at once.
    pub const USUAL: Self = Self { looks: 6, pause: Duration::from_millis(500), quiet: Duration::ZERO };
}

/// One operation as handed to its target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Identity, kept by the target as a tag where it can.
    pub operation: OperationId,
    /// What to do.
    pub step: Step,
    /// Version of the release.
    pub version: String,
    /// Commit of the candidate.
    pub commit: String,
}

/// What the target answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It says that it did it; a look still has to show it where looking is possible.
    Accepted {
        /// Address of the deployment, where it has one.
        url: Option<String>,
    },
    /// It says no and that nothing changed.
    Refused(String),
    /// Proven not to have left this machine.
    NotSent(String),
    /// No answer, or one that says nothing.
    Unknown(String),
}

/// The target could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The target has no way to look; the captain must.
    #[error("this target cannot be read; look yourself and say so with `reconcile --saw applied|absent`")]
    NoEye,
    /// The look failed.
    #[error("{0}")]
    Failed(String),
}
