//! Journeys of one release through the real edges.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod bad_input;
mod bundles;
mod captain;
#[cfg(target_os = "linux")]
mod connections;
#[cfg(target_os = "linux")]
mod crashes;
mod folder;
mod measured;
#[cfg(target_os = "linux")]
mod notices;
mod operations;
mod pins;
#[cfg(unix)]
mod places;
mod refusals;
mod rehearsals;
mod terminal;
#[cfg(target_os = "linux")]
mod twice;
mod watching;
mod whole;
