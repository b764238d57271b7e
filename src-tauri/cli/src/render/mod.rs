//! Views as text: pure functions, 80 columns, no clock and no terminal.

mod approvals;
mod bundle;
mod connections;
mod document;
mod fault;
mod key;
mod layout;
mod lists;
mod paint;
mod preview;
mod rollout;
mod status;
mod when;

pub(crate) use approvals::approvals;
pub(crate) use bundle::bundle;
pub(crate) use bundle::written;
pub(crate) use connections::connection;
pub(crate) use connections::connections;
pub(crate) use document::document;
pub(crate) use fault::fault;
pub(crate) use key::key;
pub(crate) use lists::doctor;
pub(crate) use lists::events;
pub(crate) use lists::policy;
pub(crate) use lists::releases;
pub(crate) use paint::Paint;
pub(crate) use preview::preview;
pub(crate) use rollout::live;
pub(crate) use rollout::rollout;
pub(crate) use status::checks;
pub(crate) use status::explained;
pub(crate) use status::happened;
pub(crate) use status::noted;
pub(crate) use status::outcome;
pub(crate) use status::status;
pub(crate) use when::When;
