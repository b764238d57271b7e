//! The only room that asks the operating system what time it is.
//!
//! Two clocks matter. The *wall* clock is for people and for ordering across machines; it jumps. The *boot* clock
//! counts real time since the machine started, sleep included, and never goes back; every duration in Seaworthy is a
//! difference of boot times. Timers are deliberately absent: machines are advanced by ticks.

mod stopwatch;
mod system;
mod turned;

pub use stopwatch::Stopwatch;
pub use system::SystemClock;
pub use turned::TurnedClock;

use chrono::DateTime;
use chrono::TimeDelta;
use chrono::Utc;
use serde::Deserialize;
use serde::Serialize;

/// Disagreement of wall and boot clock that counts as a jump rather than drift.
pub const JUMP_TOLERANCE: TimeDelta = TimeDelta::seconds(2);

/// One reading of both clocks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Wall clock, UTC, cut to milliseconds.
    pub wall: DateTime<Utc>,
    /// Milliseconds since the machine started, time asleep included.
    pub boot_ms: u64,
    /// Names the boot `boot_ms` counts from; two moments of different boots have no common duration.
    pub boot_id: String,
}

impl Moment {
    /// Real time from `earlier` to `self`; `None` across a reboot or when `earlier` is the later one.
    #[must_use]
    pub fn since(&self, earlier: &Moment) -> Option<TimeDelta> {
        if self.boot_id != earlier.boot_id {
            return None;
        }
        let ms = self.boot_ms.checked_sub(earlier.boot_ms)?;
        TimeDelta::try_milliseconds(i64::try_from(ms).ok()?)
    }

    /// How far the wall clock moved against the boot clock since `earlier`, when that is more than drift.
    #[must_use]
    pub fn jump_since(&self, earlier: &Moment) -> Option<TimeDelta> {
        let jump = (self.wall - earlier.wall) - self.since(earlier)?;
        (jump.abs() > JUMP_TOLERANCE).then_some(jump)
    }
}

/// Where the program learns the time.
pub trait Clock: Send + Sync {
    /// Reads both clocks now.
    fn now(&self) -> Moment;
}

impl<C: Clock + ?Sized> Clock for std::sync::Arc<C> {
    fn now(&self) -> Moment {
        (**self).now()
    }
}
