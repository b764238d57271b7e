//! One command's conversation with the engine.

use crate::clean::clean_output;
use crate::clean::cleaned;
use crate::follow::Follower;
use crate::out::Output;
use anstream::adapter::StripBytes;
use seaworthy_control::Door;
use seaworthy_control::Handler;
use seaworthy_wire::CheckLog;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use seaworthy_wire::Push;
use seaworthy_wire::ReleaseView;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use seaworthy_wire::Which;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::Future;
use std::future::pending;
use std::pin::Pin;
use tokio::sync::mpsc;

/// Pushes between the door and the terminal. More are lost when the terminal stalls; a check's output says so.
const PUSHES_QUEUED: usize = 4_096;

/// A door, and what was typed about where to use it.
pub(crate) struct Session<'o> {
    pub(crate) door: Door,
    pub(crate) which: Which,
    pub(crate) out: &'o mut Output,
}

type Cancelling<'d> = Pin<Box<dyn Future<Output = Result<Reply, Fault>> + Send + 'd>>;

impl Session<'_> {
    /// Asks and shows what happens until the answer comes. Ctrl-C stops a running check and leaves reads; anything else
    /// that changes something is waited for.
    pub(crate) async fn ask(&mut self, request: Request) -> Result<Reply, Fault> {
        let mut follower = Follower::quiet(self.which.release.clone());
        let changes = request.changes();
        let checking = match &request {
            Request::Check { names, .. } => Some(names.clone()),
            _ => None,
        };
        let (sender, mut pushes) = mpsc::channel(PUSHES_QUEUED);
        let mut answer = self.door.call(request, sender);
        let mut cancelling: Option<Cancelling<'_>> = None;
        let reply = loop {
            tokio::select! {
                biased;
                Some(push) = pushes.recv() => follower.push(self.out, &push),
                reply = &mut answer => break reply,
                _ = async { match &mut cancelling { Some(call) => call.await, None => pending().await } } => {
                    cancelling = None;
                }
                Some(()) = self.out.console.interrupts.recv() => {
                    let Some(names) = &checking else {
                        if !changes {
                            return Err(Fault::new(Code::Outside, "interrupted"));
                        }
                        self.out.note("Waiting for what has begun; Ctrl-C once more leaves it behind.\n");
                        continue;
                    };
                    let running = follower.running_check().or_else(|| names.first().cloned());
                    if let Some(name) = running {
                        self.out.note(&format!("Stopping {name}.\n"));
                        let which = self.which.clone();
                        cancelling = Some(self.door.call(Request::CancelCheck { which, name }, unheard()));
                    }
                }
            }
        };
        while let Ok(push) = pushes.try_recv() {
            follower.push(self.out, &push);
        }
        follower.finish(self.out);
        presentable(self.out, reply)
    }

    /// Asks for something that is answered with the release.
    pub(crate) async fn ask_release(&mut self, request: Request) -> Result<Box<ReleaseView>, Fault> {
        match self.ask(request).await? {
            Reply::Release(view) => Ok(view),
            other => Err(unexpected(&other)),
        }
    }

    /// Shows what a change led to, in a few lines and as JSON.
    pub(crate) fn show_outcome(&mut self, view: &ReleaseView, code: Option<Code>) {
        let when = self.out.when(Some(view.now));
        let text = crate::render::outcome(view, when, self.out.paint);
        self.out.say(&text);
        self.out.record("release", Some(&view.head.id), code, view);
    }
}

/// For a request whose pushes nobody needs; a receiver that is kept and not read would hold the caller up.
pub(crate) fn unheard() -> mpsc::Sender<Push> {
    mpsc::channel(1).0
}

/// An answer of a kind that does not belong to the request.
pub(crate) fn unexpected(reply: &Reply) -> Fault {
    let kind =
        serde_json::to_value(reply).ok().and_then(|value| value.get("reply").cloned()).unwrap_or_default();
    Fault::new(Code::Outside, format!("the engine answered something else ({kind}); restart it"))
}

/// An answer as it may be shown: untouched for a program, else without characters that a terminal would obey.
pub(crate) fn presentable(out: &Output, answer: Result<Reply, Fault>) -> Result<Reply, Fault> {
    match answer {
        answer if out.json => answer,
        // It goes to a file or into a pipe, whole.
        Ok(Reply::Report(page)) => Ok(Reply::Report(page)),
        Ok(Reply::Log(log)) => {
            let text = clean_output(&mut StripBytes::new(), &log.text);
            Ok(Reply::Log(CheckLog { text, ..log }))
        }
        Ok(reply) => harmless(&reply),
        Err(fault) => Err(harmless(&fault)?),
    }
}

/// A value without characters that a terminal would obey.
pub(crate) fn harmless<T: Serialize + DeserializeOwned>(value: &T) -> Result<T, Fault> {
    cleaned(value).ok_or_else(|| Fault::new(Code::Outside, "the answer cannot be shown; restart the engine"))
}
