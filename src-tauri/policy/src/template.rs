//! A first policy for `init`: works as it stands for a web project with npm scripts, and every part says what it is.

use seaworthy_domain::ProjectId;
use std::fmt::Write;
use toml::Value;

/// What `init` knows about the project.
#[derive(Clone, Copy, Debug)]
pub struct Starter<'a> {
    /// Name for people, any text.
    pub name: &'a str,
    /// Version of the process, such as `1`.
    pub version: &'a str,
    /// New and random.
    pub project_id: ProjectId,
    /// Names of the scripts in `package.json`; `lint`, `test` and `build` become checks.
    pub scripts: &'a [&'a str],
}

/// Scripts that become checks, with the titles people see.
const SCRIPTS: [(&str, &str); 3] =
    [("lint", "The code follows its rules"), ("test", "The tests pass"), ("build", "The project builds")];

/// The text of a first `seaworthy.toml`; [`crate::parse`] accepts it without problems or warnings.
#[must_use]
pub fn template(starter: &Starter<'_>) -> String {
    let quoted = |text: &str| Value::String(text.to_owned()).to_string();
    let name: String = starter.name.chars().filter(|c| !c.is_control()).collect();
    let name = if name.trim().is_empty() { "my-project" } else { name.trim() };
    let found: Vec<_> = SCRIPTS.into_iter().filter(|(script, _)| starter.scripts.contains(script)).collect();
    let mut checks = String::new();
    let mut criteria = String::new();
    for (script, title) in &found {
        let _ = write!(checks, "\n[checks.{script}]\ntitle = \"{title}\"\nrun = \"npm run {script}\"\n");
        let _ = writeln!(criteria, "  {{ id = \"{script}\", check = \"{script}\" }},");
    }
    if found.is_empty() {
        checks.push_str("\n# [checks.test]\n# run = \"npm test\"\n");
        criteria.push_str("  { id = \"tested\", attest = \"The candidate was built and tested\", subject = \"candidate\" },\n");
    }
    let version = if starter.version.trim().is_empty() { "1" } else { starter.version };
    let part = |part: &str| match part {
        "CHECKS" => checks.trim_start().to_owned(),
        "CRITERIA" => criteria.trim_end().to_owned(),
        "ID" => starter.project_id.to_string(),
        "SLUG" => slug(name),
        "VERSION" => quoted(version),
        "NAME" => quoted(name),
        text => text.to_owned(),
    };
    // One pass, so that a name cannot contain a mark of the template.
    include_str!("template.toml").split('@').map(part).collect()
}

/// The name as part of a folder's name.
fn slug(name: &str) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let words: Vec<&str> = plain.split('-').filter(|word| !word.is_empty()).collect();
    if words.is_empty() { "site".to_owned() } else { words.join("-") }
}
