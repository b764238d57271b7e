//! The crash loop: a whole release through the real program, killed at random, and what must be true afterwards.
//!
//! Acknowledged is what the program printed with `--json`. It must still be there after any kill; no change at the
//! target may have happened twice; nothing is sent again without a look that was recorded; the ledger must verify at
//! every start.

mod captain;
mod chance;
mod proof;
mod world;

pub use captain::Report;

use crate::hosted::Hosted;
use crate::sample::Plan;
use crate::sample::Sample;
use seaworthy_practice::Storm;

/// Of a hundred answers of the practice provider, those that are lost.
const LOST_PERCENT: u8 = 10;

/// One whole release of the sample project with kills from `seed`: the first candidate breaks at its second stage and
/// is rolled back, the second one is closed.
///
/// # Errors
/// What was lost, doubled or damaged.
pub fn release(seed: u64) -> Result<Report, String> {
    captain::release(&Sample::new(&Plan::fast()), seed)
}

/// The same at the practice provider, which loses a tenth of its answers; `None` where there is no keychain.
///
/// # Errors
/// As [`release`].
pub fn hosted(seed: u64) -> Option<Result<Report, String>> {
    let hosted = Hosted::start(seed)?;
    let connected = hosted.connect(&[]);
    if connected.code != Some(0) {
        return Some(Err(format!("it could not be connected: {}", connected.errors)));
    }
    hosted.practice.storm(Storm { percent: LOST_PERCENT, seed });
    Some(captain::release(&hosted, seed))
}
