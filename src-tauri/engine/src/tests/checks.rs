//! Runs of checks that do not end as they should.

use super::harbor::*;
use seaworthy_domain::CheckEnd;
use seaworthy_domain::CheckResult;
use seaworthy_wire::Code;
use seaworthy_wire::Request;

fn run() -> Request {
    Request::Check { which: which(), names: vec!["lint".into()] }
}

fn end(harbor: &Harbor) -> CheckEnd {
    end_of(harbor, "lint")
}

fn end_of(harbor: &Harbor, check: &str) -> CheckEnd {
    harbor.release().newest_run(check).unwrap().end.clone().expect("the run has an end")
}

#[tokio::test]
async fn a_run_that_nobody_waits_for_is_interrupted_and_can_be_repeated() {
    let harbor = Harbor::named().await;
    harbor.outside.state().result = Some(CheckResult::Interrupted);
    {
        let mut running = std::pin::pin!(harbor.ask(run()));
        for _ in 0..20 {
            tokio::select! {
                biased;
                _ = &mut running => panic!("it waits to be cancelled"),
                () = tokio::task::yield_now() => {}
            }
        }
        assert!(harbor.release().newest_run("lint").unwrap().end.is_none());
        assert_eq!(harbor.ask(run()).await.unwrap_err().code, Code::Refused, "it runs already");
    }
    assert_eq!(end(&harbor).result, CheckResult::Interrupted);
    harbor.outside.state().result = None;
    harbor.get(run()).await;
    assert_eq!(end(&harbor).result, CheckResult::Pass);
}

#[tokio::test]
async fn a_cancelled_run_ends_as_one() {
    let harbor = Harbor::named().await;
    harbor.outside.state().result = Some(CheckResult::Interrupted);
    let cancel = Request::CancelCheck { which: which(), name: "lint".into() };
    assert_eq!(harbor.ask(cancel.clone()).await.unwrap_err().code, Code::Refused);
    let (ran, cancelled) = tokio::join!(harbor.ask(run()), async {
        while harbor.release().newest_run("lint").is_none() {
            tokio::task::yield_now().await;
        }
        harbor.ask(cancel).await
    });
    assert_eq!(ran.unwrap_err().code, Code::NotReady);
    cancelled.unwrap();
    assert_eq!(end(&harbor).result, CheckResult::Interrupted);
}

#[tokio::test]
async fn a_run_the_program_did_not_survive_is_interrupted() {
    let harbor = Harbor::named().await;
    harbor.outside.state().result = Some(CheckResult::Interrupted);
    let mut running = std::pin::pin!(harbor.ask(run()));
    for _ in 0..20 {
        tokio::select! {
            biased;
            _ = &mut running => panic!("it waits to be cancelled"),
            () = tokio::task::yield_now() => {}
        }
    }
    let engine = harbor.after_a_kill("killed");
    let found = only_release(&engine);
    assert_eq!(found.newest_run("lint").unwrap().end.as_ref().unwrap().result, CheckResult::Interrupted);
}

#[tokio::test]
async fn evidence_counts_only_for_the_approved_text_on_a_clean_tree() {
    let harbor = Harbor::named().await;
    harbor.outside.state().sabotage = Some("lint".into());
    harbor.get(run()).await;
    assert_eq!(end(&harbor).unbound.as_deref(), Some("its text changed while it ran"));
    assert_eq!(harbor.ask(run()).await.unwrap_err().code, Code::NeedsApproval);
    harbor.outside.state().changed_texts.clear();
    harbor.outside.state().modified = vec!["src/main.rs".into()];
    harbor.get(run()).await;
    assert!(end(&harbor).unbound.unwrap().contains("src/main.rs"));
    assert_eq!(harbor.deploy("staging").await.unwrap_err().code, Code::NotReady);
    harbor.outside.state().modified.clear();
    harbor.get(run()).await;
    harbor.deploy("staging").await.unwrap();
}

#[tokio::test]
async fn a_command_that_was_found_changed_is_shown_as_not_approved() {
    let harbor = Harbor::named().await;
    let shown = |view: seaworthy_wire::ReleaseView| view.checks[0].approved;
    let status = || harbor.get(Request::Status { which: which() });
    assert_eq!(shown(status().await), Some(true));
    harbor.outside.state().changed_texts.push("lint".into());
    assert_eq!(harbor.ask(run()).await.unwrap_err().code, Code::NeedsApproval);
    assert_eq!(shown(status().await), Some(false));
    harbor.approve_all().await;
    assert_eq!(shown(status().await), Some(true));
}

/// Three checks about production: one by its path, one by a whole address, one by a command.
const ABOUT_PRODUCTION: &str = r#"
[checks.path]
http = "/health"
environment = "production"

[checks.whole]
http = "https://harbor.example/health"
environment = "production"

[phase.all]"#;

#[tokio::test(start_paused = true)]
async fn a_check_of_production_asks_the_candidate_or_waits_until_there_is_nobody_else() {
    let harbor = Harbor::edited_in(&[
        ("[phase.all]", ABOUT_PRODUCTION),
        (
            "subject = \"release\" }]",
            "subject = \"release\" }, { id = \"c\", check = \"lint\", environment = \"production\" }]",
        ),
        ("check = \"lint\" }]\n", "deployed = \"production\" }]\n"),
        ("guards = \"deploy:staging\"", ""),
    ]);
    harbor.name().await;
    harbor.deploy("production").await.unwrap();
    let asked = |name: &str| Request::Check { which: which(), names: vec![name.into()] };
    let doubt = "rc.1 had 0% of production, so another version may have answered";
    harbor.get(asked("path")).await;
    assert_eq!(end_of(&harbor, "path").unbound, None);
    let order = harbor.outside.state().ordered.take().unwrap();
    let candidate = harbor.release().deployment_in("production").unwrap().id.clone();
    assert_eq!(order.witness.map(|probing| probing.deployment), Some(candidate));
    for name in ["whole", "lint"] {
        harbor.get(asked(name)).await;
        assert_eq!(end_of(&harbor, name).unbound.as_deref(), Some(doubt), "{name}");
    }
    while harbor.release().ladder.is_none_or(|ladder| ladder.full_at.is_none()) {
        harbor.advance().await.unwrap();
        harbor.look(30).await;
    }
    for name in ["path", "whole", "lint"] {
        harbor.get(asked(name)).await;
        assert_eq!(end_of(&harbor, name).unbound, None, "{name}");
    }
}
