//! Steps that move traffic.

use super::fake::Engine;
use super::fake::Machine;
use super::fake::person;
use super::fake::run;
use super::fake::script;
use super::sample;
use seaworthy_wire::Forward;
use seaworthy_wire::Request;
use seaworthy_wire::Which;

const NOBODY: &str = "Nobody is watching. Run `seaworthy watch` or open the app.";

fn ready() -> Machine {
    Machine::with(Engine::of(sample::ready()))
}

#[tokio::test]
async fn a_deploy_before_its_gate_names_what_is_missing_and_moves_nothing() {
    let engine = Engine::refusing(sample::missing(), |request| matches!(request, Request::Preview { .. }));
    let machine = Machine::with(engine);
    let ended = run(&machine, person("y"), "deploy").await;
    assert_eq!(ended.code, 1);
    for word in ["pre/errors", "pre/legal", "Legal review completed", "seaworthy attest pre/legal"] {
        assert!(ended.err.contains(word), "{word} in {}", ended.err);
    }
    assert!(!machine.was_moved());
}

#[tokio::test]
async fn without_a_person_a_step_says_what_to_add() {
    for words in ["advance", "advance --yes", "advance --expect 1.1.0/rc.1/stage:1", "advance --json --yes"] {
        let machine = ready();
        let ended = run(&machine, script(), words).await;
        assert_eq!(ended.code, 4, "{words}");
        let said = format!("{}{}", ended.out, ended.err);
        assert!(said.contains("add --yes --expect 1.1.0/rc.1/stage:1"), "{words}: {said}");
        assert!(!machine.was_moved(), "{words}");
    }
}

#[tokio::test]
async fn a_step_goes_from_the_position_that_was_seen() {
    for (terminal, words) in [
        (script(), "advance --yes --expect 1.1.0/rc.1/stage:1"),
        (person("y"), "advance"),
        (person("Yes"), "advance --expect 1.1.0/rc.1/stage:1"),
        (person(""), "advance --yes --expect 1.1.0/rc.1/stage:1"),
    ] {
        let machine = ready();
        let ended = run(&machine, terminal, words).await;
        assert_eq!(ended.code, 0, "{words}: {}", ended.err);
        assert!(ended.out.contains("SHARE=25"), "the preview is shown");
        assert!(ended.err.contains(NOBODY));
        let Some(Request::Move { which, step: Forward::Advance, expect }) = machine.asked().pop() else {
            panic!()
        };
        // The release that was shown, and not what was typed, which may mean another one by now.
        let shown = super::answers::preview().release;
        assert_eq!(which, Which { release: Some(shown), folder: None });
        assert_eq!(expect, "1.1.0/rc.1/stage:1");
    }
}

#[tokio::test]
async fn a_step_from_elsewhere_or_with_a_no_is_not_taken() {
    for (terminal, words) in [
        (script(), "advance --yes --expect 1.1.0/rc.1/stage:2"),
        (person("y"), "advance --expect 1.1.0/rc.1/stage:2"),
        (person("n"), "advance"),
        (person(""), "deploy"),
    ] {
        let machine = ready();
        assert_eq!(run(&machine, terminal, words).await.code, 4, "{words}");
        assert!(!machine.was_moved(), "{words}");
    }
}

#[tokio::test]
async fn ctrl_c_at_the_question_is_a_no() {
    let machine = ready();
    let mut terminal = person("y");
    terminal.console.answers = Box::new(Silent);
    let interrupt = terminal.interrupt.clone();
    let asked = terminal.err.clone();
    let running = run(&machine, terminal, "advance");
    let pressing = async {
        while !asked.text().contains("[y/N]") {
            tokio::task::yield_now().await;
        }
        interrupt.send(()).await.unwrap();
    };
    let (ended, ()) = tokio::join!(running, pressing);
    assert_eq!(ended.code, 4);
    assert!(!machine.was_moved());
}

struct Silent;

#[async_trait::async_trait]
impl crate::world::Answers for Silent {
    async fn line(&mut self) -> Option<String> {
        std::future::pending().await
    }

    async fn secret(&mut self) -> Option<seaworthy_wire::Secret> {
        std::future::pending().await
    }

    async fn piped(&mut self) -> Option<seaworthy_wire::Secret> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn staging_needs_nobody_to_watch() {
    let ended = run(&ready(), person("y"), "deploy --env staging").await;
    assert_eq!((ended.code, ended.err.contains(NOBODY)), (0, false));
    assert!(run(&ready(), person("y"), "deploy").await.err.contains(NOBODY));
}

#[tokio::test]
async fn hold_and_rollback_ask_nobody() {
    let machine = Machine::with(Engine::of(sample::rolled_back()));
    let ended = run(&machine, script(), "rollback --reason bad").await;
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
    assert_eq!(run(&machine, script(), "hold --reason lunch").await.code, 0);
    assert_eq!(machine.asked().len(), 2);
}

#[tokio::test]
async fn how_a_step_ended_is_its_exit_status() {
    let words = "advance --yes --expect 1.1.0/rc.1/stage:1";
    assert_eq!(run(&Machine::with(Engine::of(sample::unknown())), script(), words).await.code, 3);
    assert_eq!(run(&Machine::with(Engine::of(sample::rolled_back())), script(), words).await.code, 7);
}
