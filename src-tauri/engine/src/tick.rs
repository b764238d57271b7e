//! One tick of the watch: look, evaluate, decide, act.

use crate::engine::Engine;
use crate::engine::live;
use crate::eye::Eye;
use crate::eye::horizon;
use crate::fault;
use chrono::DateTime;
use chrono::Utc;
use seaworthy_clock::Moment;
use seaworthy_domain::Deployment;
use seaworthy_domain::Event;
use seaworthy_domain::Gap;
use seaworthy_domain::GapCause;
use seaworthy_domain::Lifecycle;
use seaworthy_domain::Release;
use seaworthy_domain::ReleaseId;
use seaworthy_domain::policy::Anchor;
use seaworthy_domain::policy::Guardrail;
use seaworthy_domain::policy::Policy;
use seaworthy_domain::policy::Probe;
use seaworthy_ports::Delivery;
use seaworthy_ports::Notice;
use seaworthy_ports::Probing;
use seaworthy_rollout::Action;
use seaworthy_rollout::Observed;
use seaworthy_rollout::Reading;
use seaworthy_rollout::Situation;
use seaworthy_rollout::decide;
use seaworthy_rollout::observe;
use seaworthy_rules::Condition;
use seaworthy_rules::Period;
use seaworthy_wire::Fault;
use seaworthy_wire::Forward;
use seaworthy_wire::Push;
use seaworthy_wire::Which;
use std::path::Path;
use std::sync::Arc;

impl Engine {
    /// Ticks every release that is in production and due. Faults of one release do not keep another from its tick.
    pub async fn tick(&self) {
        let exposed: Vec<ReleaseId> = {
            let core = self.core();
            core.releases.iter().filter(|(_, live)| live.release.is_exposed()).map(|(id, _)| *id).collect()
        };
        for id in exposed {
            if let Err(fault) = self.tick_release(id).await {
                tracing::error!(release = %id, %fault, "tick failed");
            }
        }
    }

    /// Whether any release has production traffic to watch.
    #[must_use]
    pub fn is_exposed(&self) -> bool {
        self.core().releases.values().any(|live| live.release.is_exposed())
    }

    async fn tick_release(&self, id: ReleaseId) -> Result<(), Fault> {
        let (policy, _) = self.policy_and_folder(id)?;
        let Some(probe) = &policy.probe else { return Ok(()) };
        self.ensure_eye(id, &policy)?;
        let now = self.time.now();
        let Some(slept) = self.due(id, probe, &now)? else { return Ok(()) };
        if let Some(by) = self.time.take_jump() {
            self.record(id, &[Event::ClockJumped { by_ms: by.num_milliseconds() }])?;
        }
        // After a gap the first act is a read, never a step forward.
        let unknown = live(&self.core(), id)?.release.unknown_operation().map(|op| op.id);
        if let Some(operation) = unknown {
            let _ = self.look(id, operation).await;
        }
        let probing = self.probing(id, &policy, probe)?;
        let tick = self.ports.signals.tick(&probing, now.wall).await;
        self.take_in(id, &policy, tick, slept)?;
        let actions = self.decide_tick(id, &policy, now.wall)?;
        self.push(Push::Sampled { release: id.to_string(), at: now.wall.timestamp_millis() });
        let quiet = actions.is_empty();
        for action in actions {
            self.act(id, action).await?;
        }
        if quiet {
            self.changed(id);
        }
        self.seal_samples(id, false)
    }

    /// Opens the samples of a release once.
    pub(crate) fn ensure_eye(&self, id: ReleaseId, policy: &Policy) -> Result<(), Fault> {
        if live(&self.core(), id)?.eye.is_some() {
            return Ok(());
        }
        let eye = Eye::open(&self.samples_directory(), &id.to_string(), policy)?;
        if let Some(live) = self.core().releases.get_mut(&id) {
            live.eye = Some(eye);
        }
        Ok(())
    }

    fn samples_directory(&self) -> std::path::PathBuf {
        Path::new(&self.settings.home).join("samples")
    }

