//! Forward and backward motion.

use super::life::required;
use crate::engine::Engine;
use crate::engine::live;
use crate::fault;
use crate::operate::order;
use crate::pinned::Motion;
use crate::view;
use seaworthy_domain::Acting;
use seaworthy_domain::DeploymentId;
use seaworthy_domain::Event;
use seaworthy_domain::HoldCause;
use seaworthy_domain::Lifecycle;
use seaworthy_domain::Observer;
use seaworthy_domain::OperationId;
use seaworthy_domain::Refusal;
use seaworthy_domain::ReleaseId;
use seaworthy_domain::command::Context;
use seaworthy_domain::command::Step;
use seaworthy_domain::operation::OperationState;
use seaworthy_domain::operation::Seen;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use seaworthy_wire::Forward;
use seaworthy_wire::Saw;
use seaworthy_wire::StepPreview;
use seaworthy_wire::Which;
use uuid::Uuid;

impl Engine {
    /// What a forward step would do, and whether it may.
    pub(crate) async fn preview(&self, which: &Which, forward: &Forward) -> Result<StepPreview, Fault> {
        let id = self.find(which)?;
        let operation = *self.core().prepared.entry(id).or_insert_with(|| OperationId(Uuid::now_v7()));
        let (policy, _) = self.policy_and_folder(id)?;
        let (environment, _) = target_of(&policy, forward)?;
        let deployer = self.deployer(id, &environment)?;
        deployer.acquaint().await;
        let preview = self.transact(id, |context| {
            let steps = steps(context, forward, operation)?.1;
            let mut calls = Vec::new();
            for step in steps {
                calls.push(deployer.preview(&order(context, step, operation)?));
            }
            Ok((Vec::new(), view::step_preview(context, forward, &environment, &calls)))
        })?;
        if matches!(forward, Forward::Deploy { .. }) {
            self.require_tree(id, &environment).await?;
        }
        Ok(preview)
    }

    /// Takes a forward step, if the release is still where the person saw it.
    pub(crate) async fn forward(
        &self,
        which: &Which,
        forward: &Forward,
        expect: &str,
        acting: Option<Acting>,
    ) -> Result<ReleaseId, Fault> {
        let id = self.find(which)?;
        let turn = self.turn(id);
        let _turn = turn.lock().await;
        let operation = self.core().prepared.remove(&id).unwrap_or_else(|| OperationId(Uuid::now_v7()));
        let (policy, _) = self.policy_and_folder(id)?;
        let (environment, production) = target_of(&policy, forward)?;
        // The gates speak before the target is touched, even only to be read.
        self.transact(id, |context| {
            at_position(context, expect)?;
            steps(context, forward, operation).map(|_| (Vec::new(), ()))
        })?;
        if matches!(forward, Forward::Deploy { .. }) {
            self.require_approved_target(id, &environment)?;
            self.require_tree(id, &environment).await?;
        }
        self.deployer(id, &environment)?.acquaint().await;
        let way_back =
            if production { self.look_for_way_back(id, &environment, forward).await? } else { None };
        let mut rest: Vec<Step> = Vec::new();
        let state = self
            .carry_out(id, &environment, operation, (Motion::Forward, acting.clone()), |context| {
                at_position(context, expect)?;
                let (passage, steps) = steps(context, forward, operation)?;
                let mut events: Vec<_> = passage.into_iter().collect();
                let new = way_back.filter(|found| context.release.way_back.as_ref() != Some(found));
                events.extend(
                    new.map(|deployment| Event::WayBackPinned {
                        environment: environment.clone(),
                        deployment,
                    }),
                );
                let mut steps = steps.into_iter();
                let first = steps.next().ok_or_else(|| fault::refused("there is nothing to do"))?;
                rest.extend(steps);
                Ok((events, first))
            })
            .await?;
        settled(&state)?;
        for step in rest {
            let operation = OperationId(Uuid::now_v7());
            let state = self
                .carry_out(id, &environment, operation, (Motion::Forward, acting.clone()), |context| {
                    context.follow_up(&step).map_err(|r| fault::refusal(&r))?;
                    Ok((Vec::new(), step))
                })
                .await?;
            settled(&state)?;
        }
        Ok(id)
    }

    /// What production would go back to, looked for when the candidate is placed there and again before its first
    /// traffic: another release may have come and gone meanwhile. `None` once traffic moved.
    async fn look_for_way_back(
        &self,
        id: ReleaseId,
        environment: &str,
        forward: &Forward,
    ) -> Result<Option<Option<DeploymentId>>, Fault> {
        let candidate = {
            let core = self.core();
            let release = &live(&core, id)?.release;
            if *forward == Forward::Advance && release.ladder.is_some() {
                return Ok(None);
            }
            release.deployment_in(environment).map(|placed| placed.id.clone())
        };
        self.require_approved_target(id, environment)?;
        self.find_way_back(id, environment, candidate.as_ref()).await.map(Some)
    }

