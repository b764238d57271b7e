//! One tick of the watch: look, evaluate, decide. What follows is `acting`.

use crate::acting::Decided;
use crate::engine::Engine;
use crate::engine::live;
use crate::eye::Eye;
use crate::observing;
use crate::recover;
use crate::undertaking::Work;
use chrono::DateTime;
use chrono::Utc;
use seaworthy_domain::Event;
use seaworthy_domain::NoticeKey;
use seaworthy_domain::ReleaseId;
use seaworthy_domain::Topic;
use seaworthy_domain::policy::Policy;
use seaworthy_rollout::Situation;
use seaworthy_rollout::decide;
use seaworthy_wire::Fault;
use seaworthy_wire::Push;
use std::sync::Arc;

/// Stands for all of them where something is done once.
const EVERY_RELEASE: ReleaseId = ReleaseId(uuid::Uuid::nil());

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
        self.let_go();
        if self.ports.notifier.is_some() {
            self.undertake(EVERY_RELEASE, Work::Remind, |engine| async move { engine.remind().await });
        }
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
        if !policy.watches_production() {
            return Ok(());
        }
        if let Err(fault) = self.ensure_eye(id, &policy) {
            self.look_without_keeping(id, &policy, &fault).await;
        }
        self.tell_refused(id).await;
        let now = self.time.now();
        let Some(due) = self.due(id, &policy, &now)? else { return Ok(()) };
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
        let subject = self.subject(id, &policy)?;
        let sighting = self.look_at(&policy, &subject, &due, now.wall).await;
        if !self.take_in(id, &policy, &subject, sighting, due.slept)? {
            return Ok(());
        }
        self.compare_pins(id)?;
        let fetched = self.fill_gaps(id, &policy, &subject).await;
        let decided = self.decide_tick(id, &policy, now.wall, fetched)?;
        self.push(Push::Sampled { release: id.to_string(), at: now.wall.timestamp_millis() });
        self.act(id, decided).await;
        self.done(id);
        match policy.probe.as_ref().map(|_| &subject.address) {
            Some(Err(why)) => self.unwatched(id, why).await,
            _ => {
                self.passed(id, &[Topic::NotWatched]).await;
                self.changed(id);
            }
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

    /// Samples that cannot be kept are looked at all the same: what was seen before is lost, what comes is not.
    async fn look_without_keeping(&self, id: ReleaseId, policy: &Policy, fault: &Fault) {
        tracing::error!(release = %id, %fault, "samples cannot be kept");
        if let Some(live) = self.core().releases.get_mut(&id) {
            live.eye.get_or_insert_with(|| Eye::unkept(policy));
        }
        let title = format!("{}: what is seen cannot be kept", self.name_of(id));
        self.tell(id, NoticeKey::of(Topic::NotKept), (title, fault.to_string()), false).await;
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

    /// `fetched` says that a gap was filled with this tick: what was missed is no reason to go on, only to look again.
    fn decide_tick(
        &self,
        id: ReleaseId,
        policy: &Arc<Policy>,
        now: DateTime<Utc>,
        fetched: bool,
    ) -> Result<Decided, Fault> {
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
            seen: eye.blind_now().is_none() && !fetched,
            readings: &observing::readings(policy, release, eye, now),
            stage: observing::stage_observed(policy, release, eye, now),
            watches: observing::watches_observed(policy, release, eye, now),
        });
        Ok(Decided { candidate, position, actions })
    }
}
