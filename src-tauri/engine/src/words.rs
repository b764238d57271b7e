//! What an event says in one sentence, and with which glyph.

use crate::wishes;
use seaworthy_domain::Acting;
use seaworthy_domain::CheckResult;
use seaworthy_domain::Event;
use seaworthy_domain::Fill;
use seaworthy_domain::Held;
use seaworthy_domain::HoldCause;
use seaworthy_domain::Observer;
use seaworthy_domain::OperationId;
use seaworthy_domain::PinnedCommand;
use seaworthy_domain::Release;
use seaworthy_domain::RunId;
use seaworthy_domain::operation::Act;
use seaworthy_domain::operation::Operation;
use seaworthy_domain::operation::Outcome;
use seaworthy_domain::operation::Seen;
use seaworthy_domain::policy::Then;
use seaworthy_rules::Period;
use seaworthy_rules::format_duration;
use seaworthy_wire::EventGroup;
use seaworthy_wire::State;

/// The same sentence where the release is at hand: an effect is told by what it changed, a run by its check.
pub(crate) fn told(event: &Event, release: Option<&Release>) -> String {
    let changed = match event {
        Event::Settled { outcome: Outcome::Applied { .. }, .. }
        | Event::Observed { seen: Seen::Applied, .. } => true,
        Event::CheckFinished { run, result, summary, unbound, .. } => {
            let check = release.and_then(|release| check_of(release, *run));
            return finished(check, *result, summary, unbound.as_deref());
        }
        _ => false,
    };
    let operation = release.filter(|_| changed).and_then(|release| operation_of(event, release));
    let Some(operation) = operation else { return sentence(event) };
    let environment = &operation.environment;
    match &operation.act {
        Act::Place => format!("{} is placed in {environment}, without traffic", operation.deployment),
        Act::SetShare { share, .. } => format!("{} has {share} of {environment}", operation.deployment),
        Act::RollBack { to, .. } => format!("{environment} is back on {to}"),
    }
}

/// Who did it: what acted by itself, with whoever ran the process in which it did, or that person alone.
pub(crate) fn who(event: &Event, operations: &[Operation], actor: &str) -> String {
    let of = |operation: &OperationId| {
        operations.iter().rev().find(|op| op.id == *operation).and_then(|op| op.acting.clone())
    };
    let acting = match event {
        Event::Breached { guardrail, .. } | Event::HoldSet { cause: HoldCause::Guardrail(guardrail), .. } => {
            Some(Acting::Guardrail(guardrail.clone()))
        }
        Event::Intended { acting, .. } | Event::HoldSet { acting, .. } => acting.clone(),
        Event::Settled { operation, .. } | Event::Observed { operation, by: Observer::Target, .. } => {
            of(operation)
        }
        Event::Blind { .. }
        | Event::Soaked { .. }
        | Event::WatchEnded { .. }
        | Event::GapRecorded { .. }
        | Event::GapFilled { .. } => Some(Acting::Watch),
        Event::ClockJumped { .. }
        | Event::Sealed { .. }
        | Event::SamplesUnsealed { .. }
        | Event::SamplesRefused { .. }
        | Event::Noticed { .. } => return format!("Seaworthy, run by {actor}"),
        _ => None,
    };
    match acting {
        Some(Acting::Watch) => format!("the watch of {actor}"),
        Some(guardrail) => format!("{guardrail}, watch of {actor}"),
        None => actor.to_owned(),
    }
}

/// The operation that an event is about.
pub(crate) fn operation_of<'a>(event: &Event, release: &'a Release) -> Option<&'a Operation> {
    let id = match event {
        Event::Intended { operation, .. }
        | Event::Settled { operation, .. }
        | Event::Observed { operation, .. } => operation,
        _ => return None,
    };
    release.operations.iter().rev().find(|operation| operation.id == *id)
}

/// The check that a run belongs to; the release forgets the oldest runs of a check.
pub(crate) fn check_of(release: &Release, run: RunId) -> Option<&str> {
    let (check, _) = release.runs.iter().find(|(_, runs)| runs.iter().any(|one| one.run == run))?;
    Some(check)
}

