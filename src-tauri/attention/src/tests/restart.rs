//! What the ledger keeps is enough: after a restart the machine says what it would have said.

use super::promises::Step;
use super::promises::keys;
use super::promises::steps;
use super::*;
use proptest::prelude::*;

enum Recorded {
    Given(Key, Given),
    Kept(News),
    Settled(Key, SettledBy),
}

fn folded(record: &[(i64, Recorded)]) -> Attention {
    let mut attention = Attention::default();
    for (second, recorded) in record {
        match recorded {
            Recorded::Given(key, given) => attention.given(key, given.clone(), at(*second)),
            Recorded::Kept(news) => attention.kept(news.clone(), at(*second)),
            Recorded::Settled(key, by) => attention.settle(key, *by),
        }
    }
    attention
}

fn recorded(due: &Due) -> Vec<Recorded> {
    let given = due.say.iter().flat_map(|saying| {
        saying.of.iter().map(|key| {
            let (title, body, own) = (saying.title.clone(), saying.body.clone(), saying.of.len() == 1);
            Recorded::Given(key.clone(), Given { title, body, times: saying.times, own, undelivered: None })
        })
    });
    given.chain(due.kept.iter().cloned().map(Recorded::Kept)).collect()
}

fn told(due: &Due) -> Vec<(Vec<Key>, bool)> {
    due.say.iter().map(|saying| (saying.of.clone(), saying.urgent)).collect()
}

proptest! {
    #[test]
    fn a_restart_forgets_nothing_that_was_recorded(steps in steps(), quiet in any::<bool>()) {
        let keys = keys();
        let rules = if quiet { afternoon() } else { Rules::default() };
        let mut attention = Attention::default();
        let mut record = Vec::new();
        let mut second = 0;
        for step in steps {
            match step {
                Step::Hear { key, lasting } => attention.hear(news(&keys[key], lasting), at(second)),
                Step::Settle { key, by } => {
                    if attention.is_open(&keys[key]) {
                        record.push((second, Recorded::Settled(keys[key].clone(), by)));
                    }
                    attention.settle(&keys[key], by);
                }
                Step::Pass { seconds } => second += seconds,
            }
            let due = attention.due(at(second), &rules);
            record.extend(recorded(&due).into_iter().map(|one| (second, one)));
        }
        // What waits for its minute or for the other releases was not recorded yet; let it be said.
        for _ in 0..30 {
            second += 61;
            let due = attention.due(at(second), &rules);
            record.extend(recorded(&due).into_iter().map(|one| (second, one)));
        }
        let mut restarted = folded(&record);
        for _ in 0..300 {
            second += 61;
            let (one, other) = (attention.due(at(second), &rules), restarted.due(at(second), &rules));
            prop_assert_eq!(told(&one), told(&other), "at {}", second);
        }
    }
}
