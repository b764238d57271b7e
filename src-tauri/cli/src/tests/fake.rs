//! A terminal, a machine and an engine that are written down.

use super::sample;
use crate::world::Answers;
use crate::world::Console;
use crate::world::Rehearsal;
use crate::world::Rehearsed;
use crate::world::World;
use async_trait::async_trait;
use seaworthy_control::Handler;
use seaworthy_control::Role;
use seaworthy_wire::*;
use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use tokio::sync::Notify;
use tokio::sync::mpsc;

type Override = Box<dyn Fn(&Request) -> Option<Result<Reply, Fault>> + Send + Sync>;

/// An engine that answers by rote and remembers what it was asked.
pub(crate) struct Engine {
    pub(crate) asked: Mutex<Vec<Request>>,
    pub(crate) release: Mutex<ReleaseView>,
    pub(crate) instead: Override,
    /// Pushed to whoever subscribes; then the stream stays open.
    pub(crate) feed: Mutex<Vec<Push>>,
    /// Pushed by a check.
    pub(crate) output: Vec<Push>,
    /// A check runs until it is cancelled.
    pub(crate) check_hangs: bool,
    pub(crate) cancelled: Notify,
}

impl Engine {
    pub(crate) fn of(view: ReleaseView) -> Self {
        Self {
            asked: Mutex::default(),
            release: Mutex::new(view),
            instead: Box::new(|_| None),
            feed: Mutex::default(),
            output: Vec::new(),
            check_hangs: false,
            cancelled: Notify::new(),
        }
    }

    pub(crate) fn refusing(fault: Fault, when: fn(&Request) -> bool) -> Self {
        let instead: Override = Box::new(move |request| when(request).then(|| Err(fault.clone())));
        Self { instead, ..Self::of(sample::release()) }
    }

    fn reply(&self, request: &Request) -> Reply {
        match request {
            Request::Approvals { .. } => Reply::Approvals(sample::approvals()),
            Request::Preview { .. } => Reply::Preview(sample::preview()),
            Request::Log { .. } => Reply::Events(sample::events()),
            Request::CheckLog { name, .. } => Reply::Log(CheckLog {
                check: name.clone(),
                run: "run-1".to_owned(),
                text: "\u{1b}[1mkept\u{1b}[0m\u{7}\r\n\n".to_owned(),
                dropped_bytes: 12,
            }),
            Request::Releases => Reply::Releases(vec![sample::card()]),
            Request::Doctor => Reply::Doctor(sample::doctor()),
            Request::Attention { .. } => Reply::Attention(sample::attention()),
            Request::TryNotice => Reply::Done,
            Request::AcceptRegression { .. } => Reply::Done,
            Request::Report { .. } => Reply::Report(ReportPage {
                file_name: "../up/r.html".to_owned(),
                html: "<p>r</p>".to_owned(),
                doubt: None,
            }),
            Request::PolicyCheck { .. } => Reply::PolicyFine(PolicySummary {
                title: "Sample release 3".to_owned(),
                digest: "ab".repeat(32),
                contents: vec!["3 gates".to_owned(), "9 criteria".to_owned()],
                warnings: None,
            }),
            _ => Reply::Release(Box::new(self.release.lock().unwrap().clone())),
        }
    }
}

#[async_trait]
impl Handler for Engine {
    async fn call(&self, request: Request, pushes: mpsc::Sender<Push>) -> Result<Reply, Fault> {
        self.asked.lock().unwrap().push(request.clone());
        if let Some(answer) = (self.instead)(&request) {
            return answer;
        }
        match &request {
            Request::Subscribe => {
                let feed = std::mem::take(&mut *self.feed.lock().unwrap());
                for push in feed {
                    drop(pushes.send(push).await);
                }
                std::future::pending::<()>().await;
            }
            Request::CancelCheck { .. } => self.cancelled.notify_one(),
            Request::Check { .. } => {
                for push in &self.output {
                    drop(pushes.send(push.clone()).await);
                }
                if self.check_hangs {
                    self.cancelled.notified().await;
                }
                self.release.lock().unwrap().checks = vec![sample::check("lint", State::Pass, "run-2")];
            }
            _ => {}
        }
        Ok(self.reply(&request))
    }
}

/// A machine with that engine.
pub(crate) struct Machine {
    pub(crate) home: tempfile::TempDir,
    pub(crate) engine: Arc<Engine>,
    pub(crate) roles: Mutex<Vec<Role>>,
    pub(crate) rehearsals: Mutex<Vec<Rehearsal>>,
}

