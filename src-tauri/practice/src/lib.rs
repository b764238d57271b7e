//! A hosting provider for practice: Vercel's calls with Vercel's meaning, on loopback, and the sites it hosts.
//!
//! The rehearsal and the tests run the real client against it. It keeps what makes the real one dangerous: promote and
//! rollback are accepted before they are done, a second promote of a canary gives it everybody, a rollback switches
//! automatic assignment off, a deployment takes the domains unless it was created staged. Trouble is switched on through
//! [`Practice`], never over HTTP. Every change is in [`Practice::effects`] and every
//! call in [`Practice::calls`], so that a test can count.
//!
//! It answers only its own address and its own random bearer, and never sees a real token. Facts are those of the
//! vendor's published description of the interface (2025-10) and of its own clients (2026-10). Deliberately absent: creating
//! projects and domains, checks, metrics, drains, feature flags; builds are waited for and never run.

mod clock;
mod effect;
mod practice;
mod service;
mod setup;
mod show;
mod site;
#[cfg(test)]
mod tests;
mod trouble;
mod world;

pub use effect::By;
pub use effect::Effect;
pub use effect::OPERATION_HEADER;
pub use effect::OPERATION_META;
pub use effect::Taken;
pub use effect::What;
pub use practice::Drift;
pub use practice::Practice;
pub use practice::Refused;
pub use practice::Standing;
pub use setup::Pace;
pub use setup::PartialJob;
pub use setup::Plan;
pub use setup::ProjectSetup;
pub use setup::Setup;
pub use setup::Variable;
pub use site::Affliction;
pub use site::ROUTE_HEADER;
pub use site::VERSION_HEADER;
pub use trouble::Call;
pub use trouble::Storm;
pub use trouble::Trouble;

/// One round of splitmix64: well-spread, and the same everywhere.
pub(crate) fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
