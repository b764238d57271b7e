//! Bundles of a real ledger, whole and spoilt.
#![expect(clippy::unwrap_used, reason = "a test stops where something is missing")]

use chrono::DateTime;
use proptest::prelude::*;
use seaworthy_bundle::DeviceKey;
use seaworthy_bundle::Extent;
use seaworthy_bundle::Making;
use seaworthy_bundle::Rejected;
use seaworthy_bundle::container;
use seaworthy_bundle::verify;
use seaworthy_ledger::At;
use seaworthy_ledger::Ledger;
use seaworthy_ledger::NewEvent;
use seaworthy_ledger::StoredEvent;
use seaworthy_testkit::missing;
use serde_json::json;
use sha2::Digest as _;
use std::collections::BTreeMap;
use std::process::Command;
use uuid::Uuid;

const RELEASE: Uuid = Uuid::from_u128(7);

fn key() -> DeviceKey {
    DeviceKey::from_seed(&[3; 32])
}

/// Six events of the release with one of another between them, and some of the device behind.
struct History {
    all: Vec<StoredEvent>,
    own: Vec<StoredEvent>,
    device: Uuid,
}

fn history() -> History {
    let dir = tempfile::tempdir().unwrap();
    let (ledger, start) = Ledger::open(dir.path()).unwrap();
    let at = At { wall: DateTime::UNIX_EPOCH, boot_ms: 0, boot_id: "b".into() };
    let releases =
        [Some(RELEASE), Some(RELEASE), None, Some(Uuid::from_u128(8)), Some(RELEASE), Some(RELEASE), None];
    for (n, release) in releases.into_iter().enumerate() {
        let event = NewEvent {
            actor: "dana".into(),
            project: Uuid::nil(),
            release,
            kind: "note.added".into(),
            body: json!({ "n": n, "text": "zwölf\nLinien" }),
        };
        ledger.append(&at, vec![event]).unwrap();
    }
    let all = ledger.events(0, 100).unwrap();
    History { all, own: ledger.release_events(RELEASE).unwrap(), device: start.head.device }
}

fn checkpoint(history: &History, events: &[StoredEvent]) -> Vec<u8> {
    let mut extent = Extent::new(history.device);
    events.iter().for_each(|event| extent.push(event));
    extent.sign(&key()).unwrap().unwrap()
}

fn evidence() -> BTreeMap<String, Vec<u8>> {
    let log = b"1 test passed\n".to_vec();
    BTreeMap::from([(hex::encode(sha2::Sha256::digest(&log)), log)])
}

fn made_of(history: &History, events: &[StoredEvent], checkpoint: &[u8]) -> Result<Vec<u8>, String> {
    let making = Making {
        key: &key(),
        person: "Dana",
        device: history.device,
        release: RELEASE,
        version: "1.0.0",
        rehearsal: false,
        commit: Some("c9c69f66"),
        events,
        checkpoint,
        evidence: &evidence(),
        left_out: &[],
        at: DateTime::UNIX_EPOCH,
    };
    making.make().map_err(|error| error.to_string())
}

fn made() -> Vec<u8> {
    let history = history();
    made_of(&history, &history.own, &checkpoint(&history, &history.all)).unwrap()
}

#[test]
fn an_honest_bundle_verifies_and_is_the_same_every_time() {
    let history = history();
    let bundle = made_of(&history, &history.own, &checkpoint(&history, &history.all)).unwrap();
    assert_eq!(bundle, made_of(&history, &history.own, &checkpoint(&history, &history.all)).unwrap());
    let verified = verify(&bundle).unwrap();
    assert_eq!(verified.events, history.own);
    assert_eq!((verified.contents.head.seq, verified.checkpoint.head.seq), (4, 7));
    assert_eq!(verified.evidence.values().copied().collect::<Vec<_>>(), [b"1 test passed\n"]);
    let head = history.own[3].hash.to_string();
    assert!(verified.is(&verified.words()) && verified.is(&head) && verified.is(&head[..16].to_uppercase()));
    assert!(!verified.is(&head[..15]) && !verified.is("") && !verified.is(&history.own[2].hash.to_string()));
}

#[test]
fn a_history_with_a_hole_or_another_end_is_not_made() {
    let history = history();
    let signed = checkpoint(&history, &history.all);
    let short = made_of(&history, &history.own[..3], &signed).unwrap_err();
    assert!(short.contains("signs another end"), "{short}");
    let hole: Vec<_> = [0, 1, 3].map(|n| history.own[n].clone()).into();
    let hole = made_of(&history, &hole, &signed).unwrap_err();
    assert!(hole.contains("an event before it is missing"), "{hole}");
    let late = made_of(&history, &history.own, &checkpoint(&history, &history.all[..5])).unwrap_err();
    assert!(late.contains("another history"), "{late}");
}

#[test]
fn members_cannot_be_removed_added_or_exchanged() {
    let bundle = made();
    let members = container::read(&bundle).unwrap();
    for name in members.keys() {
        let mut fewer = members.clone();
        fewer.remove(name);
        assert!(verify(&container::write(&fewer).unwrap()).is_err(), "without {name}");
        let mut other = members.clone();
        other.insert(name, b"{}");
        assert!(verify(&container::write(&other).unwrap()).is_err(), "other {name}");
    }
    for name in ["note.txt", "evidence/00"] {
        let mut more = members.clone();
        more.insert(name, b"x");
        let rejected = verify(&container::write(&more).unwrap()).unwrap_err();
        assert!(matches!(rejected, Rejected::Member { .. }), "{rejected:?}");
    }
}

#[test]
fn parts_of_two_sound_bundles_do_not_make_a_third() {
    let one = made();
    let two = made();
    let (one, two) = (container::read(&one).unwrap(), container::read(&two).unwrap());
    for name in one.keys().filter(|name| one[*name] != two[*name]) {
        let mut mixed = one.clone();
        mixed.insert(name, two[name]);
        assert!(verify(&container::write(&mixed).unwrap()).is_err(), "{name} of another");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn no_changed_bit_goes_unnoticed(from in 0usize..97) {
        let bundle = made();
        for bit in (from..bundle.len() * 8).step_by(97) {
            let mut other = bundle.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(verify(&other).is_err(), "bit {}", bit);
        }
    }
}

/// The commands on the page inside are run as they stand there.
#[cfg(unix)]
#[test]
fn other_tools_come_to_the_same_answer() {
    if missing(&["unzip", "openssl", "sha256sum", "jq", "base64"]) {
        return;
    }
    let bundle = made();
    let page = String::from_utf8(container::read(&bundle).unwrap()["README.txt"].to_vec()).unwrap();
    let commands = &page[page.find("unzip -d").unwrap()..page.find("\nThe events are").unwrap()];
    let run = |bytes: &[u8]| {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("FILE"), bytes).unwrap();
        Command::new("bash")
            .args(["-e", "-o", "pipefail", "-c", commands])
            .current_dir(&dir)
            .output()
            .unwrap()
    };
    let good = run(&bundle);
    let said = String::from_utf8_lossy(&good.stdout);
    assert!(good.status.success(), "{said}{}", String::from_utf8_lossy(&good.stderr));
    assert!(said.contains("Signature Verified Successfully") && said.contains("events.jsonl: OK"), "{said}");
    let mut members = container::read(&bundle).unwrap();
    let events = [members["events.jsonl"], b"{}\n"].concat();
    members.insert("events.jsonl", &events);
    assert!(!run(&container::write(&members).unwrap()).status.success());
}
