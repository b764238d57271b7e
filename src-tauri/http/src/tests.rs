//! Servers that misbehave, written out byte by byte.

use crate::client::build;
use crate::client::builder;
use crate::client::is_loopback;
use crate::*;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::net::TcpStream;

/// Ends a call that never gets anywhere; everything else is far faster.
const BRIEF: Duration = Duration::from_millis(300);

/// What the server does after it has read a request.
#[derive(Clone)]
enum Act {
    /// Sends this and closes.
    Say(Vec<u8>),
    /// Sends this and keeps the connection open without a further byte.
    SayAndWait(Vec<u8>),
    /// Sends the first, then the second for ever.
    Repeat(Vec<u8>, Vec<u8>),
    /// Closes so that the client sees a reset.
    Reset,
}

fn say(text: &str) -> Act {
    Act::Say(text.as_bytes().to_vec())
}

async fn serve(act: Act) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(play(stream, act.clone()));
        }
    });
    address
}

async fn play(mut stream: TcpStream, act: Act) -> std::io::Result<()> {
    read_request(&mut stream).await?;
    match act {
        Act::Say(bytes) => stream.write_all(&bytes).await?,
        Act::SayAndWait(bytes) => {
            stream.write_all(&bytes).await?;
            std::future::pending::<()>().await;
        }
        Act::Repeat(first, again) => {
            stream.write_all(&first).await?;
            loop {
                stream.write_all(&again).await?;
                tokio::task::yield_now().await;
            }
        }
        Act::Reset => stream.set_zero_linger()?,
    }
    Ok(())
}

async fn read_request(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&request).into_owned())
}

fn client() -> Client {
    Client::new(ProxyUse::Never).unwrap()
}

fn url(address: SocketAddr) -> Url {
    format!("http://{address}/path?key=value").parse().unwrap()
}

async fn call(act: Act) -> Result<Answer, HttpError> {
    client().send(Request::get(url(serve(act).await))).await
}

async fn brief_call(act: Act) -> Result<Answer, HttpError> {
    client().send(Request { deadline: BRIEF, ..Request::get(url(serve(act).await)) }).await
}

fn lost(result: Result<Answer, HttpError>) -> LostCause {
    match result {
        Err(HttpError::Lost { cause, .. }) => cause,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_answer_arrives_whole() {
    let address = serve(say("HTTP/1.1 404 Nope\r\nContent-Length: 5\r\nX-Version: 7\r\n\r\nhello")).await;
    let answer = client().send(Request::get(url(address))).await.unwrap();
    assert_eq!((answer.status.as_u16(), &answer.body[..]), (404, &b"hello"[..]));
    assert_eq!(answer.headers["x-version"], "7");
    assert_eq!(answer.remote_addr, Some(address));
    assert_eq!(format!("{:?}", answer.version), "HTTP/1.1");
    assert!(answer.elapsed > Duration::ZERO);
}

#[tokio::test]
async fn the_request_carries_what_was_asked_and_no_more() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut request = Request::new(Method::POST, url(listener.local_addr().unwrap()));
    request.headers.insert("x-op", "1".parse().unwrap());
    request.body = Some("{}".into());
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let head = read_request(&mut stream).await.unwrap();
        stream.write_all(b"HTTP/1.1 204 No Content\r\nSet-Cookie: a=b\r\n\r\n").await.unwrap();
        head.to_lowercase()
    };
    let client = client();
    let (answer, head) = tokio::join!(client.send(request), server);
    assert_eq!(answer.unwrap().status.as_u16(), 204);
    let mut names: Vec<&str> =
        head.lines().skip(1).filter_map(|line| Some(line.split_once(':')?.0)).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "content-length", "host", "user-agent", "x-op"]);
    assert!(head.starts_with("post /path?key=value http/1.1\r\n"));
}

