//! Vercel: deployments made staged, promoted at once or by rolling releases, and rolled back.
//!
//! What makes it dangerous, and what is done about it:
//!
//! - A production deployment takes the domains as soon as it is built, unless it is created staged; it always is, and
//!   every look asks whether a production domain leads to it all the same.
//! - Promote and rollback are accepted before they are done. The newest job of the project, its domains and the
//!   project's own pointer must agree before traffic counts as moved.
//! - A second promote completes a rolling release. Where the project has them, promote is never called.
//! - There is no key for idempotency. Each deployment carries the operation that made it, and nothing is sent twice.
//!
//! Deliberately absent: checks, metrics, drains, environments other than production, and changing a project's settings.
//! Source of the calls: the vendor's published description (2025-10-27) and its own clients (2026-10).

mod api;
mod deployer;
mod known;
mod look;
mod marks;
mod orders;
mod project;
mod rolling;
mod state;
mod trouble;
mod upload;
mod wire;

#[cfg(test)]
mod tests;

pub use api::Line;
pub use api::Pauses;
pub(crate) use deployer::VercelDeployer;
pub(crate) use known::Known;
pub use project::VercelPreview;
pub use project::VercelProject;
pub use project::VercelVariable;
pub use trouble::Trouble;
