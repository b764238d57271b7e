//! What a look shows.

use super::fake::Reply;
use super::*;
use seaworthy_domain::operation::TargetState;
use seaworthy_ports::Deployer;
use seaworthy_ports::ReadError;
use serde_json::Value;
use serde_json::json;
use std::fmt::Write;

const GET_PROJECT: &str = "GET /v9/projects/prj_shop";
const LIST: &str = "GET /v7/deployments";
const ROLLING: &str = "GET /v1/projects/prj_shop/rolling-release";
const NAME: &str = "1.4.0-rc.1-00000007";

fn project(more: &Value) -> Value {
    let mut project =
        json!({ "id": PROJECT, "name": "shop", "targets": { "production": { "id": "dpl_old" } } });
    for (key, value) in more.as_object().unwrap() {
        project[key] = value.clone();
    }
    project
}

fn old() -> Value {
    json!({ "uid": "dpl_old", "state": "READY", "created": 1_000, "url": "shop-old.vercel.app",
        "meta": { "seaworthy_op": "1", "seaworthy_deployment": "1.3.0-rc.1-00000001",
            "seaworthy_version": "1.3.0", "seaworthy_commit": "0ld" } })
}

fn new(state: &str) -> Value {
    json!({ "uid": "dpl_new", "state": state, "created": 2_000, "url": "shop-new.vercel.app", "aliasAssigned": 17,
        "meta": { "seaworthy_op": "7", "seaworthy_deployment": NAME } })
}

fn page(deployments: &[Value]) -> Value {
    json!({ "deployments": deployments, "pagination": { "count": deployments.len(), "next": null, "prev": null } })
}

/// An old deployment in production and a new one in `state`.
pub(super) fn stage(world: &World, state: &str) {
    world.fake.json(GET_PROJECT, project(&json!({})));
    world.fake.json(LIST, page(&[new(state), old()]));
    world.fake.json(ROLLING, json!({ "rollingRelease": null }));
    world.fake.json("GET /v2/deployments/dpl_new/aliases", json!({ "aliases": [] }));
}

async fn see(world: &World) -> TargetState {
    world.deployer().read().await.unwrap()
}

async fn fails(world: &World) -> String {
    match world.deployer().read().await {
        Err(ReadError::Failed(why)) => why.replace(&world.fake.origin, "ORIGIN"),
        other => panic!("{other:?}"),
    }
}

fn shown(state: &TargetState) -> String {
    let mut text = String::new();
    for live in &state.deployments {
        let url = live.url.as_deref().unwrap_or("-");
        writeln!(text, "{} {} {:?} {:?} {url}", live.id, live.share, live.version, live.commit).unwrap();
    }
    for unready in &state.unready {
        writeln!(text, "{} unready (failed: {}): {}", unready.id, unready.failed, unready.why).unwrap();
    }
    writeln!(text, "unsettled: {:?}\nremarks: {:?}", state.unsettled, state.remarks).unwrap();
    text
}

#[tokio::test]
async fn a_staged_deployment_is_there_without_traffic() {
    let world = World::new().await;
    stage(&world, "READY");
    insta::assert_snapshot!(shown(&see(&world).await));
    let asked = world.fake.asked();
    assert!(asked.iter().all(|a| a.query.contains("teamId=team_harbour")), "the team is on every call");
    let bearer = format!("Bearer {TOKEN}");
    assert!(asked.iter().all(|a| a.header("authorization").as_deref() == Some(bearer.as_str())));
}

#[tokio::test]
async fn a_deployment_is_ready_coming_or_never_will_be() {
    let mut all = String::new();
    for state in ["QUEUED", "INITIALIZING", "BUILDING", "ERROR", "CANCELED", "BLOCKED", "DELETED", "HATCHING"]
    {
        let world = World::new().await;
        stage(&world, state);
        let mut deployment = new(state);
        if state == "ERROR" {
            deployment["errorMessage"] = json!("Command \"npm run build\" exited with 1");
            let line = |text: &str| json!({ "type": "stderr", "created": 1, "payload": { "text": text } });
            let flat = json!({ "type": "exit", "created": 2, "text": "exit 1\u{1b}[31m" });
            world
                .fake
                .json("GET /v3/deployments/dpl_new/events", json!([flat, line("boom"), line("compiling")]));
        }
        world.fake.json(LIST, page(&[deployment, old()]));
        writeln!(all, "{state}: {:?}", see(&world).await.unready).unwrap();
    }
    insta::assert_snapshot!(all);
}