#[tokio::test]
async fn slow_and_endless_answers_run_out_of_time() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
    for act in [
        Act::SayAndWait(vec![]),
        Act::SayAndWait(b"HTTP/1.1 200".to_vec()),
        Act::SayAndWait(head[..head.len() - 2].to_vec()),
        Act::SayAndWait([&head[..], b"slow"].concat()),
    ] {
        let result = brief_call(act).await;
        assert!(!result.as_ref().unwrap_err().never_sent());
        assert_eq!(lost(result), LostCause::Timeout);
    }
}

#[tokio::test]
async fn headers_have_a_limit() {
    let too_large = HttpError::TooLarge { part: Part::Headers, max: HEADER_BYTES_MAX };
    let endless = Act::Repeat(b"HTTP/1.1 200 OK\r\nX: ".to_vec(), vec![b'x'; 8192]);
    assert_eq!(call(endless).await.unwrap_err(), too_large);
    let many = Act::Repeat(b"HTTP/1.1 200 OK\r\n".to_vec(), b"X: y\r\n".to_vec());
    assert_eq!(call(many).await.unwrap_err(), too_large);
    let large =
        format!("HTTP/1.1 200 OK\r\nX: {}\r\nContent-Length: 0\r\n\r\n", "x".repeat(HEADER_BYTES_MAX));
    assert_eq!(call(say(&large)).await.unwrap_err(), too_large);
    let fitting =
        format!("HTTP/1.1 200 OK\r\nX: {}\r\nContent-Length: 0\r\n\r\n", "x".repeat(HEADER_BYTES_MAX - 99));
    assert!(call(say(&fitting)).await.is_ok());
}

#[tokio::test]
async fn bodies_have_a_limit() {
    let too_large = |max| HttpError::TooLarge { part: Part::Body, max };
    let endless = Act::Repeat(b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![b'x'; 65_536]);
    assert_eq!(call(endless).await.unwrap_err(), too_large(BODY_BYTES_MAX));
    let promised = say("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n");
    assert_eq!(call(promised).await.unwrap_err(), too_large(BODY_BYTES_MAX));
    let address = serve(say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")).await;
    let asking = |body_bytes_max| Request { body_bytes_max, ..Request::get(url(address)) };
    assert_eq!(client().send(asking(4)).await.unwrap_err(), too_large(4));
    assert!(client().send(asking(5)).await.is_ok());
}

#[tokio::test]
async fn cut_off_answers_are_no_answers() {
    for text in [
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfour",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    ] {
        assert_eq!(lost(call(say(text)).await), LostCause::Truncated, "{text}");
    }
    for text in ["", "HTTP/1.1 200 OK\r\nContent-"] {
        assert_eq!(lost(call(say(text)).await), LostCause::Reset, "{text}");
    }
    assert_eq!(lost(call(Act::Reset).await), LostCause::Reset);
}

#[tokio::test]
async fn garbage_is_not_understood() {
    for text in [
        "SSH-2.0-OpenSSH_9.2\r\n",
        "\0\u{1}\u{2}\u{3}garbage\r\n\r\n",
        "HTTP/1.1 999999 What\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nxx",
    ] {
        assert_eq!(lost(call(say(text)).await), LostCause::Undecodable, "{text}");
    }
}

#[tokio::test]
async fn redirects_are_told_and_not_followed() {
    let elsewhere = serve(say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")).await;
    for status in [301, 302, 303, 307, 308] {
        let text =
            format!("HTTP/1.1 {status} Go\r\nLocation: http://{elsewhere}/x\r\nContent-Length: 0\r\n\r\n");
        let expected = HttpError::Redirected { status, to: Some(format!("http://{elsewhere}/x")) };
        assert_eq!(call(say(&text)).await.unwrap_err(), expected);
    }
    assert_eq!(call(say("HTTP/1.1 304 Not Modified\r\n\r\n")).await.unwrap().status.as_u16(), 304);
}

#[tokio::test]
async fn without_authorities_plain_http_still_works() {
    let first = std::cell::Cell::new(true);
    // What fails on a machine without authorities is the first attempt to build; here a bad header stands in for it.
    let (client, certificates_found) = build(|| match first.replace(false) {
        true => builder().no_proxy().user_agent("\n"),
        false => builder().no_proxy(),
    })
    .unwrap();
    assert!(!certificates_found);
    let address = serve(say("HTTP/1.1 204 No Content\r\n\r\n")).await;
    assert_eq!(client.get(url(address)).send().await.unwrap().status().as_u16(), 204);
}

async fn phase(url: &str) -> Phase {
    let error = client().send(Request::new(Method::POST, url.parse().unwrap())).await.unwrap_err();
    assert!(error.never_sent(), "{error:?}");
    assert!(!error.to_string().contains("secret"), "{error}");
    match error {
        HttpError::NotSent { phase, .. } => phase,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_never_reached_anybody_says_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = listener.local_addr().unwrap();
    drop(listener);
    assert_eq!(phase(&format!("http://{closed}/?token=secret")).await, Phase::Connect);
    assert_eq!(phase("http://no-such-host.invalid/?token=secret").await, Phase::Dns);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let plain = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            stream.write_all(b"this is not TLS at all, not even close\r\n").await.unwrap();
        }
    });
    assert_eq!(phase(&format!("https://{plain}/?token=secret")).await, Phase::Tls);
}

