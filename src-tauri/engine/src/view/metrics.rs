//! Metrics as they were last measured, each with its unit, its source and its age.

use super::figures::figure;
use crate::core::Live;
use crate::eye::Eye;
use crate::eye::newest_valid;
use rust_decimal::Decimal;
use seaworthy_domain::command::Context;
use seaworthy_domain::policy::Metric;
use seaworthy_rules::Quantity;
use seaworthy_rules::Reading;
use seaworthy_rules::Unit;
use seaworthy_wire::MetricView;
use seaworthy_wire::State;

pub(super) fn view(context: &Context<'_>, live: &Live) -> Vec<MetricView> {
    let Some(eye) = live.eye.as_ref() else { return Vec::new() };
    context.policy.metrics.values().map(|metric| one(context, eye, metric)).collect()
}

fn one(context: &Context<'_>, eye: &Eye, metric: &Metric) -> MetricView {
    let samples = eye.samples(&metric.name);
    let valid = newest_valid(samples);
    let fresh = valid.is_some_and(|sample| context.now - sample.at <= metric.stale_after.delta());
    let line = match samples.last().map(|sample| (sample.at, &sample.reading)) {
        None => "no sample yet".to_owned(),
        Some((at, Reading::Invalid(reason))) => {
            eye.why(&metric.name, at).map_or_else(|| reason.to_string(), str::to_owned)
        }
        Some(_) => String::new(),
    };
    MetricView {
        name: metric.name.clone(),
        source: metric.source_name().to_owned(),
        state: match (valid, fresh) {
            (None, _) => State::NoData,
            (Some(_), false) => State::Stale,
            (Some(_), true) => State::Pass,
        },
        value: valid.and_then(|sample| value(&sample.reading, metric.unit)).map(figure),
        seen: valid.map(|sample| sample.at.timestamp_millis()),
        line,
    }
}

fn value(reading: &Reading, unit: Unit) -> Option<Quantity> {
    match reading {
        Reading::Value(value) => Some(Quantity::new(*value, unit)),
        Reading::Share { part, whole } => {
            let share = Decimal::from(*part).checked_mul(Decimal::ONE_HUNDRED)?;
            Some(Quantity::new(share.checked_div(Decimal::from(*whole))?, Unit::PERCENT))
        }
        Reading::Invalid(_) => None,
    }
}
