//! A release at a hosted provider: the real client against the practice provider, over real sockets in real time.

use super::harbor::*;
use async_trait::async_trait;
use seaworthy_clock::SystemClock;
use seaworthy_domain::Lifecycle;
use seaworthy_domain::account::Account;
use seaworthy_domain::account::Identity;
use seaworthy_http::Client;
use seaworthy_http::ProxyUse;
use seaworthy_ports::Credential;
use seaworthy_ports::CredentialError;
use seaworthy_ports::Credentials;
use seaworthy_practice::Call;
use seaworthy_practice::Drift;
use seaworthy_practice::Pace;
use seaworthy_practice::PartialJob;
use seaworthy_practice::Practice;
use seaworthy_practice::ProjectSetup;
use seaworthy_practice::Setup;
use seaworthy_practice::Trouble;
use seaworthy_practice::What;
use seaworthy_providers::Line;
use seaworthy_providers::Pauses;
use seaworthy_providers::Targets;
use seaworthy_wire::Code;
use seaworthy_wire::Forward;
use seaworthy_wire::ReleaseView;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use seaworthy_wire::StepPreview;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

struct Keys {
    token: SecretString,
    team: Account,
}

#[async_trait]
impl Credentials for Keys {
    async fn open(&self, _: &str, _: &str) -> Result<Credential, CredentialError> {
        let identity = Identity { user: None, team: Some(self.team.clone()) };
        Ok(Credential { token: self.token.clone(), identity })
    }

    fn refused(&self, _: &str) {}
}

/// A release of the harbor at the practice provider.
struct Hosted {
    harbor: Harbor,
    practice: Practice,
}

const COMMANDS: &str = "kind = \"command\"
deploy = \"deploy\"
set_share = \"share\"
rollback = \"back\"
observe = \"observe\"
";

impl Hosted {
    /// At the candidate, with rolling releases of the policy's stages or without any.
    async fn new(rolling: bool) -> Self {
        let project = ProjectSetup::named("shop");
        let project = if rolling { project.rolling(&[5.0, 50.0, 100.0]) } else { project };
        let setup = Setup { pace: Pace::Reads, ..Setup::one(3, project) };
        let practice = Practice::start(Arc::new(SystemClock), setup).await.unwrap();
        let team = Account { id: practice.team().to_owned(), name: "crew".to_owned() };
        let pauses = Pauses {
            build: Duration::from_millis(20),
            traffic: Duration::from_millis(300),
            quiet: Duration::from_millis(1),
            limited: (Duration::from_millis(1), Duration::from_millis(5)),
        };
        let line = Line {
            http: Client::new(ProxyUse::Never).unwrap(),
            credentials: Arc::new(Keys { token: practice.token(), team }),
            clock: Arc::new(SystemClock),
            pauses,
        };
        let targets = Arc::new(Targets::new(Arc::new(SystemClock)).with_hosted(line));
        let harbor = Harbor::hosted(targets, |policy| edited(policy, &practice, rolling));
        std::fs::create_dir(harbor.project().join("dist")).unwrap();
        std::fs::write(harbor.project().join("dist/index.html"), "abc").unwrap();
        let folder = harbor.project().to_string_lossy().into_owned();
        harbor.get(Request::Open { folder, version: "1.0.0".into() }).await;
        harbor.get(Request::Freeze { which: which() }).await;
        harbor.get(Request::Candidate { which: which(), revision: None, again: true }).await;
        Self { harbor, practice }
    }

    async fn placed(rolling: bool) -> Self {
        let hosted = Self::new(rolling).await;
        hosted.harbor.deploy("production").await.unwrap();
        hosted
    }

    fn effects(&self) -> BTreeMap<What, usize> {
        let mut counts = BTreeMap::new();
        for effect in self.practice.effects().into_iter().filter(|effect| effect.what != What::Uploaded) {
            *counts.entry(effect.what).or_default() += 1;
        }
        counts
    }

    fn shares(&self) -> Vec<f64> {
        self.practice.standing("shop").unwrap().shares.into_iter().map(|(_, share)| share).collect()
    }

