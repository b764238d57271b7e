//! Files and new deployments.

use super::Cause;
use super::Deployment;
use super::KEPT_MAX;
use super::Refusal;
use super::State;
use super::World;
use crate::effect::OPERATION_META;
use crate::effect::What;
use serde_json::Value;
use std::collections::BTreeMap;

/// Most files of a deployment.
const FILES_MAX: usize = 5_000;
/// Most keys of `meta`.
const META_MAX: usize = 100;

/// What a deployment is built from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Source {
    /// Uploaded or inline files: path, digest, size.
    Files(Vec<(String, String, u64)>),
    /// A git reference, as it came.
    Git(Value),
}

/// A request for a new deployment, read from its body.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) name: String,
    pub(crate) project: String,
    pub(crate) target: Option<String>,
    pub(crate) auto_assign: Option<bool>,
    pub(crate) source: Option<Source>,
    pub(crate) redeploy_of: Option<String>,
    pub(crate) meta: BTreeMap<String, String>,
    /// Files that came in the body itself.
    pub(crate) inline: BTreeMap<String, u64>,
    pub(crate) force_new: bool,
}

/// What a deployment is made of, and what it inherits.
struct Origin {
    source: Source,
    meta: BTreeMap<String, String>,
    target: Option<String>,
}

impl World {
    /// `POST /v2/files`, its digest already checked. Storing the same bytes again changes nothing.
    pub(crate) fn store(&mut self, digest: &str, size: u64, cause: &Cause) -> Result<(), Refusal> {
        if self.files.len() >= KEPT_MAX {
            return Err(Refusal::bad("too many files for a practice provider"));
        }
        if self.files.insert(digest.to_owned(), size).is_none() {
            self.record(What::Uploaded, cause, "", "");
        }
        Ok(())
    }

    /// `POST /v13/deployments`. Without `forceNew` a similar deployment is answered again, whatever its `meta`.
    pub(crate) fn create(
        &mut self,
        ask: Ask,
        host: impl FnOnce() -> Result<String, Refusal>,
        cause: &Cause,
    ) -> Result<String, Refusal> {
        let project = self.project(&ask.project)?.clone();
        if ask.meta.len() > META_MAX {
            return Err(Refusal::bad(format!("`meta` should have at most {META_MAX} keys")));
        }
        if self.deployments.len() >= KEPT_MAX {
            return Err(Refusal::bad("too many deployments for a practice provider"));
        }
        let Origin { source, mut meta, target } = self.source_of(&ask, &project.id)?;
        let auto_assign = ask.auto_assign.unwrap_or(true) && project.auto_assign;
        let similar = |known: &&Deployment| {
            known.project == project.id
                && known.source == source
                && known.target == target
                && known.redeploy_of == ask.redeploy_of
                && known.auto_assign == auto_assign
                && !known.deleted
                && !matches!(known.state, State::Error | State::Canceled)
        };
        if let Some(known) = self.deployments.values().find(similar).filter(|_| !ask.force_new) {
            return Ok(known.id.clone());
        }
        let host = host()?;
        self.files.extend(ask.inline);
        let id = self.fresh("dpl_", 28);
        // Pages of a list are cut by this time, so that no two may share it.
        let newest = self.deployments.values().map(|known| known.created).max();
        let created = newest.map_or(self.now, |newest| self.now.max(newest + 1));
        let operation = ask.meta.get(OPERATION_META).cloned().or_else(|| cause.operation.clone());
        meta.extend(git_meta(&source));
        meta.extend(ask.meta);
        self.deployments.insert(
            id.clone(),
            Deployment {
                id: id.clone(),
                project: project.id.clone(),
                name: ask.name,
                host,
                created,
                target,
                state: State::Queued,
                since: self.now,
                building_at: None,
                ready_at: None,
                fails: self.next_build_fails.take(),
                deleted: false,
                auto_assign,
                substate: None,
                assigned_at: None,
                meta,
                source,
                redeploy_of: ask.redeploy_of,
            },
        );
        self.record(What::Created, &Cause { by: cause.by, operation }, &project.id, &id);
        Ok(id)
    }

