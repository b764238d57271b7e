//! Commands that change a release and move no traffic.

use super::confirm;
use super::unknown;
use crate::args::SawArg;
use crate::clean::clean_text;
use crate::run::Ended;
use crate::run::Place;
use crate::session::Session;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use seaworthy_wire::Request;
use seaworthy_wire::Saw;
use seaworthy_wire::Which;

async fn change(session: &mut Session<'_>, request: Request) -> Ended {
    let view = session.ask_release(request).await?;
    let code = unknown(&view);
    session.show_outcome(&view, code);
    Ok(code)
}

pub(crate) async fn open(session: &mut Session<'_>, place: &Place, version: String) -> Ended {
    let folder = place.folder.to_string_lossy().into_owned();
    change(session, Request::Open { folder, version }).await
}

pub(crate) async fn freeze(session: &mut Session<'_>) -> Ended {
    let which = session.which.clone();
    change(session, Request::Freeze { which }).await
}

/// A commit that is a candidate already is named again by whoever says so.
pub(crate) async fn candidate(session: &mut Session<'_>, revision: Option<String>, again: bool) -> Ended {
    let which = session.which.clone();
    let request = |again| Request::Candidate { which: which.clone(), revision: revision.clone(), again };
    match change(session, request(again)).await {
        Err(fault) if fault.code == Code::NamedBefore && session.out.console.can_ask => {
            let question = format!("{}. Name it again?", clean_text(&fault.message));
            confirm(session.out, &question).await?;
            change(session, request(true)).await
        }
        ended => ended,
    }
}

pub(crate) async fn attest(session: &mut Session<'_>, criterion: String, note: String) -> Ended {
    let which = session.which.clone();
    change(session, Request::Attest { which, criterion, note }).await
}

pub(crate) async fn reconcile(session: &mut Session<'_>, saw: Option<SawArg>) -> Ended {
    let saw = saw.map(|saw| match saw {
        SawArg::Applied => Saw::Applied,
        SawArg::Absent => Saw::Absent,
    });
    let which = session.which.clone();
    change(session, Request::Reconcile { which, saw }).await
}

pub(crate) async fn close(session: &mut Session<'_>, place: &Place, summary: String) -> Ended {
    let which = asked(session, place, "Close").await?;
    change(session, Request::Close { which, summary }).await
}

pub(crate) async fn abandon(session: &mut Session<'_>, place: &Place, reason: String) -> Ended {
    let which = asked(session, place, "Give up").await?;
    change(session, Request::Abandon { which, reason }).await
}

/// The end of a release cannot be taken back, so a person at a terminal is asked once, by the name of the release; what
/// they read is what ends.
async fn asked(session: &mut Session<'_>, place: &Place, verb: &str) -> Result<Which, Fault> {
    let which = session.which.clone();
    if place.yes || !session.out.console.can_ask {
        return Ok(which);
    }
    let head = session.ask_release(Request::Status { which }).await?.head;
    if !head.over {
        confirm(session.out, &format!("{verb} {} {} ({})?", head.project, head.version, head.lifecycle))
            .await?;
    }
    Ok(Which { release: Some(head.id), folder: None })
}
