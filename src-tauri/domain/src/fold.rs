//! How an event changes a release. An event that does not fit is an error, never a guess.

use crate::event::Event;
use crate::ids::OperationId;
use crate::ids::ReleaseId;
use crate::operation::Act;
use crate::operation::Operation;
use crate::operation::OperationState;
use crate::operation::Outcome;
use crate::operation::Seen;
use crate::release::*;
use crate::share::Share;
use chrono::DateTime;
use chrono::Utc;
use std::collections::BTreeMap;

/// An event that cannot follow what happened before.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Misfit {
    /// The first event of a release must open it.
    #[error("the release was never opened")]
    NotOpened,
    /// A release is opened once.
    #[error("the release was opened twice")]
    OpenedTwice,
    /// The event names something that was never introduced.
    #[error("{kind} names {what}, which no earlier event introduced")]
    Unintroduced {
        /// Kind of the event.
        kind: &'static str,
        /// What it names.
        what: String,
    },
    /// The event names something that an earlier event introduced or ended already.
    #[error("{kind} repeats {what}")]
    Repeated {
        /// Kind of the event.
        kind: &'static str,
        /// What it names.
        what: String,
    },
}

/// Who and when, from the envelope of the event.
#[derive(Clone, Debug)]
pub struct Stamp<'a> {
    /// Time of the event.
    pub at: DateTime<Utc>,
    /// Who caused it.
    pub actor: &'a str,
}

impl Release {
    /// Begins the fold.
    ///
    /// # Errors
    /// When `event` does not open a release.
    pub fn open(id: ReleaseId, event: &Event, at: DateTime<Utc>) -> Result<Self, Misfit> {
        let Event::Opened { project, project_name, version, policy, policy_title } = event else {
            return Err(Misfit::NotOpened);
        };
        Ok(Self {
            id,
            project: *project,
            project_name: project_name.clone(),
            version: version.clone(),
            policy: *policy,
            policy_title: policy_title.clone(),
            opened_at: at,
            lifecycle: Lifecycle::Planning,
            frozen_at: None,
            candidates: Vec::new(),
            runs: BTreeMap::new(),
            attestations: BTreeMap::new(),
            passages: Vec::new(),
            operations: Vec::new(),
            deployments: Vec::new(),
            way_back: None,
            pins: BTreeMap::new(),
            drift: None,
            rollback_owed: None,
            ladder: None,
            hold: None,
            breaches: Vec::new(),
            blind: BTreeMap::new(),
            gaps: Vec::new(),
            fills: Vec::new(),
            watches_ended: BTreeMap::new(),
            ended_at: None,
        })
    }

    /// Applies the next event.
    ///
    /// # Errors
    /// [`Misfit`] when the event cannot follow; the release is then unchanged.
    pub fn apply(&mut self, event: &Event, stamp: &Stamp<'_>) -> Result<(), Misfit> {
        let at = stamp.at;
        match event {
            Event::Opened { .. } => return Err(Misfit::OpenedTwice),
            Event::ProjectRegistered { .. }
            | Event::ApprovalGranted { .. }
            | Event::ConnectionMade { .. }
            | Event::ConnectionRotated { .. }
            | Event::ConnectionRemoved { .. }
            | Event::ConnectionTested { .. }
            | Event::KeyBound { .. }
            | Event::RegressionAccepted { .. } => {}
            Event::Frozen { policy, policy_title, .. } => {
                self.policy = *policy;
                self.policy_title.clone_from(policy_title);
                self.frozen_at = Some(at);
                self.lifecycle = Lifecycle::Frozen;
            }
            Event::CandidateNamed { number, commit, branch, configuration } => {
                if *number != self.candidate().map_or(0, |c| c.number) + 1 {
                    let what = format!("rc.{number}");
                    return Err(Misfit::Repeated { kind: "candidate.named", what });
                }
                self.candidates.push(Candidate {
                    number: *number,
                    commit: commit.clone(),
                    branch: branch.clone(),
                    configuration: *configuration,
                    named_at: at,
                });
                self.ladder = None;
                self.way_back = None;
                self.drift = None;
                self.rollback_owed = None;
                self.watches_ended.clear();
                self.lifecycle = Lifecycle::Candidate;
            }
            Event::Closed { .. } => self.end(Lifecycle::Closed, at),
            Event::Abandoned { .. } => self.end(Lifecycle::Abandoned, at),
            Event::CheckStarted { .. } | Event::CheckFinished { .. } => self.apply_check(event, at)?,
            Event::Attested { gate, criterion, statement, role, note, candidate } => {
                let attestation = Attestation {
                    statement: statement.clone(),
                    by: stamp.actor.to_owned(),
                    role: role.clone(),
                    note: note.clone(),
                    candidate: *candidate,
                    at,
                };
                self.attestations.insert((gate.clone(), criterion.clone()), attestation);
            }
            Event::GatePassed { transition, proof } => self.passages.push(Passage {
                transition: transition.clone(),
                candidate: self.candidate().map(|c| c.number),
                proof: proof.clone(),
                at,
            }),
            Event::WayBackPinned { deployment, .. } => self.way_back = Some(deployment.clone()),
            Event::CommandsPinned { environment, commands, .. } => {
                self.pins.insert(environment.clone(), commands.clone());
            }
            Event::Intended { .. } | Event::Settled { .. } | Event::Observed { .. } => {
                self.apply_operation(event, at)?;
            }
            _ => self.apply_watching(event, stamp)?,
        }
        Ok(())
    }

