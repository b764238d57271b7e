//! A real project to release: the sample web service in a git repository of its own, the small platform it is deployed
//! to, and the terminal's program to release it with.
//!
//! For tests and developer commands alone: whatever goes wrong here panics with the reason. Deliberately absent: the
//! engine, so that whatever needs only a project does not build the product. The practice provider is here because the
//! program under test must meet it from another process.

mod canary;
mod cli;
pub mod crash;
mod hosted;
mod keychain;
mod metered;
mod platform;
mod repository;
mod sample;
mod session;
mod wait;

pub use canary::Canary;
pub use cli::Cli;
pub use cli::Ended;
pub use cli::program;
pub use hosted::HOSTED;
pub use hosted::Hosted;
pub use keychain::Keychain;
pub use metered::Metered;
pub use platform::Mutation;
pub use platform::Platform;
pub use repository::Repository;
pub use sample::FIRST;
pub use sample::Plan;
pub use sample::Sample;
pub use session::PRIVATE_BUS;
pub use session::missing;
pub use wait::eventually;
