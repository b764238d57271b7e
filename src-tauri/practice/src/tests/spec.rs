//! An independent validator reads every kind of answer against the vendor's published description.

use super::COMMIT;
use super::Harbor;
use crate::Call;
use crate::Drift;
use crate::PartialJob;
use crate::Trouble;
use serde_json::Value;
use serde_json::json;
use sha1::Digest as _;
use sha1::Sha1;
use std::collections::BTreeSet;
use std::io::BufRead;
use std::io::BufReader;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

/// Statuses that the description does not list, and why they are answered all the same. The validator passes a status
/// it does not know.
const UNLISTED: &[(&str, &str)] = &[
    ("GET /v9/projects/{} 404", "the vendor's own client tells an unknown project by this status"),
    ("POST /v1/projects/{}/rollback/{} 404", "as in v9 of the same call, which lists it"),
    ("POST /v10/projects/{}/promote/{} 404", "as in v9 of the rollback, which takes the same path"),
    (
        "POST /v10/projects/{}/promote/{} 410",
        "the vendor's newer client (2026-10) expects it, the description is older",
    ),
    (
        "POST /v10/projects/{}/promote/{} 422",
        "the vendor's newer client (2026-10) expects it, the description is older",
    ),
];

/// The running validator.
struct Judge {
    child: Child,
    origin: String,
}

impl Judge {
    fn start(tool: &Path, spec: &Path, upstream: &str) -> Self {
        let mut child = Command::new("node")
            .arg(tool)
            .args(["proxy", "--host", "127.0.0.1", "--port", "0", "--errors"])
            .arg(spec)
            .arg(upstream)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node starts");
        let lines = BufReader::new(child.stdout.take().expect("its output is ours")).lines();
        let mut lines = lines.map_while(Result::ok);
        let origin = lines
            .find_map(|line| Some(line.split_once("listening on ")?.1.trim().to_owned()))
            .expect("the validator listens");
        // It logs every request; a full pipe would stop it.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, origin }
    }
}

