//! The provider's own axis of time: it follows the boot clock, because a provider elsewhere does not jump with this
//! machine's wall clock.

use seaworthy_clock::Clock;
use seaworthy_clock::Moment;
use std::sync::Arc;

/// Milliseconds since 1970 as the provider counts them.
pub(crate) struct Axis {
    clock: Arc<dyn Clock>,
    last: Moment,
    now: i64,
}

impl Axis {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        let last = clock.now();
        let now = last.wall.timestamp_millis();
        Self { clock, last, now }
    }

    pub(crate) fn now(&mut self) -> i64 {
        let moment = self.clock.now();
        let passed = moment.since(&self.last).unwrap_or_else(|| moment.wall - self.last.wall);
        self.now += passed.num_milliseconds().max(0);
        self.last = moment;
        self.now
    }
}

#[cfg(test)]
mod tests {
    use super::Axis;
    use chrono::DateTime;
    use chrono::TimeDelta;
    use seaworthy_clock::TurnedClock;
    use std::sync::Arc;

    #[test]
    fn the_wall_clock_jumps_without_it_and_a_restart_does_not_stop_it() {
        let clock = TurnedClock::starting_at(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let mut axis = Axis::new(Arc::new(clock.clone()));
        let start = axis.now();
        clock.jump_wall(TimeDelta::days(365));
        assert_eq!(axis.now() - start, 0);
        clock.advance(TimeDelta::seconds(7));
        assert_eq!(axis.now() - start, 7_000);
        clock.reboot(TimeDelta::minutes(2));
        assert_eq!(axis.now() - start, 127_000);
    }
}
