//! Bundles of an engine: what goes in, what is refused, and what is read out of them.

use super::harbor::*;
use super::signing::Drawer;
use crate::read_bundle;
use seaworthy_domain::Lifecycle;
use seaworthy_wire::BundleFile;
use seaworthy_wire::BundleView;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use seaworthy_wire::Standing;
use seaworthy_wire::State;
use std::fs;

impl Harbor {
    /// Opened again as a rehearsal, or as none.
    fn rehearse(&mut self, rehearsal: bool) {
        self.rehearsal = rehearsal;
        self.reopen(chrono::TimeDelta::zero());
    }

    async fn bundle(&self, without_logs: bool) -> Result<BundleFile, Fault> {
        self.reply(Request::Bundle { which: which(), without_logs }).await.map(|reply| match reply {
            Reply::Bundle(file) => file,
            other => panic!("no bundle: {other:?}"),
        })
    }

    async fn bundled(&self) -> BundleView {
        read_bundle(&fs::read(self.bundle(false).await.unwrap().file).unwrap(), None).unwrap()
    }
}

async fn harbor() -> Harbor {
    let harbor = Harbor::with_keys(Drawer::default());
    harbor.name().await;
    harbor
}

#[tokio::test(start_paused = true)]
async fn a_bundle_shows_the_release_that_its_ledger_shows() {
    let harbor = harbor().await;
    harbor.deploy("production").await.unwrap();
    harbor.advance().await.unwrap();
    harbor.look(3).await;
    harbor.hold().await;
    let shown = harbor.get(Request::Status { which: which() }).await;
    let file = harbor.bundle(false).await.unwrap();
    assert!(file.contents.iter().any(|line| line.contains("policy")), "{:?}", file.contents);
    assert!(file.notes.is_empty() && file.left_out.is_empty());
    let view = harbor.bundled().await;
    assert_eq!((view.standing, &view.words, &view.head), (Standing::Unknown, &file.words, &file.head));
    assert_eq!((view.version.as_str(), view.lifecycle.as_str()), ("1.0.0", "rolling out"));
    assert_eq!(view.lifecycle, Lifecycle::RollingOut.to_string());
    assert_eq!((view.state, view.hold.is_some()), (State::Hold, true));
    let named = |phases: &[seaworthy_wire::PhaseView]| {
        let gates = phases.iter().flat_map(|phase| &phase.gates);
        let all = gates.flat_map(|gate| gate.criteria.iter().map(|one| (one.name.clone(), one.state)));
        all.collect::<Vec<_>>()
    };
    assert_eq!(named(&view.phases), named(&shown.phases));
    assert_eq!(view.events.len(), harbor.engine().ledger.release_events(harbor.id().0).unwrap().len());
    assert!(view.evidence.iter().all(|piece| piece.here), "{:?}", view.evidence);
    assert_eq!(view.people.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["dana"]);
    assert!(view.not_proved.len() >= 5);
    // Made twice of the same history it says the same.
    assert_eq!(harbor.bundled().await.words, view.words);
}

#[tokio::test]
async fn a_secret_in_it_is_refused_with_its_place_and_not_its_text() {
    let harbor = harbor().await;
    let secret = "vcp_dana-0123456789";
    harbor.get(Request::Hold { which: which(), reason: format!("leaked {secret}") }).await;
    harbor.bundle(false).await.unwrap();
    harbor.engine().ports.redactor.learn(&secret.into());
    let fault = harbor.bundle(false).await.unwrap_err();
    assert_eq!(fault.code, Code::Refused);
    assert!(fault.message.contains("event") && fault.message.contains("hold.set"), "{fault}");
    assert!(!format!("{fault:?}").contains("0123456789"));
}

#[tokio::test]
async fn evidence_that_is_gone_is_named_as_gone_and_changed_evidence_stops_it() {
    let harbor = harbor().await;
    let policy = harbor.release().policy.to_string();
    let path = harbor.home().join("evidence").join(&policy[..2]).join(&policy);
    let kept = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    fs::write(&path, "spoilt").unwrap();
    assert_eq!(harbor.bundle(false).await.unwrap_err().code, Code::Integrity);
    fs::remove_file(&path).unwrap();
    let view = harbor.bundled().await;
    let piece = view.evidence.iter().find(|piece| piece.digest == policy).unwrap();
    assert!(!piece.here && piece.bytes.is_none());
    assert!(
        view.unread.is_some_and(|why| why.contains("policy is not in the file")) && view.phases.is_empty()
    );
    assert!(view.not_proved.iter().any(|sentence| sentence.contains("not in the file")));
    fs::write(&path, kept).unwrap();
    assert_eq!(harbor.bundled().await.unread, None);
}

#[tokio::test]
async fn without_a_key_there_is_no_bundle() {
    let harbor = Harbor::named().await;
    assert_eq!(harbor.bundle(false).await.unwrap_err().code, Code::Refused);
    assert!(!harbor.home().join("bundles").exists());
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_said_and_nothing_is_left() {
    let harbor = harbor().await;
    fs::write(harbor.home().join("bundles"), "in the way").unwrap();
    let fault = harbor.bundle(false).await.unwrap_err();
    assert_eq!(fault.code, Code::Outside);
    assert!(fault.message.contains("was not written"), "{fault}");
}

#[tokio::test]
async fn a_piece_of_evidence_is_read_from_the_file_alone() {
    let harbor = harbor().await;
    let archive = fs::read(harbor.bundle(false).await.unwrap().file).unwrap();
    let policy = harbor.release().policy.to_string();
    let read = |digest: &str| crate::read_bundle_evidence(&archive, digest, None);
    let piece = read(&policy[..8].to_uppercase()).unwrap();
    assert_eq!((piece.digest, piece.standing, piece.dropped_bytes), (policy.clone(), Standing::Unknown, 0));
    assert_eq!(piece.text, POLICY);
    for unclear in ["", &policy[..7], "00000000", "\u{1b}[31m00000000"] {
        let fault = read(unclear).unwrap_err();
        assert_eq!(fault.code, Code::BadInput, "{unclear}");
        assert!(!fault.message.contains('\u{1b}'));
    }
    let mut touched = archive.clone();
    touched[archive.len() / 2] ^= 1;
    assert_eq!(crate::read_bundle_evidence(&touched, &policy, None).unwrap_err().code, Code::Integrity);
}

#[tokio::test(start_paused = true)]
async fn a_bundle_of_a_rehearsal_says_so_even_when_its_ledger_is_opened_like_another() {
    let mut harbor = harbor().await;
    assert!(!harbor.bundled().await.rehearsal);
    harbor.rehearse(true);
    assert!(harbor.bundled().await.rehearsal);
    harbor.deploy("production").await.unwrap();
    harbor.rehearse(false);
    let view = harbor.bundled().await;
    assert!(view.rehearsal && view.not_proved[0].contains("rehearsal"), "{:?}", view.not_proved);
}
