//! The rehearsal: a whole release against a practice service, on a turned clock, in a ledger of its own.
//!
//! Same engine, same client of the hosting provider, same prober, same checks over real HTTP on loopback; only the
//! provider, the repository and the clock are practice ones. It asks for nothing, touches neither keychain nor the real
//! ledger, and nothing in it counts for production.

mod fault;
mod live;
mod policy;
mod script;
mod stage;
mod staging;
mod target;
mod tree;

pub use fault::Fault;
pub use live::LiveRehearsal;
pub use script::Ending;
pub use script::play;
pub use stage::Equipment;
pub use stage::Hosted;
pub use stage::Rehearsal;
