//! Real commands against a folder that stands for the service.
#![cfg(unix)]

use super::*;
use seaworthy_clock::SystemClock;
use seaworthy_domain::DeploymentId;
use seaworthy_domain::OperationId;
use seaworthy_domain::Share;
use seaworthy_domain::command::Step;
use seaworthy_domain::operation::Expected;
use seaworthy_domain::operation::Seen;
use seaworthy_domain::policy::Program;
use seaworthy_rules::Period;
use std::path::PathBuf;

fn sh(text: &str) -> CommandLine {
    CommandLine {
        program: Program::Shell(text.to_owned()),
        directory: PathBuf::new(),
        scripts: vec![],
        env: vec![("REGION".into(), "eu".into()), ("SEAWORTHY_RELEASE".into(), "faked".into())],
        timeout: Period::from_secs(60),
    }
}

fn target(line: &str, observe: Option<&str>) -> CommandTarget {
    CommandTarget { deploy: sh(line), set_share: sh(line), rollback: sh(line), observe: observe.map(sh) }
}

struct World {
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn deployer(&self, target: &CommandTarget) -> CommandDeployer {
        let place = Place { folder: self.folder.path().to_owned(), environment: "production".into() };
        CommandDeployer::new(target, &place, Arc::new(SystemClock))
    }

    async fn send(&self, target: &CommandTarget, act: Act) -> Sent {
        self.deployer(target).send(&order(act)).await
    }

    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap()
    }
}

fn order(act: Act) -> Order {
    Order {
        // Children are found by this mark, and tests run side by side.
        operation: OperationId(Uuid::new_v4()),
        step: Step {
            act,
            environment: "production".into(),
            deployment: DeploymentId("shop-rc2".into()),
            candidate: 2,
            expected: Expected::Anything,
        },
        version: "1.4.0".into(),
        commit: "0123456789abcdef".into(),
    }
}

fn back(reason: &str) -> Act {
    Act::RollBack { to: DeploymentId("shop-rc1".into()), reason: reason.into() }
}

fn half() -> Act {
    Act::SetShare { share: "0.50%".parse::<Share>().unwrap(), stage: Some(1) }
}

#[tokio::test]
async fn the_preview_is_exactly_what_the_command_finds() {
    let world = World::new();
    let target = target("env | grep -E '^(SEAWORTHY|REGION)' | grep -v RUN_ID | sort > seen", None);
    for act in [Act::Place, half(), back("error_rate 3%\nfor 5m")] {
        let (deployer, order) = (world.deployer(&target), order(act));
        let multi_line = matches!(order.step.act, Act::RollBack { .. });
        let preview = deployer.preview(&order);
        assert_eq!(deployer.send(&order).await, Sent::Accepted { url: None });
        let mut seen: Vec<String> = world.file("seen").lines().map(str::to_owned).collect();
        let mut shown = preview.body[1..].to_vec();
        if multi_line {
            // `grep` keeps only the first line of the reason.
            assert!(shown.contains(&"SEAWORTHY_REASON=error_rate 3%\nfor 5m".to_owned()));
            shown.retain(|line| !line.starts_with("SEAWORTHY_REASON"));
            seen.retain(|line| !line.starts_with("SEAWORTHY_REASON"));
        }
        assert_eq!(shown, seen);
    }
}

