//! Who may ask, and how the provider says no.

use super::Harbor;
use crate::Call;
use serde_json::json;

#[tokio::test]
async fn only_its_own_bearer_address_and_team_are_served() {
    let harbor = Harbor::plain().await;
    let code = async |change: &dyn Fn(&mut seaworthy_http::Request)| {
        let mut request = harbor.request("GET", "/v9/projects/harbor");
        change(&mut request);
        let (status, body) = harbor.send(request).await.unwrap();
        (status, body["error"]["code"].as_str().unwrap_or_default().to_owned())
    };
    let forbidden = (403, "forbidden".to_owned());
    assert_eq!(code(&|r| drop(r.headers.remove("authorization"))).await, forbidden);
    assert_eq!(
        code(&|r| drop(r.headers.insert("authorization", "Bearer x".parse().unwrap()))).await,
        forbidden
    );
    assert_eq!(code(&|r| drop(r.headers.insert("host", "rebound.example".parse().unwrap()))).await.0, 421);
    assert_eq!(code(&|r| r.url.set_query(Some("teamId=team_other"))).await, forbidden);
    assert_eq!(code(&|r| r.url.set_query(None)).await, (404, "not_found".to_owned()), "no hint");
    assert_eq!(code(&|r| r.url.set_query(Some("slug=practice-harbor-crew"))).await.0, 200);
    assert_eq!(code(&|r| r.url.set_path("/v8/projects/harbor")).await.0, 404);
    harbor.practice.revoke(true);
    assert_eq!(code(&|_| ()).await, forbidden);
    harbor.practice.heal();
    assert_eq!(code(&|_| ()).await.0, 200);
    assert!(harbor.practice.effects().is_empty());
}

#[tokio::test]
async fn two_providers_never_share_a_bearer() {
    let (one, two) = (Harbor::plain().await, Harbor::plain().await);
    assert_eq!(one.first(), two.first(), "the same seed makes the same identifiers");
    let mut request = one.request("GET", "/v2/user");
    request.headers.insert("authorization", two.request("GET", "/").headers["authorization"].clone());
    assert_eq!(one.send(request).await.unwrap().0, 403);
}

#[tokio::test]
async fn who_is_asking_can_be_asked() {
    let harbor = Harbor::plain().await;
    assert_eq!(harbor.get("/v2/user").await["user"]["id"], json!(harbor.practice.user()));
    let teams = harbor.get("/v2/teams").await;
    assert_eq!(teams["teams"][0]["id"], json!(harbor.practice.team()));
    assert_eq!(harbor.send(harbor.request("GET", "/v2/teams/team_other")).await.unwrap().0, 403);
}

#[tokio::test]
async fn limits_are_counted_for_each_call_and_named_in_headers() {
    let harbor = Harbor::plain().await;
    harbor.practice.limit(Call::Project, 2);
    harbor.project().await;
    let answer = harbor.client.send(harbor.request("GET", "/v9/projects/harbor")).await.unwrap();
    assert_eq!(answer.headers["x-ratelimit-limit"], "2");
    assert_eq!(answer.headers["x-ratelimit-remaining"], "0");
    let (status, body) = harbor.send(harbor.request("GET", "/v9/projects/harbor")).await.unwrap();
    assert_eq!((status, &body["error"]["code"]), (429, &json!("rate_limited")));
    assert_eq!(body["error"]["limit"]["total"], 2);
    harbor.get("/v2/user").await;
    harbor.wait(60);
    harbor.project().await;
}

#[tokio::test]
async fn variables_have_names_and_no_secret_values() {
    let variable = |key: &str, kind| crate::Variable {
        key: key.to_owned(),
        kind,
        value: "hush".to_owned(),
        target: vec!["production".to_owned()],
    };
    let mut project = crate::ProjectSetup::named("harbor");
    project.variables = vec![variable("A", "encrypted"), variable("B", "sensitive"), variable("C", "plain")];
    let harbor = Harbor::with(crate::Setup::one(1, project)).await;
    let shown = harbor.get("/v10/projects/harbor/env?decrypt=false").await;
    let names: Vec<_> =
        shown["envs"].as_array().unwrap().iter().map(|env| env["key"].as_str().unwrap()).collect();
    assert_eq!(names, ["A", "B", "C"]);
    assert_eq!(shown["envs"][0]["value"].as_str().filter(|value| value.contains("hush")), None);
    assert_eq!(shown["envs"][1]["value"], "");
}
