//! What a metric of the prober reads off one tick, and what kind of gap a tick that does not count makes.

use rust_decimal::Decimal;
use seaworthy_domain::GapCause;
use seaworthy_domain::policy::Metric;
use seaworthy_domain::policy::ProbeReading;
use seaworthy_domain::policy::Source;
use seaworthy_ports::Invalid;
use seaworthy_ports::Tick;
use seaworthy_rules::InvalidReason;
use seaworthy_rules::Measure;
use seaworthy_rules::Quantity;
use seaworthy_rules::Reading;
use seaworthy_rules::Unit;

/// Unit of the prober's answer times.
const MICROSECONDS: Unit = Unit { measure: Measure::Microsecond, per: None };

/// Why a tick does not count, if it does not.
pub(crate) fn blind(tick: &Tick) -> Option<GapCause> {
    match &tick.invalid {
        Some(Invalid::Offline { .. }) => Some(GapCause::Offline),
        Some(Invalid::WrongVersion { .. } | Invalid::VersionUnknown { .. } | Invalid::Unasked { .. }) => {
            Some(GapCause::SourceFailed)
        }
        None => None,
    }
}

/// What a metric reads off a tick; nothing where a service measures it.
pub(crate) fn reading(metric: &Metric, tick: &Tick) -> Option<Reading> {
    let Source::Probe(reading) = &metric.source else { return None };
    if let Some(invalid) = &tick.invalid {
        return Some(Reading::Invalid(match invalid {
            Invalid::WrongVersion { .. } => InvalidReason::WrongVersion,
            Invalid::VersionUnknown { .. } => InvalidReason::Unreadable,
            Invalid::Offline { .. } | Invalid::Unasked { .. } => InvalidReason::NoAnswer,
        }));
    }
    Some(match reading {
        ProbeReading::ErrorRate => Reading::share(u64::from(tick.errors), u64::from(tick.requests)),
        ProbeReading::Up => {
            Reading::Value(if tick.errors < tick.requests { Decimal::ONE } else { Decimal::ZERO })
        }
        ProbeReading::Requests => Reading::Value(Decimal::from(tick.requests)),
        ProbeReading::Latency(percentile) => percentile_of(&tick.latencies_us, *percentile, metric.unit),
    })
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
