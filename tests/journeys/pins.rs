//! Commands of a target that change while traffic moves: the way back and every look run as they were approved.

use super::captain::Captain;
use seaworthy_testkit::Plan;
use seaworthy_wire::CheckedLine;
use seaworthy_wire::Code;
use seaworthy_wire::ReleaseView;
use seaworthy_wire::Request;
use seaworthy_wire::State;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

/// What every script of the sample's target runs through.
const SHARED: &str = "ops/platform.mjs";

/// A change that makes every script of the target fail and leave a trace.
fn sabotage(captain: &Captain) -> PathBuf {
    let trace = captain.sample.beside("trace");
    let text = captain.sample.repository.read(SHARED);
    let line = format!(
        "import {{ writeFileSync }} from \"node:fs\";\nwriteFileSync({trace:?}, \"ran\");\nprocess.exit(9);\n"
    );
    captain.sample.repository.write(SHARED, format!("{line}{text}"));
    trace
}

fn warning(view: &ReleaseView) -> Option<&CheckedLine> {
    view.rollout.armed.lines.iter().find(|line| line.text.contains("rollback commands"))
}

/// Every file below `folder`.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => found.extend(files(&entry.path())),
            Ok(kind) if kind.is_file() => found.push(entry.path()),
            _ => {}
        }
    }
    found
}

