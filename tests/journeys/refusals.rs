//! What a release refuses, and that nothing was touched when it does.

use super::captain::Captain;
use seaworthy_testkit::Plan;
use seaworthy_wire::Code;
use seaworthy_wire::Forward;
use seaworthy_wire::Request;
use seaworthy_wire::State;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deploy_before_its_gate_names_what_is_missing_and_touches_nothing() {
    let captain = Captain::new(&Plan::default());
    captain.prepare().await;
    let early = captain.deploy("production").await.unwrap_err();
    assert_eq!(early.code, Code::NotReady);
    let named: Vec<_> = early.missing.iter().map(|fact| fact.name.as_str()).collect();
    assert_eq!(named, ["go-live/staged", "go-live/staging", "go-live/support"]);
    let staging = captain.deploy("staging").await.unwrap_err();
    let named: Vec<_> = staging.missing.iter().map(|fact| fact.name.as_str()).collect();
    assert_eq!(named, ["quality/lint", "quality/test", "quality/build"]);
    assert!(captain.sample.platform.log().is_empty());
    assert_eq!(captain.count("op.intended").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_byte_of_an_approved_script_asks_again_with_the_difference() {
    let captain = Captain::new(&Plan::default());
    captain.prepare().await;
    assert!(captain.approvals().await.iter().all(|approval| approval.approved));
    let script = captain.sample.repository.read("ops/set-share.mjs");
    captain.sample.repository.write("ops/set-share.mjs", script.replace("its share", "ITS share"));
    captain.sample.repository.commit("Shout");
    captain.candidate().await.unwrap();
    captain.check(&[]).await.unwrap();

    let asked = captain.deploy("staging").await.unwrap_err();
    assert_eq!(asked.code, Code::NeedsApproval);
    assert_eq!(asked.message, "target web: set share changed since it was approved");
    assert!(captain.sample.platform.log().is_empty());
    let waiting: Vec<_> = captain.approvals().await.into_iter().filter(|a| !a.approved).collect();
    assert_eq!(waiting.iter().map(|a| a.subject.as_str()).collect::<Vec<_>>(), ["target web: set share"]);
    let before = waiting[0].before.as_deref().expect("what was approved before");
    assert!(before.contains("its share") && waiting[0].text.contains("ITS share"), "{before}");
    // The text shown is what is approved: a digest of anything else is refused.
    let other = Request::Approve { which: captain.which(), digests: vec!["0".repeat(64)] };
    assert_eq!(captain.want(other).await.unwrap_err().code, Code::NeedsApproval);
    captain.approve_all().await;
    captain.deploy("staging").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_of_a_check_that_changed_does_not_run() {
    let captain = Captain::new(&Plan::default());
    captain.prepare().await;
    let package = captain.sample.repository.read("package.json");
    captain
        .sample
        .repository
        .write("package.json", package.replace("node ops/lint.mjs", "node  ops/lint.mjs"));
    let asked = captain.check(&["lint"]).await.unwrap_err();
    assert_eq!(asked.code, Code::NeedsApproval, "{asked}");
    assert_eq!(captain.count("check.started").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_advances_in_quick_succession_move_one_stage() {
    let captain = Captain::new(&Plan::default());
    captain.prepare().await;
    captain.stage().await;
    let placed = captain.deploy("production").await.unwrap();
    let expect = placed.head.position;
    let step = || Request::Move { which: captain.which(), step: Forward::Advance, expect: expect.clone() };
    let (one, two) = tokio::join!(captain.want(step()), captain.want(step()));
    let (moved, refused) = match (one, two) {
        (Ok(view), Err(fault)) | (Err(fault), Ok(view)) => (view, fault),
        both => panic!("{both:?}"),
    };
    assert_eq!(refused.code, Code::Refused);
    assert!(moved.head.position.ends_with("stage:1"), "{}", moved.head.position);
    let shares: Vec<_> =
        captain.sample.platform.log().into_iter().filter(|m| m.environment == "production").collect();
    assert_eq!(shares.len(), 2, "placed once and given a share once: {shares:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_stops_everything_but_the_way_back() {
    let mut captain = Captain::new(&Plan::default());
    captain.prepare().await;
    captain.climb().await;
    captain.until("the first soak", |view| view.rollout.decision.state == State::Pass).await;
    captain.hold("Support is flooded").await;
    let refused = captain.advance().await.unwrap_err();
    assert_eq!(refused.code, Code::Refused);
    assert!(refused.message.contains("Support is flooded"), "{refused}");
    captain.reopen();
    let view = captain.status().await;
    assert_eq!(view.head.hold.map(|hold| hold.reason).as_deref(), Some("Support is flooded"));
    let reason = "Enough".to_owned();
    let back = captain.get(Request::Rollback { which: captain.which(), reason, emergency: false }).await;
    assert!(back.head.rolled_back);
    assert_eq!(captain.sample.platform.shares("production").pop().unwrap().1, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_belongs_to_its_criterion() {
    let captain = Captain::new(&Plan::default());
    captain.open_release("1.1.0").await.unwrap();
    let attest = |criterion: &str| Request::Attest {
        which: captain.which(),
        criterion: criterion.to_owned(),
        note: "Said aloud".to_owned(),
    };
    let unknown = captain.want(attest("scope/gaol")).await.unwrap_err();
    assert_eq!(unknown.code, Code::BadInput);
    assert!(unknown.message.contains("scope/goal"), "{unknown}");
    assert_eq!(captain.want(attest("quality/lint")).await.unwrap_err().code, Code::BadInput);
    let early = captain.want(Request::Freeze { which: captain.which() }).await.unwrap_err();
    assert_eq!(early.code, Code::NotReady);
    let view = captain.get(attest("scope/goal")).await;
    let goal = &view.phases[0].gates[0].criteria[0];
    assert_eq!((goal.state, goal.reason.as_str()), (State::Pass, "attested by dana as captain: Said aloud"));
    captain.get(Request::Freeze { which: captain.which() }).await;
}
