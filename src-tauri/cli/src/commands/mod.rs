//! One function for each command.

mod approve;
mod bundle;
mod check;
mod connect;
mod export;
mod key;
mod motion;
mod notices;
mod reading;
mod release;
mod setup;
mod watch;

pub(crate) use approve::approve;
pub(crate) use bundle::evidence;
pub(crate) use bundle::verify;
pub(crate) use bundle::view;
pub(crate) use check::check;
pub(crate) use check::check_logs;
pub(crate) use connect::connect;
pub(crate) use connect::unlock_vault;
pub(crate) use export::bundle;
pub(crate) use key::key;
pub(crate) use motion::advance;
pub(crate) use motion::deploy;
pub(crate) use motion::hold;
pub(crate) use motion::rollback;
pub(crate) use notices::notices;
pub(crate) use reading::log;
pub(crate) use reading::releases;
pub(crate) use reading::report;
pub(crate) use reading::stage;
pub(crate) use reading::status;
pub(crate) use release::abandon;
pub(crate) use release::attest;
pub(crate) use release::candidate;
pub(crate) use release::close;
pub(crate) use release::freeze;
pub(crate) use release::open;
pub(crate) use release::reconcile;
pub(crate) use setup::doctor;
pub(crate) use setup::init;
pub(crate) use setup::policy_check;
pub(crate) use setup::rehearse;
pub(crate) use watch::Followed;
pub(crate) use watch::follow;
pub(crate) use watch::watch;

use crate::out::Output;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use seaworthy_wire::ReleaseView;
use seaworthy_wire::State;

/// Asks a person once. Anything but yes, Ctrl-C included, is no.
async fn confirm(out: &mut Output, question: &str) -> Result<(), Fault> {
    out.note(&format!("{question} [y/N] "));
    let console = &mut out.console;
    let answer = tokio::select! {
        line = console.answers.line() => line,
        Some(()) = console.interrupts.recv() => None,
    };
    let word = answer.unwrap_or_default().trim().to_lowercase();
    if word == "y" || word == "yes" {
        return Ok(());
    }
    Err(Fault::new(Code::Cancelled, "not confirmed; nothing was done"))
}

/// An operation whose outcome nobody knows outranks everything else that an exit status could say.
fn unknown(view: &ReleaseView) -> Option<Code> {
    let operation = view.rollout.operation.as_ref()?;
    (operation.state == State::Unknown).then_some(Code::Unknown)
}
