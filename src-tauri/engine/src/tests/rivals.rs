//! Two releases at a time.

use super::harbor::*;
use seaworthy_domain::DeploymentId;
use seaworthy_domain::Release;
use seaworthy_domain::Share;
use seaworthy_ports::ReadError;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use seaworthy_wire::Forward;
use seaworthy_wire::ReleaseView;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use seaworthy_wire::Which;

/// One of several releases of the harbor.
struct Ship<'a> {
    harbor: &'a Harbor,
    version: &'static str,
}

impl<'a> Ship<'a> {
    /// Opened, frozen and named.
    async fn built(harbor: &'a Harbor, version: &'static str) -> Self {
        let ship = Self { harbor, version };
        let folder = harbor.project().to_string_lossy().into_owned();
        harbor.get(Request::Open { folder, version: version.into() }).await;
        harbor.approve_all().await;
        harbor.get(Request::Freeze { which: ship.which() }).await;
        harbor.get(Request::Candidate { which: ship.which(), revision: None, again: false }).await;
        ship
    }

    fn which(&self) -> Which {
        Which { release: Some(self.version.into()), folder: None }
    }

    fn release(&self) -> Release {
        let engine = self.harbor.engine();
        let core = engine.core();
        let found = core.releases.values().find(|live| live.release.version == self.version);
        found.unwrap().release.clone()
    }

    async fn deploy(&self, environment: &str) -> Result<ReleaseView, Fault> {
        self.step(Forward::Deploy { environment: environment.into() }).await
    }

    async fn step(&self, step: Forward) -> Result<ReleaseView, Fault> {
        let expect = self.release().position();
        self.harbor.ask(Request::Move { which: self.which(), step, expect }).await
    }

    async fn check(&self) {
        self.harbor.get(Request::Check { which: self.which(), names: vec!["lint".into()] }).await;
    }
}

#[tokio::test(start_paused = true)]
async fn staging_is_proof_only_of_what_is_there() {
    let harbor = Harbor::edited(
        "[gate.done]",
        "[gate.live]\nphase = \"all\"\nguards = \"deploy:production\"\n\
         criteria = [{ id = \"staged\", deployed = \"staging\" }]\n[gate.done]",
    );
    let one = Ship::built(&harbor, "1.0.0").await;
    one.check().await;
    one.deploy("staging").await.unwrap();
    harbor.clock.advance(EVERY);
    let two = Ship::built(&harbor, "1.1.0").await;
    two.check().await;
    two.deploy("staging").await.unwrap();
    let gone = one.deploy("production").await.unwrap_err();
    assert_eq!((gone.code, gone.missing.len()), (Code::NotReady, 1), "{gone}");
    assert_eq!(gone.missing[0].reason, "1.1.0 is in staging now");
    harbor.clock.advance(EVERY);
    one.deploy("staging").await.unwrap();
    one.deploy("production").await.unwrap();
    assert_eq!(two.deploy("production").await.unwrap_err().missing[0].reason, "1.0.0 is in staging now");
}

#[tokio::test(start_paused = true)]
async fn the_way_back_is_what_production_serves_at_the_first_traffic() {
    for eye in [None, Some(ReadError::NoEye)] {
        let harbor = Harbor::new();
        harbor.outside.state().unreadable = eye.clone();
        let late = Ship::built(&harbor, "1.1.0").await;
        late.deploy("production").await.unwrap();
        harbor.clock.advance(EVERY);
        let hotfix = Ship::built(&harbor, "1.0.1").await;
        hotfix.deploy("production").await.unwrap();
        while !hotfix.release().watches_ended.contains_key("first-hour") {
            let _not_yet_or_there_already = hotfix.step(Forward::Advance).await;
            harbor.look(20).await;
        }
        let attest =
            Request::Attest { which: hotfix.which(), criterion: "lessons".into(), note: String::new() };
        harbor.get(attest).await;
        harbor.get(Request::Close { which: hotfix.which(), summary: "mended".into() }).await;
        late.step(Forward::Advance).await.unwrap();
        let mended = hotfix.release().deployment_in("production").unwrap().id.clone();
        assert_eq!(late.release().way_back, Some(Some(mended.clone())), "{eye:?}");
        harbor.get(Request::Rollback { which: late.which(), reason: "worse".into(), emergency: false }).await;
        assert_eq!(harbor.outside.share(&mended), Share::FULL);
    }
}

