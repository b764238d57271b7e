//! What the engine has seen of one release in production: samples, looks and evaluated guardrails.

use crate::frozen::Steady;
use crate::keeping::Found;
use crate::keeping::Kept;
use crate::observing;
use crate::reading;
use crate::sighting::Sighting;
use crate::sighting::Standing;
use chrono::DateTime;
use chrono::Utc;
use seaworthy_clock::Moment;
use seaworthy_domain::Event;
use seaworthy_domain::GapCause;
use seaworthy_domain::policy::Guardrail;
use seaworthy_domain::policy::Metric;
use seaworthy_domain::policy::Policy;
use seaworthy_ports::Measured;
use seaworthy_rollout::Look;
use seaworthy_rules::Aggregate;
use seaworthy_rules::At;
use seaworthy_rules::Condition;
use seaworthy_rules::Evaluation;
use seaworthy_rules::Gap;
use seaworthy_rules::MetricSeries;
use seaworthy_rules::MetricSpec;
use seaworthy_rules::Period;
use seaworthy_rules::Polarity;
use seaworthy_rules::Reading;
use seaworthy_rules::Rule;
use seaworthy_rules::Sample;
use seaworthy_rules::Series;
use seaworthy_rules::evaluate;
use std::collections::BTreeMap;

/// Looks kept in memory, as many as samples of a metric: six weeks of one every fifteen seconds.
const LOOKS_MAX: usize = seaworthy_rules::MAX_SAMPLES;
/// Reasons of invalid samples kept in memory for each metric; the log keeps all.
const WHYS_MAX: usize = 2_000;

pub(crate) struct Eye {
    /// Absent where the disk refused it.
    pub(crate) kept: Option<Kept>,
    /// What was found when the samples were opened and is not recorded yet.
    pub(crate) unsaid: Vec<Event>,
    /// What was kept before was not as it was sealed.
    pub(crate) refused: bool,
    /// When somebody last needed it.
    pub(crate) needed: Option<Moment>,
    pub(crate) looks: Vec<Look>,
    series: Series,
    steady: Steady,
    /// Guardrails as of the newest look, in policy order.
    pub(crate) readings: Vec<Evaluation>,
    /// When each guardrail last had something to go by, in policy order.
    pub(crate) had_data: Vec<Option<DateTime<Utc>>>,
    /// When each guardrail was last quiet, in policy order.
    pub(crate) calm_at: Vec<Option<DateTime<Utc>>>,
    /// The newest look that counted.
    answered: Option<DateTime<Utc>>,
    probe: Standing,
    services: BTreeMap<String, Standing>,
    whys: BTreeMap<String, BTreeMap<DateTime<Utc>, String>>,
    /// When looking began, or began again after a gap.
    pub(crate) resumed: Option<DateTime<Utc>>,
    /// When this process last looked.
    pub(crate) last_tick: Option<Moment>,
    /// When this process last asked the prober (the empty name) and each metric of a service.
    pub(crate) asked: BTreeMap<String, Moment>,
    /// Attempts of this process to fetch a gap, by its start.
    pub(crate) fetches: BTreeMap<DateTime<Utc>, (u32, Moment)>,
    /// When this process was last done with a look and what followed from it.
    pub(crate) done: Option<Moment>,
}

impl Eye {
    /// An eye that has seen what was found.
    pub(crate) fn of(policy: &Policy, found: Found) -> Self {
        let refused = found.unsaid.iter().any(|event| matches!(event, Event::SamplesRefused { .. }));
        let mut eye = Self { kept: Some(found.kept), unsaid: found.unsaid, refused, ..Self::unkept(policy) };
        // In the order of their times, so that each goes to the end of what is there.
        for mut sighting in found.sightings {
            if sighting.filled {
                eye.fetched(&sighting);
            } else {
                eye.steady.mark(policy, &eye.series, &mut sighting);
                eye.remember(policy, &sighting);
            }
        }
        eye.looks.dedup_by_key(|look| look.at);
        eye
    }

    /// An eye that forgets everything with its process.
    pub(crate) fn unkept(policy: &Policy) -> Self {
        let series = policy.metrics.values().map(|m| (m.name.clone(), MetricSeries::new(spec(m)))).collect();
        Self {
            kept: None,
            unsaid: Vec::new(),
            refused: false,
            needed: None,
            looks: Vec::new(),
            series,
            steady: Steady::default(),
            readings: Vec::new(),
            had_data: vec![None; policy.guardrails.len()],
            calm_at: vec![None; policy.guardrails.len()],
            answered: None,
            probe: Standing::default(),
            services: BTreeMap::new(),
            whys: BTreeMap::new(),
            resumed: None,
            last_tick: None,
            asked: BTreeMap::new(),
            fetches: BTreeMap::new(),
            done: None,
        }
    }

