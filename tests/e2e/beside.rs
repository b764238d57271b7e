//! The window beside a terminal: one ledger, two doors.

use chrono::{DateTime, Utc};
use seaworthy_clock::{Clock as _, SystemClock};
use seaworthy_testkit::{Cli, Plan, Sample};

use super::screen::Screen;

const REASON: &str = "Support is flooded";

/// Notes when the page first shows the reason, however seldom it is asked.
const LOOK_OUT: &str = "const look = () => { \
    if (!window.held && document.body.innerText.includes(arguments[0])) window.held = Date.now(); }; \
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });";

#[tokio::test]
async fn a_hold_from_the_terminal_shows_in_the_window_that_has_the_lock() {
    let screen = Screen::open(&[]).await;
    screen.shows("Rehearse a release").await;
    let sample = Sample::new(&Plan::fast());
    let cli = Cli::new(sample.project(), &screen.data());
    cli.run(&["open", "1.1.0"]).ok(0);
    screen.shows("tide-tables").await;
    screen.page.execute(LOOK_OUT, vec![REASON.into()]).await.expect("a script runs");

    let asked = SystemClock.now().wall;
    cli.run(&["hold", "--reason", REASON]).ok(0);
    let answered = SystemClock.now().wall;
    let held = screen.wait("the hold", "return window.held;", Vec::new()).await;
    let held = held.as_i64().and_then(DateTime::<Utc>::from_timestamp_millis).expect("a time");
    println!(
        "shown {} ms after the command began, which took {} ms",
        (held - asked).num_milliseconds(),
        (answered - asked).num_milliseconds()
    );
    screen.keep("held").await;
    assert_eq!(screen.axe().await, Vec::<String>::new());
}
