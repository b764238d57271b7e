//! Telling people what is due, and writing down what became of it.

use crate::engine::Engine;
use chrono::DateTime;
use chrono::Utc;
use seaworthy_attention::Key;
use seaworthy_attention::News;
use seaworthy_attention::Saying;
use seaworthy_domain::Event;
use seaworthy_domain::Lifecycle;
use seaworthy_domain::NoticeKey;
use seaworthy_domain::ReleaseId;
use seaworthy_domain::SettledBy;
use seaworthy_domain::Topic;
use seaworthy_ports::Delivery;
use seaworthy_ports::Notice;
use seaworthy_wire::Fault;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// Notices on the desktop that are remembered for what is pressed on them.
const ON_DESKTOP_MAX: usize = 64;
/// The slot of every summary.
const SUMMARY: &str = "summary";

/// What each notice on the desktop tells of, by its slot.
pub(crate) type OnDesktop = BTreeMap<String, Vec<Key>>;

impl Engine {
    /// Notes something that people might have to hear, and tells them what is due. `lasting` is said again for as long as
    /// it is so; else it happened now.
    pub(crate) async fn tell(
        &self,
        id: ReleaseId,
        about: NoticeKey,
        (title, body): (String, String),
        lasting: bool,
    ) {
        if self.ports.notifier.is_none() {
            return;
        }
        let news = News { key: Key { release: id, about }, title, body, lasting };
        let now = self.time.now().wall;
        self.core().attention.hear(news, now);
        self.speak().await;
    }

    /// Shows what is due and records whether it was shown. What cannot be recorded was shown all the same.
    pub(crate) async fn speak(&self) {
        let Some(notifier) = &self.ports.notifier else { return };
        // Held until it is recorded: what is seen meanwhile is recorded after it.
        let mut on_desktop = self.on_desktop.lock().await;
        let (due, names_hidden) = {
            let now = self.time.now().wall;
            let mut core = self.core();
            let rules = core.wishes.rules(self.settings.rehearsal);
            (core.attention.due(now, &rules), core.wishes.names_hidden)
        };
        for News { key, title, body, .. } in due.kept {
            self.note(key.release, Event::NoticeKept { about: key.about, title, body });
        }
        for saying in due.say {
            let notice = self.notice(&saying, names_hidden);
            let slot = notice.slot.clone();
            let undelivered = match notifier.notify(notice).await {
                Delivery::Shown => None,
                Delivery::Undelivered(why) => Some(why),
            };
            if on_desktop.len() < ON_DESKTOP_MAX || on_desktop.contains_key(&slot) {
                on_desktop.insert(slot, saying.of.clone());
            }
            self.note_given(&saying, undelivered.as_deref());
        }
    }

    /// Repeats and what was held back, for releases that nobody looks at too.
    pub(crate) async fn remind(&self) {
        for id in self.known_again() {
            self.passed(id, &[Topic::Unknown]).await;
        }
        for id in self.returned() {
            let words =
                (format!("{} was rolled back", self.name_of(id)), "No visitor has it any more.".to_owned());
            self.passed(id, &[Topic::Rollback, Topic::RollbackFailed]).await;
            self.tell(id, NoticeKey::of(Topic::RolledBack), words, false).await;
        }
        self.speak().await;
    }

    /// Says that nobody looks at a release at the moment, and why.
    pub(crate) async fn unwatched(&self, id: ReleaseId, why: &str) {
        if let Some(live) = self.core().releases.get_mut(&id) {
            live.unwatched = Some(why.to_owned());
        }
        self.changed(id);
        let body = format!("No guardrail is armed meanwhile: {why}");
        let words = (format!("{} is not watched", self.name_of(id)), body);
        self.tell(id, NoticeKey::of(Topic::NotWatched), words, true).await;
    }

    /// These things are no longer so.
    pub(crate) async fn passed(&self, id: ReleaseId, topics: &[Topic]) {
        let now = self.time.now().wall;
        let of = |key: &Key| topics.contains(&key.about.topic);
        let open = self.core().attention.unsettled(id, now);
        if open.iter().any(of) {
            self.settle(id, now, SettledBy::Passed, of).await;
        }
    }

    /// A person saw everything that was said of a release until `at`.
    pub(crate) async fn seen(&self, id: ReleaseId, at: DateTime<Utc>) {
        self.settle(id, at, SettledBy::Seen, |_| true).await;
    }

