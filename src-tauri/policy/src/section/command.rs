//! Commands, as a check or a target writes them, and the paths they name.

use crate::diagnostic::Code;
use crate::sink::Problem;
use crate::table::Table;
use crate::value::Value;
use seaworthy_domain::policy::CommandLine;
use seaworthy_domain::policy::Program;
use seaworthy_rules::Period;
use std::path::PathBuf;
use toml::de::DeValue;

const DEFAULT_TIMEOUT_SECONDS: u64 = 600;
/// Longest command with its variables, in bytes: it is recorded whole before it runs, and a rollback must always fit
/// into an event.
const COMMAND_BYTES_MAX: usize = 16 * 1024;
/// Variables with this prefix are set by Seaworthy itself.
const OWN_PREFIX: &str = "SEAWORTHY_";
/// Keys beside `run`.
pub(super) const KEYS: [&str; 3] = ["directory", "scripts", "env"];

/// A command as the value of a key: a line, a list of words, or a table with `run`.
pub(super) fn command(value: &Value<'_>) -> Option<CommandLine> {
    if !value.is_table() {
        let command = CommandLine {
            program: program(value)?,
            directory: PathBuf::from("."),
            scripts: Vec::new(),
            env: Vec::new(),
            timeout: Period::from_secs(DEFAULT_TIMEOUT_SECONDS),
        };
        return bounded(command, value);
    }
    let table = value.table(format!("`{}`", value.key), "")?;
    let run = table.need("run", "run = \"…\"");
    let command = run.and_then(|run| command_in(&table, &run));
    table.done();
    command
}

/// A command whose keys stand in this table, `run` among them.
pub(super) fn command_in(table: &Table<'_>, run: &Value<'_>) -> Option<CommandLine> {
    let directory = match table.get("directory") {
        Some(value) => relative(&value),
        None => Some(PathBuf::from(".")),
    };
    let scripts = match table.get("scripts").map(|value| value.list("[\"scripts/deploy.sh\"]")) {
        Some(list) => list.and_then(|list| list.iter().map(relative).collect::<Option<Vec<_>>>()),
        None => Some(Vec::new()),
    };
    let env = table.get("env").map_or_else(|| Some(Vec::new()), |value| environment(&value));
    let timeout = match table.get("timeout") {
        Some(value) => value.period(),
        None => Some(Period::from_secs(DEFAULT_TIMEOUT_SECONDS)),
    };
    let program = program(run);
    let command = CommandLine {
        program: program?,
        directory: directory?,
        scripts: scripts?,
        env: env?,
        timeout: timeout?,
    };
    bounded(command, run)
}

fn bounded(command: CommandLine, value: &Value<'_>) -> Option<CommandLine> {
    let program = match &command.program {
        Program::Shell(line) => line.len(),
        Program::Argv(words) => words.iter().map(String::len).sum(),
    };
    let variables: usize = command.env.iter().map(|(name, value)| name.len() + value.len()).sum();
    let paths: usize = command.scripts.iter().map(|path| path.as_os_str().len()).sum();
    if program + variables + paths + command.directory.as_os_str().len() <= COMMAND_BYTES_MAX {
        return Some(command);
    }
    let message = format!("`{}` is longer than {COMMAND_BYTES_MAX} bytes with its variables", value.key);
    value.report(Code::BadValue, message, "put it into a script of the repository and run that");
    None
}

fn program(value: &Value<'_>) -> Option<Program> {
    match value.raw {
        DeValue::String(_) => value.program_text().map(Program::Shell),
        DeValue::Array(_) => words(value).map(Program::Argv),
        _ => {
            value.mistyped("a command", Some("write \"npm test\" or [\"npm\", \"test\"]".to_owned()));
            None
        }
    }
}

fn words(value: &Value<'_>) -> Option<Vec<String>> {
    let list = value.list("[\"npm\", \"test\"]")?;
    if list.is_empty() {
        value.report(Code::BadValue, format!("`{}` has no program", value.key), "write [\"npm\", \"test\"]");
        return None;
    }
    let word = |(index, word): (usize, &Value<'_>)| match word.raw {
        // Only a program needs a name; an empty argument is an argument.
        DeValue::String(text) if index > 0 && text.is_empty() => Some(String::new()),
        _ => word.program_text(),
    };
    // Collected first, so that every bad word is reported.
    let words: Vec<Option<String>> = list.iter().enumerate().map(word).collect();
    words.into_iter().collect()
}

fn environment(value: &Value<'_>) -> Option<Vec<(String, String)>> {
    let table = value.table("`env`", "env = { NODE_ENV = \"test\" }")?;
    let before = value.sink.errors();
    let mut variables = Vec::new();
    for (name, value) in table.variables() {
        let starts = name.value.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let plain = name.value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let problem = if !starts || !plain {
            Some(("is not a name of a variable", "use letters, digits and `_`, with no digit first"))
        } else if name.value.starts_with(OWN_PREFIX) {
            Some(("is set by Seaworthy itself", "choose another name"))
        } else {
            None
        };
        if let Some((what, help)) = problem {
            let message = format!("`{}` {what}", name.value.escape_debug());
            value.sink.report(Problem::new(Code::BadValue, name.span, message).help(help));
            continue;
        }
        let text = match value.raw {
            DeValue::String(text) if text.is_empty() => Some(String::new()),
            _ => value.program_text(),
        };
        variables.extend(text.map(|text| (name.value.to_owned(), text)));
    }
    (value.sink.errors() == before).then_some(variables)
}

/// A path inside the repository.
pub(super) fn relative(value: &Value<'_>) -> Option<PathBuf> {
    let text = value.text()?.value;
    let drive = text.get(1..2) == Some(":") && text.starts_with(|c: char| c.is_ascii_alphabetic());
    if text.starts_with(['/', '\\', '~']) || drive {
        let message = format!("`{text}` is not relative to the repository");
        value.report(Code::BadValue, message, "write a path such as \"scripts/deploy.sh\"");
        return None;
    }
    if text.split(['/', '\\']).any(|part| part == "..") {
        let message = format!("`{text}` leads out of the repository");
        value.report(Code::BadValue, message, "write a path without `..`");
        return None;
    }
    Some(PathBuf::from(text))
}
