//! One window on a display, a session bus and a home of its own. Everything ends with the value.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::key::Key;
use fantoccini::wd::{TimeoutConfiguration, WindowHandle};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Looks for something that has to come, and the pause between two. Only a failure takes them all.
const LOOKS_MAX: u32 = 1_800;
const PAUSE: Duration = Duration::from_millis(100);
/// Places where Tab stops, looked through before one is missing.
const STOPS_MAX: u32 = 80;
/// Time a script may wait for its answer, and a command for a page that is loading. The driver's own patience with a
/// window that just opened is five minutes.
const SCRIPT_MAX: Duration = Duration::from_secs(60);
const LOADING_MAX: Duration = Duration::from_secs(3);
/// Size of the display; pictures have it.
const DISPLAY: &str = "1440x900x24";
/// Where the interface's own packages have the accessibility rules.
const AXE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/ui/node_modules/axe-core/axe.min.js");

/// A process that ends with the value.
struct Helper(Child);

impl Drop for Helper {
    fn drop(&mut self) {
        // One that has ended already is what is wanted.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The window under test. Fields are dropped in order: the page before the display.
pub(crate) struct Screen {
    pub(crate) page: Client,
    main: WindowHandle,
    /// Where its session is, for a second start.
    session: [(&'static str, String); 4],
    _driver: Helper,
    _bus: Helper,
    _display: Helper,
    home: TempDir,
}

impl Screen {
    /// Starts the window with `arguments` and its data in a folder of its own.
    pub(crate) async fn open(arguments: &[&str]) -> Self {
        let home = tempfile::tempdir().expect("temp dir");
        let (display, number) =
            serving("Xvfb", &["-displayfd", "1", "-screen", "0", DISPLAY, "-nolisten", "tcp"]);
        let bus = ["--session", "--nofork", "--nopidfile", "--print-address=1"];
        let (bus, address) = serving("dbus-daemon", &bus);
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|taken| taken.local_addr()).expect("a port").port();
        let runtime = home.path().join("runtime");
        private_folder(&runtime);
        let session = [
            ("DISPLAY", format!(":{number}")),
            ("DBUS_SESSION_BUS_ADDRESS", address),
            ("XDG_RUNTIME_DIR", runtime.display().to_string()),
            ("HOME", home.path().display().to_string()),
        ];
        let driver = Command::new("WebKitWebDriver")
            .args(["--host=127.0.0.1", &format!("--port={port}")])
            .envs(session.iter().map(|(name, value)| (*name, value.as_str())))
            .env("SEAWORTHY_HOME", home.path().join("data"))
            .env("LANG", "C.UTF-8")
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
            .env_remove("WAYLAND_DISPLAY")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map(Helper)
            .expect("WebKitWebDriver is installed");
        let page = connect(port, arguments).await;
        let main = page.window().await.expect("the main window");
        Self { page, main, session, _driver: driver, _bus: bus, _display: display, home }
    }

    /// The data directory of the window.
    pub(crate) fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// Starts the program once more beside the window, as a notice does, and gives how that ended.
    pub(crate) fn start_again(&self, arguments: &[&str]) -> std::process::ExitStatus {
        Command::new(env!("CARGO_BIN_EXE_seaworthy-app"))
            .arg("--home")
            .arg(self.data())
            .args(arguments)
            .envs(self.session.iter().map(|(name, value)| (*name, value.as_str())))
            .env("LANG", "C.UTF-8")
            .env_remove("WAYLAND_DISPLAY")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("the program starts")
    }

    /// Waits until the page is at an address.
    pub(crate) async fn is_at(&self, hash: &str) {
        self.wait(hash, "return location.hash === arguments[0] || null;", vec![hash.into()]).await;
    }

    /// Asks a command of the window from its own page.
    pub(crate) async fn invoke(&self, command: &str, arguments: Value) -> Result<Value, Value> {
        const SCRIPT: &str = "const [command, values, done] = arguments; \
            window.__TAURI_INTERNALS__.invoke(command, values).then((ok) => done({ ok }), (error) => done({ error }));";
        let mut answer =
            self.page.execute_async(SCRIPT, vec![json!(command), arguments]).await.expect("a script runs");
        match answer.get_mut("error") {
            Some(error) => Err(error.take()),
            None => Ok(answer["ok"].take()),
        }
    }

    /// Waits until the page shows `text`.
    pub(crate) async fn shows(&self, text: &str) {
        let mut seen = String::new();
        for _ in 0..LOOKS_MAX {
            seen = self.text().await;

            if seen.contains(text) {
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
        self.keep("missing").await;
        panic!("waited in vain for {text:?}; the page shows:\n{seen}");
    }

    /// Waits until the page does not show `text` any more.
    pub(crate) async fn shows_no(&self, text: &str) {
        const GONE: &str = "return !document.body.innerText.includes(arguments[0]);";
        self.wait(text, GONE, vec![json!(text)]).await;
    }

    /// Everything that can be read on the page. The driver's own answer leaves out what a layout cuts off.
    pub(crate) async fn text(&self) -> String {
        let read = self.page.execute("return document.body?.innerText;", Vec::new()).await;
        read.ok().and_then(|text| text.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// Waits for the window of a question and goes there.
    pub(crate) async fn to_question(&self) {
        self.switch("the confirming window", |known| {
            known.iter().find(|handle| **handle != self.main).cloned()
        })
        .await;
    }

    /// Waits until the main window is alone and goes there, with every key up: the ones that answered may have been
    /// down when their window closed.
    pub(crate) async fn to_main(&self) {
        self.switch("the end of the question", |known| (known.len() == 1).then(|| self.main.clone())).await;
        self.page.release_actions().await.expect("keys are released");
    }

    async fn switch(&self, what: &str, choose: impl Fn(&[WindowHandle]) -> Option<WindowHandle>) {
        for _ in 0..LOOKS_MAX {
            let known = self.page.windows().await.expect("windows");

            if let Some(chosen) = choose(&known) {
                return self.page.switch_to_window(chosen).await.expect("it is there");
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("waited in vain for {what}");
    }

    /// Presses keys together, such as `[Control, Enter]`. They may close the window.
    pub(crate) async fn press(&self, keys: &[Key]) {
        let down = keys.iter().map(|key| KeyAction::Down { value: (*key).into() });
        let up = keys.iter().rev().map(|key| KeyAction::Up { value: (*key).into() });
        let actions = down.chain(up).fold(KeyActions::new("keyboard".to_owned()), KeyActions::then);
        match self.page.perform_actions(actions).await {
            // A key that went down closed the window before it came up.
            Err(error) if error.is_no_such_window() => {}
            pressed => pressed.expect("keys are pressed"),
        }
    }

    /// Presses a sign while a key is held.
    pub(crate) async fn chord(&self, held: Key, sign: char) {
        let held = char::from(held);
        let strokes = [
            KeyAction::Down { value: held },
            KeyAction::Down { value: sign },
            KeyAction::Up { value: sign },
            KeyAction::Up { value: held },
        ];
        let actions = strokes.into_iter().fold(KeyActions::new("keyboard".to_owned()), KeyActions::then);
        self.page.perform_actions(actions).await.expect("keys are pressed");
    }

    /// Types `text`, key by key.
    pub(crate) async fn write(&self, text: &str) {
        let strokes = text.chars().flat_map(|value| [KeyAction::Down { value }, KeyAction::Up { value }]);
        let actions = strokes.fold(KeyActions::new("keyboard".to_owned()), KeyActions::then);
        self.page.perform_actions(actions).await.expect("keys are pressed");
    }

    /// Begins an act of the readiness screen by its digit.
    pub(crate) async fn begin(&self, title: &str) {
        const FIND: &str = "return 1 + [...document.querySelectorAll('ol > li')].findIndex(\
            (one) => one.textContent.includes(arguments[0]) && one.querySelector('button'));";
        let place = self.wait(title, FIND, vec![json!(title)]).await;
        self.write(&place.to_string()).await;
    }

    /// Presses Tab until something that matches `selector` has the focus.
    pub(crate) async fn tab_to(&self, selector: &str) {
        const THERE: &str = "return document.activeElement.matches(arguments[0]);";
        for _ in 0..STOPS_MAX {
            let there = self.page.execute(THERE, vec![json!(selector)]).await.expect("a script runs");
            if there == json!(true) {
                return;
            }
            self.press(&[Key::Tab]).await;
        }
        panic!("Tab does not lead to {selector}");
    }

    /// Waits until something that matches `selector` has the focus.
    pub(crate) async fn has_focus(&self, selector: &str) {
        self.wait(selector, "return document.activeElement.matches(arguments[0]);", vec![json!(selector)])
            .await;
    }

    /// Waits until nothing matches `selector`.
    pub(crate) async fn lacks(&self, selector: &str) {
        self.wait(selector, "return !document.querySelector(arguments[0]);", vec![json!(selector)]).await;
    }

    /// Waits until a script of the page returns something that is true.
    pub(crate) async fn wait(&self, what: &str, script: &str, arguments: Vec<Value>) -> Value {
        for _ in 0..LOOKS_MAX {
            let found = self.page.execute(script, arguments.clone()).await.expect("a script runs");

            if !matches!(found, Value::Null | Value::Bool(false)) && found != json!(0) {
                return found;
            }
            tokio::time::sleep(PAUSE).await;
        }
        self.keep("missing").await;
        panic!("waited in vain for {what}; the page shows:\n{}", self.text().await);
    }

    /// Problems that axe finds on the page, one line each.
    pub(crate) async fn axe(&self) -> Vec<String> {
        const RUN: &str = "const done = arguments[0]; axe.run().then((result) => \
            done(result.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)}`))), \
            (error) => done([String(error)]));";
        let rules = std::fs::read_to_string(AXE).expect("the interface's packages are installed");
        self.page.execute(&rules, Vec::new()).await.expect("axe loads");
        let found = self.page.execute_async(RUN, Vec::new()).await.expect("axe runs");
        serde_json::from_value(found).expect("lines")
    }

    /// Keeps a picture of the page.
    pub(crate) async fn keep(&self, name: &str) {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("window");
        std::fs::create_dir_all(&folder).expect("a folder for pictures");
        // The driver takes the picture when the page is drawn next, and a page at rest is not drawn.
        const STIR: &str = "const body = document.body.style; let turn = 0; const stir = setInterval(() => { \
            body.opacity = ++turn % 2 ? '0.999' : ''; if (turn >= 100) clearInterval(stir); }, 20);";
        self.page.execute(STIR, Vec::new()).await.expect("a script runs");
        let picture = self.page.screenshot().await.expect("a picture");
        std::fs::write(folder.join(format!("{name}.png")), picture).expect("written");
    }
}

/// Starts a program that prints one line when it is ready, and gives that line.
fn serving(program: &str, arguments: &[&str]) -> (Helper, String) {
    let mut child = Command::new(program)
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map(Helper)
        .unwrap_or_else(|error| panic!("{program} does not start: {error}"));
    let output = child.0.stdout.take().expect("it is piped");
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line).expect("readable");
    assert!(!line.is_empty(), "{program} ended before it was ready");
    (child, line.trim().to_owned())
}

async fn connect(port: u16, arguments: &[&str]) -> Client {
    let options = json!({ "binary": env!("CARGO_BIN_EXE_seaworthy-app"), "args": arguments });
    let wanted = serde_json::from_value(json!({ "webkitgtk:browserOptions": options })).expect("a map");
    let mut builder = ClientBuilder::new(HttpConnector::new());
    builder.capabilities(wanted);
    let address = format!("http://127.0.0.1:{port}");
    for _ in 0..LOOKS_MAX {
        if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            let page = builder.connect(&address).await.expect("the window opens");
            let limits = TimeoutConfiguration::new(Some(SCRIPT_MAX), Some(LOADING_MAX), None);
            page.update_timeouts(limits).await.expect("limits are set");
            return page;
        }
        tokio::time::sleep(PAUSE).await;
    }
    panic!("WebKitWebDriver does not answer");
}

/// The session's runtime folder is refused unless it is its owner's alone.
fn private_folder(path: &Path) {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    std::fs::DirBuilder::new().mode(0o700).create(path).expect("a folder");
    assert_eq!(std::fs::metadata(path).expect("readable").permissions().mode() & 0o777, 0o700);
}
