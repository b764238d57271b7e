//! Takes known secrets out of whatever is about to be written, in every form in which they usually turn up.
//!
//! A secret becomes known when it is typed in or opened; from then on each place that writes (log, ledger, answers,
//! report, kept output) asks here first. Deliberately absent: guessing. Text that merely looks like a token is left
//! alone, because a masked digest or commit would be evidence lost.

mod encode;
mod redactor;
mod stream;
#[cfg(test)]
mod tests;

pub use encode::SECRET_BYTES_MIN;
pub use redactor::MASK;
pub use redactor::Redactor;
pub use redactor::SECRETS_MAX;
pub use stream::Stream;
