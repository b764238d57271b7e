//! Child processes that cannot get away.
//!
//! One entry point, [`run`]: a command gets a session of its own, a fixed environment, no terminal and no input, and
//! when it is over, however it ended, nothing it started is left running. Members of a run are known by descent, by
//! session, by the marker [`RUN_ID_VARIABLE`] in their environment, and on Linux, where orphans are adopted by this
//! process while a run is under way, by the output pipe they still hold.
//!
//! Deliberately not claimed: a process that wiped its environment, left its session, let go of the output and lost
//! its parent all between two looks at the process table is not recognised. It would be this process's child, but so
//! is a browser that was opened meanwhile, and the two cannot be told apart safely. Containment is tidiness, not a
//! sandbox: a command runs with the rights of its user.
//!
//! Outside Linux orphans are found by marker alone; on Windows a job object holds the tree, and there is no gentle
//! request to stop before the kill.

mod census;
mod contain;
mod outcome;
mod pump;
mod run;
mod signal;
mod spec;

#[cfg(test)]
mod tests;

pub use contain::Leftover;
pub use contain::leftovers;
pub use contain::sweep_leftovers;
pub use outcome::Chunk;
pub use outcome::Ended;
pub use outcome::Finished;
pub use outcome::NotStarted;
pub use outcome::Stream;
pub use outcome::Swept;
pub use pump::CHUNK_BYTES_MAX;
pub use pump::QUEUE_CHUNKS;
pub use pump::output_channel;
pub use run::run;
pub use spec::DRAIN;
pub use spec::GRACE;
pub use spec::Program;
pub use spec::RUN_ID_VARIABLE;
pub use spec::Spec;
