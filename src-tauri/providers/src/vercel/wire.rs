//! What Vercel's answers look like, as far as anything is asked of them.
//!
//! Fields that are not named here may come and go, `aliasAssigned` among them: it is a time or a truth, and true of a
//! deployment that has only addresses of its own. What is named and missing is `None`, unless nothing can be said
//! without it; a word that is not known is kept as it is. Source: the vendor's published description (2025-10-27) and
//! its own clients (2026-10).

use rust_decimal::Decimal;
use seaworthy_domain::Share;
use serde::Deserialize;
use serde_json::Number;
use serde_json::Value;
use std::collections::BTreeMap;

/// Shape of every error.
#[derive(Debug, Deserialize)]
pub(super) struct ErrorBody {
    pub(super) error: ErrorWords,
}

#[derive(Debug, Deserialize)]
pub(super) struct ErrorWords {
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
    pub(super) limit: Option<Limit>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Limit {
    /// Seconds since 1970.
    pub(super) reset: Option<Number>,
    /// Milliseconds since 1970.
    pub(super) reset_ms: Option<Number>,
}

/// One page of something.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Pagination {
    /// Milliseconds since 1970, for `until` of the next page.
    pub(super) next: Option<Number>,
}

#[derive(Debug, Deserialize)]
pub(super) struct DeploymentPage {
    pub(super) deployments: Vec<Deployment>,
    #[serde(default)]
    pub(super) pagination: Pagination,
}

/// One deployment, as listed (`uid`, `state`) or alone (`id`, `readyState`).
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Deployment {
    id: Option<String>,
    uid: Option<String>,
    ready_state: Option<String>,
    state: Option<String>,
    ready_state_reason: Option<String>,
    pub(super) url: Option<String>,
    created_at: Option<Number>,
    created: Option<Number>,
    target: Option<String>,
    error_code: Option<String>,
    error_message: Option<String>,
    meta: Option<BTreeMap<String, Value>>,
}

/// How far a deployment is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ready {
    /// It can take traffic.
    Yes,
    /// It will be, or not.
    Coming(&'static str),
    /// It never will be.
    Never(&'static str),
    /// A word that is not known here.
    Unclear(String),
}

impl Deployment {
    /// `dpl_…`.
    pub(super) fn id(&self) -> Option<&str> {
        self.id.as_deref().or(self.uid.as_deref()).filter(|id| !id.is_empty())
    }

    pub(super) fn ready(&self) -> Ready {
        match self.ready_state.as_deref().or(self.state.as_deref()) {
            Some("READY") => Ready::Yes,
            Some("QUEUED") => Ready::Coming("it waits for its build"),
            Some("INITIALIZING") => Ready::Coming("its build begins"),
            Some("BUILDING") => Ready::Coming("it is being built"),
            Some("ERROR") => Ready::Never("its build failed"),
            Some("CANCELED") => Ready::Never("its build was canceled"),
            Some("BLOCKED") => Ready::Never("Vercel blocked it"),
            Some("DELETED") => Ready::Never("it was deleted"),
            Some(other) => Ready::Unclear(other.to_owned()),
            None => Ready::Unclear("no state at all".to_owned()),
        }
    }

    /// Why it failed, in Vercel's words.
    pub(super) fn reason(&self) -> Option<&str> {
        let words = [&self.error_message, &self.ready_state_reason, &self.error_code];
        words.into_iter().flatten().map(String::as_str).find(|words| !words.trim().is_empty())
    }

    /// Milliseconds since 1970.
    pub(super) fn created_ms(&self) -> Option<i64> {
        whole(self.created_at.as_ref().or(self.created.as_ref())?)
    }

    /// Whether it is no production deployment and was built from `commit`.
    pub(super) fn is_preview_of(&self, commit: &str) -> bool {
        let keys = ["githubCommitSha", "gitlabCommitSha", "bitbucketCommitSha", "gitCommitSha"];
        self.target.as_deref() != Some("production") && keys.iter().any(|key| self.meta(key) == Some(commit))
    }

    pub(super) fn meta(&self, key: &str) -> Option<&str> {
        self.meta.as_ref()?.get(key)?.as_str().filter(|text| !text.is_empty())
    }
}

/// Whole part of a number of milliseconds.
pub(super) fn whole(number: &Number) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "a time; fractions of a millisecond mean nothing")]
    number.as_i64().or_else(|| number.as_f64().filter(|ms| ms.is_finite()).map(|ms| ms as i64))
}

