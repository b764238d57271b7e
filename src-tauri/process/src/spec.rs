//! What to run, where, with which environment and for how long.

use crate::outcome::NotStarted;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// Environment variable that marks every process of a run with the run's id.
pub const RUN_ID_VARIABLE: &str = "SEAWORTHY_RUN_ID";

/// How long a run may tidy up after it was asked to stop.
pub const GRACE: Duration = Duration::from_secs(5);

/// How long output may still arrive after the end before the pipes are closed.
pub const DRAIN: Duration = Duration::from_secs(2);

/// Always set, whatever the caller adds: nothing may wait for a person or paint a terminal.
const FIXED: [(&str, &str); 3] = [("TERM", "dumb"), ("CI", "1"), ("GIT_TERMINAL_PROMPT", "0")];

/// Taken over from this process; everything else, tokens above all, stays behind.
const INHERITED: [&str; 5] = ["PATH", "HOME", "LANG", "TMPDIR", "USER"];

/// Without these many programs do not even start on Windows.
const INHERITED_WINDOWS: [&str; 13] = [
    "SYSTEMROOT",
    "SYSTEMDRIVE",
    "WINDIR",
    "COMSPEC",
    "PATHEXT",
    "TEMP",
    "TMP",
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
    "PROGRAMDATA",
    "PROGRAMFILES",
    "NUMBER_OF_PROCESSORS",
];

/// The command itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Program {
    /// Program and arguments, passed on as they are.
    Argv(Vec<String>),
    /// One line for `sh -c` (`cmd /C` on Windows).
    Shell(String),
}

/// One run to be made.
#[derive(Clone, Debug)]
pub struct Spec {
    /// The command itself.
    pub program: Program,
    /// Working directory; must exist.
    pub cwd: PathBuf,
    /// Variables in addition to the allow-list. They cannot replace the fixed ones.
    pub env: BTreeMap<String, String>,
    /// Marks the processes of this run; unique among runs, not empty.
    pub run_id: String,
    /// Time awake until the run is stopped. A run is frozen while the machine sleeps, so sleep does not count.
    pub timeout: Duration,
    /// Time between the request to stop and the kill.
    pub grace: Duration,
}

impl Spec {
    /// A run without extra variables and with the usual [`GRACE`].
    #[must_use]
    pub fn new(
        program: Program,
        cwd: impl Into<PathBuf>,
        run_id: impl Into<String>,
        timeout: Duration,
    ) -> Self {
        Self { program, cwd: cwd.into(), env: BTreeMap::new(), run_id: run_id.into(), timeout, grace: GRACE }
    }

    /// The complete environment of the child, made from the parent's variables.
    pub(crate) fn environment(
        &self,
        parent: impl Iterator<Item = (OsString, OsString)>,
    ) -> BTreeMap<OsString, OsString> {
        let mut env: BTreeMap<OsString, OsString> = parent.filter(|(name, _)| is_inherited(name)).collect();
        env.extend(self.env.iter().map(|(name, value)| (name.into(), value.into())));
        env.extend(FIXED.map(|(name, value)| (name.into(), value.into())));
        env.insert(RUN_ID_VARIABLE.into(), (&self.run_id).into());
        env
    }

    /// Refuses what the operating system would misread rather than reject.
    pub(crate) fn check(&self) -> Result<(), NotStarted> {
        let unusable = |what: &'static str| Err(NotStarted::Unusable { what });
        match &self.program {
            Program::Argv(argv) if argv.first().is_none_or(String::is_empty) => {
                return unusable("an empty command");
            }
            Program::Shell(line) if line.trim().is_empty() => return unusable("an empty command"),
            _ => {}
        }
        if self.run_id.is_empty() {
            return unusable("an empty run id");
        }
        if self.env.keys().any(|name| name.is_empty() || name.contains('=')) {
            return unusable("a variable name that is empty or contains `=`");
        }
        let argv = match &self.program {
            Program::Argv(argv) => argv.as_slice(),
            Program::Shell(line) => std::slice::from_ref(line),
        };
        let texts = argv.iter().chain(self.env.keys()).chain(self.env.values()).chain([&self.run_id]);
        if texts.into_iter().any(|text| text.contains('\0')) {
            return unusable("a NUL character");
        }
        if !self.cwd.is_dir() {
            return Err(NotStarted::NoDirectory { path: self.cwd.clone() });
        }
        Ok(())
    }
}

fn is_inherited(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else { return false };
    if cfg!(windows) {
        let known = |list: &[&str]| list.iter().any(|known| known.eq_ignore_ascii_case(name));
        return known(&INHERITED) || known(&INHERITED_WINDOWS);
    }
    INHERITED.contains(&name) || name.starts_with("LC_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(program: Program) -> Spec {
        Spec::new(program, std::env::temp_dir(), "run-1", Duration::from_secs(1))
    }

    fn shell() -> Spec {
        spec(Program::Shell("true".into()))
    }

    #[test]
    fn only_the_allow_list_and_additions_reach_the_child() {
        let mut spec = shell();
        spec.env.insert("DEPLOY_URL".into(), "http://a".into());
        spec.env.insert("CI".into(), "0".into());
        let parent = [
            ("PATH", "/bin"),
            ("LC_TIME", "C"),
            ("LC", "no"),
            ("NO_COLOR", "1"),
            ("VERCEL_TOKEN", "secret"),
            ("SEAWORTHY_RUN_ID", "outer"),
        ];
        let env = spec.environment(parent.into_iter().map(|(name, value)| (name.into(), value.into())));
        let shown: Vec<String> =
            env.iter().map(|(name, value)| format!("{}={}", name.display(), value.display())).collect();
        let expected = [
            "CI=1",
            "DEPLOY_URL=http://a",
            "GIT_TERMINAL_PROMPT=0",
            "LC_TIME=C",
            "PATH=/bin",
            "SEAWORTHY_RUN_ID=run-1",
            "TERM=dumb",
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn unusable_specs_are_refused_before_anything_starts() {
        let refused = |spec: Spec| matches!(spec.check(), Err(NotStarted::Unusable { .. }));
        assert!(refused(spec(Program::Argv(vec![]))));
        assert!(refused(spec(Program::Argv(vec![String::new()]))));
        assert!(refused(spec(Program::Shell(" \n".into()))));
        assert!(refused(spec(Program::Argv(vec!["a\0b".into()]))));
        assert!(refused(Spec { run_id: String::new(), ..shell() }));
        for name in ["", "A=B", "A\0"] {
            let mut spec = shell();
            spec.env.insert(name.into(), "x".into());
            assert!(refused(spec), "{name:?}");
        }
        assert!(shell().check().is_ok());
    }
}