    /// Takes in what the sources said, and says why it does not count, if it does not.
    pub(crate) fn take(&mut self, policy: &Policy, sighting: &mut Sighting) {
        self.steady.mark(policy, &self.series, sighting);
        sighting.blind = self.remember(policy, sighting);
        if let Some(look) = self.looks.last_mut() {
            *look = sighting.look();
        }
    }

    /// Evaluates every guardrail over the samples since `since`, and keeps the look that was taken last. What cannot
    /// be kept counts all the same: a full disk must not stop a rollback.
    pub(crate) fn judge(
        &mut self,
        policy: &Policy,
        mut sighting: Sighting,
        since: impl Fn(&Guardrail) -> DateTime<Utc>,
        blind: impl Fn(&Self, usize, &Guardrail) -> bool,
        gaps: &[Gap],
    ) {
        let now = sighting.at;
        self.readings = policy
            .guardrails
            .iter()
            .map(|g| self.evaluate(&g.rule, Polarity::Guardrail, now, since(g), gaps))
            .collect();
        for (index, reading) in self.readings.iter().enumerate() {
            let told = [
                (&mut self.had_data, reading.condition != Condition::NoData),
                (&mut self.calm_at, reading.condition == Condition::NotMet),
            ];
            for (times, applies) in told {
                if let Some(at) = times.get_mut(index).filter(|_| applies) {
                    *at = Some(now);
                }
            }
        }
        sighting.over = self.readings.iter().any(is_over);
        let unseen = policy.guardrails.iter().enumerate().any(|(index, g)| blind(self, index, g));
        sighting.blind = sighting.blind.or(unseen.then_some(GapCause::SourceFailed));
        self.looks.pop();
        self.looks.push(sighting.look());
        self.keep(std::slice::from_ref(&sighting));
    }

    pub(crate) fn keep(&mut self, sightings: &[Sighting]) {
        if let Some(Err(error)) = self.kept.as_mut().map(|kept| kept.append(sightings)) {
            tracing::error!(%error, "samples could not be kept; they are lost at the next start");
        }
    }

    /// Guardrails as of the newest kept look, for a process that has not looked itself. Whether that look is fresh
    /// enough for anything is asked elsewhere.
    pub(crate) fn recall(
        &mut self,
        policy: &Policy,
        since: impl Fn(&Guardrail, DateTime<Utc>) -> DateTime<Utc>,
        gaps: &[Gap],
    ) {
        let Some(at) = self.looks.last().map(|look| look.at) else { return };
        let guardrails = policy.guardrails.iter();
        self.readings =
            guardrails.map(|g| self.evaluate(&g.rule, Polarity::Guardrail, at, since(g, at), gaps)).collect();
    }

    /// Takes in one look; `Some` is why it does not count by what its sources said.
    fn remember(&mut self, policy: &Policy, sighting: &Sighting) -> Option<GapCause> {
        let at = sighting.at;
        if let Some(tick) = &sighting.tick {
            self.probe.of(at, reading::blind(tick));
            for metric in policy.metrics.values() {
                if let (Some(series), Some(reading)) =
                    (self.series.get_mut(&metric.name), reading::reading(metric, tick))
                {
                    series.record(Sample { at, reading });
                }
            }
        }
        for measured in &sighting.measured {
            self.record(measured);
            if measured.over_ms.is_none() {
                self.services.entry(measured.metric.clone()).or_default().of(at, measured.cause);
            }
        }
        let cause = self.doubt(policy, at);
        if cause.is_none() {
            self.answered = Some(at);
        }
        self.looks.push(sighting.look());
        if self.looks.len() > LOOKS_MAX {
            self.looks.drain(..LOOKS_MAX / 8);
        }
        cause
    }

    fn record(&mut self, measured: &Measured) {
        let Some(series) = self.series.get_mut(&measured.metric) else { return };
        match measured.over_ms {
            Some(ms) => series.record_over(Period::from_millis(ms), measured.sample),
            None => series.record(measured.sample),
        }
        if let Some(why) = measured.why.as_ref().filter(|_| measured.over_ms.is_none()) {
            let whys = self.whys.entry(measured.metric.clone()).or_default();
            whys.insert(measured.sample.at, why.clone());
            if whys.len() > WHYS_MAX {
                whys.pop_first();
            }
        }
    }

