//! What a person confirms: only after a yes in a window that the asking page cannot reach.

use std::thread;

use seaworthy_boot as boot;
use seaworthy_testkit::{Repository, eventually};
use seaworthy_wire::{Code, Forward, Reply, Request, State, Which};
use serde_json::{Value, json};
use tauri::test::MockRuntime;
use tauri::{Manager, WebviewWindow};
use tempfile::TempDir;

use super::{Shell, invoke, send, status};
use crate::confirm::LABEL;
use crate::desk::Ground;
use crate::window::MAIN;

const PACKAGE: &str = r#"{ "name": "ferry", "scripts": { "lint": "true", "test": "true" } }"#;

/// The window of the question, once it is there.
fn confirming(shell: &Shell) -> WebviewWindow<MockRuntime> {
    eventually("the confirming window", || {
        let windows = shell.app.webview_windows();
        windows.into_values().find(|window| window.label().starts_with(LABEL))
    })
}

/// Opens a release of a project whose policy has commands that nobody approved.
fn with_commands(main: &WebviewWindow<MockRuntime>) -> TempDir {
    let project = tempfile::tempdir().expect("temp dir");
    let repository = Repository::init(project.path());
    repository.write("package.json", PACKAGE);
    boot::init(project.path()).expect("a policy");
    repository.commit("Begin");
    let folder = project.path().display().to_string();
    send(main, "call", &Request::Open { folder, version: "1.0.0".into() }).expect("opened");
    project
}

/// Asks for the approval of everything that is not approved.
fn approval(main: &WebviewWindow<MockRuntime>) -> Request {
    let which = Which::default();
    let Ok(Reply::Approvals(commands)) = send(main, "call", &Request::Approvals { which: which.clone() })
    else {
        panic!("no commands")
    };
    let open = commands.into_iter().filter(|command| !command.approved && command.problem.is_none());
    Request::Approve { which, digests: open.map(|command| command.digest).collect() }
}

/// Takes a practice release to where it can be deployed to staging, and gives its position.
fn ready_for_staging(main: &WebviewWindow<MockRuntime>) -> String {
    let which = Which::default;
    let (criterion, note) = ("scope/goal".to_owned(), "Practice".to_owned());
    send(main, "call", &Request::Attest { which: which(), criterion, note }).expect("attested");
    send(main, "call", &Request::Freeze { which: which() }).expect("frozen");
    send(main, "call", &Request::Candidate { which: which(), revision: None, again: false }).expect("named");
    status(main).head.position
}

fn to_staging(expect: String) -> Request {
    let step = Forward::Deploy { environment: "staging".into() };
    Request::Move { which: Which::default(), step, expect }
}

fn is_refused_by_the_access_list(answer: &Result<Value, Value>) -> bool {
    // The list refuses with a text, the commands with a fault.
    matches!(answer, Err(Value::String(_)))
}

#[test]
fn what_must_be_confirmed_cannot_be_called() {
    let shell = Shell::on(Ground::Rehearsal);
    let main = shell.main();
    let before = ready_for_staging(&main);
    for request in [to_staging(before.clone()), approval(&main)] {
        let fault = send(&main, "call", &request).expect_err("refused");
        assert_eq!(fault.code, Code::Refused, "{fault}");
    }
    assert_eq!(status(&main).head.position, before);
    assert!(shell.app.webview_windows().keys().all(|label| label == MAIN), "no window opened");
}

#[test]
fn neither_window_reaches_the_commands_of_the_other() {
    let shell = Shell::on(Ground::Rehearsal);
    let main = shell.main();
    let request = to_staging(ready_for_staging(&main));
    thread::scope(|scope| {
        let asked = scope.spawn(|| send(&main, "ask", &request));
        let confirming = confirming(&shell);
        let question = invoke(&confirming, "confirm_pending", json!({})).expect("its question");
        let answer = json!({ "nonce": question["nonce"], "yes": true, "ticked": [] });

        assert!(is_refused_by_the_access_list(&invoke(&main, "confirm_pending", json!({}))));
        assert!(is_refused_by_the_access_list(&invoke(&main, "confirm_answer", answer)));
        for command in ["call", "ask", "keep_report"] {
            assert!(is_refused_by_the_access_list(&invoke(&confirming, command, json!({}))), "{command}");
        }

        let no = json!({ "nonce": question["nonce"], "yes": false, "ticked": [] });
        invoke(&confirming, "confirm_answer", no).expect("answered");
        let fault = asked.join().expect("joined").expect_err("cancelled");
        assert_eq!((fault.code, fault.message.as_str()), (Code::Cancelled, "nothing was done"));
    });
}

