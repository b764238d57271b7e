//! One look at the project, as the engine wants it.

use super::api::Api;
use super::look;
use super::marks;
use super::trouble::Trouble;
use super::wire::Deployment;
use super::wire::Project;
use super::wire::RollingRelease;
use rust_decimal::Decimal;
use seaworthy_domain::DeploymentId;
use seaworthy_domain::Share;
use seaworthy_domain::operation::Live;
use seaworthy_domain::operation::TargetState;
use seaworthy_domain::operation::Unready;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Everything that was read.
pub(super) struct Look {
    pub(super) project: Project,
    pub(super) deployments: Vec<Deployment>,
    pub(super) rolling: Option<RollingRelease>,
}

impl Look {
    /// Reads the project, what is deployed, and the rolling release where there can be one.
    pub(super) async fn at(api: &Api) -> Result<Self, Trouble> {
        let project = api.project().await?;
        let mut deployments = api.production_deployments(&project).await?;
        let rolling = if api.target.rolling.is_some() || project.rolls() {
            api.rolling_release(&project).await?
        } else {
            None
        };
        let mut wanted: Vec<String> = project.production().map(str::to_owned).into_iter().collect();
        if let Some(release) = rolling.as_ref().filter(|release| release.is_active()) {
            wanted.extend([release.current_deployment.id.clone(), release.canary_deployment.id.clone()]);
        }
        wanted.dedup();
        for id in wanted {
            if !deployments.iter().any(|d| d.id() == Some(&id)) {
                deployments.push(api.deployment(&id).await?);
            }
        }
        Ok(Self { project, deployments, rolling })
    }

    pub(super) fn active(&self) -> Option<&RollingRelease> {
        self.rolling.as_ref().filter(|release| release.is_active())
    }

    /// Vercel's id of the deployment that is called `name` in the ledger.
    pub(super) fn id_of(&self, name: &DeploymentId) -> Option<String> {
        if name.0.starts_with("dpl_") {
            return Some(name.0.clone());
        }
        look::named(&self.deployments, &name.0)?.id().map(str::to_owned)
    }

    /// Names of all deployments by Vercel's id.
    pub(super) fn names(&self) -> BTreeMap<String, DeploymentId> {
        let name = |deployment: &Deployment| {
            let id = deployment.id()?;
            let marked = deployment
                .meta(marks::DEPLOYMENT)
                .filter(|name| look::named(&self.deployments, name).and_then(Deployment::id) == Some(id));
            Some((id.to_owned(), DeploymentId(marked.unwrap_or(id).to_owned())))
        };
        self.deployments.iter().filter_map(name).collect()
    }

    /// The newest deployment of ours.
    fn newest(&self) -> Option<&Deployment> {
        let ours = self.deployments.iter().filter(|d| d.meta(marks::OPERATION).is_some());
        ours.max_by_key(|d| d.created_ms())
    }

    /// The state of the target, with the reads that only some states need.
    pub(super) async fn state(&self, api: &Api) -> Result<TargetState, Trouble> {
        let names = self.names();
        let (shares, mut unsettled) = self.shares();
        let mut state = TargetState::default();
        for deployment in &self.deployments {
            let Some((id, name)) = deployment.id().and_then(|id| names.get_key_value(id)) else { continue };
            match look::unready(deployment) {
                Some((failed, why)) => {
                    let ours = deployment.meta(marks::OPERATION).is_some();
                    let why = if failed && ours { with_log(api, id, why).await } else { why };
                    state.unready.push(Unready { id: name.clone(), failed, why });
                }
                None => {
                    let share = shares.get(id).copied().unwrap_or(Share::NONE);
                    state.deployments.push(live(deployment, name, share));
                }
            }
        }
        if unsettled.is_none() {
            unsettled = api.job(&self.project, self.newest().and_then(Deployment::created_ms)).await?;
        }
        if unsettled.is_none() {
            unsettled = self.taken(api, &shares).await?;
        }
        state.unsettled = unsettled;
        state.remarks = self.remarks();
        Ok(state)
    }

