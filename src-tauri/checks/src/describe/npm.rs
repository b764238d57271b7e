//! Scripts of `package.json`, with the lines that run before and after them.

use super::LEVELS_MAX;
use super::Reading;
use super::part::Part;
use super::trouble;
use seaworthy_domain::Piece;
use seaworthy_ports::CommandTextError;
use serde_json::Map;
use serde_json::Value;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

/// Largest `package.json` that is read, in bytes.
const PACKAGE_BYTES_MAX: u64 = 1024 * 1024;

/// What runs when dependencies are installed.
const INSTALL: [&str; 7] =
    ["preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare"];

/// Scripts that npm replaces by something of its own when there is none.
const WITH_DEFAULT: [&str; 4] = ["start", "stop", "restart", "env"];

/// Files that can name another shell, another package manager or code to load before everything else.
const SETTINGS: [&str; 2] = [".npmrc", ".yarnrc.yml"];

/// What npm does before it runs a script.
const BIN_FIRST: &str = "PATH=\"$PWD/node_modules/.bin:$PATH\"; export PATH\n";

/// Programs that start package scripts in ways of their own.
const RUNNERS: [&str; 9] =
    ["npm-run-all", "npm-run-all2", "run-s", "run-p", "concurrently", "wireit", "turbo", "nx", "lerna"];

/// Whether `words` start package scripts that are not followed here.
pub(super) fn runs_scripts_by_itself(words: &[String]) -> bool {
    words.iter().take(2).any(|word| RUNNERS.contains(&word.as_str()))
}

/// A call of a package manager that runs scripts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// Names of scripts.
    scripts: Vec<String>,
    /// Whether there may be none of that name.
    optional: bool,
    /// Folder of the package, relative to where the command runs.
    folder: Option<String>,
    /// Runs in other packages than the nearest one.
    elsewhere: bool,
}

impl Call {
    /// Whether it can run any script.
    pub(super) fn runs_scripts(&self) -> bool {
        self.elsewhere || !self.scripts.is_empty()
    }
}

/// The call that `words` makes, if they call a package manager to run scripts.
pub(super) fn call(words: &[String]) -> Option<Call> {
    let (program, arguments) = words.split_first()?;
    let program = Path::new(program).file_name()?.to_str()?;
    let manager = program.strip_suffix(".cmd").unwrap_or(program);
    if !["npm", "pnpm", "yarn"].contains(&manager) {
        return None;
    }
    let mut call = Call { scripts: Vec::new(), optional: false, folder: None, elsewhere: false };
    let mut plain = Vec::new();
    let mut arguments = arguments.iter().map(String::as_str);
    while let Some(argument) = arguments.next() {
        match argument.split_once('=').unwrap_or((argument, "")) {
            // What follows is for the script.
            ("--", _) => break,
            ("--prefix" | "--cwd", folder) if !folder.is_empty() => call.folder = Some(folder.to_owned()),
            ("--prefix" | "--cwd" | "-C" | "--dir", _) => call.folder = arguments.next().map(str::to_owned),
            ("--if-present", _) => call.optional = true,
            ("-w" | "--workspace" | "--workspaces" | "-ws" | "-r" | "--recursive" | "--filter" | "-F", _) => {
                call.elsewhere = true;
            }
            (option, _) if option.starts_with('-') => {}
            _ => plain.push(argument),
        }
    }
    let (subcommand, rest) = match plain.split_first() {
        Some((subcommand, rest)) => (*subcommand, rest),
        None if manager == "yarn" => ("install", &[][..]),
        None => return Some(call),
    };
    let lines = |name: &str| ["pre", "", "post"].map(|hook| format!("{hook}{name}")).to_vec();
    call.scripts = match subcommand {
        "run" | "run-script" | "rum" | "urn" => rest.first().map(|name| lines(name)).unwrap_or_default(),
        "test" | "t" | "tst" => lines("test"),
        "start" | "stop" | "restart" => lines(subcommand),
        "ci" | "clean-install" | "install" | "i" | "add" | "update" => {
            call.optional = true;
            INSTALL.map(str::to_owned).to_vec()
        }
        // pnpm and yarn take any script for a command of their own; npm knows all of its commands.
        name if manager != "npm" => {
            call.optional = true;
            lines(name)
        }
        _ => Vec::new(),
    };
    Some(call)
}

