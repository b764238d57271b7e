//! Everything that was heard, and what of it is due.

use crate::quiet::Quiet;
use crate::saying::Due;
use crate::saying::Key;
use crate::saying::News;
use crate::saying::Saying;
use crate::topic::is_critical;
use crate::unheard::Unheard;
use crate::unheard::Unheards;
use chrono::DateTime;
use chrono::TimeDelta;
use chrono::Utc;
use seaworthy_domain::ReleaseId;
use seaworthy_domain::SettledBy;
use seaworthy_domain::Topic;
use std::collections::BTreeMap;
use std::collections::VecDeque;

/// Minutes before something that needs somebody is said again, and again; the last one stays.
const REPEATS_MIN: [i64; 3] = [1, 5, 15];
/// Between two notices about the same thing.
const SAME_KEY_PAUSE: TimeDelta = TimeDelta::minutes(1);
/// Something not said for so long is new again, and something that needs nobody any more is forgotten.
const FORGOTTEN: TimeDelta = TimeDelta::hours(1);
/// Notices that can wait, in one [`BUDGET_SPAN`].
const BUDGET_MAX: usize = 4;
const BUDGET_SPAN: TimeDelta = TimeDelta::minutes(1);
/// How long what was missed is gathered: after a wake every release finds out within its first looks.
const MISSED_GATHERS: TimeDelta = TimeDelta::seconds(20);

/// What a person decided about being told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Hours in which nothing is said that can wait.
    pub quiet: Option<Quiet>,
    /// Nothing is repeated: a rehearsal's minutes pass in a moment.
    pub once: bool,
}

/// What is recorded of a notice, per thing that it told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// Its line.
    pub title: String,
    /// Its text.
    pub body: String,
    /// How often it had been said, with this time.
    pub times: u32,
    /// The words are those of this thing and not of a summary.
    pub own: bool,
    /// Why nobody was told.
    pub undelivered: Option<String>,
}

/// Something that needs somebody and that nobody is known to have seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// What.
    pub key: Key,
    /// Its line.
    pub title: String,
    /// Its text.
    pub body: String,
    /// When it was last said, and how often.
    pub said: Option<(DateTime<Utc>, u32)>,
}

/// The machine.
#[derive(Clone, Debug, Default)]
pub struct Attention {
    known: BTreeMap<Key, Known>,
    /// When something that could have waited was said.
    spent: VecDeque<DateTime<Utc>>,
    unheard: Unheards,
}

#[derive(Clone, Debug)]
struct Known {
    title: String,
    body: String,
    heard_at: DateTime<Utc>,
    /// Since when it waits to be said.
    waits: Option<DateTime<Utc>>,
    /// It was held back, and that is recorded.
    kept: bool,
    said: Option<(DateTime<Utc>, u32)>,
    settled: Option<SettledBy>,
}

impl Known {
    fn spaced(&self, now: DateTime<Utc>) -> bool {
        self.said.is_none_or(|(at, _)| now - at >= SAME_KEY_PAUSE)
    }

    fn repeats(&self, now: DateTime<Utc>) -> bool {
        let Some((at, times)) = self.said.filter(|_| self.waits.is_none() && self.settled.is_none()) else {
            return false;
        };
        let step = usize::try_from(times).unwrap_or(usize::MAX).clamp(1, REPEATS_MIN.len());
        now - at >= TimeDelta::minutes(REPEATS_MIN[step - 1])
    }
}

impl Attention {
    /// Takes in what people might have to hear.
    pub fn hear(&mut self, news: News, now: DateTime<Utc>) {
        let News { key, title, body, lasting } = news;
        let Some(known) = self.known.get_mut(&key) else {
            let known = Known {
                title,
                body,
                heard_at: now,
                waits: Some(now),
                kept: false,
                said: None,
                settled: None,
            };
            self.known.insert(key, known);
            return;
        };
        let forgotten = now - known.heard_at >= FORGOTTEN;
        let again = !lasting || forgotten || known.said.is_none();
        if again {
            known.waits.get_or_insert(now);
            known.settled = None;
            known.said = known.said.map(|(at, _)| (at, 0));
        } else if known.settled == Some(SettledBy::Passed) {
            // It came back soon: not a new thing, but one that goes on being said.
            known.settled = None;
        }
        (known.title, known.body, known.heard_at) = (title, body, now);
    }

