//! What the disposable read models keep of each event.

use crate::words;
use seaworthy_domain::Event;
use seaworthy_ledger::StoredEvent;
use seaworthy_ledger::views::Projection;
use seaworthy_ledger::views::Projector;
use seaworthy_ledger::views::ReleaseRow;

pub(crate) struct Words;

impl Projector for Words {
    /// Counts up when a sentence or a state below changes.
    fn version(&self) -> u32 {
        2
    }

    fn project(&mut self, stored: &StoredEvent, before: Option<&ReleaseRow>) -> Projection {
        let Ok(event) = Event::from_entry(&stored.event.kind, &stored.event.body) else {
            return Projection::default();
        };
        let row = stored.event.release.and_then(|id| {
            let row = match (&event, before) {
                (Event::Opened { project_name, version, .. }, _) => ReleaseRow {
                    id,
                    project: stored.event.project,
                    name: project_name.clone(),
                    version: version.clone(),
                    state: "open".into(),
                    updated_seq: stored.event.seq,
                },
                (_, Some(before)) => before.clone(),
                (_, None) => return None,
            };
            let state = match event {
                Event::Closed { .. } => "closed".to_owned(),
                Event::Abandoned { .. } => "abandoned".to_owned(),
                _ => row.state.clone(),
            };
            Some(ReleaseRow { state, updated_seq: stored.event.seq, ..row })
        });
        // People also look for who did it and for its kind.
        let text = format!("{} {} {}", words::sentence(&event), stored.event.actor, stored.event.kind);
        Projection { text, release: row }
    }
}
