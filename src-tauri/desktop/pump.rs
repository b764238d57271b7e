//! Carries what the engine tells to the page: a few messages a second, each with everything since the last.

use std::sync::Arc;
use std::time::Duration;

use seaworthy_control::Handler;
use seaworthy_wire::{Push, Reply, Request};
use tokio::sync::mpsc;

use crate::desk::{Desk, carry_out};

/// Pushes between the engine and the page; the engine drops what does not fit and says it again.
const PUSHES_QUEUED: usize = 256;
/// Time that pushes are gathered for one message.
const GATHERING: Duration = Duration::from_millis(100);
/// Pushes in one message.
const BATCH_MAX: usize = 512;
/// Pause before a broken subscription is tried again.
const AFTER_LOSS: Duration = Duration::from_secs(1);

/// Tells `tell` what happens on the engine that answers, also when another one begins to, until it returns `false`.
pub(crate) async fn run(desk: Arc<Desk>, mut tell: impl FnMut(Vec<Push>) -> bool) {
    let mut changes = desk.changes();
    loop {
        changes.mark_unchanged();
        let ended = match desk.handler().await {
            Ok(engine) => tokio::select! {
                ended = stream(&engine, &mut tell) => ended,
                _ = changes.changed() => continue,
            },
            // The page learns the reason from its own calls.
            Err(fault) => {
                tracing::info!(%fault, "no engine to listen to");
                Ended::Lost
            }
        };
        if ended == Ended::Unheard {
            return;
        }
        desk.reopen().await;
        tokio::select! {
            () = tokio::time::sleep(AFTER_LOSS) => {}
            _ = changes.changed() => {}
        }
    }
}

/// Why a stream ended.
#[derive(PartialEq, Eq)]
enum Ended {
    /// The engine or the way to it is gone.
    Lost,
    /// Nobody listens any more.
    Unheard,
}

async fn stream(engine: &Arc<dyn Handler>, tell: &mut impl FnMut(Vec<Push>) -> bool) -> Ended {
    let (sender, mut pushes) = mpsc::channel(PUSHES_QUEUED);
    let subscription = engine.call(Request::Subscribe, sender);
    let telling = async {
        // What happened before is not pushed, so the list is told once.
        if let Ok(Reply::Releases(releases)) = carry_out(engine, Request::Releases).await
            && !tell(vec![Push::Releases { releases }])
        {
            return Ended::Unheard;
        }
        while let Some(batch) = gather(&mut pushes).await {
            if !tell(batch) {
                return Ended::Unheard;
            }
        }
        Ended::Lost
    };
    tokio::select! {
        ended = telling => ended,
        result = subscription => {
            if let Err(fault) = result {
                tracing::info!(%fault, "the subscription ended");
            }
            Ended::Lost
        }
    }
}

/// The next push with what follows it closely; `None` when there will be no more.
async fn gather(pushes: &mut mpsc::Receiver<Push>) -> Option<Vec<Push>> {
    let mut batch = vec![pushes.recv().await?];
    let more = async {
        while batch.len() < BATCH_MAX {
            let Some(push) = pushes.recv().await else { return };
            add(&mut batch, push);
        }
    };
    // Running out of time is the usual end.
    let _ = tokio::time::timeout(GATHERING, more).await;
    Some(batch)
}

/// Adds a push; of what is told as a whole, only the newest stays.
fn add(batch: &mut Vec<Push>, push: Push) {
    match batch.iter_mut().find(|earlier| replaces(&push, earlier)) {
        Some(earlier) => *earlier = push,
        None => batch.push(push),
    }
}

fn replaces(push: &Push, earlier: &Push) -> bool {
    match (push, earlier) {
        (Push::Releases { .. }, Push::Releases { .. })
        | (Push::Practice { .. }, Push::Practice { .. })
        | (Push::Ledger { .. }, Push::Ledger { .. }) => true,
        (Push::Release { view }, Push::Release { view: earlier }) => view.head.id == earlier.head.id,
        (Push::Sampled { release, .. }, Push::Sampled { release: earlier, .. }) => release == earlier,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::gather;
    use seaworthy_wire::Push;
    use tokio::sync::mpsc;

    fn output(seq: u32) -> Push {
        let (release, check, run) = ("r".into(), "lint".into(), "1".into());
        Push::Output { release, check, run, seq, text: "x".into(), err: false }
    }

    fn sampled(release: &str, at: i64) -> Push {
        Push::Sampled { release: release.into(), at }
    }

    #[tokio::test]
    async fn wholes_are_told_once_and_pieces_all() {
        let (sender, mut pushes) = mpsc::channel(8);
        for push in [sampled("a", 1), output(0), sampled("b", 1), sampled("a", 2), output(1)] {
            sender.send(push).await.expect("room");
        }
        drop(sender);
        let batch = gather(&mut pushes).await.expect("something came");
        assert_eq!(batch, [sampled("a", 2), output(0), sampled("b", 1), output(1)]);
        assert_eq!(gather(&mut pushes).await, None);
    }

    #[tokio::test]
    async fn a_flood_comes_in_messages_of_bounded_size() {
        let count = u32::try_from(super::BATCH_MAX).expect("small") + 1;
        let (sender, mut pushes) = mpsc::channel(super::BATCH_MAX + 1);
        for seq in 0..count {
            sender.try_send(output(seq)).expect("room");
        }
        drop(sender);
        assert_eq!(gather(&mut pushes).await.map(|batch| batch.len()), Some(super::BATCH_MAX));
        assert_eq!(gather(&mut pushes).await.map(|batch| batch.len()), Some(1));
    }
}
