//! Start: fold the whole ledger, then say honestly what the last end left open.

use crate::engine::Engine;
use crate::fault;
use seaworthy_domain::CheckResult;
use seaworthy_domain::Event;
use seaworthy_domain::ReleaseId;
use seaworthy_domain::operation::OperationState;
use seaworthy_domain::operation::Outcome;
use seaworthy_ledger::MAX_READ_PAGE;
use seaworthy_wire::Fault;
use std::sync::PoisonError;

/// Folds every event.
pub(crate) fn fold(engine: &Engine) -> Result<(), Fault> {
    let mut core = engine.core();
    let mut seq = 0;
    loop {
        let page = engine.ledger.events(seq, MAX_READ_PAGE).map_err(|e| fault::ledger(&e))?;
        let Some(newest) = page.last() else {
            engine.signing.compare();
            return Ok(());
        };
        seq = newest.event.seq;
        for stored in &page {
            engine.signing.push(stored);
            core.take_in(stored)?;
        }
    }
}

/// An operation whose intent is on disk without an outcome is unknown, a check without an end was interrupted.
/// Nothing is sent and nothing is read here.
pub(crate) fn settle(engine: &Engine) -> Result<(), Fault> {
    if engine.viewing.is_some() || engine.ledger.regression().is_some() {
        return Ok(());
    }
    if let Err(error) = engine.copies().clear() {
        tracing::warn!(%error, "copies of an earlier process stay where they are");
    }
    settle_after_regression(engine)
}

/// The same once a shortened ledger was accepted: what it still shows as open is unknown.
pub(crate) fn settle_after_regression(engine: &Engine) -> Result<(), Fault> {
    let open: Vec<(ReleaseId, Vec<Event>)> =
        engine.core().releases.iter().map(|(id, live)| (*id, left_open(&live.release))).collect();
    for (id, events) in open {
        let runs = events.iter().filter_map(|event| match event {
            Event::CheckFinished { run, .. } => Some(*run),
            _ => None,
        });
        engine.broken_off.lock().unwrap_or_else(PoisonError::into_inner).extend(runs);
        engine.record(id, &events)?;
    }
    if let Some(by) = engine.time.take_jump() {
        let exposed: Vec<_> = engine
            .core()
            .releases
            .iter()
            .filter(|(_, l)| l.release.is_exposed())
            .map(|(id, _)| *id)
            .collect();
        for id in exposed {
            engine.record(id, &[Event::ClockJumped { by_ms: by.num_milliseconds() }])?;
        }
    }
    Ok(())
}

/// Ends the checks that an earlier process left running. What they do is no evidence any more.
pub(crate) async fn end_broken_off(engine: &Engine) {
    let runs = std::mem::take(&mut *engine.broken_off.lock().unwrap_or_else(PoisonError::into_inner));
    for run in runs {
        engine.ports.checks.quiet(run).await;
    }
}

fn left_open(release: &seaworthy_domain::Release) -> Vec<Event> {
    let operations = release.operations.iter().filter(|op| op.state == OperationState::Intended);
    let settled = operations.map(|op| Event::Settled {
        operation: op.id,
        outcome: Outcome::Unknown { why: "the program ended before the answer".into() },
    });
    let runs = release.runs.values().flatten().filter(|run| run.end.is_none());
    let interrupted = runs.map(|run| Event::CheckFinished {
        run: run.run,
        result: CheckResult::Interrupted,
        summary: "the program ended while it ran".into(),
        log: None,
        took_ms: 0,
        unbound: None,
    });
    settled.chain(interrupted).collect()
}
