//! A real notification service on a private bus, a bus without one, a mute one, and no bus at all.
//!
//! The environment of a test cannot be changed safely, so each case runs this binary again, below the bus it needs.
#![cfg(target_os = "linux")]

use super::*;
use crate::freedesktop::escaped;
use seaworthy_ports::Button;
use seaworthy_testkit::PRIVATE_BUS;
use seaworthy_testkit::missing;
use std::path::Path;
use std::process::Command;
use std::process::Output;

/// Waits for the service, whose process is `$daemon`.
const DAEMON: &str = "printf '[global]\nmarkup = MARKUP\ndmenu = %s/choose\n' \"$PWD\" > dunstrc; \
                      printf '#!/bin/sh\ngrep -F \"#$(cat choice)\"\n' > choose; chmod +x choose; dunst -conf dunstrc & daemon=$!; trap 'kill -KILL $daemon' EXIT; \
                      gdbus wait --session --timeout 60 org.freedesktop.Notifications || exit 70";

/// Writes down what goes over the bus, `seen`, and is ready when the next command runs.
const MONITOR: &str = "dbus-monitor --session \"member='Notify'\" > seen & monitor=$!; \
                       trap 'kill -KILL $daemon $monitor' EXIT; until [ -s seen ]; do sleep 0.01; done";

fn notice() -> Notice {
    Notice {
        slot: "shop".into(),
        title: "shop 1.4.0 was\nrolled back".into(),
        body: "error_rate <b>3 %</b> > 1 % & \"rising\"\u{202e}".into(),
        urgent: true,
        holds: true,
    }
}

#[tokio::test]
#[ignore = "the part of the other tests that runs below a bus of its own"]
async fn inner_notify_pressed() {
    let (desktop, mut presses) = Desktop::with_presses();
    println!("delivery: {:?}", desktop.notify(notice()).await);
    println!("pressed: {:?}", presses.recv().await);
}

#[tokio::test]
#[ignore = "the part of the other tests that runs below a bus of its own"]
async fn inner_notify_again() {
    let (desktop, mut presses) = Desktop::with_presses();
    desktop.notify(notice()).await;
    desktop.notify(Notice { title: "again".into(), ..notice() }).await;
    let other = Notice { slot: "other".into(), title: "withdrawn".into(), ..notice() };
    desktop.notify(other).await;
    desktop.withdraw("other");
    desktop.withdraw("unknown");
    println!("pressed: {:?}", presses.recv().await);
}

#[tokio::test]
#[ignore = "the part of the other tests that runs below a bus of its own"]
async fn inner_notify() {
    let desktop = Desktop::new();
    println!("delivery: {:?}", desktop.notify(notice()).await);
}

#[tokio::test]
#[ignore = "the part of the other tests that runs below a bus of its own"]
async fn inner_notify_often() {
    let desktop = Desktop::new();
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..=UNANSWERED_MAX {
        let desktop = desktop.clone();
        running.spawn(async move { desktop.notify(notice()).await });
    }
    for delivery in running.join_all().await {
        println!("delivery: {delivery:?}");
    }
}

fn below_a_bus(prefix: &[&str], script: &str, inner: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("bus.conf");
    std::fs::write(&config, PRIVATE_BUS).unwrap();
    let program = std::env::current_exe().unwrap();
    let inner = format!("{} --ignored --exact --nocapture tests::{inner}", quoted(&program));
    let script = script.replace("NOTIFY", &inner).replace("MARKUP", "no");
    let line = [prefix, &["dbus-run-session", "--config-file"]].concat();
    let output = Command::new(line[0])
        .args(&line[1..])
        .current_dir(folder.path())
        .arg(&config)
        .args(["--", "sh", "-c", &script])
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .output()
        .unwrap();
    told(&output)
}

fn quoted(path: &Path) -> String {
    format!("'{}'", path.display())
}

fn told(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let told = text(&output.stdout);
    assert!(output.status.success(), "{:?}\n{told}\n{}", output.status, text(&output.stderr));
    told
}

/// The body as a service shows it that takes bodies for markup, or not.
fn shown_body(markup: &str) -> Option<String> {
    if missing(&["dbus-run-session", "dbus-monitor", "dunst", "dunstctl", "gdbus", "xvfb-run"]) {
        return None;
    }
    let script =
        format!("{DAEMON}; {MONITOR}; NOTIFY; dunstctl close-all; cat seen; echo history:; dunstctl history");
    let told = below_a_bus(&["xvfb-run", "-a"], &script.replace("MARKUP", markup), "inner_notify");
    assert!(told.contains("delivery: Shown"), "{told}");
    let history = told.split("history:").nth(1).unwrap();
    let history: serde_json::Value = serde_json::from_str(history).unwrap();
    let shown = &history["data"][0][0];
    let field = |name: &str| shown[name]["data"].as_str().unwrap_or_default().to_owned();
    assert_eq!(field("summary"), "shop 1.4.0 was rolled back");
    let sent = told.split("member=Notify").nth(1).unwrap();
    let urgency = sent.split("\"urgency\"").nth(1).and_then(|rest| rest.split_once("byte ")).unwrap();
    assert!(urgency.1.starts_with('2'), "{sent}");
    assert_eq!(field("appname"), "Seaworthy");
    Some(field("body"))
}

