//! The rehearsal: a whole release against a practice service, on a turned clock, in a ledger of its own.
//!
//! Same engine, same prober, same checks over real HTTP on loopback; only the target, the repository and the clock are
//! practice ones. It asks for nothing, touches neither keychain nor the real ledger, and nothing in it counts for
//! production.

mod live;
mod policy;
mod script;
mod stage;
mod target;
mod tree;
mod world;

pub use live::LiveRehearsal;
pub use script::Ending;
pub use script::play;
pub use stage::Equipment;
pub use stage::Rehearsal;
pub use world::Fault;
