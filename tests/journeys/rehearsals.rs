//! Every rehearsal ends closed, touches nothing real and leaves a ledger that verifies.

use seaworthy_boot::PracticeFault;
use seaworthy_control::Handler;
use seaworthy_testkit::Cli;
use seaworthy_wire::Fault;
use seaworthy_wire::Forward;
use seaworthy_wire::PracticeChange;
use seaworthy_wire::ReleaseView;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use seaworthy_wire::Which;
use std::fs;
use std::sync::Arc;
use tokio::sync::mpsc;

#[test]
fn every_rehearsal_ends_closed_in_a_ledger_of_its_own() {
    let faults = PracticeFault::ALL.map(|fault| Some(fault.name()));
    std::thread::scope(|scope| {
        for fault in faults.into_iter().chain([None]) {
            scope.spawn(move || rehearse(fault));
        }
    });
}

fn rehearse(fault: Option<&str>) {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let cli = Cli::new(folder.path(), &home);
    let words: Vec<&str> =
        ["rehearse"].into_iter().chain(fault.into_iter().flat_map(|name| ["--fault", name])).collect();
    let played = cli.run(&words);
    let view = &played.ok(0)["view"];
    assert_eq!(view["head"]["lifecycle"], "closed", "{fault:?}");
    assert_eq!(view["head"]["rehearsal"], true);
    // With a fault the first candidate is left behind; a crash alone is survived by it or followed by another.
    let candidate = if fault.is_none() { "rc.1" } else { "rc.2" };
    assert_eq!(view["head"]["candidate"], candidate, "{fault:?}");
    let report = fs::read_to_string(played.data()["report"].as_str().unwrap()).unwrap();
    assert!(report.contains("practice-harbor") && !report.contains("<script"), "{fault:?}");
    assert!(!home.join("ledger.db").exists(), "the real ledger is not touched");
    // The rehearsal's own ledger verifies.
    let own = fs::read_dir(home.join("rehearsals")).unwrap().next().unwrap().unwrap().path();
    Cli::new(folder.path(), &own).run(&["doctor"]).ok(0);
}

async fn call(live: &Arc<dyn Handler>, request: Request) -> Result<Reply, Fault> {
    live.call(request, mpsc::channel(1).0).await
}

async fn status(live: &Arc<dyn Handler>) -> ReleaseView {
    match call(live, Request::Status { which: Which::default() }).await {
        Ok(Reply::Release(view)) => *view,
        other => panic!("no release: {other:?}"),
    }
}

async fn step(live: &Arc<dyn Handler>, step: Forward) {
    let expect = status(live).await.head.position;
    call(live, Request::Move { which: Which::default(), step, expect }).await.expect("it may move");
}

async fn faults_on(live: &Arc<dyn Handler>, change: Option<PracticeChange>) -> usize {
    match call(live, Request::Practice { change }).await {
        Ok(Reply::Practice(view)) => view.faults.iter().filter(|fault| fault.on).count(),
        other => panic!("no practice: {other:?}"),
    }
}

/// Takes a live rehearsal to production without traffic.
async fn place(live: &Arc<dyn Handler>) {
    let which = Which::default;
    let attest = |criterion: &str| Request::Attest {
        which: which(),
        criterion: criterion.to_owned(),
        note: String::new(),
    };
    call(live, attest("scope/goal")).await.expect("attested");
    call(live, Request::Freeze { which: which() }).await.expect("frozen");
    call(live, Request::Candidate { which: which(), revision: None, again: false }).await.expect("named");
    step(live, Forward::Deploy { environment: "staging".to_owned() }).await;
    call(live, Request::Check { which: which(), names: vec!["answers".to_owned()] }).await.expect("run");
    call(live, attest("readiness/way-back")).await.expect("attested");
    step(live, Forward::Deploy { environment: "production".to_owned() }).await;
}

#[tokio::test]
async fn a_next_candidate_that_is_refused_takes_no_fault_away() {
    let home = tempfile::tempdir().unwrap();
    let live = seaworthy_boot::rehearse_live(home.path()).await.expect("a rehearsal");
    place(&live).await;
    step(&live, Forward::Advance).await;
    let bad = PracticeChange::Fault { name: "latency".to_owned(), on: true };
    assert_eq!(faults_on(&live, Some(bad)).await, 1);
    let back = Request::Rollback { which: Which::default(), reason: "practice".to_owned(), emergency: false };
    call(&live, back).await.expect("rolled back");

    let candidate = |revision: Option<&str>| Request::Candidate {
        which: Which::default(),
        revision: revision.map(str::to_owned),
        again: false,
    };
    let first = status(&live).await.head.commit;
    call(&live, candidate(Some("nowhere"))).await.expect_err("there is no such revision");
    assert_eq!(faults_on(&live, None).await, 1);
    assert_eq!(status(&live).await.head.commit, first);
    call(&live, candidate(None)).await.expect("named");
    assert_eq!(faults_on(&live, None).await, 0);
    assert_ne!(status(&live).await.head.commit, first);
}
