//! Previews and names of variables.

use super::looking;
use super::*;
use crate::vercel::VercelProject;
use crate::vercel::VercelVariable;
use serde_json::Value;
use serde_json::json;

const ENV: &str = "GET /v10/projects/prj_shop/env";

async fn project() -> (World, VercelProject) {
    let world = World::new().await;
    looking::stage(&world, "READY");
    let project = VercelProject::new(line(world.keys.clone()), &world.target);
    (world, project)
}

#[tokio::test]
async fn previews_are_those_of_the_commit() {
    let (world, project) = project().await;
    let deployment = |id: &str, target: Value, sha: &str, state: &str, created: u64| {
        json!({ "uid": id, "target": target, "state": state, "created": created, "url": format!("{id}.vercel.app"),
            "meta": { "githubCommitSha": sha } })
    };
    let all = [
        deployment("dpl_1", Value::Null, "abc", "READY", 1),
        deployment("dpl_2", Value::Null, "abc", "BUILDING", 2),
        deployment("dpl_3", json!("production"), "abc", "READY", 3),
        deployment("dpl_4", Value::Null, "def", "READY", 4),
    ];
    world.fake.json("GET /v7/deployments", json!({ "deployments": all, "pagination": { "next": 1 } }));
    let found = project.previews("abc").await.unwrap();
    let shown: Vec<_> =
        found.iter().map(|p| (p.id.as_str(), p.url.as_deref(), p.unready.as_deref())).collect();
    assert_eq!(
        shown,
        [
            ("dpl_2", Some("https://dpl_2.vercel.app"), Some("it is being built")),
            ("dpl_1", Some("https://dpl_1.vercel.app"), None)
        ]
    );
    assert!(world.fake.asked().last().unwrap().query.contains("sha=abc"));
}

#[tokio::test]
async fn variables_come_in_three_shapes_and_without_values() {
    let (world, project) = project().await;
    let one = |key: &str| json!({ "key": key, "type": "encrypted", "value": "hush", "target": ["production", "preview"] });
    let single = json!({ "key": "B", "type": "sensitive", "target": "production" });
    for (answer, names) in [
        (
            json!({ "envs": [one("B"), one("A")], "pagination": { "count": 2, "next": null, "prev": null } }),
            vec!["A", "B"],
        ),
        (json!({ "envs": [one("A")] }), vec!["A"]),
        (single, vec!["B"]),
    ] {
        world.fake.json(ENV, answer);
        let found = project.variables().await.unwrap();
        assert_eq!(found.iter().map(|variable| variable.name.as_str()).collect::<Vec<_>>(), names);
        assert!(!format!("{found:?}").contains("hush"));
    }
    let last =
        VercelVariable { name: "B".into(), kind: "sensitive".into(), targets: ["production".into()].into() };
    assert_eq!(project.variables().await, Ok(vec![last]));
    for odd in [
        json!({ "envs": [one("A")], "pagination": { "next": 5 } }),
        json!({ "envs": {} }),
        json!([]),
        json!({}),
        json!({ "envs": [{ "key": 1 }] }),
    ] {
        world.fake.json(ENV, odd.clone());
        assert!(project.variables().await.is_err(), "{odd}");
    }
}