/// A project.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Project {
    pub(super) id: String,
    pub(super) name: Option<String>,
    targets: Option<BTreeMap<String, Option<Pointer>>>,
    pub(super) auto_assign_custom_domains: Option<bool>,
    pub(super) last_alias_request: Option<AliasRequest>,
    last_rollback_target: Option<Value>,
    /// Its shape is read from its own call; here only whether it is there.
    rolling_release: Option<Value>,
}

impl Project {
    /// The deployment that production domains lead to.
    pub(super) fn production(&self) -> Option<&str> {
        self.targets.as_ref()?.get("production")?.as_ref().map(|pointer| pointer.id.as_str())
    }

    /// Whether promoting would start or complete a rolling release.
    pub(super) fn rolls(&self) -> bool {
        self.rolling_release.as_ref().is_some_and(|config| !config.is_null())
    }

    /// Whether production was rolled back and nothing was promoted since.
    pub(super) fn is_rolled_back(&self) -> bool {
        self.last_rollback_target.as_ref().is_some_and(|target| match target {
            Value::Object(fields) => !fields.is_empty(),
            Value::String(id) => !id.is_empty(),
            _ => false,
        })
    }
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Pointer {
    pub(super) id: String,
}

/// The newest promote or rollback of a project.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AliasRequest {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) job_status: Option<String>,
    pub(super) requested_at: Option<Number>,
    pub(super) to_deployment_id: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct JobAliases {
    pub(super) aliases: Vec<JobAlias>,
}

#[derive(Debug, Deserialize)]
pub(super) struct JobAlias {
    pub(super) alias: String,
    pub(super) status: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Aliases {
    pub(super) aliases: Vec<Alias>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Alias {
    pub(super) alias: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Domains {
    pub(super) domains: Vec<Domain>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Domain {
    pub(super) name: String,
    git_branch: Option<String>,
    custom_environment_id: Option<String>,
}

impl Domain {
    /// Whether it leads to production and not to a branch or another environment.
    pub(super) fn is_production(&self) -> bool {
        self.git_branch.is_none() && self.custom_environment_id.is_none()
    }
}

/// `{"rollingRelease": …}` around a release or a configuration.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rolling<T> {
    pub(super) rolling_release: Option<T>,
}

/// Rolling releases of a project as configured.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RollingConfig {
    pub(super) advancement_type: Option<String>,
    #[serde(default)]
    pub(super) stages: Option<Vec<Stage>>,
}

/// A rolling release, under way or over.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RollingRelease {
    pub(super) state: String,
    pub(super) current_deployment: Pointer,
    pub(super) canary_deployment: Pointer,
    pub(super) queued_deployment_id: Option<String>,
    pub(super) advancement_type: Option<String>,
    #[serde(default)]
    pub(super) stages: Option<Vec<Stage>>,
    pub(super) active_stage: Option<Stage>,
}

impl RollingRelease {
    pub(super) fn is_active(&self) -> bool {
        self.state == "ACTIVE"
    }
}

/// One stage of either.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Stage {
    pub(super) index: Option<u32>,
    target_percentage: Number,
    pub(super) require_approval: Option<bool>,
    /// Minutes in a configuration, seconds in a release.
    pub(super) duration: Option<Number>,
    pub(super) linear_shift: Option<bool>,
}

impl Stage {
    /// Its share of traffic.
    pub(super) fn share(&self) -> Option<Share> {
        let text = self.target_percentage.to_string();
        let percent = Decimal::from_str_exact(&text).or_else(|_| Decimal::from_scientific(&text)).ok()?;
        Share::percent(percent).ok()
    }
}

/// One entry of the build log.
#[derive(Debug, Deserialize)]
pub(super) struct BuildEvent {
    pub(super) text: Option<String>,
    pub(super) payload: Option<BuildPayload>,
}

#[derive(Debug, Deserialize)]
pub(super) struct BuildPayload {
    pub(super) text: Option<String>,
}
