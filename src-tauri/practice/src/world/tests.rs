//! Random walks through the provider: whatever is asked, in whatever order, it stays a provider.

use super::Ask;
use super::Cause;
use super::ReleaseState;
use super::Rolling;
use super::Source;
use super::State;
use super::World;
use crate::effect::By;
use crate::effect::What;
use crate::setup::Pace;
use crate::setup::PartialJob;
use crate::setup::ProjectSetup;
use crate::setup::Setup;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// One thing that somebody does. Deployments are named by their place in the order of creation.
#[derive(Clone, Debug)]
enum Deed {
    Create { production: bool, auto_assign: Option<bool>, fails: bool },
    Redeploy(usize),
    Cancel(usize),
    Delete(usize),
    Promote(usize),
    RollBack(usize),
    Start(usize),
    Approve(usize, u8),
    Complete(usize),
    Stages(Option<Vec<u8>>),
    AutoAssign(bool),
    Alias(usize, usize),
    Spoil(PartialJob),
    Read,
    Wait(u16),
}

fn deed() -> impl Strategy<Value = Deed> {
    let which = 0_usize..8;
    prop_oneof![
        4 => (any::<bool>(), any::<Option<bool>>(), prop::bool::weighted(0.1))
            .prop_map(|(production, auto_assign, fails)| Deed::Create { production, auto_assign, fails }),
        1 => which.clone().prop_map(Deed::Redeploy),
        1 => which.clone().prop_map(Deed::Cancel),
        1 => which.clone().prop_map(Deed::Delete),
        5 => which.clone().prop_map(Deed::Promote),
        4 => which.clone().prop_map(Deed::RollBack),
        4 => which.clone().prop_map(Deed::Start),
        4 => (which.clone(), 0_u8..4).prop_map(|(n, next)| Deed::Approve(n, next)),
        2 => which.clone().prop_map(Deed::Complete),
        1 => prop::option::of(prop::collection::vec(0_u8..=100, 0..5)).prop_map(Deed::Stages),
        1 => any::<bool>().prop_map(Deed::AutoAssign),
        1 => (which, 0_usize..3).prop_map(|(n, domain)| Deed::Alias(n, domain)),
        1 => prop_oneof![
            (0_usize..4).prop_map(|moved| Deed::Spoil(PartialJob::Fails { moved })),
            (0_usize..4).prop_map(|moved| Deed::Spoil(PartialJob::Hangs { moved })),
        ],
        2 => Just(Deed::Read),
        8 => any::<u16>().prop_map(Deed::Wait),
    ]
}

fn setup(rolls: bool, automatic: bool, reads: bool) -> Setup {
    let mut project = ProjectSetup::named("harbor");
    if rolls {
        project.rolling = Some(vec![(5.0, Some(1.0)), (25.0, Some(2.0)), (100.0, None)]);
    }
    project.automatic = automatic;
    let pace = if reads { Pace::Reads } else { Pace::default() };
    Setup { pace, ..Setup::one(11, project) }
}

struct Walk {
    world: World,
    made: Vec<String>,
    forward_ms: i64,
}

impl Walk {
    fn new(setup: Setup) -> Self {
        let world = World::new(setup, 1_800_000_000_000, vec!["first.invalid".to_owned()]);
        let made = world.deployments.keys().cloned().collect();
        Self { world, made, forward_ms: 0 }
    }

    fn id(&self, n: usize) -> String {
        self.made[n % self.made.len()].clone()
    }

    fn create(&mut self, ask: Ask, cause: &Cause) -> bool {
        let host = format!("d{}.invalid", self.made.len());
        let made = self.world.create(ask, || Ok(host), cause);
        made.map(|id| self.made.push(id)).is_ok()
    }

