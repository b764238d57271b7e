//! One look: which sources are due, what they say, and the gap that ends with it.

use crate::engine::Engine;
use crate::engine::live;
use crate::eye::Eye;
use crate::fault;
use crate::observing;
use crate::observing::allowed_gap;
use crate::observing::begun;
use crate::sighting::Sighting;
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
use seaworthy_domain::policy::CandidateFacts;
use seaworthy_domain::policy::Metric;
use seaworthy_domain::policy::Policy;
use seaworthy_domain::policy::Probe;
use seaworthy_ports::Asking;
use seaworthy_ports::Figure;
use seaworthy_ports::Invalid;
use seaworthy_ports::Measured;
use seaworthy_ports::Probing;
use seaworthy_ports::Tick;
use seaworthy_rules::InvalidReason;
use seaworthy_rules::Period;
use seaworthy_rules::Reading;
use seaworthy_rules::Sample;
use seaworthy_wire::Fault;

/// Nobody waits longer than this for the figures of one look, however rarely a policy looks.
const LOOK_WITHIN: Period = Period::from_secs(10);
/// The prober among what was asked; no metric has this name.
const PROBER: &str = "";

/// What is looked at: the candidate's deployment in production.
pub(crate) struct Subject {
    pub(crate) deployment: DeploymentId,
    pub(crate) facts: CandidateFacts,
    /// Where the prober asks, or why nobody knows.
    pub(crate) address: Result<String, String>,
}

/// What is due.
pub(crate) struct Due {
    /// Why nobody looked since the last look, if that was too long ago.
    pub(crate) slept: Option<GapCause>,
    probe: bool,
    figures: Vec<Figure>,
}

impl Engine {
    /// `None` when it is too early for every source.
    pub(crate) fn due(&self, id: ReleaseId, policy: &Policy, now: &Moment) -> Result<Option<Due>, Fault> {
        let mut core = self.core();
        let live = core.releases.get_mut(&id).ok_or_else(|| fault::bad_input("the release is gone"))?;
        let Some(eye) = live.eye.as_mut() else { return Ok(None) };
        let probe = policy.probe.as_ref().is_some_and(|probe| is_due(eye, PROBER, probe.every, now));
        let asked = |metric: &&Metric| metric.asked().is_some();
        let due = |metric: &&Metric| is_due(eye, &metric.name, metric.interval, now);
        let metrics: Vec<&Metric> = policy.metrics.values().filter(asked).filter(due).collect();
        if !probe && metrics.is_empty() {
            return Ok(None);
        }
        let names = metrics.iter().map(|metric| metric.name.as_str()).chain(probe.then_some(PROBER));
        for name in names {
            eye.asked.insert(name.to_owned(), now.clone());
        }
        let allowed = allowed_gap(policy).delta();
        let idle = eye.done.as_ref().and_then(|done| now.since(done));
        let cause = match (&eye.last_tick, idle) {
            (None, _) if eye.refused => GapCause::SourceFailed,
            (None, _) => GapCause::AppClosed,
            // The last look, or what followed from it, took until now.
            (Some(_), Some(idle)) if idle <= allowed => GapCause::SourceFailed,
            // The process lived on and did not run: the computer slept.
            (Some(_), _) => GapCause::Suspended,
        };
        eye.last_tick = Some(now.clone());
        let begun = begun(&live.release).unwrap_or(now.wall);
        let late = now.wall - eye.last_look_since(begun).unwrap_or(begun) > allowed;
        let figures = metrics.into_iter().flat_map(|metric| figures(policy, metric)).collect();
        Ok(Some(Due { slept: late.then_some(cause), probe, figures }))
    }

    /// What is in production now, by which every source is asked.
    pub(crate) fn subject(&self, id: ReleaseId, policy: &Policy) -> Result<Subject, Fault> {
        let core = self.core();
        let release = &live(&core, id)?.release;
        let deployment = production_deployment(policy, release)?;
        let address = policy.address_of(deployment).map(str::to_owned).ok_or_else(|| {
            format!("{} has no address to look at; write `url` below its environment", deployment.environment)
        });
        Ok(Subject {
            deployment: deployment.id.clone(),
            facts: CandidateFacts {
                deployment: deployment.id.to_string(),
                version: release.version.clone(),
                commit: release.candidate().map(|c| c.commit.clone()).unwrap_or_default(),
            },
            address,
        })
    }

    /// Asks every source that is due, all at once. A look that cannot be made is a look that does not count.
    pub(crate) async fn look_at(
        &self,
        policy: &Policy,
        subject: &Subject,
        due: &Due,
        at: DateTime<Utc>,
    ) -> Sighting {
        let tick = async {
            let probe = policy.probe.as_ref().filter(|_| due.probe)?;
            Some(match subject.probing(probe) {
                Ok(probing) => self.ports.signals.tick(&probing, at).await,
                Err(why) => unaimed(at, why),
            })
        };
        let (tick, measured) = tokio::join!(tick, self.measure(policy, subject, due, at));
        Sighting::new(at, tick, measured)
    }

