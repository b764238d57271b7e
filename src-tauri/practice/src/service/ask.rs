//! Reading requests: query, JSON and the body of a new deployment.

use super::Asked;
use crate::world::Ask;
use crate::world::Refusal;
use crate::world::Source;
use base64::Engine as _;
use serde_json::Value;
use sha1::Digest as _;
use sha1::Sha1;
use std::collections::BTreeMap;

/// What stands behind the question mark.
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn of(asked: &Asked) -> Self {
        let text = asked.parts.uri.query().unwrap_or_default();
        Self(url::form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A number; the provider refuses what is none.
    pub(crate) fn number(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let number = text.parse().map_err(|_| Refusal::bad(format!("`{name}` should be a number")))?;
        Ok(Some(number))
    }

    /// `meta-KEY=VALUE`, as the provider's own client filters lists.
    pub(crate) fn meta(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(|(name, value)| Some((name.strip_prefix("meta-")?, value.as_str())))
    }
}

/// Digest of bytes, as the provider names files.
pub(crate) fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha1::digest(bytes))
}

/// The body as a JSON object.
pub(crate) fn object(asked: &Asked) -> Result<Value, Refusal> {
    if asked.body.is_empty() {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    let value: Value =
        serde_json::from_slice(&asked.body).map_err(|_| Refusal::bad("the body should be JSON"))?;
    if value.is_object() { Ok(value) } else { Err(Refusal::bad("the body should be an object")) }
}

/// A text of the body that has to be there.
pub(crate) fn text<'a>(body: &'a Value, name: &str) -> Result<&'a str, Refusal> {
    let found = body.get(name).and_then(Value::as_str);
    found.ok_or_else(|| Refusal::bad(format!("Invalid request: missing required property `{name}`.")))
}

fn optional(body: &Value, name: &str) -> Result<Option<String>, Refusal> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Refusal::bad(format!("Invalid request: `{name}` should be string."))),
    }
}

/// The keys a new deployment may have; the provider refuses others.
const KEYS: [&str; 13] = [
    "autoAssignCustomDomains",
    "customEnvironmentSlugOrId",
    "deploymentId",
    "files",
    "gitMetadata",
    "gitSource",
    "meta",
    "monorepoManager",
    "name",
    "project",
    "projectSettings",
    "target",
    "withLatestCommit",
];

/// Reads the body of `POST /v13/deployments`.
pub(crate) fn deployment(asked: &Asked, query: &Query) -> Result<Ask, Refusal> {
    let body = object(asked)?;
    let unknown = body.as_object().into_iter().flatten().map(|(key, _)| key);
    if let Some(unknown) = unknown.into_iter().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(Refusal::bad(format!(
            "Invalid request: should NOT have additional property `{unknown}`."
        )));
    }
    let name = text(&body, "name")?.to_owned();
    let mut inline = BTreeMap::new();
    let source = match (body.get("files"), body.get("gitSource")) {
        (Some(files), _) => Some(Source::Files(read_files(files, &mut inline)?)),
        (None, Some(git)) => Some(Source::Git(git_source(git)?)),
        (None, None) => None,
    };
    let auto_assign = match body.get("autoAssignCustomDomains") {
        None => None,
        Some(Value::Bool(on)) => Some(*on),
        Some(_) => return Err(Refusal::bad("Invalid request: `autoAssignCustomDomains` should be boolean.")),
    };
    let mut meta = git_metadata(&body);
    meta.extend(read_meta(&body)?);
    let target = optional(&body, "target")?.filter(|target| target != "preview");
    if target.as_ref().is_some_and(|target| target != "production" && target != "staging") {
        return Err(Refusal::bad("Invalid request: `target` should be production or staging."));
    }
    Ok(Ask {
        project: optional(&body, "project")?.unwrap_or_else(|| name.clone()),
        name,
        target,
        auto_assign,
        source,
        redeploy_of: optional(&body, "deploymentId")?,
        meta,
        inline,
        force_new: query.get("forceNew") == Some("1"),
    })
}

fn read_meta(body: &Value) -> Result<BTreeMap<String, String>, Refusal> {
    let meta = match body.get("meta") {
        None => return Ok(BTreeMap::new()),
        Some(meta) => meta.as_object().ok_or_else(|| Refusal::bad("`meta` should be an object"))?,
    };
    meta.iter()
        .map(|(key, value)| match value.as_str() {
            Some(text) => Ok((key.clone(), text.to_owned())),
            None => Err(Refusal::bad(format!("`meta.{key}` should be a string"))),
        })
        .collect()
}

fn git_metadata(body: &Value) -> BTreeMap<String, String> {
    let text = |key: &str| body.pointer(&format!("/gitMetadata/{key}")).and_then(Value::as_str);
    let pairs = [
        ("gitCommitSha", text("commitSha")),
        ("gitCommitRef", text("commitRef")),
        ("gitCommitMessage", text("commitMessage")),
        ("gitCommitAuthorName", text("commitAuthorName")),
    ];
    pairs.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?.to_owned()))).collect()
}

fn git_source(git: &Value) -> Result<Value, Refusal> {
    let known = ["github", "github-limited", "gitlab", "bitbucket"];
    if !git.get("type").and_then(Value::as_str).is_some_and(|kind| known.contains(&kind)) {
        return Err(Refusal::bad("Invalid request: `gitSource.type` should be one of the known hosts."));
    }
    text(git, "ref")?;
    Ok(git.clone())
}

fn read_files(
    files: &Value,
    inline: &mut BTreeMap<String, u64>,
) -> Result<Vec<(String, String, u64)>, Refusal> {
    let files = files.as_array().ok_or_else(|| Refusal::bad("`files` should be an array"))?;
    files
        .iter()
        .map(|file| {
            let path = text(file, "file")?.to_owned();
            if let Some(data) = file.get("data").and_then(Value::as_str) {
                let bytes = decoded(data, file.get("encoding").and_then(Value::as_str))?;
                let (digest, size) = (digest(&bytes), bytes.len() as u64);
                inline.insert(digest.clone(), size);
                return Ok((path, digest, size));
            }
            let digest = text(file, "sha")?.to_owned();
            Ok((path, digest, file.get("size").and_then(Value::as_u64).unwrap_or(0)))
        })
        .collect()
}

fn decoded(data: &str, encoding: Option<&str>) -> Result<Vec<u8>, Refusal> {
    if encoding != Some("base64") {
        return Ok(data.as_bytes().to_vec());
    }
    base64::engine::general_purpose::STANDARD
        .decode(data)
        .map_err(|_| Refusal::bad("`data` should be base64"))
}
