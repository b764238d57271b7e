//! Conversion between units is exact or refused.

use proptest::prelude::*;
use rust_decimal::Decimal;
use seaworthy_rules::{
    Aggregate, Comparison, Condition, Measure, Polarity::Guardrail, Quantity, Unit, UnitError,
};

use crate::common::{at_newest, d, minutely, series, value};

fn unit(text: &str) -> Unit {
    text.parse().unwrap()
}

#[test]
fn quantities_keep_their_size_in_another_unit() {
    for (value, from, to, expected) in [
        ("1", "%", "ratio", "0.01"),
        ("0.5", "ratio", "%", "50"),
        ("2.5", "s", "ms", "2500"),
        ("250", "us", "ms", "0.25"),
        ("1.5", "h", "m", "90"),
        ("2", "d", "h", "48"),
        ("1", "KB", "B", "1000"),
        ("1", "KiB", "B", "1024"),
        ("500", "KB", "MB", "0.5"),
        ("1", "B", "KiB", "0.0009765625"),
        ("1", "GiB", "MiB", "1024"),
        ("758.49505710601806640625", "MiB", "B", "795339713"),
        ("1", "/s", "/h", "3600"),
        ("3600", "/h", "/s", "1"),
        ("24", "MB/d", "MB/h", "1"),
    ] {
        let converted = Quantity::new(d(value), unit(from)).in_unit(unit(to)).unwrap();
        assert_eq!(converted, Quantity::new(d(expected), unit(to)), "{value} {from} in {to}");
    }
}

#[test]
fn other_dimensions_and_endless_quotients_are_refused() {
    let one = |from: &str, to: &str| Quantity::new(Decimal::ONE, unit(from)).in_unit(unit(to));
    assert!(matches!(one("%", "ms"), Err(UnitError::Mismatch { .. })));
    assert!(matches!(one("count", "ratio"), Err(UnitError::Mismatch { .. })));
    assert!(matches!(one("count", "/h"), Err(UnitError::Mismatch { .. })));
    assert!(matches!(one("/h", "/s"), Err(UnitError::Inexact { .. })));
    assert!(matches!(
        Quantity::new(Decimal::MAX, unit("h")).in_unit(unit("s")),
        Err(UnitError::Inexact { .. })
    ));
}

#[test]
fn an_endless_quotient_still_compares_exactly() {
    let holds = |limit: &str| {
        let mut metric = minutely(unit("/s"), Aggregate::Last);
        metric.record(value(0, "0.1"));
        at_newest(&format!("jobs > {limit}"), &series([("jobs", metric)]), Guardrail).condition
    };
    assert_eq!(holds("360/h"), Condition::NotMet);
    assert_eq!(holds("359.9999999999/h"), Condition::Met);
    assert_eq!(holds("5/m"), Condition::Met);
}

#[test]
fn units_are_read_as_they_are_written_and_near_misses_are_suggested() {
    for measure in Measure::ALL {
        assert_eq!(unit(measure.symbol()), Unit::of(*measure));
    }
    assert_eq!(unit("/h").to_string(), "/h");
    assert_eq!(unit("count/h"), unit("/h"));
    let message = |text: &str| text.parse::<Unit>().unwrap_err().to_string();
    assert_eq!(message("kb"), "`kb` is not a unit; write `KB`");
    assert_eq!(message("seconds"), "`seconds` is not a unit; write `s`");
    assert_eq!(message("MB/hour"), "`hour` is not a unit; write `h`");
    assert_eq!(
        message("w"),
        "`w` is not a unit; use count, ratio, %, us, ms, s, m, h, d, B, KB, KiB and so on, or a rate such as /h"
    );
}

proptest! {
    #[test]
    fn the_unit_a_limit_is_written_in_does_not_change_the_answer(
        reading in -5_000_i64..5_000,
        limit in -5_000_i64..5_000,
        comparison in prop::sample::select(&Comparison::ALL),
    ) {
        // The same limit as a ratio and as per cent, the same reading in both units.
        let limit_ratio = Quantity::new(Decimal::new(limit, 4), Unit::RATIO);
        let limit_percent = limit_ratio.in_unit(Unit::PERCENT).unwrap();
        let expected = if comparison.holds(reading.cmp(&limit)) { Condition::Met } else { Condition::NotMet };
        for (metric_unit, scale) in [(Unit::RATIO, 4), (Unit::PERCENT, 2)] {
            let mut metric = minutely(metric_unit, Aggregate::Ratio);
            metric.record(value(0, &Decimal::new(reading, scale).to_string()));
            let metrics = series([("error_rate", metric)]);
            for limit in [limit_ratio, limit_percent] {
                let evaluation = at_newest(&format!("error_rate {comparison} {limit}"), &metrics, Guardrail);
                prop_assert_eq!(evaluation.condition, expected);
            }
        }
    }

    #[test]
    fn there_and_back_is_the_same(digits in any::<i32>(), scale in 0_u32..6, from in 0..Measure::ALL.len(), to in 0..Measure::ALL.len()) {
        let quantity = Quantity::new(Decimal::new(digits.into(), scale), Unit::of(Measure::ALL[from]));
        if let Ok(there) = quantity.in_unit(Unit::of(Measure::ALL[to])) {
            prop_assert_eq!(there.in_unit(quantity.unit).unwrap(), quantity);
        }
    }
}
