//! The window as a notice opens it: while it is there, and when it has to be started.

use seaworthy_testkit::{Cli, Plan, Sample};

use super::screen::Screen;

#[tokio::test]
async fn a_window_that_is_started_for_a_release_begins_there() {
    let nobody = "01999f00-0000-7000-8000-000000000001";
    let screen = Screen::open(&["--open", nobody]).await;
    screen.is_at(&format!("#/release/{nobody}/rollout")).await;
}

#[tokio::test]
async fn a_second_start_leads_the_window_to_a_release_and_out_of_a_rehearsal() {
    let screen = Screen::open(&[]).await;
    screen.shows("Rehearse a release").await;
    let sample = Sample::new(&Plan::fast());
    let cli = Cli::new(sample.project(), &screen.data());
    let opened = cli.run(&["open", "1.1.0"]);
    opened.ok(0);
    let release = opened.lines[0]["release"].as_str().expect("an identity").to_owned();

    assert!(screen.start_again(&["--open", "';alert(1)'"]).code().is_some_and(|code| code != 0));
    assert!(screen.start_again(&["--open", &release]).success());
    screen.is_at(&format!("#/release/{release}/rollout")).await;
    screen.shows("tide-tables").await;

    screen.invoke("begin_rehearsal", serde_json::json!({})).await.expect("a rehearsal");
    assert!(screen.start_again(&["--open", &release]).success());
    screen.is_at(&format!("#/release/{release}/rollout")).await;
    screen.shows_no("practice-harbor").await;
    screen.shows("tide-tables").await;
    let ground = screen.invoke("ground", serde_json::json!({})).await;
    assert_eq!(ground, Ok(serde_json::json!("workspace")));
}
