//! Tests of the command line: what is asked, what people see, how it ends.

mod answers;
mod bundles;
mod commands;
mod connecting;
mod fake;
mod motion;
mod rendering;
mod sample;
mod watching;
