//! What the project shows: who serves production, what of ours is there, and what is on its way.

use super::api::Api;
use super::marks;
use super::trouble::Trouble;
use super::trouble::brief;
use super::wire::AliasRequest;
use super::wire::Aliases;
use super::wire::BuildEvent;
use super::wire::Deployment;
use super::wire::DeploymentPage;
use super::wire::Domain;
use super::wire::Domains;
use super::wire::JobAliases;
use super::wire::Project;
use super::wire::Ready;
use super::wire::Rolling;
use super::wire::RollingConfig;
use super::wire::RollingRelease;
use super::wire::whole;
use std::collections::BTreeSet;

/// Deployments a page has; Vercel gives no more.
const PAGE: &str = "100";
/// Pages that are read for the deployments newer than the one in production.
const PAGES_MAX: u32 = 5;
/// Domains of a job that are named when they fail.
const FAILED_MAX: &str = "20";
/// Entries at the end of a build log that are read, and lines of them that are shown.
const LOG_ENTRIES: &str = "100";
const LOG_LINES_MAX: usize = 20;
/// Characters of a line of a build log.
const LOG_LINE_CHARS_MAX: usize = 200;

impl Api {
    /// The project, which must be the one that the policy names.
    pub(super) async fn project(&self) -> Result<Project, Trouble> {
        let wanted = &self.target.project;
        let project: Project = self.get(&["v9", "projects", wanted], &[]).await?;
        if project.id != *wanted && project.name.as_deref() != Some(wanted) {
            let found = brief(&project.id);
            return Err(Trouble::Lost(format!(
                "Vercel answered for the project {found} when asked for {wanted}"
            )));
        }
        Ok(project)
    }

