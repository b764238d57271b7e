//! One release from the first command to the report, with a breach on the way.

use super::captain::Captain;
use seaworthy_testkit::FIRST;
use seaworthy_testkit::Plan;
use seaworthy_wire::Code;
use seaworthy_wire::DoctorLine;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use seaworthy_wire::State;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_breaks_recovers_and_is_closed() {
    let mut captain = Captain::new(&Plan::default());
    captain.prepare().await;
    captain.climb().await;
    let platform = &captain.sample.platform;
    let (candidate, share) = platform.shares("production").pop().unwrap();
    assert_eq!(share, 5);
    assert!(candidate.starts_with("1.1.0-rc.1-"), "{candidate}");
    let (status, version) = platform.visit("production", "/version", &[("x-candidate", &candidate)]);
    assert_eq!((status, version.contains("\"version\":\"1.1.0\"")), (200, true), "{version}");

    let soaking = captain.advance().await.unwrap_err();
    assert_eq!(soaking.code, Code::NotReady, "{soaking}");
    captain.until("the first soak", |view| view.rollout.decision.state == State::Pass).await;
    captain.advance().await.unwrap();
    assert_eq!(captain.sample.platform.shares("production").pop().unwrap().1, 25);

    breaks_and_rolls_back(&captain).await;
    recovers(&mut captain).await;
    ends(&mut captain).await;
}

async fn breaks_and_rolls_back(captain: &Captain) {
    let platform = &captain.sample.platform;
    captain.look(8).await;
    platform.afflict(&json!({ "errors_percent": 30 }));
    captain.look(20).await;
    // Nineteen quarters of a minute lie between twenty looks: not five minutes yet.
    let nearly = captain.status().await;
    assert!(!nearly.head.rolled_back, "{:#?}", nearly.rollout.guardrails);
    assert!(nearly.rollout.decision.rollback_due.is_some(), "{:#?}", nearly.rollout.decision);
    captain.look(1).await;
    let back = captain.status().await;
    assert!(back.head.rolled_back, "{:#?}", back.rollout.guardrails);
    assert_eq!(back.head.lifecycle, "rolled back");
    assert!(platform.shares("production").contains(&(FIRST.to_owned(), 100)));
    assert!(
        captain.told().iter().any(|title| title == "Rolling back tide-tables 1.1.0"),
        "{:?}",
        captain.told()
    );
    assert_eq!(captain.count("guardrail.breached").await, 1);
    // Nothing more happens to it, however often somebody looks.
    let before = platform.log();
    captain.look(10).await;
    assert_eq!(platform.log(), before);
}

async fn recovers(captain: &mut Captain) {
    captain.sample.platform.heal();
    captain.sample.fix();
    let view = captain.candidate().await.unwrap();
    assert_eq!(view.head.candidate.as_deref(), Some("rc.2"));
    // What was proved of rc.1 is no proof of rc.2.
    let early = captain.deploy("production").await.unwrap_err();
    assert_eq!(early.code, Code::NotReady);
    let named: Vec<_> = early.missing.iter().map(|fact| fact.name.as_str()).collect();
    assert_eq!(named, ["go-live/staged", "go-live/staging"]);
    captain.climb().await;
    captain.until("the first soak", |view| view.rollout.decision.state == State::Pass).await;
    // What was measured still counts after a restart, before anybody looks again.
    captain.reopen();
    captain.advance().await.unwrap();
    captain.until("the second soak", |view| view.rollout.decision.state == State::Pass).await;
    let full = captain.advance().await.unwrap();
    assert_eq!(full.head.lifecycle, "hypercare");
}

async fn ends(captain: &mut Captain) {
    let close =
        |captain: &Captain| Request::Close { which: captain.which(), summary: "Tides are right".into() };
    let early = captain.want(close(captain)).await.unwrap_err();
    let named: Vec<_> = early.missing.iter().map(|fact| fact.name.as_str()).collect();
    assert_eq!(early.code, Code::NotReady);
    assert_eq!(named, ["done/production", "done/lessons", "watches/first-hours"]);
    captain.until("the watch", |view| view.rollout.watches.iter().all(|w| w.state == State::Pass)).await;
    captain.check(&["production-well"]).await.unwrap();
    captain.attest("done/lessons").await;
    let view = captain.get(close(captain)).await;
    assert!(view.head.over);
    let criteria = view.phases.iter().flat_map(|phase| &phase.gates).flat_map(|gate| &gate.criteria);
    assert!(criteria.into_iter().all(|criterion| !criterion.attest), "nothing is offered after the end");

    let Ok(Reply::Report(report)) = captain.ask(Request::Report { which: captain.which() }).await else {
        panic!("no report")
    };
    for words in ["tide-tables", "1.1.0", "rc.2", "Rolling", "Tides are right"] {
        assert!(report.html.contains(words), "the report does not say {words:?}");
    }
    assert!(!report.html.contains("<script"));
    // Everything is still there, and true, after a restart.
    let before = captain.status().await;
    captain.reopen();
    let after = captain.status().await;
    assert_eq!(after.head, before.head);
    assert_eq!(after.phases, before.phases);
    let Ok(Reply::Doctor(doctor)) = captain.ask(Request::Doctor).await else { panic!("no doctor") };
    // Whether there is a keychain, and with it a key, is the machine's affair.
    let fine = |line: &DoctorLine| {
        line.state == State::Pass || ["keychain", "device key"].contains(&line.what.as_str())
    };
    assert!(doctor.lines.iter().all(fine), "{doctor:#?}");
    sent_once(captain).await;
}

/// Every change at the platform belongs to one intent, and each intent changed something at most once.
async fn sent_once(captain: &Captain) {
    let mut operations: Vec<_> = captain.sample.platform.log().into_iter().map(|m| m.operation).collect();
    let changes = operations.len();
    operations.sort();
    operations.dedup();
    assert_eq!(operations.len(), changes);
    assert_eq!(captain.count("op.intended").await, changes);
    // rc.1: staging 2, production 1, two stages, back; rc.2: staging 2, production 1, three stages.
    assert_eq!(changes, 6 + 6);
}
