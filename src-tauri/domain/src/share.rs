//! The part of traffic a deployment receives.

use rust_decimal::Decimal;
use serde::Deserialize;
use serde::Serialize;
use std::fmt;
use std::str::FromStr;

/// A share of traffic in percent, 0 to 100, exact. Written `5%` or `0.5%`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Share(Decimal);

/// The text is not a share.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("write a share as a percentage from 0% to 100%, such as \"5%\"")]
pub struct ShareError;

impl Share {
    /// No traffic.
    pub const NONE: Share = Share(Decimal::ZERO);
    /// All traffic.
    pub const FULL: Share = Share(Decimal::ONE_HUNDRED);

    /// A share of `percent`.
    ///
    /// # Errors
    /// When `percent` lies outside 0 to 100.
    pub fn percent(percent: Decimal) -> Result<Self, ShareError> {
        if percent < Decimal::ZERO || percent > Decimal::ONE_HUNDRED {
            return Err(ShareError);
        }
        Ok(Self(percent.normalize()))
    }

    /// The number before the percent sign.
    #[must_use]
    pub const fn as_percent(self) -> Decimal {
        self.0
    }

    /// The part between 0 and 1 that a splitter compares a random draw with.
    #[must_use]
    pub fn as_fraction(self) -> Decimal {
        self.0 / Decimal::ONE_HUNDRED
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0)
    }
}

impl FromStr for Share {
    type Err = ShareError;
    fn from_str(text: &str) -> Result<Self, ShareError> {
        let number = text.trim().strip_suffix('%').ok_or(ShareError)?;
        Self::percent(Decimal::from_str_exact(number.trim_end()).map_err(|_| ShareError)?)
    }
}

impl TryFrom<String> for Share {
    type Error = ShareError;
    fn try_from(text: String) -> Result<Self, ShareError> {
        text.parse()
    }
}

impl From<Share> for String {
    fn from(share: Share) -> String {
        share.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_percentages_between_none_and_all() {
        assert_eq!("5.0%".parse::<Share>().map(|s| s.to_string()), Ok("5%".to_owned()));
        assert_eq!("0.5%".parse::<Share>().unwrap().as_fraction().to_string(), "0.005");
        for bad in ["5", "-1%", "100.01%", "%", "five%", ""] {
            assert_eq!(bad.parse::<Share>(), Err(ShareError), "{bad}");
        }
        assert!("99.9%".parse::<Share>().unwrap() < Share::FULL);
    }
}