    fn end(&mut self, lifecycle: Lifecycle, at: DateTime<Utc>) {
        self.lifecycle = lifecycle;
        self.ended_at = Some(at);
    }

    fn apply_check(&mut self, event: &Event, at: DateTime<Utc>) -> Result<(), Misfit> {
        match event {
            Event::CheckStarted { run, check, candidate, environment, command } => {
                if self.runs.values().flatten().any(|known| known.run == *run) {
                    return Err(Misfit::Repeated { kind: "check.started", what: run.to_string() });
                }
                let runs = self.runs.entry(check.clone()).or_default();
                runs.push(CheckRun {
                    run: *run,
                    candidate: *candidate,
                    environment: environment.clone(),
                    command: *command,
                    started_at: at,
                    end: None,
                });
                if runs.len() > RUNS_KEPT {
                    runs.remove(0);
                }
            }
            Event::CheckFinished { run, result, summary, log, took_ms, unbound } => {
                let found = self.runs.values_mut().flatten().find(|r| r.run == *run);
                let started = found
                    .ok_or_else(|| Misfit::Unintroduced { kind: "check.finished", what: run.to_string() })?;
                if started.end.is_some() {
                    return Err(Misfit::Repeated { kind: "check.finished", what: run.to_string() });
                }
                started.end = Some(CheckEnd {
                    result: *result,
                    summary: summary.clone(),
                    log: *log,
                    took_ms: *took_ms,
                    unbound: unbound.clone(),
                    at,
                });
            }
            _ => {}
        }
        Ok(())
    }

    fn apply_operation(&mut self, event: &Event, at: DateTime<Utc>) -> Result<(), Misfit> {
        match event {
            Event::Intended {
                operation, act, environment, deployment, candidate, expected, acting, ..
            } => {
                if self.operations.iter().any(|known| known.id == *operation) {
                    return Err(Misfit::Repeated { kind: "op.intended", what: operation.to_string() });
                }
                self.operations.push(Operation {
                    id: *operation,
                    act: act.clone(),
                    acting: acting.clone(),
                    environment: environment.clone(),
                    deployment: deployment.clone(),
                    candidate: *candidate,
                    expected: expected.clone(),
                    state: OperationState::Intended,
                    sent: true,
                    intended_at: at,
                    settled_at: None,
                });
                Ok(())
            }
            Event::Settled { operation, outcome } => match outcome {
                Outcome::Applied { url } => self.settle_applied(*operation, url.clone(), at),
                Outcome::NotSent { why } => {
                    self.settle(*operation, OperationState::Void(why.clone()), at)?;
                    self.operations
                        .iter_mut()
                        .filter(|op| op.id == *operation)
                        .for_each(|op| op.sent = false);
                    Ok(())
                }
                Outcome::Refused { why } => {
                    self.settle(*operation, OperationState::Void(why.clone()), at).map(drop)
                }
                Outcome::Drift { found } => {
                    self.settle(*operation, OperationState::Void(found.clone()), at)?;
                    self.drift = Some(found.clone());
                    Ok(())
                }
                Outcome::Unknown { why } => {
                    self.settle(*operation, OperationState::Unknown(why.clone()), at).map(drop)
                }
            },
            Event::Observed { operation, seen, detail, url, .. } => match seen {
                Seen::Applied => self.settle_applied(*operation, url.clone(), at),
                Seen::Absent => self.settle(*operation, OperationState::Void(detail.clone()), at).map(drop),
                Seen::Partly => {
                    self.settle(*operation, OperationState::Unknown(detail.clone()), at).map(drop)
                }
            },
            _ => Ok(()),
        }
    }

