//! The `seaworthy` command line: reads what was typed, asks the engine through a door, and writes the answer for people
//! or as JSON. It computes nothing about releases; every word of an answer is the engine's.

mod args;
mod clean;
mod commands;
mod follow;
mod keyboard;
mod out;
mod render;
mod run;
mod session;
mod terminal;
#[cfg(test)]
mod tests;
mod world;
mod zone;

pub use args::FaultArg;
pub use run::run;
pub use terminal::start;
pub use world::Answers;
pub use world::Console;
pub use world::Rehearsal;
pub use world::Rehearsed;
pub use world::World;
pub use zone::zone_here;
