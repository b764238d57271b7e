//! How people are told, and that they saw it.

use crate::args::NamesArg;
use crate::args::Notices;
use crate::run::Ended;
use crate::session::Session;
use crate::session::unexpected;
use seaworthy_wire::AttentionChange;
use seaworthy_wire::QuietChange;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;

/// Written instead of hours where there shall be none.
const OFF: &str = "off";

pub(crate) async fn notices(session: &mut Session<'_>, typed: Notices) -> Ended {
    if typed.seen {
        let which = session.which.clone();
        let view = session.ask_release(Request::Seen { which }).await?;
        session.out.say("Seen. Nothing of it is said again.\n");
        session.out.record("release", Some(&view.head.id), None, &view);
        return Ok(None);
    }
    let zone = typed.zone.unwrap_or_else(|| session.out.zone());
    let quiet = typed.quiet.map(|hours| match hours.as_str() {
        OFF => QuietChange::Off,
        _ => QuietChange::Hours { hours, zone },
    });
    let change = AttentionChange { quiet, names_hidden: typed.names.map(|names| names == NamesArg::Hidden) };
    let change = (change != AttentionChange::default()).then_some(change);
    let Reply::Attention(view) = ask(session, Request::Attention { change }).await? else {
        return Ok(None);
    };
    let text = crate::render::attention(&view, session.out.paint);
    session.out.say(&text);
    session.out.record("notices", None, None, &view);
    if typed.test {
        session.ask(Request::TryNotice).await?;
        session.out.say("A notice was shown.\n");
    }
    Ok(None)
}

async fn ask(session: &mut Session<'_>, request: Request) -> Result<Reply, seaworthy_wire::Fault> {
    match session.ask(request).await? {
        reply @ Reply::Attention(_) => Ok(reply),
        other => Err(unexpected(&other)),
    }
}