    /// Who has which share by the project and its rolling release, and what is odd about that.
    fn shares(&self) -> (BTreeMap<String, Share>, Option<String>) {
        let Some(release) = self.active() else {
            let all = self.project.production().map(|id| (id.to_owned(), Share::FULL));
            return (all.into_iter().collect(), None);
        };
        let (current, canary) = (&release.current_deployment.id, &release.canary_deployment.id);
        let whole = |why: &str| (BTreeMap::from([(current.clone(), Share::FULL)]), Some(why.to_owned()));
        let Some(stage) = &release.active_stage else {
            return whole("a rolling release begins and has no stage yet");
        };
        let Some(share) = stage.share() else {
            return whole("the stage of the rolling release has a share that is none");
        };
        let rest = Share::percent(Decimal::ONE_HUNDRED - share.as_percent()).unwrap_or(Share::NONE);
        let odd = match &release.queued_deployment_id {
            Some(queued) => Some(format!("{queued} waits to follow this rolling release by itself")),
            None if self.project.production().is_some_and(|id| id != current) => {
                Some("the project and its rolling release name different deployments as current".to_owned())
            }
            None => None,
        };
        (BTreeMap::from([(current.clone(), rest), (canary.clone(), share)]), odd)
    }

    /// Whether a production domain leads to our newest deployment although it has no traffic by then: it was meant to
    /// be staged, and something assigned it.
    async fn taken(&self, api: &Api, shares: &BTreeMap<String, Share>) -> Result<Option<String>, Trouble> {
        let staged = self.newest().filter(|deployment| look::unready(deployment).is_none());
        let Some(id) = staged.and_then(Deployment::id).filter(|id| !shares.contains_key(*id)) else {
            return Ok(None);
        };
        let domains = api.production_domains_at(&self.project, id).await?;
        if domains.is_empty() {
            return Ok(None);
        }
        Ok(Some(format!("{} leads to {id} already, which was placed without traffic", domains.join(", "))))
    }

    fn remarks(&self) -> Vec<String> {
        let name = self.project.name.as_deref().unwrap_or(&self.project.id);
        let off = self.project.auto_assign_custom_domains == Some(false);
        let mut remarks = Vec::new();
        if self.project.is_rolled_back() && off {
            remarks.push(format!(
                "{name} is rolled back at Vercel: what is pushed to it does not go live until a deployment is promoted"
            ));
        } else if off {
            remarks.push(format!("{name} does not assign its production domains by itself at Vercel"));
        }
        remarks
    }
}

/// A failure with the end of its build log. Without the log it is still a failure.
async fn with_log(api: &Api, id: &str, why: String) -> String {
    match api.build_log(id).await {
        Ok(lines) if !lines.is_empty() => format!("{why}\nlast lines of its build:\n{}", lines.join("\n")),
        _ => why,
    }
}

fn live(deployment: &Deployment, name: &DeploymentId, share: Share) -> Live {
    let known = |key| deployment.meta(key).map(str::to_owned);
    let commit = known(marks::COMMIT).or_else(|| known("githubCommitSha")).or_else(|| known("gitCommitSha"));
    Live {
        id: name.clone(),
        share,
        version: known(marks::VERSION),
        commit,
        url: deployment.url.as_deref().and_then(address),
    }
}

/// The address of a deployment, from the host that Vercel gives. A host on this machine is a practice provider's and
/// speaks no TLS.
pub(super) fn address(host: &str) -> Option<String> {
    let url = seaworthy_http::Url::parse(&format!("https://{host}")).ok()?;
    if host.contains("://") || !url.has_host() || url.path() != "/" || !url.username().is_empty() {
        return None;
    }
    let here = url.host_str().and_then(|name| name.parse::<IpAddr>().ok()).is_some_and(|ip| ip.is_loopback());
    Some(format!("{}://{host}", if here { "http" } else { "https" }))
}
