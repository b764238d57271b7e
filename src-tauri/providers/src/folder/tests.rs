//! Real folders, real links, and crashes at the places where they hurt.
#![cfg(unix)]

use super::*;
use seaworthy_domain::DeploymentId;
use seaworthy_domain::OperationId;
use seaworthy_domain::command::Step;
use seaworthy_domain::operation::Expected;
use seaworthy_domain::operation::Seen;
use std::fs;
use std::io::BufRead;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::symlink;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

struct World {
    folder: tempfile::TempDir,
    keep: u32,
}

impl World {
    fn new() -> Self {
        let world = Self { folder: tempfile::tempdir().unwrap(), keep: 2 };
        fs::create_dir_all(world.path("repo/dist/assets")).unwrap();
        world.build("one");
        world
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn build(&self, text: &str) {
        fs::write(self.path("repo/dist/index.html"), text).unwrap();
        fs::write(self.path("repo/dist/assets/app.js"), text).unwrap();
    }

    fn deployer(&self) -> FolderDeployer {
        let target =
            FolderTarget { source: "dist".into(), directory: self.path("srv/shop"), keep: self.keep };
        FolderDeployer::new(&target, &self.path("repo"))
    }

    async fn place(&self, id: &str) -> Sent {
        self.build(id);
        self.deployer().send(&order(id, Act::Place)).await
    }

    async fn full(&self, id: &str) -> Sent {
        self.deployer().send(&order(id, full())).await
    }

    async fn state(&self) -> Vec<String> {
        let state = self.deployer().read().await.unwrap();
        state.deployments.iter().map(|live| format!("{} {}", live.id, live.share)).collect()
    }

    fn served(&self) -> String {
        fs::read_to_string(self.path("srv/shop/current/index.html")).unwrap()
    }
}

fn full() -> Act {
    Act::SetShare { share: Share::FULL, stage: None }
}

fn order(id: &str, act: Act) -> Order {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = u128::from(NEXT.fetch_add(1, Ordering::Relaxed));
    Order {
        operation: OperationId(uuid::Uuid::from_u128(number)),
        step: Step {
            act,
            environment: "production".into(),
            deployment: DeploymentId(id.into()),
            candidate: 1,
            expected: Expected::Anything,
        },
        version: "1.0.0".into(),
        commit: "abcdef0".into(),
    }
}

const DONE: Sent = Sent::Accepted { url: None };

fn refusal(sent: Sent) -> String {
    match sent {
        Sent::Refused(why) => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn placed_switched_and_back() {
    let world = World::new();
    assert_eq!(world.state().await, Vec::<String>::new());
    assert_eq!(world.place("rc1").await, DONE);
    assert_eq!(world.state().await, ["rc1 0%"]);
    assert!(!world.path("srv/shop/current").exists());
    assert_eq!(world.full("rc1").await, DONE);
    assert_eq!(world.place("rc2").await, DONE);
    assert_eq!(world.served(), "rc1");
    assert_eq!(world.full("rc2").await, DONE);
    assert_eq!(world.state().await, ["rc1 0%", "rc2 100%"]);
    assert_eq!(world.served(), "rc2");
    let back = Act::RollBack { to: DeploymentId("rc1".into()), reason: "slow".into() };
    assert_eq!(world.deployer().send(&order("rc2", back.clone())).await, DONE);
    assert_eq!(
        (world.served(), world.state().await),
        ("rc1".into(), vec!["rc1 100%".into(), "rc2 0%".into()])
    );
    let state = world.deployer().read().await.unwrap();
    assert_eq!(back.seen_in(&state, &DeploymentId("rc2".into())), Seen::Applied);
    assert_eq!(state.deployments[1].commit.as_deref(), Some("abcdef0"));
    let manifest = fs::read_to_string(world.path("srv/shop/releases/rc2/.seaworthy.json")).unwrap();
    let mut keys: Vec<String> = serde_json::from_str::<serde_json::Value>(&manifest)
        .unwrap()
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    keys.sort();
    assert_eq!(keys, ["commit", "deployment", "operation", "version"]);
}

#[tokio::test]
async fn the_switch_is_never_seen_half_done() {
    let world = World::new();
    for id in ["a", "b"] {
        assert_eq!(world.place(id).await, DONE);
    }
    world.full("a").await;
    let (stop, looks) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let seen = world.served();
                assert!(seen == "a" || seen == "b", "{seen:?}");
                looks.fetch_add(1, Ordering::Relaxed);
            }
        });
        let deployer = world.deployer();
        let mut turn = 0;
        while turn < 200 || looks.load(Ordering::Relaxed) < 200 {
            let id = ["a", "b"][turn % 2];
            assert!(deployer.carry_out(&order(id, full())).is_ok());
            turn += 1;
        }
        stop.store(true, Ordering::Relaxed);
    });
}

