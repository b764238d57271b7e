//! The real bridge between page and engine: what a page reaches, and what only a person can do.

use fantoccini::key::Key;
use serde_json::{Value, json};

use super::screen::Screen;

fn which() -> Value {
    json!({ "release": null, "folder": null })
}

async fn call(screen: &Screen, request: Value) -> Value {
    let answer = screen.invoke("call", json!({ "request": request })).await;
    answer.unwrap_or_else(|fault| panic!("refused: {fault}"))
}

/// Takes the practice release to where it can go to staging, and gives the request for it.
async fn ready_for_staging(screen: &Screen) -> Value {
    call(screen, json!({ "do": "attest", "which": which(), "criterion": "scope/goal", "note": "Practice" }))
        .await;
    call(screen, json!({ "do": "freeze", "which": which() })).await;
    let named = call(screen, json!({ "do": "candidate", "which": which(), "revision": null })).await;
    let step = json!({ "step": "deploy", "environment": "staging" });
    json!({ "do": "move", "which": which(), "step": step, "expect": named["data"]["head"]["position"] })
}

/// Asks without waiting for the answer, which `answer` reads later.
async fn ask(screen: &Screen, request: &Value) {
    const SCRIPT: &str = "window.asked = undefined; window.__TAURI_INTERNALS__.invoke('ask', { request: arguments[0] })\
        .then((ok) => { window.asked = { ok } }, (error) => { window.asked = { error } });";
    screen.page.execute(SCRIPT, vec![request.clone()]).await.expect("asked");
}

async fn answer(screen: &Screen) -> Value {
    const SCRIPT: &str = "const done = arguments[0]; \
        (function look() { window.asked ? done(window.asked) : setTimeout(look, 50); })();";
    screen.page.execute_async(SCRIPT, Vec::new()).await.expect("answered")
}

#[tokio::test]
async fn forward_motion_waits_for_a_key_in_a_window_of_its_own() {
    let screen = Screen::open(&["--rehearse"]).await;
    let request = ready_for_staging(&screen).await;
    let refused = screen.invoke("call", json!({ "request": request })).await.expect_err("must be confirmed");
    assert_eq!(refused["code"], "refused");
    for command in ["confirm_pending", "confirm_answer"] {
        let nonce = json!({ "nonce": "guess", "yes": true, "ticked": [] });
        let refused = screen.invoke(command, nonce).await.expect_err("not for this page");
        assert!(refused.is_string(), "{command} reached the app: {refused}");
    }

    ask(&screen, &request).await;
    screen.to_question().await;
    screen.shows("Esc").await;
    screen.keep("confirm-step").await;
    assert_eq!(screen.axe().await, Vec::<String>::new());
    screen.press(&[Key::Enter]).await;
    screen.press(&[Key::Escape]).await;
    screen.to_main().await;
    let left = answer(&screen).await;
    assert_eq!(
        (&left["error"]["code"], &left["error"]["message"]),
        (&json!("cancelled"), &json!("nothing was done"))
    );

    ask(&screen, &request).await;
    screen.to_question().await;
    screen.shows("Esc").await;
    screen.press(&[Key::Control, Key::Enter]).await;
    screen.to_main().await;
    let done = answer(&screen).await;
    assert_eq!(done["ok"]["reply"], "release", "{done}");
    let real = std::fs::read_dir(screen.data()).expect("readable").flatten();
    let real: Vec<_> = real.map(|entry| entry.file_name()).filter(|name| *name == "ledger.db").collect();
    assert!(real.is_empty(), "a rehearsal leaves the real ledger alone");
}

#[tokio::test]
async fn a_rehearsal_opens_on_its_release() {
    let screen = Screen::open(&["--rehearse"]).await;
    screen.shows("practice-harbor").await;
    screen.keep("rehearsal").await;
    assert_eq!(screen.axe().await, Vec::<String>::new());
}
