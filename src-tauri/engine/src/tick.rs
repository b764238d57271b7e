//! One tick of the watch: look, evaluate, decide. What follows is `acting`.

use crate::acting::Decided;
use crate::engine::Engine;
use crate::engine::live;
use crate::eye::Eye;
use crate::fault;
use crate::observing;
use crate::observing::allowed_gap;
use crate::observing::begun;
use crate::recover;
use crate::undertaking::Work;
use chrono::DateTime;
use chrono::Utc;
use seaworthy_clock::Moment;
use seaworthy_domain::Deployment;
use seaworthy_domain::DeploymentId;
use seaworthy_domain::Event;
use seaworthy_domain::Gap;
use seaworthy_domain::GapCause;
use seaworthy_domain::Release;
use seaworthy_domain::ReleaseId;
use seaworthy_domain::policy::Policy;
use seaworthy_domain::policy::Probe;
use seaworthy_ports::Invalid;
use seaworthy_ports::Probing;
use seaworthy_ports::Tick;
use seaworthy_rollout::Situation;
use seaworthy_rollout::decide;
use seaworthy_wire::Fault;
use seaworthy_wire::Push;
use std::path::Path;
use std::sync::Arc;

/// What a look is about.
struct Aim {
    deployment: DeploymentId,
    probing: Result<Probing, String>,
}

impl Engine {
    /// Begins a tick of every release that is or may be in production and due, and waits for none of them: neither
    /// faults nor a slow rollback of one release keep it or another from the next look.
    pub fn begin_tick(self: &Arc<Self>) {
        let watched: Vec<ReleaseId> = {
            let core = self.core();
            let watched = core
                .releases
                .iter()
                .filter(|(_, live)| live.release.is_exposed() || live.release.may_have_moved().is_some());
            watched.map(|(id, _)| *id).collect()
        };
        self.tell_jump(&watched);
        for id in watched {
            self.undertake(id, Work::Look, |engine| async move {
                recover::end_broken_off(&engine).await;
                if let Err(fault) = engine.tick_release(id).await {
                    tracing::error!(release = %id, %fault, "tick failed");
                    engine.unwatched(id, &fault.to_string()).await;
                }
            });
        }
    }

    /// One whole tick, with everything that follows from it.
    pub async fn tick(self: &Arc<Self>) {
        self.begin_tick();
        self.idle().await;
    }

    /// Whether any release has production traffic to watch.
    #[must_use]
    pub fn is_exposed(&self) -> bool {
        self.core().releases.values().any(|live| live.release.is_exposed())
    }

    /// A jump of the clock is a fact about every release that is being timed.
    fn tell_jump(&self, watched: &[ReleaseId]) {
        if watched.is_empty() {
            return;
        }
        self.time.now();
        let Some(by) = self.time.take_jump() else { return };
        for id in watched {
            if let Err(fault) = self.record(*id, &[Event::ClockJumped { by_ms: by.num_milliseconds() }]) {
                tracing::error!(release = %id, %fault, "a jump of the clock could not be recorded");
            }
        }
    }

    async fn tick_release(self: &Arc<Self>, id: ReleaseId) -> Result<(), Fault> {
        let (policy, _) = self.policy_and_folder(id)?;
        let Some(probe) = &policy.probe else { return Ok(()) };
        if let Err(fault) = self.ensure_eye(id, &policy) {
            self.look_without_keeping(id, &policy, &fault).await;
        }
        let now = self.time.now();
        let Some(slept) = self.due(id, probe, &now)? else { return Ok(()) };
        let (exposed, unknown) = {
            let core = self.core();
            let release = &live(&core, id)?.release;
            (release.is_exposed(), release.open_operation().is_some())
        };
        if unknown {
            // Until it is settled nothing moves forward. The look does not wait for it: a target may be slow.
            self.undertake(id, Work::Read, |engine| async move { engine.look_at_unknown(id).await });
        }
        if !exposed {
            return Ok(());
        }
        let aim = self.aim(id, &policy, probe)?;
        let tick = self.ask(&aim, now.wall).await;
        if !self.take_in(id, &policy, &aim, tick, slept)? {
            return Ok(());
        }
        self.compare_pins(id)?;
        let decided = self.decide_tick(id, &policy, now.wall)?;
        self.push(Push::Sampled { release: id.to_string(), at: now.wall.timestamp_millis() });
        self.act(id, decided).await;
        self.done(id);
        match &aim.probing {
            Ok(_) => self.changed(id),
            Err(why) => self.unwatched(id, why).await,
        }
        self.seal_samples(id, false)
    }

