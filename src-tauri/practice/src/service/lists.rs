//! Lists: filters, pages and build logs.

use super::Answer;
use super::ask::Query;
use crate::show;
use crate::world::Deployment;
use crate::world::Project;
use crate::world::Refusal;
use crate::world::World;
use serde_json::Value;
use serde_json::json;

/// Items of a page when nothing is asked.
const PAGE: usize = 20;
/// Most items of a page.
const PAGE_MAX: i64 = 100;

fn page_length(query: &Query) -> Result<usize, Refusal> {
    let wanted = query.number("limit")?;
    Ok(wanted.map_or(PAGE, |wanted| usize::try_from(wanted.clamp(1, PAGE_MAX)).unwrap_or(PAGE)))
}

/// The newest `length` of `items` that lie before `until`; times are unique within a list.
fn page<T>(
    query: &Query,
    mut items: Vec<(i64, T)>,
    show: impl Fn(&T) -> Value,
) -> Result<(Vec<Value>, Value), Refusal> {
    let (length, since, until) = (page_length(query)?, query.number("since")?, query.number("until")?);
    items.retain(|(at, _)| since.is_none_or(|since| *at > since) && until.is_none_or(|until| *at < until));
    items.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let more = items.len() > length;
    items.truncate(length);
    let next = items.last().filter(|_| more).map(|(at, _)| *at);
    let prev = items.first().map(|(at, _)| *at);
    let pagination = json!({ "count": items.len(), "next": next, "prev": prev });
    Ok((items.iter().map(|(_, item)| show(item)).collect(), pagination))
}

/// `GET /v6|v7/deployments`.
pub(super) fn deployments(world: &World, query: &Query) -> Result<Value, Refusal> {
    let project = query.get("projectId").map(|wanted| world.project(wanted)).transpose()?;
    let matches = |deployment: &&Deployment| {
        let is = |name: &str, value: Option<&str>| query.get(name).is_none_or(|wanted| value == Some(wanted));
        let target = deployment.target.as_deref().unwrap_or("preview");
        let state = deployment.state.name();
        let candidate = query.get("rollbackCandidate").map(|wanted| wanted == "true");
        !deployment.deleted
            && project.is_none_or(|project| project.id == deployment.project)
            && is("app", Some(&deployment.name))
            && is("target", Some(target))
            && is("sha", deployment.commit())
            && is("branch", deployment.branch())
            && query.get("state").is_none_or(|wanted| wanted.split(',').any(|one| one.trim() == state))
            && candidate.is_none_or(|wanted| wanted == deployment.is_rollback_candidate())
            && query.meta().all(|(key, value)| deployment.meta.get(key).is_some_and(|known| known == value))
    };
    let found = world.deployments.values().filter(matches).map(|d| (d.created, d)).collect();
    let (deployments, pagination) = page(query, found, |d| show::deployment::listed(world, d))?;
    Ok(json!({ "deployments": deployments, "pagination": pagination }))
}

/// `GET /v4/aliases`.
pub(super) fn aliases(world: &World, query: &Query) -> Result<Value, Refusal> {
    let project = query.get("projectId").map(|wanted| world.project(wanted)).transpose()?;
    let projects =
        world.projects.values().filter(|found| project.is_none_or(|project| project.id == found.id));
    let all = projects.flat_map(|project| project.aliases.iter().map(move |alias| (project, alias)));
    let wanted = all.filter(|(_, alias)| query.get("domain").is_none_or(|domain| alias.name == domain));
    // Domains of one project may share a time; a place in the list keeps the pages apart.
    let found = wanted.enumerate().map(|(n, item)| (item.1.created - i64::try_from(n).unwrap_or(0), item));
    let (aliases, pagination) =
        page(query, found.collect(), |(project, alias)| show::project::alias(world, project, alias))?;
    Ok(json!({ "aliases": aliases, "pagination": pagination }))
}

/// `GET …/promote/aliases` and `…/rollback/aliases`: the domains of the newest job of that kind.
pub(super) fn job_aliases(project: &Project, kind: &str, query: &Query) -> Result<Value, Refusal> {
    let failed_only = query.get("failedOnly") == Some("true");
    let job = project.job.as_ref().filter(|job| job.kind.name() == kind);
    let all = job.into_iter().flat_map(|job| job.aliases.iter().map(move |alias| (job, alias)));
    let wanted = all.filter(|(_, (_, status))| !failed_only || *status == crate::world::AliasStatus::Failed);
    let found = wanted.enumerate().map(|(n, item)| (item.0.requested - i64::try_from(n).unwrap_or(0), item));
    let (aliases, pagination) = page(query, found.collect(), |(job, (name, status))| {
        let uid = project.aliases.iter().find(|alias| alias.name == *name).map(|alias| alias.uid.as_str());
        json!({ "alias": name, "id": uid.unwrap_or(""), "deploymentId": job.to, "status": status.of_alias() })
    })?;
    Ok(json!({ "aliases": aliases, "pagination": pagination }))
}

/// `GET /v3/deployments/{id}/events`; with `follow=1` one line each, and the end where the log ends now.
pub(super) fn events(deployment: &Deployment, query: &Query) -> Result<Answer, Refusal> {
    let (since, until) = (query.number("since")?, query.number("until")?);
    let mut events = show::deployment::events(deployment);
    let at = |event: &Value| event.get("created").and_then(Value::as_i64).unwrap_or(0);
    events.retain(|event| since.is_none_or(|t| at(event) >= t) && until.is_none_or(|t| at(event) <= t));
    if query.get("direction") == Some("backward") {
        events.reverse();
    }
    if let Some(limit) = query.number("limit")?.and_then(|limit| usize::try_from(limit).ok()) {
        events.truncate(limit);
    }
    if query.get("follow") == Some("1") {
        let lines: String = events.iter().map(|event| format!("{event}\n")).collect();
        return Ok(Answer::text(200, "application/stream+json", &lines));
    }
    Ok(Answer::json(200, &Value::Array(events)))
}
