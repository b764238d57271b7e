//! One tick of the rollout controller.
//!
//! Backward motion dominates: a breach is acted on whatever else is in flight. Forward motion happens here only where
//! the policy declares it, and never on doubt.

use crate::observed::Observed;
use chrono::DateTime;
use chrono::TimeDelta;
use chrono::Utc;
use seaworthy_domain::Event;
use seaworthy_domain::HoldCause;
use seaworthy_domain::Lifecycle;
use seaworthy_domain::NoticeKey;
use seaworthy_domain::Release;
use seaworthy_domain::Topic;
use seaworthy_domain::operation::Act;
use seaworthy_domain::operation::Operation;
use seaworthy_domain::policy::Guardrail;
use seaworthy_domain::policy::OnNoData;
use seaworthy_domain::policy::Policy;
use seaworthy_domain::policy::Then;
use seaworthy_rules::Condition;
use seaworthy_rules::Evaluation;
use seaworthy_rules::Period;
use seaworthy_rules::format_duration;

/// A rollback that reached its target without effect is tried this often before a person must act.
const ROLLBACK_ATTEMPTS: usize = 3;
/// Minutes after an attempt before the next one, and the next; the last one stays. One that never left this machine is
/// tried again for as long as it takes.
const ROLLBACK_PAUSES_MIN: [i64; 3] = [1, 5, 15];

/// Everything one tick knows.
pub struct Situation<'a> {
    /// The policy in force.
    pub policy: &'a Policy,
    /// The release, exposed to production traffic.
    pub release: &'a Release,
    /// Time of the tick.
    pub now: DateTime<Utc>,
    /// Whether the newest look counts; without it nothing good is concluded.
    pub seen: bool,
    /// Each guardrail as evaluated over the samples since the first traffic, or since its own last breach.
    pub readings: &'a [Reading<'a>],
    /// The current stage's span, while climbing.
    pub stage: Option<Observed>,
    /// Begun, unended watches with what was observed of them.
    pub watches: Vec<(String, Observed)>,
}

/// One guardrail now.
pub struct Reading<'a> {
    /// The guardrail.
    pub guardrail: &'a Guardrail,
    /// What its rule says.
    pub evaluation: Evaluation,
    /// For how long it has had nothing to go by, beyond what its own rule needs to get going.
    pub blind_for: Option<Period>,
    /// When that is too long.
    pub blind_limit: Period,
    /// When it was last seen quiet.
    pub calm_at: Option<DateTime<Utc>>,
}

impl Reading<'_> {
    /// Whether it has had nothing to go by for too long.
    #[must_use]
    pub fn is_blind(&self) -> bool {
        self.blind_for.is_some_and(|blind| blind > self.blind_limit)
    }
}

/// What must be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Write it down.
    Record(Event),
    /// Give all traffic back.
    RollBack {
        /// Why.
        reason: String,
    },
    /// Enter the next stage.
    Advance,
    /// Tell people.
    Tell {
        /// What it is about.
        about: NoticeKey,
        /// One line.
        title: String,
        /// One or two sentences.
        body: String,
        /// Each tick says so for as long as it is so; else it happened now.
        lasting: bool,
    },
}

/// Decides one tick.
#[must_use]
pub fn decide(situation: &Situation<'_>) -> Vec<Action> {
    let mut actions = Vec::new();
    if !situation.release.is_exposed() {
        return actions;
    }
    for reading in situation.readings {
        breach(situation, reading, &mut actions);
        blindness(situation, reading, &mut actions);
    }
    let backward = owed_rollback(situation, &mut actions);
    if !backward {
        if quiet(situation) {
            soak(situation, &mut actions);
            watches(situation, &mut actions);
        }
        decision(situation, &mut actions);
    }
    // What happened is on disk before anything is done about it; what is done is under way when people are told.
    actions.sort_by_key(|action| match action {
        Action::Record(_) => 0,
        Action::RollBack { .. } | Action::Advance => 1,
        Action::Tell { .. } => 2,
    });
    actions
}

/// Every guardrail says on fresh data that all is well, and this tick saw it.
fn quiet(situation: &Situation<'_>) -> bool {
    situation.seen
        && situation.readings.len() == situation.policy.guardrails.len()
        && situation.readings.iter().all(|r| r.evaluation.condition == Condition::NotMet)
}

fn breach(situation: &Situation<'_>, reading: &Reading<'_>, actions: &mut Vec<Action>) {
    let guardrail = reading.guardrail;
    let at = reading.evaluation.met_at.unwrap_or(situation.now);
    if reading.evaluation.condition != Condition::Met || already_fired(situation, reading, at) {
        return;
    }
    let rule = guardrail.rule.to_string();
    let from = reading.evaluation.interval.map_or(at, |interval| interval.from);
    let reason = format!("{rule}: {}", reading.evaluation.reason);
    actions.push(Action::Record(Event::Breached {
        guardrail: guardrail.name.clone(),
        rule,
        then: guardrail.then,
        reason: reason.clone(),
        from,
        at,
    }));
    act(situation, guardrail, guardrail.then, (Topic::OverLimit, &reason), actions);
}

