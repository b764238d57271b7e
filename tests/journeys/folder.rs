//! A release onto folders: all or nothing, and back by one switch.

use super::captain::Captain;
use seaworthy_testkit::Plan;
use seaworthy_wire::Forward;
use seaworthy_wire::Request;
use seaworthy_wire::State;
use std::fs;

/// A policy as `seaworthy init` would leave it to a person who has no splitter.
fn policy(id: &str, url: &str) -> String {
    format!(
        r#"
[project]
id = "{id}"
name = "tide-tables"

[environments.production]
target = "live"
url = "{url}"

[targets.live]
kind = "folder"
source = "dist"
directory = "../live"
keep = 2

[checks.build]
run = "npm run build"

[gate.quality]
phase = "build"
guards = "deploy:production"
criteria = [{{ id = "build", check = "build" }}]
"#
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_is_switched_and_switched_back() {
    let captain = Captain::new(&Plan::default());
    let before = captain.sample.repository.read("seaworthy.toml");
    let id = before.lines().find_map(|line| line.strip_prefix("id = \"")).unwrap().trim_end_matches('"');
    let text = policy(id, &captain.sample.platform.url("production"));
    captain.sample.repository.write("seaworthy.toml", text);
    captain.sample.repository.commit("Release onto folders");

    release(&captain, "1.0.0").await;
    let first = current(&captain);
    let view = captain.status().await;
    assert_eq!(view.rollout.armed.state, State::NotApplicable, "{:?}", view.rollout.armed);
    let rollback = Request::Rollback { which: captain.which(), reason: "No".into(), emergency: false };
    captain.want(rollback).await.unwrap_err();
    let held = captain.status().await.head.hold.expect("somebody wanted to go back").reason;
    assert!(held.starts_with("a rollback cannot begin: "), "{held}");
    captain.get(Request::Lift { which: captain.which(), reason: String::new() }).await;
    let close = Request::Close { which: captain.which(), summary: String::new() };
    let closed = captain.get(close).await;
    assert!(closed.head.over);
    captain.clock.advance(chrono::TimeDelta::hours(3));
    let later = captain.status().await.bearing.production;
    assert_eq!(later, closed.bearing.production);
    assert!(later.line.ends_with(" when it was closed"), "{}", later.line);

    captain.sample.fix();
    release(&captain, "1.1.0").await;
    let second = current(&captain);
    assert_ne!(first, second);
    assert!(second.contains("// Mended."));
    let view = captain.status().await;
    assert_eq!(view.rollout.way_back.state, State::Pass, "{:?}", view.rollout.way_back);
    let reason = "The tides are wrong".to_owned();
    let back = captain.get(Request::Rollback { which: captain.which(), reason, emergency: false }).await;
    assert!(back.head.rolled_back);
    assert_eq!(current(&captain), first);
    // Both are still there for the next switch.
    assert_eq!(fs::read_dir(captain.sample.beside("live/releases")).unwrap().count(), 2);
}

async fn release(captain: &Captain, version: &str) {
    captain.open_release(version).await.unwrap();
    captain.get(Request::Freeze { which: captain.which() }).await;
    captain.candidate().await.unwrap();
    captain.approve_all().await;
    captain.check(&[]).await.unwrap();
    let step = Forward::Deploy { environment: "production".to_owned() };
    let shown = captain.ask(Request::Preview { which: captain.which(), step }).await.unwrap();
    let shown = format!("{shown:?}");
    assert!(
        shown.contains("/live/releases/") && !shown.contains("/../") && !shown.contains("/./"),
        "{shown}"
    );
    let placed = captain.deploy("production").await.unwrap();
    assert_eq!(placed.head.lifecycle, "candidate");
    let full = captain.advance().await.unwrap();
    assert_eq!(full.head.lifecycle, "hypercare");
}

/// What is served: the text of one file behind `current`.
fn current(captain: &Captain) -> String {
    fs::read_to_string(captain.sample.beside("live/current/tides.mjs")).unwrap()
}