/// One sentence, without the time and the actor.
pub(crate) fn sentence(event: &Event) -> String {
    match event {
        Event::ProjectRegistered { name, .. } => format!("Project {name} registered"),
        Event::ApprovalGranted { subject, digest, .. } => format!("Approved {subject}, {}", digest.short()),
        Event::RegressionAccepted { expected_seq, found_seq, reason } => {
            format!("Accepted a ledger that ends at {found_seq} instead of {expected_seq}: {reason}")
        }
        Event::ConnectionMade { name, origin, identity, store, .. } => {
            format!("Connected {name} to {origin} as {}, token in the {}", identity.phrase(), store.word())
        }
        Event::ConnectionRotated { name, store } => {
            format!("Replaced the token of {name}, kept in the {}", store.word())
        }
        Event::ConnectionRemoved { name } => format!("Removed the connection {name}"),
        Event::ConnectionTested { name, problem: None, .. } => {
            format!("Tested the connection {name}: it works")
        }
        Event::ConnectionTested { name, problem: Some(problem), .. } => {
            format!("Tested the connection {name}: {problem}")
        }
        Event::KeyBound { key, store, reason, .. } => {
            let why = reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
            format!("Bound the device key {}, kept in the {}{why}", short(key), store.word())
        }
        Event::Opened { project_name, version, policy_title, .. } => {
            format!("Opened {project_name} {version} under {policy_title}")
        }
        Event::Frozen { policy_title, .. } => format!("Froze scope and policy ({policy_title})"),
        Event::CandidateNamed { number, commit, .. } => {
            format!("Named rc.{number}, commit {}", short(commit))
        }
        Event::Closed { summary } if summary.is_empty() => "Closed".to_owned(),
        Event::Closed { summary } => format!("Closed: {summary}"),
        Event::Abandoned { reason } => format!("Abandoned: {reason}"),
        Event::CheckStarted { check, candidate, .. } => format!("Check {check} started on rc.{candidate}"),
        Event::CheckFinished { result, summary, unbound, .. } => {
            finished(None, *result, summary, unbound.as_deref())
        }
        Event::Attested { statement, role, note, .. } if note.is_empty() => {
            format!("Attested as {role}: {statement}")
        }
        Event::Attested { statement, role, note, .. } => format!("Attested as {role}: {statement} ({note})"),
        Event::GatePassed { transition, proof } => {
            let criteria = if proof.len() == 1 { "criterion" } else { "criteria" };
            format!("Gates passed for {transition}, {} {criteria}", proof.len())
        }
        Event::WayBackPinned { environment, deployment: Some(to) } => {
            format!("The way back in {environment} is {to}")
        }
        Event::WayBackPinned { environment, deployment: None } => {
            format!("There is no way back in {environment}: nothing was deployed there")
        }
        Event::CommandsPinned { target, commands, .. } => pinned(target, commands),
        Event::Remarked { environment, remarks } if remarks.is_empty() => {
            format!("Nothing is left to put back at {environment}")
        }
        Event::Remarked { environment, remarks } => {
            format!("To be put back at {environment}: {}", remarks.join("; "))
        }
        Event::Intended { act, environment, deployment, .. } => intent(act, environment, &deployment.0),
        Event::Settled { outcome, .. } => settled(outcome),
        Event::Observed { seen, detail, .. } => match seen {
            Seen::Applied => format!("Looked: it took effect ({detail})"),
            Seen::Absent => format!("Looked: it had no effect ({detail})"),
            Seen::Partly => format!("Looked: only part of it took effect ({detail})"),
        },
        _ => watching(event),
    }
}

fn watching(event: &Event) -> String {
    match event {
        Event::HoldSet { reason, .. } => format!("On hold: {reason}"),
        Event::HoldLifted { reason } if reason.is_empty() => "Hold lifted".to_owned(),
        Event::HoldLifted { reason } => format!("Hold lifted: {reason}"),
        Event::Breached { guardrail, then, reason, .. } => {
            let follows = match then {
                Then::Rollback => "rolling back",
                Then::Hold => "holding",
                Then::Notify => "telling people",
            };
            format!("{guardrail} breached, {follows}: {reason}")
        }
        Event::Blind { reason, .. } => format!("Nobody can see: {reason}"),
        Event::Soaked { stage, observed_ms, .. } => {
            format!("Stage {stage} soaked, {} observed", spell(*observed_ms))
        }
        Event::WatchEnded { watch, observed_ms, wall_ms, .. } => {
            format!("Watch {watch} over, {} observed of {}", spell(*observed_ms), spell(*wall_ms))
        }
        Event::GapRecorded { gap } => {
            let length = Period::from_delta(gap.length());
            format!("Nobody looked for {} ({})", format_duration(length.coarse()), gap.cause)
        }
        Event::GapFilled { fill } => filled(fill),
        Event::ClockJumped { by_ms } => {
            let by = spell(by_ms.unsigned_abs());
            let way = if *by_ms < 0 { "back" } else { "ahead" };
            format!("The system clock jumped {way} by {by}")
        }
        Event::Sealed { source, digest, .. } => format!("Samples of {source} sealed, {}", digest.short()),
        Event::SamplesUnsealed { source, .. } => {
            format!("The newest samples of {source} were never sealed and do not count")
        }
        Event::SamplesRefused { source, kept_as } => {
            let kept = kept_as.as_ref().map_or_else(String::new, |name| format!(" (kept as {name})"));
            format!("Samples of {source} are not what was sealed; none of them counts{kept}")
        }
        other => wishes::sentence(other),
    }
}

