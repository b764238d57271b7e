//! Telling people, often enough to be heard and not more often.

use crate::core::Told;
use crate::engine::Engine;
use chrono::TimeDelta;
use seaworthy_domain::Event;
use seaworthy_domain::ReleaseId;
use seaworthy_ports::Delivery;
use seaworthy_ports::Notice;
use seaworthy_wire::Fault;

/// Minutes before the same thing is said again, and again; the last one stays.
const REPEATS_MIN: [i64; 3] = [1, 5, 15];
/// Something not said for so long is new again.
const FORGOTTEN: TimeDelta = TimeDelta::hours(1);

impl Engine {
    /// Shows a notice and records whether it was shown. The same one is repeated only from time to time.
    ///
    /// # Errors
    /// When it cannot be recorded; it was shown all the same.
    pub(crate) async fn tell(
        &self,
        id: ReleaseId,
        title: String,
        body: String,
        urgent: bool,
    ) -> Result<(), Fault> {
        let Some(notifier) = &self.ports.notifier else { return Ok(()) };
        if !self.is_news(id, &title) {
            return Ok(());
        }
        let delivery = notifier.notify(Notice { title: title.clone(), body, urgent }).await;
        let undelivered = match delivery {
            Delivery::Shown => None,
            Delivery::Undelivered(why) => Some(why),
        };
        self.record(id, &[Event::Noticed { title, urgent, undelivered }])
    }

    /// Says that nobody looks at a release at the moment, and why.
    pub(crate) async fn unwatched(&self, id: ReleaseId, why: &str) {
        if let Some(live) = self.core().releases.get_mut(&id) {
            live.unwatched = Some(why.to_owned());
        }
        self.changed(id);
        let body = format!("No guardrail is armed meanwhile: {why}");
        if let Err(fault) = self.tell(id, format!("{} is not watched", self.name_of(id)), body, true).await {
            tracing::error!(release = %id, %fault, "that people were told could not be recorded");
        }
    }

    /// Project and version.
    pub(crate) fn name_of(&self, id: ReleaseId) -> String {
        let core = self.core();
        let release = core.releases.get(&id).map(|live| &live.release);
        release.map_or_else(String::new, |release| format!("{} {}", release.project_name, release.version))
    }

    fn is_news(&self, id: ReleaseId, title: &str) -> bool {
        let now = self.time.now();
        let mut core = self.core();
        let Some(live) = core.releases.get_mut(&id) else { return false };
        let times = match live.told.get(title) {
            None => 0,
            Some(told) => {
                let wait = REPEATS_MIN[told.times.min(REPEATS_MIN.len()) - 1];
                match now.since(&told.at) {
                    Some(since) if since < TimeDelta::minutes(wait) => return false,
                    Some(since) if since < FORGOTTEN => told.times,
                    _ => 0,
                }
            }
        };
        live.told.insert(title.to_owned(), Told { at: now, times: times + 1 });
        true
    }
}