#[tokio::test]
async fn what_a_crash_left_is_removed_and_counts_for_nothing() {
    let world = World::new();
    world.place("rc1").await;
    world.full("rc1").await;
    let leftover = world.path("srv/shop/releases/.unfinished-0000");
    fs::create_dir_all(leftover.join("assets")).unwrap();
    fs::copy(world.path("srv/shop/releases/rc1/.seaworthy.json"), leftover.join(".seaworthy.json")).unwrap();
    symlink("releases/nowhere", world.path("srv/shop/.unfinished-current")).unwrap();
    assert_eq!(world.state().await, ["rc1 100%"]);
    assert_eq!(world.place("rc2").await, DONE);
    assert_eq!(world.full("rc2").await, DONE);
    assert!(!leftover.exists());
    assert_eq!(world.state().await, ["rc1 0%", "rc2 100%"]);
}

/// Where the killed process works; set for it alone.
const VICTIM: &str = "SEAWORTHY_TEST_FOLDER";

#[tokio::test]
#[ignore = "the process that the next test kills"]
async fn victim() {
    let Some(folder) = std::env::var_os(VICTIM).map(PathBuf::from) else { return };
    let target = FolderTarget { source: "dist".into(), directory: folder.join("srv/shop"), keep: 3 };
    let deployer = FolderDeployer::new(&target, &folder.join("repo"));
    loop {
        let id = uuid::Uuid::new_v4().to_string();
        for act in [Act::Place, full()] {
            let order = Order { operation: OperationId(uuid::Uuid::new_v4()), ..order(&id, act) };
            assert_eq!(deployer.send(&order).await, DONE);
            println!("step");
        }
    }
}

#[tokio::test]
async fn a_process_killed_anywhere_leaves_the_old_or_the_new() {
    let world = World::new();
    for number in 0..30 {
        fs::write(world.path(&format!("repo/dist/{number}")), "whole").unwrap();
    }
    for round in 1..=8 {
        let mut victim = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture", "folder::tests::victim"])
            .env(VICTIM, world.folder.path())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let steps = std::io::BufReader::new(victim.stdout.take().unwrap()).lines();
        let done =
            steps.filter(|line| line.as_ref().is_ok_and(|line| line.contains("step"))).take(round).count();
        victim.kill().unwrap();
        victim.wait().unwrap();
        assert_eq!(done, round);
        let state = world.deployer().read().await.unwrap();
        for live in &state.deployments {
            let release = world.path("srv/shop/releases").join(&live.id.0);
            let whole = (0..30).all(|n| fs::read_to_string(release.join(n.to_string())).unwrap() == "whole");
            assert!(whole && release.join("index.html").exists());
        }
        let current = state.deployments.iter().filter(|live| live.share == Share::FULL).count();
        assert!(current == 1 || round == 1, "{state:?}");
    }
    assert_eq!(world.place("after").await, DONE);
    assert_eq!(world.full("after").await, DONE);
    let names =
        fs::read_dir(world.path("srv/shop/releases")).unwrap().flatten().map(|entry| entry.file_name());
    assert_eq!(names.filter(|name| name.to_string_lossy().starts_with('.')).count(), 0);
}

