//! The small platform that runs the sample's versions, and its admin port.

use serde_json::Value;
use serde_json::json;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

/// A running platform; it ends with this value, and its services with it.
#[derive(Debug)]
pub struct Platform {
    child: Child,
    ports: Value,
}

/// A change that took effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutation {
    /// `deploy`, `share` or `rollback`.
    pub what: String,
    /// Operation it came with.
    pub operation: String,
    /// Where.
    pub environment: String,
    /// Which deployment.
    pub deployment: String,
    /// Share given, in percent.
    pub share: Option<u64>,
    /// Where traffic went back to.
    pub to: Option<String>,
}

impl Platform {
    /// Starts the platform of the project in `folder`; its state lies in `state`.
    ///
    /// # Panics
    /// When node is missing or the platform does not start.
    pub fn start(folder: &Path, state: &Path) -> Self {
        let mut child = Command::new("node")
            .arg("platform.mjs")
            .arg(state)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("its output is ours");
        BufReader::new(out).read_line(&mut line).expect("the platform speaks");
        let ports = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        Self { child, ports }
    }

    /// Address that serves `environment`, or `admin`.
    pub fn url(&self, environment: &str) -> String {
        format!("http://127.0.0.1:{}", self.ports[environment])
    }

    /// Asks the admin port.
    ///
    /// # Panics
    /// When it refuses.
    pub fn ask(&self, path: &str, body: &Value) -> Value {
        let (status, answer) = self.request("admin", path, &[], Some(&body.to_string()));
        assert_eq!(status, 200, "{path}: {answer}");
        serde_json::from_str(&answer).expect("the platform answers in JSON")
    }

    /// A visitor's request to `environment`: status and body.
    pub fn visit(&self, environment: &str, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
        self.request(environment, path, headers, None)
    }

    fn request(&self, port: &str, path: &str, headers: &[(&str, &str)], body: Option<&str>) -> (u16, String) {
        let number = u16::try_from(self.ports[port].as_u64().expect("a known port")).expect("a port");
        let mut stream = TcpStream::connect(("127.0.0.1", number)).expect("the platform listens");
        let (method, body) = body.map_or(("GET", ""), |body| ("POST", body));
        let mut text = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n");
        for (name, value) in headers {
            text += &format!("{name}: {value}\r\n");
        }
        text += &format!("content-length: {}\r\n\r\n{body}", body.len());
        stream.write_all(text.as_bytes()).expect("the request is sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("the answer comes");
        let answer = String::from_utf8_lossy(&answer);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        (status, unchunked(head, body))
    }

    /// Everything that took effect, oldest first, without what the sample itself placed.
    pub fn log(&self) -> Vec<Mutation> {
        let answer = self.ask("/log", &json!({}));
        let rows = answer["log"].as_array().cloned().unwrap_or_default();
        let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
        rows.iter()
            .filter(|row| row["operation"] != "sample")
            .map(|row| Mutation {
                what: text(row, "what"),
                operation: text(row, "operation"),
                environment: text(row, "environment"),
                deployment: text(row, "deployment"),
                share: row["share"].as_u64(),
                to: row["to"].as_str().map(str::to_owned),
            })
            .collect()
    }

    /// Calls that arrived and did nothing yet.
    pub fn pending(&self) -> u64 {
        self.ask("/log", &json!({}))["pending"].as_u64().unwrap_or(0)
    }

    /// Deployments of an environment with their share in percent.
    pub fn shares(&self, environment: &str) -> Vec<(String, u64)> {
        let answer = self.request("admin", &format!("/observe?environment={environment}"), &[], None).1;
        let answer: Value = serde_json::from_str(&answer).expect("the platform answers in JSON");
        let rows = answer["deployments"].as_array().cloned().unwrap_or_default();
        rows.iter()
            .map(|row| {
                let share = row["share"].as_str().and_then(|share| share.parse().ok()).unwrap_or(u64::MAX);
                (row["id"].as_str().unwrap_or_default().to_owned(), share)
            })
            .collect()
    }

    /// Makes the newest deployment of production suffer: `errors_percent`, `latency_ms`, `html`, `redirect`.
    ///
    /// # Panics
    /// When nothing is deployed.
    pub fn afflict(&self, fault: &Value) {
        let (deployment, _) = self.shares("production").pop().expect("something is deployed");
        let mut fault = fault.clone();
        fault["deployment"] = json!(deployment);
        self.ask("/fault", &fault);
    }

    /// Ends the newest deployment of production, as a crash does.
    ///
    /// # Panics
    /// When nothing is deployed.
    pub fn stop_newest(&self) {
        let (deployment, _) = self.shares("production").pop().expect("something is deployed");
        self.ask("/stop", &json!({ "deployment": deployment }));
    }

    /// Ends every fault.
    pub fn heal(&self) {
        self.ask("/fault", &json!({}));
    }

    /// Trouble with the next call of `what`: `deploy`, `share`, `rollback` or `observe`. `how` is `refuse` (nothing
    /// happens), `fail` (it happens, the script ends with 1), `hang`, `fork` (a process is left behind), `before` or
    /// `after` (it happens `ms` later, or is answered `ms` later).
    pub fn trouble(&self, what: &str, how: &str, ms: u32) {
        self.ask("/trouble", &json!({ "what": what, "how": how, "ms": ms }));
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        // Its services notice that it is gone and end by themselves.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Bodies are short here, so only the simple form of chunks is read.
fn unchunked(head: &str, body: &str) -> String {
    if !head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
        return body.to_owned();
    }
    let mut rest = body;
    let mut whole = String::new();
    while let Some((size, after)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
        let Some(piece) = after.get(..size).filter(|_| size > 0) else { break };
        whole.push_str(piece);
        rest = after.get(size + 2..).unwrap_or("");
    }
    whole
}
