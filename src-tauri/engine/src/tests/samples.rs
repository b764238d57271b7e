//! Samples that are not as they were left, and samples that nobody needs.

use super::harbor::*;
use chrono::TimeDelta;
use seaworthy_domain::GapCause;
use seaworthy_domain::Lifecycle;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use std::fs;
use std::path::PathBuf;

fn segment(harbor: &Harbor) -> PathBuf {
    harbor.home().join("samples").join(harbor.id().to_string()).join("production.seg")
}

async fn observed(harbor: &Harbor) -> i64 {
    let view = harbor.get(Request::Status { which: which() }).await;
    view.rollout.stages[0].observed.clone().unwrap().observed_ms
}

fn told(harbor: &Harbor) -> usize {
    let state = harbor.outside.state();
    state.notices.iter().filter(|notice| notice.title.ends_with("samples were changed")).count()
}

#[tokio::test(start_paused = true)]
async fn samples_that_were_changed_after_their_seal_prove_nothing() {
    let mut harbor = Harbor::climbing().await;
    harbor.look(10).await;
    let (segment, before) = (segment(&harbor), observed(&harbor).await);
    harbor.reopen(TimeDelta::zero());
    harbor.look(1).await;
    assert_eq!(observed(&harbor).await, before + 15_000, "what is as it was sealed counts");
    harbor.leave();
    let text = fs::read_to_string(&segment).unwrap();
    fs::write(&segment, text.replacen("\"errors\":0", "\"errors\":1", 1)).unwrap();
    harbor.reopen(TimeDelta::zero());
    assert_eq!(observed(&harbor).await, 0);
    assert!(segment.with_file_name("production.refused-1").exists());
    harbor.look(1).await;
    assert_eq!((told(&harbor), harbor.kinds("samples.refused")), (1, 1));
    assert_eq!(harbor.release().gaps.last().unwrap().cause, GapCause::SourceFailed);
    harbor.look(4).await;
    harbor.reopen(TimeDelta::zero());
    harbor.look(1).await;
    // Said once more after a minute: nobody has seen it.
    assert_eq!((told(&harbor), harbor.kinds("samples.refused"), observed(&harbor).await), (2, 1, 5 * 15_000));
}

#[tokio::test(start_paused = true)]
async fn samples_that_are_gone_are_missed() {
    let mut harbor = Harbor::climbing().await;
    harbor.look(5).await;
    let segment = segment(&harbor);
    harbor.leave();
    fs::remove_file(&segment).unwrap();
    harbor.reopen(TimeDelta::zero());
    harbor.look(1).await;
    assert_eq!((told(&harbor), harbor.kinds("samples.refused"), observed(&harbor).await), (1, 1, 0));
}

#[tokio::test(start_paused = true)]
async fn samples_that_somebody_added_earn_nothing_now_or_later() {
    let mut harbor = Harbor::climbing().await;
    harbor.look(2).await;
    let (segment, before, at) = (segment(&harbor), observed(&harbor).await, harbor.engine().time.now().wall);
    harbor.leave();
    let mut text = fs::read_to_string(&segment).unwrap();
    let last: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    for n in 1..=30 {
        let mut forged = last.clone();
        let then = serde_json::to_value(at + EVERY * n).unwrap();
        forged["at"] = then.clone();
        forged["tick"]["at"] = then;
        text += &format!("{forged}\n");
    }
    fs::write(&segment, text).unwrap();
    harbor.reopen(EVERY * 30);
    assert_eq!((observed(&harbor).await, harbor.kinds("samples.unsealed")), (before, 1));
    harbor.look(3).await;
    assert_eq!(observed(&harbor).await, before + 2 * 15_000);
    let view = harbor.get(Request::Status { which: which() }).await;
    assert!(view.recent.iter().any(|told| told.text.contains("were never sealed")), "{:?}", view.recent);
    // The next seal covers the file and vouches for none of it.
    harbor.reopen(TimeDelta::zero());
    harbor.look(1).await;
    assert_eq!((observed(&harbor).await, harbor.kinds("samples.unsealed")), (before + 3 * 15_000, 1));
    assert!(harbor.release().ladder.unwrap().current().unwrap().soaked.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_look_from_the_future_moves_nothing() {
    let mut harbor = Harbor::climbing().await;
    harbor.outside.state().errors = 5;
    harbor.look(3).await;
    let (segment, before) = (segment(&harbor), harbor.engine().time.now().wall);
    harbor.leave();
    let text = fs::read_to_string(&segment).unwrap();
    let last = text.lines().last().unwrap().replace("\"at\":\"20", "\"at\":\"21");
    assert!(last.contains("\"over\":true"), "{last}");
    fs::write(&segment, format!("{text}{last}\n")).unwrap();
    harbor.outside.state().errors = 0;
    harbor.reopen(TimeDelta::zero());
    harbor.look(1).await;
    assert_eq!(harbor.engine().time.now().wall - before, EVERY);
    assert_eq!((harbor.kinds("clock.jumped"), harbor.kinds("samples.unsealed")), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_kill_costs_what_was_not_sealed_and_no_rollback() {
    let mut harbor = Harbor::climbing().await;
    // The seal of the fifth minute is the last one before the kill.
    harbor.look(21).await;
    let sealed = observed(&harbor).await;
    harbor.look(6).await;
    harbor.killed();
    assert_eq!((observed(&harbor).await, harbor.kinds("samples.sealed")), (sealed, 1));
    harbor.look(1).await;
    harbor.outside.state().errors = 5;
    harbor.look(4).await;
    assert_eq!(harbor.release().lifecycle, Lifecycle::RollingOut, "45 s of a minute");
    harbor.killed();
    harbor.look(1).await;
    assert_eq!(harbor.release().lifecycle, Lifecycle::RolledBack, "what was over before the kill counts");
}

#[tokio::test(start_paused = true)]
async fn samples_of_a_release_that_is_over_leave_memory_and_come_back_when_asked_for() {
    let harbor = Harbor::climbing().await;
    for _ in 0..2 {
        harbor.look(30).await;
        harbor.advance().await.unwrap();
    }
    harbor.look(60).await;
    harbor.get(Request::Attest { which: which(), criterion: "lessons".into(), note: String::new() }).await;
    harbor.get(Request::Close { which: which(), summary: "fine".into() }).await;
    let held = || harbor.engine().core().releases.values().any(|live| live.eye.is_some());
    assert!(held());
    harbor.look(21).await;
    assert!(!held());
    let series = Request::Series { which: which(), guardrail: "errors".into(), window_ms: None };
    match harbor.reply(series).await.unwrap() {
        Reply::Series(series) => assert!(!series.points.is_empty() && held()),
        other => panic!("no series: {other:?}"),
    }
}
