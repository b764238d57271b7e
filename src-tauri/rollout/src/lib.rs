//! The watching machine: from what was seen to what must be done. Pure, advanced by ticks; a restart anywhere loses
//! nothing, because everything it knows comes from events and samples.

mod controller;
mod observed;

pub use controller::Action;
pub use controller::Reading;
pub use controller::Situation;
pub use controller::decide;
pub use observed::Look;
pub use observed::Observed;
pub use observed::observe;

#[cfg(test)]
mod tests;
