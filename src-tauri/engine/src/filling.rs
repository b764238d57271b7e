//! What a source remembers of a gap, fetched when the gap is over.
//!
//! Nothing that is fetched triggers anything: what was over its limit while nobody looked is told as having held, and
//! only a fresh sample fires. Whether the fetched samples count as observed is the policy's word.

use crate::engine::Engine;
use crate::engine::live;
use crate::eye::Eye;
use crate::looking::Subject;
use crate::observing;
use crate::observing::begun;
use crate::sighting::Sighting;
use chrono::DateTime;
use chrono::TimeDelta;
use chrono::Utc;
use seaworthy_clock::Moment;
use seaworthy_domain::Event;
use seaworthy_domain::Fill;
use seaworthy_domain::Gap;
use seaworthy_domain::Held;
use seaworthy_domain::NoticeKey;
use seaworthy_domain::Release;
use seaworthy_domain::ReleaseId;
use seaworthy_domain::Topic;
use seaworthy_domain::policy::Backfill;
use seaworthy_domain::policy::Guardrail;
use seaworthy_domain::policy::Metric;
use seaworthy_domain::policy::Policy;
use seaworthy_ports::Asking;
use seaworthy_ports::Figure;
use seaworthy_ports::History;
use seaworthy_ports::Measured;
use seaworthy_ports::Span;
use seaworthy_rules::Condition;
use seaworthy_rules::Period;
use seaworthy_rules::Polarity;
use seaworthy_rules::Reading;
use seaworthy_rules::Sample;
use seaworthy_wire::Fault;
use std::collections::BTreeMap;

/// Attempts to fetch one gap, and the time between two of them: after sleep the network is often a little late.
const TRIES_MAX: u32 = 5;
const BETWEEN_TRIES: TimeDelta = TimeDelta::minutes(1);
/// Nobody waits longer than this for the history of one gap.
const HISTORY_WITHIN: Period = Period::from_secs(10);

impl Engine {
    /// Fetches what is missing of the oldest gap that can still be filled. Whether anything was taken in.
    pub(crate) async fn fill_gaps(&self, id: ReleaseId, policy: &Policy, subject: &Subject) -> bool {
        let now = self.time.now();
        let Some(metrics) = &self.ports.metrics else { return false };
        let Some((gap, step)) = self.fillable(id, policy, &now) else { return false };
        let asked = policy.metrics.values().filter(|metric| metric.asked().is_some());
        let figures = asked.map(|metric| Figure { metric: metric.clone(), window: None }).collect();
        let (candidate, within) = (subject.facts.clone(), HISTORY_WITHIN);
        let asking = Asking { figures, candidate, at: now.wall, within };
        // Both ends were looked at by somebody.
        let span = Span { from: gap.from + step.delta(), to: gap.to - TimeDelta::milliseconds(1), step };
        let told = metrics.history(&asking, &span).await;
        let missing = told.iter().find_map(|history| {
            let needed = observing::needed(policy).any(|metric| metric.name == history.metric);
            history.samples.as_ref().err().filter(|_| needed)
        });
        if let Some(why) = missing {
            tracing::warn!(release = %id, %why, "the history of a gap could not be fetched");
            return false;
        }
        match self.take_history(id, policy, &gap, told) {
            Ok(Some(fill)) => {
                self.tell_held(id, &fill).await;
                true
            }
            Ok(None) => false,
            Err(fault) => {
                tracing::error!(release = %id, %fault, "what was fetched for a gap could not be recorded");
                true
            }
        }
    }

    /// The oldest gap of the current ladder that was not filled and not tried in vain too often; with the steps to
    /// fetch.
    fn fillable(&self, id: ReleaseId, policy: &Policy, now: &Moment) -> Option<(Gap, Period)> {
        let asked = policy.metrics.values().filter(|metric| metric.asked().is_some());
        let step = asked.map(|metric| metric.interval).min()?;
        let mut core = self.core();
        let live = core.releases.get_mut(&id)?;
        let (eye, release) = (live.eye.as_mut()?, &live.release);
        let begun = begun(release)?;
        // Going back does not wait for the past.
        if eye.readings.iter().any(|reading| reading.condition == Condition::Met) {
            return None;
        }
        let wanted = |gap: &&Gap| {
            let tried = eye.fetches.get(&gap.from);
            let again = tried.is_none_or(|(tries, at)| {
                *tries < TRIES_MAX && now.since(at).is_none_or(|since| since >= BETWEEN_TRIES)
            });
            gap.from >= begun
                && gap.length() > step.delta()
                && again
                && !release.fills.iter().any(|fill| fill.gap == **gap)
        };
        let gap = release.gaps.iter().find(wanted)?.clone();
        let tries = eye.fetches.get(&gap.from).map_or(0, |(tries, _)| *tries);
        eye.fetches.insert(gap.from, (tries + 1, now.clone()));
        Some((gap, step))
    }

