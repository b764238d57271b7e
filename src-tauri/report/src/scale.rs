//! The value axis: steps of 1, 2, 5 × 10ⁿ, always with zero, at most three labels. Like the window's.

/// Room above the highest value, so that line and limit do not touch the edge.
const HEADROOM: f64 = 1.08;

/// A value axis.
#[derive(Debug, PartialEq)]
pub(crate) struct Scale {
    pub(crate) min: f64,
    pub(crate) max: f64,
    pub(crate) ticks: Vec<f64>,
}

impl Scale {
    /// An axis with room for all of `values`; what is not finite is passed over.
    pub(crate) fn over(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = values
            .filter(|value| value.is_finite())
            .fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        let step = nice(high.max(-low) * HEADROOM / 2.0);
        let max = (high * HEADROOM / step - 1e-9).ceil().max(0.0) * step;
        let min = (low * HEADROOM / step + 1e-9).floor().min(0.0) * step;
        if !(max - min).is_normal() {
            return Self { min: 0.0, max: 1.0, ticks: vec![0.0, 1.0] };
        }
        let mut ticks = vec![min, 0.0, if max > step && min == 0.0 { step } else { max }, max];
        ticks.dedup_by(|a, b| (*a - *b).abs() < step / 2.0);
        Self { min, max, ticks }
    }

    /// Place of `value` between the bottom (0) and the top (1).
    pub(crate) fn place(&self, value: f64) -> f64 {
        ((value - self.min) / (self.max - self.min)).clamp(0.0, 1.0)
    }
}

fn nice(value: f64) -> f64 {
    if !value.is_normal() || value < 0.0 {
        return 1.0;
    }
    let power = 10.0_f64.powf(value.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * power >= value * (1.0 - 1e-9));
    factor.unwrap_or(10.0) * power
}

/// A figure with its unit: three significant digits, no exponent, thin space.
pub(crate) fn figure(value: f64, unit: &str) -> String {
    let unit = if unit.is_empty() { String::new() } else { format!("\u{202f}{unit}") };
    if !value.is_finite() {
        return "not a number".to_owned();
    }
    let magnitude = if value == 0.0 { 0.0 } else { value.abs().log10().floor() };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=6")]
    let decimals = (2.0 - magnitude).clamp(0.0, 6.0) as usize;
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{}{unit}", if text == "-0" { "0" } else { text })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn steps_are_round() {
        assert_eq!(
            Scale::over([0.2, 1.0].into_iter()),
            Scale { min: 0.0, max: 2.0, ticks: vec![0.0, 1.0, 2.0] }
        );
        assert_eq!(Scale::over([12.4].into_iter()).max, 20.0);
        assert_eq!(Scale::over([-3.0, 8.0].into_iter()).ticks, [-5.0, 0.0, 10.0]);
        assert_eq!(Scale::over([0.0, f64::NAN].into_iter()).ticks, [0.0, 1.0]);
    }

    #[test]
    fn figures_have_three_digits_and_no_exponent() {
        let say = |value| figure(value, "%").replace('\u{202f}', " ");
        assert_eq!(say(1.336), "1.34 %");
        assert_eq!(say(0.2), "0.2 %");
        assert_eq!(say(142_000.0), "142000 %");
        assert_eq!(say(0.000_000_1), "0 %");
        assert_eq!(figure(f64::NAN, "ms"), "not a number");
    }

    proptest! {
        #[test]
        fn everything_has_its_place(values in proptest::collection::vec(-1e300..1e300, 0..20)) {
            let scale = Scale::over(values.iter().copied());
            prop_assert!(scale.ticks.len() <= 3 && scale.ticks.contains(&0.0), "{scale:?}");
            for value in values {
                prop_assert!(scale.min <= value && value <= scale.max, "{value} in {scale:?}");
                prop_assert!((0.0..=1.0).contains(&scale.place(value)));
            }
        }
    }
}
