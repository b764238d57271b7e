//! How the ledger is, and a second look at all of it.

use crate::engine::Engine;
use crate::fault;
use seaworthy_ledger::LedgerError;
use seaworthy_wire::CheckedLine;
use seaworthy_wire::Fault;
use seaworthy_wire::LedgerView;
use seaworthy_wire::Millis;
use seaworthy_wire::Push;
use seaworthy_wire::State;

/// The newest look at the whole chain.
pub(crate) struct Verified {
    pub(crate) events: u64,
    pub(crate) at: Millis,
    /// What the look found, unless it was the one of the start, whose findings are kept with the start.
    pub(crate) damage: Option<String>,
}

impl Engine {
    /// How the ledger is, after a second look at its whole chain if that is asked for.
    pub(crate) async fn ledger_view(&self, verify: bool) -> Result<LedgerView, Fault> {
        if verify {
            self.verify().await?;
        }
        let view = self.ledger_now();
        if verify {
            self.push(Push::Ledger { view: view.clone() });
        }
        Ok(view)
    }

    async fn verify(&self) -> Result<(), Fault> {
        let mut walk = self.ledger.walk();
        let damage = loop {
            match self.ledger.step(&mut walk) {
                Ok(true) => tokio::task::yield_now().await,
                Ok(false) => break None,
                Err(LedgerError::Damaged(damage)) => break Some(damage.to_string()),
                Err(error) => return Err(fault::ledger(&error)),
            }
        };
        let at = self.time.now().wall.timestamp_millis();
        *self.verified() = Verified { events: walk.events(), at, damage };
        Ok(())
    }

    /// Why nothing that is shown can be relied on, in one sentence; `None` while the ledger is whole.
    pub(crate) fn doubt(&self) -> Option<String> {
        let end = self.ledger.head().seq;
        let damage = self.start.damage.as_ref().map(ToString::to_string);
        if let Some(damage) = damage.or_else(|| self.verified().damage.clone()) {
            return Some(format!("The ledger does not verify: {damage}. What follows ends at event {end}."));
        }
        let lost =
            self.ledger.regression().map(|lost| lost.to_string()).or_else(|| self.signing.contradiction());
        lost.map(|lost| format!("The ledger does not verify: {lost}. What follows ends at event {end}."))
    }

    /// As far as it is known without looking again.
    pub(crate) fn ledger_now(&self) -> LedgerView {
        let head = self.ledger.head();
        let verified = self.verified();
        let line = |state, text: String| CheckedLine { state, text };
        let mut lines = Vec::new();
        let unread = verified.events == 0 && head.seq > 0;
        if unread {
            lines.push(line(State::Pending, "No entry was read back yet".to_owned()));
        } else if verified.damage.is_none() && self.start.damage.is_none() {
            let text =
                format!("{} of {} entries read back, each fits the one before", verified.events, head.seq);
            lines.push(line(State::Pass, text));
        }
        let failed = |text: &dyn ToString| line(State::Fail, text.to_string());
        lines.extend(verified.damage.iter().map(|damage| failed(damage)));
        lines.extend(self.viewing.iter().map(|why| failed(&format!("Opened for viewing: {why}"))));
        lines.extend(self.start.damage.iter().map(|damage| failed(damage)));
        match (self.ledger.regression(), &self.start.regressed) {
            (Some(regression), _) => lines.push(failed(&regression)),
            (None, Some(accepted)) => lines.push(line(State::Stale, format!("Accepted: {accepted}"))),
            (None, None) => {
                lines.push(line(State::Pass, "The anchor outside the file agreed at the start".to_owned()));
            }
        }
        lines.extend(self.signing.contradiction().iter().map(|why| failed(why)));
        lines.extend(self.signing.remark().map(|remark| line(State::Stale, remark)));
        let (state, text) = self.signed();
        lines.push(line(state, text));
        lines.extend(self.start.notices.iter().map(|notice| line(State::Stale, notice.to_string())));
        let order = [State::Fail, State::Stale, State::Pending];
        let worst = order.into_iter().find(|state| lines.iter().any(|line| line.state == *state));
        LedgerView {
            state: worst.unwrap_or(State::Pass),
            events: head.seq,
            verified: verified.events,
            verified_at: verified.at,
            head: head.hash.map(|hash| hash.to_string()),
            lines,
        }
    }
}