    fn take_history(
        &self,
        id: ReleaseId,
        policy: &Policy,
        gap: &Gap,
        told: Vec<History>,
    ) -> Result<Option<Fill>, Fault> {
        let mut sightings = sightings(gap, told);
        let fill = {
            let mut core = self.core();
            let Some(live) = core.releases.get_mut(&id) else { return Ok(None) };
            let (Some(eye), release) = (live.eye.as_mut(), &live.release) else { return Ok(None) };
            // While the answer was on its way, traffic may have gone back.
            if !release.is_exposed() || !release.gaps.contains(gap) {
                return Ok(None);
            }
            let counts = counts(policy);
            eye.insert(&sightings);
            let held = relive(policy, release, eye, gap, &mut sightings);
            if !counts {
                for sighting in &mut sightings {
                    sighting.blind = Some(gap.cause);
                }
            }
            eye.relook(&sightings);
            eye.keep(&sightings);
            let samples = sightings.iter().map(|sighting| sighting.measured.len() as u64).sum();
            Fill { gap: gap.clone(), samples, counts, held }
        };
        // A gap that is filled is not fetched again; a kill must not take away what was.
        self.seal_samples(id, true)?;
        self.record(id, &[Event::GapFilled { fill: fill.clone() }])?;
        // What was fetched may be the beginning of what the newest look saw: going back waits for no second one.
        if let Some(live) = self.core().releases.get_mut(&id)
            && let Some(eye) = live.eye.as_mut()
        {
            let release = &live.release;
            let since = |guardrail: &Guardrail, at| observing::since(policy, release, guardrail, at);
            eye.recall(policy, since, &observing::gaps(release));
        }
        Ok(Some(fill))
    }

    async fn tell_held(&self, id: ReleaseId, fill: &Fill) {
        if fill.held.is_empty() {
            return;
        }
        let title = {
            let core = self.core();
            let Ok(live) = live(&core, id) else { return };
            let release = &live.release;
            format!("{} {}: a limit was passed while nobody looked", release.project_name, release.version)
        };
        let body = format!("{}. Nothing was triggered.", crate::words::held(fill));
        self.tell(id, NoticeKey::of(Topic::Missed), (title, body), false).await;
    }
}

/// Whether what is fetched counts: every metric that a guardrail names can be fetched, and the policy says so for each.
/// A prober remembers nothing.
fn counts(policy: &Policy) -> bool {
    let counted = |metric: &Metric| metric.asked().is_some_and(|asked| asked.backfill == Backfill::Counts);
    let named = |metric: &&Metric| {
        policy.guardrails.is_empty()
            || policy.guardrails.iter().any(|g| observing::names(policy, &g.rule, &metric.name))
    };
    policy.metrics.values().filter(named).all(counted) && observing::needed(policy).next().is_some()
}

/// The fetched samples, by their time.
fn sightings(gap: &Gap, told: Vec<History>) -> Vec<Sighting> {
    let mut by_time: BTreeMap<DateTime<Utc>, Vec<Measured>> = BTreeMap::new();
    for history in told {
        for sample in history.samples.unwrap_or_default() {
            if sample.at <= gap.from || sample.at >= gap.to {
                continue;
            }
            by_time.entry(sample.at).or_default().push(fetched(&history.metric, sample, gap));
        }
    }
    by_time
        .into_iter()
        .map(|(at, measured)| Sighting { filled: true, ..Sighting::new(at, None, measured) })
        .collect()
}

fn fetched(metric: &str, sample: Sample, gap: &Gap) -> Measured {
    let invalid = matches!(sample.reading, Reading::Invalid(_));
    Measured {
        metric: metric.to_owned(),
        over_ms: None,
        sample,
        why: None,
        cause: invalid.then_some(gap.cause),
        warnings: Vec::new(),
    }
}

/// Goes through the gap as if somebody had looked: which looks count, which were over, and what held.
fn relive(policy: &Policy, release: &Release, eye: &Eye, gap: &Gap, sightings: &mut [Sighting]) -> Vec<Held> {
    // To the past it was the present: its samples count here whatever the policy says of the soak.
    let mut gaps = observing::gaps(release);
    for known in &mut gaps {
        known.filled |= known.from == gap.from && known.to == gap.to;
    }
    let mut valid_at: BTreeMap<&str, DateTime<Utc>> = BTreeMap::new();
    let needed: Vec<&Metric> = observing::needed(policy).collect();
    let mut held: Vec<Held> = Vec::new();
    let mut open: BTreeMap<&str, usize> = BTreeMap::new();
    for sighting in sightings {
        let at = sighting.at;
        for metric in &needed {
            let valid = |m: &Measured| m.metric == metric.name && m.cause.is_none();
            if sighting.measured.iter().any(valid) {
                valid_at.insert(&metric.name, at);
            }
        }
        let missing = |metric: &&Metric| {
            valid_at.get(metric.name.as_str()).is_none_or(|valid| at - *valid > metric.allowed_gap.delta())
                || sighting.measured.iter().any(|m| m.metric == metric.name && m.cause.is_some())
        };
        if needed.iter().any(missing) {
            sighting.blind = Some(gap.cause);
        }
        for guardrail in &policy.guardrails {
            let since = observing::since(policy, release, guardrail, at);
            let now = eye.evaluate(&guardrail.rule, Polarity::Criterion, at, since, &gaps);
            sighting.over |= crate::eye::is_over(&now);
            match (now.condition == Condition::Met, open.get(guardrail.name.as_str())) {
                (false, _) => {
                    open.remove(guardrail.name.as_str());
                }
                (true, Some(index)) => {
                    if let Some(held) = held.get_mut(*index) {
                        held.to = at;
                    }
                }
                (true, None) => {
                    let from = now.interval.map_or(at, |interval| interval.from);
                    open.insert(&guardrail.name, held.len());
                    held.push(Held { guardrail: guardrail.name.clone(), from, to: at });
                }
            }
        }
    }
    held
}
