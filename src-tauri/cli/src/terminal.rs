//! The real terminal, and the program from its first line to its exit status.

use crate::run::run;
use crate::world::Answers;
use crate::world::Console;
use crate::world::World;
use crate::zone::zone_here;
use async_trait::async_trait;
use seaworthy_wire::Code;
use std::io::BufRead;
use std::io::IsTerminal;
use std::io::Read;
use std::process::ExitCode;
use tokio::sync::mpsc;
use tokio::sync::oneshot;

/// Narrowest terminal that gets a display redrawn in place; in a narrower one its lines would wrap.
const LIVE_COLUMNS_MIN: u16 = 80;

/// Longest answer to a question in bytes.
const ANSWER_BYTES_MAX: u64 = 1_024;

/// What shells report for a program that Ctrl-C ended.
const EXIT_INTERRUPTED: i32 = 130;

/// Runs the program: reads what was typed, uses the real terminal and `world`, and gives the exit status.
///
/// The command itself runs on the calling thread, so that a terminal that stands still holds up nothing else.
pub fn start(world: &dyn World) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("seaworthy: cannot start: {error}");
            return Code::Outside.exit_status().into();
        }
    };
    let (sender, interrupts) = mpsc::channel(1);
    runtime.spawn(listen(sender));
    let code = runtime.block_on(run(std::env::args_os().collect(), world, console(interrupts)));
    // A thread may still wait for an answer that nobody needs any more.
    runtime.shutdown_background();
    code.into()
}

fn console(interrupts: mpsc::Receiver<()>) -> Console {
    let (stdout, stderr) = (std::io::stdout(), std::io::stderr());
    let welcome = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && std::env::var_os("TERM").is_none_or(|kind| kind != "dumb");
    let colour = welcome && stdout.is_terminal();
    let size = terminal_size::terminal_size_of(&stdout).filter(|(width, _)| width.0 >= LIVE_COLUMNS_MIN);
    Console {
        can_ask: std::io::stdin().is_terminal() && stderr.is_terminal(),
        live: size.filter(|_| colour).map(|(_, height)| height.0),
        colour,
        colour_err: welcome && stderr.is_terminal(),
        out: Box::new(stdout),
        err: Box::new(stderr),
        answers: Box::new(Keyboard),
        interrupts,
        zone: zone_here(),
    }
}

/// The first Ctrl-C asks the command to end, the second ends the process.
async fn listen(sender: mpsc::Sender<()>) {
    if interrupted().await {
        // A command that no longer listens is about to end anyway.
        let _ = sender.try_send(());
        if interrupted().await {
            std::process::exit(EXIT_INTERRUPTED);
        }
    }
}

#[cfg(unix)]
async fn interrupted() -> bool {
    use tokio::signal::unix::SignalKind;
    use tokio::signal::unix::signal;
    let Ok(mut ended) = signal(SignalKind::terminate()) else { return tokio::signal::ctrl_c().await.is_ok() };
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed.is_ok(),
        asked = ended.recv() => asked.is_some(),
    }
}

#[cfg(not(unix))]
async fn interrupted() -> bool {
    tokio::signal::ctrl_c().await.is_ok()
}

struct Keyboard;

#[async_trait]
impl Answers for Keyboard {
    async fn line(&mut self) -> Option<String> {
        let (sender, answer) = oneshot::channel();
        // A thread of its own: a read of the terminal cannot be cancelled, and nothing may wait for it at the end.
        std::thread::spawn(move || {
            let mut line = String::new();
            let read = std::io::stdin().lock().take(ANSWER_BYTES_MAX).read_line(&mut line);
            if read.is_ok_and(|bytes| bytes > 0) {
                drop(sender.send(line));
            }
        });
        answer.await.ok()
    }
}
