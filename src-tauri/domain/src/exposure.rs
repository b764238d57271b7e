//! What of a release could be taken back.

use crate::command::Context;
use crate::refusal::Refusal;
use crate::release::Lifecycle;

impl Context<'_> {
    /// The current candidate's production deployment.
    ///
    /// # Errors
    /// When there is none.
    pub fn exposed(&self) -> Result<&crate::release::Deployment, Refusal> {
        self.alive("rollback")?;
        let back = self.release.lifecycle == Lifecycle::RolledBack;
        let deployment = self.policy.production().and_then(|(name, _)| self.release.deployment_in(name));
        deployment.filter(|_| !back).ok_or_else(|| match self.settled() {
            Err(unsettled) if !back => unsettled,
            _ => Refusal::NoTraffic { what: self.name() },
        })
    }

    /// The candidate, or the version before there is one.
    pub(crate) fn name(&self) -> String {
        self.release.candidate().map_or_else(|| self.release.version.clone(), crate::Candidate::label)
    }
}
