//! What people are told, and when: the one place that spends their attention. Pure; time is an argument, and a restart
//! loses nothing that was recorded, because the machine is folded from the events it caused.
//!
//! What needs somebody at once is said at once, at any hour, and again after 1, 5 and 15 minutes and then every 15 until
//! somebody saw it or it passed. Everything else keeps quiet hours and a budget, and what would be a flood becomes one
//! summary.

mod machine;
mod quiet;
mod saying;
#[cfg(test)]
mod tests;
mod topic;
mod unheard;

pub use machine::Attention;
pub use machine::Given;
pub use machine::Open;
pub use machine::Rules;
pub use quiet::Quiet;
pub use quiet::QuietError;
pub use saying::Due;
pub use saying::Key;
pub use saying::News;
pub use saying::Saying;
pub use topic::is_critical;
pub use unheard::Unheard;
