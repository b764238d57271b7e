//! The rules of the house that a program can check.

use serde_json::Value;
use sha2::Digest as _;
use sha2::Sha256;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Longest file and longest function, in lines. What does not fit on a few screens is two things.
const FILE_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 70;

/// Which room may use which. Everything ends in `domain` and `rules`; what is not here is not allowed.
const ARROWS: &[(&str, &[&str])] = &[
    // Shells.
    ("desktop", &["boot", "control", "engine", "wire"]),
    ("cli", &["boot", "control", "engine", "wire"]),
    // The one place that knows every edge.
    (
        "boot",
        &[
            "checks",
            "clock",
            "control",
            "domain",
            "engine",
            "evidence",
            "http",
            "ledger",
            "notify",
            "policy",
            "ports",
            "providers",
            "redact",
            "rehearsal",
            "repo",
            "signals",
            "vault",
            "wire",
        ],
    ),
    ("rehearsal", &["clock", "domain", "engine", "evidence", "ports", "practice", "redact", "wire"]),
    (
        "engine",
        &[
            "attention",
            "bundle",
            "clock",
            "domain",
            "evidence",
            "ledger",
            "policy",
            "ports",
            "redact",
            "report",
            "rollout",
            "rules",
            "wire",
        ],
    ),
    // Edges.
    ("bundle", &["ledger"]),
    ("checks", &["clock", "domain", "evidence", "http", "ports", "process", "redact", "signals"]),
    ("control", &["wire"]),
    ("evidence", &["domain"]),
    ("http", &["clock"]),
    ("ledger", &[]),
    ("notify", &["domain", "ports"]),
    ("practice", &["clock"]),
    ("process", &["clock"]),
    ("providers", &["clock", "domain", "http", "ports", "process"]),
    ("repo", &["clock", "ports", "process"]),
    ("signals", &["clock", "domain", "http", "ports", "rules"]),
    ("vault", &["domain", "http", "ports", "redact"]),
    // Shapes.
    ("clock", &[]),
    ("ports", &["domain", "rules"]),
    ("report", &["wire"]),
    ("wire", &[]),
    // Pure.
    ("attention", &["domain"]),
    ("domain", &["rules"]),
    ("policy", &["domain", "rules"]),
    ("redact", &[]),
    ("rollout", &["domain", "rules"]),
    ("rules", &[]),
    // Tests only.
    ("testkit", &["clock", "practice"]),
];

/// Without input, output, waiting or time.
const PURE: [&str; 6] = ["attention", "domain", "policy", "redact", "rollout", "rules"];
const IMPURE: [&str; 6] = ["tokio", "reqwest", "rusqlite", "seaworthy-clock", "async-trait", "rustix"];

/// Migrations are never edited: a database that ran one has its checksum.
const MIGRATIONS: [(&str, &str); 1] =
    [("202611201400_events.sql", "29a74316bee889367cbbcbf3c285aae470df943ff42d1f3fd338eca315ef8628")];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Text files that belong to the repository, or would with the next commit.
fn tracked() -> Vec<String> {
    let arguments = ["ls-files", "--cached", "--others", "--exclude-standard"];
    let output = Command::new("git").args(arguments).current_dir(root()).output().expect("git starts");
    let list = String::from_utf8(output.stdout).expect("names are UTF-8");
    let files: Vec<_> = list.lines().filter(|name| root().join(name).is_file()).map(str::to_owned).collect();
    assert!(files.len() > 100, "the tests run in the repository");
    files
}

fn with_ending(endings: &[&str]) -> Vec<(String, String)> {
    let wanted = |name: &String| endings.iter().any(|ending| name.ends_with(ending));
    let read = |name: String| {
        let text = fs::read_to_string(root().join(&name)).expect("source is UTF-8");
        (name, text)
    };
    tracked().into_iter().filter(wanted).map(read).collect()
}

fn none(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}

fn packages() -> Vec<Value> {
    let arguments = ["metadata", "--no-deps", "--offline", "--quiet", "--format-version=1"];
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo).args(arguments).current_dir(root()).output().expect("cargo starts");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo answers in JSON");
    metadata["packages"].as_array().cloned().expect("packages")
}

/// Names of what a package is built from, tests left out.
fn dependencies(package: &Value) -> Vec<&str> {
    let all = package["dependencies"].as_array().expect("dependencies");
    all.iter().filter(|d| d["kind"].is_null()).filter_map(|d| d["name"].as_str()).collect()
}