#[tokio::test(start_paused = true)]
async fn no_more_traffic_without_the_way_back() {
    for (old, expected) in
        [(None, "old, is not there any more"), (Some("0%"), "old, has no traffic any more; other has 95%")]
    {
        let harbor = Harbor::climbing().await;
        harbor.look(30).await;
        harbor.outside.meddle(&DeploymentId("other".into()), "95%");
        match old {
            Some(share) => harbor.outside.meddle(&DeploymentId("old".into()), share),
            None => drop(
                harbor
                    .outside
                    .state()
                    .targets
                    .get_mut("production")
                    .unwrap()
                    .remove(&DeploymentId("old".into())),
            ),
        }
        let sent = harbor.outside.sent();
        let fault = harbor.advance().await.unwrap_err();
        assert_eq!((fault.code, harbor.outside.sent()), (Code::Outside, sent), "{fault}");
        assert!(fault.message.contains(expected), "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_word_given_for_one_release_moves_no_other() {
    let harbor = Harbor::new();
    let one = Ship::built(&harbor, "1.0.0").await;
    let two = Ship::built(&harbor, "1.1.0").await;
    let step = || Forward::Deploy { environment: "production".into() };
    let preview = match harbor.reply(Request::Preview { which: which(), step: step() }).await.unwrap() {
        Reply::Preview(preview) => preview,
        other => panic!("no preview: {other:?}"),
    };
    assert_eq!(preview.release, two.release().id.to_string());
    // While the person reads, the other one becomes the newest.
    harbor.clock.advance(EVERY);
    one.check().await;
    let moved = Request::Move { which: which(), step: step(), expect: preview.expect.clone() };
    assert_eq!(harbor.ask(moved).await.unwrap_err().code, Code::Refused);
    assert_eq!(harbor.outside.sent(), 0);
    let shown = Which { release: Some(preview.release), folder: None };
    harbor.get(Request::Move { which: shown, step: step(), expect: preview.expect }).await;
    assert!(two.release().deployment_in("production").is_some());
    assert!(one.release().deployment_in("production").is_none());
}

#[tokio::test(start_paused = true)]
async fn who_stands_in_another_folder_gets_no_answer_and_changes_nothing() {
    let harbor = Harbor::climbing().await;
    let elsewhere = |release: Option<String>| Which { release, folder: Some("/somewhere/else".into()) };
    for release in [None, Some("1.0.0".to_owned())] {
        let which = || elsewhere(release.clone());
        let position = harbor.release().position();
        let requests = [
            Request::Status { which: which() },
            Request::Rollback { which: which(), reason: "enough".into(), emergency: true },
            Request::Move { which: which(), step: Forward::Advance, expect: position.clone() },
            Request::Check { which: which(), names: vec!["lint".into()] },
            Request::Attest { which: which(), criterion: "lessons".into(), note: String::new() },
            Request::Candidate { which: which(), revision: None, again: false },
            Request::Hold { which: which(), reason: "stop".into() },
            Request::Abandon { which: which(), reason: "enough".into() },
        ];
        for request in requests {
            let fault = harbor.ask(request).await.unwrap_err();
            assert_eq!(fault.code, Code::Refused, "{fault}");
            assert!(fault.message.starts_with("the project in this folder has no release"), "{fault}");
        }
        assert_eq!(harbor.release().position(), position);
        let page = harbor.reply(Request::Report { which: which() }).await.unwrap_err();
        assert_eq!(page.code, Code::Refused, "{page}");
    }
    let by_id = elsewhere(Some(harbor.id().to_string()));
    harbor.get(Request::Hold { which: by_id, reason: "stop".into() }).await;
}

#[tokio::test(start_paused = true)]
async fn a_project_within_the_folder_of_another_is_not_that_one() {
    let harbor = Harbor::climbing().await;
    let within = harbor.project().join("docs");
    std::fs::create_dir(&within).unwrap();
    let from = || Which { release: None, folder: Some(within.to_string_lossy().into_owned()) };
    assert_eq!(harbor.get(Request::Status { which: from() }).await.head.version, "1.0.0");
    std::fs::write(within.join("seaworthy.toml"), "").unwrap();
    assert_eq!(harbor.ask(Request::Status { which: from() }).await.unwrap_err().code, Code::Refused);
}

#[tokio::test(start_paused = true)]
async fn an_emergency_is_about_what_production_serves_whatever_was_opened_since() {
    let harbor = Harbor::climbing().await;
    let here = || Which { release: None, folder: Some(harbor.project().to_string_lossy().into_owned()) };
    let folder = harbor.project().to_string_lossy().into_owned();
    harbor.clock.advance(EVERY);
    let opened = harbor.get(Request::Open { folder, version: "1.1.0".into() }).await;
    let also: Vec<_> = opened.also.iter().map(|one| one.text.as_str()).collect();
    assert_eq!(also, ["1.0.0 has 5\u{202f}% of production"]);
    let seen = harbor.get(Request::Status { which: here() }).await;
    assert_eq!((seen.head.version.as_str(), seen.also.len()), ("1.1.0", 1));
    let held = harbor.get(Request::Hold { which: here(), reason: "stop everything".into() }).await;
    assert_eq!(held.head.version, "1.0.0");
    harbor.clock.advance(EVERY);
    let named = Which { release: Some("1.1.0".into()), folder: None };
    harbor.get(Request::Hold { which: named.clone(), reason: "this one too".into() }).await;
    let lift = Request::Lift { which: here(), reason: String::new() };
    let fault = harbor.ask(lift).await.unwrap_err();
    let both =
        "it is not clear which release is meant: 1.0.0 has 5\u{202f}% of production, 1.1.0 is planning";
    assert_eq!((fault.code, fault.message.as_str()), (Code::Refused, both));
    harbor.get(Request::Lift { which: named, reason: String::new() }).await;
    assert_eq!(
        harbor.get(Request::Lift { which: here(), reason: String::new() }).await.head.version,
        "1.0.0"
    );
    let back = Request::Rollback { which: here(), reason: "site is broken".into(), emergency: false };
    let view = harbor.get(back).await;
    assert_eq!((view.head.version.as_str(), view.head.rolled_back), ("1.0.0", true));
    assert_eq!(harbor.get(Request::Status { which: here() }).await.also, []);
}
