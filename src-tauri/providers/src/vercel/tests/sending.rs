//! What becomes of what is sent, in every way an answer can be.

use super::fake::Reply;
use super::looking;
use super::*;
use seaworthy_ports::Deployer;
use seaworthy_ports::Sent;
use serde_json::Value;
use serde_json::json;
use std::fmt::Write;

const CREATE: &str = "POST /v13/deployments";
const PROMOTE: &str = "POST /v10/projects/prj_shop/promote/dpl_new";
const BACK: &str = "POST /v1/projects/prj_shop/rollback/dpl_old";
const START: &str = "POST /v1/projects/prj_shop/rolling-release/start";
const APPROVE: &str = "POST /v1/projects/prj_shop/rolling-release/approve-stage";
const COMPLETE: &str = "POST /v1/projects/prj_shop/rolling-release/complete";
const ROLLING: &str = "GET /v1/projects/prj_shop/rolling-release";
const CONFIG: &str = "GET /v1/projects/prj_shop/rolling-release/config";
const FILES: &str = "POST /v2/files";

fn made() -> Value {
    json!({ "id": "dpl_new", "readyState": "QUEUED", "url": "shop-new.vercel.app", "aliasAssigned": false })
}

fn error(status: u16, code: &str) -> Reply {
    Reply::Json(status, json!({ "error": { "code": code, "message": format!("words of {code}") } }))
}

/// A project with rolling releases of these stages.
fn rolls(world: &World, stages: &[u32]) {
    let project = json!({ "id": PROJECT, "name": "shop", "rollingRelease": { "target": "production" },
        "targets": { "production": { "id": "dpl_old" } } });
    world.fake.json("GET /v9/projects/prj_shop", project);
    let stages: Vec<_> = stages.iter().map(|share| json!({ "targetPercentage": share })).collect();
    world.fake.json(
        CONFIG,
        json!({ "rollingRelease": { "advancementType": "manual-approval", "stages": stages } }),
    );
}

async fn placeable() -> World {
    let world = World::new().await;
    looking::stage(&world, "READY");
    world.fake.on(FILES, [Reply::Json(200, json!({}))]).json(CREATE, made());
    world
}

/// Every answer that a mutation can get, with a name.
fn answers() -> Vec<(&'static str, Reply)> {
    let page = |status, kind, body: &str| Reply::Page(status, kind, body.to_owned());
    let redirect = "HTTP/1.1 301 x\r\nlocation: https://evil.example/\r\ncontent-length: 0\r\n\r\n";
    let short = "HTTP/1.1 200 x\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{\"id\":";
    let zipped = "HTTP/1.1 200 x\r\ncontent-encoding: gzip\r\ncontent-length: 0\r\n\r\n";
    let mut answers = vec![
        ("201 without a body", page(201, "text/plain", "")),
        ("202 without a body", page(202, "text/plain", "")),
        ("a portal's page", page(200, "text/html", "<html>pay for wifi</html>")),
        ("half of a body", Reply::Raw(short.to_owned())),
        ("zipped", Reply::Raw(zipped.to_owned())),
        ("100 MB", Reply::Huge(100 * 1024 * 1024)),
        ("301 elsewhere", Reply::Raw(redirect.to_owned())),
        ("a connection that ends", Reply::Cut),
        ("nonsense", Reply::Raw("SSH-2.0-OpenSSH\r\n\r\n".to_owned())),
        ("429 documented", error(429, "rate_limited")),
        ("429 by a proxy", page(429, "text/html", "slow down")),
    ];
    for status in [400, 401, 402, 403, 404, 408, 409, 410, 422, 500, 502, 503, 504] {
        let name: &'static str = Box::leak(status.to_string().into_boxed_str());
        answers.push((name, error(status, "some_code")));
    }
    answers
}

/// What each answer to `call` makes of `order`; the call is made once, whatever comes back.
async fn all_ends(call: &str, order: &Order, world: &World) -> String {
    let mut all = String::new();
    for (title, reply) in answers() {
        world.fake.on(call, [reply]);
        let before = world.fake.times(call);
        let sent = world.deployer().send(order).await;
        assert_eq!(world.fake.times(call), before + 1, "{title}");
        let said = format!("{sent:?}").replace(&world.fake.origin, "ORIGIN");
        assert!(!said.contains(TOKEN));
        writeln!(all, "{title}: {said}").unwrap();
    }
    all
}

#[tokio::test]
async fn creating_ends_in_one_of_four_ways() {
    let world = placeable().await;
    insta::assert_snapshot!(all_ends(CREATE, &order(Act::Place), &world).await);
}

#[tokio::test]
async fn promoting_ends_in_one_of_four_ways() {
    let world = placeable().await;
    insta::assert_snapshot!(all_ends(PROMOTE, &give("100%", 1), &world).await);
}

#[tokio::test]
async fn rolling_back_ends_in_one_of_four_ways() {
    let world = placeable().await;
    insta::assert_snapshot!(all_ends(BACK, &back_to("dpl_old", "slow"), &world).await);
    assert!(world.fake.asked().iter().all(|asked| asked.call == BACK), "a rollback asks nothing before it");
}

#[tokio::test]
async fn a_deployment_is_made_staged_and_marked() {
    let world = placeable().await;
    let sent = world.deployer().send(&order(Act::Place)).await;
    assert_eq!(sent, Sent::Accepted { url: Some("https://shop-new.vercel.app".into()) });
    let [created] = world.fake.changes().try_into().unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&created.json()).unwrap());
    assert_eq!(created.query, "teamId=team_harbour&forceNew=1");
    let operation = order(Act::Place).operation.to_string();
    assert_eq!(created.header("x-seaworthy-operation"), Some(operation));
    let upload = world.fake.asked().into_iter().find(|asked| asked.call == FILES).unwrap();
    assert_eq!(upload.header("x-now-digest").as_deref(), Some("a9993e364706816aba3e25717850c26c9cd0d89d"));
    assert_eq!((upload.header("x-now-size").as_deref(), &upload.body[..]), (Some("3"), &b"abc"[..]));
}

