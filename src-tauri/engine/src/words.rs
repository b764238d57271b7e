//! What an event says in one sentence, and with which glyph.

use crate::wishes;
use seaworthy_domain::CheckResult;
use seaworthy_domain::Event;
use seaworthy_domain::Fill;
use seaworthy_domain::Held;
use seaworthy_domain::PinnedCommand;
use seaworthy_domain::operation::Act;
use seaworthy_domain::operation::Outcome;
use seaworthy_domain::operation::Seen;
use seaworthy_domain::policy::Then;
use seaworthy_rules::Period;
use seaworthy_rules::format_duration;
use seaworthy_wire::EventGroup;
use seaworthy_wire::State;

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

pub(crate) fn finished(
    check: Option<&str>,
    result: CheckResult,
    summary: &str,
    unbound: Option<&str>,
) -> String {
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
