//! The device's key: bound once, never silently replaced, and waited for by nothing.

use super::harbor::*;
use async_trait::async_trait;
use chrono::TimeDelta;
use seaworthy_domain::account::StoreKind;
use seaworthy_ports::DeviceKeys;
use seaworthy_ports::KeyError;
use seaworthy_ports::KeyName;
use seaworthy_ports::Seed;
use seaworthy_wire::Code;
use seaworthy_wire::KeyView;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use seaworthy_wire::State;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;

/// A store of keys that does what the test says.
#[derive(Clone, Default)]
pub(super) struct Drawer(Arc<Mutex<Inside>>);

#[derive(Default)]
struct Inside {
    seeds: BTreeMap<u32, [u8; 32]>,
    mute: bool,
    refuses: Option<KeyError>,
    asked: usize,
}

impl Drawer {
    fn change(&self, change: impl FnOnce(&mut Inside)) {
        change(&mut self.0.lock().unwrap());
    }

    fn asked(&self) -> usize {
        self.0.lock().unwrap().asked
    }

    async fn answers(&self) -> Result<(), KeyError> {
        let (mute, refuses) = {
            let mut inside = self.0.lock().unwrap();
            inside.asked += 1;
            (inside.mute, inside.refuses.clone())
        };
        if mute {
            std::future::pending::<()>().await;
        }
        refuses.map_or(Ok(()), Err)
    }
}

#[async_trait]
impl DeviceKeys for Drawer {
    async fn key(&self, key: &KeyName) -> Result<Seed, KeyError> {
        self.answers().await?;
        let seed = self.0.lock().unwrap().seeds.get(&key.number).copied();
        seed.map(|mut seed| Seed::new(&mut seed)).ok_or(KeyError::Lost(key.store))
    }

    async fn make_key(&self, key: &KeyName) -> Result<Seed, KeyError> {
        self.answers().await?;
        let mut inside = self.0.lock().unwrap();
        let fresh = [u8::try_from(key.number).unwrap(); 32];
        let mut seed = *inside.seeds.entry(key.number).or_insert(fresh);
        Ok(Seed::new(&mut seed))
    }

    fn usual_store(&self) -> StoreKind {
        StoreKind::Keychain
    }
}

async fn signed() -> (Harbor, Drawer) {
    let drawer = Drawer::default();
    let harbor = Harbor::with_keys(drawer.clone());
    harbor.name().await;
    harbor.bind(None).await.unwrap();
    (harbor, drawer)
}

impl Harbor {
    /// With a store of the device's key.
    pub(super) fn with_keys(keys: impl DeviceKeys + 'static) -> Self {
        let mut harbor = Self::new();
        harbor.leave();
        harbor.keys = Some(Arc::new(keys));
        harbor.reopen(TimeDelta::zero());
        harbor
    }

    pub(super) async fn bind(&self, reason: Option<&str>) -> Result<KeyView, seaworthy_wire::Fault> {
        let request = Request::NewKey { vault: false, reason: reason.map(str::to_owned) };
        self.reply(request).await.map(|reply| match reply {
            Reply::Key(view) => view,
            other => panic!("no key: {other:?}"),
        })
    }

    async fn key(&self) -> KeyView {
        match self.reply(Request::Key).await.unwrap() {
            Reply::Key(view) => view,
            other => panic!("no key: {other:?}"),
        }
    }

    fn sidecar(&self) -> PathBuf {
        self.home().join("ledger.checkpoint")
    }

    /// Number of the newest event that the sidecar speaks of.
    fn signed_to(&self) -> u64 {
        let kept = seaworthy_bundle::KeptCheckpoint::read(fs::read(self.sidecar()).unwrap()).unwrap();
        let key = self.engine().signing.bound().unwrap().key;
        kept.signed_by(&key).expect("this device's key signed it").head.seq
    }

    fn head(&self) -> u64 {
        self.engine().ledger.head().seq
    }

