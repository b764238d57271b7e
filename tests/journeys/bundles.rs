//! A release as a file: made with a real keychain, checked where there is no ledger, and refused when it was touched.

use seaworthy_testkit::Cli;
use seaworthy_testkit::Ended;
use seaworthy_testkit::PRIVATE_BUS;
use seaworthy_testkit::Plan;
use seaworthy_testkit::Sample;
use seaworthy_testkit::missing;
use serde_json::Value;
use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Write as _;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

const BUS: &str = "DBUS_SESSION_BUS_ADDRESS";
const PROGRAMS: [&str; 4] = ["dbus-run-session", "gnome-keyring-daemon", "gdbus", "npm"];
/// Says where the bus is once the keychain answers, and ends with its input.
const SESSION: &str = "printf pw | gnome-keyring-daemon --foreground --unlock --components=secrets >daemon.log 2>&1 & \
     daemon=$!; trap 'kill -KILL $daemon' EXIT; \
     gdbus wait --session --timeout 60 org.freedesktop.secrets || exit 70; \
     echo \"$DBUS_SESSION_BUS_ADDRESS\"; cat >/dev/null";
/// Bytes of the file that are changed, one after another.
const FLIPS: usize = 120;

/// A bus with an open keychain of its own.
struct Keychain {
    child: Child,
    address: String,
    _folder: tempfile::TempDir,
}

impl Keychain {
    /// Starts one; nothing where a program is missing.
    fn start() -> Option<Self> {
        if missing(&PROGRAMS) {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("bus.conf"), PRIVATE_BUS).unwrap();
        let mut child = Command::new("dbus-run-session")
            .args(["--config-file", "bus.conf", "--", "sh", "-c", SESSION])
            .current_dir(folder.path())
            .env("HOME", folder.path())
            .env("XDG_RUNTIME_DIR", folder.path())
            .env("XDG_DATA_HOME", folder.path().join("data"))
            .env_remove(BUS)
            .env_remove("DISPLAY")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        let address = address.trim().to_owned();
        assert!(!address.is_empty(), "the keychain did not start");
        Some(Self { child, address, _folder: folder })
    }

    fn run(&self, cli: &Cli, arguments: &[&str]) -> Ended {
        let mut command = cli.command(&[&["--json"], arguments].concat());
        Ended::read(&command.env(BUS, &self.address).output().unwrap())
    }
}

impl Drop for Keychain {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // It ended already, or ends now that nobody writes to it.
        let _ = self.child.wait();
    }
}

/// With a candidate and a check that ran on it.
fn checked(sample: &Sample) -> Cli {
    let cli = sample.cli();
    cli.run(&["open", "1.1.0"]).ok(0);
    cli.run(&["attest", "scope/goal", "--note", "Right \u{1b}]0;tides\u{7} and \u{202e}levels"]).ok(0);
    cli.run(&["freeze"]).ok(0);
    cli.run(&["candidate"]).ok(0);
    cli.run(&["approve", "--all", "--yes"]).ok(0);
    cli.run(&["check", "lint"]).ok(0);
    cli
}

/// Somebody who has the file and nothing else.
fn stranger(sample: &Sample) -> (Cli, std::path::PathBuf) {
    let home = sample.beside("strangers-home");
    (Cli::new(sample.project(), &home), home)
}

fn verify(cli: &Cli, file: &Path, expected: Option<&str>) -> Ended {
    let file = file.to_string_lossy().into_owned();
    match expected {
        Some(expected) => cli.run(&["verify", &file, "--expect", expected]),
        None => cli.run(&["verify", &file]),
    }
}

fn text(cli: &Cli, arguments: &[&str]) -> String {
    String::from_utf8(cli.command(arguments).output().unwrap().stdout).unwrap()
}

