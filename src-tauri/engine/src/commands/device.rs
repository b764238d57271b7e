//! The key of this device: what it is, and binding one.

use super::connect::workspace;
use super::life::required;
use crate::engine::Engine;
use crate::fault;
use crate::signing::Bound;
use crate::words::short;
use seaworthy_domain::Event;
use seaworthy_domain::account::StoreKind;
use seaworthy_wire::DoctorLine;
use seaworthy_wire::Fault;
use seaworthy_wire::KeyView;
use seaworthy_wire::State;

impl Engine {
    /// Whether the store of the device's key was asked for it and has not answered.
    #[must_use]
    pub fn is_opening_key(&self) -> bool {
        self.signing.is_opening()
    }

    /// Ends when it has answered. Nothing but the end of a process may wait for this.
    pub async fn key_settled(&self) {
        self.signing.settled().await;
    }

    /// The key that is bound, and whether its secret half can be had now.
    pub(crate) async fn key_view(&self) -> KeyView {
        let Some(bound) = self.signing.bound() else {
            let text = "there is none yet; the first connection or bundle makes it, or `seaworthy key --new`";
            return KeyView::none(State::Pending, text);
        };
        let (state, text) = match self.signing.key().await {
            Ok(_) => (State::Pass, "it signs how far the ledger goes, and bundles".to_owned()),
            Err(fault) => (State::NotArmed, format!("checkpoints are not signed: {}", fault.message)),
        };
        KeyView {
            state,
            text,
            key: Some(bound.key.to_string()),
            number: bound.number,
            store: Some(bound.store.word().to_owned()),
            bound: Some(bound.at.timestamp_millis()),
            by: Some(bound.by),
        }
    }

    /// Makes a key and binds it; one that is bound already is replaced for a reason only.
    pub(crate) async fn new_key(&self, vault: bool, reason: Option<&str>) -> Result<KeyView, Fault> {
        let _one_at_a_time = self.connecting.lock().await;
        if let (Some(bound), None) = (self.signing.bound(), reason) {
            let words = format!("the device key {} is bound already", short(&bound.key.to_string()));
            return Err(fault::refused(words)
                .with_help("to replace it for good, say why: `seaworthy key --new --reason \"why\"`"));
        }
        let reason = reason.map(|reason| required(reason, "another device key")).transpose()?;
        self.bind_key(vault.then_some(StoreKind::Vault), reason).await?;
        Ok(self.key_view().await)
    }

    /// The first key, where there is none; whoever calls holds what keeps connections apart.
    pub(crate) async fn first_key(&self, store: Option<StoreKind>) -> Result<(), Fault> {
        match self.signing.bound() {
            Some(_) => Ok(()),
            None => self.bind_key(store, None).await,
        }
    }

    async fn bind_key(&self, store: Option<StoreKind>, reason: Option<String>) -> Result<(), Fault> {
        self.writable()?;
        let keys = self.signing.keys()?.clone();
        let number = self.signing.bound().map_or(0, |bound| bound.number) + 1;
        let store = store.unwrap_or_else(|| keys.usual_store());
        // Kept before it is bound: a crash in between leaves a key that the next try takes up.
        let seed = keys.make_key(&self.signing.name(number, store)).await.map_err(|e| fault::key(&e))?;
        let key = self.signing.made(&seed).to_string();
        self.record_for_project(workspace(), &[Event::KeyBound { key, number, store, reason }])?;
        self.anchor();
        self.signing.write();
        Ok(())
    }

    /// How far the ledger is signed, without asking any store.
    pub(crate) fn signed(&self) -> (State, String) {
        let Some(Bound { key, .. }) = self.signing.bound() else {
            return (State::NotApplicable, "Not signed: this device has no key yet".to_owned());
        };
        let key = key.to_string();
        match (self.signing.newest_written(), self.signing.closed()) {
            (0, Some(why)) => (State::NotArmed, format!("Not signed in this session: {why}")),
            (0, None) => (State::NotApplicable, "Nothing was signed in this session yet".to_owned()),
            (seq, _) => (State::Pass, format!("Signed up to entry {seq} by the device key {}", short(&key))),
        }
    }

    /// Line of the doctor about the key.
    pub(crate) async fn key_line(&self) -> Option<DoctorLine> {
        self.signing.keys().ok()?;
        let view = self.key_view().await;
        let key = view.key.as_deref().map_or_else(String::new, |key| format!("{}: ", short(key)));
        Some(DoctorLine {
            what: "device key".to_owned(),
            state: view.state,
            text: format!("{key}{}", view.text),
        })
    }
}