#[test]
fn previews_read_well() {
    let world = World::new();
    let deployer = world.deployer(&target("./deploy.sh", None));
    let shown: Vec<String> = [Act::Place, half(), back("too slow")]
        .into_iter()
        .map(|act| {
            let preview =
                deployer.preview(&Order { operation: OperationId(Uuid::from_u128(7)), ..order(act) });
            format!("{} {}\n{}", preview.method, preview.target, preview.body[1..].join("\n"))
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n\n"));
}

#[tokio::test]
async fn only_a_clean_end_is_accepted() {
    let world = World::new();
    let url = target("echo building; echo '{\"url\":\"http://rc2.test\"}'", None);
    assert_eq!(
        world.send(&url, Act::Place).await,
        Sent::Accepted { url: Some("http://rc2.test".to_owned()) }
    );
    let said = |sent: Sent| match sent {
        Sent::Unknown(why) => why,
        other => panic!("{other:?}"),
    };
    let failed =
        world.send(&target("echo one; echo; printf 'tw\\033[31mo' >&2; exit 3", None), Act::Place).await;
    assert_eq!(said(failed), "ended with exit 3; its last lines:\none\ntw⟨U+001B⟩[31mo");
    let killed = world.send(&target("kill -9 $$", None), Act::Place).await;
    assert_eq!(said(killed), "was killed by signal 9");
    let left = world.send(&target("sleep 300 >/dev/null 2>&1 & exit 0", None), Act::Place).await;
    assert_eq!(said(left), "ended with exit 0; 1 processes it left running were stopped");
    let mut slow = target("exec sleep 300", None);
    slow.deploy.timeout = Period::from_millis(400);
    assert_eq!(said(world.send(&slow, Act::Place).await), "was stopped after 400ms");
}

#[tokio::test]
async fn what_never_started_was_not_sent() {
    let world = World::new();
    let mut missing = target("", None);
    missing.deploy.program = Program::Argv(vec!["./no-such-deploy".into()]);
    missing.deploy.env.clear();
    missing.rollback.directory = PathBuf::from("nowhere");
    for act in [Act::Place, half(), back("r")] {
        let sent = world.send(&missing, act).await;
        assert!(matches!(&sent, Sent::NotSent(why) if why.starts_with("could not ")), "{sent:?}");
    }
}

#[tokio::test]
async fn a_reason_never_stops_a_rollback() {
    let world = World::new();
    let rollback = target("printf %s \"$SEAWORTHY_REASON\" > why; printf %s \"$SEAWORTHY_TO\" > to", None);
    let reason = format!("$(touch broken) `id` \"; exit 9 \0 {}", "x".repeat(200_000));
    assert_eq!(world.send(&rollback, back(&reason)).await, Sent::Accepted { url: None });
    assert!(world.file("why").starts_with("$(touch broken) `id` \"; exit 9  xxx"));
    assert_eq!(world.file("to"), "shop-rc1");
    assert!(!world.folder.path().join("broken").exists());
}

#[tokio::test]
async fn a_look_shows_what_the_commands_did() {
    let world = World::new();
    let mut real = target("", Some("cat state"));
    let state = |text: &str| {
        sh(&format!(
            "printf '{{\"deployments\":[{{\"id\":\"%s\",\"share\":\"%s\"}}{text}]}}' $SEAWORTHY_DEPLOYMENT ${{SEAWORTHY_SHARE:-0}} > state"
        ))
    };
    real.deploy = state("");
    real.set_share = state(",{\"id\":\"%s\",\"share\":50}");
    let deployer = world.deployer(&real);
    assert_eq!(deployer.effect(&order(Act::Place)), EffectClass::Reconcilable);
    let id = DeploymentId("shop-rc2".into());
    assert!(matches!(deployer.read().await, Err(ReadError::Failed(why)) if why.contains("exit 1")));
    deployer.send(&order(Act::Place)).await;
    assert_eq!(Act::Place.seen_in(&deployer.read().await.unwrap(), &id), Seen::Applied);
    assert_eq!(half().seen_in(&deployer.read().await.unwrap(), &id), Seen::Absent);
}

#[tokio::test]
async fn without_observe_nobody_can_look() {
    let world = World::new();
    let deployer = world.deployer(&target("true", None));
    assert_eq!(deployer.read().await, Err(ReadError::NoEye));
    assert_eq!(deployer.effect(&order(Act::Place)), EffectClass::Opaque);
}

#[tokio::test]
async fn a_look_is_told_only_where() {
    let world = World::new();
    let eye =
        target("true", Some("env | grep ^SEAWORTHY_ | grep -v RUN_ID > seen; echo '{\"deployments\":[]}'"));
    assert_eq!(world.deployer(&eye).read().await, Ok(TargetState::default()));
    assert_eq!(world.file("seen"), "SEAWORTHY_ENVIRONMENT=production\nSEAWORTHY_RELEASE=faked\n");
}

/// The script of the format's page, with its folder moved and its log line printed instead.
fn documented_script(service: &std::path::Path) -> String {
    let page = include_str!("../../../../docs/formats/command-target.md");
    let script = page.split("```sh\n").nth(1).and_then(|rest| rest.split("```").next());
    script
        .expect("the page has a script")
        .replace("/srv/shop", &service.display().to_string())
        .replace("logger", "echo")
}

#[tokio::test]
async fn the_documented_example_works() {
    let world = World::new();
    let service = tempfile::tempdir().unwrap();
    std::fs::create_dir(world.folder.path().join("dist")).unwrap();
    std::fs::write(world.folder.path().join("dist/index.html"), "hello").unwrap();
    std::fs::write(world.folder.path().join("shop.sh"), documented_script(service.path())).unwrap();
    let mut real = target("", Some("sh shop.sh observe"));
    (real.deploy, real.set_share, real.rollback) =
        (sh("sh shop.sh deploy"), sh("sh shop.sh share"), sh("sh shop.sh back"));
    let deployer = world.deployer(&real);
    let id = DeploymentId("shop-rc2".into());
    let (full, all_back) = (Act::SetShare { share: Share::FULL, stage: None }, back("slow \"again\""));
    std::fs::write(service.path().join("shares"), "shop-rc1 100\n").unwrap();
    for act in [Act::Place, half(), full, all_back] {
        assert_eq!(deployer.send(&order(act.clone())).await, Sent::Accepted { url: None }, "{act}");
        let state = deployer.read().await.unwrap();
        assert_eq!(act.seen_in(&state, &id), Seen::Applied, "{act}: {state:?}");
    }
    assert!(service.path().join("shop-rc2/index.html").exists());
}

#[tokio::test]
async fn what_a_dead_process_left_running_ends_before_anybody_looks() {
    let world = World::new();
    let operation = OperationId(Uuid::new_v4());
    let mut orphan = tokio::process::Command::new("sleep")
        .arg("600")
        .env(seaworthy_process::RUN_ID_VARIABLE, operation.0.to_string())
        .spawn()
        .unwrap();
    let deployer = world.deployer(&target("true", None));
    deployer.quiet(OperationId(Uuid::new_v4())).await;
    assert!(orphan.try_wait().unwrap().is_none(), "another operation's command is left alone");
    deployer.quiet(operation).await;
    assert!(!orphan.wait().await.unwrap().success());
}