impl Reading {
    pub(super) fn package_scripts(
        &mut self,
        call: &Call,
        directory: &Path,
        level: usize,
    ) -> Result<(), CommandTextError> {
        if call.elsewhere {
            return self.add(Part::text("unread", "scripts of other packages of the workspace"));
        }
        if call.scripts.is_empty() {
            return Ok(());
        }
        let start =
            call.folder.as_ref().map_or_else(|| directory.to_owned(), |folder| directory.join(folder));
        let Some(package) = self.nearest_package(&start) else {
            let wanted = call.scripts.get(1).map_or("", String::as_str);
            return if call.optional { Ok(()) } else { Err(trouble(&"package.json", &missing(wanted))) };
        };
        let all = scripts(&package).map_err(|why| trouble(&self.relative(&package), &why))?;
        let found: Vec<(&String, &str)> =
            call.scripts.iter().filter_map(|name| Some((name, all.get(name)?.as_str()?))).collect();
        let main = call.scripts.get(1).filter(|_| !call.optional);
        if let Some(main) =
            main.filter(|main| !all.contains_key(*main) && !WITH_DEFAULT.contains(&main.as_str()))
        {
            return Err(trouble(&self.relative(&package), &missing(main)));
        }
        if level == LEVELS_MAX {
            let unseen = |name: &&String| !self.scripts.contains(&(package.clone(), (*name).clone()));
            let names: Vec<&str> =
                found.iter().map(|(name, _)| *name).filter(unseen).map(String::as_str).collect();
            let deeper = format!("package scripts more than {LEVELS_MAX} levels deep: {}", names.join(", "));
            return if names.is_empty() { Ok(()) } else { self.add(Part::text("unread", &deeper)) };
        }
        let home = package.parent().unwrap_or(&self.root).to_owned();
        for settings in SETTINGS {
            self.settings_file(&home.join(settings))?;
        }
        for (name, line) in found {
            if self.scripts.insert((package.clone(), name.clone())) {
                let title = format!("{} {name}", self.relative(&package));
                self.add(Part::named(
                    "script",
                    &title,
                    line.as_bytes().to_vec(),
                    format!("{title}: {line}"),
                ))?;
                self.line(line, &home, level + 1)?;
            }
        }
        Ok(())
    }

    /// The text that `npm run` hands to the shell, and the folder it runs in; an error says why it is not all of what
    /// npm does.
    pub(super) fn run_by_npm(
        &self,
        words: &[String],
        directory: &Path,
    ) -> Result<(Vec<Piece>, PathBuf), String> {
        let shown = words.join(" ");
        let plain = |word: &String| {
            ["-s", "--silent", "run", "run-script"].contains(&word.as_str()) || !word.starts_with('-')
        };
        let call = call(words).filter(|call| {
            let one = call.scripts.len() == 3 && !call.optional && !call.elsewhere && call.folder.is_none();
            one && words.first().is_some_and(|word| word == "npm") && words.iter().all(plain)
        });
        let call = call.ok_or_else(|| format!("`{shown}` is more than `npm run` of one script"))?;
        let package = self.nearest_package(directory).ok_or("there is no package.json")?;
        let home = package.parent().unwrap_or(&self.root).to_owned();
        if SETTINGS.iter().any(|settings| home.join(settings).exists()) {
            return Err(format!("`{shown}` obeys the settings of npm beside its package.json"));
        }
        let all = scripts(&package)?;
        let mut text = vec![Piece::Text(BIN_FIRST.to_owned())];
        let lines = call.scripts.iter().filter_map(|name| all.get(name)?.as_str());
        for (line, number) in lines.zip(0..) {
            if line.contains("npm_") {
                return Err(format!("`{shown}` runs a line that asks npm for its variables"));
            }
            // On lines of their own, so that a comment at the end ends with its line.
            text.push(Piece::Text(if number == 0 { "(\n" } else { " && (\n" }.to_owned()));
            text.extend(self.shell_pieces(line, &home)?);
            text.push(Piece::Text("\n)".to_owned()));
        }
        Ok((text, home))
    }

    /// The package file at or above `start`, within the repository.
    fn nearest_package(&self, start: &Path) -> Option<PathBuf> {
        let start = start.canonicalize().ok()?;
        let folders = start.ancestors().take_while(|folder| folder.starts_with(&self.root));
        folders.map(|folder| folder.join("package.json")).find(|file| file.is_file())
    }
}

fn missing(name: &str) -> String {
    format!("there is no script \"{name}\"")
}

fn scripts(package: &Path) -> Result<Map<String, Value>, String> {
    let mut bytes = Vec::new();
    let file = File::open(package).map_err(|error| error.to_string())?;
    file.take(PACKAGE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > PACKAGE_BYTES_MAX {
        return Err(format!("it is larger than {PACKAGE_BYTES_MAX} bytes"));
    }
    let mut package: Value = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    match package.get_mut("scripts").map(Value::take) {
        Some(Value::Object(scripts)) => Ok(scripts),
        _ => Ok(Map::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(line: &str) -> Option<(String, Option<String>, bool)> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        call(&words)
            .map(|call| (call.scripts.get(1).cloned().unwrap_or_default(), call.folder, call.optional))
    }

    #[test]
    fn every_way_to_run_a_script_is_seen() {
        let plain = |name: &str| Some((name.to_owned(), None, false));
        for line in [
            "npm run build",
            "npm -s run build --force",
            "npm run-script build -- --if-present",
            "pnpm run build",
        ] {
            assert_eq!(called(line), plain("build"), "{line}");
        }
        for line in ["npm test", "npm t", "/usr/bin/npm test", "npm.cmd tst"] {
            assert_eq!(called(line), plain("test"), "{line}");
        }
        let in_ui = Some(("build".to_owned(), Some("ui".to_owned()), false));
        for line in ["npm --prefix ui run build", "npm run build --prefix=ui", "pnpm -C ui run build"] {
            assert_eq!(called(line), in_ui, "{line}");
        }
        assert_eq!(called("yarn build"), Some(("build".to_owned(), None, true)));
        assert_eq!(called("npm run build --if-present"), Some(("build".to_owned(), None, true)));
        assert_eq!(called("npm ci").map(|call| call.0), Some("install".to_owned()));
        assert_eq!(called("npm view build"), Some((String::new(), None, false)));
        assert_eq!(called("node build"), None);
    }
}
