//! How requests reach the candidate in production and not its predecessor; for the prober and for checks alike.

use seaworthy_domain::Candidate;
use seaworthy_domain::Deployment;
use seaworthy_domain::Release;
use seaworthy_domain::Share;
use seaworthy_domain::policy::CandidateRoute;
use seaworthy_domain::policy::Check;
use seaworthy_domain::policy::CheckKind;
use seaworthy_domain::policy::CriterionKind;
use seaworthy_domain::policy::MetricsCheck;
use seaworthy_domain::policy::Policy;
use seaworthy_domain::policy::Probe;
use seaworthy_domain::policy::Subject;
use seaworthy_ports::Probing;

/// Whom to ask for `deployment` of `release`. `None` without any address.
pub(crate) fn probing(
    policy: &Policy,
    probe: &Probe,
    release: &Release,
    deployment: &Deployment,
) -> Option<Probing> {
    Some(Probing {
        probe: probe.clone(),
        base_url: policy.address_of(deployment)?.to_owned(),
        deployment: deployment.id.clone(),
        version: release.version.clone(),
        commit: release.candidate().map(|c| c.commit.clone()).unwrap_or_default(),
    })
}

/// Where the run of a check looks, and who has to answer there.
#[derive(Default)]
pub(crate) struct Looking {
    /// Environment, where it is about one.
    pub(crate) environment: Option<String>,
    /// Its address.
    pub(crate) base_url: Option<String>,
    /// Who has to answer, where another version may.
    pub(crate) candidate: Option<Probing>,
    /// Why nobody can tell that the candidate answers there.
    pub(crate) doubt: Option<String>,
}

impl Looking {
    /// Staging has one version at a time. In production a request reaches the candidate by the prober's route, and its
    /// answer says so; what asks production in any other way asks whoever has the traffic.
    pub(crate) fn of(policy: &Policy, check: &Check, release: &Release) -> Self {
        let Some(environment) = environment_of(policy, check) else { return Self::default() };
        let deployed = release.deployment_in(&environment);
        let shared = policy.environments.get(&environment).and_then(|e| e.url.clone());
        let base_url = shared.or_else(|| deployed.and_then(|d| d.url.clone()));
        let place = Self { environment: Some(environment), base_url, ..Self::default() };
        let production = policy.production().map(|(name, _)| name);
        let Some(deployed) = deployed.filter(|d| production == Some(d.environment.as_str())) else {
            return place;
        };
        // At the shared address without a header anybody may answer.
        let route = policy
            .probe
            .as_ref()
            .filter(|probe| probe.route != CandidateRoute::OwnUrl || deployed.url.is_some());
        let route = route.and_then(|probe| probing(policy, probe, release, deployed));
        match (&check.kind, route) {
            // The service's figures name the candidate themselves.
            (CheckKind::Metrics(_), _) => place,
            (CheckKind::Http(asked), Some(probing)) if !asked.url.contains("://") => {
                Self { base_url: Some(probing.base_url.clone()), candidate: Some(probing), ..place }
            }
            (CheckKind::Command(_), Some(probing)) if probing.probe.route == CandidateRoute::OwnUrl => {
                Self { base_url: Some(probing.base_url), ..place }
            }
            _ if deployed.share == Share::FULL => place,
            _ => {
                let label = release.candidate().map_or_else(|| "the candidate".to_owned(), Candidate::label);
                let doubt = format!(
                    "{label} had {} of production, so another version may have answered",
                    deployed.share
                );
                Self { doubt: Some(doubt), ..place }
            }
        }
    }
}

/// Which environment a check is about: as its own address says, else as the criteria that use it say.
fn environment_of(policy: &Policy, check: &Check) -> Option<String> {
    let own = match &check.kind {
        CheckKind::Http(probe) => probe.environment.clone(),
        // Fresh figures are those of what is deployed; rules and targets are the service's own.
        CheckKind::Metrics(MetricsCheck::Fresh { .. }) => {
            policy.production().map(|(name, _)| name.to_owned())
        }
        CheckKind::Metrics(_) => return None,
        CheckKind::Command(_) => None,
    };
    own.or_else(|| {
        let criteria = policy.gates.iter().flat_map(|g| &g.criteria);
        criteria
            .filter(|c| matches!(&c.kind, CriterionKind::Check { check: name } if *name == check.name))
            .find_map(|c| match &c.subject {
                Subject::Deployment { environment } => Some(environment.clone()),
                _ => None,
            })
    })
}
