//! An engine that answers by rote.

use crate::Handler;
use async_trait::async_trait;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use seaworthy_wire::Push;
use seaworthy_wire::Reply;
use seaworthy_wire::ReportPage;
use seaworthy_wire::Request;
use seaworthy_wire::Which;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use tokio::sync::Notify;
use tokio::sync::mpsc;

/// Pushes sent to a subscriber before the engine says that it was not held up.
pub(crate) const FLOOD: usize = 20_000;

#[derive(Default)]
pub(crate) struct Fake {
    /// Calls that came in.
    pub(crate) calls: AtomicUsize,
    /// A change began.
    pub(crate) begun: Notify,
    /// Lets a change end.
    pub(crate) go_on: Notify,
    /// A change ended.
    pub(crate) ended: Notify,
    /// A subscriber's call was dropped.
    pub(crate) dropped: std::sync::Arc<Notify>,
    /// A subscriber was sent [`FLOOD`] pushes.
    pub(crate) flooded: Notify,
}

struct OnDrop(std::sync::Arc<Notify>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

pub(crate) fn line(text: impl Into<String>) -> Push {
    Push::Progress { release: None, line: text.into() }
}

pub(crate) fn freeze() -> Request {
    Request::Freeze { which: Which::default() }
}

pub(crate) fn report() -> Request {
    Request::Report { which: Which::default() }
}

pub(crate) fn hold() -> Request {
    Request::Hold { which: Which::default(), reason: "x".to_owned() }
}

/// A door waits until nobody holds its engine any more; a test goes on holding what is behind this.
pub(crate) struct Lent(pub(crate) std::sync::Arc<Fake>);

#[async_trait]
impl Handler for Lent {
    async fn call(&self, request: Request, pushes: mpsc::Sender<Push>) -> Result<Reply, Fault> {
        self.0.call(request, pushes).await
    }
}

#[async_trait]
impl Handler for Fake {
    async fn call(&self, request: Request, pushes: mpsc::Sender<Push>) -> Result<Reply, Fault> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        match request {
            Request::Doctor => Ok(Reply::Done),
            Request::Freeze { .. } => {
                self.begun.notify_one();
                self.go_on.notified().await;
                for number in 0..3 {
                    drop(pushes.send(line(format!("step {number}"))).await);
                }
                self.ended.notify_one();
                Ok(Reply::Done)
            }
            Request::Subscribe => {
                let _dropped = OnDrop(std::sync::Arc::clone(&self.dropped));
                for number in 0..FLOOD {
                    drop(pushes.send(line(format!("{number} {}", "x".repeat(1_000)))).await);
                }
                self.flooded.notify_one();
                std::future::pending().await
            }
            Request::Report { .. } => Ok(Reply::Report(ReportPage {
                file_name: "long.html".to_owned(),
                html: "x".repeat(crate::ANSWER_BYTES_MAX),
                doubt: None,
            })),
            Request::Hold { .. } => panic!("a bug in the engine"),
            _ => Err(Fault::new(Code::Refused, "not in this state")),
        }
    }
}