impl Drop for Judge {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The validator and the description, where this machine has them.
fn found() -> Option<(PathBuf, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let tool = root.join("tests/tools/node_modules/@stoplight/prism-cli/dist/index.js");
    let spec = root.join("../shared/specs/vercel.json");
    for (part, what) in [(&tool, "`npm ci` in tests/tools"), (&spec, "the vendor's description")] {
        if !part.is_file() {
            println!("skipped: {what} is missing, so nothing judges the practice provider's answers");
            return None;
        }
    }
    Some((tool, spec))
}

/// The description with two repairs, without which nothing is judged. The validator silently leaves a schema out that
/// has `nullable` and no `type`; and where the vendor's generator writes `oneOf`, one shape often includes another, so
/// that every answer matches two.
fn repair(spec: &mut Value) {
    match spec {
        Value::Array(items) => items.iter_mut().for_each(repair),
        Value::Object(fields) => {
            let untyped = fields.get("nullable") == Some(&json!(true)) && !fields.contains_key("type");
            if let Some(mut shapes) = fields.remove("oneOf") {
                if let (true, Some(shapes)) = (untyped, shapes.as_array_mut()) {
                    fields.remove("nullable");
                    shapes.push(json!({ "type": "object", "nullable": true, "maxProperties": 0 }));
                }
                fields.insert("anyOf".to_owned(), shapes);
            } else if untyped {
                fields.insert("type".to_owned(), json!("object"));
            }
            fields.values_mut().for_each(repair);
        }
        _ => {}
    }
}

/// The call without names of placeholders, if the description does not list its status.
fn unlisted(spec: &Value, seen: &str) -> Option<String> {
    let (call, status) = seen.rsplit_once(' ')?;
    let (method, name) = call.split_once(' ')?;
    let paths = spec["paths"].as_object()?.iter();
    let mut paths = paths.filter(|(path, _)| unnamed(path) == unnamed(name));
    let listed = paths.any(|(_, calls)| !calls[method.to_lowercase()]["responses"][status].is_null());
    (!listed).then(|| format!("{method} {} {status}", unnamed(name)))
}

/// A path whose placeholders have no names.
fn unnamed(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// A walk through the interface, and everything that the validator finds on the way.
struct Walk {
    harbor: Harbor,
    found: BTreeSet<String>,
    seen: BTreeSet<String>,
}

impl Walk {
    /// One call; `name` is its path with placeholders.
    async fn step(&mut self, method: &str, name: &str, path: &str, body: Option<Value>) -> Value {
        let mut request = self.harbor.request(method, path);
        request.deadline = Duration::from_secs(60);
        if let Some(body) = body {
            request.headers.insert("content-type", "application/json".parse().unwrap());
            request.body = Some(body.to_string().into());
        }
        self.judge(method, name, request).await
    }

    async fn judge(&mut self, method: &str, name: &str, request: seaworthy_http::Request) -> Value {
        let (status, answer) = self.harbor.send(request).await.unwrap();
        let problems = answer["validation"].as_array().cloned().unwrap_or_default();
        for problem in &problems {
            let place = problem["location"].as_array().cloned().unwrap_or_default();
            let place: Vec<_> = place.iter().filter_map(Value::as_str).collect();
            let message = problem["message"].as_str().unwrap_or_default();
            self.found.insert(format!("{method} {name}: {} {message}", place.join(".")));
        }
        if problems.is_empty() {
            self.seen.insert(format!("{method} {name} {status}"));
        }
        answer
    }

    async fn get(&mut self, name: &str, path: &str) -> Value {
        self.step("GET", name, path, None).await
    }

    async fn upload(&mut self, digest: &str) {
        let mut request = self.harbor.request("POST", "/v2/files");
        request.headers.insert("x-now-digest", digest.parse().unwrap());
        request.headers.insert("x-now-size", "5".parse().unwrap());
        request.headers.insert("content-type", "application/octet-stream".parse().unwrap());
        request.body = Some(b"ahoy\n".to_vec().into());
        self.judge("POST", "/v2/files", request).await;
    }
}

#[tokio::test]
async fn an_independent_validator_agrees_with_every_answer() {
    let Some((tool, spec)) = found() else { return };
    let mut text = serde_json::from_slice(&std::fs::read(spec).unwrap()).unwrap();
    repair(&mut text);
    let repaired = tempfile::NamedTempFile::with_suffix(".json").unwrap();
    std::fs::write(repaired.path(), text.to_string()).unwrap();
    let mut harbor = Harbor::rolling().await;
    let judge = Judge::start(&tool, repaired.path(), &harbor.practice.url());
    harbor.through = Some(judge.origin.clone());
    let mut walk = Walk { harbor, found: BTreeSet::new(), seen: BTreeSet::new() };
    account(&mut walk).await;
    let id = deploy(&mut walk).await;
    roll(&mut walk, &id).await;
    assert!(walk.found.is_empty(), "{:#?}", walk.found);
    let unlisted: BTreeSet<String> = walk.seen.iter().filter_map(|seen| unlisted(&text, seen)).collect();
    assert_eq!(unlisted, UNLISTED.iter().map(|(what, _)| (*what).to_owned()).collect());
    let agreed: Vec<&str> = walk.seen.iter().map(String::as_str).collect();
    insta::assert_snapshot!("answers_that_were_judged", agreed.join("\n"));

    awake(&mut walk, &id).await;
}

/// The judge reads each of these: an answer of another shape is found.
async fn awake(walk: &mut Walk, id: &str) {
    let calls = [
        (Call::User, "/v2/user"),
        (Call::Teams, "/v2/teams"),
        (Call::Project, "/v9/projects/harbor"),
        (Call::Domains, "/v9/projects/harbor/domains"),
        (Call::Variables, "/v10/projects/harbor/env"),
        (Call::Aliases, "/v4/aliases"),
        (Call::Aliases, "/v2/deployments/ID/aliases"),
        (Call::List, "/v6/deployments"),
        (Call::List, "/v7/deployments"),
        (Call::Get, "/v13/deployments/ID"),
        (Call::Events, "/v3/deployments/ID/events"),
        (Call::JobAliases, "/v9/projects/harbor/promote/aliases"),
        (Call::Rolling, "/v1/projects/harbor/rolling-release"),
        (Call::Rolling, "/v1/projects/harbor/rolling-release/config"),
    ];
    for (call, path) in calls {
        walk.found.clear();
        walk.harbor.practice.trouble(call, Trouble::Huge { bytes: 3, applied: false });
        walk.get(path, &path.replace("ID", id)).await;
        assert!(!walk.found.is_empty(), "{path} is not judged");
    }
    let changes = [
        (Call::Create, "POST", "/v13/deployments", json!({ "name": "harbor", "deploymentId": id })),
        (
            Call::Start,
            "POST",
            "/v1/projects/harbor/rolling-release/start",
            json!({ "canaryDeploymentId": id }),
        ),
    ];
    for (call, method, path, body) in changes {
        walk.found.clear();
        walk.harbor.practice.trouble(call, Trouble::Huge { bytes: 3, applied: false });
        walk.step(method, path, path, Some(body)).await;
        assert!(!walk.found.is_empty(), "{path} is not judged");
    }
}

async fn account(walk: &mut Walk) {
    walk.get("/v2/user", "/v2/user").await;
    walk.get("/v2/teams", "/v2/teams").await;
    let team = walk.harbor.practice.team();
    walk.get("/v2/teams/{teamId}", &format!("/v2/teams/{team}")).await;
    walk.get("/v2/teams/{teamId}", "/v2/teams/team_other").await;
    walk.get("/v9/projects/{id}", "/v9/projects/harbor").await;
    walk.get("/v9/projects/{id}", "/v9/projects/nowhere").await;
    walk.get("/v9/projects/{id}", "/v9/projects/harbor?teamId=team_other").await;
    walk.get("/v9/projects/{id}/domains", "/v9/projects/harbor/domains").await;
    walk.get("/v10/projects/{id}/env", "/v10/projects/harbor/env?decrypt=false").await;
    walk.get("/v4/aliases", "/v4/aliases?limit=1").await;
    let (user, limited) = (Call::User, Trouble::Limited { retry_after: Some("7".to_owned()) });
    walk.harbor.practice.trouble(user, limited);
    walk.get("/v2/user", "/v2/user").await;
}

async fn deploy(walk: &mut Walk) -> String {
    let digest = hex::encode(Sha1::digest(b"ahoy\n"));
    let body = json!({
        "name": "harbor",
        "target": "production",
        "autoAssignCustomDomains": false,
        "files": [{ "file": "index.html", "sha": digest, "size": 5 }],
        "meta": { "seaworthy_op": "op" },
        "gitMetadata": { "commitSha": COMMIT, "commitRef": "main" },
    });
    let create = "/v13/deployments";
    walk.step("POST", create, create, Some(body.clone())).await;
    walk.upload(&digest).await;
    walk.upload(&"0".repeat(40)).await;
    let made = walk.step("POST", create, "/v13/deployments?forceNew=1", Some(body)).await;
    walk.get("/v7/deployments", "/v7/deployments?projectId=harbor&state=QUEUED").await;
    walk.harbor.wait(60);
    let git = json!({
        "name": "harbor",
        "target": "production",
        "gitSource": { "type": "github", "org": "o", "repo": "r", "ref": "main", "sha": COMMIT },
    });
    walk.harbor.practice.fail_next_build("exit 1");
    let broken = walk.step("POST", create, create, Some(git.clone())).await;
    walk.harbor.wait(60);
    for version in ["v6", "v7"] {
        let name = format!("/{version}/deployments");
        walk.get(&name, &format!("{name}?projectId=harbor&limit=2&rollbackCandidate=true")).await;
        walk.get(&name, &format!("{name}?projectId=harbor&limit=1")).await;
    }
    let id = made["id"].as_str().unwrap_or_default().to_owned();
    let broken = broken["id"].as_str().unwrap_or_default();
    let get = "/v13/deployments/{id}";
    for id in [&id, broken, "dpl_nobody"] {
        walk.get(get, &format!("/v13/deployments/{id}")).await;
    }
    let events = "/v3/deployments/{id}/events";
    walk.get(events, &format!("/v3/deployments/{broken}/events?builds=1&limit=-1")).await;
    walk.get(events, &format!("/v3/deployments/{id}/events?builds=1&direction=backward")).await;
    let third = walk.step("POST", create, "/v13/deployments?forceNew=1", Some(git)).await;
    let third = third["id"].as_str().unwrap_or_default().to_owned();
    for _ in 0..2 {
        let path = format!("/v12/deployments/{third}/cancel");
        walk.step("PATCH", "/v12/deployments/{id}/cancel", &path, None).await;
    }
    let aliases = format!("/v2/deployments/{id}/aliases");
    for _ in 0..2 {
        let body = json!({ "alias": "preview.harbor.example" });
        walk.step("POST", "/v2/deployments/{id}/aliases", &aliases, Some(body)).await;
    }
    walk.get("/v2/deployments/{id}/aliases", &aliases).await;
    id
}

async fn roll(walk: &mut Walk, id: &str) {
    let base = "/v1/projects/{id}/rolling-release";
    let path = "/v1/projects/harbor/rolling-release";
    let canary = json!({ "canaryDeploymentId": id });
    walk.get(base, path).await;
    walk.get(&format!("{base}/billing"), &format!("{path}/billing")).await;
    walk.get(&format!("{base}/config"), &format!("{path}/config")).await;
    let (start, starts) = (format!("{base}/start"), format!("{path}/start"));
    walk.step("POST", &start, &starts, Some(canary.clone())).await;
    walk.step("POST", &start, &starts, Some(canary.clone())).await;
    walk.get(base, &format!("{path}?state=ACTIVE")).await;
    walk.harbor.practice.drift("harbor", Drift::Push { commit: "c0ffee".to_owned() }).unwrap();
    let behind = walk.harbor.practice.standing("harbor").unwrap().deployments.pop().unwrap().0;
    let promote = format!("/v10/projects/harbor/promote/{behind}");
    walk.step("POST", "/v10/projects/{id}/promote/{id}", &promote, None).await;
    walk.get("/v9/projects/{id}", "/v9/projects/harbor").await;
    let (approve, approves) = (format!("{base}/approve-stage"), format!("{path}/approve-stage"));
    for _ in 0..2 {
        let next = json!({ "canaryDeploymentId": id, "nextStageIndex": 1 });
        walk.step("POST", &approve, &approves, Some(next)).await;
    }
    let first = walk.harbor.first();
    let back = format!("/v9/projects/harbor/rollback/{first}");
    walk.step("POST", "/v9/projects/{id}/rollback/{id}", &back, Some(json!({}))).await;
    walk.harbor.wait(10);
    walk.get(base, path).await;
    walk.get("/v9/projects/{id}", "/v9/projects/harbor").await;
    walk.get("/v9/projects/{id}/rollback/aliases", "/v9/projects/harbor/rollback/aliases").await;
    walk.step("POST", &start, &starts, Some(canary.clone())).await;
    walk.step("POST", &format!("{base}/complete"), &format!("{path}/complete"), Some(canary)).await;
    let config = format!("{base}/config");
    let stages = json!([{ "targetPercentage": 10, "duration": 5 }, { "targetPercentage": 100 }]);
    let body = json!({ "enabled": true, "advancementType": "automatic", "stages": stages });
    walk.step("PATCH", &config, &format!("{path}/config"), Some(body)).await;
    walk.get("/v9/projects/{id}", "/v9/projects/harbor").await;
    walk.step("DELETE", &config, &format!("{path}/config"), None).await;
    plain(walk, id, &first).await;
}

/// Promote and rollback without rolling releases.
async fn plain(walk: &mut Walk, id: &str, first: &str) {
    let (back, promote) = ("/v1/projects/{id}/rollback/{id}", "/v10/projects/{id}/promote/{id}");
    let path = format!("/v1/projects/harbor/rollback/{first}?description=slow");
    walk.step("POST", back, &path, None).await;
    walk.harbor.wait(10);
    walk.step("POST", back, &path, None).await;
    walk.harbor.practice.spoil_next_job(PartialJob::Fails { moved: 1 });
    let path = format!("/v10/projects/harbor/promote/{id}");
    walk.step("POST", promote, &path, None).await;
    walk.step("POST", promote, &path, None).await;
    walk.harbor.wait(10);
    for version in ["v1", "v9"] {
        let path = format!("/{version}/projects/harbor/promote/aliases?failedOnly=true");
        walk.get(&format!("/{version}/projects/{{id}}/promote/aliases"), &path).await;
    }
    walk.get("/v9/projects/{id}", "/v9/projects/harbor").await;
    walk.step("POST", promote, "/v10/projects/harbor/promote/dpl_nobody", None).await;
    walk.step("POST", back, "/v1/projects/harbor/rollback/dpl_nobody", None).await;
    let preview = json!({ "name": "harbor", "target": "staging", "deploymentId": id });
    let preview = walk.step("POST", "/v13/deployments", "/v13/deployments?forceNew=1", Some(preview)).await;
    let preview = preview["id"].as_str().unwrap_or_default().to_owned();
    walk.harbor.wait(60);
    let path = format!("/v10/projects/harbor/promote/{preview}");
    walk.step("POST", promote, &path, None).await;
    walk.harbor.practice.drift("harbor", Drift::Delete(preview)).unwrap();
    walk.step("POST", promote, &path, None).await;
}
