//! A token from the terminal into a real keychain, through a whole release at a hosted provider, and to nowhere else.

use seaworthy_practice::Call;
use seaworthy_practice::Trouble;
use seaworthy_practice::What;
use seaworthy_testkit::Canary;
use seaworthy_testkit::Ended;
use seaworthy_testkit::HOSTED;
use seaworthy_testkit::Hosted;
use seaworthy_testkit::eventually;
use secrecy::ExposeSecret;
use serde_json::Value;
use std::io::Read;
use std::net::TcpListener;
use std::process::Child;
use std::process::Stdio;
use std::time::Duration;

/// Redirects that wait for one kind of call.
const REDIRECTS: usize = 20;

/// A hosted project, and everything that was ever shown of it.
struct Journey {
    hosted: Hosted,
    canary: Canary,
    shown: Vec<String>,
}

impl Journey {
    fn start(seed: u64) -> Option<Self> {
        let hosted = Hosted::start(seed)?;
        let canary = Canary::new(hosted.practice.token().expose_secret());
        Some(Self { hosted, canary, shown: Vec::new() })
    }

    fn keep(&mut self, ended: Ended) -> Ended {
        self.shown.push(format!("{:?}{}", ended.lines, ended.errors));
        ended
    }

    fn run(&mut self, arguments: &[&str]) -> Ended {
        let ended = self.hosted.cli().run(arguments);
        self.keep(ended)
    }

    fn forward(&mut self, arguments: &[&str]) -> Ended {
        let ended = self.hosted.cli().forward(arguments);
        self.keep(ended)
    }

    fn connect(&mut self, more: &[&str]) -> Ended {
        let ended = self.hosted.connect(more);
        self.keep(ended)
    }

    /// Up to a candidate in staging.
    fn stage(&mut self) {
        self.run(&["open", "1.1.0"]).ok(0);
        self.run(&["freeze"]).ok(0);
        self.run(&["candidate"]).ok(0);
        self.run(&["approve", "--all", "--yes"]).ok(0);
        self.run(&["check"]).ok(0);
        self.forward(&["deploy", "--env", "staging"]).ok(0);
    }

    /// Waits, and looks at the processes of the watch meanwhile.
    fn until(&self, what: &str, watch: &Child, done: impl Fn(&Value) -> bool) {
        eventually(what, || {
            for name in ["cmdline", "environ"] {
                let file = format!("/proc/{}/{name}", watch.id());
                self.canary.absent(&file, &std::fs::read(&file).unwrap_or_default());
            }
            std::thread::sleep(Duration::from_millis(300));
            done(self.hosted.cli().run(&["status"]).data()).then_some(())
        });
    }

    /// As a person ends it, so that what it saw is sealed.
    fn ended(&mut self, child: Child) {
        // By now it may have ended by itself.
        let _gone_already =
            std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
        self.heard(child);
    }

    /// Without a word, at any instruction.
    fn killed(&mut self, mut child: Child) {
        child.kill().unwrap();
        self.heard(child);
    }

    fn heard(&mut self, mut child: Child) {
        let mut said = String::new();
        child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        let _reaped = child.wait();
        self.shown.push(said);
    }

    /// How many entries the keychain has.
    fn entries(&self) -> usize {
        let mut search = self.hosted.keychain.command("gdbus");
        let destination = ["call", "--session", "--dest", "org.freedesktop.secrets"];
        let object = ["--object-path", "/org/freedesktop/secrets"];
        let method = ["--method", "org.freedesktop.Secret.Service.SearchItems", "{}"];
        let found = search.args(destination).args(object).args(method).output().unwrap();
        String::from_utf8_lossy(&found.stdout).matches("/org/freedesktop/secrets/").count()
    }

    /// Nothing of the token is left anywhere but in the keychain, whose file is encrypted.
    fn nothing_is_left(&self) {
        let files = self.canary.absent_below(&self.hosted.folder());
        assert!(files > 20, "the search found only {files} files");
        for file in ["home/ledger.db", "home/logs/seaworthy.log"] {
            assert!(self.hosted.folder().join(file).is_file(), "{file} is not where it is searched for");
        }
        for said in &self.shown {
            self.canary.absent("the terminal", said.as_bytes());
        }
    }
}

fn soaked(view: &Value) -> bool {
    let rollout = &view["rollout"];
    rollout["decision"]["state"] == "pass" && rollout["guardrails"][0]["state"] == "pass"
}

