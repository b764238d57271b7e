//! Projects, their production domains and how a project begins.

use super::Cause;
use super::Deployment;
use super::Job;
use super::Release;
use super::Rolling;
use super::Source;
use super::State;
use super::Substate;
use super::World;
use crate::effect::By;
use crate::effect::What;
use crate::setup::Plan;
use crate::setup::ProjectSetup;
use std::collections::BTreeMap;

/// A domain and the deployment it leads to.
#[derive(Clone, Debug)]
pub(crate) struct Alias {
    pub(crate) uid: String,
    pub(crate) name: String,
    pub(crate) created: i64,
    pub(crate) deployment: String,
    /// Whether it follows production.
    pub(crate) production: bool,
}

/// Why production was rolled back, in the words of the one who did.
#[derive(Clone, Debug)]
pub(crate) struct Reason {
    pub(crate) text: String,
    pub(crate) at: i64,
}

/// One project.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) created: i64,
    pub(crate) updated: i64,
    /// Whether deployments of production take the domains when they are ready, unless they say otherwise.
    pub(crate) auto_assign: bool,
    /// Deployment that serves production: alone, or beside the canary of a rolling release.
    pub(crate) production: String,
    /// What served production before, newest last.
    pub(crate) earlier: Vec<String>,
    pub(crate) aliases: Vec<Alias>,
    /// The newest promote or rollback.
    pub(crate) job: Option<Job>,
    /// Deployment that production was rolled back to, until a promote ends that.
    pub(crate) rolled_back_to: Option<String>,
    pub(crate) reason: Option<Reason>,
    pub(crate) rolling: Option<Rolling>,
    /// Rolling releases, newest last; at most one is active.
    pub(crate) releases: Vec<Release>,
    pub(crate) skew_protection: bool,
    pub(crate) variables: Vec<crate::setup::Variable>,
}

impl Project {
    /// The rolling release that is under way.
    pub(crate) fn active(&self) -> Option<&Release> {
        self.releases.last().filter(|release| release.is_active())
    }

    pub(crate) fn active_mut(&mut self) -> Option<&mut Release> {
        self.releases.last_mut().filter(|release| release.is_active())
    }

    /// Whether `deployment` is production, has every production domain and no canary beside it.
    pub(super) fn serves_alone(&self, deployment: &str) -> bool {
        let mut domains = self.aliases.iter().filter(|alias| alias.production);
        self.production == deployment
            && self.active().is_none()
            && domains.all(|alias| alias.deployment == deployment)
    }

    /// Whether `deployment` serves production or is to serve it.
    fn needs(&self, deployment: &str) -> bool {
        let queued = self.active().and_then(|release| release.queued.as_deref());
        let moving = self.job.as_ref().filter(|job| job.is_open()).map(|job| job.to.as_str());
        self.shares().iter().any(|(serving, _)| serving == deployment)
            || queued == Some(deployment)
            || moving == Some(deployment)
    }

    /// Who gets which share of production, in percent.
    pub(crate) fn shares(&self) -> Vec<(String, f64)> {
        match self.active() {
            None => vec![(self.production.clone(), 100.0)],
            Some(release) => {
                let share = release.share();
                vec![(self.production.clone(), 100.0 - share), (release.canary.clone(), share)]
            }
        }
    }
}

impl World {
    /// A project with a deployment that has been serving production for a while.
    pub(super) fn found(&mut self, setup: &ProjectSetup, host: String) {
        let id = self.fresh("prj_", 28);
        let first = self.fresh("dpl_", 28);
        let created = self.now - 86_400_000;
        let meta = BTreeMap::from([
            ("gitCommitSha".to_owned(), setup.first_commit.clone()),
            ("gitCommitRef".to_owned(), "main".to_owned()),
        ]);
        let deployment = Deployment {
            id: first.clone(),
            project: id.clone(),
            name: setup.name.clone(),
            host,
            created,
            target: Some("production".to_owned()),
            state: State::Ready,
            since: created,
            building_at: Some(created),
            ready_at: Some(created),
            fails: None,
            deleted: false,
            auto_assign: true,
            substate: Some(Substate::Promoted),
            assigned_at: Some(created),
            meta: meta.into_iter().chain(setup.first_meta.clone()).collect(),
            source: Source::Files(Vec::new()),
            redeploy_of: None,
        };
        let mut aliases = Vec::new();
        for name in &setup.domains {
            let uid = self.fresh("", 24);
            let (name, deployment) = (name.clone(), first.clone());
            aliases.push(Alias { uid, name, created, deployment, production: true });
        }
        let rolling = setup.rolling.clone().map(|stages| Rolling::of(&stages, setup.automatic));
        self.deployments.insert(first.clone(), deployment);
        let project = Project {
            id: id.clone(),
            name: setup.name.clone(),
            created,
            updated: self.now,
            auto_assign: true,
            production: first,
            earlier: Vec::new(),
            aliases,
            job: None,
            rolled_back_to: None,
            reason: None,
            skew_protection: rolling.is_some(),
            rolling,
            releases: Vec::new(),
            variables: setup.variables.clone(),
        };
        self.projects.insert(id, project);
    }

    /// All production domains of `project` lead to `deployment`, which is production from now on.
    pub(super) fn enthrone(&mut self, project: &str, deployment: &str) {
        let now = self.now;
        if let Some(project) = self.projects.get_mut(project) {
            if project.production != deployment {
                let before = std::mem::replace(&mut project.production, deployment.to_owned());
                project.earlier.retain(|id| id != deployment && *id != before);
                project.earlier.push(before);
            }
            for alias in project.aliases.iter_mut().filter(|alias| alias.production) {
                deployment.clone_into(&mut alias.deployment);
            }
            project.updated = now;
        }
        if let Some(deployment) = self.deployment_mut(deployment) {
            deployment.substate = Some(Substate::Promoted);
            deployment.assigned_at = Some(now);
        }
    }

    /// Somebody deletes a deployment, or it expires. What serves production or is on its way there stays; a build that
    /// is under way stops.
    pub(crate) fn delete(&mut self, id: &str, cause: &Cause) -> bool {
        let wanted = self.projects.values().any(|project| project.needs(id));
        let now = self.now;
        let Some(deployment) = self.deployments.get_mut(id).filter(|found| !wanted && !found.deleted) else {
            return false;
        };
        if deployment.state.is_under_way() {
            deployment.state = State::Canceled;
            deployment.since = now;
        }
        deployment.deleted = true;
        let project = deployment.project.clone();
        self.record(What::Deleted, cause, &project, id);
        true
    }

    /// Whether the plan lets production go back from the present deployment to `to`.
    pub(super) fn plan_reaches(&self, project: &Project, to: &str) -> bool {
        let nearest = project.earlier.last().is_none_or(|id| id == to);
        self.setup.plan != Plan::Hobby || nearest || project.production == to
    }
}

impl Cause {
    /// What happens by itself: a build that is ready, a stage whose time is over.
    pub(crate) fn itself() -> Self {
        Self { by: By::Itself, operation: None }
    }
}