    fn source_of(&self, ask: &Ask, project: &str) -> Result<Origin, Refusal> {
        if let Some(earlier) = &ask.redeploy_of {
            let earlier = self.deployment(earlier)?;
            if earlier.project != project {
                return Err(Refusal::not_found("deployment"));
            }
            let target = ask.target.clone().or_else(|| earlier.target.clone());
            return Ok(Origin { source: earlier.source.clone(), meta: earlier.meta.clone(), target });
        }
        let source = ask.source.clone().ok_or_else(|| {
            Refusal::bad("one of `files`, `gitSource` and `deploymentId` is needed to create a deployment")
        })?;
        if let Source::Files(files) = &source {
            if files.len() > FILES_MAX {
                return Err(Refusal::bad(format!("`files` should have at most {FILES_MAX} items")));
            }
            let there = |digest: &String| self.files.contains_key(digest) || ask.inline.contains_key(digest);
            let mut missing: Vec<_> =
                files.iter().map(|(_, digest, _)| digest.clone()).filter(|digest| !there(digest)).collect();
            missing.dedup();
            if !missing.is_empty() {
                let refusal = Refusal::new(400, "missing_files", "Missing files");
                return Err(Refusal { missing, ..refusal });
            }
        }
        Ok(Origin { source, meta: BTreeMap::new(), target: ask.target.clone() })
    }

    /// `PATCH /v12/deployments/{id}/cancel`.
    pub(crate) fn cancel(&mut self, id: &str, cause: &Cause) -> Result<(), Refusal> {
        let now = self.now;
        let found = self.deployment(id)?.id.clone();
        let Some(deployment) = self.deployment_mut(&found) else {
            return Err(Refusal::not_found("deployment"));
        };
        if !deployment.state.is_under_way() {
            return Err(Refusal::bad(format!("the build is {} already", deployment.state.name())));
        }
        deployment.state = State::Canceled;
        deployment.since = now;
        let project = deployment.project.clone();
        self.record(What::Canceled, cause, &project, &found);
        Ok(())
    }

    /// `POST /v2/deployments/{id}/aliases`: gives one domain to a deployment. Answers the alias and who had it.
    pub(crate) fn alias(
        &mut self,
        id: &str,
        name: &str,
        cause: &Cause,
    ) -> Result<(super::Alias, Option<String>), Refusal> {
        let deployment = self.deployment(id)?.clone();
        let (uid, created) = (self.fresh("", 24), self.now);
        let project = self.project_mut(&deployment.project)?;
        let known = project.aliases.iter_mut().find(|alias| alias.name == name);
        let answer = match known {
            Some(alias) if alias.deployment == deployment.id => {
                let why = format!("{name} is already assigned to {}", deployment.id);
                return Err(Refusal::new(409, "conflict", why));
            }
            Some(alias) => {
                let before = std::mem::replace(&mut alias.deployment, deployment.id.clone());
                (alias.clone(), Some(before))
            }
            None => {
                let (name, to) = (name.to_owned(), deployment.id.clone());
                project.aliases.push(super::Alias { uid, name, created, deployment: to, production: false });
                (project.aliases[project.aliases.len() - 1].clone(), None)
            }
        };
        self.record(What::Aliased, cause, &deployment.project, &deployment.id);
        Ok(answer)
    }
}

/// What the provider writes into `meta` for a git reference.
fn git_meta(source: &Source) -> BTreeMap<String, String> {
    let Source::Git(git) = source else { return BTreeMap::new() };
    let text = |key: &str| git.get(key).and_then(Value::as_str).map(str::to_owned);
    let host = match git.get("type").and_then(Value::as_str) {
        Some("gitlab") => "gitlab",
        Some("bitbucket") => "bitbucket",
        _ => "github",
    };
    let found = [("CommitSha", text("sha")), ("CommitRef", text("ref"))];
    let found = found.into_iter().filter_map(|(key, value)| Some((format!("{host}{key}"), value?)));
    let names = [("Org", text("org")), ("Repo", text("repo"))];
    let names = names.into_iter().filter_map(|(key, value)| Some((format!("{host}{key}"), value?)));
    found.chain(names).collect()
}
