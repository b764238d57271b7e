//! The background driver: ticks the engine, renews the anchor, and outlives a panic.

use crate::engine::Served;
use std::sync::Arc;
use std::sync::Weak;
use std::time::Duration;

/// Pause between two ticks; the engine itself knows which release is due.
const PERIOD: Duration = Duration::from_secs(1);
/// Ticks between two renewals of the head anchor.
const ANCHOR_EVERY: u32 = 60;
/// Pause before ticking again after a panic.
const AFTER_PANIC: Duration = Duration::from_secs(5);

/// Starts driving `engine` until it is dropped. Whoever drops it can see that something is still under way.
pub(crate) fn start(engine: &Arc<Served>) {
    let engine = Arc::downgrade(engine);
    tokio::spawn(async move {
        while engine.strong_count() > 0 {
            let ticking = tokio::spawn(tick_on(engine.clone()));
            match ticking.await {
                Ok(()) => return,
                Err(error) => {
                    // Nobody watches in between; the missing looks become a gap by themselves.
                    tracing::error!(%error, "the driver panicked and starts again");
                    tokio::time::sleep(AFTER_PANIC).await;
                }
            }
        }
    });
}

async fn tick_on(engine: Weak<Served>) {
    let mut ticks: u32 = 0;
    let mut held: Option<Arc<Served>> = None;
    loop {
        let Some(engine) = held.take().or_else(|| engine.upgrade()) else { return };
        // Where nobody else has it any more, what is under way ends and nothing begins.
        if Arc::strong_count(&engine) > 1 {
            if ticks.is_multiple_of(ANCHOR_EVERY) {
                engine.engine.keep_ballast();
            }
            engine.engine.begin_tick();
            ticks = ticks.wrapping_add(1);
            if ticks.is_multiple_of(ANCHOR_EVERY) {
                engine.engine.anchor();
            }
        }
        let pause = tokio::time::sleep(PERIOD);
        tokio::pin!(pause);
        tokio::select! {
            () = engine.engine.idle() => {
                drop(engine);
                pause.await;
            }
            () = &mut pause => held = Some(engine),
        }
    }
}
