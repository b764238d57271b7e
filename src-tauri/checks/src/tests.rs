//! Real commands, a real store and real servers.
#![cfg(unix)]

use crate::Checks;
use seaworthy_clock::SystemClock;
use seaworthy_domain::CheckResult;
use seaworthy_domain::DeploymentId;
use seaworthy_domain::RunId;
use seaworthy_domain::policy::CandidateRoute;
use seaworthy_domain::policy::Check;
use seaworthy_domain::policy::CheckKind;
use seaworthy_domain::policy::CommandLine;
use seaworthy_domain::policy::HttpProbe;
use seaworthy_domain::policy::Identity;
use seaworthy_domain::policy::Probe;
use seaworthy_domain::policy::Program;
use seaworthy_domain::policy::VersionFrom;
use seaworthy_evidence::Store;
use seaworthy_http::Client;
use seaworthy_http::ProxyUse;
use seaworthy_ports::CancellationToken;
use seaworthy_ports::CheckOrder;
use seaworthy_ports::CheckReport;
use seaworthy_ports::CheckRunner;
use seaworthy_ports::Output;
use seaworthy_ports::Probing;
use seaworthy_ports::Stream;
use seaworthy_rules::Period;
use std::sync::Arc;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

struct World {
    folder: tempfile::TempDir,
    store: Store,
    /// Who has to answer.
    candidate: Option<Probing>,
}

struct Ran {
    report: CheckReport,
    heard: Vec<Output>,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("project")).unwrap();
        let store = Store::open(folder.path().join("evidence")).unwrap();
        Self { folder, store, candidate: None }
    }

    fn checks(&self) -> Checks {
        Checks::new(Arc::new(SystemClock), self.store.clone(), Client::new(ProxyUse::Never).unwrap())
    }

    async fn run(&self, kind: CheckKind, timeout: Period, base_url: Option<&str>) -> Ran {
        let (sender, mut receiver) = mpsc::channel(2);
        let order = CheckOrder {
            run: RunId(uuid::Uuid::new_v4()),
            check: Check { name: "c".into(), title: "c".into(), kind, timeout },
            folder: self.folder.path().join("project"),
            facts: vec![("SEAWORTHY_COMMIT".into(), "abc".into())],
            base_url: base_url.map(str::to_owned),
            candidate: seaworthy_domain::policy::CandidateFacts::default(),
            witness: self.candidate.clone(),
        };
        let checks = self.checks();
        let listen = async {
            let mut heard = Vec::new();
            while let Some(output) = receiver.recv().await {
                heard.push(output);
            }
            heard
        };
        let (report, heard) = tokio::join!(checks.run(order, sender, CancellationToken::new()), listen);
        assert_eq!(self.store.partials().unwrap(), [], "an unfinished log is left");
        Ran { report, heard }
    }

    async fn shell(&self, line: &str) -> Ran {
        self.run(CheckKind::Command(shell(line)), long(), None).await
    }

    async fn ask(&self, probe: HttpProbe, base_url: Option<&str>) -> Ran {
        self.run(CheckKind::Http(probe), long(), base_url).await
    }

    fn log(&self, ran: &Ran) -> String {
        String::from_utf8(self.store.get(&ran.report.log.unwrap()).unwrap()).unwrap()
    }
}

/// Far more than anything here takes.
fn long() -> Period {
    Period::from_secs(60)
}

fn order(world: &World, line: &str) -> CheckOrder {
    let kind = CheckKind::Command(shell(line));
    CheckOrder {
        run: RunId(uuid::Uuid::new_v4()),
        check: Check { name: "c".into(), title: "c".into(), kind, timeout: long() },
        folder: world.folder.path().join("project"),
        facts: vec![],
        base_url: None,
        candidate: seaworthy_domain::policy::CandidateFacts::default(),
        witness: None,
    }
}

fn shell(line: &str) -> CommandLine {
    CommandLine {
        program: Program::Shell(line.to_owned()),
        directory: ".".into(),
        scripts: vec![],
        env: vec![("NODE_ENV".into(), "test".into())],
        timeout: long(),
    }
}

#[tokio::test]
async fn what_a_command_says_is_heard_and_kept() {
    let world = World::new();
    let ran = world.shell("echo $NODE_ENV $SEAWORTHY_COMMIT; echo oops >&2; pwd").await;
    assert_eq!(ran.report.result, CheckResult::Pass);
    assert!(ran.report.summary.starts_with("exit 0 in "), "{}", ran.report.summary);
    let log = world.log(&ran);
    for part in ["test abc\n", "oops\n", "/project\n"] {
        assert!(log.contains(part), "{log}");
    }
    let heard: Vec<u8> = ran.heard.iter().flat_map(|output| output.bytes.clone()).collect();
    assert_eq!(heard, log.as_bytes());
    assert!(ran.heard.iter().any(|output| output.stream == Stream::Err && output.bytes == b"oops\n"));
}