#[test]
fn arrows_between_rooms_point_one_way() {
    let allowed: BTreeMap<_, _> = ARROWS.iter().copied().collect();
    let mut wrong = Vec::new();
    for package in packages() {
        let name = package["name"].as_str().expect("a name");
        let Some(room) = name.strip_prefix("seaworthy-") else { continue };
        let Some(reach) = allowed.get(room) else {
            wrong.push(format!("{room} is a room without arrows"));
            continue;
        };
        for other in dependencies(&package).iter().filter_map(|name| name.strip_prefix("seaworthy-")) {
            if !reach.contains(&other) {
                wrong.push(format!("{room} -> {other}"));
            }
        }
    }
    none("arrows that are not allowed", &wrong);
}

#[test]
fn pure_rooms_have_neither_time_nor_files_nor_waiting() {
    let mut wrong = Vec::new();
    for package in packages() {
        let room = package["name"].as_str().and_then(|name| name.strip_prefix("seaworthy-"));
        if room.is_some_and(|room| PURE.contains(&room)) {
            let found = dependencies(&package).into_iter().filter(|name| IMPURE.contains(name));
            wrong.extend(found.map(|name| format!("{} -> {name}", room.unwrap_or_default())));
        }
    }
    for (name, text) in with_ending(&[".rs"]) {
        let pure = PURE.iter().any(|room| name.starts_with(&format!("src-tauri/{room}/src/")));
        if pure
            && !name.contains("tests")
            && ["std::fs", "std::net", "std::process"].iter().any(|w| text.contains(w))
        {
            wrong.push(name);
        }
    }
    none("pure rooms that reach outside", &wrong);
}

#[test]
fn only_the_window_knows_its_toolkit() {
    let mut wrong = Vec::new();
    for package in packages() {
        let name = package["name"].as_str().expect("a name");
        let all = package["dependencies"].as_array().expect("dependencies");
        let toolkit =
            all.iter().filter_map(|d| d["name"].as_str()).any(|d| d == "tauri" || d.starts_with("tauri-"));
        if toolkit && name != "seaworthy-desktop" {
            wrong.push(name.to_owned());
        }
    }
    none("packages that name Tauri", &wrong);
    let elsewhere = with_ending(&[".ts", ".svelte"]).into_iter().filter(|(name, text)| {
        text.contains("@tauri-apps/") && !name.ends_with("lib/backend/tauri.ts") && !name.contains("eslint")
    });
    let elsewhere: Vec<_> = elsewhere.map(|(name, _)| name).collect();
    none("interface files that import @tauri-apps", &elsewhere);
}

#[test]
fn time_is_asked_for_in_one_place() {
    let bans = fs::read_to_string(root().join("clippy.toml")).expect("clippy.toml is there");
    for banned in ["Instant::now", "SystemTime::now", "Utc::now", "Local::now"] {
        assert!(bans.contains(banned), "clippy does not ban {banned}");
    }
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("Cargo.toml is there");
    assert!(manifest.contains("disallowed_methods = \"warn\""), "the bans are not switched on");
    let excused = |text: &str| {
        text.contains("expect(clippy::disallowed_methods")
            || text.contains("allow(clippy::disallowed_methods")
    };
    let elsewhere = with_ending(&[".rs"]).into_iter().filter(|(name, text)| {
        excused(text)
            && !name.starts_with("src-tauri/clock/")
            && !name.starts_with("xtask/")
            && !name.contains("/examples/")
            && name != "tests/architecture.rs"
    });
    let elsewhere: Vec<_> = elsewhere.map(|(name, _)| name).collect();
    none("files that excuse themselves from the bans", &elsewhere);
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    let mut wrong = Vec::new();
    for (name, text) in with_ending(&[".rs", ".ts", ".svelte", ".mjs"]) {
        let lines = text.lines().count();
        let generated = name.starts_with("ui/src/lib/wire/");
        if lines > FILE_LINES_MAX && !generated {
            wrong.push(format!("{name} has {lines} lines"));
        }
        if name.ends_with(".rs") && !text.starts_with("//!") {
            wrong.push(format!("{name} does not begin with //!"));
        }
    }
    none("files", &wrong);
}

