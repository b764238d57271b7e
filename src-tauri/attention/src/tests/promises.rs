//! Whatever is heard, seen and passed, in whatever order and at whatever hour.

use super::*;
use crate::is_critical;
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
pub(super) enum Step {
    Hear { key: usize, lasting: bool },
    Settle { key: usize, by: SettledBy },
    Pass { seconds: i64 },
}

pub(super) fn keys() -> Vec<Key> {
    let topics = [
        Topic::Rollback,
        Topic::NotWatched,
        Topic::Missed,
        Topic::Decision,
        Topic::Overdue,
        Topic::WatchOver,
    ];
    (1..=3).flat_map(|release| topics.map(|topic| key(release, topic, ""))).collect()
}

pub(super) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let key = || 0..keys().len();
    let by = prop_oneof![Just(SettledBy::Seen), Just(SettledBy::Passed)];
    let step = prop_oneof![
        3 => (key(), any::<bool>()).prop_map(|(key, lasting)| Step::Hear { key, lasting }),
        1 => (key(), by).prop_map(|(key, by)| Step::Settle { key, by }),
        3 => prop_oneof![1_i64..40, 1_i64..4_000].prop_map(|seconds| Step::Pass { seconds }),
    ];
    vec(step, 1..80)
}

proptest! {
    #[test]
    fn attention_is_spent_as_promised(steps in steps(), quiet in any::<bool>()) {
        let keys = keys();
        let rules = if quiet { afternoon() } else { Rules::default() };
        let mut attention = Attention::default();
        let mut second = 0;
        let mut said_at: BTreeMap<Key, i64> = BTreeMap::new();
        let mut calm_at: Vec<i64> = Vec::new();
        let mut owed: BTreeMap<Key, i64> = BTreeMap::new();
        for step in steps {
            let mut heard = None;
            match step {
                Step::Hear { key, lasting } => {
                    let is_new = !lasting || !said_at.contains_key(&keys[key]);
                    attention.hear(news(&keys[key], lasting), at(second));
                    if is_new {
                        owed.entry(keys[key].clone()).or_insert(second);
                        heard = Some(&keys[key]);
                    }
                }
                Step::Settle { key, by } => {
                    attention.settle(&keys[key], by);
                    owed.remove(&keys[key]);
                    prop_assert!(!attention.is_open(&keys[key]));
                }
                Step::Pass { seconds } => second += seconds,
            }
            let due = attention.due(at(second), &rules);
            let silent = rules.quiet.is_some_and(|quiet| quiet.covers(at(second)));
            if let Some(heard) = heard.filter(|key| is_critical(key.about.topic) && key.about.topic != Topic::Missed)
                && said_at.get(heard).is_none_or(|said| second - said >= 60)
            {
                // Never merged away: it has a notice of its own, at once and at any hour.
                let own = due.say.iter().any(|saying| saying.of == [heard.clone()] && saying.urgent);
                prop_assert!(own, "{heard:?} at {second}: {due:?}");
            }
            for saying in &due.say {
                for key in &saying.of {
                    prop_assert!(said_at.get(key).is_none_or(|said| second - said >= 60), "{key:?} again");
                    said_at.insert(key.clone(), second);
                    owed.remove(key);
                }
                if !saying.urgent {
                    prop_assert!(!silent, "said in quiet hours: {saying:?}");
                    calm_at.push(second);
                }
            }
            calm_at.retain(|at| second - at < 60);
            prop_assert!(calm_at.len() <= 4, "{calm_at:?}");
        }
        // Nothing is lost: two hours of ticks later everything that was heard has been said.
        for _ in 0..(3 * 60) {
            second += 61;
            for saying in attention.due(at(second), &rules).say {
                saying.of.iter().for_each(|key| { owed.remove(key); });
            }
        }
        prop_assert!(owed.is_empty(), "never said: {owed:?}");
    }

    #[test]
    fn hours_are_read_or_refused_and_never_break(hours in "\\PC{0,12}", zone in "\\PC{0,12}") {
        if let Ok(read) = Quiet::read(&hours, &zone) {
            prop_assert!(Quiet::of(&read).is_ok());
        }
    }
}