#[test]
fn a_bundle_is_checked_and_shown_without_a_ledger() {
    let Some(keychain) = Keychain::start() else { return };
    let sample = Sample::new(&Plan::fast());
    let cli = checked(&sample);
    let path = sample.beside("release.seaworthy");
    let name = path.to_string_lossy().into_owned();
    let made = keychain.run(&cli, &["bundle", "-o", &name]).ok(0).clone();
    let left: Vec<_> = fs::read_dir(sample.home.join("bundles")).unwrap().collect();
    assert!(left.is_empty(), "it was moved: {left:?}");
    let refused = keychain.run(&cli, &["bundle", "1.1.0", "-o", &name]);
    assert_eq!(refused.code, Some(4), "{}", refused.errors);
    keychain.run(&cli, &["bundle", "1.1.0", "--release", "1.1.0", "-o", &name, "--force"]).ok(0);

    let (stranger, home) = stranger(&sample);
    let unknown = verify(&stranger, &path, None).ok(3).clone();
    assert_eq!((&unknown["words"], &unknown["standing"]), (&made["words"], &"unknown".into()));
    let (words, head) = (made["words"].as_str().unwrap(), made["head"].as_str().unwrap());
    assert_eq!(verify(&stranger, &path, Some(words)).ok(0)["standing"], "expected");
    verify(&stranger, &path, Some(&head[..16])).ok(0);
    verify(&stranger, &path, Some("abandon abandon abandon")).ok(6);

    let shown = text(&stranger, &["--plain", "view", &name]);
    let flat = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    let signer = format!("says to be {}", unknown["person"].as_str().unwrap());
    for words in [
        "tide-tables 1.1.0, candidate",
        "What this does not prove",
        "Named rc.1",
        "check lint on rc.1",
        &signer,
    ] {
        assert!(flat.contains(words), "{words} is missing:\n{shown}");
    }
    assert!(flat.contains("Right ⟨U+001B⟩]0;tides⟨U+0007⟩ and ⟨U+202E⟩levels"), "{shown}");
    assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'));
    let pieces = unknown["evidence"].as_array().unwrap();
    let log = pieces.iter().find(|piece| piece["kind"] == "log" && piece["here"] == true).unwrap();
    let said = text(&stranger, &["view", &name, "--evidence", &log["digest"].as_str().unwrap()[..12]]);
    assert!(said.contains("node ops/lint.mjs"), "{said}");
    assert!(!home.exists(), "nothing of the stranger's was touched");

    let short = sample.beside("short.seaworthy");
    keychain.run(&cli, &["bundle", "--without", "logs", "-o", &short.to_string_lossy()]).ok(0);
    let without = verify(&stranger, &short, None).ok(3).clone();
    assert_eq!(without["left_out"], serde_json::json!(["logs"]));
    assert!(
        without["evidence"]
            .as_array()
            .unwrap()
            .iter()
            .all(|piece| piece["kind"] != "log" || piece["here"] == false)
    );
    // The key is bound once, and signs the ledger from there on.
    assert!(sample.home.join("ledger.checkpoint").exists());
    let key = keychain.run(&cli, &["key"]).ok(0).clone();
    assert_eq!((&key["state"], &key["key"]), (&"pass".into(), &unknown["key"]));
    keychain.run(&cli, &["doctor"]).ok(0);
}

/// A metrics service that takes every token, once.
fn service() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = BufReader::new(stream.try_clone().unwrap()).lines();
        while asked.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
        let body = r#"{"status":"success","data":{"version":"3.5.0"}}"#;
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
        write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
    });
    origin
}

#[test]
fn a_connected_token_is_looked_for_and_short_commands_are_signed_too() {
    const TOKEN: &str = "prom-canary-0123456789";
    let Some(keychain) = Keychain::start() else { return };
    let sample = Sample::new(&Plan::fast());
    let cli = checked(&sample);
    cli.run(&["hold", "--reason", &format!("somebody typed {TOKEN}")]).ok(0);
    let path = sample.beside("release.seaworthy");
    let typed = ["--json", "connect", "prom", "--service", "prometheus", "--origin", &service(), "--stdin"];
    let mut connect = cli.command(&[&typed[..], &["--allow-loopback-http"]].concat());
    let mut child = connect.env(BUS, &keychain.address).stdin(Stdio::piped()).spawn().unwrap();
    write!(child.stdin.take().unwrap(), "{TOKEN}").unwrap();
    Ended::read(&child.wait_with_output().unwrap()).ok(0);
    assert_eq!(keychain.run(&cli, &["key"]).ok(0)["state"], "pass", "the first connection binds a key");

    // Nobody opened the token in this process; it is read to be looked for.
    let ended = keychain.run(&cli, &["bundle", "-o", &path.to_string_lossy()]);
    assert_eq!(ended.code, Some(4), "{}", ended.errors);
    let said = format!("{:?}{}", ended.lines, ended.errors);
    assert!(said.contains("hold.set") && !said.contains(TOKEN), "{said}");
    assert!(!path.exists());

    // A command that is over in no time stays for the key after its answer.
    keychain.run(&cli, &["hold", "--lift"]).ok(0);
    let newest = keychain.run(&cli, &["log", "--limit", "1"]).ok(0)["seq"].as_u64().unwrap();
    let kept = fs::read(sample.home.join("ledger.checkpoint")).unwrap();
    assert_eq!(seaworthy_bundle::KeptCheckpoint::read(kept).unwrap().claimed_seq(), newest);
}

