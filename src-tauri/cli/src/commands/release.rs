//! Commands that change a release and move no traffic.

use super::unknown;
use crate::args::SawArg;
use crate::run::Ended;
use crate::run::Place;
use crate::session::Session;
use seaworthy_wire::Request;
use seaworthy_wire::Saw;

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

pub(crate) async fn candidate(session: &mut Session<'_>, revision: Option<String>) -> Ended {
    let which = session.which.clone();
    change(session, Request::Candidate { which, revision }).await
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

pub(crate) async fn close(session: &mut Session<'_>, summary: String) -> Ended {
    let which = session.which.clone();
    change(session, Request::Close { which, summary }).await
}

pub(crate) async fn abandon(session: &mut Session<'_>, reason: String) -> Ended {
    let which = session.which.clone();
    change(session, Request::Abandon { which, reason }).await
}
