//! What can be asked about a project besides its deployments in production. Nothing here changes anything.

use super::api::Api;
use super::api::Line;
use super::look;
use super::state;
use super::trouble::Trouble;
use super::wire::Deployment;
use super::wire::DeploymentPage;
use super::wire::Ready;
use super::wire::whole;
use seaworthy_domain::policy::VercelTarget;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;

/// Previews of one commit; more than a page is a loop of somebody's.
const PREVIEWS: &str = "100";

/// A project at Vercel, to be read.
pub struct VercelProject(Api);

/// A deployment that is not production.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VercelPreview {
    /// `dpl_…`.
    pub id: String,
    /// Its own address.
    pub url: Option<String>,
    /// `None` when it is ready, else what it is doing or why it failed.
    pub unready: Option<String>,
    /// Milliseconds since 1970.
    pub created_ms: Option<i64>,
}

/// An environment variable by its name. Its value is never read, whether Vercel sends one or not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VercelVariable {
    /// Name.
    pub name: String,
    /// `system`, `plain`, `encrypted`, `sensitive`, `secret`, or a word that is not known here.
    pub kind: String,
    /// Where it is set: `production`, `preview`, `development`.
    pub targets: BTreeSet<String>,
}

impl VercelProject {
    /// The project that `target` deploys to.
    #[must_use]
    pub fn new(line: Line, target: &VercelTarget) -> Self {
        Self(Api::new(line, target.clone()))
    }

    /// Previews that were built from `commit`, newest first.
    ///
    /// # Errors
    /// [`Trouble`]
    pub async fn previews(&self, commit: &str) -> Result<Vec<VercelPreview>, Trouble> {
        let project = self.0.project().await?;
        let query = [("projectId", project.id.as_str()), ("sha", commit), ("limit", PREVIEWS)];
        let page: DeploymentPage = self.0.get(&["v7", "deployments"], &query).await?;
        // What answers a filter that it does not know answers with everything.
        let mut found: Vec<_> = page.deployments.into_iter().filter(|d| d.is_preview_of(commit)).collect();
        found.sort_by_key(|d| std::cmp::Reverse(d.created_ms()));
        Ok(found.iter().filter_map(preview).collect())
    }

    /// Names of the environment variables, in the order of the alphabet.
    ///
    /// # Errors
    /// [`Trouble`]; also when there are more than Vercel answers at once.
    pub async fn variables(&self) -> Result<Vec<VercelVariable>, Trouble> {
        let project = self.0.project().await?;
        let answer: Value =
            self.0.get(&["v10", "projects", &project.id, "env"], &[("decrypt", "false")]).await?;
        variables(answer)
    }

    /// The last lines of a build, at most twenty.
    ///
    /// # Errors
    /// [`Trouble`]
    pub async fn build_log(&self, deployment: &str) -> Result<Vec<String>, Trouble> {
        self.0.build_log(deployment).await
    }
}

fn preview(deployment: &Deployment) -> Option<VercelPreview> {
    Some(VercelPreview {
        id: deployment.id()?.to_owned(),
        url: deployment.url.as_deref().and_then(state::address),
        unready: match deployment.ready() {
            Ready::Yes => None,
            _ => look::unready(deployment).map(|(_, why)| why),
        },
        created_ms: deployment.created_ms(),
    })
}

#[derive(Deserialize)]
struct Variable {
    key: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    target: Option<Value>,
}

/// Vercel answers in three shapes: a list with pages, a list without, or one variable by itself.
fn variables(answer: Value) -> Result<Vec<VercelVariable>, Trouble> {
    let odd = |why: String| Trouble::Lost(format!("the list of variables cannot be understood: {why}"));
    let next = answer.get("pagination").and_then(|pages| pages.get("next")).and_then(Value::as_number);
    if next.and_then(whole).is_some() {
        return Err(odd("it goes on after this page".to_owned()));
    }
    let list = match answer {
        Value::Object(mut fields) => match fields.remove("envs") {
            Some(Value::Array(list)) => list,
            Some(_) => return Err(odd("`envs` is no list".to_owned())),
            None => vec![Value::Object(fields)],
        },
        _ => return Err(odd("it is no object".to_owned())),
    };
    let mut found = Vec::new();
    for entry in list {
        let variable: Variable = serde_json::from_value(entry).map_err(|e| odd(e.to_string()))?;
        let targets = match variable.target {
            Some(Value::String(one)) => BTreeSet::from([one]),
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => BTreeSet::new(),
        };
        let kind = variable.kind.unwrap_or_else(|| "unknown".to_owned());
        found.push(VercelVariable { name: variable.key, kind, targets });
    }
    found.sort();
    Ok(found)
}
