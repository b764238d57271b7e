//! What people read before they confirm.

use super::*;
use seaworthy_domain::operation::EffectClass;
use seaworthy_domain::policy::GitHost;
use seaworthy_domain::policy::GitSource;
use seaworthy_ports::Deployer;
use std::fmt::Write;

#[tokio::test]
async fn each_order_is_shown_as_the_call_it_is() {
    let mut world = World::rolling().await;
    let mut shown = String::new();
    let mut show = |title: &str, deployer: &VercelDeployer, order: &Order| {
        let preview = deployer.preview(order);
        let target = preview.target.replace(&world.fake.origin, "https://api.vercel.com");
        writeln!(shown, "## {title} ({:?})\n{} {target}", deployer.effect(order), preview.method).unwrap();
        writeln!(shown, "{}\n", preview.body.join("\n")).unwrap();
    };
    let rolling = world.deployer();
    show("place", &rolling, &order(Act::Place));
    show("first stage", &rolling, &give("5%", 1));
    show("second stage", &rolling, &give("25%", 2));
    show("last stage", &rolling, &give("100%", 3));
    show("no stage", &rolling, &give("50%", 2));
    show("back", &rolling, &back_to("dpl_old", "errors > 1% & rising\nsince 12:04"));
    world.target.rolling = None;
    world.target.source = VercelSource::Git(GitSource {
        host: GitHost::GitHub,
        repository: "acme/shop".to_owned(),
        branch: "main".to_owned(),
    });
    let plain = world.deployer();
    show("place from git", &plain, &order(Act::Place));
    show("everybody", &plain, &give("100%", 1));
    show("some without rolling releases", &plain, &give("5%", 1));
    insta::assert_snapshot!(shown);
    assert!(world.fake.asked().is_empty(), "a preview asks nobody");
    assert_eq!(rolling.effect(&give("25%", 2)), EffectClass::CompareAndSet);
}

#[tokio::test]
async fn a_preview_names_the_ids_that_were_seen() {
    let world = World::rolling().await;
    super::looking::stage(&world, "READY");
    let deployer = world.deployer();
    deployer.acquaint().await;
    let preview = deployer.preview(&give("25%", 2));
    assert!(preview.body.iter().any(|line| line.contains("\"dpl_new\"")), "{preview:?}");
    let back = deployer.preview(&back_to("1.3.0-rc.1-00000001", "slow"));
    assert!(back.target.contains("/rollback/dpl_old?"), "{back:?}");
}
