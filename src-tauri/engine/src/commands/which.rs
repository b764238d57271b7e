//! Finding the release a request is about.

use crate::core::Live;
use crate::engine::Engine;
use crate::engine::live;
use crate::fault;
use seaworthy_domain::ReleaseId;
use seaworthy_domain::policy::Policy;
use seaworthy_wire::Fault;
use seaworthy_wire::Which;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

impl Engine {
    /// The release that `which` names, or the newest open one, with its kept samples at hand: whatever is asked of it
    /// may rest on them.
    pub(crate) fn find(&self, which: &Which) -> Result<ReleaseId, Fault> {
        let id = self.named(which)?;
        // Samples that cannot be read prove nothing, and must not stop a hold or a rollback.
        if let Err(error) = self.recall(id) {
            tracing::error!(%error, release = %id, "its samples cannot be read");
        }
        Ok(id)
    }

    fn recall(&self, id: ReleaseId) -> Result<(), Fault> {
        let (policy, _) = self.policy_and_folder(id)?;
        let looked_at = live(&self.core(), id)?.release.ladder.is_some() && policy.watches_production();
        if looked_at { self.ensure_eye(id, &policy) } else { Ok(()) }
    }

    fn named(&self, which: &Which) -> Result<ReleaseId, Fault> {
        let core = self.core();
        let here = which.folder.as_deref().map(Path::new);
        let in_project = |live: &Live| {
            here.is_none_or(|here| {
                core.projects.get(&live.release.project).is_some_and(|p| here.starts_with(&p.folder))
            })
        };
        let newest = |filter: &dyn Fn(&Live) -> bool| {
            let found = core.releases.values().filter(|live| filter(live));
            found
                .max_by_key(|live| (!live.release.lifecycle.is_over(), live.updated))
                .map(|live| live.release.id)
        };
        if let Some(name) = &which.release {
            if let Ok(id) = name.parse::<ReleaseId>()
                && core.releases.contains_key(&id)
            {
                return Ok(id);
            }
            let named = |live: &Live| live.release.version == *name;
            return newest(&|live| named(live) && in_project(live))
                .or_else(|| newest(&named))
                .ok_or_else(|| fault::bad_input(format!("there is no release \"{name}\"")));
        }
        newest(&in_project).or_else(|| newest(&|_| true)).ok_or_else(|| {
            fault::refused("there is no release yet").with_help("open one with `seaworthy open VERSION`")
        })
    }

    /// The policy in force for a release and the folder of its repository.
    pub(crate) fn policy_and_folder(&self, id: ReleaseId) -> Result<(Arc<Policy>, PathBuf), Fault> {
        let mut core = self.core();
        let policy = self.policy_of(&mut core, id)?;
        let project = live(&core, id)?.release.project;
        let root = core.projects.get(&project).map(|p| p.folder.clone());
        let root = root.ok_or_else(|| fault::integrity("the release's project was never registered"))?;
        let repository = &policy.project.repository;
        let folder = if repository == Path::new(".") { root } else { root.join(repository) };
        Ok((policy, folder))
    }
}