impl Machine {
    pub(crate) fn with(engine: Engine) -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
            engine: Arc::new(engine),
            roles: Mutex::default(),
            rehearsals: Mutex::default(),
        }
    }

    pub(crate) fn asked(&self) -> Vec<Request> {
        self.engine.asked.lock().unwrap().clone()
    }

    pub(crate) fn was_moved(&self) -> bool {
        self.asked().iter().any(|request| matches!(request, Request::Move { .. }))
    }
}

#[async_trait]
impl World for Machine {
    fn home(&self) -> Result<PathBuf, Fault> {
        Ok(self.home.path().to_owned())
    }

    async fn engine(&self, _home: &Path, role: Role) -> Result<Arc<dyn Handler>, Fault> {
        self.roles.lock().unwrap().push(role);
        Ok(Arc::new(Lent(Arc::clone(&self.engine))))
    }

    async fn init(&self, folder: &Path) -> Result<PathBuf, Fault> {
        Ok(folder.join("seaworthy.toml"))
    }

    async fn verify(&self, _file: &Path, expected: Option<String>) -> Result<BundleView, Fault> {
        let standing = match expected.as_deref() {
            None => Standing::Unknown,
            Some("right-words") => Standing::Expected,
            Some(_) => Standing::Other,
        };
        Ok(sample::bundle(standing))
    }

    async fn evidence(
        &self,
        _file: &Path,
        digest: &str,
        expected: Option<String>,
    ) -> Result<EvidenceText, Fault> {
        let standing = if expected.is_some() { Standing::Expected } else { Standing::Unknown };
        let text = "1 test passed".to_owned();
        Ok(EvidenceText { standing, digest: digest.to_owned(), text, bytes: 20, dropped_bytes: 7 })
    }

    async fn rehearse(&self, plan: Rehearsal, pushes: mpsc::Sender<Push>) -> Result<Rehearsed, Fault> {
        self.rehearsals.lock().unwrap().push(plan.clone());
        let line = "Day 1".to_owned();
        drop(pushes.send(Push::Progress { release: None, line }).await);
        drop(pushes.send(Push::Release { view: Box::new(sample::release()) }).await);
        let report = plan.out.unwrap_or_else(|| PathBuf::from("r.html"));
        Ok(Rehearsed { view: Box::new(sample::over()), report })
    }
}

/// What was written, readable while and after a run.
#[derive(Clone, Default)]
pub(crate) struct Paper(Arc<Mutex<Vec<u8>>>);

impl Paper {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A reader that has left.
pub(crate) struct Left;

impl Write for Left {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Typed(Option<&'static str>);

#[async_trait]
impl Answers for Typed {
    async fn line(&mut self) -> Option<String> {
        self.0.take().map(str::to_owned)
    }

    async fn secret(&mut self) -> Option<Secret> {
        self.0.take().map(|typed| Secret::new(typed.into()))
    }

    async fn piped(&mut self) -> Option<Secret> {
        self.0.take().map(|typed| Secret::new(typed.into()))
    }
}

/// A terminal before a command is typed.
pub(crate) struct Terminal {
    pub(crate) out: Paper,
    pub(crate) err: Paper,
    pub(crate) interrupt: mpsc::Sender<()>,
    pub(crate) console: Console,
}

/// Not a terminal: a script reads.
pub(crate) fn script() -> Terminal {
    let (out, err) = (Paper::default(), Paper::default());
    let (interrupt, interrupts) = mpsc::channel(1);
    let console = Console {
        out: Box::new(out.clone()),
        err: Box::new(err.clone()),
        answers: Box::new(Typed(None)),
        interrupts,
        can_ask: false,
        live: None,
        colour: false,
        colour_err: false,
        zone: chrono_tz::Europe::Berlin,
    };
    Terminal { out, err, interrupt, console }
}

/// A person who will type this when asked.
pub(crate) fn person(answer: &'static str) -> Terminal {
    let mut terminal = script();
    terminal.console.answers = Box::new(Typed(Some(answer)));
    terminal.console.can_ask = true;
    terminal
}

/// How a command ended.
pub(crate) struct Ended {
    pub(crate) code: u8,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    pub(crate) fn lines(&self) -> Vec<serde_json::Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// Types a command.
pub(crate) async fn run(machine: &Machine, terminal: Terminal, words: &str) -> Ended {
    let typed = std::iter::once("seaworthy").chain(words.split_whitespace()).map(Into::into).collect();
    let code = crate::run(typed, machine, terminal.console).await;
    Ended { code, out: terminal.out.text(), err: terminal.err.text() }
}

/// A door waits until nobody holds its engine any more; the test goes on holding what is behind this.
pub(crate) struct Lent(pub(crate) Arc<Engine>);

#[async_trait]
impl Handler for Lent {
    async fn call(&self, request: Request, pushes: mpsc::Sender<Push>) -> Result<Reply, Fault> {
        self.0.call(request, pushes).await
    }
}