#[tokio::test]
async fn a_failed_copy_leaves_nothing() {
    let world = World::new();
    symlink("/etc/passwd", world.path("repo/dist/passwd")).unwrap();
    let why = refusal(world.place("rc1").await);
    assert!(why.contains("points out of the build"), "{why}");
    let names: Vec<_> = fs::read_dir(world.path("srv/shop/releases")).unwrap().collect();
    assert!(names.is_empty(), "{names:?}");
}

#[tokio::test]
async fn shares_between_none_and_all_are_refused() {
    let world = World::new();
    world.place("rc1").await;
    for share in ["5%", "0%", "99.9%"] {
        let act = Act::SetShare { share: share.parse().unwrap(), stage: Some(1) };
        let why = refusal(world.deployer().send(&order("rc1", act)).await);
        assert!(why.contains("all traffic or none"), "{why}");
    }
    assert_eq!(world.state().await, ["rc1 0%"]);
}

#[tokio::test]
async fn a_build_that_is_missing_empty_or_elsewhere_is_refused() {
    let world = World::new();
    let send = async |source: &str| {
        let target = FolderTarget { source: source.into(), directory: world.path("srv/shop"), keep: 2 };
        let deployer = FolderDeployer::new(&target, &world.path("repo"));
        refusal(deployer.send(&order("rc1", Act::Place)).await)
    };
    fs::create_dir(world.path("repo/empty")).unwrap();
    assert!(send("empty").await.contains("run the build check first"));
    assert!(send("missing").await.contains("run the build check first"));
    assert!(send("dist/index.html").await.contains("run the build check first"));
    fs::create_dir(world.path("elsewhere")).unwrap();
    assert!(send("../elsewhere").await.contains("outside the repository"));
    symlink(world.path("elsewhere"), world.path("repo/linked")).unwrap();
    assert!(send("linked").await.contains("outside the repository"));
    let around = FolderTarget { source: "".into(), directory: "out".into(), keep: 2 };
    let around = FolderDeployer::new(&around, &world.path("repo"));
    assert!(refusal(around.send(&order("rc1", Act::Place)).await).contains("contains the target itself"));
}

#[tokio::test]
async fn links_come_along_only_when_they_stay_inside() {
    let world = World::new();
    let dist = world.path("repo/dist");
    symlink("index.html", dist.join("start.html")).unwrap();
    symlink("../index.html", dist.join("assets/up.html")).unwrap();
    symlink(".", dist.join("self")).unwrap();
    fs::set_permissions(dist.join("index.html"), fs::Permissions::from_mode(0o750)).unwrap();
    assert_eq!(world.place("rc1").await, DONE);
    let placed = world.path("srv/shop/releases/rc1");
    assert_eq!(fs::read_link(placed.join("assets/up.html")).unwrap(), Path::new("../index.html"));
    assert_eq!(fs::read_to_string(placed.join("start.html")).unwrap(), "rc1");
    assert_eq!(fs::metadata(placed.join("index.html")).unwrap().permissions().mode() & 0o777, 0o750);
    let outside = ["../secret", "assets/../../secret", "self/../dist/index.html", "gone", "/etc/passwd"];
    fs::write(world.path("repo/secret"), "s").unwrap();
    for (number, aim) in outside.into_iter().enumerate() {
        let link = dist.join("bad");
        symlink(aim, &link).unwrap();
        let why = refusal(world.place(&format!("bad{number}")).await);
        assert!(why.contains("points out of the build"), "{aim}: {why}");
        fs::remove_file(link).unwrap();
    }
    rustix::fs::mknodat(rustix::fs::CWD, dist.join("pipe"), rustix::fs::FileType::Fifo, 0o600.into(), 0)
        .unwrap();
    assert!(refusal(world.place("pipe").await).contains("neither file, folder nor link"));
}

#[tokio::test]
async fn earlier_releases_are_kept_up_to_the_limit_and_the_way_back_always() {
    let mut world = World::new();
    for id in ["a", "b", "c", "d", "e"] {
        world.place(id).await;
        assert_eq!(world.full(id).await, DONE);
    }
    assert_eq!(world.state().await, ["c 0%", "d 0%", "e 100%"]);
    world.keep = 0;
    let back = Act::RollBack { to: DeploymentId("c".into()), reason: "r".into() };
    assert_eq!(world.deployer().send(&order("e", back)).await, DONE);
    world.place("f").await;
    assert_eq!(world.full("f").await, DONE);
    assert_eq!(world.state().await, ["c 0%", "f 100%"]);
}

