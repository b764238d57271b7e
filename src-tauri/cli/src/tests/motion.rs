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

#[tokio::test]
async fn a_commit_that_is_a_candidate_already_is_asked_about() {
    let engine = || {
        let known = seaworthy_wire::Fault::new(seaworthy_wire::Code::NamedBefore, "4f2a9c1b is rc.1");
        Engine::refusing(known, |request| matches!(request, Request::Candidate { again: false, .. }))
    };
    for (terminal, words, code, asked) in [
        (script(), "candidate", 4, 1),
        (script(), "candidate --again", 0, 1),
        (person("n"), "candidate", 4, 1),
        (person("y"), "candidate", 0, 2),
    ] {
        let machine = Machine::with(engine());
        let ended = run(&machine, terminal, words).await;
        assert_eq!((ended.code, machine.asked().len()), (code, asked), "{words}: {}", ended.err);
        assert!(!ended.err.contains("Name it again?") || ended.err.contains("4f2a9c1b is rc.1. Name"));
    }
}

#[tokio::test]
async fn the_end_of_a_release_is_asked_about_by_its_name() {
    for words in ["abandon --reason late", "close"] {
        for (terminal, code, asked) in [(person("n"), 4, 1), (person("y"), 0, 2), (script(), 0, 1)] {
            let machine = ready();
            let ended = run(&machine, terminal, words).await;
            assert_eq!((ended.code, machine.asked().len()), (code, asked), "{words}: {}", ended.err);
            assert_eq!(asked == 1 && code == 0, !ended.err.contains("sample 1.1.0 (rolling out)? [y/N]"));
        }
    }
}

#[tokio::test]
async fn a_ledger_that_does_not_verify_is_the_first_thing_said() {
    let doubt = "The ledger does not verify: event 23 was changed. What follows ends at event 22.";
    let mut view = sample::ready();
    view.doubt = Some(doubt.to_owned());
    let machine = Machine::with(Engine::of(view));
    for words in ["status", "status --explain", "stage"] {
        let ended = run(&machine, script(), words).await;
        assert_eq!(ended.code, 6, "{words}");
        let first = ended.out.lines().take(2).collect::<Vec<_>>().join(" ");
        assert!(
            first.starts_with("\u{2717} The ledger does not verify: event 23 was changed."),
            "{words}: {first}"
        );
    }
    let ended = run(&machine, script(), "status --json").await;
    assert_eq!(ended.lines()[0]["code"].as_str(), Some("integrity"));
    assert_eq!(ended.lines()[0]["data"]["doubt"].as_str(), Some(doubt));
}

#[tokio::test]
async fn another_release_that_has_production_is_named() {
    let mut view = sample::ready();
    view.also.push(seaworthy_wire::AlsoView {
        release: "0193-other".to_owned(),
        version: "1.0.0".to_owned(),
        state: seaworthy_wire::State::Running,
        text: "1.0.0 has 20 % of production".to_owned(),
    });
    let machine = Machine::with(Engine::of(view));
    for words in ["status", "open 1.2.0"] {
        let ended = run(&machine, script(), words).await;
        assert!(ended.out.contains("Also: 1.0.0 has 20 % of production"), "{words}: {}", ended.out);
    }
}
