//! One run from start to the last straggler.

use crate::contain::Contained;
use crate::outcome::Chunk;
use crate::outcome::Ended;
use crate::outcome::Finished;
use crate::outcome::NotStarted;
use crate::outcome::Stream;
use crate::outcome::Swept;
use crate::pump::pump;
use crate::signal::Registration;
use crate::spec::DRAIN;
use crate::spec::Program;
use crate::spec::Spec;
use process_wrap::tokio::ChildWrapper;
use process_wrap::tokio::CommandWrap;
use process_wrap::tokio::KillOnDrop;
use seaworthy_clock::Clock;
use std::io;
use std::process::ExitStatus;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// When a running family is looked at first, so that members are known before they lose their parents; each further
/// look waits twice as long, up to [`LOOK_LAST`]. Commands that are over sooner are not looked at until the end.
const LOOK_FIRST: Duration = Duration::from_millis(40);

/// Longest time between two looks.
const LOOK_LAST: Duration = Duration::from_secs(1);

/// How long a killed command may take to report its status.
const KILLED_STATUS: Duration = Duration::from_secs(2);

/// Why the waiting ended.
enum Stop {
    Root(io::Result<ExitStatus>),
    TimedOut,
    Cancelled,
}

/// Runs `spec` to its end and beyond: returns when the command and everything it started are gone. Output goes to
/// `output` as it arrives and the command is slowed down when nobody takes it; a closed channel discards it.
/// Dropping the future kills the whole family, blocking for some milliseconds.
pub async fn run(
    spec: &Spec,
    output: mpsc::Sender<Chunk>,
    cancel: &CancellationToken,
    clock: &dyn Clock,
) -> Finished {
    let started = clock.now();
    let never_ran = |ended: Ended| Finished {
        ended,
        finished: started.clone(),
        started: started.clone(),
        survivors: Swept::NOTHING,
        output_complete: true,
    };
    if cancel.is_cancelled() {
        return never_ran(Ended::Cancelled);
    }
    let mut contained = match launch(spec) {
        Ok(contained) => contained,
        Err(reason) => return never_ran(Ended::NotStarted(reason)),
    };
    let pumps = start_pumps(contained.child(), &output);
    drop(output);
    let stop = watch(&mut contained, spec.timeout, cancel).await;
    let (ended, survivors) = finish(&mut contained, stop, spec.grace).await;
    let output_complete = drain(pumps).await;
    Finished { ended, started: started.clone(), finished: clock.now(), survivors, output_complete }
}

fn launch(spec: &Spec) -> Result<Contained, NotStarted> {
    spec.check()?;
    let mut command = command(spec);
    command
        .current_dir(&spec.cwd)
        .env_clear()
        .envs(spec.environment(std::env::vars_os()))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut wrap = CommandWrap::from(command);
    wrap.wrap(KillOnDrop);
    #[cfg(unix)]
    wrap.wrap(process_wrap::tokio::ProcessSession);
    #[cfg(windows)]
    wrap.wrap(process_wrap::tokio::JobObject);
    let spawned = Registration::around(|| {
        let child = wrap.spawn()?;
        let pid = child.id().ok_or_else(|| io::Error::other("no process id"))?;
        Ok((pid, (pid, child)))
    });
    let (registration, (pid, child)) = spawned.map_err(|error| not_started(spec, &error))?;
    Ok(Contained::new(registration, child, pid, spec.run_id.clone()))
}

fn command(spec: &Spec) -> Command {
    match &spec.program {
        Program::Argv(argv) => {
            let mut command = Command::new(argv.first().map_or("", String::as_str));
            command.args(argv.iter().skip(1));
            command
        }
        #[cfg(unix)]
        Program::Shell(line) => {
            let mut command = Command::new("sh");
            command.args(["-c", line]);
            command
        }
        // The shell reads its own line; quoting it as an argument would change it.
        #[cfg(windows)]
        Program::Shell(line) => {
            let mut command = Command::new("cmd");
            command.arg("/C").raw_arg(line);
            command
        }
    }
}

fn not_started(spec: &Spec, error: &io::Error) -> NotStarted {
    let program = match &spec.program {
        Program::Argv(argv) => argv.first().cloned().unwrap_or_default(),
        Program::Shell(_) => if cfg!(windows) { "cmd" } else { "sh" }.to_owned(),
    };
    match error.kind() {
        io::ErrorKind::NotFound => NotStarted::NotFound { program },
        io::ErrorKind::PermissionDenied | io::ErrorKind::IsADirectory => {
            NotStarted::NotExecutable { program }
        }
        _ => NotStarted::Refused { program, reason: error.to_string() },
    }
}

fn start_pumps(child: &mut dyn ChildWrapper, output: &mpsc::Sender<Chunk>) -> JoinSet<()> {
    let mut pumps = JoinSet::new();
    if let Some(pipe) = child.stdout().take() {
        pumps.spawn(pump(Stream::Out, pipe, output.clone()));
    }
    if let Some(pipe) = child.stderr().take() {
        pumps.spawn(pump(Stream::Err, pipe, output.clone()));
    }
    pumps
}

async fn watch(contained: &mut Contained, timeout: Duration, cancel: &CancellationToken) -> Stop {
    let time_up = tokio::time::sleep(timeout);
    tokio::pin!(time_up);
    let mut pause = LOOK_FIRST;
    loop {
        tokio::select! {
            biased;
            status = contained.root_ended() => return Stop::Root(status),
            () = cancel.cancelled() => return Stop::Cancelled,
            () = &mut time_up => return Stop::TimedOut,
            () = tokio::time::sleep(pause) => {}
        }
        contained.look().await;
        pause = (pause * 2).min(LOOK_LAST);
    }
}

async fn finish(contained: &mut Contained, stop: Stop, grace: Duration) -> (Ended, Swept) {
    let (ended, status_known) = match stop {
        Stop::Root(status) => (ended(&status), true),
        Stop::TimedOut => (Ended::TimedOut, contained.ask(grace).await.is_some()),
        Stop::Cancelled => (Ended::Cancelled, contained.ask(grace).await.is_some()),
    };
    let survivors = contained.sweep().await;
    if !status_known {
        // Taking the status clears the killed command from the process table; what it says no longer matters.
        let _status = tokio::time::timeout(KILLED_STATUS, contained.root_ended()).await;
    }
    (ended, survivors)
}

fn ended(status: &io::Result<ExitStatus>) -> Ended {
    let Ok(status) = status else { return Ended::Lost };
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(status) {
        return Ended::Signal(signal);
    }
    status.code().map_or(Ended::Lost, Ended::Exit)
}

/// False when a pipe was still open at the end of [`DRAIN`], or the caller did not take what was there.
async fn drain(mut pumps: JoinSet<()>) -> bool {
    let all = async { while pumps.join_next().await.is_some() {} };
    tokio::time::timeout(DRAIN, all).await.is_ok()
}
