//! What an event says, and who did it, where its release is at hand.

use crate::words::finished;
use crate::words::sentence;
use seaworthy_domain::Acting;
use seaworthy_domain::Event;
use seaworthy_domain::HoldCause;
use seaworthy_domain::Observer;
use seaworthy_domain::OperationId;
use seaworthy_domain::Release;
use seaworthy_domain::RunId;
use seaworthy_domain::operation::Act;
use seaworthy_domain::operation::Operation;
use seaworthy_domain::operation::Outcome;
use seaworthy_domain::operation::Seen;

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

#[cfg(test)]
mod tests {
    use super::*;
    use seaworthy_domain::CheckResult;
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