    /// Whether something is still to be said of it.
    #[must_use]
    pub fn is_open(&self, key: &Key) -> bool {
        self.known.get(key).is_some_and(|known| {
            known.settled.is_none() && (known.waits.is_some() || is_critical(key.about.topic))
        })
    }

    /// What is still to be said of a release and was so at `at`.
    #[must_use]
    pub fn unsettled(&self, release: ReleaseId, at: DateTime<Utc>) -> Vec<Key> {
        let since = |known: &Known| known.said.map_or(known.heard_at, |(said, _)| said);
        let of = self.known.iter().filter(|(key, known)| key.release == release && since(known) <= at);
        of.filter(|(key, _)| self.is_open(key)).map(|(key, _)| key.clone()).collect()
    }

    /// Takes in that a thing was seen or passed.
    pub fn settle(&mut self, key: &Key, by: SettledBy) {
        if let Some(known) = self.known.get_mut(key) {
            (known.settled, known.waits, known.kept) = (Some(by), None, false);
        }
    }

    /// Nothing more is said of a release that is over.
    pub fn over(&mut self, release: ReleaseId) {
        self.known.retain(|key, _| key.release != release);
    }

    /// Takes in what the ledger says was told.
    pub fn given(&mut self, key: &Key, given: Given, at: DateTime<Utc>) {
        let Given { title, body, times, own, undelivered } = given;
        match undelivered {
            None => self.unheard.arrived(key),
            Some(why) if is_critical(key.about.topic) => {
                self.unheard.failed(Unheard { key: key.clone(), title: title.clone(), why, at });
            }
            Some(_) => {}
        }
        let known = self.known.entry(key.clone()).or_insert_with(|| Known {
            title: title.clone(),
            body: body.clone(),
            heard_at: at,
            waits: None,
            kept: false,
            said: None,
            settled: None,
        });
        // What is said after it was settled happened again.
        (known.said, known.settled) = (Some((at, times)), None);
        if known.kept {
            (known.kept, known.waits) = (false, None);
        }
        if own && known.waits.is_none() {
            (known.title, known.body) = (title, body);
        }
    }

    /// Takes in what the ledger says was held back.
    pub fn kept(&mut self, news: News, at: DateTime<Utc>) {
        let News { key, title, body, .. } = news;
        let said = self.known.get(&key).and_then(|known| known.said);
        let known = Known { title, body, heard_at: at, waits: Some(at), kept: true, said, settled: None };
        self.known.insert(key, known);
    }

