//! Finding the release a request is about.

use super::opening::POLICY_FILE;
use crate::core::Live;
use crate::engine::Engine;
use crate::engine::live;
use crate::fault;
use crate::view;
use seaworthy_domain::Release;
use seaworthy_domain::ReleaseId;
use seaworthy_domain::policy::Policy;
use seaworthy_wire::Fault;
use seaworthy_wire::Which;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

/// Which release is meant where none is named.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meant {
    /// The newest open one.
    Newest,
    /// The one that has production, else the newest open one.
    InProduction,
    /// The one on hold, else as in production.
    Held,
    /// The one with an operation that nobody knows the outcome of, else as in production.
    Unknown,
}

impl Engine {
    /// The release that `which` names, or the newest open one of the project in its folder. Never a release of a
    /// project that the person does not stand in, unless they name it by its identity.
    pub(crate) fn find(&self, which: &Which) -> Result<ReleaseId, Fault> {
        self.named(which, Meant::Newest)
    }

    /// The same for what is done in an emergency: without a name it is about what production serves, whatever was
    /// opened since.
    pub(crate) fn find_in_production(&self, which: &Which) -> Result<ReleaseId, Fault> {
        self.named(which, Meant::InProduction)
    }

    /// The same for lifting a hold.
    pub(crate) fn find_held(&self, which: &Which) -> Result<ReleaseId, Fault> {
        self.named(which, Meant::Held)
    }

    /// The same for settling an operation.
    pub(crate) fn find_unknown(&self, which: &Which) -> Result<ReleaseId, Fault> {
        self.named(which, Meant::Unknown)
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

    fn named(&self, which: &Which, meant: Meant) -> Result<ReleaseId, Fault> {
        let id = self.looked_up(which, meant)?;
        Ok(self.recalled(id))
    }

    fn looked_up(&self, which: &Which, meant: Meant) -> Result<ReleaseId, Fault> {
        let here = which.folder.as_deref().map(Path::new);
        // A project within the folder of another one is not that one.
        let nearest = here.and_then(|here| here.ancestors().find(|above| above.join(POLICY_FILE).is_file()));
        let core = self.core();
        let by_id = which.release.as_ref().and_then(|name| name.parse::<ReleaseId>().ok());
        if let Some(id) = by_id.filter(|id| core.releases.contains_key(id)) {
            return Ok(id);
        }
        let in_project = |live: &Live| {
            let Some(here) = here else { return true };
            let folder = core.projects.get(&live.release.project).map(|project| project.folder.as_path());
            folder.is_some_and(|folder| {
                here.starts_with(folder)
                    && nearest.is_none_or(|near| near == folder || !near.starts_with(folder))
            })
        };
        let named = |live: &Live| which.release.as_ref().is_none_or(|name| live.release.version == *name);
        let found: Vec<_> = core.releases.values().filter(|live| named(live) && in_project(live)).collect();
        if which.release.is_none()
            && let Some(id) = pointed_at(&found, meant)?
        {
            return Ok(id);
        }
        match (newest(found.into_iter()), newest(core.releases.values().filter(|live| named(live)))) {
            (Some(live), _) => Ok(live.release.id),
            (None, Some(other)) => Err(elsewhere(which.release.as_deref(), &other.release)),
            (None, None) => Err(match &which.release {
                Some(name) => fault::bad_input(format!("there is no release \"{name}\"")),
                None => fault::refused("there is no release yet")
                    .with_help("open one with `seaworthy open VERSION`"),
            }),
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

fn newest<'a>(lives: impl Iterator<Item = &'a Live>) -> Option<&'a Live> {
    lives.max_by_key(|live| (!live.release.lifecycle.is_over(), live.updated))
}

/// The one release that a request without a name can only be about, if there is one.
fn pointed_at(found: &[&Live], meant: Meant) -> Result<Option<ReleaseId>, Fault> {
    let open = || found.iter().map(|live| &live.release).filter(|release| !release.lifecycle.is_over());
    let mut pointed: Vec<_> = match meant {
        Meant::Newest => return Ok(None),
        Meant::InProduction => Vec::new(),
        Meant::Held => open().filter(|release| release.hold.is_some()).collect(),
        Meant::Unknown => open().filter(|release| release.unknown_operation().is_some()).collect(),
    };
    if pointed.is_empty() {
        pointed = open().filter(|release| release.has_production()).collect();
    }
    match &pointed[..] {
        [] => Ok(None),
        [only] => Ok(Some(only.id)),
        several => Err(ambiguous(several)),
    }
}

fn ambiguous(several: &[&Release]) -> Fault {
    let told = several.iter().map(|release| {
        let standing = view::in_production(release);
        standing.map_or_else(|| format!("{} is {}", release.version, release.lifecycle), |(_, text)| text)
    });
    let told = told.collect::<Vec<_>>().join(", ");
    fault::refused(format!("it is not clear which release is meant: {told}"))
        .with_help("name one with --release")
}

fn elsewhere(name: Option<&str>, other: &Release) -> Fault {
    let wanted = name.map_or_else(|| "release".to_owned(), |name| format!("release \"{name}\""));
    let project = &other.project_name;
    fault::refused(format!("the project in this folder has no {wanted}; {project} has")).with_help(format!(
        "open one with `seaworthy open VERSION`, go to the folder of {project}, or name its release with --release {}",
        other.id
    ))
}
