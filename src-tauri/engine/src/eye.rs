//! What the engine has seen of one release in production: samples, looks and evaluated guardrails.

use crate::fault;
use chrono::DateTime;
use chrono::TimeDelta;
use chrono::Utc;
use rust_decimal::Decimal;
use seaworthy_clock::Moment;
use seaworthy_domain::Gap;
use seaworthy_domain::GapCause;
use seaworthy_domain::policy::Guardrail;
use seaworthy_domain::policy::Metric;
use seaworthy_domain::policy::Policy;
use seaworthy_domain::policy::ProbeReading;
use seaworthy_evidence::SampleLog;
use seaworthy_ports::Invalid;
use seaworthy_ports::Tick;
use seaworthy_rollout::Look;
use seaworthy_rules::Aggregate;
use seaworthy_rules::At;
use seaworthy_rules::Condition;
use seaworthy_rules::Evaluation;
use seaworthy_rules::InvalidReason;
use seaworthy_rules::Measure;
use seaworthy_rules::MetricSeries;
use seaworthy_rules::MetricSpec;
use seaworthy_rules::Period;
use seaworthy_rules::Polarity;
use seaworthy_rules::Quantity;
use seaworthy_rules::Reading;
use seaworthy_rules::Rule;
use seaworthy_rules::Sample;
use seaworthy_rules::Series;
use seaworthy_rules::Unit;
use seaworthy_rules::evaluate;
use seaworthy_wire::Fault;
use serde::Deserialize;
use serde::Serialize;
use std::path::Path;

/// Unit of the prober's answer times.
const MICROSECONDS: Unit = Unit { measure: Measure::Microsecond, per: None };

/// One line of the sample log.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Sighting {
    pub(crate) tick: Tick,
    /// A guardrail was over its limit with this tick.
    pub(crate) over: bool,
    /// The tick counts, but a guardrail has had nothing to go by for too long.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) blind: bool,
}

/// Looks kept in memory, as many as samples of a metric: six weeks of one every fifteen seconds.
const LOOKS_MAX: usize = seaworthy_rules::MAX_SAMPLES;

pub(crate) struct Eye {
    /// Absent where the disk refused it.
    log: Option<SampleLog>,
    pub(crate) looks: Vec<Look>,
    series: Series,
    /// Guardrails as of the newest tick, in policy order.
    pub(crate) readings: Vec<Evaluation>,
    /// When each guardrail last had something to go by, in policy order.
    pub(crate) had_data: Vec<Option<DateTime<Utc>>>,
    /// When each guardrail was last quiet, in policy order.
    pub(crate) calm_at: Vec<Option<DateTime<Utc>>>,
    /// The newest tick that counted.
    answered: Option<DateTime<Utc>>,
    /// When looking began, or began again after a gap.
    pub(crate) resumed: Option<DateTime<Utc>>,
    /// When this process last looked.
    pub(crate) last_tick: Option<Moment>,
    /// When this process was last done with a look and what followed from it.
    pub(crate) done: Option<Moment>,
    pub(crate) synced: Option<Moment>,
    pub(crate) sealed: Option<Moment>,
}

impl Eye {
    /// Opens the sample log of `release` and reads what is there.
    pub(crate) fn open(directory: &Path, release: &str, policy: &Policy) -> Result<Self, Fault> {
        let mut log = SampleLog::open(directory, release, "probe").map_err(|e| fault::evidence(&e))?;
        let kept = log.read_all::<Sighting>().map_err(|e| fault::evidence(&e))?;
        let mut eye = Self { log: Some(log), ..Self::unkept(policy) };
        for sighting in kept.records {
            eye.remember(policy, &sighting);
        }
        Ok(eye)
    }

    /// An eye that forgets everything with its process.
    pub(crate) fn unkept(policy: &Policy) -> Self {
        let series = policy.metrics.values().map(|m| (m.name.clone(), MetricSeries::new(spec(m)))).collect();
        Self {
            log: None,
            looks: Vec::new(),
            series,
            readings: Vec::new(),
            had_data: vec![None; policy.guardrails.len()],
            calm_at: vec![None; policy.guardrails.len()],
            answered: None,
            resumed: None,
            last_tick: None,
            done: None,
            synced: None,
            sealed: None,
        }
    }

