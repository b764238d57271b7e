//! Commands that only read.

use super::unknown;
use crate::run::Ended;
use crate::session::Session;
use crate::session::unexpected;
use seaworthy_wire::Code;
use seaworthy_wire::EventPage;
use seaworthy_wire::Fault;
use seaworthy_wire::ReleaseView;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use seaworthy_wire::State;
use serde_json::json;
use std::path::Path;
use std::path::PathBuf;

/// Standard output as a file name.
const STANDARD_OUTPUT: &str = "-";

pub(crate) async fn status(session: &mut Session<'_>, explain: bool) -> Ended {
    let which = session.which.clone();
    let view = session.ask_release(Request::Status { which }).await?;
    let when = session.out.when(Some(view.now));
    let render = if explain { crate::render::explained } else { crate::render::status };
    let text = render(&view, when, session.out.paint);
    session.out.say(&text);
    let code = readiness(&view);
    session.out.record("release", Some(&view.head.id), code, &view);
    Ok(code)
}

pub(crate) async fn stage(session: &mut Session<'_>) -> Ended {
    let which = session.which.clone();
    let view = session.ask_release(Request::Status { which }).await?;
    let text = crate::render::rollout(&view, session.out.when(Some(view.now)), session.out.paint);
    session.out.say(&text);
    let code = readiness(&view);
    session.out.record("rollout", Some(&view.head.id), code, &view.rollout);
    Ok(code)
}

/// All releases, newest first.
pub(crate) async fn releases(session: &mut Session<'_>) -> Ended {
    let cards = match session.ask(Request::Releases).await? {
        Reply::Releases(cards) => cards,
        other => return Err(unexpected(&other)),
    };
    let text = crate::render::releases(&cards, session.out.when(None), session.out.paint);
    session.out.say(&text);
    for card in &cards {
        session.out.record("card", Some(&card.id), None, card);
    }
    Ok(None)
}

/// Whether the answer to "may I move?" is yes; a release that is over wants nothing more.
fn readiness(view: &ReleaseView) -> Option<Code> {
    if view.doubt.is_some() {
        return Some(Code::Integrity);
    }
    let ready = view.head.over || view.bearing.may_move.state == Some(State::Pass);
    unknown(view).or((!ready).then_some(Code::NotReady))
}

pub(crate) async fn log(session: &mut Session<'_>, search: Option<String>, limit: u32) -> Ended {
    // Everything unless a release is named: what happened is often asked after the release is over.
    let which = session.which.release.is_some().then(|| session.which.clone());
    let mut page = EventPage { events: Vec::new(), next: None, doubt: None };
    // The engine answers in pages of its own size.
    loop {
        let left = limit - u32::try_from(page.events.len()).unwrap_or(limit).min(limit);
        let (which, search, before) = (which.clone(), search.clone(), page.next);
        let older =
            match session.ask(Request::Log { which, search, group: None, before, limit: left }).await? {
                Reply::Events(older) => older,
                other => return Err(unexpected(&other)),
            };
        page.events.extend(older.events);
        page.next = older.next;
        page.doubt = older.doubt;
        if page.next.is_none() || page.events.len() >= limit as usize {
            break;
        }
    }
    let text = crate::render::events(&page, search.as_deref(), session.out.when(None), session.out.paint);
    session.out.say(&text);
    let code = page.doubt.as_ref().map(|_| Code::Integrity);
    for event in &page.events {
        session.out.record("event", event.release.as_deref(), code, event);
    }
    if let Some(doubt) = &page.doubt {
        session.out.record("fault", None, code, &Fault::new(Code::Integrity, doubt));
    }
    Ok(code)
}

pub(crate) async fn report(session: &mut Session<'_>, file: Option<PathBuf>) -> Ended {
    let which = session.which.clone();
    let page = match session.ask(Request::Report { which }).await? {
        Reply::Report(page) => page,
        other => return Err(unexpected(&other)),
    };
    let code = page.doubt.as_ref().map(|_| Code::Integrity);
    if let Some(doubt) = &page.doubt {
        session.out.note(&crate::render::doubt(&crate::clean::clean_text(doubt), session.out.paint));
    }
    if file.as_deref() == Some(Path::new(STANDARD_OUTPUT)) {
        session.out.raw(&page.html);
        return Ok(code);
    }
    // The name comes from the engine and must not lead out of this folder.
    let suggested = Path::new(&page.file_name).file_name().unwrap_or("report.html".as_ref());
    let file = file.unwrap_or_else(|| PathBuf::from(suggested));
    tokio::fs::write(&file, &page.html).await.map_err(|error| {
        Fault::new(
            Code::Outside,
            format!("cannot write {}: {error}; name another with --out", file.display()),
        )
    })?;
    session.out.say(&format!("{}\n", file.display()));
    let release = session.which.release.clone();
    session.out.record("report", release.as_deref(), code, &json!({ "file": file, "doubt": page.doubt }));
    Ok(code)
}
