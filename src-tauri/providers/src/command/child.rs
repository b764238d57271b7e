//! One command run to its end, with the part of its output that is needed afterwards.

use seaworthy_clock::Clock;
use seaworthy_domain::policy::CommandLine;
use seaworthy_domain::policy::Program;
use seaworthy_domain::visible;
use seaworthy_ports::CancellationToken;
use seaworthy_process::Ended;
use seaworthy_process::Spec;
use seaworthy_process::Stream;
use std::collections::BTreeMap;
use std::path::Path;
use uuid::Uuid;

/// Most of standard output that is looked at.
pub(super) const OUT_BYTES_MAX: usize = 1024 * 1024;

/// Most of both streams that the last lines are taken from.
const LAST_BYTES_MAX: usize = 16 * 1024;

/// Lines that tell people what a failed command said.
const LAST_LINES: usize = 5;

/// Longest of these lines, in characters.
const LAST_LINE_CHARS_MAX: usize = 240;

/// A command that is over.
pub(super) struct Child {
    pub(super) ended: Ended,
    /// Processes that outlived the command and were stopped.
    pub(super) stopped: u32,
    timeout: String,
    out: Tail,
    both: Tail,
}

/// Runs `line` with `variables` in the repository at `folder`.
pub(super) async fn run(
    line: &CommandLine,
    folder: &Path,
    variables: BTreeMap<String, String>,
    run: Uuid,
    clock: &dyn Clock,
) -> Child {
    let program = match &line.program {
        Program::Argv(argv) => seaworthy_process::Program::Argv(argv.clone()),
        Program::Shell(text) => seaworthy_process::Program::Shell(text.clone()),
    };
    let mut spec = Spec::new(program, folder.join(&line.directory), run.to_string(), line.timeout.to_std());
    spec.env = variables;
    let (sender, mut receiver) = seaworthy_process::output_channel();
    let collect = async {
        let (mut out, mut both) = (Tail::new(OUT_BYTES_MAX), Tail::new(LAST_BYTES_MAX));
        while let Some(chunk) = receiver.recv().await {
            both.push(&chunk.bytes);
            if chunk.stream == Stream::Out {
                out.push(&chunk.bytes);
            }
        }
        (out, both)
    };
    let never = CancellationToken::new();
    let (finished, (out, both)) = tokio::join!(seaworthy_process::run(&spec, sender, &never, clock), collect);
    Child {
        ended: finished.ended,
        stopped: finished.survivors.killed,
        timeout: line.timeout.to_string(),
        out,
        both,
    }
}

impl Child {
    pub(super) fn out(&self) -> &Tail {
        &self.out
    }

    /// How it ended, and what it said last.
    pub(super) fn story(&self) -> String {
        let mut story = match &self.ended {
            Ended::Exit(code) => format!("ended with exit {code}"),
            Ended::Signal(signal) => format!("was killed by signal {signal}"),
            Ended::TimedOut => format!("was stopped after {}", self.timeout),
            Ended::Cancelled => "was stopped".to_owned(),
            Ended::NotStarted(reason) => format!("could not {reason}"),
            Ended::Lost => "ended, but the system does not say how".to_owned(),
        };
        if self.stopped > 0 {
            story += &format!("; {} processes it left running were stopped", self.stopped);
        }
        let last = self.both.last_lines();
        if !last.is_empty() {
            story += &format!("; its last lines:\n{last}");
        }
        story
    }
}

/// The end of a stream of bytes.
pub(super) struct Tail {
    bytes: Vec<u8>,
    limit: usize,
    cut: bool,
}

impl Tail {
    pub(super) fn new(limit: usize) -> Self {
        Self { bytes: Vec::new(), limit, cut: false }
    }

    pub(super) fn push(&mut self, more: &[u8]) {
        self.bytes.extend_from_slice(more);
        // Cutting only at twice the limit moves every byte once at the most.
        if self.bytes.len() > 2 * self.limit {
            self.bytes.drain(..self.bytes.len() - self.limit);
            self.cut = true;
        }
    }

    /// At most the last `limit` bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[self.bytes.len().saturating_sub(self.limit)..]
    }

    /// Everything, or `None` when it was more than `limit`.
    pub(super) fn whole(&self) -> Option<&[u8]> {
        (!self.cut && self.bytes.len() <= self.limit).then_some(&self.bytes)
    }

    fn last_lines(&self) -> String {
        let text = String::from_utf8_lossy(self.bytes());
        let mut lines: Vec<String> = text
            .lines()
            .rev()
            .filter(|line| !line.trim().is_empty())
            .take(LAST_LINES)
            .map(|line| visible(line.trim_end()).chars().take(LAST_LINE_CHARS_MAX).collect())
            .collect();
        lines.reverse();
        lines.join("\n")
    }
}
