//! What is written on a deployment so that it can be found again: keys of its `meta`.

use seaworthy_ports::Order;
use serde_json::Value;
use serde_json::json;

/// Operation that created it.
pub(super) const OPERATION: &str = "seaworthy_op";
/// Its name in the ledger.
pub(super) const DEPLOYMENT: &str = "seaworthy_deployment";
/// Version of the release.
pub(super) const VERSION: &str = "seaworthy_version";
/// Commit of the candidate.
pub(super) const COMMIT: &str = "seaworthy_commit";

/// The marks of what `order` creates.
pub(super) fn of(order: &Order) -> Value {
    json!({
        OPERATION: order.operation.to_string(),
        DEPLOYMENT: order.step.deployment.to_string(),
        VERSION: order.version,
        COMMIT: order.commit,
    })
}
