//! A real keychain on a private bus: open, locked, absent, mute, started late.
//!
//! The environment of a test cannot be changed safely, so each case runs this binary again, below the bus it needs.

use super::*;
use crate::Keychain;
use crate::PassphraseFile;
use seaworthy_ports::Credentials;
use seaworthy_ports::DeviceKeys;
use seaworthy_testkit::PRIVATE_BUS;
use seaworthy_testkit::missing;
use secrecy::ExposeSecret;
use std::process::Command;
use std::time::Duration;

/// Starts the keychain with its login collection open, its process in `$daemon`.
const OPEN: &str = "printf pw | gnome-keyring-daemon --foreground --unlock --components=secrets >daemon.log 2>&1 & \
     daemon=$!; trap 'kill -KILL $daemon' EXIT; \
     gdbus wait --session --timeout 60 org.freedesktop.secrets || exit 70";

/// Longer than anything takes that answers.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs `script` below a private bus with an empty home; `INNER` in it is this binary with one of the cases below.
fn told(script: &str, inner: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bus.conf"), PRIVATE_BUS).unwrap();
    let program = std::env::current_exe().unwrap();
    let inner = format!("'{}' --ignored --exact --nocapture tests::keychain::{inner}", program.display());
    let output = Command::new("dbus-run-session")
        .args(["--config-file", "bus.conf", "--", "sh", "-c", &script.replace("INNER", &inner)])
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .env("XDG_RUNTIME_DIR", folder.path())
        .env("XDG_DATA_HOME", folder.path().join("data"))
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .env_remove("DISPLAY")
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let told = text(&output.stdout);
    assert!(output.status.success(), "{:?}\n{told}\n{}", output.status, text(&output.stderr));
    told
}

fn place() -> Place {
    patient(PATIENCE)
}

fn patient(deadline: Duration) -> Place {
    let file = PassphraseFile::new("vault.age".into(), None);
    Place::Machine { keychain: Keychain::with_deadline(deadline), file }
}

async fn attempt(place: Place) -> String {
    try_with(&tokens(place).0).await
}

async fn try_with(tokens: &Tokens) -> String {
    let fake = Fake::start().await;
    match tokens.connect(fake.order(TOKEN, StoreKind::Keychain)).await {
        Ok(connected) => format!("connected {}", connected.identity.phrase()),
        Err(error) => format!("{error:?}"),
    }
}

#[tokio::test]
#[ignore = "the part of the other tests that runs below a bus of its own"]
async fn inner_attempt() {
    println!("attempt: {}", attempt(place()).await);
}

#[tokio::test]
#[ignore = "the part of the other tests that runs below a bus of its own"]
async fn inner_attempts() {
    let (tokens, _) = tokens(patient(Duration::from_secs(1)));
    for _ in 0..5 {
        println!("attempt: {}", try_with(&tokens).await);
    }
}

#[tokio::test]
#[ignore = "the part of the other tests that runs below a bus of its own"]
async fn inner_whole_life() {
    let fake = Fake::start().await;
    let (first, _) = tokens(place());
    let connected = first.connect(fake.order(TOKEN, StoreKind::Keychain)).await.unwrap();
    println!("vendor: {}", first.keychain().await.unwrap());
    let (second, _) = tokens(place());
    second.know("w1", vec![connected.clone()]);
    let credential = second.open("vercel", fake.origin.as_str()).await.unwrap();
    println!("opened: {}", credential.token.expose_secret() == TOKEN);
    // Another workspace of the same user has entries of its own.
    let client = Client::new(ProxyUse::Never).unwrap();
    let other = Tokens::new(place(), client, Redactor::new());
    other.know("w2", vec![connected.clone()]);
    println!("other: {:?}", other.open("vercel", fake.origin.as_str()).await.unwrap_err());
    second.discard(&connected).await.unwrap();
    second.refused("vercel");
    println!("discarded: {:?}", second.open("vercel", fake.origin.as_str()).await.unwrap_err());
}

#[tokio::test]
#[ignore = "the part of the other tests that runs below a bus of its own"]
async fn inner_two_entries() {
    let fake = Fake::start().await;
    let (tokens, _) = tokens(place());
    tokens.connect(fake.order(TOKEN, StoreKind::Keychain)).await.unwrap();
    let service = "app.seaworthy.desktop/w1";
    let user = "vercel/id-dana/team_2";
    let twin = "printf twin | secret-tool store --label=twin service \"$0\" username \"$1\" more yes";
    let made = Command::new("sh").args(["-c", twin, service, user]).status().unwrap();
    assert!(made.success());
    let connected = earlier(&fake.origin, StoreKind::Keychain);
    tokens.know("w1", vec![connected.clone()]);
    println!("two: {:?}", tokens.open("vercel", fake.origin.as_str()).await.unwrap_err());
    tokens.discard(&connected).await.unwrap();
    println!("none: {:?}", tokens.open("vercel", fake.origin.as_str()).await.unwrap_err());
}

