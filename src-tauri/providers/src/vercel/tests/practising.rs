//! The same client against a provider that keeps state and means by its calls what Vercel means.

use super::*;
use seaworthy_domain::operation::Live;
use seaworthy_domain::operation::Seen;
use seaworthy_domain::operation::TargetState;
use seaworthy_ports::Deployer;
use seaworthy_ports::ReadError;
use seaworthy_ports::Sent;
use seaworthy_practice::Call;
use seaworthy_practice::Drift;
use seaworthy_practice::Pace;
use seaworthy_practice::PartialJob;
use seaworthy_practice::Practice;
use seaworthy_practice::ProjectSetup;
use seaworthy_practice::Setup;
use seaworthy_practice::Trouble;
use seaworthy_practice::What;
use std::collections::BTreeMap;

/// Looks before a test gives up; at the pace of reads everything is done within a few.
const LOOKS: u32 = 20;

struct Shop {
    practice: Practice,
    target: VercelTarget,
    keys: Arc<Keys>,
    folder: tempfile::TempDir,
}

impl Shop {
    async fn with(setup: ProjectSetup, rolling: Option<&[&str]>) -> Self {
        let setup = Setup { pace: Pace::Reads, ..Setup::one(7, setup) };
        let practice = Practice::start(Arc::new(SystemClock), setup).await.unwrap();
        let origin = practice.url();
        let service = Service::Vercel { team: Some(practice.team().to_owned()) };
        let keys = Keys {
            origin: origin.clone(),
            team: practice.team(),
            token: practice.token(),
            refused: AtomicUsize::default(),
        };
        let target = VercelTarget {
            connection: "vercel".to_owned(),
            at: Connection { service, origin: Origin::parse(&origin).unwrap() },
            project: practice.standing("shop").unwrap().project,
            source: VercelSource::Upload("dist".into()),
            rolling: rolling.map(|shares| shares.iter().map(|text| share(text)).collect()),
        };
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("dist")).unwrap();
        std::fs::write(folder.path().join("dist/index.html"), "abc").unwrap();
        Self { practice, target, keys: Arc::new(keys), folder }
    }

    async fn plain() -> Self {
        Self::with(ProjectSetup::named("shop"), None).await
    }

    async fn rolling() -> Self {
        let setup = ProjectSetup::named("shop").rolling(&[5.0, 25.0, 100.0]);
        Self::with(setup, Some(&["5%", "25%", "100%"])).await
    }

    fn deployer(&self) -> VercelDeployer {
        deployer(&self.target, self.keys.clone(), self.folder.path())
    }

    async fn send(&self, order: &Order) -> Sent {
        self.deployer().send(order).await
    }

    async fn state(&self) -> TargetState {
        self.deployer().read().await.unwrap()
    }

    /// Looks until `order` shows its effect.
    async fn seen(&self, order: &Order) -> TargetState {
        let mut last = None;
        for _ in 0..LOOKS {
            let state = self.state().await;
            if order.step.act.seen_in(&state, &order.step.deployment) == Seen::Applied {
                return state;
            }
            last = Some(state);
        }
        panic!("{} did not take effect: {last:?}", order.step.act);
    }

    async fn done(&self, order: &Order) -> TargetState {
        let sent = self.send(order).await;
        assert!(matches!(sent, Sent::Accepted { .. }), "{sent:?}");
        self.seen(order).await
    }

    fn old(&self) -> String {
        let standing = self.practice.standing("shop").unwrap();
        standing.deployments.first().unwrap().0.clone()
    }

    /// Effects by kind, without uploads.
    fn effects(&self) -> BTreeMap<What, usize> {
        let mut counts = BTreeMap::new();
        for effect in self.practice.effects().into_iter().filter(|effect| effect.what != What::Uploaded) {
            *counts.entry(effect.what).or_default() += 1;
        }
        counts
    }
}

fn shares(state: &TargetState) -> Vec<String> {
    let mut live: Vec<&Live> = state.deployments.iter().collect();
    live.sort_by_key(|live| live.share);
    live.into_iter().map(|live| live.share.to_string()).collect()
}

#[tokio::test]
async fn placed_promoted_and_rolled_back() {
    let shop = Shop::plain().await;
    let old = shop.old();
    let placed = shop.done(&order(Act::Place)).await;
    assert_eq!((shares(&placed), &placed.unsettled), (vec!["0%".to_owned(), "100%".to_owned()], &None));
    let url = placed.find(&order(Act::Place).step.deployment).unwrap().url.clone().unwrap();
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    let standing = shop.practice.standing("shop").unwrap();
    assert!(standing.domains.iter().all(|(_, to)| *to == old), "staged: {standing:?}");
    let promoted = shop.done(&give("100%", 1)).await;
    assert_eq!(shares(&promoted), ["0%", "100%"]);
    let back = shop.done(&back_to(&old, "slow")).await;
    assert_eq!(back.find(&DeploymentId(old.clone())).unwrap().share, Share::FULL);
    assert_eq!(back.remarks.len(), 1);
    let standing = shop.practice.standing("shop").unwrap();
    assert!(standing.domains.iter().all(|(_, to)| *to == old) && !standing.auto_assign);
    let once = [What::Created, What::Promoted, What::RolledBack].map(|what| (what, 1));
    assert_eq!(shop.effects(), BTreeMap::from(once));
}

