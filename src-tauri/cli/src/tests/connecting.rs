//! `seaworthy connect`: what it shows, what it asks, and where a token goes.

use super::fake::Ended;
use super::fake::Engine;
use super::fake::Machine;
use super::fake::Terminal;
use super::fake::person;
use super::fake::run;
use super::fake::script;
use super::sample;
use crate::render;
use crate::render::Paint;
use crate::render::When;
use insta::assert_snapshot;
use seaworthy_wire::Code;
use seaworthy_wire::ConnectFrom;
use seaworthy_wire::ConnectionView;
use seaworthy_wire::ConnectionsView;
use seaworthy_wire::Fault;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use seaworthy_wire::Stand;
use seaworthy_wire::State;
use seaworthy_wire::VaultView;

const TOKEN: &str = "vcp_canary_0123456789";

fn one(name: &str, stand: Stand, state: State, text: &str) -> ConnectionView {
    ConnectionView {
        name: name.to_owned(),
        service: "vercel".to_owned(),
        origin: "https://api.vercel.com".to_owned(),
        stand,
        state,
        text: text.to_owned(),
        identity: Some("dana in acme".to_owned()),
        user: Some("dana".to_owned()),
        team: Some("acme".to_owned()),
        store: Some("keychain".to_owned()),
        connected: Some(sample::NOW - 86_400_000),
        by: Some("dana".to_owned()),
        tested: Some(sample::NOW - 600_000),
        failed: None,
        wanted: Vec::new(),
    }
}

fn absent(name: &str) -> ConnectionView {
    let text = format!("not connected; run `seaworthy connect {name}`");
    ConnectionView {
        identity: None,
        user: None,
        team: None,
        store: None,
        connected: None,
        by: None,
        tested: None,
        ..one(name, Stand::None, State::NoData, &text)
    }
}

fn all() -> ConnectionsView {
    let other =
        "the policy names https://api.vercel.example; if that is right, run `seaworthy connect eu` again";
    let refused = "https://api.vercel.com refuses the token of old (401); make a new one there and run \
                   `seaworthy connect old --rotate`";
    let kept = ConnectionView {
        store: Some("vault".into()),
        tested: None,
        ..one("old", Stand::Refused, State::Fail, refused)
    };
    let connections = vec![
        one("cloud", Stand::Fine, State::Pass, "it worked when it was last tested"),
        one("eu", Stand::OtherOrigin, State::Differs, other),
        absent("metrics"),
        kept,
    ];
    ConnectionsView { connections, vault: VaultView::Locked, stores: Vec::new() }
}

/// An engine with these connections, to which connecting and testing end with `answer`.
fn machine(view: ConnectionsView, answer: Result<ConnectionView, Fault>) -> Machine {
    let instead = move |request: &Request| match request {
        Request::Connections { .. } => Some(Ok(Reply::Connections(view.clone()))),
        Request::Connect { .. } | Request::TestConnection { .. } => {
            Some(answer.clone().map(Reply::Connection))
        }
        Request::RemoveConnection { .. } | Request::Unlock { .. } => Some(Ok(Reply::Done)),
        _ => None,
    };
    Machine::with(Engine { instead: Box::new(instead), ..Engine::of(sample::release()) })
}

fn only(connections: Vec<ConnectionView>) -> ConnectionsView {
    ConnectionsView { connections, vault: VaultView::NotMade, stores: Vec::new() }
}

fn fine() -> ConnectionView {
    one("cloud", Stand::Fine, State::Pass, "it worked when it was connected")
}

fn piping(token: &'static str) -> Terminal {
    let mut terminal = person(token);
    terminal.console.can_ask = false;
    terminal
}

fn orders(machine: &Machine) -> Vec<(ConnectFrom, bool, Option<String>)> {
    let plan = |request| match request {
        Request::Connect { order } => Some((order.plan.from, order.plan.vault, order.plan.instead_of)),
        _ => None,
    };
    machine.asked().into_iter().filter_map(plan).collect()
}

fn says_nothing_of_the_token(ended: &Ended) {
    assert!(!format!("{}{}", ended.out, ended.err).contains("canary"), "{}{}", ended.out, ended.err);
}

