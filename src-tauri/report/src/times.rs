//! Times and lengths as people read them.

use chrono::DateTime;
use chrono::Utc;
use chrono_tz::Tz;
use maud::Markup;
use maud::html;
use seaworthy_wire::Millis;

const SECOND: Millis = 1_000;
const MINUTE: Millis = 60 * SECOND;
const HOUR: Millis = 60 * MINUTE;
const DAY: Millis = 24 * HOUR;

/// The reader's zone. Every time on the page goes through here.
pub(crate) struct Times {
    zone: Tz,
}

impl Times {
    /// `zone` is an IANA name; one that is not known becomes UTC.
    pub(crate) fn new(zone: &str) -> Self {
        Self { zone: zone.parse().unwrap_or(Tz::UTC) }
    }

    /// IANA name of the zone in use.
    pub(crate) fn zone(&self) -> &'static str {
        self.zone.name()
    }

    /// `Thu 17 Sep 2026 09:14:02 CEST`, machine-readable too.
    pub(crate) fn full(&self, at: Millis) -> Markup {
        self.marked(at, "%a %-d %b %Y %H:%M:%S %Z")
    }

    /// `Thu 17 Sep 09:14:02`, where the page has said year and zone.
    pub(crate) fn short(&self, at: Millis) -> Markup {
        self.marked(at, "%a %-d %b %H:%M:%S")
    }

    /// `09:14:02`, where a heading has said the day.
    pub(crate) fn clock(&self, at: Millis) -> Markup {
        self.marked(at, "%H:%M:%S")
    }

    /// `Thu 17 Sep 2026`
    pub(crate) fn day(&self, at: Millis) -> String {
        self.plain(at, "%a %-d %b %Y")
    }

    /// `Thu 17 Sep 09:14`
    pub(crate) fn minute(&self, at: Millis) -> String {
        self.plain(at, "%a %-d %b %H:%M")
    }

    /// `Thu 17 Sep 09:14 to 09:20`; the day again only when it is another.
    pub(crate) fn range(&self, from: Millis, to: Millis) -> String {
        let same_day = self.day(from) == self.day(to);
        format!(
            "{} to {}",
            self.minute(from),
            if same_day { self.plain(to, "%H:%M") } else { self.minute(to) }
        )
    }

    /// For an axis that spans `span`: the clock within a day, the day beyond.
    pub(crate) fn axis(&self, at: Millis, span: Millis) -> String {
        self.plain(
            at,
            if span <= DAY {
                "%H:%M"
            } else if span <= 6 * DAY {
                "%a %H:%M"
            } else {
                "%-d %b"
            },
        )
    }

    fn marked(&self, at: Millis, pattern: &str) -> Markup {
        let machine =
            DateTime::<Utc>::from_timestamp_millis(at).map(|at| at.format("%Y-%m-%dT%H:%M:%S%.3fZ"));
        html! {
            @if let Some(machine) = machine { time datetime=(machine) { (self.plain(at, pattern)) } }
            @else { (self.plain(at, pattern)) }
        }
    }

    fn plain(&self, at: Millis, pattern: &str) -> String {
        match DateTime::<Utc>::from_timestamp_millis(at) {
            Some(at) => at.with_timezone(&self.zone).format(pattern).to_string(),
            None => format!("no calendar time ({at}\u{202f}ms)"),
        }
    }
}

/// At most two units, rounded down, because time that has not passed must not be shown as passed: `48 h 06 min`.
pub(crate) fn span(ms: Millis) -> String {
    let ms = ms.max(0);
    let (hours, minutes, seconds) = (ms / HOUR, ms / MINUTE % 60, ms / SECOND % 60);
    match (ms / DAY, hours, minutes, seconds) {
        (0, 0, 0, _) => format!("{seconds}\u{202f}s"),
        (0, 0, _, 0) => format!("{minutes}\u{202f}min"),
        (0, 0, ..) => format!("{minutes}\u{202f}min {seconds:02}\u{202f}s"),
        (0..=3, _, 0, _) => format!("{hours}\u{202f}h"),
        (0..=3, ..) => format!("{hours}\u{202f}h {minutes:02}\u{202f}min"),
        (days, ..) if hours % 24 == 0 => format!("{days}\u{202f}d"),
        (days, ..) => format!("{days}\u{202f}d {:02}\u{202f}h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_two_units_at_most() {
        let say = |ms| span(ms).replace('\u{202f}', " ");
        assert_eq!(say(-5), "0 s");
        assert_eq!(say(41_999), "41 s");
        assert_eq!(say(250_000), "4 min 10 s");
        assert_eq!(say(48 * HOUR + 6 * MINUTE), "48 h 06 min");
        assert_eq!(say(7 * DAY), "7 d");
        assert_eq!(say(7 * DAY + 3 * HOUR), "7 d 03 h");
        assert_eq!(say(Millis::MAX).split(' ').count(), 4);
    }

    #[test]
    fn an_unknown_zone_is_utc() {
        assert_eq!(Times::new("Mars/Olympus").zone(), "UTC");
        assert_eq!(Times::new("Europe/Berlin").minute(1_789_650_842_000), "Thu 17 Sep 15:14");
    }

    #[test]
    fn a_time_out_of_the_calendar_is_said() {
        assert!(Times::new("UTC").full(Millis::MAX).into_string().contains("no calendar time"));
    }
}
