//! The real clocks of this machine.

use crate::Clock;
use crate::Moment;
use chrono::SubsecRound;
use chrono::Utc;
use std::sync::OnceLock;

/// Reads the operating system's clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the room that asks")]
    fn now(&self) -> Moment {
        Moment {
            wall: Utc::now().trunc_subsecs(3),
            boot_ms: boot_ms(),
            boot_id: BOOT_ID.get_or_init(boot_id).clone(),
        }
    }
}

static BOOT_ID: OnceLock<String> = OnceLock::new();

#[cfg(any(target_os = "linux", target_os = "android"))]
fn boot_ms() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    u64::try_from(time.tv_sec).unwrap_or(0) * 1_000 + u64::try_from(time.tv_nsec).unwrap_or(0) / 1_000_000
}

/// The kernel makes a fresh id at every boot.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map_or_else(|_| "unknown-boot".to_owned(), |id| id.trim().to_owned())
}

/// Elsewhere the process start is the origin: a restart of the program then reads as a reboot, which only makes
/// gaps more careful, never less.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[expect(clippy::disallowed_methods, reason = "this is the room that asks")]
fn boot_ms() -> u64 {
    static START: OnceLock<std::time::Instant> = OnceLock::new();
    let start = *START.get_or_init(std::time::Instant::now);
    u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn boot_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boot_time_never_goes_back() {
        let first = SystemClock.now();
        let second = SystemClock.now();
        assert_eq!(first.boot_id, second.boot_id);
        assert!(second.since(&first).is_some());
        assert!(first.boot_ms > 0);
    }
}
