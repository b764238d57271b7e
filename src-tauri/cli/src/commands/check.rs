//! Running checks with their output as it comes.

use crate::run::Ended;
use crate::session::Session;
use crate::session::unexpected;
use seaworthy_wire::CheckView;
use seaworthy_wire::Code;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use seaworthy_wire::State;

pub(crate) async fn check(session: &mut Session<'_>, names: Vec<String>) -> Ended {
    let which = session.which.clone();
    let before = session.ask_release(Request::Status { which: which.clone() }).await?.checks;
    let (view, fault) = match session.ask_release(Request::Check { which: which.clone(), names }).await {
        Ok(view) => (view, None),
        // Some did not pass; what each of them said is asked for by everybody who reads that.
        Err(fault) if fault.code == Code::NotReady => {
            (session.ask_release(Request::Status { which }).await?, Some(fault))
        }
        Err(fault) => return Err(fault),
    };
    let ran: Vec<&CheckView> =
        view.checks.iter().filter(|check| !before.iter().any(|old| is_same_run(old, check))).collect();
    if let Some(fault) = fault {
        let text = crate::render::checks(ran.iter().copied(), session.out.paint);
        session.out.say(&text);
        return Err(fault);
    }
    if ran.is_empty() {
        session.out.say("Nothing to run: the next step misses no check. Name one to run it anyway.\n");
        session.out.record("release", Some(&view.head.id), None, &view);
        return Ok(None);
    }
    let text = crate::render::checks(ran.iter().copied(), session.out.paint);
    session.out.say(&text);
    let failed = ran.iter().any(|check| check.state != State::Pass);
    let code = failed.then_some(Code::NotReady);
    session.show_outcome(&view, code);
    Ok(code)
}

fn is_same_run(old: &CheckView, new: &CheckView) -> bool {
    old.name == new.name && old.run == new.run
}

/// Prints what was kept of the newest runs.
pub(crate) async fn check_logs(session: &mut Session<'_>, names: Vec<String>) -> Ended {
    for name in names {
        let which = session.which.clone();
        let log = match session.ask(Request::CheckLog { which, name }).await? {
            Reply::Log(log) => log,
            other => return Err(unexpected(&other)),
        };
        let text = log.text.trim_end_matches('\n');
        session.out.say(&format!("{text}\n"));
        if log.dropped_bytes > 0 {
            session.out.note(&format!("{} bytes in the middle were not kept.\n", log.dropped_bytes));
        }
        session.out.record("log", None, None, &log);
    }
    Ok(None)
}
