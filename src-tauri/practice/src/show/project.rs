//! Projects, their domains and variables.

use super::account;
use super::date;
use super::deployment;
use super::rolling;
use crate::world::Alias;
use crate::world::Deployment;
use crate::world::Job;
use crate::world::Project;
use crate::world::World;
use serde_json::Value;
use serde_json::json;

/// Newest deployments that a project lists.
const LATEST: usize = 5;

/// `GET /v9/projects/{id}`.
pub(crate) fn full(world: &World, project: &Project) -> Value {
    let production = world.deployments.get(&project.production);
    let mut latest: Vec<&Deployment> =
        world.deployments.values().filter(|d| d.project == project.id && !d.deleted).collect();
    latest.sort_by_key(|d| std::cmp::Reverse(d.created));
    let latest: Vec<Value> =
        latest.into_iter().take(LATEST).map(|d| deployment::within(world, project, d)).collect();
    let config = json!({ "functionDefaultRegions": ["iad1"] });
    let mut shown = json!({
        "id": project.id,
        "name": project.name,
        "accountId": account::TEAM_ID,
        "createdAt": project.created,
        "updatedAt": project.updated,
        "directoryListing": false,
        "framework": null,
        "nodeVersion": "22.x",
        "live": true,
        "resourceConfig": config,
        "defaultResourceConfig": config,
        "autoAssignCustomDomains": project.auto_assign,
        "targets": { "production": production.map(|d| deployment::within(world, project, d)) },
        "latestDeployments": latest,
        "lastAliasRequest": project.job.as_ref().map(job),
        "lastRollbackTarget": project.rolled_back_to.as_ref().and_then(|id| world.deployments.get(id)).map(back),
        "rollingRelease": rolling::configured(project),
    });
    if let Some(reason) = &project.reason {
        shown["rollbackDescription"] = json!({
            "userId": account::USER_ID,
            "username": account::USER_NAME,
            "description": reason.text,
            "createdAt": reason.at,
        });
    }
    if project.skew_protection {
        shown["skewProtectionMaxAge"] = json!(43_200);
    }
    shown
}

fn job(job: &Job) -> Value {
    json!({
        "type": job.kind.name(),
        "jobStatus": job.status.of_job(),
        "requestedAt": job.requested,
        "fromDeploymentId": job.from,
        "toDeploymentId": job.to,
    })
}

fn back(deployment: &Deployment) -> Value {
    json!({ "id": deployment.id, "url": deployment.host, "createdAt": deployment.created })
}

/// One line of `GET /v4/aliases`.
pub(crate) fn alias(world: &World, project: &Project, alias: &Alias) -> Value {
    let mut shown = json!({
        "uid": alias.uid,
        "alias": alias.name,
        "created": date(alias.created),
        "createdAt": alias.created,
        "deploymentId": alias.deployment,
        "projectId": project.id,
    });
    if let Some(found) = world.deployments.get(&alias.deployment) {
        shown["deployment"] = json!({ "id": found.id, "url": found.host, "meta": "{}" });
    }
    shown
}

/// `GET /v2/deployments/{id}/aliases`.
pub(crate) fn aliases_of(world: &World, deployment: &Deployment) -> Value {
    let all = world.projects.get(&deployment.project).into_iter().flat_map(|project| &project.aliases);
    let all = all.filter(|alias| alias.deployment == deployment.id);
    let all: Vec<Value> = all
        .map(|alias| json!({ "uid": alias.uid, "alias": alias.name, "created": date(alias.created), "redirect": null }))
        .collect();
    json!({ "aliases": all })
}

/// `GET /v9/projects/{id}/domains`.
pub(crate) fn domains(project: &Project) -> Value {
    let all = project.aliases.iter().filter(|alias| alias.production);
    let all: Vec<Value> = all
        .map(|alias| {
            json!({
                "name": alias.name,
                "apexName": alias.name.trim_start_matches("www."),
                "projectId": project.id,
                "verified": true,
                "createdAt": alias.created,
            })
        })
        .collect();
    json!({ "pagination": { "count": all.len(), "next": null, "prev": null }, "domains": all })
}

/// `GET /v10/projects/{id}/env`, never decrypted: only plain values are there to read.
pub(crate) fn variables(project: &Project) -> Value {
    let all = project.variables.iter().enumerate().map(|(n, variable)| {
        let value = match variable.kind {
            "plain" | "system" => variable.value.clone(),
            "sensitive" => String::new(),
            _ => format!("eyJ2IjoidjIifQ{n}"),
        };
        json!({
            "id": format!("env{n:013}"),
            "key": variable.key,
            "type": variable.kind,
            "value": value,
            "target": variable.target,
            "createdAt": project.created,
            "updatedAt": project.created,
            "decrypted": false,
        })
    });
    json!({ "envs": all.collect::<Vec<_>>() })
}
