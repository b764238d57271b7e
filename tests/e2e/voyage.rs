//! One rehearsal from its start to its end in the real window, by keyboard alone.

use fantoccini::key::Key;
use serde_json::json;

use super::screen::Screen;

const SEND: [Key; 2] = [Key::Control, Key::Enter];
/// Said below the forward step while it can be taken.
const OPEN: &str = "A second window shows this again and asks once.";

#[tokio::test]
async fn a_rehearsal_is_led_from_start_to_close_by_keyboard() {
    let screen = Screen::open(&["--rehearse"]).await;
    screen.shows("practice-harbor").await;
    form(&screen, "Everybody knows what this release is for", "Attest this?", "Practice in the window").await;
    form(&screen, "Freeze the scope", "Freeze the scope of", "").await;
    prove(&screen, "rc.1").await;
    form(&screen, "The way back was walked", "Attest this?", "Walked").await;
    screen.shows("Deploy to production").await;
    screen.keep("readiness").await;
    assert_eq!(screen.axe().await, Vec::<String>::new());

    breaks(&screen).await;
    recovers(&screen).await;
    ends(&screen).await;
}

/// Opens the form of an act by its digit, writes `words` where something is asked, and sends it.
async fn form(screen: &Screen, act: &str, title: &str, words: &str) {
    screen.begin(act).await;
    fill(screen, title, words).await;
}

/// Fills in the form that is on its way.
async fn fill(screen: &Screen, title: &str, words: &str) {
    screen.shows(title).await;
    if !words.is_empty() {
        screen.has_focus("textarea, input").await;
        screen.write(words).await;
    }
    screen.press(&SEND).await;
    screen.lacks("[role=dialog]").await;
}

/// Confirms what the second window asks.
async fn confirm(screen: &Screen) {
    screen.to_question().await;
    screen.shows("Esc").await;
    screen.press(&SEND).await;
    screen.to_main().await;
}

/// Names a candidate and takes it through its proofs.
async fn prove(screen: &Screen, candidate: &str) {
    form(screen, "Name a candidate", "Name a candidate of", "").await;
    screen.shows(candidate).await;
    screen.begin("Deploy to staging").await;
    confirm(screen).await;
    screen.begin("Run answers").await;
    screen.shows_no("Run answers").await;
}

/// Takes the forward step of the rollout screen as soon as it is open.
async fn forward(screen: &Screen) {
    screen.shows(OPEN).await;
    screen.press(&SEND).await;
    confirm(screen).await;
}

async fn breaks(screen: &Screen) {
    screen.write("go").await;
    forward(screen).await;
    forward(screen).await;
    screen.shows("Soaking").await;
    screen.keep("rollout-soaking").await;
    assert_eq!(screen.axe().await, Vec::<String>::new());
    screen.write("1").await;
    screen.shows("Automatic rollback in").await;
    screen.keep("rollout-breach").await;
    screen.shows("Rolled back").await;
    screen.keep("rollout-rolled-back").await;
}

async fn recovers(screen: &Screen) {
    screen.write("gr").await;
    // The word about the way back is about the release and still holds.
    prove(screen, "rc.2").await;
    screen.shows("Deploy to production").await;
    screen.shows_no("over its limit").await;
    screen.write("go").await;
    forward(screen).await;
    forward(screen).await;
    faster(screen).await;
    for _ in ["Beta", "Everybody"] {
        screen.shows("Soaking").await;
        forward(screen).await;
    }
}

/// Chooses the highest speed.
async fn faster(screen: &Screen) {
    screen.tab_to("[aria-label=Speed] [role=radio]").await;
    screen.press(&[Key::Right]).await;
    screen.has_focus("[role=radio][aria-checked=true]:last-of-type").await;
}

async fn ends(screen: &Screen) {
    const WATCHED: &str = "return document.querySelector('.watches')?.innerText.includes('Pass');";
    screen.wait("the end of the watch", WATCHED, Vec::new()).await;
    screen.keep("rollout-watched").await;
    screen.write("gr").await;
    screen.begin("Run production-answers").await;
    screen.shows_no("Run production-answers").await;
    form(screen, "What was learnt is written down", "Attest this?", "Probe first").await;
    form(screen, "Close the release", "Close practice-harbor", "Practised to its end").await;
    screen.shows("It is over").await;
    // What the rollback left switched at the provider outlives the release, and is still said.
    screen.shows("Put back at production").await;
    screen.keep("closed").await;
    let view = screen
        .invoke(
            "call",
            json!({ "request": { "do": "status", "which": { "release": null, "folder": null } } }),
        )
        .await;
    assert_eq!(view.expect("answered")["data"]["head"]["lifecycle"], "closed");
}