#[tokio::test]
async fn what_fails_before_the_deployment_is_made_was_not_sent() {
    let uploads = [error(403, "forbidden"), error(500, "x"), Reply::Cut, error(429, "rate_limited")];
    for reply in uploads {
        let world = placeable().await;
        world.fake.on(FILES, [reply]);
        let sent = world.deployer().send(&order(Act::Place)).await;
        assert!(matches!(&sent, Sent::NotSent(why) if why.contains("the upload did not finish")), "{sent:?}");
        assert!(world.fake.changes().is_empty());
    }
    let world = placeable().await;
    std::fs::remove_file(world.folder.path().join("dist/index.html")).unwrap();
    assert!(matches!(world.deployer().send(&order(Act::Place)).await, Sent::NotSent(_)));
    let world = placeable().await;
    world.fake.on("GET /v9/projects/prj_shop", [error(500, "x")]);
    assert!(matches!(world.deployer().send(&order(Act::Place)).await, Sent::NotSent(_)));
    assert!(world.fake.changes().is_empty());
}

#[tokio::test]
async fn a_project_that_means_something_else_by_its_stages_gets_no_deployment() {
    let world = World::rolling().await;
    looking::stage(&world, "READY");
    rolls(&world, &[10, 100]);
    for order in [order(Act::Place), give("5%", 1)] {
        let sent = world.deployer().send(&order).await;
        let Sent::Refused(why) = sent else { panic!("{sent:?}") };
        assert!(why.contains("5%, 25%, 100%") && why.contains("10%, 100%"), "{why}");
    }
    // Promote would start a rolling release here.
    let world = World::new().await;
    looking::stage(&world, "READY");
    rolls(&world, &[5, 25, 100]);
    for order in [order(Act::Place), give("100%", 1)] {
        assert!(matches!(world.deployer().send(&order).await, Sent::Refused(_)));
    }
    assert!(world.fake.changes().is_empty());
}

#[tokio::test]
async fn stages_are_started_approved_and_completed() {
    let world = World::rolling().await;
    looking::stage(&world, "READY");
    rolls(&world, &[5, 25, 100]);
    let deployer = world.deployer();
    let accepted = Sent::Accepted { url: None };
    for (order, standing, call, body) in [
        (give("5%", 1), json!({ "rollingRelease": null }), START, json!({ "canaryDeploymentId": "dpl_new" })),
        (
            give("25%", 2),
            looking::at_stage(0, 5.0),
            APPROVE,
            json!({ "nextStageIndex": 1, "canaryDeploymentId": "dpl_new" }),
        ),
        (give("100%", 3), looking::at_stage(1, 25.0), COMPLETE, json!({ "canaryDeploymentId": "dpl_new" })),
    ] {
        world.fake.json(ROLLING, standing).json(call, json!({ "rollingRelease": null }));
        assert_eq!(deployer.send(&order).await, accepted);
        let last = world.fake.changes().pop().unwrap();
        assert_eq!((last.call.as_str(), last.json()), (call, body));
    }
    assert_eq!(world.fake.changes().len(), 3);
}

#[tokio::test]
async fn a_stage_is_entered_only_from_the_one_before() {
    let world = World::rolling().await;
    looking::stage(&world, "READY");
    rolls(&world, &[5, 25, 100]);
    let mut other = looking::at_stage(0, 5.0);
    other["rollingRelease"]["canaryDeployment"]["id"] = json!("dpl_somebody");
    let mut said = String::new();
    for (order, standing) in [
        (give("5%", 1), looking::at_stage(0, 5.0)),
        (give("5%", 1), other.clone()),
        (give("25%", 2), looking::at_stage(1, 25.0)),
        (give("25%", 2), json!({ "rollingRelease": null })),
        (give("25%", 2), other),
        (give("100%", 3), looking::at_stage(0, 5.0)),
        (give("50%", 2), looking::at_stage(0, 5.0)),
    ] {
        world.fake.json(ROLLING, standing);
        writeln!(said, "{:?}", world.deployer().send(&order).await).unwrap();
    }
    assert!(world.fake.changes().is_empty());
    insta::assert_snapshot!(said);
}

#[tokio::test]
async fn a_rollback_finds_its_deployment_and_says_why() {
    let world = placeable().await;
    world.fake.on(BACK, [Reply::Page(201, "text/plain", String::new())]);
    let reason = format!("errors > 1%\n & rising {}", "x".repeat(2_000));
    let sent = world.deployer().send(&back_to("1.3.0-rc.1-00000001", &reason)).await;
    assert_eq!(sent, Sent::Accepted { url: None });
    let [back] = world.fake.changes().try_into().unwrap();
    assert_eq!(back.call, BACK);
    assert!(
        back.query.starts_with("teamId=team_harbour&description=errors+%3E+1%25+%26+rising+xxx"),
        "{}",
        back.query
    );
    assert!(back.query.len() < 700);
    let sent = world.deployer().send(&back_to("gone", "slow")).await;
    assert!(matches!(sent, Sent::Refused(_)), "{sent:?}");
}

#[tokio::test]
async fn nobody_there_is_not_sent() {
    let mut world = World::new().await;
    world.keys = Keys::to("http://127.0.0.1:1");
    world.target.at.origin = Origin::parse("http://127.0.0.1:1").unwrap();
    let sent = world.deployer().send(&back_to("dpl_old", "slow")).await;
    assert!(matches!(sent, Sent::NotSent(_)), "{sent:?}");
}
