//! `[meta]`, `[project]` and `[roles]`.

use super::entries;
use super::missing_section;
use super::names::CAPTAIN;
use crate::diagnostic::Code;
use crate::table::Table;
use crate::value::Value;
use seaworthy_domain::ProjectId;
use seaworthy_domain::policy::Meta;
use seaworthy_domain::policy::Project;
use seaworthy_domain::policy::Role;
use std::collections::BTreeMap;
use std::path::PathBuf;

const CAPTAIN_DUTIES: &str = "Answers for the release.";

/// `[meta]`; the title of a process that has none is the name of the project.
pub(super) fn meta(root: &Table<'_>, project: &str) -> Meta {
    let mut meta = Meta { title: project.to_owned(), version: String::new() };
    let Some(table) = root.get("meta").and_then(|value| value.table("[meta]", "[meta]")) else { return meta };
    if let Some(title) = table.get("title").and_then(|value| value.text()) {
        title.value.clone_into(&mut meta.title);
    }
    if let Some(version) = table.get("version").and_then(|value| value.text()) {
        version.value.clone_into(&mut meta.version);
    }
    table.done();
    meta
}

/// `[project]`; `None` where it lacks what cannot be guessed.
pub(super) fn project(root: &Table<'_>) -> Option<Project> {
    let Some(value) = root.get("project") else {
        missing_section(
            root.sink,
            "project",
            "a table [project] with `id` and `name`; `seaworthy init` writes one",
        );
        return None;
    };
    let table = value.table("[project]", "[project]")?;
    let id = table
        .need("id", "`id = \"…\"` with a random UUID; `seaworthy init` makes one")
        .and_then(|value| identity(&value));
    let name = table.need("name", "name = \"my-project\"").and_then(|value| value.text());
    let repository = table
        .get("repository")
        .map_or_else(|| Some(PathBuf::from(".")), |value| Some(PathBuf::from(value.text()?.value)));
    table.done();
    Some(Project { id: id?, name: name?.value.to_owned(), repository: repository? })
}

fn identity(value: &Value<'_>) -> Option<ProjectId> {
    let text = value.text()?;
    let id = text.value.parse::<ProjectId>().ok().filter(|id| !id.0.is_nil());
    if id.is_none() {
        let message = format!("`{}` is not the identity of a project", text.value);
        value.report(Code::BadValue, message, "write a random UUID; `seaworthy init` makes one");
    }
    id
}

/// `[roles]`; the captain is always there.
pub(super) fn roles(root: &Table<'_>) -> BTreeMap<String, Role> {
    let mut roles = BTreeMap::from([(CAPTAIN.to_owned(), Role { duties: CAPTAIN_DUTIES.to_owned() })]);
    for (name, value) in entries(root, "roles", "[roles]") {
        let duties = if value.is_table() {
            value.table(format!("[roles.{}]", name.value.escape_debug()), "").and_then(|table| {
                let duties = table.need("duties", "duties = \"…\"").and_then(|value| value.text());
                table.done();
                duties
            })
        } else {
            value.text()
        };
        if let Some(duties) = duties {
            roles.insert(name.value.to_owned(), Role { duties: duties.value.to_owned() });
        }
    }
    roles
}
