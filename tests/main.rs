//! Tests that cross rooms. One binary, so that the workspace links once.

mod shell_config;