    /// Whether the provider took it.
    fn act(&mut self, deed: &Deed, cause: &Cause) -> bool {
        let project = "harbor";
        match deed {
            Deed::Create { production, auto_assign, fails } => {
                self.world.next_build_fails = fails.then(|| "exit 1".to_owned());
                let source = Source::Files(Vec::new());
                self.create(ask(*production, *auto_assign, Some(source), None), cause)
            }
            Deed::Redeploy(n) => {
                let earlier = self.id(*n);
                self.create(ask(true, None, None, Some(earlier)), cause)
            }
            Deed::Cancel(n) => self.world.cancel(&self.id(*n), cause).is_ok(),
            Deed::Delete(n) => self.world.delete(&self.id(*n), cause),
            Deed::Promote(n) => self.world.promote(project, &self.id(*n), cause).is_ok(),
            Deed::RollBack(n) => self.world.roll_back(project, &self.id(*n), None, cause).is_ok(),
            Deed::Start(n) => self.world.start(project, &self.id(*n), cause).is_ok(),
            Deed::Approve(n, next) => {
                self.world.approve(project, f64::from(*next), &self.id(*n), cause).is_ok()
            }
            Deed::Complete(n) => self.world.complete(project, &self.id(*n), cause).is_ok(),
            Deed::Stages(stages) => {
                let stages = stages.as_ref().map(|all| all.iter().map(|s| (f64::from(*s), None)).collect());
                match stages.map(|stages| Rolling::checked(stages, false)).transpose() {
                    Ok(rolling) => self.world.configure(project, rolling, cause).is_ok(),
                    Err(_) => false,
                }
            }
            Deed::AutoAssign(on) => {
                self.world.project_mut(project).unwrap().auto_assign = *on;
                true
            }
            Deed::Alias(n, domain) => {
                let name = ["harbor.example", "www.harbor.example", "branch.harbor.example"][*domain];
                self.world.alias(&self.id(*n), name, cause).is_ok()
            }
            Deed::Spoil(how) => {
                self.world.next_job = Some(*how);
                true
            }
            Deed::Read => {
                self.world.read();
                true
            }
            Deed::Wait(seconds) => {
                self.forward_ms += i64::from(*seconds) * 100;
                self.world.settle(1_800_000_000_000 + self.forward_ms);
                true
            }
        }
    }
}

fn ask(
    production: bool,
    auto_assign: Option<bool>,
    source: Option<Source>,
    redeploy_of: Option<String>,
) -> Ask {
    Ask {
        name: "harbor".to_owned(),
        project: "harbor".to_owned(),
        target: production.then(|| "production".to_owned()),
        auto_assign,
        source,
        redeploy_of,
        meta: BTreeMap::new(),
        inline: BTreeMap::new(),
        force_new: true,
    }
}

/// What holds after every deed.
fn is_sound(world: &World) {
    let project = world.project("harbor").unwrap();
    let shares = project.shares();
    let sum: f64 = shares.iter().map(|(_, share)| share).sum();
    assert!((sum - 100.0).abs() < 1e-9, "{shares:?}");
    assert!(shares.iter().all(|(_, share)| (0.0..=100.0).contains(share)), "{shares:?}");
    for (id, _) in &shares {
        let serving = &world.deployments[id];
        assert!(serving.state == State::Ready && !serving.deleted, "{serving:?}");
        assert_eq!(serving.target.as_deref(), Some("production"));
    }
    let active = project.releases.iter().filter(|release| release.state == ReleaseState::Active).count();
    assert!(active <= 1);
    let newest_is_active = project.releases.last().is_some_and(|r| r.state == ReleaseState::Active);
    assert_eq!(active == 1, newest_is_active);
    if let Some(release) = project.active() {
        assert_ne!(release.canary, project.production);
        assert_eq!(release.current, project.production);
    }
    assert!(project.aliases.iter().all(|alias| world.deployments.contains_key(&alias.deployment)));
    for release in &project.releases {
        assert!(release.stage < release.stages.len());
    }
    let mut times: Vec<_> = world.deployments.values().map(|deployment| deployment.created).collect();
    times.sort_unstable();
    times.dedup();
    assert_eq!(times.len(), world.deployments.len(), "pages of a list are cut by time");
}