fn finished(check: Option<&str>, result: CheckResult, summary: &str, unbound: Option<&str>) -> String {
    let word = match result {
        CheckResult::Pass => "passed",
        CheckResult::Fail => "failed",
        CheckResult::NotRun => "did not run",
        CheckResult::Interrupted => "was interrupted",
    };
    let name = check.map_or_else(String::new, |check| format!(" {check}"));
    let not = unbound.map_or_else(String::new, |why| format!(", but does not count ({why})"));
    format!("Check{name} {word}{not}: {summary}")
}

fn pinned(target: &str, commands: &[PinnedCommand]) -> String {
    let (kept, loose): (Vec<_>, Vec<_>) = commands.iter().partition(|pinned| pinned.copy.is_some());
    let names = |some: &[&PinnedCommand]| {
        some.iter().map(|pinned| pinned.command.to_string()).collect::<Vec<_>>().join(", ")
    };
    match (kept.is_empty(), loose.is_empty()) {
        (_, true) => format!("Pinned the commands of {target}: {}", names(&kept)),
        (true, false) => format!("The commands of {target} cannot be pinned: {}", names(&loose)),
        (false, false) => {
            format!("Pinned the commands of {target}: {}; not {}", names(&kept), names(&loose))
        }
    }
}

fn intent(act: &Act, environment: &str, deployment: &str) -> String {
    match act {
        Act::Place => format!("Placing {deployment} in {environment} without traffic"),
        Act::SetShare { share, .. } => format!("Giving {deployment} {share} of {environment}"),
        Act::RollBack { to, reason } => format!("Rolling {environment} back to {to}: {reason}"),
    }
}

fn settled(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Applied { .. } => "It took effect".to_owned(),
        Outcome::Refused { why } => format!("Refused, nothing changed: {why}"),
        Outcome::NotSent { why } => format!("Not sent: {why}"),
        Outcome::Drift { found } => format!("Not sent, the target is not as expected: {found}"),
        Outcome::Unknown { why } => format!("Nobody knows whether it took effect: {why}"),
    }
}

/// The glyph beside the sentence.
pub(crate) fn glyph(event: &Event) -> State {
    match event {
        Event::CheckStarted { .. } | Event::Intended { .. } => State::Running,
        Event::CheckFinished { result, unbound, .. } => match (result, unbound) {
            (CheckResult::Pass, None) => State::Pass,
            (CheckResult::Fail, _) => State::Fail,
            _ => State::NoData,
        },
        Event::Settled { outcome, .. } => match outcome {
            Outcome::Applied { .. } => State::Pass,
            Outcome::Refused { .. } | Outcome::NotSent { .. } => State::Fail,
            Outcome::Drift { .. } => State::Differs,
            Outcome::Unknown { .. } => State::Unknown,
        },
        Event::Observed { seen, .. } => match seen {
            Seen::Applied => State::Pass,
            Seen::Absent => State::NoData,
            Seen::Partly => State::Unknown,
        },
        Event::Remarked { remarks, .. } if !remarks.is_empty() => State::Differs,
        Event::HoldSet { .. } => State::Hold,
        Event::Breached { .. } | Event::Abandoned { .. } => State::Fail,
        Event::SamplesRefused { .. } => State::Differs,
        Event::SamplesUnsealed { .. } => State::NoData,
        Event::Blind { .. } | Event::GapRecorded { .. } | Event::GapFilled { .. } => State::NoData,
        Event::ClockJumped { .. } | Event::RegressionAccepted { .. } => State::Stale,
        Event::Noticed { undelivered: Some(_), .. } => State::NotArmed,
        _ => State::Pass,
    }
}

