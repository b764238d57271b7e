//! Running checks with their output as it comes.

use crate::run::Ended;
use crate::session::Session;
use seaworthy_wire::CheckView;
use seaworthy_wire::Code;
use seaworthy_wire::Request;
use seaworthy_wire::State;

pub(crate) async fn check(session: &mut Session<'_>, names: Vec<String>) -> Ended {
    let which = session.which.clone();
    let before = session.ask_release(Request::Status { which: which.clone() }).await?.checks;
    let view = session.ask_release(Request::Check { which, names }).await?;
    let ran: Vec<&CheckView> =
        view.checks.iter().filter(|check| !before.iter().any(|old| is_same_run(old, check))).collect();
    if ran.is_empty() {
        session.out.say("Nothing to run: the next step misses no check.\n");
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
