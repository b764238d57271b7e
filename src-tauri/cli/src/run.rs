//! From what was typed to an exit status.

use crate::args::Cli;
use crate::args::Command;
use crate::args::Policy;
use crate::commands;
use crate::commands::Followed;
use crate::out::Output;
use crate::session::Session;
use crate::session::harmless;
use crate::world::Console;
use crate::world::World;
use clap::CommandFactory;
use clap::Parser;
use seaworthy_control::Role;
use seaworthy_control::open_door;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use seaworthy_wire::Which;
use std::ffi::OsString;
use std::path::PathBuf;

/// How a command ended: `None` is done or ready.
pub(crate) type Ended = Result<Option<Code>, Fault>;

/// What was typed around the command, resolved.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) home: PathBuf,
    pub(crate) folder: PathBuf,
    pub(crate) which: Which,
    pub(crate) yes: bool,
    pub(crate) expect: Option<String>,
}

/// Runs a command line, the program's name first, and gives its exit status.
pub async fn run(typed: Vec<OsString>, world: &dyn World, console: Console) -> u8 {
    let wants_json = typed.iter().any(|word| word == "--json");
    let cli = match Cli::try_parse_from(&typed) {
        Ok(cli) => cli,
        Err(error) => return usage(&error, console, wants_json),
    };
    let mut out = Output::new(console, cli.common.json, cli.common.plain);
    let release = cli.common.release.clone();
    let ended = match place(&cli, world) {
        Ok(place) => carry_out(cli.command, place, world, &mut out).await,
        Err(fault) => Err(fault),
    };
    match ended {
        Ok(None) => 0,
        Ok(Some(code)) => code.exit_status(),
        Err(fault) => {
            let fault = if out.json { fault } else { harmless(&fault).unwrap_or_else(|unshown| unshown) };
            out.fault(release.as_deref(), &fault);
            fault.code.exit_status()
        }
    }
}

/// Help and version are answers; everything else that the parser says is a fault.
fn usage(error: &clap::Error, mut console: Console, wants_json: bool) -> u8 {
    let colour = if error.use_stderr() { console.colour_err } else { console.colour };
    let text = if colour { error.render().ansi().to_string() } else { error.render().to_string() };
    if !error.use_stderr() {
        // A reader that went away has seen enough of the help.
        drop(console.out.write_all(text.as_bytes()));
        return 0;
    }
    if wants_json {
        let mut out = Output::new(console, true, true);
        out.fault(None, &Fault::new(Code::BadInput, error.render().to_string().trim_end()));
    } else {
        drop(console.err.write_all(text.as_bytes()));
    }
    Code::BadInput.exit_status()
}

fn place(cli: &Cli, world: &dyn World) -> Result<Place, Fault> {
    let named = cli.common.home.as_ref().filter(|home| !home.as_os_str().is_empty());
    let home = named.map_or_else(|| world.home(), |home| Ok(home.clone()))?;
    let home = std::path::absolute(home).map_err(|error| {
        Fault::new(Code::BadInput, format!("the data directory is no usable path: {error}"))
    })?;
    let wanted = cli.common.project.clone().unwrap_or_else(|| PathBuf::from("."));
    let folder = wanted.canonicalize().ok().filter(|folder| folder.is_dir()).ok_or_else(|| {
        let named = cli.common.project.is_some();
        let help = if named { "" } else { "; name one with --project" };
        Fault::new(Code::BadInput, format!("{} is not a folder{help}", wanted.display()))
    })?;
    let which =
        Which { release: cli.common.release.clone(), folder: Some(folder.to_string_lossy().into_owned()) };
    Ok(Place { home, folder, which, yes: cli.common.yes, expect: cli.common.expect.clone() })
}

