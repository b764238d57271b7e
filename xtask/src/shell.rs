//! Starts other programs: shown, watched line by line, or read.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;

use crate::error::XtaskError;

/// Longest line that is still given to a watcher; longer ones are shown in pieces.
const LINE_LIMIT_BYTES: u64 = 64 * 1024;

/// One program with its arguments, ready to be shown and started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    program: OsString,
    arguments: Vec<OsString>,
    folder: Option<OsString>,
    environment: Vec<(OsString, OsString)>,
}

impl Step {
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let program = program.as_ref().to_owned();
        Self { program, arguments: Vec::new(), folder: None, environment: Vec::new() }
    }

    /// The cargo that started this program.
    pub(crate) fn cargo() -> Self {
        Self::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    }

    /// npm, which is a script of another name on Windows.
    pub(crate) fn npm() -> Self {
        Self::new(if cfg!(windows) { "npm.cmd" } else { "npm" })
    }

    pub(crate) fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    pub(crate) fn arg(self, argument: impl AsRef<OsStr>) -> Self {
        self.args([argument])
    }

    pub(crate) fn within(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.into());
        self
    }

    pub(crate) fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// The line a person would type. For showing only.
    pub(crate) fn line(&self) -> String {
        let name = Path::new(&self.program).file_stem().unwrap_or(&self.program);
        let words = std::iter::once(name).chain(self.arguments.iter().map(OsString::as_os_str));
        words.map(|word| quoted(&word.to_string_lossy())).collect::<Vec<_>>().join(" ")
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).envs(self.environment.iter().map(|(name, value)| (name, value)));
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command
    }
}

fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_=/.,:@+%".contains(letter);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{word}'") }
}

/// Runs it on the person's terminal and gives its status.
pub(crate) fn status(step: &Step) -> Result<ExitStatus, XtaskError> {
    step.command().status().map_err(|source| XtaskError::Start { command: step.line(), source })
}

/// Runs it on the person's terminal; anything but success is an error.
pub(crate) fn show(step: &Step) -> Result<(), XtaskError> {
    success(step, status(step)?)
}

/// Runs it quietly and gives what it printed on standard output.
pub(crate) fn read(step: &Step) -> Result<String, XtaskError> {
    let output = step.command().stderr(Stdio::inherit()).output().map_err(|source| start(step, source))?;
    success(step, output.status)?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs it without showing anything; `None` when it is missing or says no.
pub(crate) fn ask(step: &Step) -> Option<String> {
    let output = step.command().stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs it without showing anything and gives what it printed, whatever its status.
pub(crate) fn answer(step: &Step) -> String {
    let output = step.command().stdin(Stdio::null()).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}

/// Runs it, shows every line as it comes, and hands each line without colours to `seen`.
pub(crate) fn watch(step: &Step, seen: impl Fn(&str) + Sync) -> Result<ExitStatus, XtaskError> {
    let mut child = step
        .command()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|source| start(step, source))?;
    let (output, errors) = (child.stdout.take(), child.stderr.take());
    thread::scope(|scope| {
        scope.spawn(|| output.map(|from| pass_on(from, std::io::stdout(), &seen)));
        scope.spawn(|| errors.map(|from| pass_on(from, std::io::stderr(), &seen)));
    });
    child.wait().map_err(|source| start(step, source))
}

fn pass_on(from: impl Read, mut to: impl Write, seen: &impl Fn(&str)) {
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut from).take(LINE_LIMIT_BYTES).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {
                // A closed terminal is no reason to stop counting.
                let _ = to.write_all(&line);
                let text = String::from_utf8_lossy(&line);
                seen(anstream::adapter::strip_str(text.trim_end()).to_string().as_str());
            }
        }
    }
}

fn success(step: &Step, status: ExitStatus) -> Result<(), XtaskError> {
    if status.success() {
        return Ok(());
    }
    Err(XtaskError::Step { command: step.line(), status: status.to_string() })
}

fn start(step: &Step, source: std::io::Error) -> XtaskError {
    XtaskError::Start { command: step.line(), source }
}

#[cfg(test)]
mod tests {
    use super::{Step, ask, pass_on, quoted};
    use std::sync::Mutex;

    #[test]
    fn a_line_can_be_pasted_into_a_shell() {
        let step = Step::new("/usr/bin/apt-get").args(["-o", "DPkg::Lock::Timeout=300", "a b"]);
        assert_eq!(step.line(), "apt-get -o DPkg::Lock::Timeout=300 'a b'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn a_missing_program_answers_nothing() {
        assert_eq!(ask(&Step::new("no-such-program-here")), None);
    }

    #[test]
    fn watchers_see_lines_without_colours_and_people_see_them_unchanged() {
        let seen = Mutex::new(Vec::new());
        let mut shown = Vec::new();
        let text = b"\x1b[32mok\x1b[0m\nlast";
        pass_on(&text[..], &mut shown, &|line: &str| seen.lock().expect("one thread").push(line.to_owned()));
        assert_eq!(shown, text);
        assert_eq!(seen.into_inner().expect("one thread"), ["ok", "last"]);
    }
}
