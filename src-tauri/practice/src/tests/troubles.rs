//! Trouble on request: what the caller sees, and what was done.

use super::Harbor;
use crate::Call;
use crate::Storm;
use crate::Trouble;
use crate::What;
use seaworthy_http::HttpError;
use serde_json::Value;
use serde_json::json;
use std::time::Duration;

/// A promote under `trouble`: what came back, and whether it was done.
async fn promote_under(trouble: Trouble) -> (Result<(u16, Value), HttpError>, bool) {
    let harbor = Harbor::plain().await;
    let id = harbor.deployed("op", true).await;
    harbor.practice.trouble(Call::Promote, trouble);
    let mut request = harbor.request("POST", &format!("/v10/projects/harbor/promote/{id}"));
    request.deadline = Duration::from_secs(2);
    let answer = harbor.send(request).await;
    assert!(harbor.count(What::Promoted) <= 1);
    (answer, harbor.count(What::Promoted) == 1)
}

#[tokio::test]
async fn a_cut_connection_says_nothing_about_what_was_done() {
    for (trouble, done) in [(Trouble::CutBefore, false), (Trouble::CutAfter, true), (Trouble::Silent, true)] {
        let (answer, was) = promote_under(trouble.clone()).await;
        assert!(answer.is_err(), "{trouble:?}: {answer:?}");
        assert_eq!(was, done, "{trouble:?}");
    }
}

#[tokio::test]
async fn an_answer_can_end_in_the_middle() {
    let harbor = Harbor::plain().await;
    harbor.practice.trouble(Call::Project, Trouble::CutWithin);
    harbor.send(harbor.request("GET", "/v9/projects/harbor")).await.unwrap_err();
    harbor.project().await;
}

#[tokio::test]
async fn answers_lie_in_every_way() {
    for applied in [true, false] {
        for status in [500, 502, 503, 504] {
            let (answer, was) = promote_under(Trouble::Status { status, applied }).await;
            assert_eq!((answer.unwrap().0, was), (status, applied));
        }
        let (answer, was) = promote_under(Trouble::Garbage { applied }).await;
        assert_eq!((answer.unwrap(), was), ((200, Value::Null), applied));
        let (answer, was) = promote_under(Trouble::Huge { bytes: 9 * 1024 * 1024, applied }).await;
        assert!(answer.is_err());
        assert_eq!(was, applied);
    }
    let (answer, was) = promote_under(Trouble::Portal).await;
    assert_eq!((answer.unwrap().0, was), (200, false));
    let (answer, was) = promote_under(Trouble::Redirect { to: "http://127.0.0.1:1/".to_owned() }).await;
    assert!(matches!(answer, Err(HttpError::Redirected { status: 307, .. })), "{answer:?}");
    assert!(!was);
    let (answer, was) = promote_under(Trouble::Limited { retry_after: Some("86400".to_owned()) }).await;
    assert_eq!((answer.unwrap().0, was), (429, false));
    let (answer, was) = promote_under(Trouble::Late(Duration::from_millis(20))).await;
    assert_eq!((answer.unwrap().0, was), (201, true));
}

#[tokio::test]
async fn trouble_waits_for_its_own_call_in_line() {
    let harbor = Harbor::plain().await;
    harbor.practice.trouble(Call::User, Trouble::Status { status: 500, applied: false });
    harbor.practice.trouble(Call::User, Trouble::Limited { retry_after: None });
    harbor.project().await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(harbor.send(harbor.request("GET", "/v2/user")).await.unwrap().0);
    }
    assert_eq!(seen, [500, 429, 200]);
}

#[tokio::test]
async fn what_was_marked_can_be_counted() {
    let harbor = Harbor::plain().await;
    let id = harbor.deployed("op-create", true).await;
    let mut request = harbor.request("POST", &format!("/v10/projects/harbor/promote/{id}"));
    request.headers.insert(crate::OPERATION_HEADER, "op-promote".parse().unwrap());
    request.body = Some(json!({}).to_string().into());
    harbor.send(request).await.unwrap();
    let marks: Vec<_> =
        harbor.practice.effects().into_iter().map(|e| (e.what, e.operation.unwrap())).collect();
    let expected = [(What::Created, "op-create"), (What::Promoted, "op-promote")];
    assert_eq!(marks, expected.map(|(what, operation)| (what, operation.to_owned())));
}

#[tokio::test]
async fn a_storm_loses_some_answers_and_every_call_is_noted() {
    let harbor = Harbor::plain().await;
    harbor.practice.storm(Storm { percent: 10, seed: 1 });
    let mut lost = 0;
    for _ in 0..300 {
        let answer = harbor.send(harbor.request("GET", "/v2/user")).await;
        lost += usize::from(!matches!(&answer, Ok((200, body)) if body["user"].is_object()));
    }
    assert!((15..60).contains(&lost), "{lost} of 300");
    let calls = harbor.practice.calls();
    assert_eq!(calls.len(), 300);
    assert!(calls.iter().all(|taken| taken.call == Call::User && taken.operation.is_none()));
    harbor.practice.heal();
    for _ in 0..50 {
        assert_eq!(harbor.send(harbor.request("GET", "/v2/user")).await.unwrap().0, 200);
    }
}