async fn carry_out(command: Option<Command>, place: Place, world: &dyn World, out: &mut Output) -> Ended {
    let command = command.unwrap_or(Command::Status { explain: false, all: false });
    match command {
        Command::Init => return commands::init(world, &place, out).await,
        Command::Rehearse { fault, out: file } => {
            return commands::rehearse(world, &place, fault, file, out).await;
        }
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "seaworthy", &mut script);
            out.raw(&String::from_utf8_lossy(&script));
            return Ok(None);
        }
        Command::View { file, evidence: Some(digest) } => {
            return commands::evidence(world, &place, &file, &digest, out).await;
        }
        Command::View { file, evidence: None } => return commands::view(world, &place, &file, out).await,
        Command::Verify { file, events } => {
            return commands::verify(world, &place, &file, events, out).await;
        }
        Command::Watch => return commands::watch(world, &place, out).await,
        _ => {}
    }
    let stays = matches!(command, Command::Deploy { watch: true, .. } | Command::Advance { watch: true });
    let role = if stays { Role::Watch } else { Role::Command };
    let mut session = enter(world, &place, role, out).await?;
    let mut ended = ask(command, &place, &mut session).await;
    let mut lost = false;
    if stays && matches!(ended, Ok(None)) {
        match commands::follow(&mut session).await {
            Ok(Followed::Ended(code)) => ended = Ok(code),
            Ok(Followed::Lost) => lost = true,
            Err(fault) => ended = Err(fault),
        }
    }
    let Session { door, .. } = session;
    door.close().await;
    if lost { commands::watch(world, &place, out).await } else { ended }
}

/// Opens the door for a command.
pub(crate) async fn enter<'o>(
    world: &dyn World,
    place: &Place,
    role: Role,
    out: &'o mut Output,
) -> Result<Session<'o>, Fault> {
    let door = open_door(&place.home, role, || world.engine(&place.home, role)).await?;
    Ok(Session { door, which: place.which.clone(), out })
}

async fn ask(command: Command, place: &Place, session: &mut Session<'_>) -> Ended {
    let sends = matches!(
        command,
        Command::Deploy { .. }
            | Command::Advance { .. }
            | Command::Rollback { .. }
            | Command::Reconcile { .. }
    );
    if sends {
        commands::unlock_vault(session, place).await?;
    }
    match command {
        Command::Policy(Policy::Check) => commands::policy_check(session, place).await,
        Command::Open { version } => commands::open(session, place, version).await,
        Command::Status { all: true, .. } => commands::releases(session).await,
        Command::Status { explain, .. } => commands::status(session, explain).await,
        Command::Freeze => commands::freeze(session).await,
        Command::Candidate { revision, again } => commands::candidate(session, revision, again).await,
        Command::Approve { names, all } => commands::approve(session, place, &names, all).await,
        Command::Check { names, log: true } => commands::check_logs(session, names).await,
        Command::Check { names, .. } => commands::check(session, names).await,
        Command::Attest { criterion, note } => commands::attest(session, criterion, note).await,
        Command::Deploy { environment, watch } => commands::deploy(session, place, environment, watch).await,
        Command::Advance { watch } => commands::advance(session, place, watch).await,
        Command::Rollback { reason, emergency } => commands::rollback(session, reason, emergency).await,
        Command::Hold(hold) => commands::hold(session, hold).await,
        Command::Reconcile { saw } => commands::reconcile(session, saw).await,
        Command::Stage => commands::stage(session).await,
        Command::Close { summary } => commands::close(session, place, summary).await,
        Command::Abandon { reason } => commands::abandon(session, place, reason).await,
        Command::Log { search, limit } => commands::log(session, search, limit).await,
        Command::Report { out } => commands::report(session, out).await,
        Command::Bundle(typed) => commands::bundle(session, typed).await,
        Command::Notices(typed) => commands::notices(session, typed).await,
        Command::Connect(typed) => commands::connect(session, place, typed).await,
        Command::Key(typed) => commands::key(session, typed).await,
        Command::Doctor { accept_regression } => commands::doctor(session, accept_regression).await,
        Command::Init
        | Command::Rehearse { .. }
        | Command::Completions { .. }
        | Command::View { .. }
        | Command::Verify { .. }
        | Command::Watch => Ok(None),
    }
}
