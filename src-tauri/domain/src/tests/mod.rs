//! A release in memory: the policy is written out here, commands are asked and their events applied.

mod commands;
mod connections;
mod fold;
mod model;
mod proofs;

use crate::command::Context;
use crate::command::Step;
use crate::operation::*;
use crate::policy::*;
use crate::proof::Facts;
use crate::proof::Measured;
use crate::*;
use chrono::DateTime;
use chrono::TimeDelta;
use chrono::Utc;
use rust_decimal::Decimal;
use seaworthy_rules::Period;
use seaworthy_rules::Rule;
use seaworthy_rules::Verdict;
use std::collections::BTreeMap;
use std::path::PathBuf;
use uuid::Uuid;

pub(super) const STAGING: &str = "staging";
pub(super) const PRODUCTION: &str = "production";

pub(super) fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn criterion(id: &str, kind: CriterionKind, subject: Subject, holds: Holds) -> Criterion {
    Criterion { id: id.into(), title: format!("{id} holds"), kind, subject, holds, fresh_for: None }
}

fn check(id: &str, check: &str, subject: Subject, holds: Holds) -> Criterion {
    criterion(id, CriterionKind::Check { check: check.into() }, subject, holds)
}

fn attest(id: &str, subject: Subject) -> Criterion {
    let kind = CriterionKind::Attest { statement: format!("{id} is so"), by: "captain".into() };
    criterion(id, kind, subject, Holds::AtPassage)
}

fn gate(id: &str, guards: Transition, criteria: Vec<Criterion>) -> Gate {
    let (title, phase, owner) = (id.to_owned(), "all".to_owned(), "captain".to_owned());
    Gate { id: id.into(), title, phase, owner, guards: Some(guards), criteria }
}

fn deployed_in(environment: &str) -> Subject {
    Subject::Deployment { environment: environment.into() }
}

fn gates() -> Vec<Gate> {
    let staged = CriterionKind::Deployed { environment: STAGING.into() };
    let audit = Criterion {
        fresh_for: Some(Period::from_secs(86_400)),
        ..check("audit", "audit", Subject::Candidate, Holds::UntilClose)
    };
    let errors = CriterionKind::Rule { rule: Rule::parse("error_rate < 5% over 30m").unwrap() };
    vec![
        gate("scope", Transition::Freeze, vec![attest("goal", Subject::Release)]),
        gate(
            "quality",
            Transition::Deploy(STAGING.into()),
            vec![check("lint", "lint", Subject::Candidate, Holds::AtPassage)],
        ),
        gate(
            "go-live",
            Transition::Deploy(PRODUCTION.into()),
            vec![
                criterion("staged", staged, deployed_in(STAGING), Holds::AtPassage),
                check("smoke", "smoke", deployed_in(STAGING), Holds::AtPassage),
                attest("support", Subject::Candidate),
                audit,
            ],
        ),
        gate(
            "expand",
            Transition::Advance(2),
            vec![criterion("errors", errors, deployed_in(PRODUCTION), Holds::UntilClose)],
        ),
        gate("done", Transition::Close, vec![attest("lessons", deployed_in(PRODUCTION))]),
    ]
}

fn soak(seconds: u64) -> Soak {
    let coverage = Coverage(Decimal::new(9, 1));
    Soak { length: Period::from_secs(seconds), at_most: None, coverage }
}

pub(super) fn policy() -> Policy {
    let environment = |kind| Environment { kind, target: "web".into(), url: None };
    let stage = |name: &str, share: &str, soak| Stage {
        name: name.into(),
        share: share.parse().unwrap(),
        soak,
        auto_advance: false,
    };
    Policy {
        meta: Meta::default(),
        project: Project { id: ProjectId(Uuid::nil()), name: "harbor".into(), repository: PathBuf::new() },
        roles: BTreeMap::new(),
        connections: BTreeMap::new(),
        environments: BTreeMap::from([
            (STAGING.to_owned(), environment(EnvironmentKind::Staging)),
            (PRODUCTION.to_owned(), environment(EnvironmentKind::Production)),
        ]),
        targets: BTreeMap::from([("web".to_owned(), Target::Practice)]),
        probe: None,
        metrics: BTreeMap::new(),
        checks: BTreeMap::new(),
        phases: vec![Phase { id: "all".into(), title: "All".into() }],
        gates: gates(),
        rollout: Rollout {
            stages: vec![
                stage("canary", "5%", Some(soak(3_600))),
                stage("half", "50%", Some(soak(3_600))),
                stage("all", "100%", None),
            ],
        },
        guardrails: Vec::new(),
        watches: vec![Watch {
            name: "hypercare".into(),
            after: Anchor::FullTraffic,
            soak: soak(7_200),
            needed_for: NeededFor::Close,
        }],
    }
}

/// A release whose operations have the outcome the test says.
pub(super) struct World {
    pub(super) policy: Policy,
    pub(super) release: Release,
    pub(super) facts: Facts,
    pub(super) now: DateTime<Utc>,
    made: u128,
}

impl World {
    pub(super) fn open() -> Self {
        let opened = Event::Opened {
            project: ProjectId(Uuid::nil()),
            project_name: "harbor".into(),
            version: "1.0.0".into(),
            policy: Digest::of(b"policy"),
            policy_title: "Harbor v1".into(),
        };
        let release = Release::open(ReleaseId(Uuid::nil()), &opened, start()).unwrap();
        Self { policy: policy(), release, facts: Facts::default(), now: start(), made: 0 }
    }