    /// Production deployments, newest first, back to the one that serves production.
    pub(super) async fn production_deployments(&self, project: &Project) -> Result<Vec<Deployment>, Trouble> {
        let mut found: Vec<Deployment> = Vec::new();
        let mut until: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let mut query =
                vec![("projectId", project.id.as_str()), ("target", "production"), ("limit", PAGE)];
            if let Some(until) = &until {
                query.push(("until", until));
            }
            let page: DeploymentPage = self.get(&["v7", "deployments"], &query).await?;
            let reached =
                page.deployments.iter().any(|d| project.production().is_some_and(|id| d.id() == Some(id)));
            found.extend(page.deployments);
            // Without production there is nothing to go back to, and the first page has the newest.
            let Some(next) = page.pagination.next.as_ref().and_then(whole) else { break };
            if reached || project.production().is_none() {
                break;
            }
            until = Some(next.to_string());
        }
        Ok(found)
    }

    /// One deployment by its own id.
    pub(super) async fn deployment(&self, id: &str) -> Result<Deployment, Trouble> {
        self.get(&["v13", "deployments", id], &[]).await
    }

    /// The rolling release that is or was under way.
    pub(super) async fn rolling_release(&self, project: &Project) -> Result<Option<RollingRelease>, Trouble> {
        let path = ["v1", "projects", &project.id, "rolling-release"];
        Ok(self.get::<Rolling<RollingRelease>>(&path, &[]).await?.rolling_release)
    }

    /// Rolling releases as configured.
    pub(super) async fn rolling_config(&self, project: &Project) -> Result<Option<RollingConfig>, Trouble> {
        if !project.rolls() {
            return Ok(None);
        }
        let path = ["v1", "projects", &project.id, "rolling-release", "config"];
        Ok(self.get::<Rolling<RollingConfig>>(&path, &[]).await?.rolling_release)
    }

    /// Production domains that lead to `deployment`.
    pub(super) async fn production_domains_at(
        &self,
        project: &Project,
        deployment: &str,
    ) -> Result<Vec<String>, Trouble> {
        let aliases: Aliases = self.get(&["v2", "deployments", deployment, "aliases"], &[]).await?;
        if aliases.aliases.is_empty() {
            return Ok(Vec::new());
        }
        let domains: Domains =
            self.get(&["v9", "projects", &project.id, "domains"], &[("limit", PAGE)]).await?;
        let production: BTreeSet<String> =
            domains.domains.into_iter().filter(Domain::is_production).map(|domain| domain.name).collect();
        Ok(aliases.aliases.into_iter().map(|alias| alias.alias).filter(|a| production.contains(a)).collect())
    }

    /// What keeps the shares from being what they look like, by the newest promote or rollback of the project.
    ///
    /// A failed one counts while it is about what is going on: one that is older than the newest deployment of ours
    /// belongs to somebody's past.
    pub(super) async fn job(
        &self,
        project: &Project,
        since_ms: Option<i64>,
    ) -> Result<Option<String>, Trouble> {
        let Some(request) = &project.last_alias_request else { return Ok(None) };
        let kind = match request.kind.as_deref() {
            Some("rollback") => "rollback",
            _ => "promote",
        };
        let to = brief(request.to_deployment_id.as_deref().unwrap_or("a deployment it does not name"));
        match request.job_status.as_deref() {
            Some("succeeded" | "skipped") => Ok(None),
            Some("failed") if is_past(request, since_ms) => Ok(None),
            Some("failed") => {
                let path = ["v9", "projects", &project.id, kind, "aliases"];
                let failed: JobAliases =
                    self.get(&path, &[("failedOnly", "true"), ("limit", FAILED_MAX)]).await?;
                let named: Vec<_> = failed
                    .aliases
                    .iter()
                    .filter(|alias| alias.status.as_deref() != Some("completed"))
                    .map(|alias| brief(&alias.alias))
                    .collect();
                let domains = if named.is_empty() {
                    "it does not say which domains".to_owned()
                } else {
                    named.join(", ")
                };
                Ok(Some(format!("the {kind} to {to} failed for some domains: {domains}")))
            }
            Some("pending" | "in-progress") => Ok(Some(format!("a {kind} to {to} is under way"))),
            Some(other) => Ok(Some(format!("a {kind} to {to} is \"{}\"", brief(other)))),
            None => Ok(Some(format!("a {kind} to {to} has no status"))),
        }
    }

    /// The last lines of a build.
    pub(super) async fn build_log(&self, deployment: &str) -> Result<Vec<String>, Trouble> {
        let query = [("builds", "1"), ("direction", "backward"), ("follow", "0"), ("limit", LOG_ENTRIES)];
        let mut events: Vec<BuildEvent> =
            self.get(&["v3", "deployments", deployment, "events"], &query).await?;
        // Asked for backwards, the newest comes first.
        events.reverse();
        let texts = events
            .into_iter()
            .filter_map(|event| event.text.or_else(|| event.payload.and_then(|payload| payload.text)));
        let lines: Vec<String> = texts
            .flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
            .filter(|line| !line.trim().is_empty())
            .map(|line| seaworthy_domain::visible(&cut(&line)))
            .collect();
        Ok(lines[lines.len().saturating_sub(LOG_LINES_MAX)..].to_vec())
    }
}

fn cut(line: &str) -> String {
    line.chars().take(LOG_LINE_CHARS_MAX).collect()
}

fn is_past(request: &AliasRequest, since_ms: Option<i64>) -> bool {
    let at = request.requested_at.as_ref().and_then(whole);
    matches!((at, since_ms), (Some(at), Some(since)) if at < since) || (at.is_some() && since_ms.is_none())
}

/// Why a deployment cannot take traffic; `None` when it can. The flag says whether it never will.
pub(super) fn unready(deployment: &Deployment) -> Option<(bool, String)> {
    let (failed, mut why) = match deployment.ready() {
        Ready::Yes => return None,
        Ready::Coming(why) => (false, why.to_owned()),
        Ready::Never(why) => (true, why.to_owned()),
        Ready::Unclear(word) => {
            (false, format!("its state is \"{}\", which is not known here", brief(&word)))
        }
    };
    if let Some(reason) = deployment.reason() {
        why = format!("{why}: {}", brief(reason));
    }
    Some((failed, why))
}

/// The oldest deployment that carries a name is the one that was made under it: a redeploy in the dashboard copies the
/// mark.
pub(super) fn named<'a>(deployments: &'a [Deployment], name: &str) -> Option<&'a Deployment> {
    let marked = deployments.iter().filter(|d| d.meta(marks::DEPLOYMENT) == Some(name));
    marked.min_by_key(|d| d.created_ms().unwrap_or(i64::MAX))
}
