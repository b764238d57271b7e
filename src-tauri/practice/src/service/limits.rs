//! Rate limits, one for each call, as the provider counts them.

use crate::trouble::Call;
use std::collections::BTreeMap;

/// Calls in a window unless a test asks for fewer.
const TOTAL: u32 = 100_000;
/// Length of a window.
const WINDOW_MS: i64 = 60_000;

/// Limits and what was used of them.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    totals: BTreeMap<Call, u32>,
    used: BTreeMap<Call, (i64, u32)>,
}

impl Limits {
    pub(crate) fn set(&mut self, call: Call, total: u32) {
        self.totals.insert(call, total);
    }

    fn total(&self, call: Call) -> u32 {
        self.totals.get(&call).copied().unwrap_or(TOTAL)
    }

    /// Total of the window, and when it ends.
    pub(crate) fn of(&self, call: Call, now: i64) -> (u32, i64) {
        let began = self.used.get(&call).map_or(now, |(began, _)| *began);
        (self.total(call), began + WINDOW_MS)
    }

    /// Counts one call: whether there was room, and the headers that every answer carries.
    pub(crate) fn take(&mut self, call: Call, now: i64) -> (bool, [(&'static str, String); 3]) {
        let total = self.total(call);
        let (began, used) = self.used.entry(call).or_insert((now, 0));
        if now - *began >= WINDOW_MS {
            (*began, *used) = (now, 0);
        }
        let room = *used < total;
        *used += u32::from(room);
        let left = total - (*used).min(total);
        let reset = (*began + WINDOW_MS) / 1_000;
        let headers = [
            ("x-ratelimit-limit", total.to_string()),
            ("x-ratelimit-remaining", left.to_string()),
            ("x-ratelimit-reset", reset.to_string()),
        ];
        (room, headers)
    }
}

#[cfg(test)]
mod tests {
    use super::Limits;
    use crate::trouble::Call;

    #[test]
    fn a_window_is_counted_for_each_call_and_ends() {
        let mut limits = Limits::default();
        limits.set(Call::Get, 2);
        let rooms: Vec<bool> = (0..3).map(|n| limits.take(Call::Get, n).0).collect();
        assert_eq!(rooms, [true, true, false]);
        assert!(limits.take(Call::List, 3).0);
        assert_eq!(limits.of(Call::Get, 3), (2, 60_000));
        let (room, headers) = limits.take(Call::Get, 60_000);
        assert!(room);
        assert_eq!(headers[1].1, "1");
    }
}
