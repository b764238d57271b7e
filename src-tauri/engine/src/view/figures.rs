//! Figures in units that people read.

use rust_decimal::Decimal;
use seaworthy_rules::Measure;
use seaworthy_rules::Period;
use seaworthy_rules::Quantity;
use seaworthy_rules::Unit;

/// Unit to draw a metric in, and what its samples are multiplied with.
pub(crate) fn scale(unit: Option<Unit>) -> (String, f64) {
    match unit {
        None => (String::new(), 1.0),
        Some(unit) => match unit.measure {
            Measure::Ratio => (unit.to_string().replace("ratio", "%"), 100.0),
            Measure::Count if unit.per.is_none() => (String::new(), 1.0),
            _ => (unit.to_string(), 1.0),
        },
    }
}

/// A measured figure, rounded to what people compare: `0.21 %`, `171 ms`.
pub(super) fn figure(quantity: Quantity) -> String {
    let (unit, factor) = scale(Some(quantity.unit));
    let factor = if factor > 1.0 { Decimal::ONE_HUNDRED } else { Decimal::ONE };
    let value = quantity.value * factor;
    let digits = if value.abs() >= Decimal::ONE_HUNDRED { 0 } else { 2 };
    let text = value.round_dp(digits).normalize().to_string();
    if unit.is_empty() { text } else { format!("{text}\u{202f}{unit}") }
}

/// A span as people say it: two units at most, `41 h 20 min`.
pub(super) fn span(period: Period) -> String {
    let minutes = period.as_millis() / 60_000;
    let (days, hours, rest) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    match (days, minutes / 60, minutes) {
        (0, 0, 0) => format!("{}\u{202f}s", period.as_millis() / 1_000),
        (0, 0, _) => format!("{minutes}\u{202f}min"),
        (0 | 1, all_hours, _) if rest == 0 => format!("{all_hours}\u{202f}h"),
        (0 | 1, all_hours, _) => format!("{all_hours}\u{202f}h {rest:02}\u{202f}min"),
        (_, _, _) if hours == 0 => format!("{days}\u{202f}d"),
        _ => format!("{days}\u{202f}d {hours:02}\u{202f}h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_two_units_at_most() {
        let say = |seconds| span(Period::from_secs(seconds)).replace('\u{202f}', " ");
        assert_eq!(say(45), "45 s");
        assert_eq!(say(300), "5 min");
        assert_eq!(say(3_600), "1 h");
        assert_eq!(say(41 * 3_600 + 1_200), "41 h 20 min");
        assert_eq!(say(72 * 3_600), "3 d");
        assert_eq!(say(76 * 3_600 + 59), "3 d 04 h");
    }
}
