//! Breaking off at every await of an operation, by dropping it and by killing the program.

use super::harbor::*;
use super::outside::Outside;
use seaworthy_domain::Release;
use seaworthy_domain::operation::OperationState;
use seaworthy_wire::Forward;
use seaworthy_wire::Request;
use std::pin::pin;
use std::task::Context;
use std::task::Poll;
use std::task::Waker;
use tokio::sync::mpsc;

/// More awaits than any operation has.
const AWAITS_MAX: usize = 200;

/// What must be true wherever an operation broke off: something sent is applied or unknown, never forgotten.
fn is_honest(release: &Release, outside: &Outside, sent_before: usize) {
    let sent = outside.sent() - sent_before;
    assert!(sent <= 1, "sent twice");
    let newest = release.operations.last().expect("earlier operations");
    if sent == 1 {
        let state = outside.state();
        assert_eq!(state.sent.last().map(|(id, _)| *id), Some(newest.id), "sent without an intent");
        assert!(matches!(newest.state, OperationState::Applied | OperationState::Unknown(_)), "{newest:?}");
    } else {
        assert_ne!(newest.state, OperationState::Intended, "left on its way by nobody");
    }
}

/// Polls `request` `polls` times; whether it was done by then.
fn poll(harbor: &Harbor, request: Request, polls: usize) -> bool {
    let engine = harbor.engine();
    let (pushes, _) = mpsc::channel(1);
    let mut call = pin!(engine.call(request, pushes));
    let mut context = Context::from_waker(Waker::noop());
    (0..polls).any(|_| matches!(call.as_mut().poll(&mut context), Poll::Ready(_)))
}

fn step(harbor: &Harbor) -> Request {
    Request::Move { which: which(), step: Forward::Advance, expect: harbor.release().position() }
}

fn rollback() -> Request {
    Request::Rollback { which: which(), reason: "enough".into(), emergency: false }
}

#[tokio::test]
async fn dropped_at_any_await_an_operation_is_not_sent_or_unknown() {
    for polls in 1..AWAITS_MAX {
        let harbor = Harbor::placed().await;
        let before = harbor.outside.sent();
        let done = poll(&harbor, step(&harbor), polls);
        is_honest(&harbor.release(), &harbor.outside, before);
        if done {
            assert!(polls > 4, "there were awaits to break off at");
            return;
        }
        // Whatever it was, one look settles it and nothing is sent a second time for it.
        if harbor.release().unknown_operation().is_some() {
            harbor.reconcile(None).await.unwrap();
        }
        assert!(harbor.release().open_operation().is_none());
        assert!(harbor.outside.sent() - before <= 1);
    }
    panic!("it never ended");
}

#[tokio::test]
async fn a_rollback_dropped_at_any_await_is_finished_by_the_watch() {
    for polls in 1..AWAITS_MAX {
        let harbor = Harbor::climbing().await;
        let before = harbor.outside.sent();
        let done = poll(&harbor, rollback(), polls);
        is_honest(&harbor.release(), &harbor.outside, before);
        if done {
            return;
        }
        let intended = harbor.release().operations.iter().any(|op| op.act.is_backward());
        harbor.look(7).await;
        assert_eq!(harbor.release().lifecycle == seaworthy_domain::Lifecycle::RolledBack, intended);
        assert!(harbor.outside.backward() <= 1);
    }
    panic!("it never ended");
}

#[tokio::test]
async fn killed_at_any_await_an_operation_is_not_sent_or_unknown() {
    for polls in 1..AWAITS_MAX {
        let harbor = Harbor::placed().await;
        let before = harbor.outside.sent();
        let (done, engine) = {
            let engine = harbor.engine();
            let (pushes, _) = mpsc::channel(1);
            let mut call = pin!(engine.call(step(&harbor), pushes));
            let mut context = Context::from_waker(Waker::noop());
            let done = (0..polls).any(|_| call.as_mut().poll(&mut context).is_ready());
            // The files as they are while the call still waits.
            (done, harbor.after_a_kill("killed"))
        };
        let release = only_release(&engine);
        is_honest(&release, &harbor.outside, before);
        if let Some(unknown) = release.unknown_operation() {
            assert_eq!(unknown.state, OperationState::Unknown("the program ended before the answer".into()));
            ask(&engine, Request::Reconcile { which: which(), saw: None }).await.unwrap();
        }
        assert!(only_release(&engine).open_operation().is_none());
        assert!(harbor.outside.sent() - before <= 1);
        if done {
            return;
        }
    }
    panic!("it never ended");
}
