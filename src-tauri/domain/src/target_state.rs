//! What a target says about itself.

use crate::ids::DeploymentId;
use crate::share::Share;
use serde::Deserialize;
use serde::Serialize;

/// What a target says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetState {
    /// Deployments that can take traffic, in no particular order.
    pub deployments: Vec<Live>,
    /// Deployments that cannot: still being made, or failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unready: Vec<Unready>,
    /// Why the shares are not what they will be: a change is on its way, or stopped half done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsettled: Option<String>,
    /// Switches of the target that somebody has to put back before the release is really over, one sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}

impl TargetState {
    /// The deployment named `id`.
    #[must_use]
    pub fn find(&self, id: &DeploymentId) -> Option<&Live> {
        self.deployments.iter().find(|live| live.id == *id)
    }

    /// What keeps `id` from taking traffic, if it is there and something does.
    #[must_use]
    pub fn unready(&self, id: &DeploymentId) -> Option<&Unready> {
        self.unready.iter().find(|unready| unready.id == *id)
    }

    /// The deployment that all traffic can go back to when `candidate` leaves: the one other than `candidate` with
    /// the largest share, if it has any.
    #[must_use]
    pub fn way_back(&self, candidate: &DeploymentId) -> Option<&Live> {
        self.deployments
            .iter()
            .filter(|live| live.id != *candidate && live.share > Share::NONE)
            .max_by_key(|live| live.share)
    }

    /// Why traffic of `candidate` cannot go back to `pinned` any more: it is gone, or another one took its place.
    #[must_use]
    pub fn lost_way_back(&self, pinned: &DeploymentId, candidate: &DeploymentId) -> Option<String> {
        let Some(found) = self.find(pinned) else {
            return Some(format!("the way back, {pinned}, is not there any more"));
        };
        let instead = self.way_back(candidate).filter(|_| found.share == Share::NONE)?;
        let Live { id, share, .. } = instead;
        Some(format!("the way back, {pinned}, has no traffic any more; {id} has {share}"))
    }
}

/// One deployment as its target describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    /// Its name.
    pub id: DeploymentId,
    /// Its share of traffic now.
    pub share: Share,
    /// Version, where the target keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Commit, where the target keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Address of its own, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A deployment that is there and cannot take traffic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unready {
    /// Its name.
    pub id: DeploymentId,
    /// Whether it will never be ready.
    pub failed: bool,
    /// What it is doing, or why it failed.
    pub why: String,
}