#[test]
fn a_bundle_that_was_touched_is_refused() {
    let Some(keychain) = Keychain::start() else { return };
    let sample = Sample::new(&Plan::fast());
    let cli = checked(&sample);
    let (one, two) = (sample.beside("one.seaworthy"), sample.beside("two.seaworthy"));
    keychain.run(&cli, &["bundle", "-o", &one.to_string_lossy()]).ok(0);
    keychain.run(&cli, &["hold", "--reason", "the tide turns"]).ok(0);
    keychain.run(&cli, &["bundle", "-o", &two.to_string_lossy()]).ok(0);
    let (older, newer) = (fs::read(&one).unwrap(), fs::read(&two).unwrap());
    let spoilt = sample.beside("spoilt.seaworthy");
    for n in 0..FLIPS {
        let at = n * newer.len() / FLIPS;
        let mut bytes = newer.clone();
        bytes[at] ^= 1 << (n % 8);
        fs::write(&spoilt, bytes).unwrap();
        let fault = seaworthy_boot::read_bundle(&spoilt, None).unwrap_err();
        assert_eq!(fault.code, seaworthy_wire::Code::Integrity, "byte {at}: {fault}");
    }
    let parts = |bytes: &[u8]| -> Vec<(String, Vec<u8>)> {
        let members = seaworthy_bundle::container::read(bytes).unwrap();
        members.into_iter().map(|(name, bytes)| (name.to_owned(), bytes.to_vec())).collect()
    };
    let (stranger, _) = stranger(&sample);
    let refuse = |what: &str, change: &dyn Fn(&str, &mut Vec<u8>)| {
        let mut changed = parts(&newer);
        changed.iter_mut().for_each(|(name, bytes)| change(name, bytes));
        let members = changed.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        fs::write(&spoilt, seaworthy_bundle::container::write(&members).unwrap()).unwrap();
        let ended = verify(&stranger, &spoilt, None);
        assert_eq!(ended.code, Some(6), "{what}: {}", ended.errors);
    };
    let lines = |bytes: &[u8]| {
        String::from_utf8(bytes.to_vec()).unwrap().lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let events = |name: &str, bytes: &mut Vec<u8>, change: &dyn Fn(&mut Vec<String>)| {
        if name == "events.jsonl" {
            let mut all = lines(bytes);
            change(&mut all);
            *bytes = (all.join("\n") + "\n").into_bytes();
        }
    };
    refuse("the newest event is gone", &|name, bytes| events(name, bytes, &|all| drop(all.pop())));
    refuse("an event is gone", &|name, bytes| events(name, bytes, &|all| drop(all.remove(2))));
    refuse("events are exchanged", &|name, bytes| events(name, bytes, &|all| all.swap(2, 3)));
    for member in ["checkpoint.dsse.json", "manifest.dsse.json", "events.jsonl"] {
        let of_the_older = parts(&older).into_iter().find(|(name, _)| name == member).unwrap().1;
        refuse(member, &|name, bytes| {
            if name == member {
                bytes.clone_from(&of_the_older);
            }
        });
    }
    // The older file as a whole is sound: it says when it was made, and its words are other ones.
    let first = verify(&stranger, &one, None).ok(3)["words"].clone();
    assert_ne!(first, verify(&stranger, &two, None).ok(3)["words"]);
    verify(&stranger, &one, verify(&stranger, &two, None).data()["words"].as_str()).ok(6);
}

#[test]
fn without_a_keychain_nothing_is_made_and_the_way_out_is_named() {
    let sample = Sample::new(&Plan::fast());
    let cli = sample.cli();
    cli.run(&["open", "1.1.0"]).ok(0);
    let path = sample.beside("release.seaworthy");
    let ended = cli.run(&["bundle", "-o", &path.to_string_lossy()]);
    assert_eq!(ended.code, Some(5), "{}", ended.errors);
    let said = ended.lines.last().unwrap()["data"]["message"].as_str().unwrap().to_owned();
    assert!(said.contains("seaworthy key --new --vault"), "{said}");
    assert!(!path.exists() && !sample.home.join("bundles").exists());
    assert_eq!(cli.run(&["key"]).ok(0)["state"], "pending");
    // The ledger goes on, unsigned.
    cli.run(&["hold", "--reason", "wait"]).ok(0);
    assert!(!sample.home.join("ledger.checkpoint").exists());
}

#[test]
fn a_full_disk_leaves_nothing_half_made() {
    let Some(keychain) = Keychain::start() else { return };
    let sample = Sample::new(&Plan::fast());
    let package = sample.repository.read("package.json");
    let loud = "node -e \\\"console.log('x'.repeat(3000000))\\\"";
    sample.repository.write("package.json", package.replace("node ops/lint.mjs", loud));
    sample.repository.commit("Lint loudly");
    let cli = checked(&sample);
    keychain.run(&cli, &["key", "--new"]).ok(0);
    let path = sample.beside("release.seaworthy");
    let name = path.to_string_lossy().into_owned();
    // With SIGXFSZ ignored the system answers EFBIG. The limit counts kibibytes in bash, half of them in dash.
    let typed = cli.command(&["--json", "bundle", "-o", &name]);
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 2500; exec \"$@\"", "sh"]).arg(typed.get_program());
    limited.args(typed.get_args()).current_dir(sample.project()).env("SEAWORTHY_HOME", &sample.home);
    let ended = Ended::read(&limited.env(BUS, &keychain.address).output().unwrap());
    assert_eq!(ended.code, Some(5), "{}", ended.errors);
    let said = ended.lines.last().map(|line| line["data"]["message"].clone()).unwrap_or(Value::Null);
    assert!(said.to_string().contains("the disk is full"), "{said}");
    let left: Vec<_> = fs::read_dir(sample.home.join("bundles")).unwrap().collect();
    assert!(left.is_empty() && !path.exists(), "{left:?}");
    keychain.run(&cli, &["bundle", "-o", &name]).ok(0);
    assert!(fs::metadata(&path).unwrap().len() > 3_000_000);
}
