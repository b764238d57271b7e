//! Rolling releases and their configuration.

use crate::setup::Plan;
use crate::world::Deployment;
use crate::world::Project;
use crate::world::Release;
use crate::world::ReleaseState;
use crate::world::World;
use serde_json::Value;
use serde_json::json;

/// Stages as a project carries them; lengths in minutes.
pub(crate) fn configured(project: &Project) -> Value {
    let Some(rolling) = &project.rolling else { return Value::Null };
    let last = rolling.stages.len() - 1;
    let stages = rolling.stages.iter().enumerate().map(|(n, (share, minutes))| {
        let mut stage =
            json!({ "targetPercentage": share, "requireApproval": !rolling.automatic && n != last });
        if let Some(minutes) = minutes {
            stage["duration"] = json!(minutes);
        }
        stage
    });
    json!({ "target": "production", "stages": stages.collect::<Vec<_>>() })
}

/// `GET …/rolling-release/config`.
pub(crate) fn config(project: &Project) -> Value {
    json!({ "rollingRelease": configured(project) })
}

/// `GET …/rolling-release`: the newest, or the newest in `state`.
pub(crate) fn release(world: &World, project: &Project, state: Option<&str>) -> Value {
    let wanted = |release: &&Release| state.is_none_or(|state| release.state.name() == state);
    let found = project.releases.iter().rev().find(wanted);
    json!({ "rollingRelease": found.map(|release| shown(world, release)) })
}

fn shown(world: &World, release: &Release) -> Value {
    let last = release.stages.len() - 1;
    let stage = |n: usize| {
        release.stages.get(n).map(|stage| {
            json!({
                "index": n,
                "isFinalStage": n == last,
                "targetPercentage": stage.share,
                "requireApproval": stage.approval,
                "duration": stage.seconds,
            })
        })
    };
    let (active, next) = match release.state {
        ReleaseState::Active => (stage(release.stage), stage(release.stage + 1)),
        ReleaseState::Complete => (stage(last), None),
        ReleaseState::Aborted => (None, None),
    };
    json!({
        "state": release.state.name(),
        "currentDeployment": world.deployments.get(&release.current).map(brief),
        "canaryDeployment": world.deployments.get(&release.canary).map(brief),
        "queuedDeploymentId": release.queued,
        "advancementType": if release.automatic { "automatic" } else { "manual-approval" },
        "stages": (0..=last).map(stage).collect::<Vec<_>>(),
        "activeStage": active,
        "nextStage": next,
        "startedAt": release.started,
        "updatedAt": release.updated,
    })
}

fn brief(deployment: &Deployment) -> Value {
    let mut shown = json!({
        "id": deployment.id,
        "name": deployment.name,
        "url": deployment.host,
        "createdAt": deployment.created,
        "readyState": deployment.state.name(),
        "readyStateAt": deployment.since,
    });
    if let Some(target) = &deployment.target {
        shown["target"] = json!(target);
    }
    shown
}

/// `GET …/rolling-release/billing`.
pub(crate) fn billing(world: &World) -> Value {
    match world.setup.plan {
        Plan::Hobby => json!({
            "availableSlots": 0,
            "reason": "plan_not_supported",
            "message": "rolling releases are not part of this plan",
        }),
        Plan::Pro => json!({
            "availableSlots": "unlimited",
            "reason": "unlimited_slots",
            "message": "rolling releases are not limited",
        }),
    }
}
