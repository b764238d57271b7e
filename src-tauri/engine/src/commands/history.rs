//! What happened, and how this installation is.

use crate::engine::Engine;
use crate::fault;
use crate::known;
use crate::words;
use seaworthy_domain::Event;
use seaworthy_domain::HoldCause;
use seaworthy_domain::ProjectId;
use seaworthy_domain::Release;
use seaworthy_domain::ReleaseId;
use seaworthy_ledger::StoredEvent;
use seaworthy_ledger::views::EventFilter;
use seaworthy_wire::DoctorLine;
use seaworthy_wire::DoctorView;
use seaworthy_wire::EventDetail;
use seaworthy_wire::EventGroup;
use seaworthy_wire::EventPage;
use seaworthy_wire::EventView;
use seaworthy_wire::Fault;
use seaworthy_wire::State;
use seaworthy_wire::Which;

/// Entries in one page.
const PAGE_MAX: u32 = 200;

/// Which entries a page shows.
pub(crate) struct Wanted<'a> {
    pub(crate) which: Option<&'a Which>,
    pub(crate) search: Option<&'a str>,
    pub(crate) group: Option<EventGroup>,
}

impl Engine {
    /// A page of entries, newest first: those that fit everything that is asked for.
    pub(crate) fn log(
        &self,
        wanted: &Wanted<'_>,
        before: Option<u64>,
        limit: u32,
    ) -> Result<EventPage, Fault> {
        let limit = limit.clamp(1, PAGE_MAX) as usize;
        let filter = EventFilter {
            release: wanted.which.map(|which| self.find(which)).transpose()?.map(|id| id.0),
            kinds: wanted.group.map_or(&[], words::kinds),
            words: wanted.search,
        };
        if filter == EventFilter::default() {
            return self.all(before, limit);
        }
        let rows = self.views.events(&self.ledger, &filter, before, limit).map_err(|e| fault::ledger(&e))?;
        let next = (rows.len() == limit).then(|| rows.last().map(|row| row.seq)).flatten();
        let stored = rows.iter().map(|row| self.stored(row.seq));
        let events = stored.map(|found| found.map(|found| self.told(&found))).collect::<Result<_, _>>()?;
        Ok(EventPage { events, next, doubt: self.doubt() })
    }

    /// The read models find an entry; what is shown of it comes from the ledger.
    fn stored(&self, seq: u64) -> Result<StoredEvent, Fault> {
        let Some(after) = seq.checked_sub(1) else {
            return Err(fault::bad_input("entries are counted from 1"));
        };
        let found = self.ledger.events(after, 1).map_err(|e| fault::ledger(&e))?;
        found.into_iter().next().ok_or_else(|| fault::bad_input(format!("there is no entry {seq}")))
    }

    /// One entry with what it is made of.
    pub(crate) fn event(&self, seq: u64) -> Result<EventDetail, Fault> {
        let stored = self.stored(seq)?;
        let read = serde_json::from_slice::<serde_json::Value>(&stored.bytes);
        let laid_out = read.and_then(|value| serde_json::to_string_pretty(&value));
        let text = laid_out.map_err(|e| fault::integrity(format!("entry {seq} is no JSON: {e}")))?;
        Ok(EventDetail {
            event: self.told(&stored),
            previous: stored.event.prev.map(|hash| hash.to_string()),
            stored: text,
        })
    }

    /// An entry of a release is told with what the release knows of its operations.
    fn told(&self, stored: &StoredEvent) -> EventView {
        let core = self.core();
        let live = stored.event.release.and_then(|id| core.releases.get(&ReleaseId(id)));
        event_view(stored, live.map(|live| &live.release))
    }

    fn all(&self, before: Option<u64>, limit: usize) -> Result<EventPage, Fault> {
        let newest = self.ledger.head().seq + 1;
        let end = before.unwrap_or(newest).clamp(1, newest);
        let from = end.saturating_sub(limit as u64 + 1);
        let count = usize::try_from(end - 1 - from).unwrap_or(0);
        let mut events = self.ledger.events(from, count.max(1)).map_err(|e| fault::ledger(&e))?;
        events.truncate(count);
        let events: Vec<_> = events.iter().rev().map(|stored| self.told(stored)).collect();
        Ok(EventPage { events, next: (from > 0).then_some(from + 1), doubt: self.doubt() })
    }

    /// All entries of a release, oldest first.
    pub(crate) fn whole_log(&self, id: ReleaseId) -> Result<Vec<EventView>, Fault> {
        let events = self.ledger.release_events(id.0).map_err(|e| fault::ledger(&e))?;
        Ok(events.iter().map(|stored| self.told(stored)).collect())
    }