#[tokio::test]
async fn a_domain_that_leads_to_what_was_staged_stops_everything() {
    let world = World::new().await;
    stage(&world, "READY");
    let aliases = json!({ "aliases": [{ "uid": "1", "alias": "shop-git.vercel.app" }, { "uid": "2", "alias": "shop.example" }] });
    world.fake.json("GET /v2/deployments/dpl_new/aliases", aliases);
    let domain = |name: &str, branch: Value| json!({ "name": name, "gitBranch": branch });
    let domains = [domain("shop.example", Value::Null), domain("next.shop.example", json!("next"))];
    world.fake.json("GET /v9/projects/prj_shop/domains", json!({ "domains": domains }));
    let unsettled = see(&world).await.unsettled;
    assert_eq!(
        unsettled.as_deref(),
        Some("shop.example leads to dpl_new already, which was placed without traffic")
    );
}

#[tokio::test]
async fn a_job_is_believed_only_when_it_is_about_now() {
    let mut all = String::new();
    let job = |kind: &str, to: &str, status: Value, at: Value| {
        json!({ "lastAliasRequest": { "type": kind, "toDeploymentId": to, "jobStatus": status, "requestedAt": at,
            "fromDeploymentId": null } })
    };
    for (title, request) in [
        ("pending", job("promote", "dpl_new", json!("pending"), json!(3_000))),
        ("under way", job("rollback", "dpl_old", json!("in-progress"), json!(3_000))),
        ("failed in part", job("promote", "dpl_new", json!("failed"), json!(3_000))),
        ("failed long ago", job("promote", "dpl_other", json!("failed"), json!(1_500))),
        ("succeeded", job("promote", "dpl_new", json!("succeeded"), json!(3_000))),
        ("a new word", job("promote", "dpl_new", json!("paused"), json!(3_000))),
        ("no word", job("promote", "dpl_new", Value::Null, Value::Null)),
        ("none", json!({ "lastAliasRequest": null })),
    ] {
        let world = World::new().await;
        stage(&world, "READY");
        let failed = json!({ "aliases": [
            { "alias": "www.shop.example", "id": "1", "status": "failed" },
            { "alias": "shop.example", "id": "2", "status": "completed" }], "pagination": {} });
        world.fake.json("GET /v9/projects/prj_shop/promote/aliases", failed);
        world.fake.json(GET_PROJECT, project(&request));
        writeln!(all, "{title}: {:?}", see(&world).await.unsettled).unwrap();
    }
    insta::assert_snapshot!(all);
}

fn release(state: &str, stage: &Value) -> Value {
    json!({ "rollingRelease": { "state": state, "advancementType": "manual-approval",
        "currentDeployment": { "id": "dpl_old" }, "canaryDeployment": { "id": "dpl_new" },
        "queuedDeploymentId": null, "startedAt": 1, "updatedAt": 1, "nextStage": null, "activeStage": stage,
        "stages": [{ "index": 0, "targetPercentage": 5 }, { "index": 1, "targetPercentage": 25 },
            { "index": 2, "targetPercentage": 100 }] } })
}

/// A rolling release that stands at the stage with this index.
pub(super) fn at_stage(index: u32, percent: f64) -> Value {
    release("ACTIVE", &json!({ "index": index, "targetPercentage": percent, "isFinalStage": false }))
}

