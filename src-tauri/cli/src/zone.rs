//! Where the person is.

use chrono_tz::Tz;

/// The time zone named by `TZ`, else the system's, else UTC. Only names of the time zone database are known; a rule
/// written out in `TZ` counts as unnamed.
#[must_use]
pub fn zone_here() -> Tz {
    let named = std::env::var("TZ").ok().filter(|name| !name.is_empty());
    zone_named(named.as_deref())
        .or_else(|| zone_named(iana_time_zone::get_timezone().ok().as_deref()))
        .unwrap_or(Tz::UTC)
}

fn zone_named(name: Option<&str>) -> Option<Tz> {
    name?.trim_start_matches(':').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_and_rules_are_not() {
        assert_eq!(zone_named(Some(":Europe/Berlin")), Some(Tz::Europe__Berlin));
        assert_eq!(zone_named(Some("CET-1CEST,M3.5.0,M10.5.0")), None);
        assert_eq!(zone_named(None), None);
    }
}