    async fn ledger_lines(&self) -> Vec<(State, String)> {
        match self.reply(Request::Ledger { verify: false }).await.unwrap() {
            Reply::Ledger(view) => view.lines.into_iter().map(|line| (line.state, line.text)).collect(),
            other => panic!("no ledger: {other:?}"),
        }
    }

    async fn says(&self, state: State, words: &str) {
        let lines = self.ledger_lines().await;
        assert!(lines.iter().any(|(s, text)| *s == state && text.contains(words)), "{words}: {lines:?}");
    }
}

#[tokio::test]
async fn from_the_binding_on_every_decision_is_signed_and_the_next_process_agrees() {
    let drawer = Drawer::default();
    let mut harbor = Harbor::with_keys(drawer.clone());
    harbor.name().await;
    assert!(!harbor.sidecar().exists());
    assert_eq!(drawer.asked(), 0, "no store is asked before a key is needed");
    harbor.says(State::NotApplicable, "Not signed").await;
    assert_eq!(harbor.key().await.state, State::Pending);

    let bound = harbor.bind(None).await.unwrap();
    assert_eq!((bound.state, bound.number, bound.store.as_deref()), (State::Pass, 1, Some("keychain")));
    assert_eq!(harbor.signed_to(), harbor.head());
    harbor.hold().await;
    harbor.engine().signing.write();
    assert_eq!(harbor.signed_to(), harbor.head());
    harbor.says(State::Pass, "Signed up to entry").await;

    harbor.reopen(TimeDelta::zero());
    assert_eq!(harbor.key().await, bound);
    harbor.get(Request::Lift { which: which(), reason: String::new() }).await;
    harbor.leave();
    harbor.reopen(TimeDelta::zero());
    assert_eq!(harbor.signed_to(), harbor.head());
    assert_eq!(harbor.kinds("device.key_bound"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_never_answers_delays_and_prevents_nothing() {
    let (mut harbor, drawer) = signed().await;
    let (before, asked) = (fs::read(harbor.sidecar()).unwrap(), drawer.asked());
    drawer.change(|inside| inside.mute = true);
    harbor.reopen(TimeDelta::zero());
    harbor.deploy("production").await.unwrap();
    harbor.advance().await.unwrap();
    harbor.hold().await;
    harbor.back().await.unwrap();
    assert_eq!(harbor.release().lifecycle, seaworthy_domain::Lifecycle::RolledBack);
    assert_eq!(fs::read(harbor.sidecar()).unwrap(), before);
    assert!(harbor.engine().is_opening_key());
    assert_eq!(drawer.asked(), asked + 1, "it is asked once in a process");
}

#[tokio::test]
async fn without_its_store_the_ledger_goes_on_unsigned_and_says_so() {
    let (mut harbor, drawer) = signed().await;
    drawer.change(|inside| inside.refuses = Some(KeyError::Absent("no bus".into())));
    harbor.reopen(TimeDelta::zero());
    harbor.hold().await;
    harbor.engine().key_settled().await;
    harbor.says(State::NotArmed, "no keychain answers here (no bus)").await;
    assert_eq!(harbor.key().await.state, State::NotArmed);
    // Asked again a minute later, not with every event.
    let asked = drawer.asked();
    harbor.get(Request::Lift { which: which(), reason: String::new() }).await;
    harbor.engine().key_settled().await;
    assert_eq!(drawer.asked(), asked + 1, "a person who asked for the view may have opened the store");
    harbor.hold().await;
    assert_eq!(drawer.asked(), asked + 1);
    drawer.change(|inside| inside.refuses = None);
    harbor.clock.advance(TimeDelta::minutes(2));
    harbor.get(Request::Lift { which: which(), reason: String::new() }).await;
    harbor.engine().key_settled().await;
    harbor.engine().signing.write();
    assert_eq!(harbor.signed_to(), harbor.head());
}

#[tokio::test]
async fn a_checkpoint_that_cannot_be_written_stops_no_hold() {
    let (harbor, _) = signed().await;
    fs::remove_file(harbor.sidecar()).unwrap();
    fs::create_dir_all(harbor.sidecar().join("in the way")).unwrap();
    harbor.hold().await;
    harbor.engine().signing.write();
    assert!(harbor.release().hold.is_some());
    harbor.says(State::Stale, "was not written").await;
}

#[tokio::test]
async fn a_lost_key_is_said_and_replaced_for_a_reason_only() {
    let (mut harbor, drawer) = signed().await;
    let first = harbor.key().await;
    drawer.change(|inside| inside.seeds.clear());
    harbor.reopen(TimeDelta::zero());
    let lost = harbor.key().await;
    assert_eq!((lost.state, &lost.key), (State::NotArmed, &first.key));
    assert!(lost.text.contains("not in the keychain any more"), "{}", lost.text);
    assert_eq!(harbor.bind(None).await.unwrap_err().code, Code::Refused);
    assert_eq!(harbor.bind(Some(" ")).await.unwrap_err().code, Code::BadInput);
    assert_eq!(harbor.kinds("device.key_bound"), 1);
    let second = harbor.bind(Some("the laptop died")).await.unwrap();
    assert_eq!((second.state, second.number), (State::Pass, 2));
    assert_ne!(second.key, first.key);
    assert_eq!(harbor.signed_to(), harbor.head());
    // What lies there instead of the key is not it.
    drawer.change(|inside| _ = inside.seeds.insert(2, [9; 32]));
    harbor.reopen(TimeDelta::zero());
    assert!(harbor.key().await.text.contains("another key"));
}

#[tokio::test]
async fn a_history_that_is_not_the_signed_one_goes_nowhere_until_a_person_accepts_it() {
    let (mut harbor, _) = signed().await;
    let forged = {
        // Another ledger of the same device, whose anchor agrees with it.
        harbor.leave();
        let copy = harbor.home().with_file_name("copy");
        copy_all(&harbor.home(), &copy);
        harbor.reopen(TimeDelta::zero());
        harbor.hold().await;
        harbor.get(Request::Lift { which: which(), reason: "a".into() }).await;
        harbor.engine().key_settled().await;
        harbor.leave();
        copy
    };
    for file in ["ledger.db", "ledger.db-wal", "ledger.head", "views.db"] {
        let _ = fs::remove_file(harbor.home().join(file));
        let _ = fs::copy(forged.join(file), harbor.home().join(file));
    }
    harbor.reopen(TimeDelta::zero());
    harbor.says(State::Fail, "were signed").await;
    let signed = fs::read(harbor.sidecar()).unwrap();
    assert_eq!(harbor.deploy("production").await.unwrap_err().code, Code::Integrity);
    let bundle = Request::Bundle { which: which(), without_logs: false };
    assert_eq!(harbor.reply(bundle).await.unwrap_err().code, Code::Integrity);
    harbor.hold().await;
    harbor.engine().signing.write();
    assert_eq!(fs::read(harbor.sidecar()).unwrap(), signed, "nothing is signed over it");
    harbor.reply(Request::AcceptRegression { reason: "restored".into() }).await.unwrap();
    harbor.engine().signing.key().await.unwrap();
    harbor.get(Request::Lift { which: which(), reason: String::new() }).await;
    harbor.engine().signing.write();
    assert_eq!(harbor.signed_to(), harbor.head());
    harbor.deploy("production").await.unwrap();
}

#[tokio::test]
async fn a_damaged_checkpoint_is_a_remark_and_kept() {
    let (mut harbor, _) = signed().await;
    harbor.leave();
    let path = harbor.sidecar();
    let mut bytes = fs::read(&path).unwrap();
    let end = bytes.len() - 8;
    bytes[end] ^= 1;
    fs::write(&path, &bytes).unwrap();
    harbor.reopen(TimeDelta::zero());
    harbor.says(State::Stale, "cannot be used").await;
    harbor.hold().await;
    harbor.engine().signing.key().await.unwrap();
    harbor.engine().signing.write();
    assert_eq!(harbor.signed_to(), harbor.head());
    assert_eq!(fs::read(harbor.home().join("ledger.checkpoint.unreadable")).unwrap(), bytes);
}
