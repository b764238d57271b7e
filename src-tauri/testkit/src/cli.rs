//! The real `seaworthy` program, typed by nobody.

use serde_json::Value;
use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

/// Names the program under test.
const VARIABLE: &str = "SEAWORTHY_CLI";

/// The program under test: as named by `SEAWORTHY_CLI`, else beside the program that asks.
///
/// # Panics
/// When it was not built.
pub fn program() -> PathBuf {
    if let Some(named) = std::env::var_os(VARIABLE) {
        return named.into();
    }
    let own = std::env::current_exe().expect("this program has a path");
    let name = format!("seaworthy{}", std::env::consts::EXE_SUFFIX);
    let found = own.ancestors().skip(1).take(3).map(|folder| folder.join(&name)).find(|path| path.is_file());
    found.expect("build the program first: `cargo build -p seaworthy-cli`, or name it in SEAWORTHY_CLI")
}

/// A terminal in one project and one data directory.
#[derive(Clone, Debug)]
pub struct Cli {
    program: PathBuf,
    folder: PathBuf,
    home: PathBuf,
    variables: Vec<(String, OsString)>,
}

/// A command that ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Exit status; `None` when it was killed.
    pub code: Option<i32>,
    /// What it printed, one JSON object a line.
    pub lines: Vec<Value>,
    /// What it said beside that.
    pub errors: String,
}

impl Cli {
    /// A terminal in `folder` with the data directory `home`.
    pub fn new(folder: &Path, home: &Path) -> Self {
        Self { program: program(), folder: folder.to_owned(), home: home.to_owned(), variables: Vec::new() }
    }

    /// The same with more variables in its environment.
    #[must_use]
    pub fn within(mut self, variables: impl IntoIterator<Item = (String, OsString)>) -> Self {
        self.variables.extend(variables);
        self
    }

    /// The command line `seaworthy ARGUMENTS`, not started yet.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env("SEAWORTHY_HOME", &self.home)
            // Nobody's desktop is disturbed by a test.
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .env_remove("DISPLAY")
            .env_remove("XDG_RUNTIME_DIR")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Starts `seaworthy --json ARGUMENTS`.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(&[&["--json"], arguments].concat()).spawn().expect("seaworthy starts")
    }

    /// Runs `seaworthy --json ARGUMENTS` to its end.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        let output = self.start(arguments).wait_with_output().expect("seaworthy ends");
        Ended::read(&output)
    }

    /// Runs `seaworthy --json ARGUMENTS` with `typed` on its standard input.
    ///
    /// # Panics
    /// When it cannot be started or does not read.
    pub fn type_into(&self, arguments: &[&str], typed: &str) -> Ended {
        let mut command = self.command(&[&["--json"], arguments].concat());
        let mut child = command.stdin(Stdio::piped()).spawn().expect("seaworthy starts");
        let mut input = child.stdin.take().expect("its input is ours");
        input.write_all(typed.as_bytes()).expect("it reads");
        drop(input);
        Ended::read(&child.wait_with_output().expect("seaworthy ends"))
    }

    /// A forward step, confirmed at the place where the release stands.
    pub fn forward(&self, arguments: &[&str]) -> Ended {
        let status = self.run(&["status"]);
        let position = status.data()["head"]["position"].as_str().unwrap_or_default().to_owned();
        self.run(&[arguments, &["--yes", "--expect", &position]].concat())
    }
}

impl Ended {
    /// Reads what a program that ended left behind.
    pub fn read(output: &Output) -> Self {
        let text = String::from_utf8_lossy(&output.stdout);
        // The last line of a killed program may be cut off; what is cut off was not said.
        let lines = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        Self { code: output.status.code(), lines, errors }
    }

    /// The last thing it said, without the envelope.
    pub fn data(&self) -> &Value {
        self.lines.last().map_or(&Value::Null, |line| &line["data"])
    }

    /// The same, of a command that must have ended with `code`.
    ///
    /// # Panics
    /// When it ended otherwise.
    pub fn ok(&self, code: i32) -> &Value {
        assert_eq!(self.code, Some(code), "{}\n{:#?}", self.errors, self.lines.last());
        self.data()
    }
}