    /// Reads the target for what has no outcome, unless an operation is under way; that one reads for itself.
    async fn look_at_unknown(&self, id: ReleaseId) {
        let turn = self.turn(id);
        let Ok(_turn) = turn.try_lock() else { return };
        if let Err(fault) = self.settle_orphans(id) {
            tracing::error!(release = %id, %fault, "an operation that broke off could not be settled");
        }
        let unknown = live(&self.core(), id).ok().and_then(|l| l.release.unknown_operation().map(|op| op.id));
        if let Some(operation) = unknown
            && let Err(fault) = self.look(id, operation).await
        {
            tracing::info!(release = %id, %fault, "still unknown");
        }
    }

    /// Opens the samples of a release once.
    pub(crate) fn ensure_eye(&self, id: ReleaseId, policy: &Policy) -> Result<(), Fault> {
        if live(&self.core(), id)?.eye.is_some() {
            return Ok(());
        }
        let mut eye = Eye::open(&self.samples_directory(), &id.to_string(), policy)?;
        if let Some(newest) = eye.looks.last() {
            self.time.not_before(newest.at);
        }
        if let Some(live) = self.core().releases.get_mut(&id) {
            let release = &live.release;
            eye.recall(
                policy,
                |guardrail, at| observing::since(policy, release, guardrail, at),
                &release.gaps,
            );
            // Whoever came first may have looked already.
            live.eye.get_or_insert(eye);
        }
        Ok(())
    }

    /// Samples that cannot be kept are looked at all the same: what was seen before is lost, what comes is not.
    async fn look_without_keeping(&self, id: ReleaseId, policy: &Policy, fault: &Fault) {
        tracing::error!(release = %id, %fault, "samples cannot be kept");
        if let Some(live) = self.core().releases.get_mut(&id) {
            live.eye.get_or_insert_with(|| Eye::unkept(policy));
        }
        let title = format!("{}: what is seen cannot be kept", self.name_of(id));
        if let Err(fault) = self.tell(id, title, fault.to_string(), true).await {
            tracing::error!(release = %id, %fault, "that people were told could not be recorded");
        }
    }

    fn samples_directory(&self) -> std::path::PathBuf {
        Path::new(&self.settings.home).join("samples")
    }

