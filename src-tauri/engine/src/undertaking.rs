//! What the watch does by itself, each thing in a task of its own: a release that is acted upon is looked at all the
//! same, and no release waits for another.

use crate::engine::Engine;
use futures_util::FutureExt;
use seaworthy_domain::ReleaseId;
use std::collections::BTreeMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

/// What can be under way for a release, at most one of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Work {
    /// A look at production, and the decision.
    Look,
    /// A read of the target for an operation of unknown outcome.
    Read,
    /// The next stage.
    Forward,
    /// Repeating what nobody has seen, for all releases at once.
    Remind,
    /// The way back; it begins while the others are under way.
    Back,
}

/// Held while something is under way.
type Slot = Arc<tokio::sync::Mutex<()>>;

/// Everything under way.
#[derive(Default)]
pub(crate) struct Undertakings(Mutex<BTreeMap<(ReleaseId, Work), Slot>>);

impl Undertakings {
    fn slot(&self, id: ReleaseId, work: Work) -> Slot {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry((id, work)).or_default().clone()
    }

    fn held(&self) -> Option<Slot> {
        let slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slots.values().find(|slot| slot.try_lock().is_err()).cloned()
    }
}

impl Engine {
    /// Begins `work` in a task of its own, unless the same is under way for this release.
    pub(crate) fn undertake<F>(self: &Arc<Self>, id: ReleaseId, work: Work, todo: impl FnOnce(Arc<Self>) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let Ok(held) = self.undertakings.slot(id, work).try_lock_owned() else { return };
        let engine = self.clone();
        let todo = AssertUnwindSafe(todo(self.clone())).catch_unwind();
        tokio::spawn(async move {
            if todo.await.is_err() {
                tracing::error!(release = %id, ?work, "the watch panicked; it is tried again");
                if work != Work::Remind {
                    engine.unwatched(id, "the program broke off and tries again").await;
                }
            }
            // Whoever waits for the work also waits for the ledger to be let go.
            drop(engine);
            drop(held);
        });
    }

    /// Waits until nothing is under way.
    pub async fn idle(&self) {
        while let Some(slot) = self.undertakings.held() {
            drop(slot.lock().await);
        }
    }
}
