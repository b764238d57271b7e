//! A real project to release: the sample web service in a git repository of its own, the small platform it is deployed
//! to, and the terminal's program to release it with.
//!
//! For tests and developer commands alone: whatever goes wrong here panics with the reason. Deliberately absent: the
//! engine, so that whatever needs only a project does not build the product.

mod cli;
pub mod crash;
mod metered;
mod platform;
mod repository;
mod sample;
mod session;
mod wait;

pub use cli::Cli;
pub use cli::Ended;
pub use cli::program;
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
