//! A project at Vercel as a target.

use super::Connection;
use crate::share::Share;
use std::path::PathBuf;

/// Deploys to one project at Vercel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VercelTarget {
    /// Name of the connection whose token is used.
    pub connection: String,
    /// That connection.
    pub at: Connection,
    /// The project, by id (`prj_…`) or name.
    pub project: String,
    /// What a deployment is made from.
    pub source: VercelSource,
    /// Shares of the rolling release, as the rollout's stages have them; `None` where production is promoted at once.
    pub rolling: Option<Vec<Share>>,
}

/// What a deployment at Vercel is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VercelSource {
    /// Every file below a folder of the repository.
    Upload(PathBuf),
    /// The candidate's commit, fetched by Vercel itself.
    Git(GitSource),
}

/// A repository as Vercel knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitSource {
    /// Who hosts it.
    pub host: GitHost,
    /// `owner/name`.
    pub repository: String,
    /// Branch that the commit is on.
    pub branch: String,
}

/// Who hosts a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GitHost {
    /// GitHub.
    GitHub,
    /// Bitbucket.
    Bitbucket,
}

impl VercelTarget {
    /// The team everything happens in, by id or slug.
    #[must_use]
    pub fn team(&self) -> Option<&str> {
        match &self.at.service {
            super::Service::Vercel { team } => team.as_deref(),
            super::Service::Prometheus { .. } => None,
        }
    }
}