#[tokio::test]
async fn unusable_requests_are_refused() {
    for address in [
        "ftp://example.org/",
        "file:///etc/passwd",
        "http://user:secret@127.0.0.1/",
        "http://user@127.0.0.1/",
    ] {
        let error = client().send(Request::get(address.parse().unwrap())).await.unwrap_err();
        assert!(matches!(error, HttpError::Unusable { .. }), "{address}: {error:?}");
        assert!(error.never_sent() && !error.to_string().contains("secret"));
    }
}

#[tokio::test]
async fn a_proxy_sees_other_machines_only() {
    let server = serve(say("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nserver")).await;
    let proxy = serve(say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy")).await;
    let outward = || builder().proxy(reqwest::Proxy::all(format!("http://{proxy}")).unwrap());
    let client = Client::with_outward(ProxyUse::System, outward).unwrap();
    let body = async |url: &str| client.send(Request::get(url.parse().unwrap())).await.unwrap().body;
    assert_eq!(body(&format!("http://{server}/")).await, "server");
    assert_eq!(body(&format!("http://localhost:{}/", server.port())).await, "server");
    assert_eq!(body("http://somewhere.example/").await, "proxy");
}

#[test]
fn this_machine_is_recognised_by_address_and_name() {
    let yes = [
        "127.0.0.1",
        "127.8.9.1:80",
        "localhost",
        "a.localhost",
        "localhost.",
        "[::1]:80",
        "[::ffff:127.0.0.1]",
        "2130706433",
    ];
    let no = ["example.org", "128.0.0.1", "[::2]", "localhost.example", "notlocalhost", "0.0.0.0"];
    let loopback = |host: &str| is_loopback(&format!("http://{host}/").parse().unwrap());
    assert_eq!(yes.map(loopback), [true; 8]);
    assert_eq!(no.map(loopback), [false; 6]);
}

#[tokio::test]
async fn json_is_read_only_when_it_is_called_json() {
    let answer = |kind: &str| {
        say(&format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: 7\r\n\r\n{{\"a\":1}}"))
    };
    for kind in ["application/json", "Application/JSON; charset=utf-8", "application/problem+json"] {
        let value: serde_json::Value = call(answer(kind)).await.unwrap().json().unwrap();
        assert_eq!(value["a"], 1, "{kind}");
    }
    for kind in ["text/html", "text/json+x", "application/jsonp"] {
        let read = call(answer(kind)).await.unwrap().json::<serde_json::Value>();
        assert_eq!(read, Err(DecodeError::NotCalledJson), "{kind}");
    }
}
