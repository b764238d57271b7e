//! Promote and rollback on a project without rolling releases.

use super::Harbor;
use crate::Call;
use crate::Drift;
use crate::PartialJob;
use crate::Plan;
use crate::ProjectSetup;
use crate::Setup;
use crate::Trouble;
use crate::What;
use serde_json::Value;
use serde_json::json;

async fn promote(harbor: &Harbor, id: &str) -> (u16, Value) {
    harbor.post(&format!("/v10/projects/harbor/promote/{id}"), json!({})).await
}

async fn roll_back(harbor: &Harbor, id: &str) -> (u16, Value) {
    harbor.post(&format!("/v1/projects/harbor/rollback/{id}?description=too+slow"), json!({})).await
}

#[tokio::test]
async fn a_promote_is_accepted_then_under_way_then_done() {
    let harbor = Harbor::plain().await;
    let id = harbor.deployed("op", true).await;
    assert_eq!(promote(&harbor, &id).await, (201, Value::Null));
    let mut seen = Vec::new();
    for _ in 0..3 {
        let project = harbor.project().await;
        let request = &project["lastAliasRequest"];
        assert_eq!(request["toDeploymentId"], json!(id));
        let aliases = harbor.get("/v9/projects/harbor/promote/aliases").await;
        let done = |alias: &&Value| alias["status"] == "completed";
        let moved = aliases["aliases"].as_array().unwrap().iter().filter(done).count();
        let there = project["targets"]["production"]["id"] == json!(id);
        seen.push((request["jobStatus"].as_str().unwrap().to_owned(), moved, there));
        harbor.wait(2);
    }
    let expected = [("pending", 0, false), ("in-progress", 1, false), ("succeeded", 2, true)];
    assert_eq!(seen, expected.map(|(status, moved, there)| (status.to_owned(), moved, there)));

    let (status, body) = promote(&harbor, &id).await;
    assert_eq!(status, 409);
    assert!(body["error"]["message"].as_str().unwrap().contains("already the current production deployment"));
    assert_eq!(harbor.count(What::Promoted), 1);
}

#[tokio::test]
async fn a_rollback_switches_automatic_assignment_off_until_the_next_promote() {
    let harbor = Harbor::plain().await;
    let first = harbor.first();
    let second = harbor.deployed("two", false).await;
    assert_eq!(harbor.production(), second);
    assert_eq!(roll_back(&harbor, &first).await, (201, Value::Null));
    assert_eq!(harbor.production(), second, "accepted is not done");
    harbor.wait(10);
    let project = harbor.project().await;
    assert_eq!(project["targets"]["production"]["id"], json!(first));
    assert_eq!(project["autoAssignCustomDomains"], false);
    assert_eq!(project["lastRollbackTarget"]["id"], json!(first));
    assert_eq!(project["rollbackDescription"]["description"], "too slow");

    let third = harbor.deployed("three", false).await;
    assert_eq!(harbor.production(), first, "built, and not live");
    assert_eq!(promote(&harbor, &third).await.0, 201);
    harbor.wait(10);
    let project = harbor.project().await;
    assert_eq!((harbor.production(), &project["autoAssignCustomDomains"]), (third, &json!(true)));
    assert_eq!(project["lastRollbackTarget"], Value::Null);
}

#[tokio::test]
async fn what_cannot_be_moved_to_is_refused() {
    let harbor = Harbor::plain().await;
    let (_, preview) = harbor
        .post(
            "/v13/deployments",
            json!({ "name": "harbor", "target": "staging", "deploymentId": harbor.first() }),
        )
        .await;
    let (_, building) = harbor
        .post("/v13/deployments?forceNew=1", json!({ "name": "harbor", "deploymentId": harbor.first() }))
        .await;
    let building = building["id"].as_str().unwrap();
    assert_eq!(promote(&harbor, building).await.0, 409);
    harbor.practice.drift("harbor", Drift::AutoAssign(false)).unwrap();
    harbor.wait(60);
    assert_eq!(promote(&harbor, preview["id"].as_str().unwrap()).await.0, 422);
    assert_eq!(roll_back(&harbor, building).await.0, 422, "it never served production");
    assert_eq!(roll_back(&harbor, &harbor.first()).await.0, 409);
    assert_eq!(promote(&harbor, "dpl_nobody").await.0, 404);
    harbor.practice.drift("harbor", Drift::Delete(building.to_owned())).unwrap();
    assert_eq!(promote(&harbor, building).await.0, 410);
    assert_eq!(
        harbor.send(harbor.request("GET", &format!("/v13/deployments/{building}"))).await.unwrap().0,
        404
    );
    assert_eq!(harbor.count(What::Promoted) + harbor.count(What::RolledBack), 0);
}