/// Replaces a file that may be protected.
fn replace(path: &Path, text: &str) {
    fs::remove_file(path).unwrap();
    fs::write(path, text).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_script_does_not_stop_the_automatic_rollback() {
    let captain = Captain::new(&Plan::default());
    captain.prepare().await;
    captain.climb().await;
    assert_eq!(warning(&captain.status().await).map(|line| line.state), Some(State::Pass));
    let trace = sabotage(&captain);
    let view = captain.status().await;
    let line = warning(&view).expect("the change is told");
    assert_eq!(line.state, State::Differs);
    assert_eq!(
        line.text,
        "rollback commands are pinned; the files of set share, roll back, observe in the repository changed since"
    );
    captain.look(2).await;
    assert_eq!(captain.status().await.rollout.armed.state, State::Stale, "armed, with a warning");
    captain.sample.platform.afflict(&serde_json::json!({ "errors_percent": 50 }));
    let back = captain.until("the rollback", |view| view.head.rolled_back).await;
    assert_eq!(back.bearing.production.answer, "Rolled back");
    assert_eq!(back.rollout.stages[0].line, "left before its soak was met");
    assert_eq!(back.rollout.watches[0].line, "30\u{202f}min to observe of the next candidate");
    assert_eq!(captain.sample.platform.shares("production").pop().unwrap().1, 0);
    assert!(!trace.exists(), "nothing that was not approved ran");
    assert!(!captain.told().contains(&"The automatic rollback did not finish".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_script_stops_the_way_forward_and_shows_what_changed() {
    let captain = Captain::new(&Plan::default());
    captain.prepare().await;
    captain.climb().await;
    captain.until("the first soak", |view| view.rollout.decision.state == State::Pass).await;
    let trace = sabotage(&captain);
    let refused = captain.advance().await.unwrap_err();
    assert_eq!(refused.code, Code::NeedsApproval, "{refused}");
    let waiting: Vec<_> = captain.approvals().await.into_iter().filter(|a| !a.approved).collect();
    assert_eq!(waiting.len(), 4, "every command of the target uses the file");
    let before = waiting[2].before.as_deref().expect("what was approved");
    assert!(!before.contains("process.exit(9)") && waiting[2].text.contains("process.exit(9)"), "{before}");
    let reason = "Better not".to_owned();
    let back = captain.get(Request::Rollback { which: captain.which(), reason, emergency: false }).await;
    assert!(back.head.rolled_back && !trace.exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_approved_while_traffic_moves_is_pinned_anew() {
    let captain = Captain::new(&Plan::default());
    captain.prepare().await;
    captain.climb().await;
    let pinned = captain.count("commands.pinned").await;
    let text = captain.sample.repository.read("ops/rollback.mjs");
    let trace = captain.sample.beside("mended");
    let line = format!("import {{ writeFileSync }} from \"node:fs\";\nwriteFileSync({trace:?}, \"ran\");\n");
    captain.sample.repository.write("ops/rollback.mjs", format!("{line}{text}"));
    captain.approve_all().await;
    assert_eq!((pinned, captain.count("commands.pinned").await), (2, 4), "once more for each environment");
    assert_eq!(warning(&captain.status().await).map(|line| line.state), Some(State::Pass));
    let reason = "Enough".to_owned();
    captain.get(Request::Rollback { which: captain.which(), reason, emergency: false }).await;
    assert!(trace.exists(), "the newly approved script ran");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_was_tampered_with_never_runs() {
    let captain = Captain::new(&Plan::default());
    captain.prepare().await;
    captain.climb().await;
    let trace = sabotage(&captain);
    let evil = captain.sample.repository.read(SHARED);
    let copies = files(&captain.sample.home.join("pinned"));
    for copy in copies.iter().filter(|path| path.ends_with(SHARED)) {
        replace(copy, &evil);
    }
    // The evidence behind the copies is whole: they are written again.
    let reason = "Once".to_owned();
    let back = captain.get(Request::Rollback { which: captain.which(), reason, emergency: false }).await;
    assert!(back.head.rolled_back && !trace.exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rollback_whose_evidence_is_damaged_asks_before_it_runs_anything() {
    let captain = Captain::new(&Plan::default());
    captain.prepare().await;
    captain.climb().await;
    let original = captain.sample.repository.read(SHARED);
    let trace = sabotage(&captain);
    let evil = captain.sample.repository.read(SHARED);
    let kept = files(&captain.sample.home.join("evidence"));
    let kept = kept.into_iter().find(|path| fs::read_to_string(path).is_ok_and(|text| text == original));
    replace(&kept.expect("the script is evidence"), &evil);
    let rollback = || Request::Rollback { which: captain.which(), reason: "Now".into(), emergency: false };
    let refused = captain.want(rollback()).await.unwrap_err();
    assert_eq!(refused.code, Code::NeedsApproval, "{refused}");
    assert!(
        refused.message.starts_with("the pinned copy of set share cannot be used: cannot trust evidence"),
        "{refused}"
    );
    assert!(refused.message.ends_with("changed since it was approved"), "{refused}");
    assert!(!trace.exists());
    // What is approved runs without its copy.
    captain.sample.repository.write(SHARED, original);
    assert!(captain.get(rollback()).await.head.rolled_back);
    assert!(!trace.exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_outlive_the_program() {
    let mut captain = Captain::new(&Plan::default());
    captain.prepare().await;
    captain.climb().await;
    let trace = sabotage(&captain);
    captain.reopen();
    let reason = "After a restart".to_owned();
    let back = captain.get(Request::Rollback { which: captain.which(), reason, emergency: false }).await;
    assert!(back.head.rolled_back && !trace.exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn npm_scripts_are_pinned_by_their_lines() {
    let run =
        "run = [\"node\", \"ops/rollback.mjs\"], scripts = [\"ops/rollback.mjs\", \"ops/platform.mjs\"]";
    let by_npm = "run = \"npm run --silent back\", scripts = [\"ops/platform.mjs\"]";
    let captain = Captain::new(&Plan::default().edit(run, by_npm));
    let package = captain.sample.repository.read("package.json");
    let with_back = package.replace("\"lint\":", "\"back\": \"node ops/rollback.mjs\",\n    \"lint\":");
    captain.sample.repository.write("package.json", with_back);
    captain.sample.repository.commit("Roll back with npm");
    captain.prepare().await;
    assert!(captain.approvals().await.iter().all(|approval| approval.warning.is_none()));
    captain.climb().await;
    captain
        .sample
        .repository
        .write("package.json", package.replace("\"lint\":", "\"back\": \"exit 9\",\n    \"lint\":"));
    let reason = "With npm".to_owned();
    let back = captain.get(Request::Rollback { which: captain.which(), reason, emergency: false }).await;
    assert!(back.head.rolled_back);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_pinned_is_said_at_the_approval_and_waits_when_it_changes() {
    let run = "run = [\"node\", \"ops/rollback.mjs\"]";
    let captain = Captain::new(&Plan::default().edit(run, "run = \"echo $(node ops/rollback.mjs)\""));
    captain.prepare().await;
    let said: Vec<_> =
        captain.approvals().await.into_iter().filter_map(|approval| approval.warning).collect();
    assert_eq!(
        said,
        [
            "cannot be pinned (ops/rollback.mjs is named in a line that cannot be rewritten safely): if it changes \
             during a rollout, the way back waits for your approval"
        ]
    );
    captain.climb().await;
    let view = captain.status().await;
    assert_eq!(warning(&view).map(|line| line.state), Some(State::Stale));
    let trace = sabotage(&captain);
    let rollback = || Request::Rollback { which: captain.which(), reason: "Now".into(), emergency: false };
    assert_eq!(captain.want(rollback()).await.unwrap_err().code, Code::NeedsApproval);
    assert!(!trace.exists());
}