fn words(ended: &Ended) -> String {
    ended.data()["message"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_token_goes_through_a_whole_release_and_is_found_nowhere() {
    let Some(mut journey) = Journey::start(11) else { return };
    journey.connect(&[]).ok(0);
    journey.stage();
    journey.forward(&["deploy"]).ok(0);
    journey.forward(&["advance"]).ok(0);
    let watch = journey.hosted.watch();
    journey.until("the first soak", &watch, soaked);
    // Somebody looks closely at the evidence, where the surroundings of the check were printed.
    let kept = journey.run(&["check", "--log", "surroundings"]);
    assert!(format!("{:?}", kept.lines).contains("SEAWORTHY_RUN_ID"), "{:?}", kept.lines);
    journey.hosted.break_newest();
    journey.until("the rollback", &watch, |view| view["head"]["rolled_back"] == true);
    journey.ended(watch);
    let standing = journey.hosted.practice.standing(HOSTED).unwrap();
    assert_eq!((standing.shares.len(), standing.auto_assign), (1, false));

    journey.hosted.repository.write("dist/index.html", "ahoy again");
    journey.hosted.repository.commit("Mend");
    journey.run(&["candidate"]).ok(0);
    journey.run(&["check"]).ok(0);
    journey.forward(&["deploy", "--env", "staging"]).ok(0);
    journey.forward(&["deploy"]).ok(0);
    journey.forward(&["advance"]).ok(0);
    for stage in ["the first soak", "the second soak"] {
        let watch = journey.hosted.watch();
        journey.until(stage, &watch, soaked);
        journey.forward(&["advance"]).ok(0);
        journey.ended(watch);
    }
    let watch = journey.hosted.watch();
    journey.until("the watch", &watch, |view| view["rollout"]["watches"][0]["state"] == "pass");
    journey.run(&["close", "--summary", "Well"]).ok(0);
    journey.ended(watch);
    let report = journey.hosted.folder().join("report.html");
    journey.run(&["report", "--out", &report.to_string_lossy()]).ok(0);
    journey.run(&["log", "--limit", "1000"]).ok(0);
    journey.run(&["doctor"]).ok(0);
    let effects = journey.hosted.practice.effects();
    let count = |what| effects.iter().filter(|effect| effect.what == what).count();
    let counts = [What::Created, What::Started, What::Advanced, What::Completed, What::RolledBack].map(count);
    assert_eq!(counts, [2, 2, 1, 1, 1]);
    journey.nothing_is_left();
}

#[test]
fn a_connection_lives_and_ends_in_the_keychain() {
    let Some(mut journey) = Journey::start(12) else { return };
    let url = journey.hosted.practice.url();
    let typed = journey.hosted.cli().type_into(&["connect", "vercel", "--stdin"], "not-yet-a-token\n");
    assert_eq!(typed.code, Some(4), "plain http wants a word of its own: {}", typed.errors);
    let made = journey.connect(&[]);
    let made = made.ok(0);
    assert_eq!((&made["origin"], &made["store"]), (&Value::from(url), &Value::from("keychain")));
    assert!(made["identity"].as_str().unwrap().contains("practice-harbor-crew"), "{made}");
    let tested = journey.run(&["connect", "vercel", "--test"]);
    assert_eq!(tested.ok(0)["state"], "pass");
    assert_eq!(journey.connect(&["--rotate"]).code, Some(2), "what is pinned needs no flag");
    let token = format!("{}\n", journey.hosted.practice.token().expose_secret());
    let rotated = journey.hosted.cli().type_into(&["connect", "vercel", "--rotate", "--stdin"], &token);
    journey.keep(rotated).ok(0);
    let listed = journey.run(&["connect", "--list"]);
    assert_eq!(listed.ok(0)["connections"][0]["name"], "vercel");

    journey.hosted.practice.revoke(true);
    let revoked = journey.run(&["connect", "vercel", "--test"]);
    assert_eq!(revoked.code, Some(5), "{:?}", revoked.lines);
    let doctor = journey.run(&["doctor"]);
    let lines = doctor.ok(0)["lines"].as_array().unwrap().clone();
    assert!(lines.iter().any(|line| line["what"] == "keychain" && line["state"] == "pass"), "{lines:?}");

    let before = journey.entries();
    journey.run(&["connect", "vercel", "--remove", "--yes"]).ok(0);
    // The device's own key stays where it is.
    assert_eq!(journey.entries(), before - 1);
    let log = journey.run(&["log"]);
    let text = format!("{:?}", log.lines);
    for kind in ["connection.made", "connection.rotated", "connection.tested", "connection.removed"] {
        assert!(text.contains(kind), "{kind} is missing in {text}");
    }
    journey.nothing_is_left();
}

#[test]
fn a_policy_that_names_another_origin_is_refused_until_it_is_connected_again() {
    let Some(mut journey) = Journey::start(13) else { return };
    let url = journey.hosted.practice.url();
    journey.connect(&[]).ok(0);
    journey.run(&["open", "1.1.0"]).ok(0);
    let elsewhere = Elsewhere::start();
    journey.hosted.policy(&elsewhere.origin);
    journey.hosted.repository.commit("Another origin");
    let refused = journey.run(&["freeze"]);
    assert_eq!(refused.code, Some(4));
    let said = words(&refused);
    assert!(said.contains(&elsewhere.origin) && said.contains(&url), "{said}");
    let opened = journey.run(&["open", "1.2.0"]);
    assert_eq!(opened.code, Some(4), "{:?}", opened.lines);
    let anew = journey.connect(&[]);
    assert_eq!(anew.code, Some(4), "another origin takes the place of none unseen: {:?}", anew.lines);
    elsewhere.heard_nothing();
    journey.hosted.policy(&url);
    journey.run(&["freeze"]).ok(0);
    journey.nothing_is_left();
}

#[test]
fn a_kill_in_the_middle_leaves_no_token_behind() {
    let Some(mut journey) = Journey::start(14) else { return };
    journey.connect(&[]).ok(0);
    let token = format!("{}\n", journey.hosted.practice.token().expose_secret());
    for call in [Call::User, Call::Teams] {
        journey.hosted.practice.trouble(call, Trouble::Silent);
        let calls = journey.hosted.practice.calls().len();
        let mut command =
            journey.hosted.cli().command(&["--json", "connect", "vercel", "--rotate", "--stdin"]);
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), token.as_bytes()).unwrap();
        journey.arrived(call, calls);
        journey.killed(child);
        journey.hosted.practice.heal();
    }
    journey.nothing_is_left();
    journey.run(&["connect", "vercel", "--test"]).ok(0);
    // The same in the middle of a step, with the token opened and the call sent.
    journey.stage();
    for (call, step) in [(Call::Create, "deploy"), (Call::Start, "advance")] {
        journey.hosted.practice.trouble(call, Trouble::Silent);
        let calls = journey.hosted.practice.calls().len();
        let position = journey.run(&["status"]).ok(0)["head"]["position"].as_str().unwrap().to_owned();
        let child = journey.hosted.cli().start(&[step, "--yes", "--expect", &position]);
        journey.arrived(call, calls);
        journey.killed(child);
        journey.nothing_is_left();
        eventually("the step to be known", || (journey.run(&["reconcile"]).code == Some(0)).then_some(()));
    }
    let effects = journey.hosted.practice.effects();
    assert_eq!(effects.iter().filter(|effect| effect.what == What::Created).count(), 1);
    assert_eq!(effects.iter().filter(|effect| effect.what == What::Started).count(), 1);
    journey.nothing_is_left();
}

