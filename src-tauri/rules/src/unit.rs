//! Units and quantities. Conversion is exact: 1 KB = 1000 B, 1 KiB = 1024 B, 1 % = 0.01.

use std::{fmt, str::FromStr};

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    exact::{self, Fraction},
    suggest,
};

/// What a figure counts, before any "per hour".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// A plain number.
    Count,
    /// A share of a whole.
    Ratio,
    /// A length of time.
    Time,
    /// An amount of data.
    Data,
}

macro_rules! measures {
    ($($(#[$doc:meta])* $name:ident $symbol:literal $dimension:ident ($digits:expr, $scale:expr);)*) => {
        /// The unit of a figure, before any "per hour".
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Measure { $($(#[$doc])* $name,)* }

        impl Measure {
            /// Every measure.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];
            const SYMBOLS: &'static [&'static str] = &[$($symbol,)*];

            /// How it is written.
            pub fn symbol(self) -> &'static str {
                match self { $(Self::$name => $symbol,)* }
            }

            /// What it counts.
            pub fn dimension(self) -> Dimension {
                match self { $(Self::$name => Dimension::$dimension,)* }
            }

            /// Size in the base of its dimension: one, share of one, second, byte.
            fn factor(self) -> Decimal {
                match self { $(Self::$name => Decimal::new($digits, $scale),)* }
            }
        }
    };
}

measures! {
    /// A plain number.
    Count "count" Count (1, 0);
    /// A share of one.
    Ratio "ratio" Ratio (1, 0);
    /// A share of a hundred.
    Percent "%" Ratio (1, 2);
    /// Microsecond.
    Microsecond "us" Time (1, 6);
    /// Millisecond.
    Millisecond "ms" Time (1, 3);
    /// Second.
    Second "s" Time (1, 0);
    /// Minute.
    Minute "m" Time (60, 0);
    /// Hour.
    Hour "h" Time (3_600, 0);
    /// Day of 24 hours.
    Day "d" Time (86_400, 0);
    /// Byte.
    Byte "B" Data (1, 0);
    /// 1000 bytes.
    Kilobyte "KB" Data (1_000, 0);
    /// 1000 KB.
    Megabyte "MB" Data (1_000_000, 0);
    /// 1000 MB.
    Gigabyte "GB" Data (1_000_000_000, 0);
    /// 1000 GB.
    Terabyte "TB" Data (1_000_000_000_000, 0);
    /// 1024 bytes.
    Kibibyte "KiB" Data (1 << 10, 0);
    /// 1024 KiB.
    Mebibyte "MiB" Data (1 << 20, 0);
    /// 1024 MiB.
    Gibibyte "GiB" Data (1 << 30, 0);
    /// 1024 GiB.
    Tebibyte "TiB" Data (1 << 40, 0);
}

/// The time a rate is counted per.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Per {
    /// Per second.
    Second,
    /// Per minute.
    Minute,
    /// Per hour.
    Hour,
    /// Per day.
    Day,
}

impl Per {
    const ALL: [Self; 4] = [Self::Second, Self::Minute, Self::Hour, Self::Day];

    fn measure(self) -> Measure {
        match self {
            Self::Second => Measure::Second,
            Self::Minute => Measure::Minute,
            Self::Hour => Measure::Hour,
            Self::Day => Measure::Day,
        }
    }
}

/// A measure, or a measure per time: `%`, `ms`, `KB`, `count`, `/h`, `MB/h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Unit {
    /// What one is one of.
    pub measure: Measure,
    /// Per which time, for rates.
    pub per: Option<Per>,
}

/// Why a unit cannot be read or a figure not converted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// No such unit.
    #[error("`{written}` is not a unit; {}", match .meant { Some(unit) => format!("write `{unit}`"), None => "use count, ratio, %, us, ms, s, m, h, d, B, KB, KiB and so on, or a rate such as /h".to_owned() })]
    Unknown {
        /// What was written.
        written: String,
        /// The unit that was probably meant.
        meant: Option<&'static str>,
    },
    /// The two units count different things.
    #[error("{} cannot be compared with {}; write {}", .from.named(), .to.named(), .to.hint())]
    Mismatch {
        /// Unit of the figure.
        from: Unit,
        /// Unit of the metric.
        to: Unit,
    },
    /// The figure has more digits than can be converted exactly.
    #[error("the figure has too many digits to be converted to `{to}` exactly; write fewer digits")]
    Inexact {
        /// Unit asked for.
        to: Unit,
    },
}

impl Unit {
    /// A plain number.
    pub const COUNT: Self = Self::of(Measure::Count);
    /// A share of one.
    pub const RATIO: Self = Self::of(Measure::Ratio);
    /// A share of a hundred.
    pub const PERCENT: Self = Self::of(Measure::Percent);
    /// Milliseconds.
    pub const MILLISECOND: Self = Self::of(Measure::Millisecond);
    /// Seconds.
    pub const SECOND: Self = Self::of(Measure::Second);
    /// Bytes.
    pub const BYTE: Self = Self::of(Measure::Byte);