#[tokio::test]
#[ignore = "the part of the other tests that runs below a bus of its own"]
async fn inner_late_start() {
    println!("attempt: {}", attempt(place()).await);
    std::fs::write("absent", "").unwrap();
    while !std::path::Path::new("present").exists() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    println!("attempt: {}", attempt(place()).await);
}

#[tokio::test]
#[ignore = "the part of the other tests that runs below a bus of its own"]
async fn inner_device_key() {
    let key = super::device::key(1, StoreKind::Keychain);
    match tokens(place()).0.make_key(&key).await {
        Err(error) => println!("key: {error:?}"),
        Ok(made) => {
            let again = tokens(place()).0.key(&key).await.unwrap();
            println!("key: {}", again.secret().expose_secret() == made.secret().expose_secret());
        }
    }
}

const NEEDED: [&str; 3] = ["dbus-run-session", "gnome-keyring-daemon", "gdbus"];

#[test]
fn an_open_keychain_keeps_and_gives_back() {
    if missing(&NEEDED) {
        return;
    }
    let told = told(&format!("{OPEN}; INNER"), "inner_whole_life");
    assert!(told.contains("vendor: Secret Service"), "{told}");
    assert!(told.contains("opened: true"), "{told}");
    assert!(told.contains("other: Store(Missing(\"vercel\"))"), "{told}");
    assert!(told.contains("discarded: Store(Missing(\"vercel\"))"), "{told}");
}

#[test]
fn the_device_key_is_kept_and_given_back() {
    if missing(&NEEDED) {
        return;
    }
    let told = told(&format!("{OPEN}; INNER"), "inner_device_key");
    assert!(told.contains("key: true"), "{told}");
}

#[test]
fn without_a_keychain_there_is_no_device_key() {
    if missing(&["dbus-run-session"]) {
        return;
    }
    let told = told("INNER", "inner_device_key");
    assert!(told.contains("key: Absent("), "{told}");
}

#[test]
fn a_locked_keychain_is_said_to_be_locked() {
    if missing(&NEEDED) || missing(&["secret-tool"]) {
        return;
    }
    // The login collection is made by the first start and stays locked in the second.
    let script = format!(
        "{OPEN}; printf x | secret-tool store --label=x a b; kill -KILL $daemon; wait $daemon; \
         gnome-keyring-daemon --foreground --start --components=secrets >daemon.log 2>&1 & daemon=$!; \
         gdbus wait --session --timeout 60 org.freedesktop.secrets || exit 70; INNER"
    );
    let told = told(&script, "inner_attempt");
    assert!(told.contains("attempt: Store(Locked)"), "{told}");
}

#[test]
fn a_session_without_keychain_is_said_to_have_none() {
    if missing(&["dbus-run-session"]) {
        return;
    }
    let told = told("INNER", "inner_attempt");
    assert!(told.contains("attempt: Store(Absent("), "{told}");
}

#[test]
fn a_keychain_that_starts_late_is_found() {
    if missing(&NEEDED) {
        return;
    }
    let script = format!(
        "INNER > late & inner=$!; until [ -e absent ]; do sleep 0.02; done; {OPEN}; touch present; wait $inner; cat late"
    );
    let told = told(&script, "inner_late_start");
    let first = told.find("attempt: Store(Absent(").unwrap_or_else(|| panic!("{told}"));
    let second = told.find("attempt: connected dana in acme").unwrap_or_else(|| panic!("{told}"));
    assert!(first < second, "{told}");
}

#[test]
fn a_mute_keychain_is_slow_and_not_asked_forever() {
    if missing(&NEEDED) {
        return;
    }
    let told = told(&format!("{OPEN}; kill -STOP $daemon; INNER"), "inner_attempts");
    assert_eq!(told.matches("attempt: Store(Slow(1))").count(), 5, "{told}");
}

#[test]
fn of_two_entries_none_is_picked() {
    if missing(&NEEDED) || missing(&["secret-tool"]) {
        return;
    }
    let told = told(&format!("{OPEN}; INNER"), "inner_two_entries");
    assert!(told.contains("two: Store(Ambiguous { connection: \"vercel\", count: 2 })"), "{told}");
    assert!(told.contains("none: Store(Missing(\"vercel\"))"), "{told}");
}
