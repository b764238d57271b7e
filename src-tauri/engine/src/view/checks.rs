//! Checks of the policy with their newest run.

use crate::core::Core;
use seaworthy_domain::CheckResult;
use seaworthy_domain::CheckRun;
use seaworthy_domain::command::Context;
use seaworthy_domain::policy::Check;
use seaworthy_domain::policy::CheckKind;
use seaworthy_domain::policy::MetricsCheck;
use seaworthy_wire::CheckView;
use seaworthy_wire::State;

pub(super) fn view(context: &Context<'_>, core: &Core) -> Vec<CheckView> {
    context.policy.checks.values().map(|check| one(context, core, check)).collect()
}

fn one(context: &Context<'_>, core: &Core, check: &Check) -> CheckView {
    let run = context.release.newest_run(&check.name);
    let (state, summary) = run.map_or((State::NoData, "has not run".to_owned()), |run| newest(context, run));
    let (what, approved) = match &check.kind {
        CheckKind::Http(probe) => (probe.url.clone(), None),
        CheckKind::Metrics(check) => (asked(check), None),
        CheckKind::Command(command) => {
            // As the command was when somebody last read it; its files are read when it runs, not at every look.
            let key = (context.release.project, format!("check {}", check.name));
            let approved = core.approvals.get(&key).is_some_and(|approved| approved.read == approved.digest);
            (command.program.to_string(), Some(approved))
        }
    };
    CheckView {
        name: check.name.clone(),
        title: check.title.clone(),
        what,
        state,
        summary,
        candidate: run.map(|run| format!("rc.{}", run.candidate)),
        run: run.map(|run| run.run.to_string()),
        started: run.map(|run| run.started_at.timestamp_millis()),
        took_ms: run
            .and_then(|run| run.end.as_ref())
            .map(|end| u32::try_from(end.took_ms).unwrap_or(u32::MAX)),
        approved,
    }
}

/// What is asked of a metrics service.
fn asked(check: &MetricsCheck) -> String {
    match check {
        MetricsCheck::Rules { service, alerts } => {
            let names: Vec<&str> = alerts.iter().map(|alert| alert.name.as_str()).collect();
            format!("alerting rules of {}: {}", service.connection, names.join(", "))
        }
        MetricsCheck::Targets { service, jobs } => {
            format!("targets of {}: {}", service.connection, jobs.join(", "))
        }
        MetricsCheck::Fresh { metrics } => {
            let names: Vec<&str> = metrics.iter().map(|metric| metric.name.as_str()).collect();
            format!("fresh figures: {}", names.join(", "))
        }
    }
}

fn newest(context: &Context<'_>, run: &CheckRun) -> (State, String) {
    let Some(end) = &run.end else { return (State::Running, "is running".to_owned()) };
    if context.release.candidate().is_some_and(|c| c.number != run.candidate) {
        return (State::Stale, format!("ran on rc.{} only: {}", run.candidate, end.summary));
    }
    let summary = end.summary.clone();
    match (end.result, &end.unbound) {
        (CheckResult::Pass, None) => (State::Pass, summary),
        (CheckResult::Pass, Some(why)) => (State::NoData, format!("does not count: {why}")),
        (CheckResult::Fail, _) => (State::Fail, summary),
        (CheckResult::NotRun | CheckResult::Interrupted, _) => (State::NoData, summary),
    }
}
