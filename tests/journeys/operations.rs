//! Operations whose answer is lost: nothing is sent twice, and only a look tells what happened.

use super::captain::Captain;
use seaworthy_testkit::Plan;
use seaworthy_wire::Code;
use seaworthy_wire::Request;
use seaworthy_wire::Saw;
use seaworthy_wire::State;

/// Policy of a target that nobody can look at.
fn blind() -> Plan {
    Plan::default().edit("observe = { run", "# observe = { run")
}

/// Ready for its first share of production.
async fn placed(plan: &Plan) -> Captain {
    let captain = Captain::new(plan);
    captain.prepare().await;
    captain.stage().await;
    captain.deploy("production").await.unwrap();
    captain
}

fn shares(captain: &Captain) -> usize {
    captain
        .sample
        .platform
        .log()
        .iter()
        .filter(|m| m.what == "share" && m.environment == "production")
        .count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_fails_after_its_work_is_found_out_by_a_look() {
    let captain = placed(&Plan::default()).await;
    captain.sample.platform.trouble("share", "fail", 0);
    let view = captain.advance().await.expect("the look shows that it took effect");
    assert!(view.head.position.ends_with("stage:1"));
    assert_eq!(shares(&captain), 1);
    let said: Vec<_> = captain.log().await.into_iter().map(|event| event.text).collect();
    assert!(
        said.iter().any(|text| text.starts_with("Nobody knows whether it took effect: ended with exit 1")),
        "{said:#?}"
    );
    assert!(said.iter().any(|text| text.ends_with("has 5% of production")), "{said:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_fails_without_effect_changes_nothing() {
    let captain = placed(&Plan::default()).await;
    captain.sample.platform.trouble("share", "refuse", 0);
    let fault = captain.advance().await.unwrap_err();
    assert_eq!(fault.code, Code::Outside, "{fault}");
    assert_eq!(shares(&captain), 0);
    // Proved absent, the step may be taken again by a person.
    captain.advance().await.unwrap();
    assert_eq!(shares(&captain), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_can_look_at_stays_unknown_until_the_captain_says() {
    let mut captain = placed(&blind()).await;
    captain.sample.platform.trouble("share", "fail", 0);
    let fault = captain.advance().await.unwrap_err();
    assert_eq!(fault.code, Code::Unknown);
    captain.reopen();
    let view = captain.status().await;
    assert_eq!(view.rollout.operation.map(|op| op.state), Some(State::Unknown));
    assert_eq!(captain.advance().await.unwrap_err().code, Code::Unknown);
    let reconcile = |saw| Request::Reconcile { which: captain.which(), saw };
    assert_eq!(captain.want(reconcile(None)).await.unwrap_err().code, Code::Unknown);
    let view = captain.get(reconcile(Some(Saw::Applied))).await;
    assert!(view.head.position.ends_with("stage:1"), "{}", view.head.position);
    assert_eq!(shares(&captain), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_hangs_is_stopped_and_looked_into() {
    let plan = Plan { timeout: "3s", ..Plan::default() };
    let captain = placed(&plan).await;
    captain.sample.platform.trouble("share", "hang", 0);
    let view = captain.advance().await.expect("it hung after its work");
    assert!(view.head.position.ends_with("stage:1"));
    assert_eq!(shares(&captain), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_leaves_processes_behind_is_not_believed() {
    let captain = placed(&blind()).await;
    captain.sample.platform.trouble("share", "fork", 0);
    let fault = captain.advance().await.unwrap_err();
    assert_eq!(fault.code, Code::Unknown);
    assert!(fault.message.contains("processes it left running were stopped"), "{fault}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_cannot_be_read_stops_forward_motion_and_not_the_way_back() {
    let captain = placed(&Plan::default()).await;
    captain.sample.platform.trouble("observe", "refuse", 0);
    let fault = captain.advance().await.unwrap_err();
    assert_eq!(fault.code, Code::Outside, "{fault}");
    assert_eq!(shares(&captain), 0);
    captain.advance().await.unwrap();
    captain.sample.platform.trouble("observe", "refuse", 0);
    let reason = "Not good".to_owned();
    let back = captain.get(Request::Rollback { which: captain.which(), reason, emergency: false }).await;
    assert!(back.head.rolled_back);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_moved_by_itself_is_not_touched() {
    let captain = placed(&Plan::default()).await;
    let (candidate, _) = captain.sample.platform.shares("production").pop().unwrap();
    captain.sample.platform.ask(
        "/share",
        &serde_json::json!({ "operation": "sample", "environment": "production", "deployment": candidate, "share": 50 }),
    );
    let fault = captain.advance().await.unwrap_err();
    assert!(fault.message.contains("has 50% of traffic, expected 0%"), "{fault}");
    assert_eq!(shares(&captain), 0);
    let view = captain.status().await;
    assert_eq!(view.bearing.may_move.answer, "Look first");
    assert!(view.bearing.may_move.line.contains("has 50% of traffic"), "{}", view.bearing.may_move.line);
    // Mended on the target, the step is free again: it looks for itself.
    assert_eq!((view.rollout.decision.state, view.rollout.decision.refusing), (State::Differs, false));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_automatic_rollback_that_is_refused_is_tried_again_and_told() {
    let captain = Captain::new(&Plan::default());
    captain.prepare().await;
    captain.climb().await;
    captain.sample.platform.afflict(&serde_json::json!({ "errors_percent": 50 }));
    captain.sample.platform.trouble("rollback", "refuse", 0);
    let back = captain.until("the rollback", |view| view.head.rolled_back).await;
    assert_eq!(back.head.lifecycle, "rolled back");
    let tries =
        captain.log().await.into_iter().filter(|e| e.kind == "op.intended" && e.text.starts_with("Rolling"));
    assert_eq!(tries.count(), 2);
    assert!(
        captain.told().iter().any(|title| title.ends_with("the automatic rollback did not finish")),
        "{:?}",
        captain.told()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_are_not_told_the_same_thing_at_every_look() {
    let captain = Captain::new(&Plan::default());
    captain.prepare().await;
    captain.climb().await;
    captain.sample.platform.afflict(&serde_json::json!({ "errors_percent": 50 }));
    for _ in 0..10 {
        captain.sample.platform.trouble("rollback", "refuse", 0);
    }
    captain.look(60).await;
    let view = captain.status().await;
    assert!(!view.head.rolled_back);
    assert!(view.head.hold.is_some());
    let tries = captain.sample.platform.log().iter().filter(|m| m.what == "rollback").count();
    assert_eq!(tries, 0);
    let told = captain.told();
    let given_up = told.iter().filter(|title| title.ends_with("could not be rolled back")).count();
    assert!((1..=12).contains(&given_up), "told {given_up} times: {told:#?}");
}
