//! Looking while something is under way.

use super::harbor::*;
use super::outside::Fate;
use seaworthy_domain::Lifecycle;
use seaworthy_domain::Release;
use seaworthy_domain::operation::OperationState;
use seaworthy_wire::Forward;
use seaworthy_wire::Request;
use seaworthy_wire::State;
use seaworthy_wire::Which;
use std::collections::BTreeSet;

impl Harbor {
    /// Lets time pass and somebody look, without waiting for what follows from it.
    pub(super) async fn glance(&self, times: u32) {
        for _ in 0..times {
            self.clock.advance(EVERY);
            self.engine().begin_tick();
            // Tokio's own time stands still until everything waits.
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    }

    /// A release of another project in the same engine, at its first stage.
    pub(super) async fn neighbour(&self) {
        let folder = self.neighbouring_folder();
        let old = self.outside.state().targets["production"].clone();
        self.outside.state().targets.insert("live".into(), old);
        self.get(Request::Open { folder, version: "7.0.0".into() }).await;
        let which = || Which { release: Some("7.0.0".into()), folder: None };
        self.approve_all_of(which()).await;
        self.get(Request::Freeze { which: which() }).await;
        self.get(Request::Candidate { which: which(), revision: None, again: true }).await;
        for step in [Forward::Deploy { environment: "live".into() }, Forward::Advance] {
            let expect = self.of("7.0.0").position();
            self.get(Request::Move { which: which(), step, expect }).await;
        }
    }

    pub(super) fn of(&self, version: &str) -> Release {
        let engine = self.engine();
        let core = engine.core();
        core.releases.values().map(|live| &live.release).find(|r| r.version == version).unwrap().clone()
    }
}

#[tokio::test(start_paused = true)]
async fn a_rollback_that_hangs_keeps_no_other_release_from_its_own() {
    let harbor = Harbor::climbing().await;
    harbor.neighbour().await;
    harbor.look(3).await;
    harbor.outside.next(Fate::Waits);
    harbor.outside.state().errors = 5;
    harbor.glance(12).await;
    let back = ["1.0.0", "7.0.0"].map(|version| harbor.of(version).lifecycle);
    assert!(back.contains(&Lifecycle::RolledBack) && back.contains(&Lifecycle::RollingOut), "{back:?}");
    assert_eq!(harbor.outside.backward(), 2);
    let told: BTreeSet<String> =
        harbor.outside.state().notices.iter().map(|notice| notice.title.clone()).collect();
    let told = told.iter().filter(|title| title.starts_with("Rolling back"));
    assert_eq!(told.count(), 2, "nobody waits for the end of a rollback to hear of it");
    let looks = || harbor.outside.state().looks;
    let before = looks();
    harbor.glance(4).await;
    assert_eq!(looks() - before, 4, "the one that hangs is looked at all the same");
    harbor.outside.go.notify_one();
    harbor.engine().idle().await;
    assert!(["1.0.0", "7.0.0"].map(|version| harbor.of(version).lifecycle) == [Lifecycle::RolledBack; 2]);
}

#[tokio::test(start_paused = true)]
async fn guardrails_are_armed_while_an_advance_is_under_way() {
    let harbor = Harbor::climbing().await;
    harbor.look(30).await;
    harbor.outside.next(Fate::Waits);
    let engine = harbor.engine();
    let step = Request::Move { which: which(), step: Forward::Advance, expect: harbor.release().position() };
    let advance = tokio::spawn(async move { ask(&engine, step).await });
    harbor.outside.until_it_waits().await;
    harbor.outside.state().errors = 5;
    harbor.glance(12).await;
    assert_eq!(harbor.kinds("guardrail.breached"), 1);
    let release = harbor.release();
    assert!(release.hold.is_some(), "nothing else moves forward");
    assert_eq!(release.operations.last().unwrap().state, OperationState::Intended);
    assert!(harbor.outside.state().notices.iter().any(|n| n.title.starts_with("Rolling back")));
    harbor.outside.go.notify_one();
    advance.await.unwrap().unwrap();
    harbor.engine().idle().await;
    assert_eq!((harbor.release().lifecycle, harbor.outside.backward()), (Lifecycle::RolledBack, 1));
}

#[tokio::test(start_paused = true)]
async fn a_panic_ends_neither_the_watch_nor_another_and_is_said() {
    let harbor = Harbor::climbing().await;
    harbor.neighbour().await;
    harbor.look(3).await;
    let looks = harbor.outside.state().looks;
    harbor.outside.state().panics = 1;
    harbor.look(1).await;
    assert_eq!(harbor.outside.state().looks - looks, 1, "the other one was looked at");
    let mut armed = Vec::new();
    for release in ["1.0.0", "7.0.0"] {
        let which = Which { release: Some(release.into()), folder: None };
        armed.push(harbor.get(Request::Status { which }).await.rollout.armed);
    }
    let broken: Vec<_> = armed.iter().filter(|armed| armed.state == State::NotArmed).collect();
    assert!(matches!(broken[..], [one] if one.text.contains("broke off")), "{armed:?}");
    assert!(harbor.outside.state().notices.iter().any(|n| n.title.ends_with("is not watched")));
    assert_eq!(harbor.kinds("notice.given"), 1);
    harbor.look(8).await;
    for release in ["1.0.0", "7.0.0"] {
        let which = Which { release: Some(release.into()), folder: None };
        let armed = harbor.get(Request::Status { which }).await.rollout.armed;
        assert_eq!(armed.lines[0].state, State::Pass, "{armed:?}");
    }
}