    /// What a rollback would do.
    pub(crate) async fn preview_rollback(&self, which: &Which) -> Result<StepPreview, Fault> {
        let id = self.find_in_production(which)?;
        let (environment, to) = self.rollback_target(id, true).await?;
        let deployer = self.deployer(id, &environment)?;
        deployer.acquaint().await;
        self.transact(id, |context| {
            let step = context.roll_back(&to, "…").map_err(|r| fault::refusal(&r))?;
            let call = deployer.preview(&order(context, step, OperationId(Uuid::nil()))?);
            Ok((Vec::new(), view::rollback_preview(context, &to, &call)))
        })
    }

    /// Gives all traffic back. Never waits for a gate; a forward operation in flight is let finish first, with the
    /// hold that keeps anything else from moving already recorded. An `emergency` is a person who cannot look: an
    /// earlier rollback without known outcome is settled by their word, and sent again.
    pub(crate) async fn roll_back(
        &self,
        which: &Which,
        reason: &str,
        emergency: bool,
    ) -> Result<ReleaseId, Fault> {
        let reason = required(reason, "a rollback")?;
        let id = self.find_in_production(which)?;
        self.roll_back_release(id, &reason, emergency, None).await?;
        Ok(id)
    }

    /// The same for the controller.
    pub(crate) async fn roll_back_release(
        &self,
        id: ReleaseId,
        reason: &str,
        emergency: bool,
        acting: Option<Acting>,
    ) -> Result<(), Fault> {
        self.accept_to_stop(id)?;
        self.transact(id, |context| {
            context.exposed().map_err(|r| fault::refusal(&r))?;
            if context.release.hold.is_some() {
                return Ok((Vec::new(), ()));
            }
            let reason = format!("rolling back: {reason}");
            Ok((vec![Event::HoldSet { reason, cause: HoldCause::Rollback, acting: acting.clone() }], ()))
        })?;
        // Whatever stopped the release before: a step that is only waited for makes way now.
        let _going_back = GoingBack::begin(self, id);
        let turn = self.turn(id);
        let _turn = turn.lock().await;
        self.settle_orphans(id)?;
        let open: Vec<_> = {
            let core = self.core();
            let operations = live(&core, id)?.release.operations.iter();
            operations.filter(|op| op.state.is_open()).map(|op| (op.id, op.act.is_backward())).collect()
        };
        for (operation, backward) in open {
            // Knowing is better, but a forward step of unknown outcome does not stop the way back.
            let known = self.look(id, operation).await.is_ok_and(|state| !state.is_open());
            if known || !backward {
                continue;
            }
            if !emergency {
                return Err(Fault::new(Code::Unknown, "an earlier rollback has no known outcome")
                    .with_help("look at the target, then `seaworthy reconcile --saw applied|absent`; --emergency goes back unseen"));
            }
            let detail = format!("{} cannot look, and goes back again", self.settings.actor);
            let (seen, by) = (Seen::Absent, Observer::Captain);
            self.record(id, &[Event::Observed { operation, seen, by, detail, url: None }])?;
        }
        if live(&self.core(), id)?.release.lifecycle == Lifecycle::RolledBack {
            return Ok(());
        }
        let found = self.rollback_target(id, emergency).await;
        let (environment, to) = found.map_err(|fault| self.stuck(id, fault))?;
        let operation = OperationId(Uuid::now_v7());
        let state = self
            .carry_out(id, &environment, operation, (Motion::Back, acting), |context| {
                let step = context.roll_back(&to, reason).map_err(|r| fault::refusal(&r))?;
                Ok((Vec::new(), step))
            })
            .await?;
        settled(&state)?;
        // What the rollback overtook is known now, and would keep the next candidate waiting.
        let overtaken = live(&self.core(), id)?.release.unknown_operation().map(|op| op.id);
        if let Some(operation) = overtaken
            && let Err(fault) = self.look(id, operation).await
        {
            tracing::info!(release = %id, %fault, "what the rollback overtook is still unknown");
        }
        Ok(())
    }

    /// A rollback that cannot begin leaves its hold behind, and says so.
    fn stuck(&self, id: ReleaseId, why: Fault) -> Fault {
        self.tell_stuck(id, &why);
        let held = "the release is on hold now; lift it with `seaworthy hold --lift`";
        let help = why.help.as_ref().map_or_else(|| held.to_owned(), |help| format!("{help}; {held}"));
        why.with_help(help)
    }

    /// The hold of a rollback that cannot begin says so.
    fn tell_stuck(&self, id: ReleaseId, why: &Fault) {
        let reason = format!("a rollback cannot begin: {why}");
        let told = self.transact(id, |context| {
            let acting = context.release.hold.as_ref().and_then(|hold| hold.acting.clone());
            let ours = context.release.hold.as_ref().filter(|hold| hold.cause == HoldCause::Rollback);
            let news = ours.is_some_and(|hold| hold.reason != reason);
            let event = Event::HoldSet { reason, cause: HoldCause::Rollback, acting };
            Ok((if news { vec![event] } else { Vec::new() }, ()))
        });
        if let Err(fault) = told {
            tracing::error!(release = %id, %fault, "why a rollback cannot begin could not be recorded");
        }
    }

