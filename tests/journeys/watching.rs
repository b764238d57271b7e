//! What is seen, what is not, and what follows from it.

use super::captain::Captain;
use super::captain::EVERY;
use chrono::TimeDelta;
use seaworthy_testkit::Plan;
use seaworthy_wire::State;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_data_holds_and_is_never_green() {
    let captain = Captain::new(&Plan::default());
    captain.prepare().await;
    captain.climb().await;
    captain.look(25).await;
    // Somebody else answers for the candidate: a page of HTML without its name.
    captain.sample.platform.afflict(&json!({ "html": true }));
    let held = captain.until("the hold", |view| view.head.hold.is_some()).await;
    let reason = held.head.hold.unwrap().reason;
    assert!(reason.contains("no measurement"), "{reason}");
    assert_ne!(held.rollout.armed.state, State::Armed);
    assert!(!held.head.rolled_back);
    let observed = |view: &seaworthy_wire::ReleaseView| {
        view.rollout.stages[0].observed.as_ref().map(|observed| observed.observed_ms).unwrap()
    };
    let before = observed(&captain.status().await);
    captain.look(60).await;
    let blind = captain.status().await;
    assert_eq!(observed(&blind), before, "unseen time is not credited");
    assert_eq!(blind.rollout.stages[0].state, State::Hold);
    // Seen again, it stays on hold until a person lifts it.
    captain.sample.platform.heal();
    captain.look(10).await;
    assert!(captain.status().await.head.hold.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn time_without_the_process_is_a_gap_and_not_credited() {
    let mut captain = Captain::new(&Plan::default());
    captain.prepare().await;
    captain.climb().await;
    captain.look(10).await;
    let before = captain.status().await.rollout.stages[0].observed.clone().unwrap();
    captain.leave();
    captain.clock.advance(TimeDelta::hours(9));
    captain.reopen();
    captain.look(2).await;
    let after = captain.status().await.rollout.stages[0].observed.clone().unwrap();
    let credited = TimeDelta::milliseconds(after.observed_ms - before.observed_ms);
    assert!(credited <= EVERY * 2, "{credited} of a night that nobody saw");
    assert!(after.lost_ms >= TimeDelta::hours(9).num_milliseconds(), "{after:?}");
    assert_eq!(after.gaps.last().map(|gap| gap.cause.as_str()), Some("not running"));
    let said = captain.log().await;
    assert!(
        said.iter().any(|event| event.kind == "gap.recorded" && event.text.contains("Nobody looked for 9h")),
        "{said:#?}"
    );
    // Nine lost hours against ten observed minutes: no coverage, no next stage.
    captain.look(60).await;
    assert_ne!(captain.status().await.rollout.decision.state, State::Pass);
    assert!(captain.told().iter().all(|title| !title.contains("you decide")), "{:?}", captain.told());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sleeping_computer_is_said_so() {
    let captain = Captain::new(&Plan::default());
    captain.prepare().await;
    captain.climb().await;
    captain.look(4).await;
    captain.clock.advance(TimeDelta::hours(2));
    captain.engine().tick().await;
    let view = captain.status().await;
    let observed = view.rollout.stages[0].observed.as_ref().unwrap();
    assert_eq!(observed.gaps.last().map(|gap| gap.cause.as_str()), Some("asleep"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_breach_that_began_before_a_crash_is_still_answered() {
    let mut captain = Captain::new(&Plan::default());
    captain.prepare().await;
    captain.climb().await;
    captain.sample.platform.afflict(&json!({ "errors_percent": 50 }));
    captain.look(12).await;
    captain.reopen();
    captain.look(10).await;
    assert!(captain.status().await.head.rolled_back);
    assert_eq!(captain.sample.platform.log().iter().filter(|m| m.what == "rollback").count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_prober_that_finds_nobody_a_redirect_or_html_says_so() {
    let captain = Captain::new(&Plan::default());
    captain.prepare().await;
    captain.climb().await;
    for fault in [json!({ "redirect": true }), json!({ "html": true })] {
        captain.sample.platform.afflict(&fault);
        captain.look(1).await;
        let series = captain.series("errors").await;
        let newest = series.points.last().unwrap();
        assert!(newest.value.is_none() && newest.invalid.is_some(), "{fault}: {newest:?}");
    }
    assert_eq!(captain.count("guardrail.breached").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_prober_pointed_at_nothing_counts_errors_and_goes_back() {
    // A port that nobody listens on.
    let plan = Plan::default().edit("route = { header = \"x-candidate\" }", "route = \"own_url\"");
    let captain = Captain::new(&plan);
    captain.prepare().await;
    captain.climb().await;
    captain.look(2).await;
    assert_eq!(captain.series("errors").await.points.last().and_then(|point| point.value), Some(0.0));
    captain.sample.platform.stop_newest();
    let back = captain.until("the rollback", |view| view.head.rolled_back).await;
    assert!(back.rollout.decision.rollback_due.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_advance_that_nobody_watches_says_what_to_do_and_status_says_it_before() {
    let captain = Captain::new(&Plan::default());
    captain.prepare().await;
    captain.climb().await;
    captain.until("the first soak", |view| view.rollout.decision.state == State::Pass).await;
    captain.clock.advance(TimeDelta::minutes(5));
    let wanted = "nobody is watching, last look 5m ago; run `seaworthy watch` in another terminal, or open the window, \
                  and advance when it has seen enough";
    let view = captain.status().await;
    assert!(view.bearing.may_move.line.ends_with(wanted), "{}", view.bearing.may_move.line);
    assert!(view.acts.iter().any(|act| act.command.as_deref() == Some("seaworthy watch")), "{:?}", view.acts);
    let refused = captain.advance().await.unwrap_err();
    assert_eq!(refused.code, seaworthy_wire::Code::NotReady);
    assert!(refused.missing.iter().any(|fact| fact.reason == wanted), "{refused:?}");
    captain.until("enough to go by", |view| view.rollout.decision.state == State::Pass).await;
    captain.advance().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_of_production_is_about_the_candidate_before_anybody_else_sees_it() {
    let captain = Captain::new(&Plan::default());
    captain.prepare().await;
    captain.stage().await;
    captain.deploy("production").await.unwrap();
    // The old version, which has all the traffic, goes on being well.
    captain.sample.platform.afflict(&json!({ "errors_percent": 100 }));
    assert!(captain.check(&["production-well"]).await.is_err(), "the candidate is not well");
    captain.sample.platform.heal();
    let view = captain.check(&["production-well"]).await.unwrap();
    let check = view.checks.iter().find(|check| check.name == "production-well").unwrap();
    assert_eq!(check.state, State::Pass, "{}", check.summary);
}
