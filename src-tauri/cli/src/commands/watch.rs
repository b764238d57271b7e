//! Staying: this process drives the rollout, or shows how another one does.

use super::unknown;
use crate::follow::Follower;
use crate::out::Output;
use crate::run::Ended;
use crate::run::Place;
use crate::run::enter;
use crate::session::Session;
use crate::session::presentable;
use crate::session::unheard;
use crate::world::World;
use seaworthy_control::Door;
use seaworthy_control::Handler;
use seaworthy_control::Role;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use seaworthy_wire::Push;
use seaworthy_wire::ReleaseView;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use seaworthy_wire::Which;
use std::time::Duration;
use tokio::sync::mpsc;

/// Pushes between the door and the terminal; a lost one is repaired by the next, which holds the whole release.
const PUSHES_QUEUED: usize = 1_024;

/// Times that a watch goes on after the process that was the engine went away.
const RETAKES_MAX: u32 = 1_000;

/// Open releases that are asked whether this process watches them, newest first.
const LOOKED_THROUGH_MAX: usize = 100;

/// Pause before that.
const RETAKE_PAUSE: Duration = Duration::from_millis(250);

/// How following ended.
pub(crate) enum Followed {
    /// The release, the person or the reader ended it.
    Ended(Option<Code>),
    /// The engine was another process and went away.
    Lost,
}

/// `seaworthy watch`.
pub(crate) async fn watch(world: &dyn World, place: &Place, out: &mut Output) -> Ended {
    for _ in 0..RETAKES_MAX {
        let mut session = enter(world, place, Role::Watch, out).await?;
        super::unlock_vault(&mut session, place).await?;
        match &session.door {
            Door::Local(_) => session.out.note("Watching; Ctrl-C ends it.\n"),
            Door::Remote(client) if client.is_watched() => {
                let pid = client.engine_pid();
                session
                    .out
                    .note(&format!("Process {pid} is watching already; this shows what happens there.\n"));
            }
            Door::Remote(_) => {
                session.out.note("Another command is at work; watching begins when it is done.\n");
            }
        }
        let followed = follow(&mut session).await;
        let Session { door, .. } = session;
        door.close().await;
        match followed? {
            Followed::Ended(code) => return Ok(code),
            Followed::Lost => tokio::time::sleep(RETAKE_PAUSE).await,
        }
    }
    Err(Fault::new(Code::Outside, "the engine went away too often; look at `seaworthy doctor`"))
}

/// Shows what happens until the release is over, traffic went back, or somebody leaves. Where this process is the one
/// that watches, it goes on for as long as it watches any other.
pub(crate) async fn follow(session: &mut Session<'_>) -> Result<Followed, Fault> {
    let which = session.which.clone();
    let mut view = session.ask_release(Request::Status { which }).await?;
    if session.which.release.is_none()
        && let Some(id) = live_elsewhere(&view)?
    {
        let which = Which { release: Some(id), folder: None };
        view = session.ask_release(Request::Status { which }).await?;
    }
    // From here on it is this release, also when a newer one is opened.
    session.which.release = Some(view.head.id.clone());
    session.show_outcome(&view, None);
    let mut follower = Follower::from(&view);
    let block = crate::render::live(&view, session.out.when(Some(view.now)), session.out.paint);
    session.out.show_block(&block);
    let (sender, mut pushes) = mpsc::channel(PUSHES_QUEUED);
    let mut streaming = session.door.call(Request::Subscribe, sender);
    let mut worst = None;
    loop {
        if let Some(code) = end_of(&view) {
            conclude(session.out, &view, code);
            worst = worst.or(code);
            let Some(next) = still_watched(&session.door, &view.head.id).await else {
                return Ok(Followed::Ended(worst));
            };
            session
                .out
                .note(&format!("Watching {} {}; Ctrl-C ends it.\n", next.head.project, next.head.version));
            session.which.release = Some(next.head.id.clone());
            follower = Follower::from(&next);
            view = next;
        }
        if session.out.is_closed() {
            return Ok(Followed::Ended(worst));
        }
        tokio::select! {
            biased;
            Some(()) = session.out.console.interrupts.recv() => {
                session.out.keep_block();
                session.out.note("\nWatching ended.\n");
                return Ok(Followed::Ended(worst.or(unknown(&view))));
            }
            Some(push) = pushes.recv() => match push {
                // Sent at the start and after pushes were lost: what we hold may be old.
                Push::Releases { .. } => {
                    let which = session.which.clone();
                    let read = session.door.call(Request::Status { which }, unheard()).await;
                    if let Reply::Release(newest) = presentable(session.out, read)? {
                        follower.push(session.out, &Push::Release { view: newest.clone() });
                        view = newest;
                    }
                }
                push => {
                    follower.push(session.out, &push);
                    if let Push::Release { view: newest } = push && newest.head.id == view.head.id {
                        view = newest;
                    }
                }
            },
            ended = &mut streaming => {
                session.out.keep_block();
                return match (ended, session.door.is_local()) {
                    (_, false) => Ok(Followed::Lost),
                    (Err(fault), true) => Err(fault),
                    (Ok(_), true) => Err(Fault::new(Code::Outside, "the engine stopped by itself; run the same command again")),
                };
            }
        }
    }
}

/// Without a name, what is watched is what has production, whatever was opened since.
fn live_elsewhere(view: &ReleaseView) -> Result<Option<String>, Fault> {
    match &view.also[..] {
        [] => Ok(None),
        [only] if !view.is_watched() => Ok(Some(only.release.clone())),
        several => {
            let told: Vec<_> = several.iter().map(|one| one.text.as_str()).collect();
            let (told, head) = (told.join(", "), &view.head);
            let fault = format!(
                "it is not clear which release is meant: {} is {}, {told}",
                head.version, head.lifecycle
            );
            Err(Fault::new(Code::Refused, fault).with_help("name one with --release"))
        }
    }
}

/// The newest other release that this process alone watches.
async fn still_watched(door: &Door, ended: &str) -> Option<Box<ReleaseView>> {
    if !door.is_local() {
        return None;
    }
    let Ok(Reply::Releases(cards)) = door.call(Request::Releases, unheard()).await else { return None };
    for card in cards.into_iter().filter(|card| !card.over && card.id != ended).take(LOOKED_THROUGH_MAX) {
        let which = Which { release: Some(card.id), folder: None };
        if let Ok(Reply::Release(view)) = door.call(Request::Status { which }, unheard()).await
            && view.is_watched()
            && end_of(&view).is_none()
        {
            return Some(view);
        }
    }
    None
}

/// The exit status of a watch that has nothing more to wait for.
fn end_of(view: &ReleaseView) -> Option<Option<Code>> {
    if view.head.over {
        return Some(None);
    }
    view.head.rolled_back.then_some(Some(Code::RolledBack))
}

fn conclude(out: &mut Output, view: &ReleaseView, code: Option<Code>) {
    out.keep_block();
    let words = if code.is_some() { "All traffic went back." } else { "The release is over." };
    out.say(&format!("{words}\n"));
    out.record("watch", Some(&view.head.id), code, &serde_json::json!({ "lifecycle": view.head.lifecycle }));
}