    /// Where traffic goes back to: as pinned before the first traffic, else as seen now.
    async fn rollback_target(
        &self,
        id: ReleaseId,
        unseen_is_fine: bool,
    ) -> Result<(String, DeploymentId), Fault> {
        let (deployment, pinned) = self.transact(id, |context| {
            let exposed = context.exposed().map_err(|r| fault::refusal(&r))?;
            Ok((Vec::new(), (exposed.clone(), context.release.way_back.clone())))
        })?;
        let environment = deployment.environment;
        if let Some(Some(to)) = pinned {
            return Ok((environment, to));
        }
        let found = self.find_way_back(id, &environment, Some(&deployment.id)).await;
        match found {
            Ok(Some(to)) => Ok((environment, to)),
            Ok(None) => Err(fault::refusal(&Refusal::NoWayBack { environment })),
            Err(fault) if unseen_is_fine => {
                Err(fault.with_help("roll back on the target itself, then reconcile"))
            }
            Err(fault) => Err(fault),
        }
    }

    /// Looks at the open operation, and takes the captain's word where a look cannot tell.
    pub(crate) async fn reconcile(&self, which: &Which, saw: Option<Saw>) -> Result<ReleaseId, Fault> {
        let id = self.find_unknown(which)?;
        let turn = self.turn(id);
        let _turn = turn.lock().await;
        self.settle_orphans(id)?;
        let open = live(&self.core(), id)?.release.unknown_operation().map(|op| op.id);
        let Some(operation) = open else {
            return Err(fault::refused("every operation has a known outcome; there is nothing to reconcile"));
        };
        let looked = self.look(id, operation).await;
        let known = looked.as_ref().is_ok_and(|state| !state.is_open());
        if let Some(saw) = saw.filter(|_| !known) {
            let seen = match saw {
                Saw::Applied => Seen::Applied,
                Saw::Absent => Seen::Absent,
            };
            let detail = format!("{} looked", self.settings.actor);
            self.record(
                id,
                &[Event::Observed { operation, seen, by: Observer::Captain, detail, url: None }],
            )?;
        } else {
            if let OperationState::Unknown(why) = looked? {
                return Err(Fault::new(Code::Unknown, format!("still not known: {why}")));
            }
        }
        self.anchor();
        Ok(id)
    }
}

/// A rollback from the moment it is asked for to its end, however it ends.
struct GoingBack<'a> {
    engine: &'a Engine,
    id: ReleaseId,
}

impl<'a> GoingBack<'a> {
    fn begin(engine: &'a Engine, id: ReleaseId) -> Self {
        if let Some(live) = engine.core().releases.get_mut(&id) {
            live.going_back += 1;
        }
        Self { engine, id }
    }
}

impl Drop for GoingBack<'_> {
    fn drop(&mut self) {
        if let Some(live) = self.engine.core().releases.get_mut(&self.id) {
            live.going_back -= 1;
        }
    }
}

/// Environment of a step, and whether it is production.
fn target_of(policy: &seaworthy_domain::policy::Policy, forward: &Forward) -> Result<(String, bool), Fault> {
    let production = policy.production().map(|(name, _)| name.to_owned());
    match forward {
        Forward::Deploy { environment } => {
            Ok((environment.clone(), production.as_ref() == Some(environment)))
        }
        Forward::Advance => production
            .map(|name| (name, true))
            .ok_or_else(|| fault::bad_input("the policy has no production environment")),
    }
}

fn steps(
    context: &Context<'_>,
    forward: &Forward,
    operation: OperationId,
) -> Result<(Option<Event>, Vec<Step>), Fault> {
    let decided = match forward {
        Forward::Deploy { environment } => context.deploy(environment, operation),
        Forward::Advance => context.advance().map(|(passage, step)| (passage, vec![step])),
    };
    decided.map_err(|refusal| fault::refusal(&refusal))
}

fn at_position(context: &Context<'_>, expect: &str) -> Result<(), Fault> {
    let position = context.release.position();
    if position == expect {
        return Ok(());
    }
    if context.release.lifecycle == Lifecycle::RolledBack {
        return Err(Fault::new(Code::RolledBack, "all traffic went back meanwhile")
            .with_help("name the next candidate when it is fixed"));
    }
    Err(fault::refused(format!(
        "the release is at {position}, not at {expect}; look again before you confirm"
    )))
}

fn settled(state: &OperationState) -> Result<(), Fault> {
    match state {
        OperationState::Applied => Ok(()),
        OperationState::Void(why) => Err(fault::outside(format!("it had no effect: {why}"))),
        OperationState::Unknown(why) => {
            Err(Fault::new(Code::Unknown, format!("nobody knows whether it took effect: {why}"))
                .with_help("nothing is sent again; run `seaworthy reconcile`"))
        }
        OperationState::Intended => Err(Fault::new(Code::Unknown, "no outcome was recorded")),
    }
}
