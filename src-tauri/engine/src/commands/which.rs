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

/// Where a release is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// In the project of the folder, then anywhere.
    Everywhere,
    /// In the project of the folder only, where there is one.
    Here,
}

impl Engine {
    /// The release that `which` names, or the newest open one, for whoever only reads: in a folder that has none it is
    /// that of another project.
    pub(crate) fn find(&self, which: &Which) -> Result<ReleaseId, Fault> {
        Ok(self.recalled(self.named(which, Scope::Everywhere)?))
    }

    /// The same for whatever changes something: never a release of a project that the person does not stand in.
    pub(crate) fn find_here(&self, which: &Which) -> Result<ReleaseId, Fault> {
        Ok(self.recalled(self.named(which, Scope::Here)?))
    }

    /// With its kept samples at hand: whatever is asked of it may rest on them.
    fn recalled(&self, id: ReleaseId) -> ReleaseId {
        // Samples that cannot be read prove nothing, and must not stop a hold or a rollback.
        if let Err(error) = self.recall(id) {
            tracing::error!(%error, release = %id, "its samples cannot be read");
        }
        id
    }

    fn recall(&self, id: ReleaseId) -> Result<(), Fault> {
        let (policy, _) = self.policy_and_folder(id)?;
        let looked_at = live(&self.core(), id)?.release.ladder.is_some() && policy.watches_production();
        if looked_at { self.ensure_eye(id, &policy) } else { Ok(()) }
    }

    fn named(&self, which: &Which, scope: Scope) -> Result<ReleaseId, Fault> {
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
        let by_id = which.release.as_ref().and_then(|name| name.parse::<ReleaseId>().ok());
        if let Some(id) = by_id.filter(|id| core.releases.contains_key(id)) {
            return Ok(id);
        }
        let meant = |live: &Live| which.release.as_ref().is_none_or(|name| live.release.version == *name);
        let found = newest(&|live| meant(live) && in_project(live));
        let elsewhere = newest(&meant);
        match (found, elsewhere, &which.release) {
            (Some(id), ..) => Ok(id),
            (None, Some(id), _) if scope == Scope::Everywhere => Ok(id),
            (None, Some(id), name) => {
                let wanted =
                    name.as_ref().map_or_else(|| "release".to_owned(), |name| format!("release \"{name}\""));
                let other = live(&core, id)?.release.project_name.clone();
                Err(fault::refused(format!("the project in this folder has no {wanted}; {other} has"))
                    .with_help(format!("go to its folder, or name it with --release {id}")))
            }
            (None, None, Some(name)) => Err(fault::bad_input(format!("there is no release \"{name}\""))),
            (None, None, None) => {
                Err(fault::refused("there is no release yet")
                    .with_help("open one with `seaworthy open VERSION`"))
            }
        }
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