    pub(super) fn context(&self) -> Context<'_> {
        Context { policy: &self.policy, release: &self.release, facts: &self.facts, now: self.now }
    }

    pub(super) fn pass(&mut self, seconds: i64) {
        self.now += TimeDelta::seconds(seconds);
    }

    pub(super) fn id(&mut self) -> Uuid {
        self.made += 1;
        Uuid::from_u128(self.made)
    }

    pub(super) fn apply(&mut self, event: &Event) -> Result<(), Misfit> {
        self.now += TimeDelta::milliseconds(1);
        let stamp = Stamp { at: self.now, actor: "dana" };
        // What the ledger keeps is what is folded.
        let entry = event.to_entry().unwrap();
        let read = Event::from_entry(&entry.kind, &entry.body).unwrap();
        assert_eq!(read, *event);
        self.release.apply(&read, &stamp)
    }

    pub(super) fn take(&mut self, events: impl IntoIterator<Item = Event>) {
        for event in events {
            self.apply(&event).unwrap();
        }
    }

    pub(super) fn attest(&mut self, criterion: &str) {
        let events = self.context().attest(criterion, "").unwrap();
        self.take(events);
    }

    pub(super) fn freeze(&mut self) {
        self.attest("scope/goal");
        let events = self.context().freeze(Digest::of(b"policy"), "Harbor v1", Digest::of(b"[]")).unwrap();
        self.take(events);
    }

    pub(super) fn candidate(&mut self) -> Result<(), Refusal> {
        let events = self.context().candidate("c0ffee", None, Digest::of(b""))?;
        self.take(events);
        Ok(())
    }

    pub(super) fn begin(&mut self, check: &str, environment: Option<&str>) -> RunId {
        let run = RunId(self.id());
        let candidate = self.release.candidate().map_or(0, |c| c.number);
        let environment = environment.map(str::to_owned);
        self.take([Event::CheckStarted { run, check: check.into(), candidate, environment, command: None }]);
        run
    }

    pub(super) fn end(&mut self, run: RunId, result: CheckResult, unbound: Option<&str>) {
        let (summary, unbound) = ("exit 0".to_owned(), unbound.map(str::to_owned));
        self.take([Event::CheckFinished { run, result, summary, log: None, took_ms: 1, unbound }]);
    }

    pub(super) fn check(&mut self, check: &str, environment: Option<&str>) {
        let run = self.begin(check, environment);
        self.end(run, CheckResult::Pass, None);
    }

    pub(super) fn intend(&mut self, step: &Step) -> OperationId {
        let operation = OperationId(self.id());
        self.take([Event::Intended {
            operation,
            act: step.act.clone(),
            environment: step.environment.clone(),
            target: "web".into(),
            deployment: step.deployment.clone(),
            candidate: step.candidate,
            expected: step.expected.clone(),
            preview: Preview { method: "run".into(), target: "x".into(), body: Vec::new() },
            effect: EffectClass::Opaque,
            acting: None,
            rehearsal: false,
        }]);
        operation
    }

    pub(super) fn settle(&mut self, operation: OperationId, outcome: Outcome) {
        self.take([Event::Settled { operation, outcome }]);
    }

    pub(super) fn carry_out(&mut self, step: &Step) {
        let operation = self.intend(step);
        self.settle(operation, Outcome::Applied { url: None });
    }

    pub(super) fn deploy(&mut self, environment: &str) -> Result<(), Refusal> {
        let operation = OperationId(self.id());
        let (passage, steps) = self.context().deploy(environment, operation)?;
        self.take(passage);
        for step in steps {
            self.carry_out(&step);
        }
        Ok(())
    }

    pub(super) fn advance(&mut self) -> Result<(), Refusal> {
        let (passage, step) = self.context().advance()?;
        self.take(passage);
        self.carry_out(&step);
        Ok(())
    }

    pub(super) fn soaked(&mut self, stage: u32) {
        self.take([Event::Soaked { stage, observed_ms: 3_600_000, wall_ms: 3_600_000, lost_ms: 0 }]);
    }

    pub(super) fn measured(&mut self, verdict: Verdict) {
        let measured = Measured { verdict, reason: "0.1 %".into(), seen_at: Some(self.now) };
        self.facts.measured.insert("expand/errors".into(), measured);
    }

    /// Everything up to a candidate whose checks passed.
    pub(super) fn prove(&mut self) {
        self.candidate().unwrap();
        self.check("lint", None);
        self.check("audit", None);
        self.attest("go-live/support");
        self.deploy(STAGING).unwrap();
        self.check("smoke", Some(STAGING));
    }

    pub(super) fn in_production() -> Self {
        let mut world = Self::open();
        world.freeze();
        world.prove();
        world.take([Event::WayBackPinned {
            environment: PRODUCTION.into(),
            deployment: Some(DeploymentId("old".into())),
        }]);
        world.deploy(PRODUCTION).unwrap();
        world
    }

    pub(super) fn climbing() -> Self {
        let mut world = Self::in_production();
        world.advance().unwrap();
        world
    }

    pub(super) fn full() -> Self {
        let mut world = Self::climbing();
        world.measured(Verdict::Pass);
        for stage in [1, 2] {
            world.soaked(stage);
            world.advance().unwrap();
        }
        world
    }

    pub(super) fn back(&self) -> Step {
        self.context().roll_back(&DeploymentId("old".into()), "enough").unwrap()
    }
}
