//! What happens by itself, in the order in which it is due.

use super::Cause;
use super::Deployment;
use super::Project;
use super::State;
use super::Substate;
use super::World;
use crate::effect::What;
use crate::setup::Pace;

/// Something that is under way.
#[derive(Clone, Debug)]
enum Due {
    Build(String),
    Job(String),
    Stage(String),
}

impl World {
    /// Lets everything happen that is due at `now`. Time does not go back.
    pub(crate) fn settle(&mut self, now: i64) {
        let now = now.max(self.now);
        while let Some((at, due)) = self.next_due().filter(|(at, _)| *at <= now) {
            self.now = at.max(self.now);
            self.happen(&due);
        }
        self.now = now;
    }

    /// Somebody looks: at the pace of reads everything goes one phase further.
    pub(crate) fn read(&mut self) {
        if self.setup.pace != Pace::Reads {
            return;
        }
        let builds =
            self.deployments.values().filter(|d| d.state.is_under_way()).map(|d| Due::Build(d.id.clone()));
        let jobs = self.projects.values().filter(|p| p.job.as_ref().is_some_and(super::Job::is_under_way));
        let all: Vec<_> = builds.chain(jobs.map(|p| Due::Job(p.id.clone()))).collect();
        for due in &all {
            self.happen(due);
        }
    }

    /// Ends the job of `project` now, as far as it ends at all.
    pub(crate) fn finish_job(&mut self, project: &str) {
        self.step_job(project);
        self.step_job(project);
    }

    /// Ends the build of `deployment` now.
    pub(crate) fn finish_build(&mut self, deployment: &str) {
        while self.deployments.get(deployment).is_some_and(|found| found.state.is_under_way()) {
            self.step_build(deployment);
        }
    }

    fn next_due(&self) -> Option<(i64, Due)> {
        let builds =
            self.deployments.values().filter_map(|d| Some((self.build_due(d)?, Due::Build(d.id.clone()))));
        let jobs = self.projects.values().filter_map(|p| Some((self.job_due(p)?, Due::Job(p.id.clone()))));
        let stages =
            self.projects.values().filter_map(|p| Some((p.active()?.ends()?, Due::Stage(p.id.clone()))));
        builds.chain(jobs).chain(stages).min_by_key(|(at, _)| *at)
    }

    fn build_due(&self, deployment: &Deployment) -> Option<i64> {
        let Pace::Clock { queued, building, .. } = self.setup.pace else { return None };
        match deployment.state {
            State::Queued => Some(deployment.since + queued.num_milliseconds()),
            State::Building => Some(deployment.since + building.num_milliseconds()),
            _ => None,
        }
    }

    fn job_due(&self, project: &Project) -> Option<i64> {
        let Pace::Clock { job: length, .. } = self.setup.pace else { return None };
        let job = project.job.as_ref().filter(|job| job.is_under_way())?;
        Some(job.since + length.num_milliseconds() / 2)
    }

    fn happen(&mut self, due: &Due) {
        match due {
            Due::Build(deployment) => self.step_build(deployment),
            Due::Job(project) => self.step_job(project),
            Due::Stage(project) => self.advance(project, &Cause::itself()),
        }
    }

    fn step_build(&mut self, id: &str) {
        let now = self.now;
        let Some(deployment) = self.deployment_mut(id) else { return };
        deployment.since = now;
        if deployment.state == State::Queued {
            deployment.state = State::Building;
            deployment.building_at = Some(now);
            return;
        }
        if deployment.fails.is_some() {
            deployment.state = State::Error;
            return;
        }
        deployment.state = State::Ready;
        deployment.ready_at = Some(now);
        if deployment.is_production() {
            deployment.substate = Some(Substate::Staged);
            let (project, takes_domains) = (deployment.project.clone(), deployment.auto_assign);
            if takes_domains {
                self.assign(&project, id);
            }
        }
    }

    /// What an ordinary production deployment does when it is ready, unless it was created staged.
    fn assign(&mut self, project: &str, id: &str) {
        let Some(found) = self.projects.get(project) else { return };
        // A rollback may have switched it off while this one was being built.
        if !found.auto_assign {
            return;
        }
        if found.active().is_some() {
            self.queue(project, id, &Cause::itself());
        } else if found.rolling.is_some() {
            self.start_now(project, id, &Cause::itself());
        } else {
            self.enthrone(project, id);
            self.record(What::Promoted, &Cause::itself(), project, id);
        }
    }
}