    /// How this installation is.
    pub(crate) async fn doctor(&self) -> DoctorView {
        let line = |what: &str, state, text: String| DoctorLine { what: what.to_owned(), state, text };
        let head = self.ledger.head();
        let mut lines = vec![
            line("version", State::Pass, env!("CARGO_PKG_VERSION").to_owned()),
            line("data directory", State::Pass, self.settings.home.display().to_string()),
            line("person", State::Pass, self.settings.actor.clone()),
            line(
                "ledger",
                State::Pass,
                format!("{} events verified at start, {} now", self.start.events, head.seq),
            ),
        ];
        lines.extend(
            self.viewing.iter().map(|why| line("ledger", State::Fail, format!("opened for viewing: {why}"))),
        );
        lines.extend(self.start.damage.iter().map(|damage| line("ledger", State::Fail, damage.to_string())));
        if self.short.load(std::sync::atomic::Ordering::SeqCst) {
            let text =
                "full; what was held back for a hold or a rollback is in use, free some space".to_owned();
            lines.push(line("disk", State::Fail, text));
        }
        lines.extend(self.ledger.regression().iter().map(|regression| {
            line(
                "ledger",
                State::Fail,
                format!("{regression}; accept it with `seaworthy doctor --accept-regression`"),
            )
        }));
        let accept = "accept it with `seaworthy doctor --accept-regression`";
        let contradiction = self.signing.contradiction();
        lines.extend(contradiction.map(|why| line("ledger", State::Fail, format!("{why}; {accept}"))));
        lines.extend(self.signing.remark().map(|remark| line("ledger", State::Stale, remark)));
        lines
            .extend(self.start.notices.iter().map(|notice| line("ledger", State::Stale, notice.to_string())));
        if self.viewing.is_none() {
            lines.push(
                match self.ledger.verify_deep().and_then(|seq| self.ledger.check_pages().map(|()| seq)) {
                    Ok(seq) => {
                        line("ledger file", State::Pass, format!("{seq} events and every page read strictly"))
                    }
                    Err(error) => line("ledger file", State::Fail, error.to_string()),
                },
            );
        }
        let head = head.hash.map_or_else(|| "empty".to_owned(), |hash| hash.to_string());
        lines.push(line("ledger head", State::Pass, head));
        match self.ports.evidence.partials() {
            Ok(partials) if partials.is_empty() => {}
            Ok(partials) => lines.push(line(
                "evidence",
                State::Stale,
                format!("{} logs were cut off by a crash and are kept as partial", partials.len()),
            )),
            Err(error) => lines.push(line("evidence", State::Fail, error.to_string())),
        }
        lines.push(match &self.ports.notifier {
            None => line("notifications", State::NotApplicable, "a rehearsal shows none".to_owned()),
            Some(notifier) => match notifier.service().await {
                Ok(service) => line("notifications", State::Pass, service),
                Err(why) => line("notifications", State::NotArmed, format!("none can be shown: {why}")),
            },
        });
        lines.extend(self.stores_told().await);
        lines.extend(self.key_line().await);
        DoctorView { lines }
    }

    /// Accepts a ledger that lost its newest events, and writes down that this happened.
    pub(crate) fn accept_regression(&self, reason: &str) -> Result<(), Fault> {
        let reason = super::life::required(reason, "accepting a shortened ledger")?;
        let regression = self.ledger.regression();
        let signed = self.signing.accept().map_err(|e| fault::ledger(&e))?;
        let (expected_seq, found_seq) = match (&regression, signed) {
            (Some(regression), _) => (regression.anchor.seq, regression.head.seq),
            (None, Some(signed)) => (signed, self.ledger.head().seq),
            (None, None) => {
                return Err(fault::refused("the ledger lost nothing; there is nothing to accept"));
            }
        };
        self.ledger.acknowledge_regression().map_err(|e| fault::ledger(&e))?;
        let event = Event::RegressionAccepted { expected_seq, found_seq, reason };
        self.record_for_project(ProjectId(uuid::Uuid::nil()), &[event])?;
        crate::recover::settle_after_regression(self)
    }
}

/// An entry as people read it, told with its release where that is known.
pub(crate) fn event_view(stored: &StoredEvent, release: Option<&Release>) -> EventView {
    let event = Event::from_entry(&stored.event.kind, &stored.event.body);
    let operation = event.as_ref().ok().zip(release).and_then(|(e, release)| known::operation_of(e, release));
    EventView {
        seq: stored.event.seq,
        at: stored.event.at.wall.timestamp_millis(),
        actor: event.as_ref().map_or_else(
            |_| stored.event.actor.clone(),
            |event| {
                known::who(event, release.map_or(&[], |release| &release.operations), &stored.event.actor)
            },
        ),
        kind: stored.event.kind.clone(),
        state: event.as_ref().map_or(State::Unknown, words::glyph),
        text: event.as_ref().map_or_else(ToString::to_string, |event| known::told(event, release)),
        release: stored.event.release.map(|id| id.to_string()),
        release_name: release.map(|release| format!("{} {}", release.project_name, release.version)),
        call: operation.map(|operation| operation.id.to_string()),
        back: operation.map_or_else(
            || matches!(&event, Ok(Event::HoldSet { cause: HoldCause::Rollback, .. })),
            |operation| operation.act.is_backward(),
        ),
        hash: stored.hash.to_string(),
    }
}