#[tokio::test]
async fn shares_come_from_the_rolling_release() {
    let mut all = String::new();
    let mut queued = at_stage(0, 5.0);
    queued["rollingRelease"]["queuedDeploymentId"] = json!("dpl_next");
    for (title, release) in [
        ("first stage", at_stage(0, 5.0)),
        ("an odd share", at_stage(0, 0.5)),
        ("no stage yet", release("ACTIVE", &Value::Null)),
        ("a share beyond all", at_stage(0, 500.0)),
        ("aborted", release("ABORTED", &Value::Null)),
        ("complete", release("COMPLETE", &Value::Null)),
        ("another one waits", queued),
    ] {
        let world = World::rolling().await;
        stage(&world, "READY");
        world.fake.json(ROLLING, release);
        let state = see(&world).await;
        let shares: Vec<_> = state.deployments.iter().map(|d| format!("{} {}", d.id, d.share)).collect();
        writeln!(all, "{title}: {} {:?}", shares.join(", "), state.unsettled).unwrap();
    }
    insta::assert_snapshot!(all);
}

#[tokio::test]
async fn what_a_rollback_left_behind_is_remarked() {
    let world = World::new().await;
    stage(&world, "READY");
    let off = json!({ "autoAssignCustomDomains": false });
    world.fake.json(GET_PROJECT, project(&off));
    let only_off = see(&world).await.remarks;
    let mut back = off;
    back["lastRollbackTarget"] = json!({ "id": "dpl_old" });
    world.fake.json(GET_PROJECT, project(&back));
    insta::assert_debug_snapshot!((only_off, see(&world).await.remarks));
}

#[tokio::test]
async fn a_redeploy_in_the_dashboard_does_not_take_the_name() {
    let world = World::new().await;
    stage(&world, "READY");
    let mut copy = new("READY");
    copy["uid"] = json!("dpl_copy");
    copy["created"] = json!(9_000);
    world.fake.json("GET /v2/deployments/dpl_copy/aliases", json!({ "aliases": [] }));
    world.fake.json(LIST, page(&[copy, new("READY"), old()]));
    let names: Vec<_> = see(&world).await.deployments.into_iter().map(|live| live.id.0).collect();
    assert_eq!(names, ["dpl_copy", NAME, "1.3.0-rc.1-00000001"]);
}

#[tokio::test]
async fn pages_are_read_back_to_production_and_no_further() {
    let world = World::new().await;
    stage(&world, "READY");
    let next = |deployments: &[Value], next: i64| json!({ "deployments": deployments, "pagination": { "count": 1, "next": next, "prev": null } });
    let replies = [next(&[new("READY")], 1_999), next(&[old()], 900)].map(|page| Reply::Json(200, page));
    world.fake.on(LIST, replies);
    assert_eq!(see(&world).await.deployments.len(), 2);
    let lists: Vec<_> = world.fake.asked().into_iter().filter(|asked| asked.call == LIST).collect();
    assert_eq!(lists.len(), 2);
    assert!(!lists[0].query.contains("until") && lists[1].query.contains("until=1999"), "{lists:?}");
    // A list without end ends, and production is asked for by itself.
    let world = World::new().await;
    stage(&world, "READY");
    world.fake.json(LIST, next(&[new("READY")], 5));
    world.fake.json("GET /v13/deployments/dpl_old", old());
    let names: Vec<_> = see(&world).await.deployments.into_iter().map(|live| live.id.0).collect();
    assert_eq!((world.fake.times(LIST), names.last().map(String::as_str)), (5, Some("1.3.0-rc.1-00000001")));
}

