//! Rolling releases.

use super::Harbor;
use crate::Drift;
use crate::ProjectSetup;
use crate::Setup;
use crate::What;
use serde_json::Value;
use serde_json::json;

const BASE: &str = "/v1/projects/harbor/rolling-release";

async fn start(harbor: &Harbor, id: &str) -> (u16, Value) {
    harbor.post(&format!("{BASE}/start"), json!({ "canaryDeploymentId": id })).await
}

async fn approve(harbor: &Harbor, id: &str, next: usize) -> (u16, Value) {
    let body = json!({ "canaryDeploymentId": id, "nextStageIndex": next, "activeStageIndex": 0 });
    harbor.post(&format!("{BASE}/approve-stage"), body).await
}

fn share(harbor: &Harbor, id: &str) -> f64 {
    let standing = harbor.practice.standing("harbor").unwrap();
    standing.shares.iter().find(|(known, _)| known == id).map_or(0.0, |(_, share)| *share)
}

#[tokio::test]
async fn stages_are_entered_one_by_one_and_only_in_order() {
    let harbor = Harbor::rolling().await;
    let id = harbor.deployed("op", true).await;
    assert_eq!(harbor.release().await, Value::Null);
    assert_eq!(approve(&harbor, &id, 1).await.0, 400);
    let (status, body) = start(&harbor, &id).await;
    assert_eq!(status, 200);
    assert_eq!(body["rollingRelease"]["activeStage"]["targetPercentage"], 5.0);
    assert_eq!(start(&harbor, &id).await.0, 409);
    for wrong in [0, 2, 3] {
        assert_eq!(approve(&harbor, &id, wrong).await.0, 400, "{wrong}");
    }
    assert_eq!(approve(&harbor, &harbor.first(), 1).await.0, 400);
    assert_eq!(share(&harbor, &id), 5.0);
    assert_eq!(approve(&harbor, &id, 1).await.0, 200);
    assert_eq!(approve(&harbor, &id, 1).await.0, 400, "a second click does not skip a stage");
    assert_eq!(share(&harbor, &id), 25.0);
    assert_eq!(harbor.get(&format!("/v13/deployments/{id}")).await["readySubstate"], "ROLLING");
    assert_eq!(harbor.project().await["targets"]["production"]["id"], json!(harbor.first()));
    let (status, body) = harbor.post(&format!("{BASE}/complete"), json!({ "canaryDeploymentId": id })).await;
    assert_eq!((status, &body["rollingRelease"]["state"]), (200, &json!("COMPLETE")));
    assert_eq!(harbor.production(), id);
    assert_eq!(harbor.count(What::Advanced), 1);
    assert_eq!(harbor.get(&format!("{BASE}?state=ACTIVE")).await["rollingRelease"], Value::Null);
}

#[tokio::test]
async fn the_last_approval_completes() {
    let harbor = Harbor::rolling().await;
    let id = harbor.deployed("op", true).await;
    start(&harbor, &id).await;
    approve(&harbor, &id, 1).await;
    let (_, body) = approve(&harbor, &id, 2).await;
    assert_eq!(body["rollingRelease"]["state"], "COMPLETE");
    assert_eq!(share(&harbor, &id), 100.0);
}

#[tokio::test]
async fn the_first_promote_starts_and_the_second_gives_everybody() {
    let harbor = Harbor::rolling().await;
    let id = harbor.deployed("op", true).await;
    let path = format!("/v10/projects/harbor/promote/{id}");
    assert_eq!(harbor.post(&path, json!({})).await, (201, Value::Null));
    assert_eq!(harbor.release().await, Value::Null, "accepted is not done");
    harbor.wait(10);
    assert_eq!(share(&harbor, &id), 5.0);
    assert_eq!(harbor.post(&path, json!({})).await.0, 201);
    harbor.wait(10);
    assert_eq!(harbor.release().await["state"], "COMPLETE");
    assert_eq!(share(&harbor, &id), 100.0);
}