    fn settle(
        &mut self,
        id: OperationId,
        state: OperationState,
        at: DateTime<Utc>,
    ) -> Result<Operation, Misfit> {
        let found = self.operations.iter_mut().find(|op| op.id == id);
        let op = found.ok_or_else(|| Misfit::Unintroduced { kind: "op.outcome", what: id.to_string() })?;
        // What is settled stays: a second answer would place twice or climb twice.
        if !op.state.is_open() {
            return Err(Misfit::Repeated { kind: "op.outcome", what: id.to_string() });
        }
        op.state = state;
        op.settled_at = Some(at);
        Ok(op.clone())
    }

    fn settle_applied(
        &mut self,
        id: OperationId,
        url: Option<String>,
        at: DateTime<Utc>,
    ) -> Result<(), Misfit> {
        let operation = self.settle(id, OperationState::Applied, at)?;
        self.drift = None;
        match &operation.act {
            Act::Place => self.deployments.push(Deployment {
                id: operation.deployment.clone(),
                environment: operation.environment.clone(),
                candidate: operation.candidate,
                operation: id,
                url,
                share: Share::NONE,
                at,
                moved_at: at,
            }),
            // A step forward that is found out about after the way back was walked moved nothing that still stands.
            Act::SetShare { .. } if self.taken_back(&operation) => {}
            Act::SetShare { share, stage } => self.share_moved(&operation, *share, *stage, at),
            Act::RollBack { .. } => {
                self.set_share(&operation, Share::NONE, at);
                if self.candidate().is_some_and(|c| c.number == operation.candidate) {
                    self.lifecycle = Lifecycle::RolledBack;
                    self.rollback_owed = None;
                    self.hold = self.hold.take().filter(|hold| hold.cause.is_person());
                }
            }
        }
        Ok(())
    }

    /// Whether a later rollback of the same deployment took effect.
    pub(crate) fn taken_back(&self, operation: &Operation) -> bool {
        let later = self.operations.iter().rev().take_while(|op| op.id != operation.id);
        later.into_iter().any(|op| {
            op.act.is_backward()
                && op.deployment == operation.deployment
                && op.state == OperationState::Applied
        })
    }

    fn set_share(&mut self, operation: &Operation, share: Share, at: DateTime<Utc>) {
        let placed =
            |d: &&mut Deployment| d.id == operation.deployment && d.environment == operation.environment;
        if let Some(deployment) = self.deployments.iter_mut().find(placed) {
            deployment.share = share;
            deployment.moved_at = at;
        }
    }

    fn share_moved(&mut self, operation: &Operation, share: Share, stage: Option<u32>, at: DateTime<Utc>) {
        self.set_share(operation, share, at);
        let Some(stage) = stage else { return };
        let ladder = self.ladder.get_or_insert_with(|| Ladder {
            deployment: operation.deployment.clone(),
            entered: Vec::new(),
            full_at: None,
        });
        ladder.entered.push(StageEntry { stage, share, at, soaked: None });
        self.lifecycle = Lifecycle::RollingOut;
        if share == Share::FULL {
            ladder.full_at = Some(at);
            self.lifecycle = Lifecycle::Hypercare;
        }
    }
}