#[test]
fn a_yes_approves_what_was_ticked_and_counts_once() {
    let shell = Shell::on(Ground::Workspace);
    let main = shell.main();
    let _project = with_commands(&main);
    let request = approval(&main);
    let Request::Approve { digests, .. } = &request else { unreachable!() };
    assert!(digests.len() > 1, "a policy with several commands");
    thread::scope(|scope| {
        let asked = scope.spawn(|| send(&main, "ask", &request));
        let confirming = confirming(&shell);
        let question = invoke(&confirming, "confirm_pending", json!({})).expect("its question");
        assert_eq!(question["shown"]["reply"], "approvals");
        assert_eq!(question["shown"]["data"].as_array().map(Vec::len), Some(digests.len()));

        let second = send(&main, "ask", &request).expect_err("one question at a time");
        assert_eq!(second.code, Code::Refused);
        let guess = json!({ "nonce": "guess", "yes": true, "ticked": [digests[0]] });
        assert!(invoke(&confirming, "confirm_answer", guess).is_err(), "a wrong nonce");
        let yes = json!({ "nonce": question["nonce"], "yes": true, "ticked": [digests[0], "smuggled"] });
        invoke(&confirming, "confirm_answer", yes.clone()).expect("answered");
        assert!(invoke(&confirming, "confirm_answer", yes).is_err(), "the nonce again");
        asked.join().expect("joined").expect("approved");
    });
    let Request::Approve { digests: left, .. } = approval(&main) else { unreachable!() };
    assert_eq!(left, digests[1..]);
}

#[test]
fn a_question_about_another_place_is_not_put() {
    let shell = Shell::on(Ground::Rehearsal);
    let main = shell.main();
    ready_for_staging(&main);
    let fault = send(&main, "ask", &to_staging("stage:9".into())).expect_err("stale");
    assert_eq!(fault.code, Code::Refused, "{fault}");
    assert!(shell.app.webview_windows().keys().all(|label| label == MAIN), "no window opened");
}

#[test]
fn a_yes_takes_the_step_that_was_shown() {
    let shell = Shell::on(Ground::Rehearsal);
    let main = shell.main();
    let before = ready_for_staging(&main);
    let request = to_staging(before.clone());
    thread::scope(|scope| {
        let asked = scope.spawn(|| send(&main, "ask", &request));
        let confirming = confirming(&shell);
        let question = invoke(&confirming, "confirm_pending", json!({})).expect("its question");
        assert_eq!(question["shown"]["reply"], "preview");
        assert_eq!(question["shown"]["data"]["expect"], json!(before));
        assert_eq!(status(&main).head.position, before, "nothing happens before the yes");
        let yes = json!({ "nonce": question["nonce"], "yes": true, "ticked": [] });
        invoke(&confirming, "confirm_answer", yes).expect("answered");
        asked.join().expect("joined").expect("deployed");
    });
    let view = status(&main);
    let staged = view.phases.iter().flat_map(|phase| &phase.gates).flat_map(|gate| &gate.criteria);
    let staged =
        staged.into_iter().find(|criterion| criterion.name == "staging/staged").expect("in the policy");
    assert_eq!(staged.state, State::Pass, "{}", staged.reason);
}

