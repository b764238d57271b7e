//! The provider's state and everything that changes it, without time, network or threads of its own.
//!
//! Every call carries the time. What is under way (a build, an alias job, a stage that ends by itself) has a due time,
//! and [`World::settle`] lets everything happen that is due, in order. So a turned clock and a real one give the same.

mod alias;
mod create;
mod deployment;
mod due;
mod project;
mod rolling;
#[cfg(test)]
mod tests;

pub(crate) use alias::Accepted;
pub(crate) use alias::AliasStatus;
pub(crate) use alias::Job;
pub(crate) use create::Ask;
pub(crate) use create::Source;
pub(crate) use deployment::Deployment;
pub(crate) use deployment::State;
pub(crate) use deployment::Substate;
pub(crate) use project::Alias;
pub(crate) use project::Project;
pub(crate) use rolling::Release;
pub(crate) use rolling::ReleaseState;
pub(crate) use rolling::Rolling;

use crate::effect::By;
use crate::effect::Effect;
use crate::effect::What;
use crate::setup::PartialJob;
use crate::setup::Setup;
use std::collections::BTreeMap;

/// Most things of one kind that are kept; a practice provider that holds more is asked by a loop gone wrong.
pub(crate) const KEPT_MAX: usize = 10_000;

/// Why the provider says no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// HTTP status.
    pub(crate) status: u16,
    /// `error.code`.
    pub(crate) code: &'static str,
    /// `error.message`.
    pub(crate) message: String,
    /// Digests that were never uploaded, for `missing_files`.
    pub(crate) missing: Vec<String>,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), missing: Vec::new() }
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(404, "not_found", format!("The {what} could not be found"))
    }

    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(400, "bad_request", message)
    }
}

/// Who asked for a change, and with which tag.
#[derive(Clone, Debug)]
pub(crate) struct Cause {
    pub(crate) by: By,
    pub(crate) operation: Option<String>,
}

/// Everything the provider knows.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) setup: Setup,
    /// Milliseconds since 1970, on the provider's own axis.
    pub(crate) now: i64,
    pub(crate) projects: BTreeMap<String, Project>,
    pub(crate) deployments: BTreeMap<String, Deployment>,
    /// Uploaded files: digest to size.
    pub(crate) files: BTreeMap<String, u64>,
    pub(crate) effects: Vec<Effect>,
    /// Makes the next build fail, with this message.
    pub(crate) next_build_fails: Option<String>,
    /// What the next alias job does instead of finishing.
    pub(crate) next_job: Option<PartialJob>,
    made: u64,
}

impl World {
    /// A world in which every project has one deployment in production.
    pub(crate) fn new(setup: Setup, now: i64, first_hosts: Vec<String>) -> Self {
        let mut world = Self {
            setup,
            now,
            projects: BTreeMap::new(),
            deployments: BTreeMap::new(),
            files: BTreeMap::new(),
            effects: Vec::new(),
            next_build_fails: None,
            next_job: None,
            made: 0,
        };
        let setups = world.setup.projects.clone();
        for (setup, host) in setups.iter().zip(first_hosts) {
            world.found(setup, host);
        }
        world
    }

    /// A fresh identifier; the same seed makes the same ones.
    pub(crate) fn fresh(&mut self, prefix: &str, digits: usize) -> String {
        const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let mut name = prefix.to_owned();
        for _ in 0..digits {
            self.made += 1;
            let draw = crate::mix(self.setup.seed ^ self.made.rotate_left(32));
            name.push(char::from(ALPHABET[usize::try_from(draw % 62).unwrap_or(0)]));
        }
        name
    }

    /// The project with this id or name.
    pub(crate) fn project(&self, id_or_name: &str) -> Result<&Project, Refusal> {
        let found = self.projects.get(id_or_name);
        found
            .or_else(|| self.projects.values().find(|project| project.name == id_or_name))
            .ok_or_else(|| Refusal::not_found("project"))
    }

    /// As [`World::project`], to change it.
    pub(crate) fn project_mut(&mut self, id_or_name: &str) -> Result<&mut Project, Refusal> {
        let id = self.project(id_or_name)?.id.clone();
        self.projects.get_mut(&id).ok_or_else(|| Refusal::not_found("project"))
    }

    /// The deployment with this id or host.
    pub(crate) fn deployment(&self, id_or_host: &str) -> Result<&Deployment, Refusal> {
        let found = self.deployments.get(id_or_host);
        found
            .or_else(|| self.deployments.values().find(|deployment| deployment.host == id_or_host))
            .filter(|deployment| !deployment.deleted)
            .ok_or_else(|| Refusal::not_found("deployment"))
    }

    pub(crate) fn deployment_mut(&mut self, id: &str) -> Option<&mut Deployment> {
        self.deployments.get_mut(id)
    }

    pub(crate) fn record(&mut self, what: What, cause: &Cause, project: &str, deployment: &str) {
        if self.effects.len() < KEPT_MAX {
            self.effects.push(Effect {
                at: self.now,
                what,
                by: cause.by,
                operation: cause.operation.clone(),
                project: project.to_owned(),
                deployment: deployment.to_owned(),
            });
        }
    }
}