#[tokio::test]
async fn an_answer_that_cannot_be_understood_is_no_look() {
    let mut all = String::new();
    let html = "<html>sign in</html>".to_owned();
    let text = |body: &str| Reply::Page(200, "application/json", body.to_owned());
    for (title, reply) in [
        ("empty", text("")),
        ("cut", text("{\"id\": \"prj_shop\"")),
        ("a page", Reply::Page(200, "text/html", html)),
        ("another shape", text("[]")),
        ("a field of another type", text("{\"id\": 1}")),
        ("said twice", text("{\"id\": \"prj_shop\", \"id\": \"prj_evil\"}")),
        ("too deep", text(&"[".repeat(1_000))),
        ("a number too large", text("{\"id\": 1e400}")),
        ("another project", text("{\"id\": \"prj_other\"}")),
        ("a connection that ends", Reply::Cut),
        ("100 MB", Reply::Huge(100 * 1024 * 1024)),
        ("401", Reply::Json(401, json!({ "error": { "code": "unauthorized", "message": "nobody" } }))),
        ("403", Reply::Json(403, json!({ "error": { "code": "forbidden", "message": "Not authorized" } }))),
        (
            "404",
            Reply::Json(404, json!({ "error": { "code": "not_found", "message": "Project not found" } })),
        ),
        ("500 as a page", Reply::Page(500, "text/html", "<h1>oh</h1>".to_owned())),
        ("503 empty", text("").status(503)),
    ] {
        let world = World::new().await;
        world.fake.on(GET_PROJECT, [reply]);
        writeln!(all, "{title}: {}", fails(&world).await).unwrap();
        assert_eq!(world.fake.asked().len(), 1, "{title}");
        assert_eq!(world.keys.refused.load(Ordering::SeqCst), usize::from(matches!(title, "401" | "403")));
    }
    insta::assert_snapshot!(all);
}

impl Reply {
    fn status(self, status: u16) -> Self {
        match self {
            Self::Page(_, kind, body) => Self::Page(status, kind, body),
            other => other,
        }
    }
}

#[tokio::test]
async fn a_limit_is_waited_for_and_not_for_ever() {
    let limited = |reset: i64| {
        Reply::Json(
            429,
            json!({ "error": { "code": "rate_limited", "message": "Try again",
            "limit": { "remaining": 0, "reset": 1, "resetMs": reset, "total": 6 } } }),
        )
    };
    let world = World::new().await;
    stage(&world, "READY");
    let ready = Reply::Json(200, project(&json!({})));
    // A time in the past, and one in a day: both are kept within limits.
    world.fake.on(GET_PROJECT, [limited(5), limited(4_102_444_800_000), ready]);
    assert_eq!(see(&world).await.deployments.len(), 2);
    for header in ["0", "86400", "garbage", "Fri, 20 Nov 2026 16:30:07 GMT"] {
        let world = World::new().await;
        let head = format!(
            "HTTP/1.1 429 x\r\nretry-after: {header}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        );
        world.fake.on(GET_PROJECT, [Reply::Raw(head)]);
        assert!(fails(&world).await.contains("takes no more calls"));
        assert_eq!(world.fake.times(GET_PROJECT), 3, "{header}");
    }
}

#[tokio::test]
async fn a_token_goes_to_its_origin_and_to_its_team() {
    // A redirect is not followed, so that the other place never hears of the token.
    let (world, elsewhere) = (World::new().await, Fake::start().await);
    let head = format!(
        "HTTP/1.1 307 x\r\nlocation: {}/v9/projects/prj_shop\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        elsewhere.origin
    );
    world.fake.on(GET_PROJECT, [Reply::Raw(head)]);
    assert!(fails(&world).await.contains("redirect"));
    assert!(elsewhere.asked().is_empty());
    // A policy that names another origin gets no token.
    let mut world = World::new().await;
    world.target.at.origin = Origin::parse(&elsewhere.origin).unwrap();
    assert!(fails(&world).await.contains("connected for"));
    assert!(elsewhere.asked().is_empty() && world.fake.asked().is_empty());
    // Nor does one that names another team.
    let mut world = World::new().await;
    world.target.at.service = Service::Vercel { team: Some("team_other".to_owned()) };
    let why = fails(&world).await;
    assert_eq!(
        why,
        "vercel is connected for harbour in harbour, and the policy names the team team_other; connect it again for that"
    );
    assert!(world.fake.asked().is_empty());
}

#[tokio::test]
async fn nobody_there_is_no_look() {
    let mut world = World::new().await;
    // Port 1 of this machine: nobody listens there.
    world.keys = Keys::to("http://127.0.0.1:1");
    world.target.at.origin = Origin::parse("http://127.0.0.1:1").unwrap();
    assert!(fails(&world).await.contains("reach the server (connecting)"));
}
