//! Releases that come as files.

use crate::out::Output;
use crate::run::Ended;
use crate::run::Place;
use crate::session::harmless;
use crate::world::World;
use seaworthy_wire::Code;
use seaworthy_wire::EventPage;
use seaworthy_wire::Standing;
use std::path::Path;

/// Consistent is not trusted: without the captain's words the answer is *unknown*, with other words it is no.
pub(crate) async fn verify(
    world: &dyn World,
    place: &Place,
    file: &Path,
    events: bool,
    out: &mut Output,
) -> Ended {
    let view = world.verify(file, place.expect.clone()).await?;
    let shown = harmless(&view)?;
    let text = crate::render::bundle(&shown, out.when(None), out.paint);
    out.say(&text);
    if events {
        let page = EventPage { events: shown.events, next: None, doubt: None };
        let text = crate::render::events(&page, None, out.when(None), out.paint);
        out.say(&format!("\n{text}"));
    }
    let code = judged(view.standing);
    out.record("bundle", Some(&view.release), code, &view);
    Ok(code)
}

/// The release as the file shows it: looking at it is no judgement, but the exit status is the one of a check.
pub(crate) async fn view(world: &dyn World, place: &Place, file: &Path, out: &mut Output) -> Ended {
    let view = world.verify(file, place.expect.clone()).await?;
    let text = crate::render::document(&harmless(&view)?, out.when(None), out.paint);
    out.say(&text);
    let code = judged(view.standing);
    out.record("bundle", Some(&view.release), code, &view);
    Ok(code)
}

/// What a piece of evidence in it says, such as the log of a check.
pub(crate) async fn evidence(
    world: &dyn World,
    place: &Place,
    file: &Path,
    digest: &str,
    out: &mut Output,
) -> Ended {
    let piece = world.evidence(file, digest, place.expect.clone()).await?;
    let shown = harmless(&piece)?;
    out.say(&format!("{}\n", shown.text.trim_end_matches('\n')));
    if shown.dropped_bytes > 0 {
        out.note(&format!("{} more bytes are not shown.\n", shown.dropped_bytes));
    }
    let code = judged(piece.standing);
    out.record("evidence", None, code, &piece);
    Ok(code)
}

fn judged(standing: Standing) -> Option<Code> {
    match standing {
        Standing::Expected => None,
        Standing::Unknown => Some(Code::Unknown),
        Standing::Other => Some(Code::Integrity),
    }
}