#[tokio::test]
async fn started_approved_and_completed() {
    let shop = Shop::rolling().await;
    shop.done(&order(Act::Place)).await;
    let mut seen = Vec::new();
    for stage in [give("5%", 1), give("25%", 2), give("100%", 3)] {
        seen.push(shares(&shop.done(&stage).await));
        // The same again is refused and skips nothing.
        assert!(matches!(shop.send(&stage).await, Sent::Refused(_)));
    }
    assert_eq!(seen, [["5%", "95%"], ["25%", "75%"], ["0%", "100%"]]);
    let once = [What::Created, What::Started, What::Advanced, What::Completed].map(|what| (what, 1));
    assert_eq!(shop.effects(), BTreeMap::from(once));
}

#[tokio::test]
async fn a_rollback_stops_a_rolling_release() {
    let shop = Shop::rolling().await;
    let old = shop.old();
    shop.done(&order(Act::Place)).await;
    shop.done(&give("5%", 1)).await;
    let back = shop.done(&back_to(&old, "slow")).await;
    assert_eq!(shares(&back), ["0%", "100%"]);
    assert_eq!((shop.effects()[&What::RolledBack], shop.effects()[&What::Aborted]), (1, 1));
    assert!(matches!(shop.send(&give("25%", 2)).await, Sent::Refused(_)));
}

#[tokio::test]
async fn a_lost_answer_is_found_by_its_mark() {
    for (trouble, created) in [
        (Trouble::CutBefore, false),
        (Trouble::CutAfter, true),
        (Trouble::CutWithin, true),
        (Trouble::Status { status: 502, applied: true }, true),
        (Trouble::Status { status: 502, applied: false }, false),
        (Trouble::Garbage { applied: true }, true),
        (Trouble::Portal, false),
        (Trouble::Huge { bytes: 9 * 1024 * 1024, applied: true }, true),
    ] {
        let shop = Shop::plain().await;
        shop.practice.trouble(Call::Create, trouble.clone());
        let sent = shop.send(&order(Act::Place)).await;
        assert!(matches!(sent, Sent::Unknown(_)), "{trouble:?}: {sent:?}");
        let state = shop.state().await;
        let seen = Act::Place.seen_in(&state, &order(Act::Place).step.deployment);
        // A deployment that is still being built is neither there nor absent.
        assert_eq!(seen != Seen::Absent, created, "{trouble:?}: {state:?}");
        assert_eq!(shop.effects().contains_key(&What::Created), created);
    }
}

#[tokio::test]
async fn traffic_that_moved_without_an_answer_is_seen() {
    for (trouble, moved) in [
        (Trouble::CutAfter, true),
        (Trouble::CutBefore, false),
        (Trouble::Status { status: 504, applied: true }, true),
        (Trouble::Portal, false),
        (Trouble::Redirect { to: "http://127.0.0.1:9/".to_owned() }, false),
    ] {
        let shop = Shop::rolling().await;
        shop.done(&order(Act::Place)).await;
        shop.practice.trouble(Call::Start, trouble.clone());
        let sent = shop.send(&give("5%", 1)).await;
        assert!(matches!(sent, Sent::Unknown(_)), "{trouble:?}: {sent:?}");
        let seen = give("5%", 1).step.act.seen_in(&shop.state().await, &order(Act::Place).step.deployment);
        assert_eq!(seen, if moved { Seen::Applied } else { Seen::Absent }, "{trouble:?}");
    }
}

#[tokio::test]
async fn domains_that_did_not_all_follow_are_half_done() {
    for (how, words) in [
        (PartialJob::Fails { moved: 1 }, "failed for some domains: www.shop.example"),
        (PartialJob::Hangs { moved: 1 }, "is under way"),
    ] {
        let shop = Shop::plain().await;
        let old = shop.old();
        shop.done(&order(Act::Place)).await;
        shop.practice.spoil_next_job(how);
        assert!(matches!(shop.send(&give("100%", 1)).await, Sent::Accepted { .. }));
        for _ in 0..4 {
            shop.state().await;
        }
        let state = shop.state().await;
        assert!(state.unsettled.as_deref().is_some_and(|why| why.contains(words)), "{state:?}");
        let act = give("100%", 1).step.act;
        assert_eq!(act.seen_in(&state, &order(Act::Place).step.deployment), Seen::Partly);
        // The way back is open all the same.
        shop.done(&back_to(&old, "half done")).await;
        let standing = shop.practice.standing("shop").unwrap();
        assert!(standing.domains.iter().all(|(_, to)| *to == old));
    }
}

