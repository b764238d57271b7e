//! Steps towards more exposure, confirmed once, and away from it, never asked about.

use super::confirm;
use super::unknown;
use crate::args;
use crate::run::Ended;
use crate::run::Place;
use crate::session::Session;
use crate::session::unexpected;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use seaworthy_wire::Forward;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use seaworthy_wire::State;
use seaworthy_wire::StepPreview;
use seaworthy_wire::Which;

const NOBODY: &str = "Nobody is watching. Run `seaworthy watch` or open the app.\n";

pub(crate) async fn deploy(
    session: &mut Session<'_>,
    place: &Place,
    environment: String,
    stays: bool,
) -> Ended {
    let rolls = environment == args::PRODUCTION;
    forward(session, place, Forward::Deploy { environment }, rolls && !stays).await
}

pub(crate) async fn advance(session: &mut Session<'_>, place: &Place, stays: bool) -> Ended {
    forward(session, place, Forward::Advance, !stays).await
}

async fn forward(session: &mut Session<'_>, place: &Place, step: Forward, leaves: bool) -> Ended {
    let which = session.which.clone();
    let preview = match session.ask(Request::Preview { which, step: step.clone() }).await? {
        Reply::Preview(preview) => preview,
        other => return Err(unexpected(&other)),
    };
    let text = crate::render::preview(&preview, session.out.paint);
    session.out.say(&text);
    let release = session.which.release.clone();
    session.out.record("preview", release.as_deref(), None, &preview);
    decide(session, place, &preview).await?;
    // What was shown is what moves, whatever became the newest release meanwhile.
    let which = Which { release: Some(preview.release), folder: None };
    let view = session.ask_release(Request::Move { which, step, expect: preview.expect }).await?;
    // Whoever stays to watch stays with this one, whatever is opened meanwhile.
    session.which.release = Some(view.head.id.clone());
    let code = unknown(&view).or(view.head.rolled_back.then_some(Code::RolledBack));
    session.show_outcome(&view, code);
    let watchable = view.rollout.armed.state != State::NotApplicable;
    if leaves && watchable && code.is_none() && !view.head.over && !session.door.is_watched() {
        session.out.note(NOBODY);
    }
    Ok(code)
}

/// By a person who read the preview, or by words that name the position that was meant.
async fn decide(session: &mut Session<'_>, place: &Place, preview: &StepPreview) -> Result<(), Fault> {
    if let Some(expected) = place.expect.as_ref().filter(|expected| **expected != preview.expect) {
        let found = &preview.expect;
        let fault = Fault::new(Code::Refused, format!("the release is at {found}, not at {expected}"));
        return Err(fault.with_help("look at `seaworthy status` before you decide again"));
    }
    match (place.yes, &place.expect) {
        (true, Some(_)) => Ok(()),
        (false, _) if session.out.console.can_ask => confirm(session.out, &preview.title).await,
        _ => {
            let fault = Fault::new(
                Code::Refused,
                "a forward step needs a person at a terminal, or their word for it",
            );
            Err(fault.with_help(format!("add --yes --expect {}", preview.expect)))
        }
    }
}

pub(crate) async fn rollback(session: &mut Session<'_>, reason: String, emergency: bool) -> Ended {
    let which = session.which.clone();
    let view = session.ask_release(Request::Rollback { which, reason, emergency }).await?;
    let code = unknown(&view);
    session.show_outcome(&view, code);
    Ok(code)
}

pub(crate) async fn hold(session: &mut Session<'_>, hold: args::Hold) -> Ended {
    let which = session.which.clone();
    let reason = hold.reason.unwrap_or_default();
    let request = if hold.lift { Request::Lift { which, reason } } else { Request::Hold { which, reason } };
    let view = session.ask_release(request).await?;
    session.show_outcome(&view, None);
    Ok(None)
}
