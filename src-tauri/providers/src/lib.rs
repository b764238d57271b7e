//! Places that deployments are put on, one module per kind of target; no module imports another.
//!
//! Nothing in here retries, asks or decides: whoever calls has written down the intent, compared the approval and
//! calls once. Deliberately absent: the rehearsal's own service, which never meets a real target.

mod command;
mod folder;
mod targets;
mod vercel;

pub use targets::Targets;
pub use vercel::Line;
pub use vercel::Pauses;
pub use vercel::Trouble as VercelTrouble;
pub use vercel::VercelPreview;
pub use vercel::VercelProject;
pub use vercel::VercelVariable;