#[tokio::test]
async fn what_somebody_else_did_is_seen_before_anything_is_sent() {
    let shop = Shop::rolling().await;
    shop.done(&order(Act::Place)).await;
    let name = order(Act::Place).step.deployment;
    let none = Expected::Share { share: Share::NONE };
    assert_eq!(none.drift(&shop.state().await, &name), None);
    let id = shop.practice.standing("shop").unwrap().deployments[1].0.clone();
    let alias = Drift::Alias { name: "shop.example".to_owned(), deployment: id.clone() };
    shop.practice.drift("shop", alias).unwrap();
    let found = none.drift(&shop.state().await, &name).unwrap();
    assert!(found.contains("shop.example leads to"), "{found}");
    let shop = Shop::rolling().await;
    shop.done(&order(Act::Place)).await;
    shop.done(&give("5%", 1)).await;
    shop.practice.drift("shop", Drift::Approve).unwrap();
    let five = Expected::Share { share: share("5%") };
    assert!(five.drift(&shop.state().await, &name).unwrap().contains("25%"));
    // Even without that look, nothing is skipped.
    assert!(matches!(shop.send(&give("25%", 2)).await, Sent::Refused(_)));
    // Stages that are changed meanwhile are refused with both ladders.
    let shop = Shop::rolling().await;
    shop.practice.drift("shop", Drift::Stages(Some(vec![10.0, 100.0]))).unwrap();
    let Sent::Refused(why) = shop.send(&order(Act::Place)).await else { panic!("it was sent") };
    assert!(why.contains("5%, 25%, 100%") && why.contains("10%, 100%"), "{why}");
}

#[tokio::test]
async fn a_rolling_release_is_never_promoted() {
    let shop = Shop::with(ProjectSetup::named("shop").rolling(&[5.0, 100.0]), None).await;
    for order in [order(Act::Place), give("100%", 1)] {
        assert!(!matches!(shop.send(&order).await, Sent::Accepted { .. }));
    }
    assert!(shop.effects().is_empty());
}

#[tokio::test]
async fn a_failed_build_says_why() {
    let shop = Shop::plain().await;
    shop.practice.fail_next_build("Command \"npm run build\" exited with 1");
    assert!(matches!(shop.send(&order(Act::Place)).await, Sent::Accepted { .. }));
    for _ in 0..LOOKS {
        let state = shop.state().await;
        if let Some(failed) = state.unready.iter().find(|unready| unready.failed) {
            assert!(failed.why.starts_with("its build failed: Command"), "{}", failed.why);
            assert!(failed.why.contains("last lines of its build:"), "{}", failed.why);
            return;
        }
    }
    panic!("the build did not fail");
}

#[tokio::test]
async fn a_token_that_is_revoked_is_refused_and_told() {
    let shop = Shop::plain().await;
    shop.done(&order(Act::Place)).await;
    shop.practice.revoke(true);
    let read = shop.deployer().read().await;
    assert!(matches!(&read, Err(ReadError::Failed(why)) if why.contains("refuses the token")), "{read:?}");
    let old = shop.old();
    assert!(matches!(shop.send(&back_to(&old, "slow")).await, Sent::Refused(_)));
    assert_eq!(shop.keys.refused.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_deleted_way_back_is_refused() {
    let shop = Shop::plain().await;
    let old = shop.old();
    shop.done(&order(Act::Place)).await;
    shop.done(&give("100%", 1)).await;
    shop.practice.drift("shop", Drift::Delete(old.clone())).unwrap();
    let Sent::Refused(why) = shop.send(&back_to(&old, "slow")).await else { panic!("it was sent") };
    assert!(why.contains("does not exist any more"), "{why}");
}

#[tokio::test]
async fn a_look_that_lags_behind_is_not_believed_to_the_end() {
    let shop = Shop::plain().await;
    shop.done(&order(Act::Place)).await;
    shop.practice.lag(4);
    assert!(matches!(shop.send(&give("100%", 1)).await, Sent::Accepted { .. }));
    assert_eq!(
        give("100%", 1).step.act.seen_in(&shop.state().await, &order(Act::Place).step.deployment),
        Seen::Absent
    );
    shop.seen(&give("100%", 1)).await;
}

#[tokio::test]
async fn too_many_reads_are_spread() {
    let shop = Shop::plain().await;
    let limited = || Trouble::Limited { retry_after: Some("0".to_owned()) };
    shop.practice.trouble(Call::Project, limited());
    shop.practice.trouble(Call::Project, limited());
    assert_eq!(shop.state().await.deployments.len(), 1);
    shop.practice.trouble(Call::Create, limited());
    let sent = shop.send(&order(Act::Place)).await;
    assert!(matches!(sent, Sent::Refused(_)), "{sent:?}");
    assert!(shop.effects().is_empty());
}
