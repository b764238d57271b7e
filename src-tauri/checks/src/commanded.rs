//! Checks that run a command.

use crate::kept::Keeping;
use crate::runner::Checks;
use crate::runner::not_run;
use seaworthy_domain::CheckResult;
use seaworthy_domain::policy::CommandLine;
use seaworthy_domain::policy::Program;
use seaworthy_ports::CancellationToken;
use seaworthy_ports::CheckOrder;
use seaworthy_ports::CheckReport;
use seaworthy_ports::Output;
use seaworthy_ports::Stream;
use seaworthy_process::Chunk;
use seaworthy_process::Ended;
use seaworthy_process::Finished;
use seaworthy_process::Spec;
use tokio::sync::mpsc;

/// From here on seconds read better than milliseconds.
const MILLIS_SHOWN_MAX: u64 = 1_000;

pub(crate) async fn run(
    checks: &Checks,
    order: &CheckOrder,
    line: &CommandLine,
    output: mpsc::Sender<Output>,
    cancel: &CancellationToken,
) -> CheckReport {
    let spec = spec(order, line);
    let mut keeping =
        match Keeping::start(&checks.store, order.run.to_string(), output, &checks.redactor).await {
            Ok(keeping) => keeping,
            Err(why) => return not_run(format!("its output cannot be kept: {why}")),
        };
    let (sender, mut receiver) = seaworthy_process::output_channel();
    let collect = async {
        while let Some(chunk) = receiver.recv().await {
            keeping.take(piece(&chunk)).await;
        }
    };
    let (finished, ()) =
        tokio::join!(seaworthy_process::run(&spec, sender, cancel, checks.clock.as_ref()), collect);
    keeping.end().await;
    let took = finished.finished.since(&finished.started);
    let took_ms = took.and_then(|took| u64::try_from(took.num_milliseconds()).ok()).unwrap_or(0);
    let timeout = order.check.timeout.min(line.timeout).to_string();
    let summary = summary(&finished, took_ms, &timeout, keeping.last_line());
    let result = result(&finished.ended);
    match keeping.finish().await {
        Ok(log) => CheckReport { result, summary, log: Some(log), took_ms, unbound: None },
        // A pass without its evidence could be shown to nobody.
        Err(why) => CheckReport {
            result: if result == CheckResult::Pass { CheckResult::Interrupted } else { result },
            summary: format!("{summary}; its output is not kept: {why}"),
            log: None,
            took_ms,
            unbound: None,
        },
    }
}

fn spec(order: &CheckOrder, line: &CommandLine) -> Spec {
    let program = match &line.program {
        Program::Argv(argv) => seaworthy_process::Program::Argv(argv.clone()),
        Program::Shell(text) => seaworthy_process::Program::Shell(text.clone()),
    };
    let timeout = order.check.timeout.min(line.timeout).to_std();
    let mut spec = Spec::new(program, order.folder.join(&line.directory), order.run.to_string(), timeout);
    spec.env = line.env.iter().chain(&order.facts).cloned().collect();
    spec
}

fn piece(chunk: &Chunk) -> Output {
    let stream = match chunk.stream {
        seaworthy_process::Stream::Out => Stream::Out,
        seaworthy_process::Stream::Err => Stream::Err,
    };
    Output { stream, bytes: chunk.bytes.to_vec() }
}

fn result(ended: &Ended) -> CheckResult {
    match ended {
        Ended::Exit(0) => CheckResult::Pass,
        Ended::Exit(_) | Ended::Signal(_) | Ended::TimedOut => CheckResult::Fail,
        Ended::NotStarted(_) => CheckResult::NotRun,
        Ended::Cancelled | Ended::Lost => CheckResult::Interrupted,
    }
}

fn summary(finished: &Finished, took_ms: u64, timeout: &str, last: Option<String>) -> String {
    let mut summary = match &finished.ended {
        Ended::Exit(0) => format!("exit 0 in {}", shown(took_ms)),
        Ended::Exit(code) => format!("exit {code}"),
        Ended::Signal(signal) => format!("killed by signal {signal}"),
        Ended::TimedOut => format!("stopped after {timeout}"),
        Ended::Cancelled => "stopped on request".to_owned(),
        Ended::NotStarted(reason) => format!("could not {reason}"),
        Ended::Lost => "ended, but the system does not say how".to_owned(),
    };
    match finished.survivors.killed {
        0 => {}
        1 => summary += ", 1 process left over was ended",
        more => summary += &format!(", {more} processes left over were ended"),
    }
    match finished.survivors.left {
        Some(0) => {}
        Some(left) => summary += &format!(", {left} could not be ended"),
        None => summary += ", and nobody can tell what is still running",
    }
    if !finished.output_complete {
        summary += ", the end of its output is missing";
    }
    match last.filter(|_| result(&finished.ended) == CheckResult::Fail) {
        Some(last) => format!("{summary}: {last}"),
        None => summary,
    }
}

/// `412 ms`, `12 s`, `3 min 20 s`.
pub(crate) fn shown(millis: u64) -> String {
    let seconds = (millis + 500) / 1_000;
    match seconds {
        _ if millis < MILLIS_SHOWN_MAX => format!("{millis} ms"),
        ..120 => format!("{seconds} s"),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}
