//! Targets that take their time. The time here is tokio's own and passes at once.

use super::harbor::*;
use super::outside::Fate;
use seaworthy_domain::Lifecycle;
use seaworthy_domain::Share;
use seaworthy_domain::operation::OperationState;
use seaworthy_domain::operation::Unready;
use seaworthy_ports::Patience;
use seaworthy_wire::Code;
use std::time::Duration;
use tokio::time::sleep;

const SLOW: Patience = Patience { looks: 900, pause: Duration::from_secs(3), quiet: Duration::from_secs(10) };

fn building(harbor: &Harbor, failed: bool, why: &str) {
    let act = &harbor.release().operations.last().unwrap().deployment.clone();
    harbor.outside.state().unready = vec![Unready { id: act.clone(), failed, why: why.into() }];
}

/// Waits until something was sent `times`.
async fn sent(harbor: &Harbor, times: usize) {
    while harbor.outside.sent() < times {
        sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_build_of_minutes_is_waited_for_and_a_hold_does_not_wait() {
    let harbor = Harbor::named().await;
    harbor.outside.state().patience = Some(SLOW);
    harbor.outside.next(Fate::Later);
    let (deployed, ()) = tokio::join!(harbor.deploy("production"), async {
        sent(&harbor, 1).await;
        building(&harbor, false, "it is being built");
        sleep(Duration::from_secs(10 * 60)).await;
        harbor.hold().await;
        assert!(harbor.release().hold.is_some() && harbor.release().open_operation().is_some());
        harbor.outside.state().unready.clear();
        let id = harbor.release().operations.last().unwrap().deployment.clone();
        harbor.outside.catch_up("production", &id);
    });
    assert!(deployed.unwrap().head.hold.is_some());
    assert_eq!(harbor.release().deployment_in("production").unwrap().share, Share::NONE);
    assert_eq!(harbor.outside.sent(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_build_that_fails_ends_the_wait_with_its_reason() {
    let harbor = Harbor::named().await;
    harbor.outside.state().patience = Some(SLOW);
    harbor.outside.next(Fate::Later);
    let (deployed, ()) = tokio::join!(harbor.deploy("production"), async {
        sent(&harbor, 1).await;
        building(&harbor, true, "its build failed: no such module");
    });
    let fault = deployed.unwrap_err();
    assert!(fault.message.contains("its build failed: no such module"), "{fault}");
    assert!(harbor.release().open_operation().is_none());
    // The next attempt is another deployment, and the failed one is not in its way.
    harbor.deploy("production").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_process_that_ends_while_it_builds_leaves_it_unknown_until_it_is_ready() {
    let mut harbor = Harbor::named().await;
    harbor.outside.state().patience = Some(SLOW);
    harbor.outside.next(Fate::Later);
    let gone = tokio::time::timeout(Duration::from_secs(60), harbor.deploy("production")).await;
    assert!(gone.is_err());
    building(&harbor, false, "it is being built");
    harbor.leave();
    harbor.reopen(chrono::TimeDelta::minutes(1));
    let fault = harbor.reconcile(None).await.unwrap_err();
    assert!(fault.code == Code::Unknown && fault.message.contains("it is being built"), "{fault}");
    harbor.outside.state().unready.clear();
    let id = harbor.release().operations.last().unwrap().deployment.clone();
    harbor.outside.catch_up("production", &id);
    harbor.reconcile(None).await.unwrap();
    assert!(harbor.release().deployment_in("production").is_some());
}

#[tokio::test(start_paused = true)]
async fn what_arrives_late_is_not_taken_for_absent() {
    let harbor = Harbor::placed().await;
    harbor.outside.state().patience = Some(SLOW);
    harbor.outside.next(Fate::LostBefore);
    let (advanced, ()) = tokio::join!(harbor.advance(), async {
        sent(&harbor, 2).await;
        sleep(Duration::from_secs(5)).await;
        let id = harbor.release().operations.last().unwrap().deployment.clone();
        harbor.outside.catch_up("production", &id);
    });
    advanced.unwrap();
    assert_eq!(harbor.outside.sent(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_rollback_does_not_wait_for_what_goes_forward() {
    let harbor = Harbor::placed().await;
    harbor.outside.state().patience = Some(SLOW);
    harbor.outside.next(Fate::Later);
    let reads = harbor.outside.state().reads;
    let (advanced, back, ()) = tokio::join!(
        harbor.advance(),
        async {
            sent(&harbor, 2).await;
            sleep(Duration::from_secs(5)).await;
            harbor.back().await
        },
        async {
            sent(&harbor, 2).await;
            harbor.outside.state().unsettled = Some("a promote is under way".into());
        }
    );
    assert_eq!(advanced.unwrap_err().code, Code::Unknown);
    assert!(back.unwrap().head.rolled_back);
    assert_eq!((harbor.outside.sent(), harbor.outside.backward()), (3, 1));
    assert!(harbor.outside.state().reads - reads < 20, "nobody waits for three quarters of an hour");
}

#[tokio::test(start_paused = true)]
async fn traffic_that_comes_again_was_not_rolled_back() {
    let harbor = Harbor::climbing().await;
    let id = harbor.release().deployment_in("production").unwrap().id.clone();
    harbor.outside.state().patience = Some(Patience { looks: 20, ..SLOW });
    let (back, ()) = tokio::join!(harbor.back(), async {
        sent(&harbor, 3).await;
        sleep(Duration::from_secs(5)).await;
        // What was sent forward long ago arrives only now.
        harbor.outside.meddle(&id, "5%");
    });
    assert!(back.is_err());
    assert_ne!(harbor.release().lifecycle, Lifecycle::RolledBack);
    assert!(!matches!(harbor.release().operations.last().unwrap().state, OperationState::Applied));
    harbor.back().await.unwrap();
    assert_eq!(harbor.release().lifecycle, Lifecycle::RolledBack);
}

#[tokio::test(start_paused = true)]
async fn what_is_left_to_put_back_is_recorded_once_and_until_it_is_done() {
    let harbor = Harbor::climbing().await;
    harbor.look(30).await;
    harbor.outside.state().remarks = vec!["the switch is off".into()];
    let view = harbor.advance().await.unwrap();
    assert_eq!(harbor.kinds("target.remarked"), 1);
    assert!(view.acts.iter().any(|act| act.title == "Put back at production: the switch is off"));
    harbor.outside.state().remarks.clear();
    let view = harbor.back().await.unwrap();
    assert_eq!(harbor.kinds("target.remarked"), 2);
    assert!(view.acts.iter().all(|act| !act.title.contains("Put back")));
}
