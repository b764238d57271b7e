//! How much a topic weighs, and what is said of it where names are hidden.

use seaworthy_domain::Topic;

/// Whether it needs somebody at once: said at any hour and repeated until it is seen.
#[must_use]
pub fn is_critical(topic: Topic) -> bool {
    match topic {
        Topic::Rollback
        | Topic::RolledBack
        | Topic::RollbackFailed
        | Topic::Hold
        | Topic::OverLimit
        | Topic::NoMeasurement
        | Topic::NotWatched
        | Topic::NotKept
        | Topic::Changed
        | Topic::Missed
        | Topic::Unknown => true,
        Topic::Decision | Topic::Overdue | Topic::WatchOver => false,
    }
}

/// A title without the name of anything.
pub(crate) fn nameless(topic: Topic) -> &'static str {
    match topic {
        Topic::Rollback => "A release goes back",
        Topic::RolledBack => "A release went back",
        Topic::RollbackFailed => "A rollback did not work",
        Topic::Hold => "A release is on hold",
        Topic::OverLimit => "A guardrail is over its limit",
        Topic::NoMeasurement => "A guardrail has no measurement",
        Topic::NotWatched => "A release is not watched",
        Topic::NotKept => "What is seen cannot be kept",
        Topic::Changed => "What was kept was changed",
        Topic::Missed => "A limit was passed while nobody looked",
        Topic::Unknown => "The outcome of a step is unknown",
        Topic::Decision => "A release waits for your decision",
        Topic::Overdue => "A decision is overdue",
        Topic::WatchOver => "A watch is over",
    }
}