    async fn preview(&self, request: Request) -> StepPreview {
        let (pushes, _) = mpsc::channel(1);
        match self.harbor.engine().call(request, pushes).await.unwrap() {
            Reply::Preview(preview) => preview,
            other => panic!("{other:?}"),
        }
    }
}

/// Production at the provider; staging stays a folder.
fn edited(policy: &str, practice: &Practice, rolling: bool) -> String {
    let project = practice.standing("shop").unwrap().project;
    let vercel = format!(
        "kind = \"vercel\"\nconnection = \"host\"\nproject = \"{project}\"\nrolling = {rolling}\nupload = \"dist\"\n\n\
         [targets.preview]\nkind = \"folder\"\nsource = \"dist\"\ndirectory = \"staging\"\n\n\
         [connections.host]\nservice = \"vercel\"\norigin = \"{}\"\nteam = \"{}\"\n",
        practice.url(),
        practice.team(),
    );
    let policy = policy.replace(COMMANDS, &vercel);
    let policy = policy
        .replace("[environments.staging]\ntarget = \"web\"", "[environments.staging]\ntarget = \"preview\"");
    if rolling {
        return policy;
    }
    let (before, rest) = policy.split_once("[[rollout.stages]]").unwrap();
    let (_, after) = rest.split_once("[guardrails.errors]").unwrap();
    format!("{before}[[rollout.stages]]\nname = \"All\"\nshare = \"100%\"\n\n[guardrails.errors]{after}")
}

#[tokio::test]
async fn a_release_climbs_the_providers_own_stages() {
    let hosted = Hosted::new(true).await;
    let harbor = &hosted.harbor;
    let deploy = Forward::Deploy { environment: "production".into() };
    let preview = hosted.preview(Request::Preview { which: which(), step: deploy }).await;
    assert!(preview.calls[0].target.contains("/v13/deployments?teamId="), "{preview:?}");
    harbor.deploy("production").await.unwrap();
    assert_eq!(hosted.shares(), [100.0]);
    let preview = hosted.preview(Request::Preview { which: which(), step: Forward::Advance }).await;
    assert!(preview.calls[0].body.iter().any(|line| line.contains("\"dpl_")), "{preview:?}");
    harbor.advance().await.unwrap();
    assert_eq!(hosted.shares(), [95.0, 5.0]);
    harbor.look(30).await;
    harbor.advance().await.unwrap();
    assert_eq!(hosted.shares(), [50.0, 50.0]);
    harbor.look(30).await;
    harbor.advance().await.unwrap();
    assert_eq!((hosted.shares(), harbor.release().lifecycle), (vec![100.0], Lifecycle::Hypercare));
    let once = [What::Created, What::Started, What::Advanced, What::Completed].map(|what| (what, 1));
    assert_eq!(hosted.effects(), BTreeMap::from(once));
    // Each change carries the operation that the ledger knows it by.
    let ledger: Vec<String> = harbor.release().operations.iter().map(|op| op.id.to_string()).collect();
    let log = hosted.practice.effects().into_iter().filter(|effect| effect.what != What::Uploaded);
    assert_eq!(log.filter_map(|effect| effect.operation).collect::<Vec<_>>(), ledger);
}

#[tokio::test]
async fn a_breach_goes_back_by_itself() {
    for rolling in [true, false] {
        let hosted = Hosted::placed(rolling).await;
        let harbor = &hosted.harbor;
        harbor.advance().await.unwrap();
        harbor.look(4).await;
        harbor.outside.state().errors = 5;
        harbor.look(8).await;
        assert_eq!(harbor.release().lifecycle, Lifecycle::RolledBack);
        assert_eq!(hosted.shares(), [100.0]);
        let standing = hosted.practice.standing("shop").unwrap();
        assert_eq!((standing.auto_assign, hosted.effects()[&What::RolledBack]), (false, 1));
    }
}