    /// Takes in one tick: keeps it, evaluates every guardrail over the samples since `since`. What cannot be kept
    /// counts all the same: a full disk must not stop a rollback.
    pub(crate) fn see(
        &mut self,
        policy: &Policy,
        tick: Tick,
        since: impl Fn(&Guardrail) -> DateTime<Utc>,
        blind: impl Fn(&Self, usize, &Guardrail) -> bool,
        gaps: &[Gap],
    ) {
        let now = tick.at;
        let mut sighting = Sighting { tick, over: false, blind: false };
        self.remember(policy, &sighting);
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
        sighting.blind = policy.guardrails.iter().enumerate().any(|(index, g)| blind(self, index, g));
        self.looks.pop();
        self.looks.push(look(&sighting));
        let kept = self.log.as_mut().map_or(Ok(()), |log| log.append(std::slice::from_ref(&sighting)));
        if let Err(error) = kept {
            tracing::error!(%error, "a sample could not be kept; it is lost at the next start");
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

    fn remember(&mut self, policy: &Policy, sighting: &Sighting) {
        let tick = &sighting.tick;
        for metric in policy.metrics.values() {
            if let Some(series) = self.series.get_mut(&metric.name) {
                series.record(Sample { at: tick.at, reading: reading(metric, tick) });
            }
        }
        if tick.invalid.is_none() {
            self.answered = Some(tick.at);
        }
        self.looks.push(look(sighting));
        if self.looks.len() > LOOKS_MAX {
            self.looks.drain(..LOOKS_MAX / 8);
        }
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
        let gaps: Vec<_> =
            gaps.iter().map(|gap| seaworthy_rules::Gap { from: gap.from, to: gap.to }).collect();
        evaluate(rule, &self.series, &At { now, since, gaps: &gaps }, polarity)
    }

    /// Samples of one metric.
    pub(crate) fn samples(&self, metric: &str) -> &[Sample] {
        self.series.get(metric).map_or(&[], MetricSeries::samples)
    }

    /// The newest look since `begun`, valid or not; earlier ones were about an earlier candidate.
    pub(crate) fn last_look_since(&self, begun: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.looks.last().map(|look| look.at).filter(|at| *at >= begun)
    }

    /// The newest tick since `begun` that counted.
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
        self.had_data.fill(None);
        self.calm_at.fill(None);
    }

    /// Makes the samples survive a power cut, at most once a minute.
    pub(crate) fn sync(&mut self, now: &Moment) {
        let due =
            self.synced.as_ref().is_none_or(|at| now.since(at).is_none_or(|d| d >= TimeDelta::minutes(1)));
        if due {
            self.synced = Some(now.clone());
            if let Some(Err(error)) = self.log.as_mut().map(SampleLog::sync) {
                tracing::error!(%error, "the newest samples would not survive a power cut");
            }
        }
    }

    /// Fixes what is kept so far, at most once an hour and, with `finally`, now.
    pub(crate) fn seal(
        &mut self,
        now: &Moment,
        finally: bool,
    ) -> Result<Option<seaworthy_evidence::Seal>, Fault> {
        let Some(log) = &mut self.log else { return Ok(None) };
        let last = self.sealed.get_or_insert_with(|| now.clone());
        if !finally && now.since(last).is_some_and(|passed| passed < TimeDelta::hours(1)) {
            return Ok(None);
        }
        *last = now.clone();
        log.seal().map(Some).map_err(|e| fault::evidence(&e))
    }
}

/// Over its limit now, whether or not long enough.
pub(crate) fn is_over(evaluation: &Evaluation) -> bool {
    matches!(evaluation.condition, Condition::Met | Condition::Building)
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
    }
}

fn look(sighting: &Sighting) -> Look {
    let cause = blind(&sighting.tick).or(sighting.blind.then_some(GapCause::SourceFailed));
    Look { at: sighting.tick.at, blind: cause, over: sighting.over }
}

fn blind(tick: &Tick) -> Option<GapCause> {
    match &tick.invalid {
        Some(Invalid::Offline { .. }) => Some(GapCause::Offline),
        Some(Invalid::WrongVersion { .. } | Invalid::VersionUnknown { .. } | Invalid::Unasked { .. }) => {
            Some(GapCause::SourceFailed)
        }
        None => None,
    }
}

/// What a metric reads off a tick.
fn reading(metric: &Metric, tick: &Tick) -> Reading {
    if let Some(invalid) = &tick.invalid {
        return Reading::Invalid(match invalid {
            Invalid::WrongVersion { .. } => InvalidReason::WrongVersion,
            Invalid::VersionUnknown { .. } => InvalidReason::Unreadable,
            Invalid::Offline { .. } | Invalid::Unasked { .. } => InvalidReason::NoAnswer,
        });
    }
    match metric.reading {
        ProbeReading::ErrorRate => Reading::share(u64::from(tick.errors), u64::from(tick.requests)),
        ProbeReading::Up => {
            Reading::Value(if tick.errors < tick.requests { Decimal::ONE } else { Decimal::ZERO })
        }
        ProbeReading::Requests => Reading::Value(Decimal::from(tick.requests)),
        ProbeReading::Latency(percentile) => percentile_of(&tick.latencies_us, percentile, metric.unit),
    }
}

/// Nearest-rank percentile in `unit`: the smallest answer time that at least `percentile` of a hundred answers
/// do not exceed.
fn percentile_of(ascending_us: &[u32], percentile: u8, unit: Unit) -> Reading {
    let rank = (ascending_us.len() * usize::from(percentile)).div_ceil(100).max(1);
    let Some(us) = ascending_us.get(rank - 1) else { return Reading::Invalid(InvalidReason::NotEnough) };
    match Quantity::new(Decimal::from(*us), MICROSECONDS).in_unit(unit) {
        Ok(quantity) => Reading::Value(quantity.value),
        Err(_) => Reading::Invalid(InvalidReason::WrongUnit),
    }
}

/// How far back a guardrail's rule looks, with room for gaps; older samples cannot change it.
pub(crate) fn horizon(rule: &Rule, metric: Option<&Metric>) -> Period {
    let span = rule.duration().or(rule.window()).unwrap_or(Period::ZERO);
    let stale = metric.map_or(Period::ZERO, |m| m.stale_after);
    Period::from_millis(span.as_millis() * 3 + stale.as_millis() * 2 + 60_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Unit = Unit { measure: Measure::Millisecond, per: None };

    #[test]
    fn percentiles_are_nearest_rank() {
        let ten: Vec<u32> = (1..=10).map(|n| n * 1_000).collect();
        assert_eq!(percentile_of(&ten, 50, MS), Reading::Value(Decimal::from(5)));
        assert_eq!(percentile_of(&ten, 95, MS), Reading::Value(Decimal::from(10)));
        assert_eq!(percentile_of(&ten, 0, MS), Reading::Value(Decimal::ONE));
        assert_eq!(percentile_of(&[1_500], 99, MS), Reading::Value(Decimal::new(15, 1)));
        assert_eq!(percentile_of(&[], 99, MS), Reading::Invalid(InvalidReason::NotEnough));
    }
}
