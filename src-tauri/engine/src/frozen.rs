//! Figures that stand still although people come: an exporter that hangs is scraped as if nothing were wrong.

use crate::sighting::Sighting;
use chrono::DateTime;
use chrono::Utc;
use rust_decimal::Decimal;
use seaworthy_domain::GapCause;
use seaworthy_domain::policy::Metric;
use seaworthy_domain::policy::Policy;
use seaworthy_ports::Measured;
use seaworthy_rules::InvalidReason;
use seaworthy_rules::MetricSeries;
use seaworthy_rules::Period;
use seaworthy_rules::Reading;
use seaworthy_rules::Series;
use std::collections::BTreeMap;

/// What each metric last said, and since when it has said just that while there was traffic.
#[derive(Default)]
pub(crate) struct Steady(BTreeMap<String, (Reading, DateTime<Utc>)>);

impl Steady {
    /// Takes in one look, and makes invalid what has stood still for too long. What was kept as frozen is no other
    /// figure than the one before, so that a new start forgets nothing.
    pub(crate) fn mark(&mut self, policy: &Policy, series: &Series, sighting: &mut Sighting) {
        let mut frozen = BTreeMap::new();
        for measured in sighting.measured.iter().filter(|measured| measured.over_ms.is_none()) {
            let Some(metric) = policy.metrics.get(&measured.metric) else { continue };
            let Some(limit) = metric.asked().and_then(|asked| asked.frozen_after) else { continue };
            if let Some(stood) = self.stood(metric, measured, flows(metric, series, sighting))
                && stood >= limit
            {
                let stood = Period::from_secs(stood.as_millis() / 1_000);
                let why = format!("it has said exactly the same for {stood} although there is traffic");
                frozen.insert(metric.name.clone(), why);
            }
        }
        for measured in &mut sighting.measured {
            if let Some(why) = frozen.get(&measured.metric) {
                measured.sample.reading = Reading::Invalid(InvalidReason::Frozen);
                measured.why = Some(why.clone());
                measured.cause = Some(GapCause::Stale);
            }
        }
    }

    /// For how long a metric has said the same.
    fn stood(&mut self, metric: &Metric, measured: &Measured, flows: bool) -> Option<Period> {
        let (at, reading) = (measured.sample.at, measured.sample.reading);
        if matches!(reading, Reading::Invalid(_)) {
            return None;
        }
        let stands = self.0.get(&metric.name).filter(|(before, _)| flows && *before == reading);
        let since = stands.map_or(at, |(_, since)| *since);
        self.0.insert(metric.name.clone(), (reading, since));
        Some(Period::from_delta(at - since))
    }

    /// Another candidate is looked at from here on.
    pub(crate) fn begin_again(&mut self) {
        self.0.clear();
    }
}

/// Whether anybody comes, as far as the policy lets it be known.
fn flows(metric: &Metric, series: &Series, sighting: &Sighting) -> bool {
    let Some(traffic) = &metric.traffic else { return true };
    let now = sighting.measured.iter().find(|m| m.metric == *traffic && m.over_ms.is_none());
    let before = || series.get(traffic).and_then(|series| MetricSeries::samples(series).last());
    match now.map(|measured| &measured.sample).or_else(before).map(|sample| sample.reading) {
        Some(Reading::Value(value)) => value > Decimal::ZERO,
        Some(Reading::Share { part, .. }) => part > 0,
        Some(Reading::Invalid(_)) | None => false,
    }
}
