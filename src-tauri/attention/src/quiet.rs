//! Quiet hours on somebody's clock.

use chrono::DateTime;
use chrono::NaiveTime;
use chrono::Utc;
use chrono_tz::Tz;
use seaworthy_domain::QuietHours;

/// Hours in which nothing is said that can wait, ready to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quiet {
    from: NaiveTime,
    to: NaiveTime,
    zone: Tz,
}

/// Why hours cannot be kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuietError {
    /// They are not two times of day.
    #[error("quiet hours are two times of day, such as 22:00-07:00, not {0:?}")]
    NotHours(String),
    /// They would last no time, or for ever.
    #[error("quiet hours begin and end at different times; switch them off with \"off\"")]
    Endless,
    /// Nobody knows this clock.
    #[error("{0:?} is no time zone; write one as Europe/Berlin")]
    NoZone(String),
}

impl Quiet {
    /// Reads hours such as `22:00-07:00` on the clock of `zone`.
    ///
    /// # Errors
    /// What about them cannot be kept.
    pub fn read(hours: &str, zone: &str) -> Result<QuietHours, QuietError> {
        let not_hours = || QuietError::NotHours(hours.to_owned());
        let (from, to) = hours.split_once('-').ok_or_else(not_hours)?;
        let time = |text: &str| NaiveTime::parse_from_str(text.trim(), "%H:%M").map_err(|_| not_hours());
        let hours = QuietHours { from: time(from)?, to: time(to)?, zone: zone.to_owned() };
        Self::of(&hours).map(|_| hours)
    }

    /// Makes recorded hours ready to be asked.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn of(hours: &QuietHours) -> Result<Self, QuietError> {
        if hours.from == hours.to {
            return Err(QuietError::Endless);
        }
        let zone = hours.zone.parse().map_err(|_| QuietError::NoZone(hours.zone.clone()))?;
        Ok(Self { from: hours.from, to: hours.to, zone })
    }

    /// Whether it is quiet at `at`. The hour that a clock skips in spring is not there, the one it has twice in autumn is
    /// quiet twice.
    #[must_use]
    pub fn covers(&self, at: DateTime<Utc>) -> bool {
        let clock = at.with_timezone(&self.zone).time();
        if self.from < self.to {
            self.from <= clock && clock < self.to
        } else {
            self.from <= clock || clock < self.to
        }
    }
}