    async fn measure(
        &self,
        policy: &Policy,
        subject: &Subject,
        due: &Due,
        at: DateTime<Utc>,
    ) -> Vec<Measured> {
        if due.figures.is_empty() {
            return Vec::new();
        }
        let Some(metrics) = &self.ports.metrics else {
            return due.figures.iter().map(|figure| unasked(figure, at)).collect();
        };
        // Slower than the pace is a gap; waiting longer would only make it one for the other sources as well.
        let within = policy.pace().unwrap_or(LOOK_WITHIN).min(LOOK_WITHIN);
        let asking = Asking { figures: due.figures.clone(), candidate: subject.facts.clone(), at, within };
        metrics.measure(&asking).await
    }

    /// Says whether the look is about what is in production now: while it was on its way, traffic may have gone back.
    pub(crate) fn take_in(
        &self,
        id: ReleaseId,
        policy: &Policy,
        subject: &Subject,
        mut sighting: Sighting,
        slept: Option<GapCause>,
    ) -> Result<bool, Fault> {
        let done = self.time.now();
        let gap = {
            let mut core = self.core();
            let live = core.releases.get_mut(&id).ok_or_else(|| fault::bad_input("the release is gone"))?;
            let (Some(eye), release) = (live.eye.as_mut(), &live.release) else { return Ok(false) };
            let (Some(begun), Ok(deployment)) = (begun(release), production_deployment(policy, release))
            else {
                return Ok(false);
            };
            if !release.is_exposed() || deployment.id != subject.deployment {
                return Ok(false);
            }
            let from = eye.last_look_since(begun);
            if from.is_none() {
                eye.begin_again();
            }
            let at = sighting.at;
            let before = (eye.blind_now(), eye.answered_since(begun));
            eye.take(policy, &mut sighting);
            let gap = match slept {
                Some(cause) => Some(Gap { from: from.unwrap_or(begun), to: at, cause }),
                None => blind_spell(before, release, begun, &sighting, allowed_gap(policy).delta()),
            };
            let mut gaps = observing::gaps(release);
            gaps.extend(gap.as_ref().map(|gap| seaworthy_rules::Gap {
                from: gap.from,
                to: gap.to,
                filled: false,
            }));
            if gap.is_some() || eye.resumed.is_none() {
                eye.resumed = Some(at);
            }
            eye.judge(
                policy,
                sighting,
                |guardrail| observing::since(policy, release, guardrail, at),
                |eye, index, guardrail| {
                    let reading = observing::reading(policy, release, eye, (index, guardrail), at);
                    reading.is_some_and(|reading| reading.is_blind())
                },
                &gaps,
            );
            if let Some(kept) = eye.kept.as_mut() {
                kept.sync(done.wall);
            }
            eye.done = Some(done);
            gap
        };
        if let Err(fault) = self.record(id, gap.map(|gap| Event::GapRecorded { gap }).as_slice()) {
            tracing::error!(release = %id, %fault, "a gap could not be recorded");
        }
        Ok(true)
    }
}

impl Subject {
    fn probing(&self, probe: &Probe) -> Result<Probing, String> {
        Ok(Probing {
            probe: probe.clone(),
            base_url: self.address.clone()?,
            deployment: self.deployment.clone(),
            version: self.facts.version.clone(),
            commit: self.facts.commit.clone(),
        })
    }
}

/// A tick of the prober that nobody knew where to make.
fn unaimed(at: DateTime<Utc>, why: String) -> Tick {
    Tick {
        at,
        requests: 0,
        errors: 0,
        latencies_us: Vec::new(),
        foreign: 0,
        invalid: Some(Invalid::Unasked { why }),
    }
}

fn is_due(eye: &Eye, source: &str, every: Period, now: &Moment) -> bool {
    let passed = eye.asked.get(source).and_then(|last| now.since(last));
    passed.is_none_or(|passed| passed >= every.delta())
}

/// The figure of the moment, and those of the windows that rules look at.
fn figures(policy: &Policy, metric: &Metric) -> Vec<Figure> {
    let windows = observing::windows(policy, metric).into_iter().map(Some);
    std::iter::once(None).chain(windows).map(|window| Figure { metric: metric.clone(), window }).collect()
}

/// Where nobody can ask.
fn unasked(figure: &Figure, at: DateTime<Utc>) -> Measured {
    Measured {
        metric: figure.metric.name.clone(),
        over_ms: figure.window.map(Period::as_millis),
        sample: Sample { at, reading: Reading::Invalid(InvalidReason::NoAnswer) },
        why: Some("no metrics service can be asked here".to_owned()),
        cause: Some(GapCause::SourceFailed),
        warnings: Vec::new(),
    }
}

/// The span that ends with a look that counts, after looks that did not.
fn blind_spell(
    (blind, answered): (Option<GapCause>, Option<DateTime<Utc>>),
    release: &Release,
    begun: DateTime<Utc>,
    sighting: &Sighting,
    allowed: chrono::TimeDelta,
) -> Option<Gap> {
    let cause = blind.filter(|_| sighting.blind.is_none())?;
    let known = release.gaps.last().map_or(begun, |gap| gap.to);
    let from = answered.unwrap_or(begun).max(known);
    (sighting.at - from > allowed).then_some(Gap { from, to: sighting.at, cause })
}

fn production_deployment<'a>(policy: &Policy, release: &'a Release) -> Result<&'a Deployment, Fault> {
    let production = policy.production().map(|(name, _)| name);
    production
        .and_then(|name| release.deployment_in(name))
        .ok_or_else(|| fault::integrity("a release in production has no production deployment"))
}