/// The samples that made a breach stay in sight for long after; only a later sample makes a new one, one that already
/// led to a rollback is not told again while that lasts, and one that people were told of, or that found a hold in
/// force, is told again only when it was over in between.
fn already_fired(situation: &Situation<'_>, reading: &Reading<'_>, met_at: DateTime<Utc>) -> bool {
    let guardrail = reading.guardrail;
    let candidate = current(situation);
    let mut fired = situation.release.breaches.iter().filter(|b| b.candidate == candidate);
    match guardrail.then {
        Then::Rollback => fired.any(|b| b.then == Then::Rollback),
        Then::Hold if situation.release.hold.is_none() => {
            fired.any(|b| b.guardrail == guardrail.name && b.at >= met_at)
        }
        Then::Hold | Then::Notify => {
            fired.any(|b| b.guardrail == guardrail.name && reading.calm_at.is_none_or(|calm| calm <= b.at))
        }
    }
}

fn current(situation: &Situation<'_>) -> u32 {
    situation.release.candidate().map_or(0, |c| c.number)
}

/// A breach that asks for a rollback is owed one until traffic is back: after a crash between the breach and the
/// intent, and again after proof that an attempt did not take effect. Proof comes first, so this never doubles a call.
/// Returns whether the release is on its way back or ought to be: nothing good is concluded then.
fn owed_rollback(situation: &Situation<'_>, actions: &mut Vec<Action>) -> bool {
    let release = situation.release;
    if returning(release) || rolls_back(actions) {
        return true;
    }
    let tried = attempts(release).last().and_then(|op| match &op.act {
        Act::RollBack { reason, .. } => Some(reason.clone()),
        Act::Place | Act::SetShare { .. } => None,
    });
    let Some(reason) = release.rollback_owed.clone().or(tried) else { return false };
    if is_exhausted(release) {
        actions.push(Action::Tell {
            about: NoticeKey::of(Topic::RollbackFailed),
            title: format!("{} {} could not be rolled back", release.project_name, release.version),
            body: format!("{ROLLBACK_ATTEMPTS} attempts had no effect. Act on the target by hand."),
            lasting: true,
        });
    } else if may_try_again(release, situation.now) {
        actions.push(Action::RollBack { reason });
    }
    true
}

/// What stood in the way, such as a lock or a missing script, is given time to go away.
fn may_try_again(release: &Release, now: DateTime<Utc>) -> bool {
    let Some(last) = attempts(release).last() else { return true };
    let pause = ROLLBACK_PAUSES_MIN[attempts(release).count().min(ROLLBACK_PAUSES_MIN.len()) - 1];
    now - last.settled_at.unwrap_or(last.intended_at) >= TimeDelta::minutes(pause)
}

fn is_exhausted(release: &Release) -> bool {
    attempts(release).filter(|op| op.sent).count() >= ROLLBACK_ATTEMPTS
}

/// Rollbacks of the current candidate, oldest first.
fn attempts(release: &Release) -> impl DoubleEndedIterator<Item = &Operation> {
    let candidate = release.candidate().map_or(0, |c| c.number);
    release.operations.iter().filter(move |op| op.candidate == candidate && op.act.is_backward())
}

/// A rollback was sent and nobody knows yet what became of it.
fn returning(release: &Release) -> bool {
    attempts(release).any(|op| op.state.is_open())
}

fn rolls_back(actions: &[Action]) -> bool {
    actions.iter().any(|action| matches!(action, Action::RollBack { .. }))
}

fn blindness(situation: &Situation<'_>, reading: &Reading<'_>, actions: &mut Vec<Action>) {
    let guardrail = reading.guardrail;
    let release = situation.release;
    let Some(blind) = reading.blind_for.filter(|_| reading.is_blind()) else { return };
    // One spell is told once.
    let told = release.blind.get(&guardrail.name).is_some_and(|at| *at >= situation.now - blind.delta());
    let done = match guardrail.on_no_data {
        OnNoData::Hold => told && release.hold.is_some(),
        OnNoData::Rollback => release.rollback_owed.is_some() || rolls_back(actions),
    };
    if done {
        return;
    }
    let reason = format!("{} has had no measurement for {}", guardrail.name, format_duration(blind));
    actions.push(Action::Record(Event::Blind {
        guardrail: guardrail.name.clone(),
        reason: reason.clone(),
        then: guardrail.on_no_data,
    }));
    let then = match guardrail.on_no_data {
        OnNoData::Hold => Then::Hold,
        OnNoData::Rollback => Then::Rollback,
    };
    act(situation, guardrail, then, (Topic::NoMeasurement, &reason), actions);
}