    /// What is to be said now; it counts as said from now on, whatever becomes of it.
    pub fn due(&mut self, now: DateTime<Utc>, rules: &Rules) -> Due {
        self.forget(now);
        let mut due = Due::default();
        let waiting = self.waiting(now);
        let (critical, calm): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|(_, news)| is_critical(news.key.about.topic));
        let (missed, first): (Vec<_>, Vec<_>) =
            critical.into_iter().partition(|(_, news)| news.key.about.topic == Topic::Missed);
        for (_, news) in first {
            let times = self.say(&news.key, now);
            due.say.push(Saying::single(&news, times));
        }
        if missed.first().is_some_and(|(since, _)| now - *since >= MISSED_GATHERS) {
            due.say.extend(self.say_together(missed, now));
        }
        if !rules.once {
            let again = self.again(now);
            due.say.extend(self.say_together(again, now));
        }
        if rules.quiet.is_some_and(|quiet| quiet.covers(now)) {
            due.kept = self.keep(calm);
        } else {
            self.calmly(calm, now, &mut due);
        }
        due
    }

    /// What needs somebody and was not seen, oldest first.
    pub fn open(&self, release: ReleaseId) -> impl Iterator<Item = Open> {
        let of = self.known.iter().filter(move |(key, _)| key.release == release);
        let open = of.filter(|(key, known)| known.settled.is_none() && is_critical(key.about.topic));
        open.map(|(key, known)| Open {
            key: key.clone(),
            title: known.title.clone(),
            body: known.body.clone(),
            said: known.said,
        })
    }

    /// What nobody could be told about a release, newest first; also once it is over.
    pub fn unheard(&self, release: ReleaseId) -> impl Iterator<Item = &Unheard> {
        self.unheard.of(release)
    }

    fn forget(&mut self, now: DateTime<Utc>) {
        let old = |at: DateTime<Utc>| now - at >= FORGOTTEN;
        self.known.retain(|key, known| {
            let wanted = known.waits.is_some() || (known.settled.is_none() && is_critical(key.about.topic));
            wanted || !old(known.heard_at) || known.said.is_some_and(|(at, _)| !old(at))
        });
        self.spent.retain(|at| now - *at < BUDGET_SPAN);
    }

    /// What waits and may be said again, longest first.
    fn waiting(&self, now: DateTime<Utc>) -> Vec<(DateTime<Utc>, News)> {
        let waiting = self.known.iter().filter(|(_, known)| known.spaced(now));
        let mut waiting: Vec<_> =
            waiting.filter_map(|(key, known)| Some((known.waits?, news(key, known)))).collect();
        waiting.sort_by_key(|(since, _)| *since);
        waiting
    }

    fn again(&self, now: DateTime<Utc>) -> Vec<(DateTime<Utc>, News)> {
        let again =
            self.known.iter().filter(|(key, known)| is_critical(key.about.topic) && known.repeats(now));
        again.map(|(key, known)| (now, news(key, known))).collect()
    }

    fn say(&mut self, key: &Key, now: DateTime<Utc>) -> u32 {
        let Some(known) = self.known.get_mut(key) else { return 1 };
        let times = known.said.map_or(1, |(_, times)| times + 1);
        (known.said, known.waits, known.kept) = (Some((now, times)), None, false);
        times
    }

    fn say_together(&mut self, all: Vec<(DateTime<Utc>, News)>, now: DateTime<Utc>) -> Option<Saying> {
        let said: Vec<_> = all.into_iter().map(|(_, news)| (self.say(&news.key, now), news)).collect();
        Saying::summary(&said.into_iter().map(|(times, news)| (news, times)).collect::<Vec<_>>())
    }

    fn keep(&mut self, calm: Vec<(DateTime<Utc>, News)>) -> Vec<News> {
        let mut newly = Vec::new();
        for (_, news) in calm {
            if let Some(known) = self.known.get_mut(&news.key).filter(|known| !known.kept) {
                known.kept = true;
                newly.push(news);
            }
        }
        newly
    }

    /// Says what can wait: by itself as far as the budget goes, the rest as one.
    fn calmly(&mut self, mut calm: Vec<(DateTime<Utc>, News)>, now: DateTime<Utc>, due: &mut Due) {
        let room = BUDGET_MAX.saturating_sub(self.spent.len());
        if calm.is_empty() || room == 0 {
            return;
        }
        let held_back = |news: &News| self.known.get(&news.key).is_some_and(|known| known.kept);
        let single = match calm.len() {
            _ if calm.iter().any(|(_, news)| held_back(news)) => 0,
            few if few <= room => few,
            _ => room - 1,
        };
        let rest = calm.split_off(single);
        for (_, news) in calm {
            let times = self.say(&news.key, now);
            due.say.push(Saying::single(&news, times));
        }
        let together = self.say_together(rest, now);
        self.spent.extend(std::iter::repeat_n(now, single + usize::from(together.is_some())));
        due.say.extend(together);
    }
}

fn news(key: &Key, known: &Known) -> News {
    News { key: key.clone(), title: known.title.clone(), body: known.body.clone(), lasting: false }
}
