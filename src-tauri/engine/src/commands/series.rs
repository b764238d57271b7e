//! Points for a guardrail's chart.

use crate::core::Live;
use crate::engine::Engine;
use crate::engine::live;
use crate::eye::is_over;
use crate::fault;
use crate::view::scale;
use chrono::DateTime;
use chrono::TimeDelta;
use chrono::Utc;
use rust_decimal::prelude::ToPrimitive as _;
use seaworthy_rules::MAX_PERIOD;
use seaworthy_rules::Reading;
use seaworthy_rules::Sample;
use seaworthy_wire::ExcessView;
use seaworthy_wire::Fault;
use seaworthy_wire::GapView;
use seaworthy_wire::PointView;
use seaworthy_wire::SeriesView;
use seaworthy_wire::Which;

/// Points in one answer.
const POINTS_MAX: usize = 2_000;
/// Time shown when nothing was sampled yet.
const EMPTY_AXIS: TimeDelta = TimeDelta::hours(1);

impl Engine {
    /// Samples of `guardrail` within the last `window_ms`, or since the first.
    pub(crate) fn series(
        &self,
        which: &Which,
        guardrail: &str,
        window_ms: Option<i64>,
    ) -> Result<SeriesView, Fault> {
        let id = self.find(which)?;
        let (policy, _) = self.policy_and_folder(id)?;
        let now = self.time.now().wall;
        let known = || policy.guardrails.iter().map(|g| g.name.as_str()).collect::<Vec<_>>().join(", ");
        let (index, guardrail) =
            policy.guardrails.iter().enumerate().find(|(_, g)| g.name == guardrail).ok_or_else(|| {
                fault::bad_input(format!("the policy has no guardrail \"{guardrail}\"; it has {}", known()))
            })?;
        let metric = policy.metrics.get(guardrail.rule.metric());
        let (unit, factor) = scale(metric.map(|m| m.unit));
        let core = self.core();
        let live = live(&core, id)?;
        let samples = live.eye.as_ref().map_or(&[][..], |eye| eye.samples(guardrail.rule.metric()));
        let first = samples.first().map_or(now - EMPTY_AXIS, |s| s.at);
        let from =
            window_ms.map_or(first, |ms| now - TimeDelta::milliseconds(ms.max(1)).min(MAX_PERIOD.delta()));
        let shown = &samples[samples.partition_point(|s| s.at < from)..];
        let allowed = metric.map_or(TimeDelta::zero(), |m| m.allowed_gap.delta());
        let limit = metric
            .and_then(|m| guardrail.rule.limit().in_unit(m.unit).ok())
            .map_or(0.0, |l| to_f64(l.value) * factor);
        let firing =
            live.eye.as_ref().and_then(|eye| eye.readings.get(index)).filter(|reading| is_over(reading));
        let mut excesses: Vec<_> = live
            .release
            .breaches
            .iter()
            .filter(|b| b.guardrail == guardrail.name)
            .map(|b| ExcessView { from: b.from.timestamp_millis(), to: b.at.timestamp_millis(), fired: true })
            .collect();
        if let Some(run) = firing.and_then(|reading| reading.run) {
            let fired = excesses.iter().any(|e| e.to >= run.interval.from.timestamp_millis());
            let (from, to) = (run.interval.from.timestamp_millis(), run.interval.to.timestamp_millis());
            match excesses.last_mut().filter(|_| fired) {
                Some(last) => last.to = last.to.max(to),
                None => excesses.push(ExcessView { from, to, fired: false }),
            }
        }
        Ok(SeriesView {
            guardrail: guardrail.name.clone(),
            source: metric.map_or_else(String::new, |metric| metric.source_name().to_owned()),
            unit,
            limit,
            points: thin(shown)
                .into_iter()
                .map(|s| point(live, guardrail.rule.metric(), s, factor))
                .collect(),
            gaps: gaps(shown, from, now, allowed, &live.release.gaps),
            excesses,
            from: from.timestamp_millis(),
            to: now.timestamp_millis(),
        })
    }
}

fn to_f64(value: rust_decimal::Decimal) -> f64 {
    value.to_f64().unwrap_or(f64::NAN)
}

/// A reading as it is drawn: plain values times `factor`, shares always in percent.
fn number(reading: &Reading, factor: f64) -> Option<f64> {
    match reading {
        Reading::Value(value) => value.to_f64().map(|value| value * factor),
        #[expect(clippy::cast_precision_loss, reason = "for drawing only")]
        Reading::Share { part, whole } => Some(*part as f64 * 100.0 / *whole as f64),
        Reading::Invalid(_) => None,
    }
}

fn point(live: &Live, metric: &str, sample: &Sample, factor: f64) -> PointView {
    let why = || live.eye.as_ref().and_then(|eye| eye.why(metric, sample.at)).map(str::to_owned);
    let fills = &live.release.fills;
    PointView {
        at: sample.at.timestamp_millis(),
        value: number(&sample.reading, factor),
        invalid: match &sample.reading {
            Reading::Invalid(reason) => Some(why().unwrap_or_else(|| reason.to_string())),
            Reading::Value(_) | Reading::Share { .. } => None,
        },
        filled: fills.iter().any(|fill| fill.gap.from < sample.at && sample.at < fill.gap.to),
    }
}

/// Keeps the lowest and the highest sample of each slot, and everything invalid's first, so that no peak disappears.
fn thin(samples: &[Sample]) -> Vec<&Sample> {
    if samples.len() <= POINTS_MAX {
        return samples.iter().collect();
    }
    let per_slot = samples.len().div_ceil(POINTS_MAX / 2);
    let mut kept = Vec::with_capacity(POINTS_MAX);
    for slot in samples.chunks(per_slot) {
        let by_value = |a: &&Sample, b: &&Sample| {
            number(&a.reading, 1.0)
                .unwrap_or(f64::NAN)
                .total_cmp(&number(&b.reading, 1.0).unwrap_or(f64::NAN))
        };
        let valid = || slot.iter().filter(|s| number(&s.reading, 1.0).is_some());
        let mut ends: Vec<_> = valid().min_by(by_value).into_iter().chain(valid().max_by(by_value)).collect();
        if ends.is_empty() {
            ends.extend(slot.first());
        }
        ends.sort_by_key(|s| s.at);
        ends.dedup_by_key(|s| s.at);
        kept.extend(ends);
    }
    kept
}

fn gaps(
    samples: &[Sample],
    from: DateTime<Utc>,
    now: DateTime<Utc>,
    allowed: TimeDelta,
    recorded: &[seaworthy_domain::Gap],
) -> Vec<GapView> {
    let valid: Vec<_> = samples.iter().filter(|s| number(&s.reading, 1.0).is_some()).map(|s| s.at).collect();
    let ends = valid.iter().copied().skip(1).chain(valid.last().map(|_| now));
    let spans =
        valid.iter().copied().zip(ends).filter(|(a, b)| allowed > TimeDelta::zero() && *b - *a > allowed);
    spans
        .filter(|(_, to)| *to > from)
        .map(|(from, to)| {
            let cause =
                recorded.iter().find(|gap| gap.from < to && gap.to > from).map(|gap| gap.cause.to_string());
            GapView {
                from: from.timestamp_millis(),
                to: to.timestamp_millis(),
                cause: cause.unwrap_or_else(|| "no sample".to_owned()),
            }
        })
        .collect()
}
