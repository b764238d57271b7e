//! A server of one connection a request: it answers by script, writes down what it was asked, and can hang up.

use serde_json::Value;
use serde_json::json;
use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::net::TcpStream;

/// What is answered to one request.
#[derive(Clone, Debug)]
pub(super) enum Reply {
    Json(u16, Value),
    /// Status, content type, body.
    Page(u16, &'static str, String),
    /// A status line and headers of the test's own.
    Raw(String),
    /// The connection ends without a byte.
    Cut,
    /// A body of this many bytes that is announced and sent.
    Huge(usize),
}

/// One request as it came.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// `POST /v13/deployments`.
    pub(super) call: String,
    /// What followed `?`.
    pub(super) query: String,
    /// Head, with its token.
    pub(super) head: String,
    pub(super) body: Vec<u8>,
}

impl Asked {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    pub(super) fn header(&self, name: &str) -> Option<String> {
        let line = self.head.lines().find(|l| l.to_ascii_lowercase().starts_with(&format!("{name}: ")))?;
        Some(line.split_once(": ")?.1.to_owned())
    }
}

#[derive(Default)]
struct Script {
    replies: BTreeMap<String, VecDeque<Reply>>,
    asked: Vec<Asked>,
}

#[derive(Clone)]
pub(super) struct Fake {
    pub(super) origin: String,
    script: Arc<Mutex<Script>>,
}

impl Fake {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let fake = Self { origin, script: Arc::default() };
        let serving = fake.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let fake = serving.clone();
                tokio::spawn(async move { fake.serve(stream).await });
            }
        });
        fake
    }

    /// Answers `call` with these, one after another; the last one again and again.
    pub(super) fn on(&self, call: &str, replies: impl IntoIterator<Item = Reply>) -> &Self {
        self.script.lock().unwrap().replies.insert(call.to_owned(), replies.into_iter().collect());
        self
    }

    pub(super) fn json(&self, call: &str, body: Value) -> &Self {
        self.on(call, [Reply::Json(200, body)])
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.script.lock().unwrap().asked.clone()
    }

    /// What was asked that changes something, uploads aside.
    pub(super) fn changes(&self) -> Vec<Asked> {
        let change = |asked: &Asked| !asked.call.starts_with("GET") && asked.call != "POST /v2/files";
        self.asked().into_iter().filter(change).collect()
    }

    pub(super) fn times(&self, call: &str) -> usize {
        self.asked().iter().filter(|asked| asked.call == call).count()
    }

    async fn serve(&self, mut stream: TcpStream) {
        let Some(asked) = read(&mut stream).await else { return };
        let reply = {
            let mut script = self.script.lock().unwrap();
            let queue = script.replies.get_mut(&asked.call);
            let reply = queue
                .and_then(|queue| if queue.len() > 1 { queue.pop_front() } else { queue.front().cloned() });
            let unknown =
                json!({ "error": { "code": "not_found", "message": format!("no {}", asked.call) } });
            script.asked.push(asked);
            reply.unwrap_or(Reply::Json(404, unknown))
        };
        // A client that went away is no failure of the fake.
        let _ = write(&mut stream, reply).await;
        let _ = stream.shutdown().await;
    }
}

async fn read(stream: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().ok())?
    });
    let mut body = bytes.split_off(head_end + 4);
    while body.len() < length.unwrap_or(0) {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    let mut words = head.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    Some(Asked { call: format!("{method} {path}"), query: query.to_owned(), head, body })
}

async fn write(stream: &mut TcpStream, reply: Reply) -> std::io::Result<()> {
    let page = |status: u16, kind: &str, body: &str| {
        let length = body.len();
        format!(
            "HTTP/1.1 {status} x\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        )
    };
    match reply {
        Reply::Json(status, body) => {
            stream
                .write_all(page(status, "application/json; charset=utf-8", &body.to_string()).as_bytes())
                .await
        }
        Reply::Page(status, kind, body) => stream.write_all(page(status, kind, &body).as_bytes()).await,
        Reply::Raw(text) => stream.write_all(text.as_bytes()).await,
        Reply::Cut => Ok(()),
        Reply::Huge(bytes) => {
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {bytes}\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).await?;
            let piece = vec![b' '; 1024 * 1024];
            for _ in 0..bytes / piece.len() {
                stream.write_all(&piece).await?;
            }
            Ok(())
        }
    }
}
