//! One file a subject; each public function is one request.

mod approve;
mod bundle;
mod check;
mod connect;
mod connecting;
mod device;
mod history;
mod ledger;
mod life;
mod motion;
mod notices;
mod opening;
mod series;
mod which;

pub(crate) use approve::command_subject;
pub(crate) use history::Wanted;
pub(crate) use history::event_view;
pub(crate) use ledger::Verified;
pub(crate) use opening::read_policy;