    /// The same of a person who acted on it. While a service is slow to show something nobody waits for that: what they
    /// did is done, and is answered.
    pub(crate) fn acted(&self, id: ReleaseId, at: DateTime<Utc>) {
        if let Ok(mut on_desktop) = self.on_desktop.try_lock() {
            self.settle_now(&mut on_desktop, (id, at), SettledBy::Seen, |_| true);
        }
    }

    async fn settle(&self, id: ReleaseId, at: DateTime<Utc>, by: SettledBy, wanted: impl Fn(&Key) -> bool) {
        let mut on_desktop = self.on_desktop.lock().await;
        self.settle_now(&mut on_desktop, (id, at), by, wanted);
    }

    fn settle_now(
        &self,
        on_desktop: &mut OnDesktop,
        (id, at): (ReleaseId, DateTime<Utc>),
        by: SettledBy,
        wanted: impl Fn(&Key) -> bool,
    ) {
        let mut keys = self.core().attention.unsettled(id, at);
        keys.retain(|key| wanted(key));
        if keys.is_empty() {
            return;
        }
        let of = keys.iter().map(|key| key.about.clone()).collect();
        self.note(id, Event::NoticeSettled { of, by });
        let gone: Vec<String> = {
            let mut core = self.core();
            // Also where it could not be recorded: nobody is told again what they saw.
            keys.iter().for_each(|key| core.attention.settle(key, by));
            let said = |keys: &Vec<Key>| keys.iter().all(|key| !core.attention.is_open(key));
            on_desktop.iter().filter(|(_, keys)| said(keys)).map(|(slot, _)| slot.clone()).collect()
        };
        for slot in gone {
            on_desktop.remove(&slot);
            if let Some(notifier) = &self.ports.notifier {
                notifier.withdraw(&slot);
            }
        }
    }

    /// Project and version.
    pub(crate) fn name_of(&self, id: ReleaseId) -> String {
        let core = self.core();
        let release = core.releases.get(&id).map(|live| &live.release);
        release.map_or_else(String::new, |release| format!("{} {}", release.project_name, release.version))
    }

    /// Releases that people were told go back, and that are back.
    fn returned(&self) -> Vec<ReleaseId> {
        let core = self.core();
        let told = |id: &ReleaseId| {
            let open = |topic| core.attention.is_open(&Key { release: *id, about: NoticeKey::of(topic) });
            open(Topic::Rollback) || open(Topic::RollbackFailed)
        };
        let back = core.releases.iter().filter(|(_, live)| live.release.lifecycle == Lifecycle::RolledBack);
        back.map(|(id, _)| *id).filter(told).collect()
    }

    /// Releases of which people were told that an outcome is unknown, and that have none any more.
    fn known_again(&self) -> Vec<ReleaseId> {
        let core = self.core();
        let told = |id| core.attention.is_open(&Key { release: id, about: NoticeKey::of(Topic::Unknown) });
        let known = core.releases.iter().filter(|(_, live)| live.release.unknown_operation().is_none());
        known.map(|(id, _)| *id).filter(|id| told(*id)).collect()
    }

    fn notice(&self, saying: &Saying, names_hidden: bool) -> Notice {
        let slot = match saying.of.as_slice() {
            [Key { release, about }] => format!("{release} {:?} {}", about.topic, about.detail),
            _ => SUMMARY.to_owned(),
        };
        let shown = if names_hidden { saying.nameless() } else { saying.clone() };
        let holds = saying.release().is_some_and(|id| {
            let core = self.core();
            let release = core.releases.get(&id).map(|live| &live.release);
            release.is_some_and(|release| release.hold.is_none() && release.is_exposed())
        });
        let clean = |text: &str| self.ports.redactor.text(text).into_owned();
        Notice { slot, title: clean(&shown.title), body: clean(&shown.body), urgent: saying.urgent, holds }
    }

    /// One event for each release that it told of.
    fn note_given(&self, saying: &Saying, undelivered: Option<&str>) {
        let releases: BTreeSet<ReleaseId> = saying.of.iter().map(|key| key.release).collect();
        for id in releases {
            let of = saying.of.iter().filter(|key| key.release == id).map(|key| key.about.clone()).collect();
            let event = Event::Noticed {
                title: saying.title.clone(),
                body: saying.body.clone(),
                urgent: saying.urgent,
                of,
                times: saying.times,
                summary: saying.of.len() > 1,
                undelivered: undelivered.map(str::to_owned),
            };
            self.note(id, event);
        }
    }

    fn note(&self, id: ReleaseId, event: Event) {
        let noted: Result<(), Fault> = self.record(id, &[event]);
        if let Err(fault) = noted {
            tracing::error!(release = %id, %fault, "that people were told could not be recorded");
        }
    }
}
