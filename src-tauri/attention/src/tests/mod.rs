//! The machine alone: what it promises, case by case and at random.

mod promises;
mod restart;

use crate::Attention;
use crate::Due;
use crate::Given;
use crate::Key;
use crate::News;
use crate::Quiet;
use crate::Rules;
use chrono::DateTime;
use chrono::Utc;
use seaworthy_domain::NoticeKey;
use seaworthy_domain::ReleaseId;
use seaworthy_domain::SettledBy;
use seaworthy_domain::Topic;

pub(super) fn at(second: i64) -> DateTime<Utc> {
    // A Monday, 12:00 UTC.
    DateTime::from_timestamp(1_800_014_400 + second, 0).unwrap()
}

pub(super) fn key(release: u128, topic: Topic, detail: &str) -> Key {
    Key { release: ReleaseId(uuid::Uuid::from_u128(release)), about: NoticeKey::named(topic, detail) }
}

pub(super) fn news(key: &Key, lasting: bool) -> News {
    let title = format!("shop {}: {:?} {}", key.release.0.as_u128(), key.about.topic, key.about.detail);
    News { key: key.clone(), title, body: "error_rate > 1%".into(), lasting }
}

/// From 13:00 to 15:00 UTC, an hour after [`at`] begins.
pub(super) fn afternoon() -> Rules {
    Rules { quiet: Some(Quiet::of(&Quiet::read("13:00-15:00", "UTC").unwrap()).unwrap()), once: false }
}

pub(super) fn titles(due: &Due) -> Vec<&str> {
    due.say.iter().map(|saying| saying.title.as_str()).collect()
}

#[test]
fn what_needs_somebody_is_repeated_until_it_is_seen() {
    let mut attention = Attention::default();
    let breach = key(1, Topic::OverLimit, "errors");
    attention.hear(news(&breach, false), at(0));
    let mut said = Vec::new();
    for second in 0..4_000 {
        let due = attention.due(at(second), &Rules::default());
        said.extend(due.say.iter().map(|saying| (second, saying.times)));
    }
    assert_eq!(said, [(0, 1), (60, 2), (360, 3), (1_260, 4), (2_160, 5), (3_060, 6), (3_960, 7)]);
    assert!(attention.is_open(&breach));
    attention.settle(&breach, SettledBy::Seen);
    assert!((4_000..40_000).all(|second| attention.due(at(second), &Rules::default()).say.is_empty()));
}

#[test]
fn what_is_so_all_the_time_is_no_news_and_what_happens_again_is() {
    let mut attention = Attention::default();
    let overdue = key(1, Topic::Overdue, "");
    let mut said = 0;
    for second in (0..7_200).step_by(15) {
        attention.hear(news(&overdue, true), at(second));
        said += attention.due(at(second), &Rules::default()).say.len();
    }
    assert_eq!(said, 1);

    let seen = key(1, Topic::RollbackFailed, "");
    attention.hear(news(&seen, true), at(8_000));
    assert_eq!(attention.due(at(8_000), &Rules::default()).say.len(), 1);
    attention.settle(&seen, SettledBy::Seen);
    attention.hear(news(&seen, true), at(8_200));
    assert!(attention.due(at(8_200), &Rules::default()).say.is_empty(), "it was seen and is still so");
    attention.hear(news(&seen, false), at(8_300));
    assert_eq!(attention.due(at(8_300), &Rules::default()).say.len(), 1, "it happened again");
}

#[test]
fn what_comes_and_goes_is_not_said_each_time() {
    let mut attention = Attention::default();
    let blind = key(1, Topic::NotWatched, "");
    let mut said = Vec::new();
    for second in (0..1_300).step_by(30) {
        attention.hear(news(&blind, true), at(second));
        said.extend(attention.due(at(second), &Rules::default()).say.iter().map(|_| second));
        attention.settle(&blind, SettledBy::Passed);
    }
    assert_eq!(said, [0, 60, 360, 1_260]);
}

