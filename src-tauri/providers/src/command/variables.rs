//! What a command is told through its environment.

use seaworthy_domain::operation::Act;
use seaworthy_domain::policy::CommandLine;
use seaworthy_ports::Order;
use std::collections::BTreeMap;

/// Longest reason handed to a command, in characters: operating systems limit one variable to about 128 KiB.
const REASON_CHARS_MAX: usize = 4_096;

/// Variables of `order`, without those of the policy.
pub(super) fn of_order(order: &Order) -> BTreeMap<String, String> {
    let step = &order.step;
    let mut variables = BTreeMap::new();
    let mut set = |name: &str, value: String| {
        variables.insert(format!("SEAWORTHY_{name}"), value);
    };
    set("OPERATION", order.operation.to_string());
    set("RELEASE", order.version.clone());
    set("COMMIT", order.commit.clone());
    set("CANDIDATE", format!("rc.{}", step.candidate));
    set("ENVIRONMENT", step.environment.clone());
    set("DEPLOYMENT", step.deployment.to_string());
    match &step.act {
        Act::Place => {}
        Act::SetShare { share, .. } => set("SHARE", share.as_percent().to_string()),
        Act::RollBack { to, reason } => {
            set("TO", to.to_string());
            set("REASON", plain(reason));
        }
    }
    variables
}

/// Everything the command finds in addition to the usual few: the policy's variables, and over them our own.
pub(super) fn complete(line: &CommandLine, own: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, String> = line.env.iter().cloned().collect();
    all.extend(own);
    all
}

/// What a look is told: only where.
pub(super) fn of_observe(line: &CommandLine, environment: &str) -> BTreeMap<String, String> {
    complete(line, BTreeMap::from([("SEAWORTHY_ENVIRONMENT".to_owned(), environment.to_owned())]))
}

/// A rollback must not fail on its own explanation, so what no variable can hold is left out.
fn plain(reason: &str) -> String {
    reason.chars().filter(|c| *c != '\0').take(REASON_CHARS_MAX).collect()
}
