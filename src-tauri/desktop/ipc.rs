//! The commands as pages reach them: through the access list, with a real rehearsal behind them.

mod confirming;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use seaworthy_testkit::eventually;
use seaworthy_wire::{Fault, Push, ReleaseView, Reply, Request, Which};
use serde_json::{Value, json};
use tauri::ipc::{CallbackFn, Channel, InvokeBody, InvokeResponseBody};
use tauri::test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder};
use tauri::webview::InvokeRequest;
use tauri::{App, Manager, WebviewWindow};
use tempfile::TempDir;

use crate::commands;
use crate::desk::{Desk, Ground};
use crate::window::{self, MAIN};

struct Shell {
    app: App<MockRuntime>,
    home: TempDir,
}

impl Shell {
    fn on(ground: Ground) -> Self {
        let home = tempfile::tempdir().expect("temp dir");
        let desk = Arc::new(Desk::new(home.path().to_owned(), ground));
        let builder = window::furnish(mock_builder(), desk);
        let app = builder.build(tauri::generate_context!(test = true)).expect("an app");
        window::open(app.handle(), None).expect("the main window");
        Self { app, home }
    }

    /// Listens as the page does.
    fn listen(&self) -> Arc<Mutex<Vec<Push>>> {
        let told = Arc::new(Mutex::new(Vec::<Push>::new()));
        let hears = Arc::clone(&told);
        let channel = Channel::<Vec<Push>>::new(move |body| {
            let InvokeResponseBody::Json(text) = body else { panic!("pushes are JSON") };
            let batch: Vec<Push> = serde_json::from_str(&text).expect("pushes");
            hears.lock().expect("unpoisoned").extend(batch);
            Ok(())
        });
        let desk = Arc::clone(&self.app.state::<Arc<Desk>>());
        window::listen(self.app.handle(), &desk, channel);
        told
    }

    fn main(&self) -> WebviewWindow<MockRuntime> {
        self.app.get_webview_window(MAIN).expect("the main window")
    }
}

fn invoke(window: &WebviewWindow<MockRuntime>, command: &str, arguments: Value) -> Result<Value, Value> {
    let request = InvokeRequest {
        cmd: command.to_owned(),
        callback: CallbackFn(0),
        error: CallbackFn(1),
        url: "tauri://localhost/".parse().expect("a URL"),
        body: InvokeBody::Json(arguments),
        headers: tauri::http::HeaderMap::default(),
        invoke_key: INVOKE_KEY.to_owned(),
    };
    get_ipc_response(window, request).map(|body| match body {
        InvokeResponseBody::Json(text) => serde_json::from_str(&text).expect("JSON"),
        InvokeResponseBody::Raw(_) => panic!("no command answers with bytes"),
    })
}

fn send(window: &WebviewWindow<MockRuntime>, command: &str, request: &Request) -> Result<Reply, Fault> {
    let answer = invoke(window, command, json!({ "request": request }));
    answer
        .map(|reply| serde_json::from_value(reply).expect("a reply"))
        .map_err(|fault| serde_json::from_value(fault).expect("a fault"))
}

fn status(window: &WebviewWindow<MockRuntime>) -> ReleaseView {
    match send(window, "call", &Request::Status { which: Which::default() }) {
        Ok(Reply::Release(view)) => *view,
        other => panic!("no release: {other:?}"),
    }
}

#[test]
fn the_access_list_names_exactly_the_commands_that_are_served() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src-tauri/permissions/app.toml");
    let text = std::fs::read_to_string(path).expect("readable");
    let list: toml::Table = text.parse().expect("TOML");
    let named: Vec<_> = list["permission"]
        .as_array()
        .expect("permissions")
        .iter()
        .flat_map(|permission| permission["commands"]["allow"].as_array().expect("names").clone())
        .map(|name| name.as_str().expect("a name").to_owned())
        .collect();
    let once: BTreeSet<_> = named.iter().map(String::as_str).collect();
    assert_eq!(named.len(), once.len(), "no command belongs to two windows");
    assert_eq!(once, commands::NAMES.iter().copied().collect());
}

#[test]
fn the_main_page_reads_holds_and_lifts() {
    let shell = Shell::on(Ground::Rehearsal);
    let main = shell.main();
    assert_eq!(invoke(&main, "ground", json!({})), Ok(json!("rehearsal")));
    assert!(status(&main).head.rehearsal);

    let hold = Request::Hold { which: Which::default(), reason: "somebody asked".into() };
    send(&main, "call", &hold).expect("a hold is never refused");
    let held = status(&main).head.hold.expect("it is in force");
    assert_eq!(held.reason, "somebody asked");
    let lift = Request::Lift { which: Which::default(), reason: "answered".into() };
    send(&main, "call", &lift).expect("lifted");
    assert!(status(&main).head.hold.is_none());
}

#[test]
fn the_page_is_told_what_happens_on_whatever_engine_answers() {
    let shell = Shell::on(Ground::Workspace);
    let main = shell.main();
    let told = shell.listen();
    let lists = |wanted: usize| {
        let told = told.lock().expect("unpoisoned");
        let found = |push: &Push| matches!(push, Push::Releases { releases } if releases.len() == wanted);
        told.iter().any(found).then_some(())
    };
    eventually("the empty workspace", || lists(0));

    invoke(&main, "begin_rehearsal", json!({})).expect("a rehearsal");
    eventually("the rehearsal", || lists(1));
    let hold = Request::Hold { which: Which::default(), reason: "look".into() };
    send(&main, "call", &hold).expect("held");
    eventually("the hold", || {
        let told = told.lock().expect("unpoisoned");
        let held = |push: &Push| matches!(push, Push::Release { view } if view.head.hold.is_some());
        told.iter().any(held).then_some(())
    });

    invoke(&main, "leave_rehearsal", json!({})).expect("left");
    assert_eq!(invoke(&main, "ground", json!({})), Ok(json!("workspace")));
    let releases = send(&main, "call", &Request::Releases).expect("the workspace answers");
    assert_eq!(releases, Reply::Releases(Vec::new()), "nothing of the rehearsal is left");
}

#[test]
fn an_engine_that_cannot_open_says_so_to_the_page() {
    let shell = Shell::on(Ground::Workspace);
    std::fs::write(shell.home.path().join("evidence"), "a file where a folder belongs").expect("write");
    let fault = send(&shell.main(), "call", &Request::Releases).expect_err("it cannot open");
    assert!(fault.message.contains("evidence"), "{fault}");
    std::fs::remove_file(shell.home.path().join("evidence")).expect("remove");
    send(&shell.main(), "call", &Request::Releases).expect("the next request tries again");
}

#[test]
fn a_report_is_kept_beside_the_ledger() {
    let shell = Shell::on(Ground::Rehearsal);
    let which = json!({ "which": Which::default() });
    let path = invoke(&shell.main(), "keep_report", which).expect("kept");
    let path = std::path::PathBuf::from(path.as_str().expect("a path"));
    assert!(path.starts_with(shell.home.path()), "{}", path.display());
    assert!(std::fs::read_to_string(path).expect("readable").starts_with("<!"));
}
