//! Rules with `for D`: an unbroken run of true samples of at least that length.
//!
//! A gap breaks a run and neither completes nor clears it: true samples on both sides, together long enough, leave
//! the question open.

use chrono::{DateTime, Utc};

use super::{
    Outcome, Subject, apart,
    traffic::{Count, Meter},
    view::Point,
    words,
};
use crate::{Condition, Interval, Period, Polarity, Run, Traffic};

/// What one pass over the samples has seen.
#[derive(Default)]
struct Scan<'a> {
    previous: Option<DateTime<Utc>>,
    /// First sample of the run that reaches the newest sample.
    run: Option<DateTime<Utc>>,
    /// First sample of the runs that only gaps separate.
    chain: Option<DateTime<Utc>>,
    /// The run that completed.
    fired: Option<Interval>,
    /// Runs that together would have completed.
    unclear: Option<Interval>,
    /// Traffic of a run that is long enough.
    meter: Option<Meter<'a>>,
}

impl<'a> Scan<'a> {
    /// Passes over all samples; a guardrail stops where it fires.
    fn of(subject: &'a Subject<'a>, needed: Period) -> Self {
        let mut scan = Self::default();
        let at = subject.view.at();
        for (point, truth) in subject.judged(at.since, at.now) {
            scan.step(subject, needed, point.at, truth);
            if scan.fired.is_some() && subject.polarity == Polarity::Guardrail {
                break;
            }
        }
        scan
    }

    fn step(&mut self, subject: &'a Subject<'a>, needed: Period, at: DateTime<Utc>, truth: bool) {
        let gap = self.previous.is_some_and(|before| apart(before, at, subject.view.spec().allowed_gap));
        self.previous = Some(at);
        if !truth || gap {
            self.run = None;
            self.meter = None;
            // How a criterion stands now does not depend on runs that ended.
            if subject.polarity == Polarity::Criterion {
                self.fired = None;
            }
        }
        if !truth {
            self.chain = None;
            if subject.polarity == Polarity::Criterion {
                self.unclear = None;
            }
            return;
        }
        let run = *self.run.get_or_insert(at);
        let chain = *self.chain.get_or_insert(at);
        let long = at - run >= needed.delta();
        if long && Self::may_fire(subject, at) && self.enough(subject, run, at) {
            self.fired.get_or_insert(Interval { from: run, to: at });
        } else if chain < run && at - chain >= needed.delta() {
            let from = self.unclear.map_or(chain, |open| open.from);
            self.unclear = Some(Interval { from, to: at });
        }
    }

    /// Whether a run that was completed by this sample is news of now. How things stand is asked of the past as well.
    fn may_fire(subject: &Subject<'_>, at: DateTime<Utc>) -> bool {
        subject.polarity == Polarity::Criterion || subject.view.was_seen(at)
    }

    fn enough(&mut self, subject: &'a Subject<'a>, run: DateTime<Utc>, at: DateTime<Utc>) -> bool {
        let Some(counter) = &subject.counter else { return true };
        let meter = self.meter.get_or_insert_with(|| Meter::new(counter, run));
        meter.advance(at);
        meter.count().enough()
    }
}

pub(super) fn evaluate(
    subject: &Subject<'_>,
    needed: Period,
    newest: Point,
    stale: Option<String>,
) -> Outcome {
    let scan = Scan::of(subject, needed);
    let run = scan.run.map(|from| Run { interval: Interval { from, to: newest.at }, needed });
    if let Some(fired) = scan.fired {
        if let (Polarity::Criterion, Some(reason)) = (subject.polarity, &stale) {
            return Outcome { run, ..Outcome::new(Condition::NoData, reason.clone()) }
                .between(newest.at, newest.at);
        }
        return met(subject, fired, run);
    }
    let looked_at = match run {
        Some(run) if run.interval.length() >= needed => run.interval,
        _ => Interval { from: (newest.at - needed.delta()).max(subject.view.at().since), to: newest.at },
    };
    let count = subject.counter.as_ref().map(|counter| counter.between(looked_at.from, looked_at.to));
    let (condition, reason, interval) = if let Some(reason) = stale {
        (Condition::NoData, reason, Interval { from: newest.at, to: newest.at })
    } else if let Some(count) = count.as_ref().filter(|count| !count.enough()) {
        (Condition::NoData, count.reason(), looked_at)
    } else if let Some(open) = scan.unclear {
        (Condition::Unclear, words::split_by_gap(subject, needed, open), open)
    } else if let Some(run) = run {
        (Condition::Building, words::building(subject, run), run.interval)
    } else {
        (Condition::NotMet, words::compared(subject, "is", newest.figure, false), looked_at)
    };
    Outcome {
        figure: Some(newest.figure),
        run,
        traffic: Some(told(count)),
        ..Outcome::new(condition, reason).between(interval.from, interval.to)
    }
}

fn met(subject: &Subject<'_>, fired: Interval, run: Option<Run>) -> Outcome {
    let count = subject.counter.as_ref().map(|counter| counter.between(fired.from, fired.to));
    let figure = subject.judged(fired.to, fired.to).next_back().map(|(point, _)| point.figure);
    Outcome {
        figure,
        met_at: Some(fired.to),
        run: run.filter(|_| subject.polarity == Polarity::Criterion),
        traffic: Some(told(count)),
        ..Outcome::new(Condition::Met, words::sustained(subject, fired)).between(fired.from, fired.to)
    }
}

fn told(count: Option<Count<'_>>) -> Traffic {
    count.map_or(Traffic::NotChecked, |count| count.told())
}
