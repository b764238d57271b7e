//! Which call is which, and what each does.

use super::Answer;
use super::Asked;
use super::Inner;
use super::Provider;
use super::ask;
use super::ask::Query;
use super::guard;
use super::lists;
use crate::effect::By;
use crate::effect::OPERATION_HEADER;
use crate::show;
use crate::trouble::Call;
use crate::world::Cause;
use crate::world::Refusal;
use crate::world::Rolling;
use crate::world::World;
use axum::http::Method;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use serde_json::json;

type Result<T> = std::result::Result<T, Refusal>;

/// Most stages that are read from a configuration; the world refuses more than ten.
const STAGES_READ_MAX: usize = 100;

fn segments(asked: &Asked) -> Vec<String> {
    let path = asked.parts.uri.path().trim_matches('/');
    path.split('/').map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned()).collect()
}

/// The call that a request is.
pub(super) fn call_of(asked: &Asked) -> Call {
    let path = segments(asked);
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let method = &asked.parts.method;
    match (method.as_str(), path.as_slice()) {
        ("POST", ["v2", "files"]) => Call::Upload,
        ("POST", ["v13", "deployments"]) => Call::Create,
        ("GET", ["v6" | "v7", "deployments"]) => Call::List,
        ("GET", ["v13", "deployments", _]) => Call::Get,
        ("GET", ["v3", "deployments", _, "events"]) => Call::Events,
        ("PATCH", ["v12", "deployments", _, "cancel"]) => Call::Cancel,
        ("GET", ["v2", "deployments", _, "aliases"] | ["v4", "aliases"]) => Call::Aliases,
        ("POST", ["v2", "deployments", _, "aliases"]) => Call::Assign,
        ("GET", ["v9", "projects", _]) => Call::Project,
        ("GET", ["v9", "projects", _, "domains"]) => Call::Domains,
        ("GET", ["v10", "projects", _, "env"]) => Call::Variables,
        ("POST", ["v10", "projects", _, "promote", _]) => Call::Promote,
        ("POST", ["v1" | "v9", "projects", _, "rollback", _]) => Call::Rollback,
        ("GET", ["v1" | "v9", "projects", _, "promote", "aliases"])
        | ("GET", ["v9", "projects", _, "rollback", "aliases"]) => Call::JobAliases,
        ("GET", ["v2", "user"]) => Call::User,
        ("GET", ["v2", "teams"] | ["v2", "teams", _]) => Call::Teams,
        (_, ["v1", "projects", _, "rolling-release", rest @ ..]) => rolling_call(method, rest),
        _ => Call::Unknown,
    }
}

fn rolling_call(method: &Method, rest: &[&str]) -> Call {
    match (method.as_str(), rest) {
        ("GET", [] | ["billing"] | ["config"]) => Call::Rolling,
        ("PATCH" | "DELETE", ["config"]) => Call::Configure,
        ("POST", ["start"]) => Call::Start,
        ("POST", ["approve-stage"]) => Call::Approve,
        ("POST", ["complete"]) => Call::Complete,
        _ => Call::Unknown,
    }
}

/// Does what was asked.
pub(super) fn dispatch(provider: &Provider, inner: &mut Inner, call: Call, asked: &Asked) -> Answer {
    let query = Query::of(asked);
    let outcome = match call {
        Call::Unknown => Err(Refusal::not_found("resource")),
        Call::User => Ok(Answer::json(200, &show::account::user(inner.world.now))),
        Call::Teams => teams(inner.world.now, asked),
        call => guard::team(call, &query).and_then(|()| {
            if call.changes() {
                inner.remember();
                change(provider, &mut inner.world, call, asked, &query)
            } else {
                inner.world.read();
                let old = inner.lagging();
                read(old.as_ref().unwrap_or(&inner.world), call, asked, &query)
            }
        }),
    };
    outcome.unwrap_or_else(|refusal| Answer::refused(&refusal))
}

fn teams(now: i64, asked: &Asked) -> Result<Answer> {
    match segments(asked).get(2) {
        None => Ok(Answer::json(200, &show::account::teams(now))),
        Some(id) if [show::account::TEAM_ID, show::account::TEAM_SLUG].contains(&id.as_str()) => {
            Ok(Answer::json(200, &show::account::team(now)))
        }
        Some(_) => Err(Refusal::new(403, "forbidden", "Not authorized to access the team")),
    }
}

fn read(world: &World, call: Call, asked: &Asked, query: &Query) -> Result<Answer> {
    let path = segments(asked);
    let part = |n: usize| path.get(n).map_or("", String::as_str);
    let body = match call {
        Call::List => lists::deployments(world, query)?,
        Call::Get => show::deployment::full(world, world.deployment(part(2))?),
        Call::Events => return lists::events(world.deployment(part(2))?, query),
        Call::Aliases if part(1) == "aliases" => lists::aliases(world, query)?,
        Call::Aliases => show::project::aliases_of(world, world.deployment(part(2))?),
        Call::Project => show::project::full(world, world.project(part(2))?),
        Call::Domains => show::project::domains(world.project(part(2))?),
        Call::Variables => show::project::variables(world.project(part(2))?),
        Call::JobAliases => lists::job_aliases(world.project(part(2))?, part(3), query)?,
        Call::Rolling => match part(4) {
            "billing" => show::rolling::billing(world),
            "config" => show::rolling::config(world.project(part(2))?),
            _ => show::rolling::release(world, world.project(part(2))?, query.get("state")),
        },
        _ => return Err(Refusal::not_found("resource")),
    };
    Ok(Answer::json(200, &body))
}

