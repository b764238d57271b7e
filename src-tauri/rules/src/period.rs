//! Lengths of time as people write them: `5m`, `48h`, `1h30m`, `90s`, `7d`.
//!
//! Deliberately absent: calendar units (months, years) and fractions (`1.5h`), whose length depends on the reader.

use std::{fmt, str::FromStr};

use chrono::TimeDelta;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::suggest;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Ten years: longer figures are typing errors, and below it arithmetic on instants cannot overflow.
pub const MAX_PERIOD: Period = Period(3_660 * DAY);

/// From here on whole days read better than hours: `48h` and `72h`, but `4d` and `7d`.
const DAYS_FROM: u64 = 4 * DAY;

/// Largest first, which is also the order in which the parts of a period must be written.
const UNITS: [(&str, u64); 6] =
    [("w", 7 * DAY), ("d", DAY), ("h", HOUR), ("m", MINUTE), ("s", SECOND), ("ms", 1)];

/// A non-negative length of time in whole milliseconds, at most [`MAX_PERIOD`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period(u64);

/// Why a text is not a period.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// There is no figure at the start, or nothing at all.
    #[error("`{0}` is not a length of time; write a figure and a unit, such as `5m` or `1h30m`")]
    NotAPeriod(String),
    /// A figure without a unit.
    #[error("`{0}` has no unit; write `{0}s`, `{0}m` or `{0}h`")]
    NoUnit(String),
    /// A unit that is none of w, d, h, m, s, ms.
    #[error("`{unit}` is not a unit of time; {}", match .meant { Some(unit) => format!("write `{unit}`"), None => "use w, d, h, m, s or ms".to_owned() })]
    Unit {
        /// What was written.
        unit: String,
        /// The unit that was probably meant.
        meant: Option<&'static str>,
    },
    /// A decimal figure.
    #[error("`{0}` is a fraction; write whole figures, such as `1h30m`")]
    Fraction(String),
    /// The parts do not go from the largest unit to the smallest, or one is repeated.
    #[error("the parts of `{0}` must go from the largest unit to the smallest, each once")]
    Order(String),
    /// Longer than [`MAX_PERIOD`].
    #[error("`{0}` is longer than ten years")]
    TooLong(String),
}

impl Period {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// Whole milliseconds, cut off at [`MAX_PERIOD`].
    pub const fn from_millis(millis: u64) -> Self {
        if millis > MAX_PERIOD.0 { MAX_PERIOD } else { Self(millis) }
    }

    /// Whole seconds, cut off at [`MAX_PERIOD`].
    pub const fn from_secs(seconds: u64) -> Self {
        Self::from_millis(seconds.saturating_mul(SECOND))
    }

    /// The time between two instants, zero when `delta` is negative.
    pub fn from_delta(delta: TimeDelta) -> Self {
        Self::from_millis(u64::try_from(delta.num_milliseconds()).unwrap_or(0))
    }

    /// Length in milliseconds.
    pub fn as_millis(self) -> u64 {
        self.0
    }

    /// The same length for arithmetic on instants.
    pub fn delta(self) -> TimeDelta {
        TimeDelta::milliseconds(i64::try_from(self.0).unwrap_or(i64::MAX))
    }

    /// The same length for timers.
    pub fn to_std(self) -> std::time::Duration {
        std::time::Duration::from_millis(self.0)
    }

    /// Whether there is no time at all.
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// As exact as people say it: minutes from an hour on, seconds from ten seconds on; cut off, never rounded up.
    #[must_use]
    pub fn coarse(self) -> Self {
        let step = match self.0 {
            HOUR.. => MINUTE,
            10_000.. => SECOND,
            _ => 1,
        };
        Self(self.0 - self.0 % step)
    }

    /// `times` this length, cut off at [`MAX_PERIOD`].
    #[must_use]
    pub fn times(self, times: u64) -> Self {
        Self::from_millis(self.0.saturating_mul(times))
    }
}

/// Reads `5m`, `48h`, `1d`, `90s`, `1h30m`, `250ms`. Zero is a period; who cannot use it says so.
pub fn parse_duration(text: &str) -> Result<Period, PeriodError> {
    let mut rest = text;
    let mut total: u64 = 0;
    let mut smallest = u64::MAX;
    if !rest.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(PeriodError::NotAPeriod(text.to_owned()));
    }
    while !rest.is_empty() {
        let (figure, after) = split_while(rest, |c| c.is_ascii_digit() || c == '.');
        let (unit, after) = split_while(after, |c| !c.is_ascii_digit());
        if figure.contains('.') {
            return Err(PeriodError::Fraction(format!("{figure}{unit}")));
        }
        if unit.is_empty() {
            return Err(PeriodError::NoUnit(figure.to_owned()));
        }
        let Some((_, size)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err(PeriodError::Unit { unit: unit.to_owned(), meant: suggest::time_unit(unit.trim()) });
        };
        if *size >= smallest {
            return Err(PeriodError::Order(text.to_owned()));
        }
        smallest = *size;
        total = figure
            .parse::<u64>()
            .ok()
            .and_then(|n| n.checked_mul(*size))
            .and_then(|part| total.checked_add(part))
            .filter(|sum| *sum <= MAX_PERIOD.0)
            .ok_or_else(|| PeriodError::TooLong(text.to_owned()))?;
        rest = after;
    }
    Ok(Period(total))
}

/// Writes what [`parse_duration`] reads: `48h`, `4d`, `1h30m`, `0s`.
pub fn format_duration(period: Period) -> String {
    period.to_string()
}

fn split_while(text: &str, keep: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !keep(c)).unwrap_or(text.len()))
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.pad("0s");
        }
        let mut rest = self.0;
        let mut text = String::new();
        for (name, size) in UNITS.iter().skip(1) {
            if *size == DAY && self.0 < DAYS_FROM {
                continue;
            }
            if rest >= *size {
                text.push_str(&format!("{}{name}", rest / size));
                rest %= size;
            }
        }
        f.pad(&text)
    }
}

impl FromStr for Period {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse_duration(text)
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        parse_duration(&text).map_err(serde::de::Error::custom)
    }
}
