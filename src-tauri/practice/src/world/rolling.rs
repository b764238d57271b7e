//! Rolling releases: stages, their start, approval and end.

use super::Cause;
use super::Refusal;
use super::State;
use super::Substate;
use super::World;
use crate::effect::What;
use crate::setup::Plan;

/// Most stages of a rolling release.
const STAGES_MAX: usize = 10;

/// Rolling releases of a project as configured; a change never touches one that is under way.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rolling {
    /// Share in percent and length in minutes.
    pub(crate) stages: Vec<(f64, Option<f64>)>,
    /// Whether stages end by themselves.
    pub(crate) automatic: bool,
}

impl Rolling {
    pub(crate) fn of(stages: &[(f64, Option<f64>)], automatic: bool) -> Self {
        Self { stages: stages.to_vec(), automatic }
    }

    /// Stages that rise and end with everybody.
    pub(crate) fn checked(stages: Vec<(f64, Option<f64>)>, automatic: bool) -> Result<Self, Refusal> {
        let rising = stages.windows(2).all(|pair| pair[0].0 < pair[1].0);
        let whole = stages.last().is_some_and(|(share, _)| (share - 100.0).abs() < f64::EPSILON);
        let sane = stages.iter().all(|(share, minutes)| {
            (0.0..=100.0).contains(share) && minutes.is_none_or(|m| m.is_finite() && m > 0.0)
        });
        if stages.len() < 2 || stages.len() > STAGES_MAX || !rising || !whole || !sane {
            let why = "stages must rise, be 2 to 10, lie between 0 and 100 and end with 100";
            return Err(Refusal::bad(why));
        }
        Ok(Self { stages, automatic })
    }
}

/// How a rolling release stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReleaseState {
    Active,
    Complete,
    Aborted,
}

impl ReleaseState {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Complete => "COMPLETE",
            Self::Aborted => "ABORTED",
        }
    }
}

/// One stage of a rolling release.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stage {
    pub(crate) share: f64,
    /// Seconds here, minutes in the configuration.
    pub(crate) seconds: Option<f64>,
    pub(crate) approval: bool,
}

/// One rolling release.
#[derive(Clone, Debug)]
pub(crate) struct Release {
    pub(crate) state: ReleaseState,
    pub(crate) current: String,
    pub(crate) canary: String,
    /// Deployment whose rolling release begins when this one is complete.
    pub(crate) queued: Option<String>,
    pub(crate) automatic: bool,
    pub(crate) stages: Vec<Stage>,
    /// Index of the stage it is in, or ended in.
    pub(crate) stage: usize,
    /// When `stage` began.
    pub(crate) since: i64,
    pub(crate) started: i64,
    pub(crate) updated: i64,
}

impl Release {
    pub(crate) fn is_active(&self) -> bool {
        self.state == ReleaseState::Active
    }

    /// Share of the canary, in percent.
    pub(crate) fn share(&self) -> f64 {
        match self.state {
            ReleaseState::Active => self.stages.get(self.stage).map_or(0.0, |stage| stage.share),
            ReleaseState::Complete => 100.0,
            ReleaseState::Aborted => 0.0,
        }
    }

    /// When the present stage ends by itself.
    pub(crate) fn ends(&self) -> Option<i64> {
        let seconds = self.stages.get(self.stage).filter(|_| self.automatic && self.is_active())?.seconds?;
        #[expect(clippy::cast_possible_truncation, reason = "stages are minutes long, not millions of years")]
        let ms = (seconds * 1_000.0) as i64;
        Some(self.since + ms)
    }
}

impl World {
    /// `PATCH …/rolling-release/config`; `None` switches it off.
    pub(crate) fn configure(
        &mut self,
        project: &str,
        rolling: Option<Rolling>,
        cause: &Cause,
    ) -> Result<(), Refusal> {
        if rolling.is_some() && self.setup.plan == Plan::Hobby {
            return Err(Refusal::new(403, "forbidden", "rolling releases are not part of this plan"));
        }
        let now = self.now;
        let project = self.project_mut(project)?;
        project.skew_protection |= rolling.is_some();
        project.rolling = rolling;
        project.updated = now;
        let id = project.id.clone();
        self.record(What::Configured, cause, &id, "");
        Ok(())
    }

    /// `POST …/rolling-release/start`.
    pub(crate) fn start(&mut self, project: &str, canary: &str, cause: &Cause) -> Result<(), Refusal> {
        let project = self.project(project)?.clone();
        let wanted = self.deployments.get(canary).filter(|found| found.project == project.id);
        let wanted = wanted.ok_or_else(|| Refusal::not_found("deployment"))?;
        if wanted.deleted {
            return Err(Refusal::new(410, "gone", format!("{canary} was deleted")));
        }
        if project.rolling.is_none() {
            return Err(Refusal::bad("this project has no rolling releases"));
        }
        if project.active().is_some() {
            return Err(Refusal::new(409, "conflict", "a rolling release is under way"));
        }
        if project.production == canary {
            return Err(Refusal::new(409, "conflict", format!("{canary} serves production already")));
        }
        if wanted.state != State::Ready || !wanted.is_production() {
            let why = format!("{canary} is not a production deployment that is ready");
            return Err(Refusal::new(422, "unprocessable_entity", why));
        }
        self.start_now(&project.id, canary, cause);
        Ok(())
    }