fn change(
    provider: &Provider,
    world: &mut World,
    call: Call,
    asked: &Asked,
    query: &Query,
) -> Result<Answer> {
    let path = segments(asked);
    let part = |n: usize| path.get(n).map_or("", String::as_str);
    let cause = cause(asked);
    match call {
        Call::Upload => upload(world, asked, &cause),
        Call::Create => {
            let ask = ask::deployment(asked, query)?;
            let host =
                || provider.sites.open().map_err(|why| Refusal::new(500, "internal_server_error", why));
            let id = world.create(ask, host, &cause)?;
            Ok(Answer::json(200, &show::deployment::full(world, world.deployment(&id)?)))
        }
        Call::Cancel => {
            world.cancel(part(2), &cause)?;
            Ok(Answer::json(200, &show::deployment::full(world, world.deployment(part(2))?)))
        }
        Call::Assign => {
            let body = ask::object(asked)?;
            let (alias, before) = world.alias(part(2), ask::text(&body, "alias")?, &cause)?;
            let mut answer =
                json!({ "uid": alias.uid, "alias": alias.name, "created": show::date(alias.created) });
            if let Some(before) = before {
                answer["oldDeploymentId"] = json!(before);
            }
            Ok(Answer::json(200, &answer))
        }
        Call::Promote => {
            let accepted = world.promote(part(2), part(4), &cause)?;
            Ok(Answer::empty(match accepted {
                crate::world::Accepted::Now => 201,
                crate::world::Accepted::Behind => 202,
            }))
        }
        Call::Rollback => {
            let reason = query.get("description").map(str::to_owned);
            world.roll_back(part(2), part(4), reason, &cause)?;
            Ok(Answer::empty(201))
        }
        _ => change_rolling(world, call, asked, &cause),
    }
}

fn change_rolling(world: &mut World, call: Call, asked: &Asked, cause: &Cause) -> Result<Answer> {
    let path = segments(asked);
    let project = path.get(2).map_or("", String::as_str);
    let body = ask::object(asked)?;
    match call {
        Call::Configure => {
            let rolling = if asked.parts.method == Method::DELETE { None } else { configuration(&body)? };
            world.configure(project, rolling, cause)?;
            return Ok(Answer::json(200, &show::rolling::config(world.project(project)?)));
        }
        Call::Start => world.start(project, ask::text(&body, "canaryDeploymentId")?, cause)?,
        Call::Approve => {
            let next = body.get("nextStageIndex").and_then(Value::as_f64);
            let next = next.ok_or_else(|| Refusal::bad("`nextStageIndex` should be a number"))?;
            world.approve(project, next, ask::text(&body, "canaryDeploymentId")?, cause)?;
        }
        Call::Complete => world.complete(project, ask::text(&body, "canaryDeploymentId")?, cause)?,
        _ => return Err(Refusal::not_found("resource")),
    }
    Ok(Answer::json(200, &show::rolling::release(world, world.project(project)?, None)))
}

/// Stages of a configuration; `None` when it says that there shall be none.
fn configuration(body: &Value) -> Result<Option<Rolling>> {
    if body.get("enabled").and_then(Value::as_bool) == Some(false) {
        return Ok(None);
    }
    let stages = body.get("stages").and_then(Value::as_array);
    let stages = stages.ok_or_else(|| Refusal::bad("`stages` should be an array"))?;
    let stages: Option<Vec<_>> = stages
        .iter()
        .take(STAGES_READ_MAX)
        .map(|stage| {
            let minutes = stage.get("duration").filter(|value| !value.is_null());
            Some((stage.get("targetPercentage")?.as_f64()?, minutes.map(Value::as_f64)))
        })
        .map(|stage| {
            stage.and_then(|(share, minutes)| Some((share, minutes.map_or(Some(None), |m| m.map(Some))?)))
        })
        .collect();
    let stages = stages.ok_or_else(|| Refusal::bad("a stage should be `targetPercentage` and `duration`"))?;
    let automatic = match body.get("advancementType").and_then(Value::as_str) {
        Some("automatic") => true,
        Some("manual-approval") | None => false,
        Some(_) => return Err(Refusal::bad("`advancementType` should be automatic or manual-approval")),
    };
    Rolling::checked(stages, automatic).map(Some)
}

fn upload(world: &mut World, asked: &Asked, cause: &Cause) -> Result<Answer> {
    let header = |name: &str| asked.parts.headers.get(name).and_then(|value| value.to_str().ok());
    let named = header("x-now-digest").or_else(|| header("x-vercel-digest"));
    let named = named.ok_or_else(|| Refusal::bad("the header x-now-digest is missing"))?;
    let size = asked.body.len() as u64;
    if header("x-now-size").is_some_and(|text| text.parse() != Ok(size)) {
        return Err(Refusal::bad("the header x-now-size is not the size of the body"));
    }
    if ask::digest(&asked.body) != named {
        return Err(Refusal::bad("the header x-now-digest is not the digest of the body"));
    }
    world.store(named, size, cause)?;
    Ok(Answer::json(200, &json!({ "urls": [] })))
}

fn cause(asked: &Asked) -> Cause {
    Cause { by: By::Call, operation: operation_of(asked) }
}

/// What the caller says it belongs to.
pub(super) fn operation_of(asked: &Asked) -> Option<String> {
    let mark = asked.parts.headers.get(OPERATION_HEADER)?;
    mark.to_str().ok().map(str::to_owned)
}
