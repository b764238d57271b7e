//! Recording when it is hard: on a full disk, and in a ledger that lost its newest events or is not the one that was
//! signed. None of it may keep anybody from a hold or from the way back.

use crate::engine::Engine;
use crate::fault;
use crate::signing;
use seaworthy_domain::Event;
use seaworthy_domain::HoldCause;
use seaworthy_domain::ReleaseId;
use seaworthy_ledger::At;
use seaworthy_ledger::LedgerError;
use seaworthy_ledger::NewEvent;
use seaworthy_ledger::StoredEvent;
use seaworthy_wire::Fault;
use std::sync::atomic::Ordering;

impl Engine {
    /// Holds space back for the day the disk is full; again as soon as there is room after it was given up.
    pub fn keep_ballast(&self) {
        if self.viewing.is_some() {
            return;
        }
        match self.ledger.keep_ballast() {
            Ok(()) => self.short.store(false, Ordering::SeqCst),
            Err(error) => tracing::warn!(%error, "no space could be held back for a full disk"),
        }
    }

    /// Whether these events can be recorded at all.
    pub(crate) fn may_record(&self, events: &[Event]) -> Result<(), Fault> {
        if let Some(why) = &self.viewing {
            return Err(match self.doubt() {
                Some(doubt) => fault::integrity(format!("nothing can be changed. {doubt}"))
                    .with_help("restore a backup; `seaworthy doctor` shows what does not verify"),
                None => fault::refused(format!("nothing can be changed: {why}")),
            });
        }
        match self.signing.contradiction() {
            Some(why) if events.iter().any(moves_forward) => {
                Err(signing::contradicted("nothing goes forward", &why))
            }
            _ => Ok(()),
        }
    }

    /// Appends. On a full disk the space held back is given up for what stops a release or takes it back, and for
    /// nothing else; forward motion then waits for more room.
    pub(crate) fn write_down(
        &self,
        at: &At,
        events: &[Event],
        entries: Vec<NewEvent>,
    ) -> Result<Vec<StoredEvent>, LedgerError> {
        if self.short.load(Ordering::SeqCst) && events.iter().any(moves_forward) {
            return Err(LedgerError::Full);
        }
        if !events.iter().any(takes_back) {
            return self.ledger.append(at, entries);
        }
        match self.ledger.append(at, entries.clone()) {
            Err(LedgerError::Full) if self.ledger.release_ballast() => {
                tracing::error!("the disk is full; the space held back for this is given up");
                self.short.store(true, Ordering::SeqCst);
                self.ledger.append(at, entries)
            }
            appended => appended,
        }
    }

    /// Accepts a shortened ledger for the sake of stopping `id`. Every other release is put on hold: what their
    /// targets show may be newer than what is recorded.
    pub(crate) fn accept_to_stop(&self, id: ReleaseId) -> Result<(), Fault> {
        if self.viewing.is_some() || self.ledger.regression().is_none() {
            return Ok(());
        }
        self.accept_regression("a release had to be stopped")?;
        let others: Vec<_> = {
            let core = self.core();
            let open =
                core.releases.values().map(|live| &live.release).filter(|release| {
                    release.id != id && release.hold.is_none() && !release.lifecycle.is_over()
                });
            open.map(|release| release.id).collect()
        };
        let reason = "the ledger lost its newest events; look at the target before this is lifted".to_owned();
        let held = Event::HoldSet { reason, cause: HoldCause::Person, acting: None };
        others.into_iter().try_for_each(|other| self.record(other, std::slice::from_ref(&held)))
    }
}

fn moves_forward(event: &Event) -> bool {
    matches!(event, Event::Intended { act, .. } if !act.is_backward())
}

/// Whether it belongs to stopping a release, to taking it back, or to knowing how that ended.
fn takes_back(event: &Event) -> bool {
    match event {
        Event::Intended { act, .. } => act.is_backward(),
        Event::HoldSet { .. }
        | Event::Breached { .. }
        | Event::Blind { .. }
        | Event::Settled { .. }
        | Event::Observed { .. } => true,
        _ => false,
    }
}
