//! Rules without `for` and `over`: the newest fresh sample decides.

use super::{Outcome, Subject, view::Point, words};
use crate::{Condition, Traffic};

pub(super) fn evaluate(subject: &Subject<'_>, newest: Point, stale: Option<String>) -> Outcome {
    if let Some(reason) = stale {
        return Outcome::new(Condition::NoData, reason).between(newest.at, newest.at);
    }
    let count =
        subject.counter.as_ref().map(|counter| counter.at(newest.at, subject.view.spec().interval.delta()));
    let mut outcome = match &count {
        Some(count) if !count.enough() => Outcome::new(Condition::NoData, count.reason()),
        _ => {
            let truth = subject.holds(newest.figure).unwrap_or(false);
            let condition = if truth { Condition::Met } else { Condition::NotMet };
            let mut outcome = Outcome::new(condition, words::compared(subject, "is", newest.figure, truth));
            outcome.met_at = truth.then_some(newest.at);
            outcome
        }
    };
    outcome.figure = Some(newest.figure);
    outcome.traffic = Some(count.map_or(Traffic::NotChecked, |count| count.told()));
    outcome.between(newest.at, newest.at)
}
