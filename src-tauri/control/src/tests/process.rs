//! Two real processes.

use super::fake::Fake;
use crate::Client;
use crate::Door;
use crate::Handler;
use crate::Role;
use crate::open_door;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use std::io::BufRead;
use std::io::BufReader;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Names the data directory to the second process.
const HOME: &str = "SEAWORTHY_TEST_HOME";

const READY: &str = "the engine is ready";

/// The second process: this test binary, running this one function.
#[test]
#[ignore = "is started by the test below, as a process of its own"]
fn holder() {
    let home = std::env::var_os(HOME).expect("started by the test below");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let _door = door(Path::new(&home), Role::Watch).await;
        println!("{READY}");
        std::future::pending::<()>().await;
    });
}

async fn door(home: &Path, role: Role) -> Door {
    open_door(home, role, || async { Ok(Arc::new(Fake::default()) as Arc<dyn Handler>) }).await.unwrap()
}

fn start_holder(home: &Path) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["tests::process::holder", "--exact", "--ignored", "--nocapture"])
        .env(HOME, home)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains(READY)), "the second process ended early");
    child
}

#[tokio::test]
async fn a_killed_engine_is_replaced_by_the_next_process() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = start_holder(dir.path());
    let Door::Remote(client) = door(dir.path(), Role::Command).await else { panic!("two engines") };
    assert_eq!(client.engine_pid(), child.id());
    assert!(client.is_watched());
    assert_eq!(client.call(Request::Doctor, mpsc::channel(1).0).await, Ok(Reply::Done));

    child.kill().unwrap();
    child.wait().unwrap();
    assert!(dir.path().join("control.sock").exists(), "SIGKILL leaves the socket behind");
    let next = door(dir.path(), Role::App).await;
    assert!(next.is_local());
    let client = Client::connect(dir.path()).await.unwrap();
    assert_eq!(client.engine_pid(), std::process::id());
    assert_eq!(client.call(Request::Doctor, mpsc::channel(1).0).await, Ok(Reply::Done));
}
