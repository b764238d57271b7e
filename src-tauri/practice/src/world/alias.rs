//! Promote and rollback: accepted at once, done later.

use super::Cause;
use super::Refusal;
use super::State;
use super::World;
use super::project::Reason;
use crate::effect::What;
use crate::setup::PartialJob;
use crate::setup::Plan;

/// Which way a job moves production.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JobKind {
    Promote,
    Rollback,
}

impl JobKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Promote => "promote",
            Self::Rollback => "rollback",
        }
    }
}

/// How far one domain, or the whole job, is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AliasStatus {
    Pending,
    InProgress,
    Done,
    Failed,
}

impl AliasStatus {
    /// The word for one domain.
    pub(crate) fn of_alias(self) -> &'static str {
        match self {
            Self::Done => "completed",
            other => other.of_job(),
        }
    }

    /// The word for the job.
    pub(crate) fn of_job(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::InProgress => "in-progress",
            Self::Done => "succeeded",
            Self::Failed => "failed",
        }
    }
}

/// The newest promote or rollback of a project.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) kind: JobKind,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) requested: i64,
    /// When `status` began.
    pub(crate) since: i64,
    pub(crate) status: AliasStatus,
    /// Each domain that it moves, by name.
    pub(crate) aliases: Vec<(String, AliasStatus)>,
    pub(crate) partial: Option<PartialJob>,
    pub(crate) cause: Cause,
    reason: Option<String>,
}

impl Job {
    /// Whether it has not ended yet, although it may never do so.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.status, AliasStatus::Pending | AliasStatus::InProgress)
    }

    /// Whether it will change by itself.
    pub(crate) fn is_under_way(&self) -> bool {
        let hangs = matches!(self.partial, Some(PartialJob::Hangs { .. }));
        self.is_open() && !(hangs && self.status == AliasStatus::InProgress)
    }
}

/// How a promote was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accepted {
    Now,
    Behind,
}

impl World {
    /// `POST /v10/projects/{project}/promote/{deployment}`.
    ///
    /// With rolling releases it starts one; for the deployment that is the canary already it completes that one.
    pub(crate) fn promote(&mut self, project: &str, id: &str, cause: &Cause) -> Result<Accepted, Refusal> {
        let project = self.project(project)?.clone();
        let wanted = self.movable(&project.id, id)?;
        if !wanted.is_production() {
            let why = format!("{id} is a preview; create a production deployment from it to promote it");
            return Err(Refusal::new(422, "unprocessable_entity", why));
        }
        if project.serves_alone(id) {
            return Err(Refusal::new(
                409,
                "conflict",
                format!("{id} is already the current production deployment"),
            ));
        }
        if project.job.as_ref().is_some_and(Job::is_open) {
            return Err(Refusal::new(409, "conflict", "another promote or rollback is under way"));
        }
        if project.active().is_some_and(|release| release.canary != id) {
            self.queue(&project.id, id, cause);
            return Ok(Accepted::Behind);
        }
        self.begin(JobKind::Promote, &project.id, id, cause, None);
        self.record(What::Promoted, cause, &project.id, id);
        Ok(Accepted::Now)
    }

    /// `POST /v1|v9/projects/{project}/rollback/{deployment}`.
    ///
    /// To the deployment that serves production it is the way to stop a rolling release; otherwise that is refused. It
    /// takes over from a promote that is under way: how the real provider decides there is not written anywhere.
    pub(crate) fn roll_back(
        &mut self,
        project: &str,
        id: &str,
        reason: Option<String>,
        cause: &Cause,
    ) -> Result<(), Refusal> {
        let project = self.project(project)?.clone();
        let wanted = self.movable(&project.id, id)?;
        let open = project.job.as_ref().filter(|job| job.is_open()).map(|job| job.kind);
        if open.is_none() && project.serves_alone(id) {
            let why = format!("{id} is already the current production deployment");
            return Err(Refusal::new(409, "conflict", why));
        }
        if open == Some(JobKind::Rollback) {
            return Err(Refusal::new(409, "conflict", "another rollback is under way"));
        }
        if !wanted.is_rollback_candidate() {
            return Err(Refusal::new(422, "unprocessable_entity", format!("{id} never served production")));
        }
        if !self.plan_reaches(&project, id) {
            let why = "on this plan production can only go back to the deployment before this one";
            return Err(Refusal::new(402, "payment_required", why));
        }
        self.begin(JobKind::Rollback, &project.id, id, cause, reason);
        self.record(What::RolledBack, cause, &project.id, id);
        Ok(())
    }