#[tokio::test]
async fn every_end_has_its_result_and_sentence() {
    let world = World::new();
    let mut missing = shell("");
    missing.program = Program::Argv(vec!["no-such-program".into()]);
    let mut slow = shell("exec sleep 300");
    slow.timeout = Period::from_millis(300);
    let cases = [
        (shell("echo a; echo 'b\u{1b}[0m'; echo; exit 2"), CheckResult::Fail, "exit 2: b⟨U+001B⟩[0m"),
        (shell("exit 3"), CheckResult::Fail, "exit 3"),
        (shell("echo x; kill -9 $$"), CheckResult::Fail, "killed by signal 9: x"),
        (slow, CheckResult::Fail, "stopped after 300ms"),
        (
            missing,
            CheckResult::NotRun,
            "could not find `no-such-program` or the interpreter it names; install it or correct the command",
        ),
    ];
    for (line, result, summary) in cases {
        let ran = world.run(CheckKind::Command(line), long(), None).await;
        assert_eq!((ran.report.result, ran.report.summary.as_str()), (result, summary));
        assert!(ran.report.log.is_some());
    }
    let left = world.shell("sleep 300 >/dev/null 2>&1 & exit 0").await;
    assert_eq!(left.report.result, CheckResult::Pass);
    assert!(left.report.summary.ends_with(", 1 process left over was ended"), "{}", left.report.summary);
}

#[tokio::test]
async fn the_shorter_of_two_limits_holds() {
    let world = World::new();
    let ran = world.run(CheckKind::Command(shell("exec sleep 300")), Period::from_millis(200), None).await;
    assert_eq!(ran.report.summary, "stopped after 200ms");
}

#[tokio::test]
async fn a_flood_is_kept_even_when_nobody_listens() {
    let world = World::new();
    let (sender, receiver) = mpsc::channel(1);
    drop(receiver);
    let order = order(&world, "head -c 3000000 /dev/zero; echo; echo end; exit 1");
    let report = world.checks().run(order, sender, CancellationToken::new()).await;
    assert_eq!((report.result, report.summary.as_str()), (CheckResult::Fail, "exit 1: end"));
    let kept = world.store.get(&report.log.unwrap()).unwrap();
    assert_eq!(kept.len(), 3_000_005);
}

#[tokio::test]
async fn a_cancelled_run_proves_nothing() {
    let world = World::new();
    let (sender, mut receiver) = mpsc::channel(1);
    let order = order(&world, "echo begun; exec sleep 300");
    let cancel = CancellationToken::new();
    let stop = async {
        receiver.recv().await.unwrap();
        cancel.cancel();
    };
    let checks = world.checks();
    let (report, ()) = tokio::join!(checks.run(order, sender, cancel.clone()), stop);
    assert_eq!((report.result, report.summary.as_str()), (CheckResult::Interrupted, "stopped on request"));
    assert_eq!(world.store.get(&report.log.unwrap()).unwrap(), b"begun\n");
}

#[tokio::test]
async fn without_a_place_for_evidence_nothing_runs() {
    let world = World::new();
    std::fs::remove_dir_all(world.folder.path().join("evidence")).unwrap();
    let (sender, _receiver) = mpsc::channel(1);
    let order = order(&world, "touch ran");
    let report = world.checks().run(order, sender, CancellationToken::new()).await;
    assert_eq!(report.result, CheckResult::NotRun);
    assert!(report.summary.contains("cannot be kept"), "{}", report.summary);
    assert!(!world.folder.path().join("project/ran").exists());
}

/// Answers one request after another with the same bytes.
async fn serve(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap_or(b'\n'));
            }
            let _client_may_be_gone = stream.write_all(answer.as_bytes()).await;
        }
    });
    format!("http://{address}/")
}

fn probe() -> HttpProbe {
    HttpProbe {
        url: "/health".into(),
        environment: Some("staging".into()),
        status: 200,
        body_contains: None,
        latency_below: None,
    }
}

const PAGE: &str = "HTTP/1.1 200 OK\r\nset-cookie: session=geheim\r\ncontent-type: text/html\r\ncontent-length: 15\r\n\r\n<h1>Willkommen!";

#[tokio::test]
async fn an_answer_is_compared_and_kept() {
    let world = World::new();
    let base = serve(PAGE).await;
    let good = HttpProbe { body_contains: Some("Willkommen".into()), latency_below: Some(long()), ..probe() };
    let ran = world.ask(good, Some(&base)).await;
    assert_eq!(ran.report.result, CheckResult::Pass, "{}", ran.report.summary);
    assert!(ran.report.summary.starts_with("status 200 in "));
    let log = world.log(&ran);
    assert!(log.starts_with(&format!("GET {base}health\n\nHTTP/1.1 200 OK\n")), "{log}");
    assert!(log.contains("set-cookie: (left out)\n") && log.ends_with("<h1>Willkommen!"), "{log}");
    let whole = HttpProbe { url: format!("{base}x"), environment: None, ..probe() };
    assert_eq!(world.ask(whole, None).await.report.result, CheckResult::Pass);
}

