//! A clock that moves only when it is turned by hand: rehearsals, simulations and tests.

use crate::Clock;
use crate::Moment;
use chrono::DateTime;
use chrono::TimeDelta;
use chrono::Utc;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

/// Shared hand-turned clock; clones turn together.
#[derive(Clone, Debug)]
pub struct TurnedClock(Arc<Mutex<Moment>>);

impl TurnedClock {
    /// Starts at `wall`, one minute after an imaginary boot.
    #[must_use]
    pub fn starting_at(wall: DateTime<Utc>) -> Self {
        Self(Arc::new(Mutex::new(Moment { wall, boot_ms: 60_000, boot_id: "turned-1".to_owned() })))
    }

    /// Lets `by` pass on both clocks. Negative spans are ignored: real time does not go back.
    pub fn advance(&self, by: TimeDelta) {
        self.change(|moment| {
            let ms = u64::try_from(by.num_milliseconds()).unwrap_or(0);
            moment.wall += TimeDelta::milliseconds(i64::try_from(ms).unwrap_or(0));
            moment.boot_ms += ms;
        });
    }

    /// Moves the wall clock alone, as a person or a time server does.
    pub fn jump_wall(&self, by: TimeDelta) {
        self.change(|moment| moment.wall += by);
    }

    /// A restart of the machine that took `off`.
    pub fn reboot(&self, off: TimeDelta) {
        self.change(|moment| {
            moment.wall += off;
            moment.boot_ms = 1_000;
            moment.boot_id = format!("{}'", moment.boot_id);
        });
    }

    fn change(&self, turn: impl FnOnce(&mut Moment)) {
        turn(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Clock for TurnedClock {
    fn now(&self) -> Moment {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> TurnedClock {
        TurnedClock::starting_at(DateTime::from_timestamp(1_800_000_000, 0).unwrap())
    }

    #[test]
    fn a_jump_is_seen_only_past_the_tolerance() {
        let clock = clock();
        let before = clock.now();
        clock.advance(TimeDelta::hours(9));
        assert_eq!(clock.now().jump_since(&before), None);
        clock.jump_wall(TimeDelta::seconds(2));
        assert_eq!(clock.now().jump_since(&before), None);
        clock.jump_wall(TimeDelta::seconds(-7));
        assert_eq!(clock.now().jump_since(&before), Some(TimeDelta::seconds(-5)));
        assert_eq!(clock.now().since(&before), Some(TimeDelta::hours(9)));
    }

    #[test]
    fn no_duration_spans_a_reboot() {
        let clock = clock();
        let before = clock.now();
        clock.reboot(TimeDelta::minutes(3));
        assert_eq!(clock.now().since(&before), None);
        assert_eq!(clock.now().jump_since(&before), None);
    }
}
