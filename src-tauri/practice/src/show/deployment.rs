//! Deployments: alone, in a list, within a project; and their build log.

use super::account;
use super::plan;
use crate::world::Deployment;
use crate::world::Project;
use crate::world::Source;
use crate::world::State;
use crate::world::World;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

/// Region that every practice deployment is said to run in.
const REGION: &str = "iad1";

fn inspector(world: &World, deployment: &Deployment) -> String {
    let project = world.projects.get(&deployment.project).map_or("", |project| project.name.as_str());
    format!("https://practice.invalid/{}/{project}/{}", account::TEAM_SLUG, deployment.id)
}

fn aliases(world: &World, deployment: &Deployment) -> Vec<String> {
    let project = world.projects.get(&deployment.project);
    let all = project.into_iter().flat_map(|project| &project.aliases);
    all.filter(|alias| alias.deployment == deployment.id).map(|alias| alias.name.clone()).collect()
}

fn source(deployment: &Deployment) -> &'static str {
    match &deployment.source {
        _ if deployment.redeploy_of.is_some() => "redeploy",
        Source::Files(_) => "cli",
        Source::Git(_) => "api-trigger-git-deploy",
    }
}

/// What a deployment has only at times.
fn extras(deployment: &Deployment, into: &mut Map<String, Value>) {
    let mut put = |name: &str, value: Value| into.insert(name.to_owned(), value);
    if let Some(substate) = deployment.substate {
        put("readySubstate", json!(substate.name()));
    }
    if let Some(at) = deployment.ready_at {
        put("ready", json!(at));
    }
    if deployment.state == State::Error {
        let why = deployment.fails.clone().unwrap_or_default();
        put("errorCode", json!("BUILD_FAILED"));
        put("errorMessage", json!(why));
    }
}

/// `GET /v13/deployments/{id}`, and the answer of those who create or cancel one.
pub(crate) fn full(world: &World, deployment: &Deployment) -> Value {
    let aliases = aliases(world, deployment);
    let building = deployment.building_at.unwrap_or(deployment.created);
    let project = world.projects.get(&deployment.project).map_or("", |project| project.name.as_str());
    let mut shown = json!({
        "id": deployment.id,
        "name": deployment.name,
        "url": deployment.host,
        "projectId": deployment.project,
        "project": { "id": deployment.project, "name": project },
        "ownerId": account::TEAM_ID,
        "team": { "id": account::TEAM_ID, "name": "Practice Harbor", "slug": account::TEAM_SLUG },
        "creator": { "uid": account::USER_ID, "username": account::USER_NAME },
        "target": deployment.target,
        "source": source(deployment),
        "meta": deployment.meta,
        "readyState": deployment.state.name(),
        "status": deployment.state.name(),
        "createdAt": deployment.created,
        "buildingAt": building,
        "bootedAt": building,
        "createdIn": REGION,
        "regions": [REGION],
        "plan": plan(world),
        "type": "LAMBDAS",
        "version": 2,
        "public": false,
        "env": [],
        "build": { "env": [] },
        "inspectorUrl": inspector(world, deployment),
        "isInConcurrentBuildsQueue": deployment.state == State::Queued,
        "isInSystemBuildsQueue": false,
        "buildSkipped": false,
        "projectSettings": {},
        "routes": null,
        "alias": aliases,
        "aliasAssigned": deployment.assigned_at.is_some(),
        "aliasError": null,
        "autoAssignCustomDomains": deployment.auto_assign,
    });
    if let Some(shown) = shown.as_object_mut() {
        extras(deployment, shown);
        if let Source::Git(git) = &deployment.source {
            shown.insert("gitSource".to_owned(), git.clone());
        }
    }
    shown
}

/// One line of `GET /v7/deployments`.
pub(crate) fn listed(world: &World, deployment: &Deployment) -> Value {
    let assigned = deployment.assigned_at.map_or(json!(false), |at| json!(at));
    let mut shown = json!({
        "uid": deployment.id,
        "name": deployment.name,
        "projectId": deployment.project,
        "url": deployment.host,
        "created": deployment.created,
        "createdAt": deployment.created,
        "source": source(deployment),
        "state": deployment.state.name(),
        "readyState": deployment.state.name(),
        "type": "LAMBDAS",
        "creator": { "uid": account::USER_ID, "username": account::USER_NAME, "email": account::EMAIL },
        "inspectorUrl": inspector(world, deployment),
        "meta": deployment.meta,
        "target": deployment.target,
        "aliasError": null,
        "aliasAssigned": assigned,
        "isRollbackCandidate": deployment.is_rollback_candidate(),
    });
    if let Some(shown) = shown.as_object_mut() {
        if let Some(at) = deployment.building_at {
            shown.insert("buildingAt".to_owned(), json!(at));
        }
        extras(deployment, shown);
    }
    shown
}

/// A deployment within its project: `targets.production` and `latestDeployments`.
pub(crate) fn within(world: &World, project: &Project, deployment: &Deployment) -> Value {
    let mut shown = json!({
        "id": deployment.id,
        "name": deployment.name,
        "url": deployment.host,
        "deploymentHostname": deployment.host,
        "alias": aliases(world, deployment),
        "aliasAssigned": deployment.assigned_at,
        "aliasError": null,
        "createdAt": deployment.created,
        "createdIn": REGION,
        "creator": { "uid": account::USER_ID, "username": account::USER_NAME, "email": account::EMAIL },
        "meta": deployment.meta,
        "plan": plan(world),
        "private": true,
        "readyState": deployment.state.name(),
        "target": deployment.target,
        "teamId": account::TEAM_ID,
        "type": "LAMBDAS",
        "userId": account::USER_ID,
    });
    if deployment.assigned_at.is_none() {
        shown["aliasAssigned"] = json!(false);
    }
    if let (Some(substate), true) = (deployment.substate, project.id == deployment.project) {
        shown["readySubstate"] = json!(substate.name());
    }
    shown
}

/// The build log so far.
pub(crate) fn events(deployment: &Deployment) -> Vec<Value> {
    let mut lines = vec![(deployment.created, "stdout", "Waiting for a build machine".to_owned())];
    if let Some(at) = deployment.building_at {
        lines.push((at, "stdout", format!("Running build in {REGION}")));
        lines.push((at, "command", "npm run build".to_owned()));
    }
    match deployment.state {
        State::Ready => lines.push((deployment.since, "stdout", "Build Completed".to_owned())),
        State::Error => {
            let why = deployment.fails.clone().unwrap_or_default();
            lines.push((deployment.since, "stderr", why));
        }
        State::Canceled => lines.push((deployment.since, "stderr", "Build canceled".to_owned())),
        State::Queued | State::Building => {}
    }
    lines
        .into_iter()
        .enumerate()
        .map(|(n, (at, kind, text))| {
            json!({
                "type": kind,
                "created": at,
                "date": at,
                "deploymentId": deployment.id,
                "id": format!("{at}{n:06}"),
                "serial": format!("{at}{n:06}"),
                "text": text,
                "info": { "type": "build", "name": "bld_practice" },
            })
        })
        .collect()
}
