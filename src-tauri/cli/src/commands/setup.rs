//! Commands around releases: the policy, this installation, the rehearsal.

use crate::args::FaultArg;
use crate::follow::Follower;
use crate::out::Output;
use crate::run::Ended;
use crate::run::Place;
use crate::session::Session;
use crate::session::harmless;
use crate::session::unexpected;
use crate::world::Rehearsal;
use crate::world::Rehearsed;
use crate::world::World;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use seaworthy_wire::State;
use serde_json::json;
use std::fs::OpenOptions;
use std::path::Path;
use std::path::PathBuf;
use tokio::sync::mpsc;

/// Pushes of a rehearsal between the engine and the terminal; its clock waits for nobody, so they come fast.
const PUSHES_QUEUED: usize = 4_096;

pub(crate) async fn init(world: &dyn World, place: &Place, out: &mut Output) -> Ended {
    let file = world.init(&place.folder).await?;
    out.say(&format!("{}\nEdit it, then run `seaworthy policy check`.\n", file.display()));
    out.record("init", None, None, &json!({ "file": file }));
    Ok(None)
}

pub(crate) async fn policy_check(session: &mut Session<'_>, place: &Place) -> Ended {
    let folder = place.folder.to_string_lossy().into_owned();
    match session.ask(Request::PolicyCheck { folder }).await? {
        Reply::PolicyFine(summary) => {
            let text = crate::render::policy(&summary, session.out.paint);
            session.out.say(&text);
            session.out.record("policy", None, None, &summary);
            Ok(None)
        }
        other => Err(unexpected(&other)),
    }
}

pub(crate) async fn doctor(session: &mut Session<'_>, accept_regression: Option<String>) -> Ended {
    if let Some(reason) = accept_regression {
        session.ask(Request::AcceptRegression { reason }).await?;
    }
    match session.ask(Request::Doctor).await? {
        Reply::Doctor(doctor) => {
            let text = crate::render::doctor(&doctor, session.out.paint);
            session.out.say(&text);
            let mut ill = doctor.lines.iter().filter(|line| line.state == State::Fail).peekable();
            let code = ill.peek().is_some().then_some(Code::NotReady);
            let unsound = ill.any(|line| line.what.starts_with("ledger") || line.what == "evidence");
            let code = if unsound { Some(Code::Integrity) } else { code };
            session.out.record("doctor", None, code, &doctor);
            Ok(code)
        }
        other => Err(unexpected(&other)),
    }
}

pub(crate) async fn rehearse(
    world: &dyn World,
    place: &Place,
    fault: Option<FaultArg>,
    file: Option<PathBuf>,
    out: &mut Output,
) -> Ended {
    if let Some(file) = &file {
        writable(&place.folder.join(file))?;
    }
    let (sender, mut pushes) = mpsc::channel(PUSHES_QUEUED);
    let mut playing = world.rehearse(Rehearsal { home: place.home.clone(), fault, out: file }, sender);
    let mut follower = Follower::everything();
    let played = loop {
        tokio::select! {
            biased;
            Some(push) = pushes.recv() => follower.push(out, &push),
            played = &mut playing => break played?,
            Some(()) = out.console.interrupts.recv() => return Err(Fault::new(Code::Outside, "interrupted")),
        }
    };
    while let Ok(push) = pushes.try_recv() {
        follower.push(out, &push);
    }
    follower.finish(out);
    out.keep_block();
    let Rehearsed { view, report } = played;
    let view = harmless(&view)?;
    let ended = format!(
        "\nThe rehearsal is {}. Nothing real was touched.\nReport: {}\n",
        view.head.lifecycle,
        report.display()
    );
    out.say(&ended);
    let code = (!view.head.over).then_some(Code::NotReady);
    out.record("rehearsal", Some(&view.head.id), code, &json!({ "report": report, "view": view }));
    Ok(code)
}

/// Nobody plays a rehearsal whose report has nowhere to go.
fn writable(file: &Path) -> Result<(), Fault> {
    let is_new = !file.exists();
    let opened = OpenOptions::new().append(true).create(true).open(file);
    if is_new && opened.is_ok() {
        // What stays behind is an empty file that the report fills.
        drop(std::fs::remove_file(file));
    }
    opened.map(drop).map_err(|error| {
        Fault::new(
            Code::Outside,
            format!("cannot write {}: {error}; name another with --out", file.display()),
        )
    })
}
