//! Files, deployments, builds, lists.

use super::COMMIT;
use super::Harbor;
use crate::What;
use serde_json::Value;
use serde_json::json;
use sha1::Digest as _;
use sha1::Sha1;

fn files(digests: &[(&str, &str)]) -> Value {
    let files = digests.iter().map(|(path, digest)| json!({ "file": path, "sha": digest, "size": 5 }));
    json!({ "name": "harbor", "target": "production", "autoAssignCustomDomains": false, "files": files.collect::<Vec<_>>() })
}

async fn upload(harbor: &Harbor, bytes: &[u8], digest: &str, size: &str) -> u16 {
    let mut request = harbor.request("POST", "/v2/files");
    request.headers.insert("x-now-digest", digest.parse().unwrap());
    request.headers.insert("x-now-size", size.parse().unwrap());
    request.body = Some(bytes.to_vec().into());
    harbor.send(request).await.unwrap().0
}

#[tokio::test]
async fn files_are_stored_by_their_digest_and_asked_for_when_missing() {
    let harbor = Harbor::plain().await;
    let digest = hex::encode(Sha1::digest(b"ahoy\n"));
    let body = files(&[("index.html", &digest)]);

    let (status, answer) = harbor.post("/v13/deployments", body.clone()).await;
    assert_eq!((status, &answer["error"]["code"]), (400, &json!("missing_files")));
    assert_eq!(answer["error"]["missing"], json!([digest]));

    assert_eq!(upload(&harbor, b"ahoy\n", &"0".repeat(40), "5").await, 400);
    assert_eq!(upload(&harbor, b"ahoy\n", &digest, "6").await, 400);
    assert_eq!(upload(&harbor, b"ahoy\n", &digest, "5").await, 200);
    assert_eq!(upload(&harbor, b"ahoy\n", &digest, "5").await, 200);
    assert_eq!(harbor.count(What::Uploaded), 1, "the same bytes again change nothing");

    let (status, first) = harbor.post("/v13/deployments", body.clone()).await;
    assert_eq!(status, 200);
    let (_, similar) = harbor.post("/v13/deployments", body.clone()).await;
    assert_eq!(first["id"], similar["id"], "a similar deployment is answered again");
    let (_, forced) = harbor.post("/v13/deployments?forceNew=1", body).await;
    assert_ne!(first["id"], forced["id"]);
    assert_eq!(harbor.count(What::Created), 2);
}

#[tokio::test]
async fn a_build_waits_runs_and_ends_by_the_clock() {
    let harbor = Harbor::plain().await;
    let body = json!({
        "name": "harbor",
        "target": "production",
        "autoAssignCustomDomains": false,
        "gitSource": { "type": "github", "repoId": 1, "ref": "main", "sha": COMMIT },
        "meta": { "seaworthy_op": "op-1" },
    });
    let (_, created) = harbor.post("/v13/deployments", body).await;
    let path = format!("/v13/deployments/{}", created["id"].as_str().unwrap());
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(harbor.get(&path).await["readyState"].as_str().unwrap().to_owned());
        harbor.wait(8);
    }
    assert_eq!(seen, ["QUEUED", "BUILDING", "BUILDING", "READY"]);
    let ready = harbor.get(&path).await;
    assert_eq!(
        ready["meta"],
        json!({ "seaworthy_op": "op-1", "githubCommitSha": COMMIT, "githubCommitRef": "main" })
    );
    assert_eq!(ready["readySubstate"], "STAGED");
    assert_eq!(ready["alias"], json!([]), "staged: no production domain leads to it");
    let by_host = harbor.get(&format!("/v13/deployments/{}", ready["url"].as_str().unwrap())).await;
    assert_eq!(by_host["id"], created["id"]);

    let log =
        harbor.get(&format!("/v3/deployments/{}/events?builds=1", created["id"].as_str().unwrap())).await;
    assert_eq!(log.as_array().unwrap().last().unwrap()["text"], "Build Completed");
    assert_eq!(harbor.practice.effects()[0].operation.as_deref(), Some("op-1"));
}

#[tokio::test]
async fn a_deployment_that_was_not_staged_takes_the_domains_when_it_is_ready() {
    let harbor = Harbor::plain().await;
    let id = harbor.deployed("op", false).await;
    let project = harbor.project().await;
    assert_eq!(project["targets"]["production"]["id"], json!(id));
    assert_eq!(project["targets"]["production"]["alias"], json!(["harbor.example", "www.harbor.example"]));
    let aliases = harbor.get("/v4/aliases").await;
    assert!(aliases["aliases"].as_array().unwrap().iter().all(|alias| alias["deploymentId"] == json!(id)));
}