fn holds(actions: &[Action]) -> bool {
    actions.iter().any(|action| matches!(action, Action::Record(Event::HoldSet { .. })))
}

/// Does what the policy says, and says what is really done.
fn act(
    situation: &Situation<'_>,
    guardrail: &Guardrail,
    then: Then,
    (topic, reason): (Topic, &str),
    actions: &mut Vec<Action>,
) {
    let release = situation.release;
    let name = format!("{} {}", release.project_name, release.version);
    let free = !rolls_back(actions) && !returning(release) && !is_exhausted(release);
    let (topic, title) = match then {
        Then::Rollback if free && may_try_again(release, situation.now) => {
            actions.push(Action::RollBack { reason: reason.to_owned() });
            (Topic::Rollback, format!("Rolling back {name}"))
        }
        Then::Hold if release.hold.is_none() && !holds(actions) => {
            let cause = HoldCause::Guardrail(guardrail.name.clone());
            actions.push(Action::Record(Event::HoldSet { reason: reason.to_owned(), cause, acting: None }));
            (Topic::Hold, format!("{name} is on hold"))
        }
        Then::Rollback | Then::Hold | Then::Notify => {
            let what = if topic == Topic::OverLimit { "is over its limit" } else { "has no measurement" };
            (topic, format!("{name}: {} {what}", guardrail.name))
        }
    };
    let about = NoticeKey::named(topic, if topic == Topic::Rollback { "" } else { &guardrail.name });
    actions.push(Action::Tell { about, title, body: reason.to_owned(), lasting: false });
}

fn soak(situation: &Situation<'_>, actions: &mut Vec<Action>) {
    let release = situation.release;
    let (Some(ladder), Some(seen)) = (&release.ladder, &situation.stage) else { return };
    let Some(entry) = ladder.current().filter(|_| release.lifecycle == Lifecycle::RollingOut) else { return };
    let Some(stage) = situation.policy.rollout.stage(entry.stage) else { return };
    let newly = entry.soaked.is_none() && stage.soak.as_ref().is_some_and(|soak| seen.meets(soak));
    if newly {
        actions.push(Action::Record(Event::Soaked {
            stage: entry.stage,
            observed_ms: seen.observed.as_millis(),
            wall_ms: seen.wall().as_millis(),
            lost_ms: seen.lost().as_millis(),
        }));
    }
    let soaked = newly || entry.soaked.is_some();
    let free = release.hold.is_none() && !holds(actions) && release.open_operation().is_none();
    if soaked && stage.auto_advance {
        if free {
            actions.push(Action::Advance);
        }
    } else if newly {
        actions.push(Action::Tell {
            about: NoticeKey::of(Topic::Decision),
            title: format!("{} {}: you decide", release.project_name, release.version),
            body: format!(
                "{} observed at {}. The next step waits for you.",
                format_duration(seen.observed.coarse()),
                entry.share
            ),
            lasting: false,
        });
    }
}

fn watches(situation: &Situation<'_>, actions: &mut Vec<Action>) {
    for (name, seen) in &situation.watches {
        let Some(watch) = situation.policy.watches.iter().find(|w| w.name == *name) else { continue };
        if !seen.meets(&watch.soak) {
            continue;
        }
        actions.push(Action::Record(Event::WatchEnded {
            watch: name.clone(),
            observed_ms: seen.observed.as_millis(),
            wall_ms: seen.wall().as_millis(),
            lost_ms: seen.lost().as_millis(),
        }));
        let release = situation.release;
        actions.push(Action::Tell {
            about: NoticeKey::named(Topic::WatchOver, name),
            title: format!("{} {}: watch {name} is over", release.project_name, release.version),
            body: format!(
                "{} observed of {}.",
                format_duration(seen.observed.coarse()),
                format_duration(seen.wall().coarse())
            ),
            lasting: false,
        });
    }
}

/// A stage that ranges from one length to another waits for a person no longer than to its end.
fn decision(situation: &Situation<'_>, actions: &mut Vec<Action>) {
    let release = situation.release;
    let (Some(ladder), Some(seen)) = (&release.ladder, &situation.stage) else { return };
    let Some(entry) = ladder.current() else { return };
    let limit = situation.policy.rollout.stage(entry.stage).and_then(|stage| stage.soak.as_ref()?.at_most);
    if limit.is_some_and(|limit| seen.wall() > limit) && !actions.contains(&Action::Advance) {
        actions.push(Action::Tell {
            about: NoticeKey::of(Topic::Overdue),
            title: format!("{} {}: the decision is overdue", release.project_name, release.version),
            body: format!("It has been at {} for {}.", entry.share, format_duration(seen.wall().coarse())),
            lasting: true,
        });
    }
}