#[test]
fn no_snapshot_waits_for_a_decision() {
    let pending: Vec<_> = tracked().into_iter().filter(|name| name.ends_with(".snap.new")).collect();
    none("pending snapshots", &pending);
}

#[test]
fn functions_are_short() {
    let mut wrong = Vec::new();
    for (name, text) in with_ending(&[".rs"]) {
        wrong.extend(long_functions(&text).into_iter().map(|found| format!("{name}: {found}")));
    }
    none("functions", &wrong);
}

/// Counts on rustfmt: a body ends with a brace as far in as the line that began it.
fn long_functions(text: &str) -> Vec<String> {
    let mut open: Vec<(usize, usize, String)> = Vec::new();
    let mut long = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let inner = line.trim_start();
        let indent = line.len() - inner.len();
        if begins_function(inner) && !line.ends_with(';') && !(inner.contains('{') && line.ends_with('}')) {
            open.push((indent, number, inner.to_owned()));
        }
        if inner == "}" && open.last().is_some_and(|(at, ..)| *at == indent) {
            let (_, from, head) = open.pop().expect("just looked");
            let lines = number - from + 1;
            if lines > FUNCTION_LINES_MAX {
                long.push(format!("{lines} lines: {head}"));
            }
        } else if inner.ends_with(';')
            && open.last().is_some_and(|(at, from, _)| *at == indent && *from != number)
        {
            // A declaration without a body that took several lines.
            open.pop();
        }
    }
    long
}

fn begins_function(line: &str) -> bool {
    let seen = match line.strip_prefix("pub(") {
        Some(limited) => limited.split_once(") ").map_or(limited, |(_, rest)| rest),
        None => line.strip_prefix("pub ").unwrap_or(line),
    };
    let mut words = seen.split(['(', '<']).next().unwrap_or_default().split_whitespace();
    words.find(|word| !["const", "async"].contains(word)) == Some("fn")
}

#[test]
fn long_functions_are_found() {
    let body = "        let x = { 1 };\n".repeat(FUNCTION_LINES_MAX);
    let text = format!(
        "impl A {{\n    pub(crate) async fn long(\n        a: u8,\n    ) -> u8 {{\n{body}    }}\n    fn short() {{}}\n}}\n"
    );
    assert_eq!(long_functions(&text).len(), 1);
    assert!(long_functions("trait A {\n    fn one(\n        &self,\n    ) -> u8;\n}\n").is_empty());
}

#[test]
fn no_file_knows_the_machine_it_was_written_on() {
    // Written in two pieces, so that this file does not find itself.
    let hosts = ["registry.npmjs", "index.crates", "static.crates", "npm.pkg.github"];
    let hosts = hosts.map(|host| format!("{host}.{}", if host.ends_with("crates") { "io" } else { "org" }));
    let places = ["root", "work", "workspace", "Users"].map(|place| format!("/{place}/"));
    let mut wrong = Vec::new();
    for name in tracked() {
        let Ok(text) = fs::read_to_string(root().join(&name)) else { continue };
        for (number, line) in text.lines().enumerate() {
            let path = places.iter().any(|place| {
                line.match_indices(place.as_str()).any(|(at, _)| {
                    !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-/}:*\\".contains(c))
                })
            });
            if path || hosts.iter().any(|host| line.contains(host.as_str())) {
                wrong.push(format!(
                    "{name}:{}: {}",
                    number + 1,
                    line.trim().chars().take(100).collect::<String>()
                ));
            }
        }
    }
    none("machine paths and registry hosts", &wrong);
}

#[test]
fn migrations_are_dated_and_never_edited() {
    let mut found: Vec<_> = fs::read_dir(root().join("migrations"))
        .expect("migrations")
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            let digest = Sha256::digest(fs::read(&path).expect("readable"));
            (name, digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
        })
        .collect();
    found.sort();
    for (name, _) in &found {
        let (date, rest) = name.split_at(12);
        assert!(
            date.bytes().all(|b| b.is_ascii_digit()) && rest.starts_with('_') && rest.ends_with(".sql"),
            "{name}"
        );
    }
    let known: Vec<_> =
        MIGRATIONS.iter().map(|(name, digest)| ((*name).to_owned(), (*digest).to_owned())).collect();
    assert_eq!(found, known, "a new migration is added here with its checksum; an old one is never changed");
}
