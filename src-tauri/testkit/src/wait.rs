//! Waiting for a condition instead of for time.

use std::thread;
use std::time::Duration;

/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(20);
/// Looks until waiting is given up: a minute and a half of pauses, for machines that are busy.
const LOOKS_MAX: u32 = 4_500;

/// Looks until `found` has something.
///
/// # Panics
/// With `what` when it never has.
pub fn eventually<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    for _ in 0..LOOKS_MAX {
        if let Some(thing) = found() {
            return thing;
        }
        thread::sleep(PAUSE);
    }
    panic!("waited in vain for {what}");
}
