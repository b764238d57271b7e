//! Real servers: a splitter, a broken one, somebody else's, and none at all.

use super::*;
use seaworthy_domain::DeploymentId;
use seaworthy_domain::policy::CandidateRoute;
use seaworthy_domain::policy::Identity;
use seaworthy_domain::policy::Probe;
use seaworthy_http::ProxyUse;
use seaworthy_rules::Period;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::net::TcpStream;

type Handler = dyn Fn(usize, &str) -> Option<String> + Send + Sync;

/// Answers every request with what `handler` makes of its number and head; `None` hangs up without a word.
pub(crate) async fn serve(handler: impl Fn(usize, &str) -> Option<String> + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (handler, served): (Arc<Handler>, _) = (Arc::new(handler), Arc::new(AtomicUsize::new(0)));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(converse(stream, Arc::clone(&handler), Arc::clone(&served)));
        }
    });
    address
}

async fn converse(mut stream: TcpStream, handler: Arc<Handler>, served: Arc<AtomicUsize>) {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match stream.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(_) => return,
            }
        }
        let number = served.fetch_add(1, Ordering::Relaxed);
        let Some(answer) = handler(number, &String::from_utf8_lossy(&head)) else { return };
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

pub(crate) fn answer(status: u16, headers: &str, body: &str) -> Option<String> {
    Some(format!("HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\n\r\n{body}", body.len()))
}

fn probing(base_url: &str) -> Probing {
    Probing {
        probe: Probe {
            path: "/health".into(),
            requests: 10,
            every: Period::from_secs(15),
            timeout: Period::from_secs(20),
            route: CandidateRoute::OwnUrl,
            version: VersionFrom::Header("x-version".into()),
            identity: Identity::Commit,
        },
        base_url: base_url.to_owned(),
        deployment: DeploymentId("shop-rc2".into()),
        version: "1.4.0".into(),
        commit: "9a3b77e01c5d2f649a3b77e01c5d2f649a3b77e0".into(),
    }
}

const NEW: &str = "x-version: 9a3b77e\r\n";
const OLD: &str = "x-version: 5d1c0f2\r\n";

async fn tick(probing: &Probing) -> Tick {
    Prober::new(Client::new(ProxyUse::Never).unwrap()).tick(probing, DateTime::UNIX_EPOCH).await
}

fn counts(tick: &Tick) -> (u32, u32, usize, u32) {
    assert_eq!(tick.invalid, None);
    (tick.requests, tick.errors, tick.latencies_us.len(), tick.foreign)
}