/// Kinds of events that belong to a group.
pub(crate) fn kinds(group: EventGroup) -> &'static [&'static str] {
    match group {
        EventGroup::Decisions => &[
            "approval.granted",
            "ledger.regression_accepted",
            "device.key_bound",
            "release.opened",
            "release.frozen",
            "candidate.named",
            "release.closed",
            "release.abandoned",
            "attestation.made",
            "gate.passed",
            "hold.set",
            "hold.lifted",
        ],
        EventGroup::Calls => &[
            "commands.pinned",
            "way_back.pinned",
            "target.remarked",
            "op.intended",
            "op.outcome",
            "op.observed",
        ],
        EventGroup::Evidence => &[
            "check.started",
            "check.finished",
            "guardrail.breached",
            "guardrail.blind",
            "stage.soaked",
            "watch.ended",
            "samples.sealed",
            "samples.unsealed",
            "samples.refused",
        ],
        EventGroup::Gaps => &["gap.recorded", "clock.jumped"],
    }
}

/// The first eight digits of a commit.
pub(crate) fn short(commit: &str) -> &str {
    commit.get(..8).unwrap_or(commit)
}

/// A span in words.
pub(crate) fn spell(ms: u64) -> String {
    format_duration(Period::from_millis(ms).coarse())
}

/// What was fetched for a gap.
fn filled(fill: &Fill) -> String {
    let counts = if fill.counts { "which count" } else { "shown only" };
    let told = format!("Fetched {} samples of the gap ({}), {counts}", fill.samples, fill.gap.cause);
    if fill.held.is_empty() { told } else { format!("{told}. {}", held(fill)) }
}

/// What was over its limit while nobody looked; never "fired".
pub(crate) fn held(fill: &Fill) -> String {
    let one = |held: &Held| {
        let (from, to) = (held.from.format("%Y-%m-%d %H:%M:%S"), held.to.format("%H:%M:%S UTC"));
        format!("{} held from {from} to {to} while {}", held.guardrail, fill.gap.cause)
    };
    fill.held.iter().map(one).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use seaworthy_domain::DeploymentId;
    use seaworthy_domain::operation::Expected;
    use seaworthy_domain::operation::OperationState;

    #[test]
    fn an_effect_is_told_by_what_it_changed() {
        let id = OperationId(uuid::Uuid::from_u128(7));
        let operation = |act| Operation {
            id,
            act,
            acting: None,
            environment: "production".into(),
            deployment: DeploymentId("1.1.0-rc.1".into()),
            candidate: 1,
            expected: Expected::Anything,
            sent: true,
            state: OperationState::Applied,
            intended_at: chrono::DateTime::UNIX_EPOCH,
            settled_at: None,
        };
        let applied = Event::Settled { operation: id, outcome: Outcome::Applied { url: None } };
        let back = Act::RollBack { to: DeploymentId("1.0.0".into()), reason: "r".into() };
        let after = |act| Release { operations: vec![operation(act)], ..opened() };
        assert_eq!(
            told(&applied, Some(&after(Act::Place))),
            "1.1.0-rc.1 is placed in production, without traffic"
        );
        assert_eq!(told(&applied, Some(&after(back))), "production is back on 1.0.0");
        assert_eq!(told(&applied, Some(&opened())), "It took effect");
        assert_eq!(told(&applied, None), "It took effect");
    }

    fn opened() -> Release {
        let event = Event::Opened {
            project: seaworthy_domain::ProjectId(uuid::Uuid::nil()),
            project_name: "harbor".into(),
            version: "1.1.0".into(),
            policy: seaworthy_domain::Digest::of(b"policy"),
            policy_title: "Harbor".into(),
        };
        let id = seaworthy_domain::ReleaseId(uuid::Uuid::nil());
        Release::open(id, &event, chrono::DateTime::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn a_result_names_its_check() {
        let mut release = opened();
        let run = RunId(uuid::Uuid::from_u128(3));
        let started = seaworthy_domain::CheckRun {
            run,
            candidate: 1,
            environment: None,
            command: None,
            started_at: chrono::DateTime::UNIX_EPOCH,
            end: None,
        };
        release.runs.insert("build".into(), vec![started]);
        let finished = |result, unbound: Option<&str>| Event::CheckFinished {
            run,
            result,
            summary: "exit 0 in 802 ms".into(),
            log: None,
            took_ms: 802,
            unbound: unbound.map(str::to_owned),
        };
        let passed = finished(CheckResult::Pass, None);
        assert_eq!(told(&passed, Some(&release)), "Check build passed: exit 0 in 802 ms");
        assert_eq!(told(&passed, None), "Check passed: exit 0 in 802 ms");
        assert_eq!(
            told(&finished(CheckResult::Fail, Some("the tree changed")), Some(&release)),
            "Check build failed, but does not count (the tree changed): exit 0 in 802 ms"
        );
    }
}