    /// The unit of a measure that is no rate.
    pub const fn of(measure: Measure) -> Self {
        Self { measure, per: None }
    }

    /// Whether figures in the two units can be compared.
    pub fn fits(self, other: Self) -> bool {
        self.measure.dimension() == other.measure.dimension() && self.per.is_some() == other.per.is_some()
    }

    /// The unit inside a sentence.
    pub(crate) fn named(self) -> String {
        if self == Self::COUNT { "a plain number".to_owned() } else { format!("`{self}`") }
    }

    /// Units that fit, in words, for help texts.
    pub(crate) fn hint(self) -> String {
        let units = match (self.measure.dimension(), self.per) {
            (Dimension::Count, None) => return "a figure without a unit".to_owned(),
            (Dimension::Count, Some(_)) => return "a figure per time, such as `60/h`".to_owned(),
            (Dimension::Ratio, _) => "% or ratio",
            (Dimension::Time, _) => "us, ms, s, m, h or d",
            (Dimension::Data, _) => "B, KB, MB, KiB or MiB",
        };
        let per = if self.per.is_some() { ", per time such as /h" } else { "" };
        format!("a figure in {units}{per}")
    }

    /// One of this unit in `to`, as numerator and denominator: `(factor, factor)` with nothing rounded.
    fn in_terms_of(self, to: Self) -> Option<(Decimal, Decimal)> {
        let per = |unit: Self| unit.per.map_or(Decimal::ONE, |per| per.measure().factor());
        Some((exact::mul(self.measure.factor(), per(to))?, exact::mul(to.measure.factor(), per(self))?))
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.per {
            None => f.write_str(self.measure.symbol()),
            Some(per) if self.measure == Measure::Count => write!(f, "/{}", per.measure().symbol()),
            Some(per) => write!(f, "{}/{}", self.measure.symbol(), per.measure().symbol()),
        }
    }
}

impl FromStr for Unit {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (measure, per) = match text.split_once('/') {
            Some((measure, per)) => (measure, Some(per)),
            None => (text, None),
        };
        let unknown = |written: &str, known: &[&'static str]| UnitError::Unknown {
            written: written.to_owned(),
            meant: suggest::unit(written, known),
        };
        let measure = match (measure, per) {
            ("", Some(_)) => Measure::Count,
            _ => *Measure::ALL
                .iter()
                .find(|known| known.symbol() == measure)
                .ok_or_else(|| unknown(measure, Measure::SYMBOLS))?,
        };
        let per = per
            .map(|per| {
                let known = Per::ALL.into_iter().find(|known| known.measure().symbol() == per);
                known.ok_or_else(|| unknown(per, &["s", "m", "h", "d"]))
            })
            .transpose()?;
        Ok(Self { measure, per })
    }
}

impl Serialize for Unit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Unit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A figure with its unit: `1%`, `2.5s`, `500KB`, `60/h`, `100`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Quantity {
    /// The figure, written as text in JSON.
    #[serde(with = "rust_decimal::serde::str")]
    pub value: Decimal,
    /// What it counts.
    pub unit: Unit,
}

impl Quantity {
    /// A figure in a unit, without trailing zeros.
    pub fn new(value: Decimal, unit: Unit) -> Self {
        Self { value: value.normalize(), unit }
    }

    /// The same quantity in another unit: 500 KB is 0.5 MB. Exact, or an error.
    pub fn in_unit(self, to: Unit) -> Result<Self, UnitError> {
        let fraction = self.limit_in(to)?;
        match fraction.den {
            None => Ok(Self::new(fraction.num, to)),
            Some(_) => Err(UnitError::Inexact { to }),
        }
    }

    /// The same quantity as a figure to compare readings in `to` with; a fraction where no decimal is exact.
    pub(crate) fn limit_in(self, to: Unit) -> Result<Fraction, UnitError> {
        if !self.unit.fits(to) {
            return Err(UnitError::Mismatch { from: self.unit, to });
        }
        let inexact = UnitError::Inexact { to };
        let (num, den) = self.unit.in_terms_of(to).ok_or(inexact.clone())?;
        // One factor where it has a decimal form, so that a figure with many digits survives its own unit.
        if let Some(value) = exact::div(num, den).and_then(|factor| exact::mul(self.value, factor)) {
            return Ok(Fraction::whole(value.normalize()));
        }
        let num = exact::mul(self.value, num).ok_or(inexact.clone())?;
        match exact::div(num, den) {
            Some(value) => Ok(Fraction::whole(value)),
            None => Fraction::new(num, den).ok_or(inexact),
        }
    }

    /// The nearest figure in `to` with at most six digits, for sentences; never for comparing.
    pub(crate) fn shown_in(self, to: Unit) -> Self {
        let value = self.limit_in(to).map_or(self, |limit| Self { value: limit.rounded(), unit: to });
        Self::new(value.value.round_sf(6).unwrap_or(value.value), value.unit)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.unit {
            Unit::COUNT => write!(f, "{}", self.value),
            Unit::RATIO => write!(f, "{} ratio", self.value),
            unit => write!(f, "{}{unit}", self.value),
        }
    }
}
