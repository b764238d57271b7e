//! The real terminal, and the program from its first line to its exit status.

use crate::keyboard::Keyboard;
use crate::run::run;
use crate::world::Console;
use crate::world::World;
use crate::zone::zone_here;
use seaworthy_wire::Code;
use std::io::IsTerminal;
use std::process::ExitCode;
use tokio::sync::mpsc;

/// Narrowest terminal that gets a display redrawn in place; in a narrower one its lines would wrap.
const LIVE_COLUMNS_MIN: u16 = 80;

/// What shells report for a program that Ctrl-C ended.
const EXIT_INTERRUPTED: i32 = 130;

/// Runs the program: reads what was typed, uses the real terminal and `world`, and gives the exit status.
///
/// The command itself runs on the calling thread, so that a terminal that stands still holds up nothing else.
pub fn start(world: &dyn World) -> ExitCode {
    keep_memory_private();
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

/// Tokens pass through this process: no core file of it, and no other process of this user reads its memory. It is
/// inherited by nobody but the limit on core files. A system that refuses leaves things as they are everywhere else.
fn keep_memory_private() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::DumpableBehavior;
        let _ = rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
    #[cfg(unix)]
    {
        use rustix::process::Resource;
        use rustix::process::Rlimit;
        let none = Rlimit { current: Some(0), maximum: Some(0) };
        let _ = rustix::process::setrlimit(Resource::Core, none);
    }
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
