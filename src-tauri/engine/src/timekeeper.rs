//! The engine's time: the wall clock, minus its jumps.
//!
//! Samples, soaks and events must lie on one axis. Within a process that axis follows the boot clock; the wall clock
//! is followed only while the two agree. A jump is reported once, for the ledger, and takes effect at the next start.

use chrono::DateTime;
use chrono::TimeDelta;
use chrono::Utc;
use seaworthy_clock::Clock;
use seaworthy_clock::JUMP_TOLERANCE;
use seaworthy_clock::Moment;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

pub(crate) struct Timekeeper {
    clock: Arc<dyn Clock>,
    kept: Mutex<Kept>,
}

struct Kept {
    raw: Moment,
    wall: DateTime<Utc>,
    jumped: TimeDelta,
}

impl Timekeeper {
    /// Starts at the clock's time, or at `newest` when the clock lies before what is already recorded.
    pub(crate) fn start(clock: Arc<dyn Clock>, newest: Option<DateTime<Utc>>) -> Self {
        let raw = clock.now();
        let wall = newest.map_or(raw.wall, |newest| newest.max(raw.wall));
        let jumped = raw.wall - wall;
        Self { clock, kept: Mutex::new(Kept { raw, wall, jumped }) }
    }

    /// Time now on the engine's axis; never goes back.
    pub(crate) fn now(&self) -> Moment {
        let raw = self.clock.now();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = raw.since(&kept.raw).unwrap_or(TimeDelta::zero());
        if let Some(jump) = raw.jump_since(&kept.raw) {
            kept.jumped += jump;
        }
        kept.wall += passed;
        if (raw.wall - kept.wall).abs() <= JUMP_TOLERANCE {
            kept.wall = kept.wall.max(raw.wall);
        }
        kept.raw = raw;
        Moment { wall: kept.wall, ..kept.raw.clone() }
    }

    /// The sum of jumps since the last call, when it is more than drift.
    pub(crate) fn take_jump(&self) -> Option<TimeDelta> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let jumped = std::mem::replace(&mut kept.jumped, TimeDelta::zero());
        (jumped.abs() > JUMP_TOLERANCE).then_some(jumped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seaworthy_clock::TurnedClock;

    #[test]
    fn a_jump_is_told_once_and_not_followed() {
        let clock = TurnedClock::starting_at(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let time = Timekeeper::start(Arc::new(clock.clone()), None);
        let before = time.now().wall;
        clock.jump_wall(TimeDelta::days(365));
        clock.advance(TimeDelta::seconds(15));
        assert_eq!(time.now().wall - before, TimeDelta::seconds(15));
        assert_eq!(time.take_jump(), Some(TimeDelta::days(365)));
        assert_eq!(time.take_jump(), None);
        clock.jump_wall(TimeDelta::days(-400));
        clock.advance(TimeDelta::seconds(15));
        assert_eq!(time.now().wall - before, TimeDelta::seconds(30));
    }

    #[test]
    fn a_clock_behind_the_ledger_starts_at_the_ledger() {
        let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let clock = TurnedClock::starting_at(start);
        let newest = start + TimeDelta::hours(1);
        let time = Timekeeper::start(Arc::new(clock), Some(newest));
        assert_eq!(time.now().wall, newest);
        assert_eq!(time.take_jump(), Some(TimeDelta::hours(-1)));
    }
}
