//! Statements, holds and the end.

use crate::engine::Engine;
use crate::engine::live;
use crate::fault;
use seaworthy_domain::Event;
use seaworthy_domain::HoldCause;
use seaworthy_domain::Refusal;
use seaworthy_domain::ReleaseId;
use seaworthy_domain::command::Context;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use seaworthy_wire::Which;

/// Longest reason, note or summary.
const WORDS_MAX: usize = 2_000;

impl Engine {
    /// Records a statement of the person at this computer.
    pub(crate) fn attest(&self, which: &Which, criterion: &str, note: &str) -> Result<ReleaseId, Fault> {
        let note = words(note, "note")?;
        self.simply(which, |context| context.attest(criterion, &note))
    }

    /// Stops forward motion.
    pub(crate) fn hold(&self, which: &Which, reason: &str) -> Result<ReleaseId, Fault> {
        let reason = required(reason, "a hold")?;
        let id = self.find_in_production(which)?;
        self.accept_to_stop(id)?;
        let held = self.simply_for(id, |context| context.hold(&reason));
        match held {
            // A policy that cannot be read any more stops everything; it must not stop the stop.
            Err(fault) if fault.code == Code::Integrity => {
                if live(&self.core(), id)?.release.lifecycle.is_over() {
                    return Err(fault);
                }
                self.record(id, &[Event::HoldSet { reason, cause: HoldCause::Person, acting: None }])?;
                Ok(id)
            }
            held => held,
        }
    }

    /// Allows forward motion again.
    pub(crate) fn lift(&self, which: &Which, reason: &str) -> Result<ReleaseId, Fault> {
        let reason = words(reason, "reason")?;
        self.simply_for(self.find_held(which)?, |context| context.lift(&reason))
    }

    /// Ends the release.
    pub(crate) fn close(&self, which: &Which, summary: &str) -> Result<ReleaseId, Fault> {
        let summary = words(summary, "summary")?;
        let id = self.find(which)?;
        // Asked first, so that a refused close seals nothing.
        self.transact(id, |context| {
            context.close(&summary).map_err(|r| fault::refusal(&r)).map(|_| (Vec::new(), ()))
        })?;
        self.seal_samples(id, true)?;
        self.simply(which, |context| context.close(&summary))
    }

    /// Gives the release up.
    pub(crate) fn abandon(&self, which: &Which, reason: &str) -> Result<ReleaseId, Fault> {
        let reason = required(reason, "giving up")?;
        self.simply(which, |context| context.abandon(&reason))
    }

    fn simply(
        &self,
        which: &Which,
        decide: impl FnOnce(&Context<'_>) -> Result<Vec<Event>, Refusal>,
    ) -> Result<ReleaseId, Fault> {
        self.simply_for(self.find(which)?, decide)
    }

    fn simply_for(
        &self,
        id: ReleaseId,
        decide: impl FnOnce(&Context<'_>) -> Result<Vec<Event>, Refusal>,
    ) -> Result<ReleaseId, Fault> {
        self.transact(id, |context| Ok((decide(context).map_err(|r| fault::refusal(&r))?, ())))?;
        self.anchor();
        Ok(id)
    }
}

/// Text of a person, trimmed and bounded.
fn words(text: &str, what: &str) -> Result<String, Fault> {
    let text = text.trim();
    if text.chars().count() > WORDS_MAX {
        return Err(fault::bad_input(format!("the {what} is longer than {WORDS_MAX} characters")));
    }
    Ok(text.to_owned())
}

/// The same, where silence is not enough.
pub(super) fn required(text: &str, what: &str) -> Result<String, Fault> {
    let text = words(text, "reason")?;
    if text.is_empty() {
        return Err(fault::bad_input(format!("{what} needs a reason")));
    }
    Ok(text)
}
