//! Doing what a tick decided, while the next tick looks again.

use crate::engine::Engine;
use crate::engine::live;
use crate::undertaking::Work;
use seaworthy_domain::Acting;
use seaworthy_domain::Event;
use seaworthy_domain::NoticeKey;
use seaworthy_domain::ReleaseId;
use seaworthy_domain::Topic;
use seaworthy_domain::policy::Then;
use seaworthy_rollout::Action;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use seaworthy_wire::Forward;
use seaworthy_wire::Which;
use std::sync::Arc;

/// What one tick decided, and where the release stood then.
pub(crate) struct Decided {
    pub(crate) candidate: u32,
    pub(crate) position: String,
    pub(crate) actions: Vec<Action>,
}

impl Engine {
    /// Records what was decided, begins what is to be done, and tells people. What cannot be recorded keeps the
    /// release from moving on, but neither from going back nor people from hearing of it.
    pub(crate) async fn act(self: &Arc<Self>, id: ReleaseId, decided: Decided) {
        let Decided { candidate, position, actions } = decided;
        let (mut records, mut words) = (Vec::new(), Vec::new());
        let (mut back, mut forward) = (None, false);
        for action in actions {
            match action {
                Action::Record(event) => records.push(event),
                Action::RollBack { reason } => back = Some(reason),
                Action::Advance => forward = true,
                Action::Tell { about, title, body, lasting } => words.push((about, (title, body), lasting)),
            }
        }
        let acts = back.is_some() || forward || !records.is_empty() || !words.is_empty();
        let recorded = match self.record_decided(id, candidate, records) {
            Ok(true) => true,
            // Traffic went back meanwhile: nothing of this is true any more.
            Ok(false) => return,
            Err(fault) => {
                tracing::error!(release = %id, %fault, "what a tick decided could not be recorded");
                false
            }
        };
        if let Some(reason) = back {
            self.undertake(id, Work::Back, |engine| async move { engine.go_back(id, &reason).await });
        } else if forward && recorded {
            self.undertake(id, Work::Forward, |engine| async move { engine.go_on(id, &position).await });
        }
        for (about, words, lasting) in words {
            self.tell(id, about, words, lasting).await;
        }
        if acts {
            self.anchor();
        }
    }

    /// Records all of it or nothing, and only while it is still about this candidate in production.
    fn record_decided(&self, id: ReleaseId, candidate: u32, mut events: Vec<Event>) -> Result<bool, Fault> {
        self.transact(id, |context| {
            let release = context.release;
            if !release.is_exposed() || release.candidate().is_none_or(|c| c.number != candidate) {
                return Ok((Vec::new(), false));
            }
            // A hold that a person set meanwhile stays theirs.
            events.retain(|event| release.hold.is_none() || !matches!(event, Event::HoldSet { .. }));
            Ok((events, true))
        })
    }

    async fn go_back(&self, id: ReleaseId, reason: &str) {
        let Err(fault) = self.roll_back_release(id, reason, false, Some(self.asked_for(id))).await else {
            return;
        };
        tracing::error!(release = %id, %fault, "the automatic rollback did not finish");
        let title = format!("{}: the automatic rollback did not finish", self.name_of(id));
        let about = NoticeKey::named(Topic::RollbackFailed, "attempt");
        self.tell(id, about, (title, fault.to_string()), false).await;
    }

    /// The guardrail that wants traffic back, where it was one.
    fn asked_for(&self, id: ReleaseId) -> Acting {
        let core = self.core();
        let breached = live(&core, id).ok().and_then(|live| {
            let candidate = live.release.candidate()?.number;
            let mut breaches = live.release.breaches.iter().rev();
            breaches.find(|breach| breach.then == Then::Rollback && breach.candidate == candidate)
        });
        breached.map_or(Acting::Watch, |breach| Acting::Guardrail(breach.guardrail.clone()))
    }

    async fn go_on(&self, id: ReleaseId, position: &str) {
        let which = Which { release: Some(id.to_string()), folder: None };
        let Err(fault) = self.forward(&which, &Forward::Advance, position, Some(Acting::Watch)).await else {
            return;
        };
        tracing::error!(release = %id, %fault, "the next stage was not entered");
        if fault.code == Code::Unknown {
            let title = format!("{}: the outcome of a step is unknown", self.name_of(id));
            self.tell(id, NoticeKey::of(Topic::Unknown), (title, fault.to_string()), false).await;
        }
    }
}