#[tokio::test]
async fn what_is_not_ours_is_neither_listed_nor_touched() {
    let world = World::new();
    let foreign = world.path("srv/shop/releases/2024-01-01");
    fs::create_dir_all(&foreign).unwrap();
    fs::write(foreign.join("index.html"), "old").unwrap();
    symlink("releases/2024-01-01", world.path("srv/shop/current")).unwrap();
    assert_eq!(world.state().await, Vec::<String>::new());
    assert!(refusal(world.place("2024-01-01").await).contains("already there"));
    assert_eq!(world.place("rc1").await, DONE);
    assert_eq!(world.full("rc1").await, DONE);
    assert!(foreign.join("index.html").exists());
    let back = Act::RollBack { to: DeploymentId("2024-01-01".into()), reason: "r".into() };
    assert!(refusal(world.deployer().send(&order("rc1", back)).await).contains("not a release"));
    assert_eq!(world.served(), "rc1");
}

#[tokio::test]
async fn a_current_release_that_cannot_be_told_is_no_empty_target() {
    let world = World::new();
    world.place("rc1").await;
    world.full("rc1").await;
    let manifest = world.path("srv/shop/releases/rc1/.seaworthy.json");
    let good = fs::read_to_string(&manifest).unwrap();
    for bad in
        ["", "{}", &good.replace("rc1", "rc9"), &good.replace('}', ",\"more\":1}"), &"[".repeat(200_000)]
    {
        fs::write(&manifest, bad).unwrap();
        let error = world.deployer().read().await.unwrap_err().to_string();
        assert!(error.contains(".seaworthy.json is damaged"), "{error}");
    }
}

#[tokio::test]
async fn a_dangling_or_plain_current_is_told() {
    let world = World::new();
    world.place("rc1").await;
    symlink("releases/gone", world.path("srv/shop/current")).unwrap();
    assert!(world.deployer().read().await.is_err());
    fs::remove_file(world.path("srv/shop/current")).unwrap();
    fs::create_dir(world.path("srv/shop/current")).unwrap();
    assert!(refusal(world.full("rc1").await).contains("is not a link"));
    assert_eq!(world.state().await, ["rc1 0%"]);
}

#[tokio::test]
async fn two_programs_do_not_change_one_directory_at_once() {
    let world = World::new();
    world.place("rc1").await;
    let releases = Releases::new(world.path("srv/shop"));
    let lock = releases.prepare().unwrap();
    assert!(refusal(world.full("rc1").await).contains("somebody else is changing"));
    drop(lock);
    assert_eq!(world.full("rc1").await, DONE);
}

#[tokio::test]
async fn a_name_leads_nowhere_else() {
    let world = World::new();
    for name in ["", ".", "..", "../x", "a/b", ".hidden", "a\\b", "C:", "a\0b", "dot."] {
        let sent = world.deployer().send(&order(name, Act::Place)).await;
        assert!(refusal(sent).contains("cannot name a folder"), "{name:?}");
        let back = Act::RollBack { to: DeploymentId(name.into()), reason: "r".into() };
        assert!(
            refusal(world.deployer().send(&order("rc1", back)).await).contains("cannot name"),
            "{name:?}"
        );
    }
}

#[test]
fn previews_name_the_paths() {
    let target = FolderTarget { source: "dist".into(), directory: "/srv/shop".into(), keep: 1 };
    let deployer = FolderDeployer::new(&target, Path::new("/home/me/shop"));
    let back = Act::RollBack { to: DeploymentId("rc1".into()), reason: "r".into() };
    let shown: Vec<String> = [Act::Place, full(), back]
        .into_iter()
        .map(|act| deployer.preview(&order("rc2", act)))
        .map(|p| format!("{} {} {}", p.method, p.target, p.body.join(", ")))
        .collect();
    insta::assert_snapshot!(shown.join("\n"));
}
