//! Vercel's ids of the deployments that were seen, so that a preview can name them without asking.

use seaworthy_domain::DeploymentId;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

/// Names remembered; a process that sees more begins anew.
const KNOWN_MAX: usize = 20_000;

/// Ids by project and name. Cloning shares them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known(Arc<Mutex<BTreeMap<(String, DeploymentId), String>>>);

impl Known {
    pub(super) fn learn(&self, project: &str, names: impl IntoIterator<Item = (DeploymentId, String)>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() > KNOWN_MAX {
            known.clear();
        }
        known.extend(names.into_iter().map(|(name, id)| ((project.to_owned(), name), id)));
    }

    pub(super) fn id_of(&self, project: &str, name: &DeploymentId) -> Option<String> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&(project.to_owned(), name.clone())).cloned()
    }
}
