//! The window's configuration keeps the promises that make a hostile page harmless.

use std::fs;
use std::path::Path;

use serde_json::Value;

fn config() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tauri.conf.json");
    let text = fs::read_to_string(&path).expect("tauri.conf.json is at the root");
    serde_json::from_str(&text).expect("tauri.conf.json is JSON")
}

fn directive(policy: &str, name: &str) -> Vec<String> {
    let found = policy.split(';').map(str::trim).find(|part| part.split(' ').next() == Some(name));
    found.map(|part| part.split(' ').skip(1).map(str::to_owned).collect()).unwrap_or_default()
}

#[test]
fn content_security_policy_allows_only_the_bundle_and_the_bridge() {
    let config = config();
    let policy = config["app"]["security"]["csp"].as_str().expect("the policy is one string");
    for (name, allowed) in [
        ("default-src", vec!["'none'"]),
        ("script-src", vec!["'self'"]),
        ("style-src", vec!["'self'"]),
        ("connect-src", vec!["ipc:", "http://ipc.localhost"]),
        ("object-src", vec!["'none'"]),
        ("frame-src", vec!["'none'"]),
        ("base-uri", vec!["'none'"]),
        ("form-action", vec!["'none'"]),
        ("require-trusted-types-for", vec!["'script'"]),
        ("trusted-types", vec!["svelte-trusted-html"]),
    ] {
        assert_eq!(directive(policy, name), allowed, "{name} of the content security policy");
    }
    assert!(!policy.contains("unsafe"), "no unsafe source in {policy}");
}

#[test]
fn nothing_dangerous_is_switched_on() {
    let config = config();
    assert_eq!(config["app"]["withGlobalTauri"], Value::Bool(false));
    assert_eq!(config["app"]["security"]["freezePrototype"], Value::Bool(true));
    assert!(config["app"]["security"].get("assetProtocol").is_none());
    assert!(!config.to_string().contains("dangerous"), "no dangerous* key");
}

#[test]
fn every_page_grant_is_a_permission_of_our_own_or_a_reading_one() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("src-tauri/capabilities");
    let mut seen = 0;
    for entry in fs::read_dir(folder).expect("capabilities folder") {
        let text = fs::read_to_string(entry.expect("entry").path()).expect("readable");
        let capability: Value = serde_json::from_str(&text).expect("capability is JSON");
        assert!(capability.get("remote").is_none(), "no capability reaches a remote page");
        for permission in capability["permissions"].as_array().expect("permissions") {
            let name = permission.as_str().expect("plain names only");
            let listening = ["core:event:allow-listen", "core:event:allow-unlisten"].contains(&name);
            assert!(listening || !name.contains(':'), "{name} reaches past our own commands");
            seen += 1;
        }
    }
    assert!(seen > 0, "at least one grant is declared");
}