#[tokio::test]
async fn a_release_without_stages_is_promoted_and_taken_back() {
    let hosted = Hosted::placed(false).await;
    let harbor = &hosted.harbor;
    harbor.advance().await.unwrap();
    assert_eq!(harbor.release().lifecycle, Lifecycle::Hypercare);
    let preview = hosted.preview(Request::PreviewRollback { which: which() }).await;
    assert!(preview.calls[0].body.iter().any(|line| line.contains("environment variables")), "{preview:?}");
    let view = harbor.back().await.unwrap();
    assert_eq!(harbor.release().lifecycle, Lifecycle::RolledBack);
    let left = |view: &ReleaseView| {
        view.acts.iter().filter(|act| act.title.contains("rolled back at Vercel")).count()
    };
    assert_eq!(left(&view), 1, "{:?}", view.acts);
    let once = [What::Created, What::Promoted, What::RolledBack].map(|what| (what, 1));
    assert_eq!(hosted.effects(), BTreeMap::from(once));
}

#[tokio::test]
async fn lost_answers_are_found_out_about_and_nothing_is_sent_twice() {
    for (trouble, applied) in [
        (Trouble::CutAfter, true),
        (Trouble::CutBefore, false),
        (Trouble::Status { status: 503, applied: true }, true),
        (Trouble::Status { status: 503, applied: false }, false),
    ] {
        let hosted = Hosted::new(true).await;
        let harbor = &hosted.harbor;
        hosted.practice.trouble(Call::Create, trouble.clone());
        if harbor.deploy("production").await.is_err() {
            // It is still being built, or it never was.
            let _either = harbor.reconcile(None).await;
            let _either = harbor.reconcile(None).await;
        }
        assert_eq!(harbor.release().deployment_in("production").is_some(), applied, "{trouble:?}");
        assert_eq!(hosted.effects().get(&What::Created).copied().unwrap_or(0), usize::from(applied));
        if !applied {
            harbor.deploy("production").await.unwrap();
        }
        hosted.practice.trouble(Call::Start, trouble.clone());
        assert_eq!(harbor.advance().await.is_ok(), applied, "{trouble:?}");
        assert_eq!(hosted.effects().get(&What::Started).copied().unwrap_or(0), usize::from(applied));
        let unsettled = harbor.release().open_operation().cloned();
        assert_eq!(unsettled, None, "{trouble:?}");
    }
}

#[tokio::test]
async fn domains_that_hang_are_unknown_and_the_way_back_is_open() {
    let hosted = Hosted::placed(false).await;
    let harbor = &hosted.harbor;
    hosted.practice.spoil_next_job(PartialJob::Hangs { moved: 1 });
    let (advanced, back) = tokio::join!(harbor.advance(), async {
        while !hosted.effects().contains_key(&What::Promoted) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        harbor.back().await
    });
    assert_eq!(advanced.unwrap_err().code, Code::Unknown);
    back.unwrap();
    assert_eq!(harbor.release().lifecycle, Lifecycle::RolledBack);
    let standing = hosted.practice.standing("shop").unwrap();
    assert!(standing.domains.iter().all(|(_, to)| *to == standing.production));
    // What became of the promote is asked once traffic is back.
    assert_eq!(harbor.release().open_operation(), None);
}

#[tokio::test]
async fn what_somebody_did_in_the_dashboard_stops_the_next_step() {
    let hosted = Hosted::placed(true).await;
    let harbor = &hosted.harbor;
    harbor.advance().await.unwrap();
    harbor.look(30).await;
    hosted.practice.drift("shop", Drift::Approve).unwrap();
    let fault = harbor.advance().await.unwrap_err();
    assert!(fault.message.contains("50%"), "{fault}");
    assert_eq!(hosted.effects()[&What::Advanced], 1, "only theirs");
    // Stages that no longer are the policy's place nothing.
    let hosted = Hosted::new(true).await;
    hosted.practice.drift("shop", Drift::Stages(Some(vec![10.0, 100.0]))).unwrap();
    let fault = hosted.harbor.deploy("production").await.unwrap_err();
    assert!(fault.message.contains("10%, 100%"), "{fault}");
    assert!(!hosted.effects().contains_key(&What::Created));
}