#[tokio::test]
async fn a_build_fails_on_request_and_can_be_stopped() {
    let harbor = Harbor::plain().await;
    harbor.practice.fail_next_build("Command \"npm run build\" exited with 1");
    let broken = harbor.deployed("op", true).await;
    let shown = harbor.get(&format!("/v13/deployments/{broken}")).await;
    assert_eq!(shown["readyState"], "ERROR");
    assert_eq!(shown["errorMessage"], "Command \"npm run build\" exited with 1");

    let body = json!({ "name": "harbor", "deploymentId": harbor.first(), "target": "production" });
    let (_, created) = harbor.post("/v13/deployments?forceNew=1", body).await;
    let path = format!("/v12/deployments/{}/cancel", created["id"].as_str().unwrap());
    let (status, canceled) = harbor.call("PATCH", &path, json!({})).await;
    assert_eq!((status, &canceled["readyState"]), (200, &json!("CANCELED")));
    assert_eq!(harbor.call("PATCH", &path, json!({})).await.0, 400);
    harbor.wait(600);
    assert_eq!(harbor.production(), harbor.first(), "what was stopped never becomes ready");
}

#[tokio::test]
async fn lists_are_filtered_and_paged() {
    let harbor = Harbor::plain().await;
    let mut made = vec![harbor.first()];
    for n in 0..5 {
        made.push(harbor.deployed(&format!("op-{n}"), true).await);
    }
    let preview = json!({ "name": "harbor", "deploymentId": harbor.first(), "target": "staging" });
    harbor.post("/v13/deployments?forceNew=1", preview).await;

    let mut seen = Vec::new();
    let mut until = String::new();
    loop {
        let page = harbor
            .get(&format!("/v7/deployments?projectId=harbor&target=production&state=READY&limit=2{until}"))
            .await;
        let ids = page["deployments"].as_array().unwrap();
        seen.extend(ids.iter().map(|d| d["uid"].as_str().unwrap().to_owned()));
        match page["pagination"]["next"].as_i64() {
            Some(next) => until = format!("&until={next}"),
            None => break,
        }
    }
    seen.reverse();
    assert_eq!(seen, made, "each once, the newest first");
    let count = async |query: &str| {
        harbor.get(&format!("/v6/deployments?projectId=harbor&{query}")).await["pagination"]["count"].clone()
    };
    assert_eq!(count(&format!("sha={COMMIT}")).await, 5);
    assert_eq!(count("meta-seaworthy_op=op-3").await, 1);
    assert_eq!(count("rollbackCandidate=true").await, 1);
    assert_eq!(count("state=QUEUED,BUILDING").await, 1);
    assert_eq!(count("branch=gone").await, 0);
}

#[tokio::test]
async fn sites_answer_by_share_and_by_name() {
    let harbor = Harbor::rolling().await;
    let id = harbor.deployed("op-7", true).await;
    let visit = async |origin: &str, wanted: Option<&str>| {
        let mut request = seaworthy_http::Request::get(format!("{origin}/version").parse().unwrap());
        if let Some(wanted) = wanted {
            request.headers.insert(crate::ROUTE_HEADER, wanted.parse().unwrap());
        }
        harbor.send(request).await.unwrap().1["deployment"].as_str().unwrap_or_default().to_owned()
    };
    let site = harbor.practice.site("harbor").unwrap();
    let own = harbor.get(&format!("/v13/deployments/{id}")).await["url"].as_str().unwrap().to_owned();
    assert_eq!(visit(&format!("http://{own}"), None).await, id);
    for wanted in [&id, COMMIT, "op-7"] {
        assert_eq!(visit(&site, Some(wanted)).await, id);
    }
    for _ in 0..50 {
        assert_eq!(visit(&site, None).await, harbor.first(), "staged: nobody gets it by chance");
    }
    let start = json!({ "canaryDeploymentId": id });
    assert_eq!(harbor.post("/v1/projects/harbor/rolling-release/start", start).await.0, 200);
    let approve = json!({ "canaryDeploymentId": id, "nextStageIndex": 1 });
    assert_eq!(harbor.post("/v1/projects/harbor/rolling-release/approve-stage", approve).await.0, 200);
    let mut hits = 0;
    for _ in 0..200 {
        hits += u32::from(visit(&site, None).await == id);
    }
    // The seed draws the same hits every time.
    assert!((30..=70).contains(&hits), "{hits} of 200 at 25 %");
}