    /// Why the sources together do not tell how production is: one that a guardrail needs has nothing valid that is
    /// new enough. Without guardrails every source is needed.
    fn doubt(&self, policy: &Policy, at: DateTime<Utc>) -> Option<GapCause> {
        let probe = policy.probe.as_ref();
        let allowed = probe.map(|probe| probe.every.times(seaworthy_rules::DEFAULT_GAP_INTERVALS));
        let probed = allowed.and_then(|allowed| self.probe.doubt(at, allowed));
        let never = Standing::default();
        probed.or_else(|| {
            observing::needed(policy)
                .find_map(|m| self.services.get(&m.name).unwrap_or(&never).doubt(at, m.allowed_gap))
        })
    }

    /// Takes in what was fetched for times that nobody saw.
    pub(crate) fn insert(&mut self, filled: &[Sighting]) {
        for sighting in filled {
            self.fetched(sighting);
        }
        // Stable: where somebody looked, that look stays.
        self.looks.sort_by_key(|look| (look.at, look.filled));
        self.looks.dedup_by_key(|look| look.at);
    }

    /// What was made of the fetched looks.
    pub(crate) fn relook(&mut self, filled: &[Sighting]) {
        for sighting in filled {
            if let Ok(place) = self.looks.binary_search_by_key(&sighting.at, |look| look.at)
                && let Some(look) = self.looks.get_mut(place).filter(|look| look.filled)
            {
                *look = sighting.look();
            }
        }
    }

    fn fetched(&mut self, sighting: &Sighting) {
        for measured in &sighting.measured {
            self.record(measured);
        }
        self.looks.push(sighting.look());
    }

    /// One rule over the samples since `since`.
    pub(crate) fn evaluate(
        &self,
        rule: &Rule,
        polarity: Polarity,
        now: DateTime<Utc>,
        since: DateTime<Utc>,
        gaps: &[Gap],
    ) -> Evaluation {
        evaluate(rule, &self.series, &At { now, since, gaps }, polarity)
    }

    /// Samples of one metric.
    pub(crate) fn samples(&self, metric: &str) -> &[Sample] {
        self.series.get(metric).map_or(&[], MetricSeries::samples)
    }

    /// Why a sample of `metric` does not count, in the words of its source.
    pub(crate) fn why(&self, metric: &str, at: DateTime<Utc>) -> Option<&str> {
        self.whys.get(metric)?.get(&at).map(String::as_str)
    }

    /// The newest look since `begun`, valid or not; earlier ones were about an earlier candidate.
    pub(crate) fn last_look_since(&self, begun: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.looks.last().map(|look| look.at).filter(|at| *at >= begun)
    }

    /// The newest look since `begun` that counted.
    pub(crate) fn answered_since(&self, begun: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.answered.filter(|at| *at >= begun)
    }

    /// Why the newest look does not count, if it does not.
    pub(crate) fn blind_now(&self) -> Option<GapCause> {
        self.looks.last()?.blind
    }

    /// Another candidate is looked at from here on.
    pub(crate) fn begin_again(&mut self) {
        self.resumed = None;
        self.steady.begin_again();
        self.had_data.fill(None);
        self.calm_at.fill(None);
    }
}

/// Over its limit now, whether or not long enough.
pub(crate) fn is_over(evaluation: &Evaluation) -> bool {
    matches!(evaluation.condition, Condition::Met | Condition::Building)
}

/// The newest sample that counts.
pub(crate) fn newest_valid(samples: &[Sample]) -> Option<&Sample> {
    samples.iter().rev().find(|sample| !matches!(sample.reading, Reading::Invalid(_)))
}

fn spec(metric: &Metric) -> MetricSpec {
    MetricSpec {
        unit: metric.unit,
        aggregate: metric.aggregate.unwrap_or(Aggregate::Last),
        interval: metric.interval,
        allowed_gap: metric.allowed_gap,
        stale_after: metric.stale_after,
        traffic: metric.traffic.clone(),
        percentile: metric.aggregate.is_none(),
        requeried: metric.asked().is_some_and(|asked| asked.over.is_some()),
    }
}

/// How far back a guardrail's rule looks, with room for gaps; older samples cannot change it.
pub(crate) fn horizon(rule: &Rule, metric: Option<&Metric>) -> Period {
    let span = rule.duration().or(rule.window()).unwrap_or(Period::ZERO);
    let stale = metric.map_or(Period::ZERO, |m| m.stale_after);
    Period::from_millis(span.as_millis() * 3 + stale.as_millis() * 2 + 60_000)
}
