//! One command's conversation with the engine.

use crate::clean::cleaned;
use crate::follow::Follower;
use crate::out::Output;
use seaworthy_control::Door;
use seaworthy_control::Handler;
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
                        cancelling = Some(self.door.call(Request::CancelCheck { which, name }, mpsc::channel(1).0));
                    }
                }
            }
        };
        while let Ok(push) = pushes.try_recv() {
            follower.push(self.out, &push);
        }
        follower.finish(self.out);
        harmless(reply)
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

/// An answer of a kind that does not belong to the request.
pub(crate) fn unexpected(reply: &Reply) -> Fault {
    let kind =
        serde_json::to_value(reply).ok().and_then(|value| value.get("reply").cloned()).unwrap_or_default();
    Fault::new(Code::Outside, format!("the engine answered something else ({kind}); restart it"))
}

/// An answer or a fault without characters that a terminal would obey.
pub(crate) fn harmless<T: Serialize + DeserializeOwned>(answer: Result<T, Fault>) -> Result<T, Fault> {
    let unreadable = || Fault::new(Code::Outside, "the answer cannot be shown; restart the engine");
    match answer {
        Ok(value) => cleaned(&value).ok_or_else(unreadable),
        Err(fault) => Err(cleaned(&fault).unwrap_or_else(unreadable)),
    }
}

/// A push without characters that a terminal would obey.
pub(crate) fn harmless_push(push: &Push) -> Option<Push> {
    cleaned(push)
}
