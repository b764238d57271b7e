//! Deployments and their builds.

use super::create::Source;
use std::collections::BTreeMap;

/// Where a build stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Queued,
    Building,
    Ready,
    Error,
    Canceled,
}

impl State {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::Building => "BUILDING",
            Self::Ready => "READY",
            Self::Error => "ERROR",
            Self::Canceled => "CANCELED",
        }
    }

    /// Whether it will change by itself.
    pub(crate) fn is_under_way(self) -> bool {
        matches!(self, Self::Queued | Self::Building)
    }
}

/// What became of a production deployment that is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Substate {
    /// It never had traffic.
    Staged,
    /// It is the canary of a rolling release.
    Rolling,
    /// It serves production, or once did.
    Promoted,
}

impl Substate {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Staged => "STAGED",
            Self::Rolling => "ROLLING",
            Self::Promoted => "PROMOTED",
        }
    }
}

/// One deployment.
#[derive(Clone, Debug)]
pub(crate) struct Deployment {
    pub(crate) id: String,
    pub(crate) project: String,
    pub(crate) name: String,
    /// Its own address: host and port, without a scheme, as in `url` of the API.
    pub(crate) host: String,
    pub(crate) created: i64,
    /// `None` is a preview.
    pub(crate) target: Option<String>,
    pub(crate) state: State,
    /// When `state` began.
    pub(crate) since: i64,
    pub(crate) building_at: Option<i64>,
    pub(crate) ready_at: Option<i64>,
    /// The build will fail with this message.
    pub(crate) fails: Option<String>,
    pub(crate) deleted: bool,
    /// Whether it takes the production domains when it is ready.
    pub(crate) auto_assign: bool,
    pub(crate) substate: Option<Substate>,
    pub(crate) assigned_at: Option<i64>,
    pub(crate) meta: BTreeMap<String, String>,
    pub(crate) source: Source,
    pub(crate) redeploy_of: Option<String>,
}

impl Deployment {
    pub(crate) fn is_production(&self) -> bool {
        self.target.as_deref() == Some("production")
    }

    /// Whether production can go back to it.
    pub(crate) fn is_rollback_candidate(&self) -> bool {
        self.state == State::Ready && self.substate == Some(Substate::Promoted) && !self.deleted
    }

    /// The commit it was built from, where it says so.
    pub(crate) fn commit(&self) -> Option<&str> {
        ["githubCommitSha", "gitlabCommitSha", "bitbucketCommitSha", "gitCommitSha"]
            .iter()
            .find_map(|key| self.meta.get(*key).map(String::as_str))
    }

    /// The branch it was built from, where it says so.
    pub(crate) fn branch(&self) -> Option<&str> {
        ["githubCommitRef", "gitlabCommitRef", "bitbucketCommitRef", "gitCommitRef"]
            .iter()
            .find_map(|key| self.meta.get(*key).map(String::as_str))
    }
}