    pub(super) fn start_now(&mut self, project: &str, canary: &str, cause: &Cause) {
        let now = self.now;
        let Some(found) = self.projects.get_mut(project) else { return };
        let Some(rolling) = found.rolling.clone() else { return };
        if found.production == canary || found.active().is_some() {
            return;
        }
        let last = rolling.stages.len() - 1;
        let stages = rolling.stages.iter().enumerate().map(|(n, (share, minutes))| Stage {
            share: *share,
            seconds: minutes.map(|m| m * 60.0),
            approval: !rolling.automatic && n != last,
        });
        found.releases.push(Release {
            state: ReleaseState::Active,
            current: found.production.clone(),
            canary: canary.to_owned(),
            queued: None,
            automatic: rolling.automatic,
            stages: stages.collect(),
            stage: 0,
            since: now,
            started: now,
            updated: now,
        });
        found.updated = now;
        if let Some(canary) = self.deployment_mut(canary) {
            canary.substate = Some(Substate::Rolling);
        }
        self.record(What::Started, cause, project, canary);
    }

    /// Puts `id` behind the rolling release that is under way; there is one place.
    pub(super) fn queue(&mut self, project: &str, id: &str, cause: &Cause) {
        if let Some(release) = self.projects.get_mut(project).and_then(|found| found.active_mut()) {
            release.queued = Some(id.to_owned());
            self.record(What::Queued, cause, project, id);
        }
    }

    /// `POST …/rolling-release/approve-stage`: only the stage after the present one, only of this canary.
    pub(crate) fn approve(
        &mut self,
        project: &str,
        next: f64,
        canary: &str,
        cause: &Cause,
    ) -> Result<(), Refusal> {
        let project = self.project(project)?.clone();
        let release = active_of(project.active(), canary)?;
        #[expect(clippy::cast_precision_loss, reason = "at most ten stages")]
        let expected = (release.stage + 1) as f64;
        if (next - expected).abs() > f64::EPSILON {
            return Err(Refusal::bad(format!("the next stage is {expected}, not {next}")));
        }
        self.advance(&project.id, cause);
        Ok(())
    }

    /// Enters the stage after the present one; the last one completes the release.
    pub(super) fn advance(&mut self, project: &str, cause: &Cause) {
        let now = self.now;
        let Some(release) = self.projects.get_mut(project).and_then(|found| found.active_mut()) else {
            return;
        };
        if release.stage + 2 >= release.stages.len() {
            return self.complete_now(project, cause);
        }
        release.stage += 1;
        release.since = now;
        release.updated = now;
        let canary = release.canary.clone();
        self.record(What::Advanced, cause, project, &canary);
    }

    /// `POST …/rolling-release/complete`.
    pub(crate) fn complete(&mut self, project: &str, canary: &str, cause: &Cause) -> Result<(), Refusal> {
        let project = self.project(project)?.clone();
        active_of(project.active(), canary)?;
        self.complete_now(&project.id, cause);
        Ok(())
    }

    pub(super) fn complete_now(&mut self, project: &str, cause: &Cause) {
        let now = self.now;
        let Some(release) = self.projects.get_mut(project).and_then(|found| found.active_mut()) else {
            return;
        };
        release.state = ReleaseState::Complete;
        release.stage = release.stages.len() - 1;
        release.since = now;
        release.updated = now;
        let (canary, queued) = (release.canary.clone(), release.queued.take());
        self.enthrone(project, &canary);
        self.record(What::Completed, cause, project, &canary);
        if let Some(queued) = queued {
            self.start_now(project, &queued, &Cause::itself());
        }
    }

    /// A rollback stops the rolling release; there is no call for it.
    pub(super) fn abort(&mut self, project: &str, cause: &Cause) {
        let now = self.now;
        let Some(release) = self.projects.get_mut(project).and_then(|found| found.active_mut()) else {
            return;
        };
        release.state = ReleaseState::Aborted;
        release.queued = None;
        release.updated = now;
        let canary = release.canary.clone();
        if let Some(canary) = self.deployment_mut(&canary) {
            canary.substate = Some(Substate::Staged);
        }
        self.record(What::Aborted, cause, project, &canary);
    }
}

fn active_of<'a>(active: Option<&'a Release>, canary: &str) -> Result<&'a Release, Refusal> {
    let release = active.ok_or_else(|| Refusal::bad("no rolling release is under way"))?;
    if release.canary != canary {
        return Err(Refusal::bad(format!("{} is the canary, not {canary}", release.canary)));
    }
    Ok(release)
}