#[tokio::test]
async fn another_promote_waits_behind() {
    let harbor = Harbor::rolling().await;
    let (one, two) = (harbor.deployed("one", true).await, harbor.deployed("two", true).await);
    start(&harbor, &one).await;
    assert_eq!(
        harbor.post(&format!("/v10/projects/harbor/promote/{two}"), json!({})).await,
        (202, Value::Null)
    );
    assert_eq!(harbor.release().await["queuedDeploymentId"], json!(two));
    harbor.post(&format!("{BASE}/complete"), json!({ "canaryDeploymentId": one })).await;
    let next = harbor.release().await;
    assert_eq!((&next["state"], &next["canaryDeployment"]["id"]), (&json!("ACTIVE"), &json!(two)));
    assert_eq!(next["currentDeployment"]["id"], json!(one));
}

#[tokio::test]
async fn a_rollback_to_what_serves_stops_it() {
    let harbor = Harbor::rolling().await;
    let id = harbor.deployed("op", true).await;
    start(&harbor, &id).await;
    let path = format!("/v9/projects/harbor/rollback/{}", harbor.first());
    assert_eq!(harbor.post(&path, json!({})).await, (201, Value::Null));
    assert_eq!(harbor.release().await["state"], "ACTIVE", "accepted is not done");
    harbor.wait(10);
    let release = harbor.release().await;
    assert_eq!((&release["state"], &release["activeStage"]), (&json!("ABORTED"), &Value::Null));
    assert_eq!(share(&harbor, &id), 0.0);
    assert!(!harbor.practice.standing("harbor").unwrap().auto_assign);
    assert_eq!(harbor.get(&format!("/v13/deployments/{id}")).await["readySubstate"], "STAGED");
}

#[tokio::test]
async fn a_change_of_stages_never_touches_what_is_under_way() {
    let harbor = Harbor::rolling().await;
    let id = harbor.deployed("op", true).await;
    start(&harbor, &id).await;
    let stages = json!([{ "targetPercentage": 50, "duration": 10 }, { "targetPercentage": 100 }]);
    let body = json!({ "enabled": true, "advancementType": "automatic", "stages": stages });
    let (status, config) = harbor.call("PATCH", &format!("{BASE}/config"), body).await;
    assert_eq!(status, 200);
    assert_eq!(config["rollingRelease"]["stages"][0]["duration"], 10.0);
    assert_eq!(harbor.release().await["stages"].as_array().unwrap().len(), 3);
    for stages in [
        json!([]),
        json!([{ "targetPercentage": 100 }]),
        json!([{ "targetPercentage": 50 }, { "targetPercentage": 20 }]),
    ] {
        let body = json!({ "enabled": true, "stages": stages });
        assert_eq!(harbor.call("PATCH", &format!("{BASE}/config"), body).await.0, 400);
    }
    let (status, config) = harbor.call("DELETE", &format!("{BASE}/config"), json!({})).await;
    assert_eq!((status, &config["rollingRelease"]), (200, &Value::Null));
    assert_eq!(harbor.release().await["state"], "ACTIVE");
    assert_eq!(harbor.get(&format!("{BASE}/billing")).await["reason"], "unlimited_slots");
}

#[tokio::test]
async fn automatic_stages_end_by_the_clock() {
    let mut project = ProjectSetup::named("harbor");
    project.rolling = Some(vec![(10.0, Some(5.0)), (50.0, Some(10.0)), (100.0, None)]);
    project.automatic = true;
    let harbor = Harbor::with(Setup::one(1, project)).await;
    let id = harbor.deployed("op", true).await;
    let (_, body) = start(&harbor, &id).await;
    assert_eq!(body["rollingRelease"]["activeStage"]["duration"], 300.0, "minutes there, seconds here");
    let mut shares = Vec::new();
    for _ in 0..4 {
        shares.push(share(&harbor, &id));
        harbor.wait(299);
    }
    assert_eq!(shares, [10.0, 10.0, 50.0, 50.0]);
    harbor.wait(10_000);
    assert_eq!(harbor.production(), id);
}

#[tokio::test]
async fn an_unstaged_deployment_starts_by_itself() {
    let harbor = Harbor::rolling().await;
    let id = harbor.deployed("op", false).await;
    assert_eq!(share(&harbor, &id), 5.0);
    harbor.practice.drift("harbor", Drift::Approve).unwrap();
    assert_eq!(share(&harbor, &id), 25.0);
    harbor.practice.drift("harbor", Drift::Complete).unwrap();
    assert_eq!(harbor.production(), id);
}