#[tokio::test]
async fn a_small_plan_goes_back_one_step_only() {
    let setup = Setup { plan: Plan::Hobby, ..Setup::one(3, ProjectSetup::named("harbor")) };
    let harbor = Harbor::with(setup).await;
    let first = harbor.first();
    let second = harbor.deployed("two", false).await;
    harbor.deployed("three", false).await;
    assert_eq!(roll_back(&harbor, &first).await.0, 402);
    assert_eq!(roll_back(&harbor, &second).await.0, 201);
}

#[tokio::test]
async fn a_job_can_end_half_way_or_never() {
    for how in [PartialJob::Fails { moved: 1 }, PartialJob::Hangs { moved: 1 }] {
        let harbor = Harbor::plain().await;
        let id = harbor.deployed("op", true).await;
        harbor.practice.spoil_next_job(how);
        assert_eq!(promote(&harbor, &id).await.0, 201);
        harbor.wait(3_600);
        let project = harbor.project().await;
        let status = if how == (PartialJob::Fails { moved: 1 }) { "failed" } else { "in-progress" };
        assert_eq!(project["lastAliasRequest"]["jobStatus"], status);
        assert_eq!(harbor.production(), harbor.first());
        let led = harbor.practice.standing("harbor").unwrap().domains;
        assert_eq!(led.iter().filter(|(_, to)| *to == id).count(), 1, "one domain of two");
        let failed = harbor.get("/v9/projects/harbor/promote/aliases?failedOnly=true&limit=20").await;
        assert_eq!(failed["aliases"].as_array().unwrap().len(), usize::from(status == "failed"));
        // The way back is open in both.
        assert_eq!(roll_back(&harbor, &harbor.first()).await.0, 201);
        harbor.wait(10);
        let led = harbor.practice.standing("harbor").unwrap().domains;
        assert!(led.iter().all(|(_, to)| *to == harbor.first()));
    }
}

#[tokio::test]
async fn a_third_person_and_a_late_read_are_seen() {
    let harbor = Harbor::plain().await;
    let first = harbor.first();
    let id = harbor.deployed("op", true).await;
    harbor.practice.lag(2);
    assert_eq!(promote(&harbor, &id).await.0, 201);
    harbor.wait(10);
    for expected in [&first, &first, &id] {
        assert_eq!(harbor.project().await["targets"]["production"]["id"], json!(expected));
    }
    harbor.practice.drift("harbor", Drift::RollBack(first.clone())).unwrap();
    assert_eq!(harbor.production(), first);
    assert_eq!(harbor.practice.effects().last().unwrap().by, crate::By::Somebody);
    harbor.practice.drift("harbor", Drift::Promote(id.clone())).unwrap();
    harbor.practice.drift("harbor", Drift::Push { commit: "c0ffee".to_owned() }).unwrap();
    assert!(![first, id].contains(&harbor.production()), "a push went live");
}

#[tokio::test]
async fn a_held_promote_arrives_after_the_rollback() {
    let harbor = Harbor::plain().await;
    let first = harbor.first();
    let id = harbor.deployed("op", true).await;
    harbor.practice.trouble(Call::Promote, Trouble::Held);
    let mut request = harbor.request("POST", &format!("/v10/projects/harbor/promote/{id}"));
    request.deadline = std::time::Duration::from_millis(200);
    harbor.send(request).await.unwrap_err();
    assert_eq!(roll_back(&harbor, &first).await.0, 409, "nothing to roll back yet");
    harbor.practice.release();
    while harbor.count(What::Promoted) == 0 {
        tokio::task::yield_now().await;
    }
    harbor.wait(10);
    assert_eq!(harbor.production(), id, "the provider did what nobody waits for any more");
}