    /// The deployment, if production can be moved to it at all.
    fn movable(&self, project: &str, id: &str) -> Result<super::Deployment, Refusal> {
        let found = self.deployments.get(id).filter(|deployment| deployment.project == project);
        let found = found.ok_or_else(|| Refusal::not_found("deployment"))?;
        if found.deleted {
            return Err(Refusal::new(410, "gone", format!("{id} was deleted")));
        }
        if found.state != State::Ready {
            return Err(Refusal::new(409, "conflict", format!("{id} is {}", found.state.name())));
        }
        Ok(found.clone())
    }

    fn begin(&mut self, kind: JobKind, project: &str, id: &str, cause: &Cause, reason: Option<String>) {
        let (now, partial) = (self.now, self.next_job.take());
        let Some(project) = self.projects.get_mut(project) else { return };
        let moved = project.aliases.iter().filter(|alias| alias.production);
        project.job = Some(Job {
            kind,
            from: project.production.clone(),
            to: id.to_owned(),
            requested: now,
            since: now,
            status: AliasStatus::Pending,
            aliases: moved.map(|alias| (alias.name.clone(), AliasStatus::Pending)).collect(),
            partial,
            cause: cause.clone(),
            reason,
        });
        project.updated = now;
    }

    /// Takes the job of `project` one phase further.
    pub(super) fn step_job(&mut self, project: &str) {
        let now = self.now;
        let Some(found) = self.projects.get_mut(project) else { return };
        let Some(job) = found.job.as_mut().filter(|job| job.is_under_way()) else { return };
        job.since = now;
        if job.status == AliasStatus::Pending {
            job.status = AliasStatus::InProgress;
            // An ordinary job is seen half-way once: one domain moved, the others not yet.
            let moved = match job.partial {
                Some(PartialJob::Fails { moved } | PartialJob::Hangs { moved }) => moved,
                None => 1,
            };
            let moved = moved.min(job.aliases.len().saturating_sub(1));
            for (_, status) in job.aliases.iter_mut().take(moved) {
                *status = AliasStatus::Done;
            }
            let (to, rolls) = (job.to.clone(), job.kind == JobKind::Promote && found.rolling.is_some());
            // A rolling release moves no domain before it is complete.
            for alias in found.aliases.iter_mut().filter(|a| a.production && !rolls).take(moved) {
                to.clone_into(&mut alias.deployment);
            }
            return;
        }
        let fails = matches!(job.partial, Some(PartialJob::Fails { .. }));
        job.status = if fails { AliasStatus::Failed } else { AliasStatus::Done };
        for (_, status) in job.aliases.iter_mut().filter(|(_, status)| *status != AliasStatus::Done) {
            *status = if fails { AliasStatus::Failed } else { AliasStatus::Done };
        }
        let job = job.clone();
        if !fails {
            self.finish(project, &job);
        }
    }

    fn finish(&mut self, project: &str, job: &Job) {
        let now = self.now;
        let Some(found) = self.projects.get_mut(project) else { return };
        if job.kind == JobKind::Rollback {
            found.auto_assign = false;
            found.rolled_back_to = Some(job.to.clone());
            found.reason = job.reason.clone().map(|text| Reason { text, at: now });
            self.abort(project, &job.cause);
            self.enthrone(project, &job.to);
            return;
        }
        // A promote ends what a rollback left behind.
        found.auto_assign = true;
        found.rolled_back_to = None;
        found.reason = None;
        let active = found.active().map(|release| release.canary == job.to);
        if active == Some(true) {
            self.complete_now(project, &job.cause);
        } else if active.is_some() {
            // Another rolling release began while the job was under way.
            self.queue(project, &job.to, &job.cause);
        } else if found.rolling.is_some() && self.setup.plan != Plan::Hobby {
            self.start_now(project, &job.to, &job.cause);
        } else {
            self.enthrone(project, &job.to);
        }
    }
}