#[test]
fn a_question_is_withdrawn_when_its_release_moves_on() {
    let shell = Shell::on(Ground::Rehearsal);
    let main = shell.main();
    let told = shell.listen();
    eventually("the first push", || (!told.lock().expect("unpoisoned").is_empty()).then_some(()));
    let request = to_staging(ready_for_staging(&main));
    thread::scope(|scope| {
        let asked = scope.spawn(|| send(&main, "ask", &request));
        let confirming = confirming(&shell);
        let question = invoke(&confirming, "confirm_pending", json!({})).expect("its question");
        let abandon = Request::Abandon { which: Which::default(), reason: "no need any more".into() };
        send(&main, "call", &abandon).expect("abandoned");
        let fault = asked.join().expect("joined").expect_err("withdrawn");
        assert!(fault.message.contains("moved on"), "{fault}");
        let late = json!({ "nonce": question["nonce"], "yes": true, "ticked": [] });
        assert!(invoke(&confirming, "confirm_answer", late).is_err(), "a late yes");
    });
}

/// Answers the question that asks for `typed` and gives what it showed.
fn types(shell: &Shell, before: Option<&str>, typed: &str, secret: &str) -> (String, Value) {
    let window = eventually("a question", || {
        let windows = shell.app.webview_windows().into_values();
        let mut asking = windows.filter(|window| window.label().starts_with(LABEL));
        asking.find(|window| Some(window.label()) != before)
    });
    let question = invoke(&window, "confirm_pending", json!({})).expect("its question");
    assert_eq!(question["typed"], json!(typed));
    let yes = json!({ "nonce": question["nonce"], "yes": true, "ticked": [], "secret": secret });
    invoke(&window, "confirm_answer", yes).expect("answered");
    (window.label().to_owned(), question["shown"]["data"].clone())
}

#[test]
fn a_secret_is_typed_where_the_asking_page_cannot_reach() {
    let shell = Shell::on(Ground::Workspace);
    let main = shell.main();
    let typed = json!({
        "from": "typed", "service": "vercel", "origin": "http://127.0.0.1:9", "team": null, "user": null, "path": null,
    });
    let plan = json!({
        "name": "cloud", "from": typed, "vault": true, "instead_of": null, "allow_loopback_http": true,
    });
    let token = "vcp_canary_0123456789";
    let order = json!({ "plan": plan, "token": token });
    for command in ["call", "ask"] {
        let handed = json!({ "request": { "do": "connect", "order": order } });
        let fault = invoke(&main, command, handed).expect_err("a page hands over no secret");
        assert_eq!(fault["code"], "refused", "{command}");
    }
    thread::scope(|scope| {
        let asked = scope.spawn(|| invoke(&main, "connect", json!({ "plan": plan })));
        let (first, shown) = types(&shell, None, "new_passphrase", "correct horse battery staple");
        assert_eq!(shown["title"], "Make a vault?");
        let (_, shown) = types(&shell, Some(&first), "token", token);
        assert_eq!(shown["calls"][0]["target"], "http://127.0.0.1:9/v2/user");
        let fault = asked.join().expect("joined").expect_err("nothing answers there");
        assert_eq!(fault["code"], "outside", "{fault}");
        assert!(!fault.to_string().contains("canary"), "{fault}");
    });
    let view = send(&main, "call", &Request::Connections { folder: None, stores: false });
    assert!(matches!(view, Ok(Reply::Connections(view)) if view.connections.is_empty()));
}

#[test]
fn a_rehearsal_shows_the_connection_it_works_with() {
    let shell = Shell::on(Ground::Rehearsal);
    let main = shell.main();
    let view = send(&main, "call", &Request::Connections { folder: None, stores: true });
    let Ok(Reply::Connections(view)) = view else { panic!("{view:?}") };
    let [one] = view.connections.as_slice() else { panic!("{view:?}") };
    assert_eq!((one.name.as_str(), one.store.as_deref()), ("practice", Some("memory")));
    assert!(one.wanted.iter().all(|wanted| wanted.met) && !one.wanted.is_empty(), "{one:?}");
    send(&main, "call", &Request::TestConnection { name: "practice".into() }).expect("it works");
    let fault = send(&main, "call", &Request::RemoveConnection { name: "practice".into() });
    assert!(fault.is_err(), "removing is confirmed elsewhere");
}