#[test]
fn a_service_that_reads_markup_gets_it_escaped() {
    if let Some(body) = shown_body("full") {
        assert_eq!(body, "error_rate &lt;b&gt;3 %&lt;/b&gt; &gt; 1 % &amp; \"rising\"⟨U+202E⟩");
    }
}

#[test]
fn a_service_that_reads_plain_text_gets_plain_text() {
    if let Some(body) = shown_body("no") {
        assert_eq!(body, "error_rate <b>3 %</b> > 1 % & \"rising\"⟨U+202E⟩");
    }
}

/// What a person who chooses `choice` from a notice's buttons is heard to have pressed; without one, who clicks on it.
fn pressed(choice: Option<&str>) -> Option<String> {
    if missing(&["dbus-run-session", "dunst", "dunstctl", "gdbus", "xvfb-run"]) {
        return None;
    }
    let (choice, act) = choice.map_or(("", "action 0"), |choice| (choice, "context"));
    let shown = "until [ $(dunstctl count displayed) = 1 ]; do sleep 0.05; done";
    let script = format!("{DAEMON}; echo {choice} > choice; NOTIFY & {shown}; dunstctl {act}; wait $!");
    Some(below_a_bus(&["xvfb-run", "-a"], &script, "inner_notify_pressed"))
}

#[test]
fn each_button_is_heard() {
    for (choice, button) in [
        (None, Button::Open),
        (Some("Open"), Button::Open),
        (Some("Seen"), Button::Seen),
        (Some("Hold"), Button::Hold),
    ] {
        let Some(told) = pressed(choice) else { return };
        let press = Press { slot: "shop".into(), button };
        assert!(told.contains("delivery: Shown"), "{told}");
        assert!(told.contains(&format!("pressed: {:?}", Some(press))), "{choice:?}: {told}");
    }
}

#[test]
fn a_slot_has_one_notice_and_a_withdrawn_one_is_gone() {
    if missing(&["dbus-run-session", "dunst", "dunstctl", "gdbus", "xvfb-run"]) {
        return;
    }
    let shown =
        "until [ $(dunstctl count displayed) = 1 ] && [ $(dunstctl count history) = 2 ]; do sleep 0.05; done";
    let script =
        format!("{DAEMON}; NOTIFY & {shown}; dunstctl action 0; wait $!; echo history:; dunstctl history");
    let told = below_a_bus(&["xvfb-run", "-a"], &script, "inner_notify_again");
    let (heard, history) = told.split_once("history:").unwrap();
    assert!(heard.contains("slot: \"shop\", button: Open"), "{told}");
    let history: serde_json::Value = serde_json::from_str(history).unwrap();
    let titles: Vec<_> = history["data"][0]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["summary"]["data"].as_str().unwrap())
        .collect();
    // The one that was clicked may not be in it yet.
    assert!(titles.ends_with(&["withdrawn", "shop 1.4.0 was rolled back"]), "{titles:?}");
}

#[test]
fn a_service_that_was_asked_not_to_disturb_tells_nobody() {
    if missing(&["dbus-run-session", "dunst", "dunstctl", "gdbus", "xvfb-run"]) {
        return;
    }
    let script = format!("{DAEMON}; dunstctl set-paused true; NOTIFY");
    let told = below_a_bus(&["xvfb-run", "-a"], &script, "inner_notify");
    assert!(
        told.contains("delivery: Undelivered(\"the notification service was asked not to disturb"),
        "{told}"
    );
}

#[test]
fn without_a_service_it_is_undelivered() {
    if missing(&["dbus-run-session"]) {
        return;
    }
    let told = below_a_bus(&[], "NOTIFY", "inner_notify");
    assert!(told.contains("delivery: Undelivered("), "{told}");
    assert!(told.contains("org.freedesktop.Notifications"), "{told}");
}

#[test]
fn a_mute_service_is_not_waited_for_and_not_asked_forever() {
    if missing(&["dbus-run-session", "dunst", "gdbus", "xvfb-run"]) {
        return;
    }
    let script = format!("{DAEMON}; kill -STOP $daemon; NOTIFY");
    let told = below_a_bus(&["xvfb-run", "-a"], &script, "inner_notify_often");
    let count = |part: &str| told.lines().filter(|line| line.contains(part)).count();
    assert_eq!(count("did not answer within 2 s"), UNANSWERED_MAX, "{told}");
    assert_eq!(count("has not answered earlier notices"), 1, "{told}");
}

#[test]
fn without_a_bus_it_is_undelivered() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("no-bus");
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", "tests::inner_notify"])
        .env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", nowhere.display()))
        .output()
        .unwrap();
    assert!(told(&output).contains("delivery: Undelivered("));
}

#[test]
fn long_texts_are_cut_at_characters() {
    assert_eq!(shortened("ab日本", 3), "ab日…");
    assert_eq!(shortened("ab日本", 4), "ab日本");
    assert_eq!(escaped("<a & b>"), "&lt;a &amp; b&gt;");
}
