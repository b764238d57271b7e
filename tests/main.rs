//! Tests that cross rooms. One binary, so that the workspace links once.

mod architecture;
#[cfg(all(feature = "desktop", target_os = "linux"))]
mod e2e;
mod faults;
mod journeys;
mod shell_config;