#[test]
fn connections_in_every_standing() {
    let when = When { zone: chrono_tz::Europe::Berlin, now: Some(sample::NOW) };
    assert_snapshot!(render::connections(&all(), when, Paint { colour: false }));
    assert_snapshot!(render::connections(&only(Vec::new()), when, Paint { colour: false }), @"Nothing is connected, and no policy here names a service.");
}

#[tokio::test]
async fn a_token_is_asked_for_or_piped_in_and_never_shown() {
    for terminal in [person(TOKEN), piping(TOKEN)] {
        let words = if terminal.console.can_ask { "connect cloud" } else { "connect cloud --stdin" };
        let machine = machine(only(vec![absent("cloud")]), Ok(fine()));
        let ended = run(&machine, terminal, words).await;
        assert_eq!(ended.code, 0, "{}", ended.err);
        assert!(ended.out.contains("as dana in acme"), "{}", ended.out);
        says_nothing_of_the_token(&ended);
        assert!(matches!(orders(&machine).as_slice(), [(ConnectFrom::Policy { .. }, false, None)]));
    }
    let ended = run(&machine(only(Vec::new()), Ok(fine())), script(), "connect cloud").await;
    assert_eq!(ended.code, Code::Refused.exit_status());
    assert!(ended.err.contains("--stdin"), "{}", ended.err);
}

#[tokio::test]
async fn another_origin_needs_a_persons_word_for_the_one_given_up() {
    let view = || only(vec![one("cloud", Stand::OtherOrigin, State::Differs, "the policy names another")]);
    let silent = machine(view(), Ok(fine()));
    let ended = run(&silent, piping(TOKEN), "connect cloud --stdin --yes").await;
    assert_eq!(ended.code, Code::Refused.exit_status(), "{}", ended.out);
    assert!(ended.err.contains("--instead-of https://api.vercel.com") && orders(&silent).is_empty());

    let told = machine(view(), Ok(fine()));
    let words = "connect cloud --stdin --instead-of https://api.vercel.com";
    assert_eq!(run(&told, piping(TOKEN), words).await.code, 0);
    assert_eq!(orders(&told)[0].2.as_deref(), Some("https://api.vercel.com"));
}

#[tokio::test]
async fn a_rotation_keeps_origin_and_place() {
    let machine = machine(only(vec![fine()]), Ok(fine()));
    assert_eq!(run(&machine, piping(TOKEN), "connect cloud --rotate --stdin").await.code, 0);
    assert_eq!(orders(&machine), [(ConnectFrom::Pinned, false, None)]);
}

#[tokio::test]
async fn testing_names_each_and_ends_with_the_first_that_does_not_work() {
    let fault = Fault::new(Code::Outside, "https://api.vercel.com refuses the token");
    let machine = machine(only(vec![fine(), absent("metrics")]), Err(fault));
    let ended = run(&machine, script(), "connect --test --json").await;
    assert_eq!(ended.code, Code::Outside.exit_status());
    let tested = machine.asked().iter().filter(|r| matches!(r, Request::TestConnection { .. })).count();
    assert_eq!((tested, ended.lines()[0]["code"].as_str()), (1, Some("outside")), "only what is connected");
    let ended = run(&machine, script(), "connect --test").await;
    assert!(ended.err.contains("cloud: https://api.vercel.com refuses"), "{}", ended.err);
}

#[tokio::test]
async fn removing_asks_first() {
    let removed = |machine: &Machine| {
        machine.asked().iter().any(|request| matches!(request, Request::RemoveConnection { .. }))
    };
    for (terminal, words, done) in [
        (script(), "connect cloud --remove", false),
        (person("no"), "connect cloud --remove", false),
        (person("yes"), "connect cloud --remove", true),
        (script(), "connect cloud --remove --yes", true),
    ] {
        let machine = machine(only(vec![fine()]), Ok(fine()));
        let ended = run(&machine, terminal, words).await;
        assert_eq!((removed(&machine), ended.code == 0), (done, done), "{words}: {}{}", ended.out, ended.err);
    }
}