proptest! {
    #[test]
    fn whatever_is_asked_one_deployment_is_production_and_shares_are_whole(
        rolls: bool, automatic: bool, reads: bool, deeds in prop::collection::vec(deed(), 1..80),
    ) {
        let mut walk = Walk::new(setup(rolls, automatic, reads));
        is_sound(&walk.world);
        for (n, deed) in deeds.iter().enumerate() {
            let before = walk.world.effects.len();
            let cause = Cause { by: By::Call, operation: Some(format!("op-{n}")) };
            let taken = walk.act(deed, &cause);
            is_sound(&walk.world);
            // What was refused changed nothing.
            if !taken {
                prop_assert_eq!(walk.world.effects.len(), before, "{:?}", deed);
            }
        }
        // One call has one effect of its kind, however late it is done.
        let mut seen = std::collections::BTreeSet::new();
        for effect in walk.world.effects.iter().filter(|effect| effect.by == By::Call) {
            prop_assert!(seen.insert((effect.operation.clone(), effect.what)), "{:?} twice", effect);
        }
    }

    /// A rollback that is done leaves automatic assignment off, and nothing but a promote or a person puts it back.
    #[test]
    fn a_project_that_was_rolled_back_stays_so_until_somebody_promotes(
        rolls: bool, deeds in prop::collection::vec(deed(), 1..80),
    ) {
        let mut walk = Walk::new(setup(rolls, false, false));
        let cause = Cause { by: By::Call, operation: None };
        let mut switched = false;
        for deed in &deeds {
            switched |= matches!(deed, Deed::AutoAssign(true));
            walk.act(deed, &cause);
            let project = walk.world.project("harbor").unwrap();
            if project.rolled_back_to.is_some() && !switched {
                prop_assert!(!project.auto_assign);
            }
            if project.rolled_back_to.is_none() {
                switched = false;
            }
        }
    }

    /// A canary moves one stage at a time, unless it is promoted a second time or completed.
    #[test]
    fn stages_are_never_skipped(deeds in prop::collection::vec(deed(), 1..80)) {
        let mut walk = Walk::new(setup(true, false, false));
        let cause = Cause { by: By::Call, operation: None };
        let at = |world: &World| {
            let project = world.project("harbor").unwrap();
            project.active().map(|release| (project.releases.len(), release.stage))
        };
        for deed in &deeds {
            let before = at(&walk.world);
            walk.act(deed, &cause);
            if let (Some((release, stage)), Some((now, entered))) = (before, at(&walk.world))
                && release == now
            {
                let most = if matches!(deed, Deed::Approve(..)) { stage + 1 } else { stage };
                prop_assert!(entered == stage || entered == most, "{:?}: {} to {}", deed, stage, entered);
            }
        }
        let kinds = walk.world.effects.iter().filter(|effect| effect.what == What::Started).count();
        prop_assert_eq!(kinds, walk.world.project("harbor").unwrap().releases.len());
    }

    /// Time that passes in one leap and in many small steps leads to the same.
    #[test]
    fn a_leap_is_the_same_as_many_steps(
        rolls: bool, automatic: bool, deeds in prop::collection::vec(deed(), 1..30), leap in 1_i64..3_000,
    ) {
        let mut walk = Walk::new(setup(rolls, automatic, false));
        let cause = Cause { by: By::Call, operation: None };
        for deed in &deeds {
            walk.act(deed, &cause);
        }
        let (mut leaping, mut stepping) = (walk.world.clone(), walk.world);
        let start = leaping.now;
        leaping.settle(start + leap * 100);
        for step in 1..=leap {
            stepping.settle(start + step * 100);
        }
        let project = |world: &World| format!("{:?}", world.project("harbor").unwrap());
        prop_assert_eq!(project(&leaping), project(&stepping));
        prop_assert_eq!(leaping.effects, stepping.effects);
    }
}
