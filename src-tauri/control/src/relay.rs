//! Keeps slow readers from slowing the engine down.

use crate::Handler;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use seaworthy_wire::Push;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

/// Pushes between the engine and the relay; it is emptied at once, so this only evens out bursts.
const PUSHES_QUEUED: usize = 64;

/// A request being carried out in a task of its own.
pub(crate) struct Call {
    task: AbortOnDropHandle<Result<Reply, Fault>>,
    pushes: mpsc::Receiver<Push>,
}

/// What a call did next.
pub(crate) enum Step {
    Pushed(Push),
    Ended(Result<Reply, Fault>),
}

impl Call {
    /// Starts it. Dropping the call stops it.
    pub(crate) fn start(handler: Arc<dyn Handler>, request: Request) -> Self {
        let (sender, pushes) = mpsc::channel(PUSHES_QUEUED);
        let task = tokio::spawn(async move { handler.call(request, sender).await });
        Self { task: AbortOnDropHandle::new(task), pushes }
    }

    /// Everything that was pushed comes before the end. Must not be called after [`Step::Ended`].
    pub(crate) async fn next(&mut self) -> Step {
        tokio::select! {
            biased;
            Some(push) = self.pushes.recv() => Step::Pushed(push),
            ended = &mut self.task => Step::Ended(ended.unwrap_or_else(|error| Err(broke(&error)))),
        }
    }

    /// A push that was sent before the end and not yet taken.
    pub(crate) fn leftover(&mut self) -> Option<Push> {
        self.pushes.try_recv().ok()
    }
}

fn broke(error: &tokio::task::JoinError) -> Fault {
    tracing::error!(%error, "a request broke off");
    Fault::new(Code::Outside, "the engine broke off while carrying this out")
        .with_help("run `seaworthy status` to see what happened, and `seaworthy doctor` for the log")
}

/// Carries a request out, passing pushes on only as fast as `pushes` takes them.
pub(crate) async fn carry_out(
    handler: Arc<dyn Handler>,
    request: Request,
    pushes: mpsc::Sender<Push>,
) -> Result<Reply, Fault> {
    let mut call = Call::start(handler, request);
    let answer = loop {
        match call.next().await {
            // A full or closed receiver loses the push: the next one says it again, and the ledger keeps it.
            Step::Pushed(push) => drop(pushes.try_send(push)),
            Step::Ended(answer) => break answer,
        }
    };
    while let Some(push) = call.leftover() {
        drop(pushes.try_send(push));
    }
    answer
}