    /// `None` when it is too early; else why nobody looked since the last valid look, if that was too long ago.
    fn due(&self, id: ReleaseId, probe: &Probe, now: &Moment) -> Result<Option<Option<GapCause>>, Fault> {
        let mut core = self.core();
        let live = core.releases.get_mut(&id).ok_or_else(|| fault::bad_input("the release is gone"))?;
        let Some(eye) = live.eye.as_mut() else { return Ok(None) };
        let passed = eye.last_tick.as_ref().map(|last| now.since(last));
        if let Some(Some(passed)) = passed
            && passed < probe.every.delta()
        {
            return Ok(None);
        }
        let cause = match &passed {
            // The process lived on and did not run: the computer slept.
            Some(_) => GapCause::Suspended,
            None => GapCause::AppClosed,
        };
        eye.last_tick = Some(now.clone());
        let begun = live.release.ladder.as_ref().and_then(|l| l.entered.first()).map_or(now.wall, |e| e.at);
        let late = eye.last_look_since(begun).is_some_and(|at| now.wall - at > allowed_gap(probe).delta());
        Ok(Some(late.then_some(cause)))
    }

    fn probing(&self, id: ReleaseId, policy: &Policy, probe: &Probe) -> Result<Probing, Fault> {
        let core = self.core();
        let release = &live(&core, id)?.release;
        let deployment = production_deployment(policy, release)?;
        let environment = policy.environments.get(&deployment.environment);
        let own = deployment.url.clone();
        let shared = environment.and_then(|e| e.url.clone());
        let base_url = match probe.route {
            seaworthy_domain::policy::CandidateRoute::OwnUrl => own.or(shared),
            seaworthy_domain::policy::CandidateRoute::Header(_) => shared.or(own),
        };
        let commit = release.candidate().map(|c| c.commit.clone()).unwrap_or_default();
        Ok(Probing {
            probe: probe.clone(),
            base_url: base_url
                .ok_or_else(|| fault::bad_input("production has no address to probe; give it a url"))?,
            deployment: deployment.id.clone(),
            version: release.version.clone(),
            commit,
        })
    }

    fn take_in(
        &self,
        id: ReleaseId,
        policy: &Policy,
        tick: seaworthy_ports::Tick,
        slept: Option<GapCause>,
    ) -> Result<(), Fault> {
        let gap = {
            let mut core = self.core();
            let live = core.releases.get_mut(&id).ok_or_else(|| fault::bad_input("the release is gone"))?;
            let (Some(eye), release) = (live.eye.as_mut(), &live.release) else { return Ok(()) };
            let begun = release.ladder.as_ref().and_then(|l| l.entered.first()).map_or(tick.at, |e| e.at);
            let from = eye.last_look_since(begun);
            if from.is_none() {
                eye.begin_again();
            }
            let gap = slept.zip(from).map(|(cause, from)| Gap { from, to: tick.at, cause });
            let mut gaps = release.gaps.clone();
            gaps.extend(gap.clone());
            let at = tick.at;
            if gap.is_some() || eye.resumed.is_none() {
                eye.resumed = Some(at);
            }
            eye.see(policy, tick, |guardrail| since(policy, release, guardrail, at), &gaps)?;
            gap
        };
        let now = self.time.now();
        if let Some(eye) = self.core().releases.get_mut(&id).and_then(|live| live.eye.as_mut()) {
            eye.sync(&now)?;
        }
        self.record(id, gap.map(|gap| Event::GapRecorded { gap }).as_slice())
    }

    fn decide_tick(
        &self,
        id: ReleaseId,
        policy: &Arc<Policy>,
        now: DateTime<Utc>,
    ) -> Result<Vec<Action>, Fault> {
        let core = self.core();
        let live = live(&core, id)?;
        let (Some(eye), release) = (&live.eye, &live.release) else { return Ok(Vec::new()) };
        let readings: Vec<_> = policy
            .guardrails
            .iter()
            .zip(&eye.readings)
            .enumerate()
            .map(|(index, (guardrail, evaluation))| Reading {
                guardrail,
                evaluation: evaluation.clone(),
                blind_for: blind_for(release, eye, index, guardrail, evaluation, now),
                blind_limit: policy
                    .metrics
                    .get(guardrail.rule.metric())
                    .map_or(Period::ZERO, |m| m.stale_after),
            })
            .collect();
        Ok(decide(&Situation {
            policy,
            release,
            now,
            readings: &readings,
            stage: stage_observed(policy, release, eye, now),
            watches: watches_observed(policy, release, eye, now),
        }))
    }

    async fn act(&self, id: ReleaseId, action: Action) -> Result<(), Fault> {
        match action {
            Action::Record(event) => self.record(id, &[event])?,
            Action::RollBack { reason } => {
                if let Err(fault) = self.roll_back_release(id, &reason, true).await {
                    let title = "The automatic rollback did not finish".to_owned();
                    self.tell(id, title, fault.to_string(), true).await?;
                }
            }
            Action::Advance => {
                let position = live(&self.core(), id)?.release.position();
                let which = Which { release: Some(id.to_string()), folder: None };
                if let Err(fault) = self.forward(&which, &Forward::Advance, &position).await {
                    tracing::info!(%fault, "the next stage was not entered");
                }
            }
            Action::Tell { title, body, urgent } => self.tell(id, title, body, urgent).await?,
        }
        self.anchor();
        Ok(())
    }

