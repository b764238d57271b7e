//! Tests that cross rooms. One binary, so that the workspace links once.

mod journeys;
mod shell_config;
