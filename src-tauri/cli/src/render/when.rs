//! Times as people read them.

use chrono::DateTime;
use chrono::Datelike;
use chrono::TimeZone;
use chrono_tz::Tz;
use seaworthy_wire::Millis;

const MINUTE: Millis = 60_000;
const HOUR: Millis = 60 * MINUTE;
const DAY: Millis = 24 * HOUR;

/// A weekday alone is clear for less than this.
const WEEKDAY_CLEAR: Millis = 6 * DAY;

/// Writes times for somebody in `zone` at `now`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct When {
    pub(crate) zone: Tz,
    /// The engine's now; without it nothing is said relative to it.
    pub(crate) now: Option<Millis>,
}

impl When {
    /// `Tue 16:40 (in 3 h, Europe/Berlin)`.
    pub(crate) fn full(self, at: Millis) -> String {
        let zone = self.zone.name();
        match self.now {
            Some(now) => format!("{} ({}, {zone})", self.clock(at), relative(at - now)),
            None => format!("{} ({zone})", self.clock(at)),
        }
    }

    /// `Tue 16:40 (3 h ago)`, where the zone has been said before.
    pub(crate) fn short(self, at: Millis) -> String {
        match self.now {
            Some(now) => format!("{} ({})", self.clock(at), relative(at - now)),
            None => self.clock(at),
        }
    }

    /// `2026-11-24 16:40:05`, for lists.
    pub(crate) fn stamp(self, at: Millis) -> String {
        self.local(at).map_or_else(|| at.to_string(), |local| local.format("%Y-%m-%d %H:%M:%S").to_string())
    }

    /// `Tue 16:40`, with the date when the weekday alone would not be clear.
    fn clock(self, at: Millis) -> String {
        let Some(local) = self.local(at) else { return at.to_string() };
        let near = self.now.is_some_and(|now| (at - now).abs() < WEEKDAY_CLEAR);
        let this_year =
            self.now.and_then(|now| self.local(now)).is_some_and(|now| now.year() == local.year());
        let shape = match (near, this_year) {
            (true, _) => "%a %H:%M",
            (false, true) => "%a %-d %b %H:%M",
            (false, false) => "%a %-d %b %Y %H:%M",
        };
        local.format(shape).to_string()
    }

    fn local(self, at: Millis) -> Option<DateTime<Tz>> {
        self.zone.timestamp_millis_opt(at).single()
    }
}

/// `in 3 h`, `3 h ago`, `now`.
fn relative(difference: Millis) -> String {
    let (count, unit) = match difference.abs() {
        0..1_000 => return "now".to_owned(),
        span @ 1_000..MINUTE => (span / 1_000, "s"),
        span @ MINUTE..HOUR => (span / MINUTE, "min"),
        span if span < 2 * DAY => (span / HOUR, "h"),
        span => (span / DAY, "d"),
    };
    if difference > 0 { format!("in {count} {unit}") } else { format!("{count} {unit} ago") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tue 24 Nov 2026 13:40 in Berlin.
    const NOW: Millis = 1_795_524_000_000;

    fn berlin() -> When {
        When { zone: chrono_tz::Europe::Berlin, now: Some(NOW) }
    }

    #[test]
    fn a_time_says_clock_distance_and_zone() {
        assert_eq!(berlin().full(NOW + 3 * HOUR), "Tue 16:40 (in 3 h, Europe/Berlin)");
        assert_eq!(berlin().short(NOW - 90_000), "Tue 13:38 (1 min ago)");
        assert_eq!(berlin().short(NOW), "Tue 13:40 (now)");
    }

    #[test]
    fn a_far_time_says_its_date_and_another_year_too() {
        assert_eq!(berlin().short(NOW + 9 * DAY), "Thu 3 Dec 13:40 (in 9 d)");
        assert_eq!(berlin().short(NOW - 400 * DAY), "Mon 20 Oct 2025 14:40 (400 d ago)");
    }

    #[test]
    fn without_now_a_time_is_a_date() {
        let when = When { zone: chrono_tz::UTC, now: None };
        assert_eq!(when.full(NOW), "Tue 24 Nov 2026 12:40 (UTC)");
        assert_eq!(when.stamp(NOW), "2026-11-24 12:40:00");
    }

    #[test]
    fn a_time_that_no_calendar_has_is_its_number() {
        assert_eq!(berlin().stamp(Millis::MAX), Millis::MAX.to_string());
    }
}
