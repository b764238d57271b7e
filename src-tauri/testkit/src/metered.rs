//! A real Prometheus that scrapes one target of the test's own every second.

use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::thread;
use std::time::Duration;

/// The longest a scrape may keep the target waiting.
const PATIENCE: Duration = Duration::from_secs(5);

/// A running Prometheus; it ends with this value.
#[derive(Debug)]
pub struct Metered {
    server: Child,
    base: String,
    lines: Arc<Mutex<String>>,
    _directory: tempfile::TempDir,
}

impl Metered {
    /// Starts one with alerting rules as YAML, or without any; `None` where there is no Prometheus.
    ///
    /// # Panics
    /// When loopback or the disk refuse.
    pub fn start(rules: Option<&str>) -> Option<Self> {
        let lines = Arc::new(Mutex::new(String::new()));
        let target = expose(lines.clone());
        let directory = tempfile::tempdir().expect("a folder");
        let rules = rules.map(|rules| {
            std::fs::write(directory.path().join("rules.yml"), rules).expect("the rules can be written");
            "rule_files: [ rules.yml ]\n"
        });
        let config = format!(
            "global: {{ scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }}\n{}scrape_configs:\n  \
             - job_name: shop\n    static_configs: [ {{ targets: [ '{target}' ] }} ]\n",
            rules.unwrap_or_default()
        );
        std::fs::write(directory.path().join("prometheus.yml"), config).expect("the settings can be written");
        let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its number").port();
        let server = serve(directory.path(), port)?;
        Some(Self { server, base: format!("http://127.0.0.1:{port}"), lines, _directory: directory })
    }

    /// Where it answers.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// What its target says from now on, in the text format of metrics; nothing at all makes the target fail.
    pub fn say(&self, lines: &str) {
        lines.clone_into(&mut self.lines.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Drop for Metered {
    fn drop(&mut self) {
        let _gone_already = self.server.kill();
        let _reaped = self.server.wait();
    }
}

fn serve(directory: &Path, port: u16) -> Option<Child> {
    let started = Command::new("prometheus")
        .arg(format!("--config.file={}", directory.join("prometheus.yml").display()))
        .arg(format!("--storage.tsdb.path={}", directory.join("data").display()))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    started.ok()
}

/// Serves `lines` to whoever asks, and gives the address.
fn expose(lines: Arc<Mutex<String>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its number").to_string();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let _without_patience_at_worst = stream.set_read_timeout(Some(PATIENCE));
            let mut head = [0; 4096];
            let _whatever_was_asked = stream.read(&mut head);
            let body = lines.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let status = if body.is_empty() { "503 Nothing" } else { "200 OK" };
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-type: text/plain; version=0.0.4\r\nconnection: close\r\n\
                 content-length: {}\r\n\r\n{body}",
                body.len()
            );
            let _asked_again_in_a_second = stream.write_all(answer.as_bytes());
        }
    });
    address
}
