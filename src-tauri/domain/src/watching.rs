//! What the watch of production changes in a release.

use crate::event::Event;
use crate::fold::Misfit;
use crate::fold::Stamp;
use crate::policy::OnNoData;
use crate::policy::Then;
use crate::release::*;
use crate::time::GAPS_KEPT;

impl Release {
    pub(crate) fn apply_watching(&mut self, event: &Event, stamp: &Stamp<'_>) -> Result<(), Misfit> {
        let at = stamp.at;
        match event {
            Event::HoldSet { reason, cause, acting } => {
                let by = match (cause, acting) {
                    (HoldCause::Guardrail(name), _) => format!("guardrail {name}"),
                    (_, Some(acting)) => acting.to_string(),
                    (HoldCause::Person, None) => stamp.actor.to_owned(),
                    (HoldCause::Rollback, None) => format!("the rollback of {}", stamp.actor),
                };
                self.hold = Some(Hold {
                    reason: reason.clone(),
                    by,
                    acting: acting.clone(),
                    cause: cause.clone(),
                    at,
                });
            }
            Event::HoldLifted { .. } => self.hold = None,
            Event::Breached { guardrail, rule, then, reason, from, at } => {
                if *then == Then::Rollback {
                    self.rollback_owed = Some(reason.clone());
                }
                self.breaches.push(Breach {
                    guardrail: guardrail.clone(),
                    rule: rule.clone(),
                    then: *then,
                    reason: reason.clone(),
                    from: *from,
                    at: *at,
                    candidate: self.candidate().map_or(0, |c| c.number),
                });
            }
            Event::Blind { guardrail, reason, then } => {
                self.blind.insert(guardrail.clone(), at);
                if *then == OnNoData::Rollback {
                    self.rollback_owed = Some(reason.clone());
                }
            }
            Event::GapRecorded { gap } => {
                self.gaps.push(gap.clone());
                if self.gaps.len() > GAPS_KEPT {
                    self.gaps.remove(0);
                }
            }
            Event::GapFilled { fill } => {
                self.fills.push(fill.clone());
                if self.fills.len() > GAPS_KEPT {
                    self.fills.remove(0);
                }
            }
            Event::Soaked { stage, observed_ms, wall_ms, lost_ms } => {
                let entry =
                    self.ladder.as_mut().and_then(|l| l.entered.iter_mut().rev().find(|e| e.stage == *stage));
                let entry = entry.ok_or_else(|| Misfit::Unintroduced {
                    kind: "stage.soaked",
                    what: format!("stage {stage}"),
                })?;
                entry.soaked =
                    Some(Watched { at, observed_ms: *observed_ms, wall_ms: *wall_ms, lost_ms: *lost_ms });
            }
            Event::WatchEnded { watch, observed_ms, wall_ms, lost_ms } => {
                let watched = Watched { at, observed_ms: *observed_ms, wall_ms: *wall_ms, lost_ms: *lost_ms };
                self.watches_ended.insert(watch.clone(), watched);
            }
            _ => {}
        }
        Ok(())
    }
}