    /// `None` when it is too early; else why nobody looked since the last look, if that was too long ago.
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
        let allowed = allowed_gap(probe).delta();
        let idle = eye.done.as_ref().and_then(|done| now.since(done));
        let cause = match (&passed, idle) {
            (None, _) => GapCause::AppClosed,
            // The last look, or what followed from it, took until now.
            (Some(_), Some(idle)) if idle <= allowed => GapCause::SourceFailed,
            // The process lived on and did not run: the computer slept.
            (Some(_), _) => GapCause::Suspended,
        };
        eye.last_tick = Some(now.clone());
        let begun = begun(&live.release).unwrap_or(now.wall);
        let late = now.wall - eye.last_look_since(begun).unwrap_or(begun) > allowed;
        Ok(Some(late.then_some(cause)))
    }

    fn done(&self, id: ReleaseId) {
        let now = self.time.now();
        let mut core = self.core();
        let Some(live) = core.releases.get_mut(&id) else { return };
        live.unwatched = None;
        if let Some(eye) = live.eye.as_mut() {
            eye.done = Some(now);
        }
    }

    /// What to ask, or why nobody knows.
    fn aim(&self, id: ReleaseId, policy: &Policy, probe: &Probe) -> Result<Aim, Fault> {
        let core = self.core();
        let release = &live(&core, id)?.release;
        let deployment = production_deployment(policy, release)?;
        let address = policy.address_of(deployment).ok_or_else(|| {
            format!("{} has no address to look at; write `url` below its environment", deployment.environment)
        });
        let commit = release.candidate().map(|c| c.commit.clone()).unwrap_or_default();
        let probing = address.map(|address| Probing {
            probe: probe.clone(),
            base_url: address.to_owned(),
            deployment: deployment.id.clone(),
            version: release.version.clone(),
            commit,
        });
        Ok(Aim { deployment: deployment.id.clone(), probing })
    }

    /// A look that cannot be made is a look that does not count.
    async fn ask(&self, aim: &Aim, at: DateTime<Utc>) -> Tick {
        match &aim.probing {
            Ok(probing) => self.ports.signals.tick(probing, at).await,
            Err(why) => Tick {
                at,
                requests: 0,
                errors: 0,
                latencies_us: Vec::new(),
                foreign: 0,
                invalid: Some(Invalid::Unasked { why: why.clone() }),
            },
        }
    }

    /// Says whether the tick is about what is in production now: while it was on its way, traffic may have gone back.
    fn take_in(
        &self,
        id: ReleaseId,
        policy: &Policy,
        aim: &Aim,
        tick: Tick,
        slept: Option<GapCause>,
    ) -> Result<bool, Fault> {
        let done = self.time.now();
        let gap = {
            let mut core = self.core();
            let live = core.releases.get_mut(&id).ok_or_else(|| fault::bad_input("the release is gone"))?;
            let (Some(eye), release) = (live.eye.as_mut(), &live.release) else { return Ok(false) };
            let (Some(begun), Some(probe), Ok(deployment)) =
                (begun(release), &policy.probe, production_deployment(policy, release))
            else {
                return Ok(false);
            };
            if !release.is_exposed() || deployment.id != aim.deployment {
                return Ok(false);
            }
            let from = eye.last_look_since(begun);
            if from.is_none() {
                eye.begin_again();
            }
            let at = tick.at;
            let gap = match slept {
                Some(cause) => Some(Gap { from: from.unwrap_or(begun), to: at, cause }),
                None => blind_spell(eye, release, begun, &tick, allowed_gap(probe).delta()),
            };
            let mut gaps = release.gaps.clone();
            gaps.extend(gap.clone());
            if gap.is_some() || eye.resumed.is_none() {
                eye.resumed = Some(at);
            }
            eye.see(
                policy,
                tick,
                |guardrail| observing::since(policy, release, guardrail, at),
                |eye, index, guardrail| {
                    let reading = observing::reading(policy, release, eye, (index, guardrail), at);
                    reading.is_some_and(|reading| reading.is_blind())
                },
                &gaps,
            );
            eye.sync(&done);
            eye.done = Some(done);
            gap
        };
        if let Err(fault) = self.record(id, gap.map(|gap| Event::GapRecorded { gap }).as_slice()) {
            tracing::error!(release = %id, %fault, "a gap could not be recorded");
        }
        Ok(true)
    }

    fn decide_tick(&self, id: ReleaseId, policy: &Arc<Policy>, now: DateTime<Utc>) -> Result<Decided, Fault> {
        let core = self.core();
        let live = live(&core, id)?;
        let release = &live.release;
        let candidate = release.candidate().map_or(0, |c| c.number);
        let position = release.position();
        let Some(eye) = &live.eye else { return Ok(Decided { candidate, position, actions: Vec::new() }) };
        let actions = decide(&Situation {
            policy,
            release,
            now,
            seen: eye.blind_now().is_none(),
            readings: &observing::readings(policy, release, eye, now),
            stage: observing::stage_observed(policy, release, eye, now),
            watches: observing::watches_observed(policy, release, eye, now),
        });
        Ok(Decided { candidate, position, actions })
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

/// The span that ends with a `tick` that counts, after ticks that did not.
fn blind_spell(
    eye: &Eye,
    release: &Release,
    begun: DateTime<Utc>,
    tick: &Tick,
    allowed: chrono::TimeDelta,
) -> Option<Gap> {
    let cause = eye.blind_now().filter(|_| tick.invalid.is_none())?;
    let known = release.gaps.last().map_or(begun, |gap| gap.to);
    let from = eye.answered_since(begun).unwrap_or(begun).max(known);
    (tick.at - from > allowed).then_some(Gap { from, to: tick.at, cause })
}

fn production_deployment<'a>(policy: &Policy, release: &'a Release) -> Result<&'a Deployment, Fault> {
    let production = policy.production().map(|(name, _)| name);
    production
        .and_then(|name| release.deployment_in(name))
        .ok_or_else(|| fault::integrity("a release in production has no production deployment"))
}