    async fn tell(&self, id: ReleaseId, title: String, body: String, urgent: bool) -> Result<(), Fault> {
        let Some(notifier) = &self.ports.notifier else { return Ok(()) };
        let delivery = notifier.notify(Notice { title: title.clone(), body, urgent }).await;
        let undelivered = match delivery {
            Delivery::Shown => None,
            Delivery::Undelivered(why) => Some(why),
        };
        self.record(id, &[Event::Noticed { title, urgent, undelivered }])
    }

    /// Fixes the samples kept so far by their digest: hourly, and with `finally` now.
    pub(crate) fn seal_samples(&self, id: ReleaseId, finally: bool) -> Result<(), Fault> {
        let now = self.time.now();
        let seal = {
            let mut core = self.core();
            match core.releases.get_mut(&id).and_then(|live| live.eye.as_mut()) {
                None => None,
                Some(eye) => eye.seal(&now, finally)?,
            }
        };
        let event = seal.map(|s| Event::Sealed { source: "probe".into(), digest: s.digest, bytes: s.bytes });
        self.record(id, event.as_slice())
    }
}

/// Neighbouring looks further apart than this have a gap between them.
pub(crate) fn allowed_gap(probe: &Probe) -> Period {
    probe.every.times(seaworthy_rules::DEFAULT_GAP_INTERVALS)
}

fn production_deployment<'a>(policy: &Policy, release: &'a Release) -> Result<&'a Deployment, Fault> {
    let production = policy.production().map(|(name, _)| name);
    production
        .and_then(|name| release.deployment_in(name))
        .ok_or_else(|| fault::integrity("a release in production has no production deployment"))
}

/// From when on samples count for a guardrail: first traffic, its own last breach, or as far as its rule can look.
fn since(policy: &Policy, release: &Release, guardrail: &Guardrail, now: DateTime<Utc>) -> DateTime<Utc> {
    let first = release.ladder.as_ref().and_then(|l| l.entered.first()).map_or(now, |entry| entry.at);
    let fired = release.breaches.iter().rev().find(|b| b.guardrail == guardrail.name).map_or(first, |b| b.at);
    let far = now - horizon(&guardrail.rule, policy.metrics.get(guardrail.rule.metric())).delta();
    first.max(fired).max(far)
}

/// For how long a guardrail has had no measurement, beyond what its rule needs to get going.
fn blind_for(
    release: &Release,
    eye: &Eye,
    index: usize,
    guardrail: &Guardrail,
    evaluation: &seaworthy_rules::Evaluation,
    now: DateTime<Utc>,
) -> Option<Period> {
    if evaluation.condition != Condition::NoData {
        return None;
    }
    let rule = &guardrail.rule;
    let warm_up = rule.duration().or(rule.window()).unwrap_or(Period::ZERO).delta();
    let begun = release.ladder.as_ref()?.entered.first()?.at.max(eye.resumed?) + warm_up;
    let since = eye.had_data.get(index).copied().flatten().map_or(begun, |at| at.max(begun));
    Some(Period::from_delta(now - since))
}

/// What was observed of the current stage.
pub(crate) fn stage_observed(
    policy: &Policy,
    release: &Release,
    eye: &Eye,
    now: DateTime<Utc>,
) -> Option<Observed> {
    let entry = release.ladder.as_ref()?.current()?;
    let probe = policy.probe.as_ref()?;
    (release.lifecycle == Lifecycle::RollingOut)
        .then(|| observe(&eye.looks, &release.gaps, entry.at, now, allowed_gap(probe)))
}

/// What was observed of every begun watch that has not ended.
pub(crate) fn watches_observed(
    policy: &Policy,
    release: &Release,
    eye: &Eye,
    now: DateTime<Utc>,
) -> Vec<(String, Observed)> {
    let (Some(ladder), Some(probe)) = (&release.ladder, &policy.probe) else { return Vec::new() };
    let open = policy.watches.iter().filter(|w| !release.watches_ended.contains_key(&w.name));
    open.filter_map(|watch| {
        let from = match watch.after {
            Anchor::Deploy => ladder.entered.first()?.at,
            Anchor::FullTraffic => ladder.full_at?,
        };
        Some((watch.name.clone(), observe(&eye.looks, &release.gaps, from, now, allowed_gap(probe))))
    })
    .collect()
}