#[test]
fn quiet_hours_keep_what_can_wait_and_nothing_else() {
    let mut attention = Attention::default();
    let (decide, breach) = (key(1, Topic::Decision, ""), key(1, Topic::Rollback, ""));
    let watch = key(2, Topic::WatchOver, "first hour");
    let in_quiet = at(3_600);
    for (of, lasting) in [(&decide, false), (&watch, false), (&breach, false)] {
        attention.hear(news(of, lasting), in_quiet);
    }
    let due = attention.due(in_quiet, &afternoon());
    assert_eq!(titles(&due), ["shop 1: Rollback "]);
    assert_eq!(due.kept.len(), 2);
    assert_eq!(attention.due(at(3_601), &afternoon()), Due::default(), "they are recorded once");
    attention.settle(&breach, SettledBy::Seen);
    let due = attention.due(at(3 * 3_600), &afternoon());
    assert_eq!(titles(&due), ["2 things to know"]);
    assert_eq!(due.say[0].body, "shop 1: Decision \nshop 2: WatchOver first hour");
    assert_eq!(attention.due(at(3 * 3_600 + 1), &afternoon()), Due::default());
}

#[test]
fn what_was_missed_is_one_summary() {
    let mut attention = Attention::default();
    for release in 1..=7 {
        attention.hear(news(&key(release, Topic::Missed, ""), false), at(release.try_into().unwrap()));
        assert!(attention.due(at(7), &Rules::default()).say.is_empty());
    }
    let due = attention.due(at(21), &Rules::default());
    assert_eq!(titles(&due), ["7 things need you"]);
    assert!(due.say[0].body.ends_with("and 2 more"), "{}", due.say[0].body);
    assert!(due.say[0].urgent && due.say[0].release().is_none());
    let nameless = due.say[0].nameless();
    assert!(!nameless.body.contains("shop") && !nameless.title.contains("shop"), "{nameless:?}");
}

#[test]
fn a_flood_of_what_can_wait_is_a_few_notices_and_a_summary() {
    let mut attention = Attention::default();
    for release in 1..=500 {
        attention.hear(news(&key(release, Topic::WatchOver, "day"), false), at(0));
    }
    let due = attention.due(at(0), &Rules::default());
    assert_eq!(due.say.len(), 4);
    assert_eq!(due.say[3].title, "497 things to know");
    assert_eq!(attention.due(at(59), &Rules::default()), Due::default());
}

#[test]
fn every_topic_has_words_without_names() {
    for topic in [Topic::Rollback, Topic::Decision, Topic::NotKept] {
        let mut attention = Attention::default();
        attention.hear(news(&key(1, topic, "errors"), false), at(0));
        let nameless = attention.due(at(0), &Rules::default()).say[0].nameless();
        assert!(!format!("{}{}", nameless.title, nameless.body).contains("shop"));
        assert!(!nameless.body.contains("error_rate"));
    }
}

#[test]
fn what_nobody_could_be_told_is_remembered_until_it_arrives() {
    let mut attention = Attention::default();
    let breach = key(1, Topic::OverLimit, "errors");
    let given = |undelivered: Option<&str>| Given {
        title: "t".into(),
        body: "b".into(),
        times: 1,
        own: true,
        undelivered: undelivered.map(str::to_owned),
    };
    attention.given(&breach, given(Some("no service")), at(0));
    attention.over(breach.release);
    let unheard: Vec<_> = attention.unheard(breach.release).map(|unheard| unheard.why.clone()).collect();
    assert_eq!(unheard, ["no service"]);
    attention.given(&breach, given(None), at(60));
    assert_eq!(attention.unheard(breach.release).count(), 0);
}

#[test]
fn quiet_hours_are_read_and_kept_on_somebodys_clock() {
    let night = |zone| Quiet::of(&Quiet::read("22:00 - 07:00", zone).unwrap()).unwrap();
    let clock = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    assert!(night("Europe/Berlin").covers(clock("2026-01-05T21:00:00Z")));
    assert!(!night("Europe/Berlin").covers(clock("2026-01-05T20:59:59Z")));
    assert!(night("Europe/Berlin").covers(clock("2026-07-05T20:00:00Z")), "summer time");
    assert!(night("Europe/Berlin").covers(clock("2026-01-05T05:59:59Z")));
    assert!(!night("Europe/Berlin").covers(clock("2026-01-05T06:00:00Z")));
    for (hours, zone, why) in [
        ("22:00", "UTC", "two times of day"),
        ("22:00-25:00", "UTC", "two times of day"),
        ("22:00-22:00", "UTC", "different times"),
        ("22:00-07:00", "Mars/Olympus", "no time zone"),
    ] {
        let error = Quiet::read(hours, zone).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}