#[tokio::test]
async fn every_difference_is_named() {
    let world = World::new();
    let base = serve(PAGE).await;
    let cases = [
        (HttpProbe { status: 204, ..probe() }, "status 200, expected 204"),
        (
            HttpProbe { body_contains: Some("\"ok\":true".into()), ..probe() },
            "status 200, but the body does not contain \"\\\"ok\\\":true\"",
        ),
    ];
    for (probe, summary) in cases {
        let ran = world.ask(probe, Some(&base)).await;
        assert_eq!((ran.report.result, ran.report.summary.as_str()), (CheckResult::Fail, summary));
    }
    let slow = HttpProbe { latency_below: Some(Period::ZERO), ..probe() };
    let ran = world.ask(slow, Some(&base)).await;
    assert!(ran.report.summary.ends_with("asked for below 0s"), "{}", ran.report.summary);
}

#[tokio::test]
async fn a_redirect_is_named_and_not_followed() {
    let world = World::new();
    let base = serve("HTTP/1.1 302 X\r\nlocation: https://login.test/\r\ncontent-length: 0\r\n\r\n").await;
    let ran = world.ask(probe(), Some(&base)).await;
    assert_eq!(ran.report.result, CheckResult::Fail);
    assert!(
        ran.report.summary.starts_with("status 302, a redirect to https://login.test/, "),
        "{}",
        ran.report.summary
    );
    assert!(ran.report.summary.ends_with("expected 200; redirects are not followed"));
    let expected = HttpProbe { status: 302, ..probe() };
    assert_eq!(world.ask(expected, Some(&base)).await.report.result, CheckResult::Pass);
    let looked_into = HttpProbe { status: 302, body_contains: Some("x".into()), ..probe() };
    assert_eq!(world.ask(looked_into, Some(&base)).await.report.result, CheckResult::Fail);
}

#[tokio::test]
async fn what_could_not_be_asked_was_not_run_and_what_did_not_answer_failed() {
    let world = World::new();
    let no_address = world.ask(probe(), None).await.report;
    assert_eq!(no_address.result, CheckResult::NotRun);
    assert_eq!(no_address.summary, "staging has no address; give it a `url` in the policy");
    let unusable = world.ask(probe(), Some("ftp://127.0.0.1")).await.report;
    assert_eq!(unusable.result, CheckResult::NotRun);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let silent = world.run(CheckKind::Http(probe()), Period::from_millis(300), Some(&base)).await.report;
    let said = (silent.result, silent.summary.as_str());
    assert_eq!(said, (CheckResult::Fail, "no complete answer within 300ms"));
    drop(listener);
    let refused = world.ask(probe(), Some(&base)).await.report;
    assert_eq!(refused.result, CheckResult::Fail);
    assert!(refused.summary.contains("reach the server"), "{}", refused.summary);
}

#[tokio::test]
async fn an_answer_of_a_hundred_megabytes_fails_by_the_name_of_its_limit() {
    let world = World::new();
    let base = serve("HTTP/1.1 200 OK\r\ncontent-length: 104857600\r\n\r\n").await;
    let ran = world.ask(probe(), Some(&base)).await;
    assert_eq!(ran.report.result, CheckResult::Fail);
    assert!(ran.report.summary.contains("body exceeds 8388608 bytes"), "{}", ran.report.summary);
    assert!(world.log(&ran).contains("exceeds"));
}

/// A splitter before two versions: `new` answers whoever brings its name, `old` everybody else.
async fn split() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap_or(b'\n'));
            }
            let new = String::from_utf8_lossy(&head).to_lowercase().contains("x-candidate: new");
            let version = if new { "new" } else { "old" };
            let body = format!("{{\"version\":\"{version}\"}}");
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\nx-version: {version}\r\ncontent-length: {length}\r\n\r\n{body}"
            );
            let _client_may_be_gone = stream.write_all(answer.as_bytes()).await;
        }
    });
    format!("http://{address}")
}

#[tokio::test]
async fn only_an_answer_of_the_candidate_is_bound_to_it() {
    let base = split().await;
    let by_header = CandidateRoute::Header("x-candidate".into());
    let header = || VersionFrom::Header("x-version".into());
    let document = || VersionFrom::Json { path: "/version".into(), field: "version".into() };
    let silent = VersionFrom::Header("x-commit".into());
    let cases = [
        (by_header.clone(), header(), None),
        (by_header.clone(), document(), None),
        (CandidateRoute::OwnUrl, header(), Some("old answered, not new")),
        (CandidateRoute::OwnUrl, document(), Some("old answered, not new")),
        (by_header, silent, Some("the answer has no header `x-commit`")),
    ];
    for (route, version, unbound) in cases {
        let mut world = World::new();
        let probe_of = Probe {
            path: "/".into(),
            requests: 1,
            every: long(),
            timeout: long(),
            route: route.clone(),
            version: version.clone(),
            identity: Identity::Deployment,
        };
        world.candidate = Some(Probing {
            probe: probe_of,
            base_url: base.clone(),
            deployment: DeploymentId("new".into()),
            version: "1.1.0".into(),
            commit: "c0ffee0".into(),
        });
        let report = world.ask(probe(), Some(&base)).await.report;
        assert_eq!(report.result, CheckResult::Pass);
        assert_eq!(report.unbound.as_deref(), unbound, "{route:?} {version:?}");
    }
}