impl Journey {
    /// Waits until a call was taken up after the first `before` ones.
    fn arrived(&self, call: Call, before: usize) {
        eventually("the call", || {
            self.hosted.practice.calls()[before..].iter().any(|taken| taken.call == call).then_some(())
        });
    }
}

#[test]
fn a_redirect_on_any_call_takes_no_token_along() {
    let Some(mut journey) = Journey::start(15) else { return };
    journey.connect(&[]).ok(0);
    let elsewhere = Elsewhere::start();
    // Some looks are only tried; so often none of them is made in vain.
    let redirect = |journey: &Journey, call| {
        for _ in 0..REDIRECTS {
            let to = format!("{}/v2/user", elsewhere.origin);
            journey.hosted.practice.trouble(call, Trouble::Redirect { to });
        }
    };
    for call in [Call::User, Call::Teams] {
        redirect(&journey, call);
        assert_eq!(journey.run(&["connect", "vercel", "--test"]).code, Some(5), "{call:?}");
        journey.hosted.practice.heal();
    }
    journey.stage();
    for call in [Call::Project, Call::List, Call::Rolling, Call::Create] {
        redirect(&journey, call);
        assert_ne!(journey.forward(&["deploy"]).code, Some(0), "{call:?}");
        journey.hosted.practice.heal();
    }
    assert!(journey.hosted.practice.effects().is_empty());
    // A look told that the redirected creation made nothing.
    journey.forward(&["deploy"]).ok(0);
    for call in [Call::Aliases, Call::Start] {
        redirect(&journey, call);
        assert_ne!(journey.forward(&["advance"]).code, Some(0), "{call:?}");
        journey.hosted.practice.heal();
    }
    journey.forward(&["advance"]).ok(0);
    redirect(&journey, Call::Rollback);
    assert_ne!(journey.run(&["rollback", "--reason", "redirected", "--yes"]).code, Some(0));
    elsewhere.heard_nothing();
    journey.nothing_is_left();
}

/// Another host, which must never be asked anything.
struct Elsewhere {
    listener: TcpListener,
    origin: String,
}

impl Elsewhere {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        Self { listener, origin }
    }

    fn heard_nothing(&self) {
        let heard = self.listener.accept();
        assert!(heard.is_err(), "somebody asked {}", self.origin);
    }
}