fn unknown(tick: &Tick) -> &str {
    match &tick.invalid {
        Some(Invalid::VersionUnknown { why }) => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_healthy_candidate() {
    let base = serve(|_, _| answer(200, NEW, "ok")).await;
    let tick = tick(&probing(&base)).await;
    assert_eq!(counts(&tick), (10, 0, 10, 0));
    assert!(tick.latencies_us.is_sorted() && tick.latencies_us[0] > 0);
}

#[tokio::test]
async fn only_the_candidates_answers_count() {
    let base = serve(|number, _| match number {
        0..=2 => answer(500, OLD, ""),
        3 => answer(500, NEW, ""),
        4 => answer(404, NEW, ""),
        5 => answer(503, "", ""),
        6 => answer(200, "", ""),
        _ => answer(304, NEW, ""),
    })
    .await;
    assert_eq!(counts(&tick(&probing(&base)).await), (6, 3, 6, 4));
}

#[tokio::test]
async fn another_version_alone_is_no_measurement() {
    let base = serve(|number, _| if number < 5 { answer(200, OLD, "") } else { answer(503, "", "") }).await;
    let tick = tick(&probing(&base)).await;
    assert_eq!(tick.invalid, Some(Invalid::WrongVersion { saw: "5d1c0f2".into() }));
    assert_eq!((tick.requests, tick.errors, tick.foreign), (0, 0, 5));
}

#[tokio::test]
async fn a_splitter_is_told_whom_to_ask() {
    for (identity, value) in [
        (Identity::Commit, "9a3b77e01c5d2f649a3b77e01c5d2f649a3b77e0"),
        (Identity::Version, "1.4.0"),
        (Identity::Deployment, "shop-rc2"),
    ] {
        let base = serve(move |_, head| {
            let routed = head.to_lowercase().contains(&format!("x-candidate: {value}\r\n"));
            let clean =
                !head.to_lowercase().contains("authorization") && head.contains("cache-control: no-cache");
            let version = if routed && clean { value } else { "other" };
            answer(200, &format!("x-version: {version}\r\n"), "")
        })
        .await;
        let mut probing = probing(&base);
        probing.probe.route = CandidateRoute::Header("X-Candidate".into());
        probing.probe.identity = identity;
        assert_eq!(counts(&tick(&probing).await), (10, 0, 10, 0), "{value}");
    }
}

fn with_document(base: &str) -> Probing {
    let mut probing = probing(base);
    probing.probe.version = VersionFrom::Json { path: "/version.json".into(), field: "commit".into() };
    probing
}

const JSON: &str = "content-type: application/json\r\n";

#[tokio::test]
async fn a_document_speaks_for_the_tick() {
    let base = serve(|_, head| match head.starts_with("GET /version.json ") {
        true => answer(200, JSON, r#"{"commit":"9a3b77e01"}"#),
        false => answer(200, "", "<html>"),
    })
    .await;
    assert_eq!(counts(&tick(&with_document(&base)).await), (10, 0, 10, 0));
}

#[tokio::test]
async fn a_document_of_another_version_ends_the_tick() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let base = serve(move |_, _| {
        counter.fetch_add(1, Ordering::Relaxed);
        answer(200, JSON, r#"{"commit":"5d1c0f2a"}"#)
    })
    .await;
    let tick = tick(&with_document(&base)).await;
    assert_eq!(tick.invalid, Some(Invalid::WrongVersion { saw: "5d1c0f2a".into() }));
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_document_that_says_nothing_leaves_the_version_unknown() {
    let cases = [
        (200, "content-type: text/html\r\n", "<html>", "does not call itself JSON"),
        (200, JSON, "{", "as JSON"),
        (200, JSON, r#"{"commit":1}"#, "no text called `commit`"),
        (200, JSON, r#"{"commit":"9a3b77e","commit":"x"}"#, "twice"),
        (200, "age: 300\r\ncontent-type: application/json\r\n", r#"{"commit":"9a3b77e"}"#, "300 s old"),
        (404, JSON, "{}", "status 404"),
        (302, "location: /login\r\n", "", "redirect"),
    ];
    for (status, headers, body, expected) in cases {
        let base = serve(move |_, head| match head.starts_with("GET /version.json ") {
            true => answer(status, headers, body),
            false => answer(200, "", "ok"),
        })
        .await;
        let tick = tick(&with_document(&base)).await;
        assert!(unknown(&tick).contains(expected), "{tick:?}");
    }
}

#[tokio::test]
async fn a_candidate_that_is_down_is_all_errors() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    for probing in [probing(&base), with_document(&base)] {
        assert_eq!(counts(&tick(&probing).await), (10, 10, 0, 0));
    }
    let hangs_up = serve(|_, _| None).await;
    assert_eq!(counts(&tick(&probing(&hangs_up)).await), (10, 10, 0, 0));
    let nonsense = serve(|_, _| Some("SSH-2.0-OpenSSH_9\r\n\r\n".into())).await;
    assert_eq!(counts(&tick(&probing(&nonsense)).await), (10, 10, 0, 0));
    let gateway = serve(|_, _| answer(502, "", "bad gateway")).await;
    assert_eq!(counts(&tick(&probing(&gateway)).await), (10, 10, 10, 0));
}

#[tokio::test]
async fn an_answer_that_never_ends_is_an_error() {
    let base = serve(|number, _| match number {
        0..=3 => Some(format!("HTTP/1.1 200 OK\r\n{NEW}content-length: 100\r\n\r\nhalf")),
        _ => answer(200, NEW, "ok"),
    })
    .await;
    let mut probing = probing(&base);
    probing.probe.timeout = Period::from_secs(1);
    assert_eq!(counts(&tick(&probing).await), (10, 4, 6, 0));
}

#[tokio::test]
async fn a_page_without_a_version_is_no_green() {
    let portal = serve(|_, _| answer(200, "content-type: text/html\r\n", "<html>log in</html>")).await;
    assert_eq!(unknown(&tick(&probing(&portal)).await), "the answer has no header `x-version`");
    let redirect =
        serve(|_, _| answer(302, "location: https://portal.test/\r\nx-version: 9a3b77e\r\n", "")).await;
    let tick_there = tick(&probing(&redirect)).await;
    assert!(unknown(&tick_there).contains("redirect to https://portal.test/"), "{tick_there:?}");
    let cache = serve(|_, _| answer(200, &format!("{NEW}age: 12\r\n"), "")).await;
    assert!(unknown(&tick(&probing(&cache)).await).contains("12 s old"));
    let twice = serve(|_, _| answer(200, &format!("{NEW}{OLD}"), "")).await;
    assert!(unknown(&tick(&probing(&twice)).await).contains("does not name one version"));
    let large = serve(|_, _| answer(200, NEW, &"x".repeat(BODY_BYTES_MAX + 1))).await;
    assert!(unknown(&tick(&probing(&large)).await).contains("exceeds"));
}

#[tokio::test]
async fn what_never_left_this_machine_is_offline() {
    for probing in [probing("http://no-such-host.invalid"), with_document("http://no-such-host.invalid")] {
        let tick = tick(&probing).await;
        assert!(matches!(tick.invalid, Some(Invalid::Offline { .. })), "{tick:?}");
    }
    let login = serve(|_, _| answer(511, "", "log in to the network")).await;
    assert!(matches!(tick(&probing(&login)).await.invalid, Some(Invalid::Offline { .. })));
}

#[tokio::test]
async fn what_cannot_be_asked_is_told() {
    assert!(unknown(&tick(&probing("shop.test")).await).contains("not an address"));
    assert!(unknown(&tick(&probing("ftp://127.0.0.1")).await).contains("only http and https"));
    let mut headed = probing("http://127.0.0.1:9");
    headed.probe.route = CandidateRoute::Header("x y".into());
    assert!(unknown(&tick(&headed).await).contains("not the name of a header"));
    let mut none = probing("http://127.0.0.1:9");
    none.probe.requests = 0;
    assert_eq!(unknown(&tick(&none).await), "no request was sent");
}
