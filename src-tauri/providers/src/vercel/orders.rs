//! Which call an order is: the same answer for showing it and for sending it.

use super::marks;
use seaworthy_domain::Share;
use seaworthy_domain::operation::Act;
use seaworthy_domain::policy::GitHost;
use seaworthy_domain::policy::VercelSource;
use seaworthy_domain::policy::VercelTarget;
use seaworthy_ports::Order;
use serde_json::Value;
use serde_json::json;

/// Characters of a reason that go along with a rollback; it travels in the address.
const REASON_CHARS_MAX: usize = 500;

/// One call that changes something.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Call {
    /// Segments of its path.
    pub(super) path: Vec<String>,
    /// What follows the path.
    pub(super) query: Vec<(&'static str, String)>,
    /// What is sent.
    pub(super) body: Value,
}

/// What moves traffic to the candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    /// All of production at once.
    Promote,
    /// The first stage of a rolling release.
    Start,
    /// The stage with this index, counted from 0.
    Approve(u32),
    /// The last stage.
    Complete,
}

/// The call for a share, or why there is none.
pub(super) fn movement(rolling: Option<&[Share]>, share: Share) -> Result<Move, String> {
    let Some(ladder) = rolling else {
        return if share == Share::FULL {
            Ok(Move::Promote)
        } else {
            Err(format!(
                "without rolling releases Vercel gives a deployment all traffic or none, not {share}"
            ))
        };
    };
    let index = ladder.iter().position(|stage| *stage == share);
    let index = index.ok_or_else(|| format!("{share} is not a stage of the rolling release"))?;
    Ok(match u32::try_from(index).unwrap_or(u32::MAX) {
        _ if index + 1 == ladder.len() => Move::Complete,
        0 => Move::Start,
        index => Move::Approve(index),
    })
}

/// The call that creates the candidate's deployment. `files` are the uploaded ones, where there are any.
pub(super) fn create(target: &VercelTarget, project_name: &str, order: &Order, files: Value) -> Call {
    let mut body = json!({
        "name": project_name,
        "project": target.project,
        "target": "production",
        "autoAssignCustomDomains": false,
        "meta": marks::of(order),
    });
    match &target.source {
        VercelSource::Upload(_) => body["files"] = files,
        VercelSource::Git(git) => {
            let (owner, name) = git.repository.split_once('/').unwrap_or(("", &git.repository));
            body["gitSource"] = match git.host {
                GitHost::GitHub => {
                    json!({ "type": "github", "org": owner, "repo": name, "ref": git.branch, "sha": order.commit })
                }
                GitHost::Bitbucket => json!({
                    "type": "bitbucket", "owner": owner, "slug": name, "ref": git.branch, "sha": order.commit
                }),
            };
        }
    }
    // Without this a similar deployment of an earlier release would be answered, tag and all.
    Call { path: path(&["v13", "deployments"]), query: vec![("forceNew", "1".to_owned())], body }
}

/// The call for `movement` of the deployment `id` of `project`.
pub(super) fn shift(project: &str, id: &str, movement: Move) -> Call {
    let rolling = |call: &str| path(&["v1", "projects", project, "rolling-release", call]);
    let canary = json!({ "canaryDeploymentId": id });
    let (path, body) = match movement {
        Move::Promote => (path(&["v10", "projects", project, "promote", id]), json!({})),
        Move::Start => (rolling("start"), canary),
        Move::Approve(index) => {
            (rolling("approve-stage"), json!({ "nextStageIndex": index, "canaryDeploymentId": id }))
        }
        Move::Complete => (rolling("complete"), canary),
    };
    Call { path, query: Vec::new(), body }
}

/// The call that gives production back to the deployment `id`.
pub(super) fn roll_back(project: &str, id: &str, reason: &str) -> Call {
    Call {
        path: path(&["v1", "projects", project, "rollback", id]),
        query: vec![("description", cut(reason))],
        body: json!({}),
    }
}

/// Without line ends, and never longer than an address should be.
fn cut(reason: &str) -> String {
    let line = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(REASON_CHARS_MAX).collect()
}

fn path(segments: &[&str]) -> Vec<String> {
    segments.iter().map(|segment| (*segment).to_owned()).collect()
}

/// The share that an act asks for, where it asks for one.
pub(super) fn share_of(act: &Act) -> Option<Share> {
    match act {
        Act::SetShare { share, .. } => Some(*share),
        Act::Place | Act::RollBack { .. } => None,
    }
}
