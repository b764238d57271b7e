//! Tests of the doors.

mod channel;
mod fake;
mod frames;
mod lock;
#[cfg(unix)]
mod process;
