//! The one place that knows every real edge, and puts them together.

mod bundle;
mod driver;
mod engine;
mod home;
mod init;
mod logs;
mod presses;
mod rehearse;

pub use bundle::read_bundle;
pub use bundle::read_bundle_evidence;
pub use engine::Surroundings;
pub use engine::open;
pub use engine::open_in;
pub use engine::open_with;
pub use home::home;
pub use init::init;
pub use logs::start as start_logs;
pub use presses::Show;
pub use rehearse::Played;
pub use rehearse::play;
pub use rehearse::rehearse_live;
pub use seaworthy_rehearsal::Fault as PracticeFault;
