//! Staying until something ends it.

use super::fake::Engine;
use super::fake::Lent;
use super::fake::Machine;
use super::fake::person;
use super::fake::run;
use super::fake::script;
use super::sample;
use seaworthy_control::Handler;
use seaworthy_control::Role;
use seaworthy_control::open_door;
use seaworthy_wire::Push;
use seaworthy_wire::ReleaseView;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use std::sync::Arc;

fn pushed(view: ReleaseView) -> Push {
    Push::Release { view: Box::new(view) }
}

fn fed(feed: Vec<Push>) -> Machine {
    let engine = Engine::of(sample::ready());
    *engine.feed.lock().unwrap() = feed;
    Machine::with(engine)
}

#[tokio::test]
async fn a_breach_while_watching_ends_with_seven() {
    let mut breach = sample::ready();
    breach.rollout.decision.line = "errors is over its limit for 4 min".to_owned();
    let machine = fed(vec![pushed(breach), pushed(sample::rolled_back())]);
    let ended = run(&machine, script(), "watch").await;
    assert_eq!(ended.code, 7);
    assert_eq!(*machine.roles.lock().unwrap(), [Role::Watch]);
    assert_eq!(ended.err, "Watching; Ctrl-C ends it.\n");
    insta::assert_snapshot!(ended.out);
}

#[tokio::test]
async fn what_is_told_while_watching_fits_a_terminal() {
    let mut waits = sample::ready();
    waits.rollout.decision.line =
        "error_rate < 1% over 10m with >= 100 requests: error_rate was observed for only 4m of the last 10m"
            .to_owned();
    let machine = fed(vec![pushed(waits), pushed(sample::over())]);
    let ended = run(&machine, script(), "watch").await;
    assert!(ended.out.contains("only 4m of"), "{}", ended.out);
    let widest = ended.out.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(80), "{}", ended.out);
}

#[tokio::test]
async fn a_close_while_watching_ends_well() {
    let mut other = sample::rolled_back();
    other.head.id = "another release".to_owned();
    let machine = fed(vec![pushed(other), pushed(sample::over())]);
    let ended = run(&machine, script(), "watch").await;
    assert_eq!(ended.code, 0);
    assert!(ended.out.ends_with("The release is over.\n"));
    assert!(!ended.out.contains("went back"), "that was another release");
}

#[tokio::test]
async fn a_watch_goes_on_for_the_other_releases_that_it_watches() {
    let named = |mut view: ReleaseView| {
        view.head.id = "neighbour".to_owned();
        view.head.version = "7.0.0".to_owned();
        view
    };
    let mut engine = Engine::of(sample::ready());
    let other = named(sample::ready());
    engine.instead = Box::new(move |request| match request {
        Request::Releases => {
            let card = |id: &str| seaworthy_wire::ReleaseCard { id: id.to_owned(), ..sample::card() };
            Some(Ok(Reply::Releases(vec![card(&sample::ready().head.id), card("neighbour")])))
        }
        Request::Status { which } if which.release.as_deref() == Some("neighbour") => {
            Some(Ok(Reply::Release(Box::new(other.clone()))))
        }
        Request::Status { which } if which.release.is_some() => {
            Some(Ok(Reply::Release(Box::new(sample::rolled_back()))))
        }
        _ => None,
    });
    *engine.feed.lock().unwrap() = vec![pushed(sample::rolled_back()), pushed(named(sample::over()))];
    let ended = run(&Machine::with(engine), script(), "watch").await;
    assert!(ended.err.contains("7.0.0; Ctrl-C ends it."), "{}", ended.err);
    assert!(ended.out.ends_with("The release is over.\n"), "{}", ended.out);
    assert_eq!(ended.code, 7, "one of them went back");
}

#[tokio::test]
async fn lost_pushes_are_repaired_by_reading() {
    let machine = fed(vec![Push::Releases { releases: Vec::new() }]);
    let terminal = script();
    let (interrupt, engine) = (terminal.interrupt.clone(), Arc::clone(&machine.engine));
    let statuses = move || {
        let asked = engine.asked.lock().unwrap();
        asked.iter().filter(|request| matches!(request, Request::Status { .. })).count()
    };
    let pressing = async {
        while statuses() < 2 {
            tokio::task::yield_now().await;
        }
        interrupt.send(()).await.unwrap();
    };
    let (ended, ()) = tokio::join!(run(&machine, terminal, "watch"), pressing);
    assert_eq!(ended.code, 0);
    assert!(ended.err.ends_with("Watching ended.\n"));
}

#[tokio::test]
async fn a_watch_as_json_is_lines() {
    let machine = fed(vec![pushed(sample::rolled_back())]);
    let ended = run(&machine, script(), "watch --json").await;
    let lines = ended.lines();
    let schemas: Vec<_> = lines.iter().map(|line| line["schema"].as_str().unwrap()).collect();
    assert_eq!(schemas, ["seaworthy/release/1", "seaworthy/release/1", "seaworthy/watch/1"]);
    assert_eq!((ended.code, lines[2]["code"].as_str()), (7, Some("rolled_back")));
}

#[tokio::test]
async fn a_live_block_is_drawn_over_and_plain_has_none() {
    let (whole, cut) = ("\x1b[9A\x1b[J", "\x1b[4A\x1b[J");
    for (words, rows, drawn) in [("watch", 24, whole), ("watch", 5, cut), ("watch --plain", 24, "")] {
        let machine = fed(vec![pushed(sample::ready()), pushed(sample::over())]);
        let mut terminal = person("");
        terminal.console.live = Some(rows);
        let ended = run(&machine, terminal, words).await;
        assert_eq!(ended.code, 0);
        assert!(ended.out.contains(drawn), "{words} on {rows} rows: {}", ended.out);
        assert_eq!(ended.out.contains('\x1b'), !drawn.is_empty(), "{words}: {}", ended.out);
    }
}

#[tokio::test]
async fn a_deploy_can_stay() {
    let machine = fed(vec![pushed(sample::over())]);
    let ended = run(&machine, person("y"), "deploy --watch").await;
    assert_eq!(ended.code, 0);
    assert!(!ended.err.contains("Nobody is watching"));
    assert_eq!(*machine.roles.lock().unwrap(), [Role::Watch]);
}

#[cfg(unix)]
#[tokio::test]
async fn a_command_beside_a_watch_goes_to_it_and_knows_that_it_is_watched() {
    let machine = Machine::with(Engine::of(sample::ready()));
    let holder: Arc<dyn Handler> = Arc::new(Lent(Arc::clone(&machine.engine)));
    let door = open_door(machine.home.path(), Role::App, || async { Ok(holder) }).await.unwrap();
    let ended = run(&machine, script(), "hold --reason x").await;
    assert_eq!(ended.code, 0);
    let ended = run(&machine, person("y"), "advance").await;
    assert_eq!((ended.code, ended.err.contains("Nobody is watching")), (0, false));
    assert!(machine.roles.lock().unwrap().is_empty(), "no second engine was made");
    door.close().await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_watch_takes_over_when_the_other_one_ends() {
    let machine = fed(Vec::new());
    let holder: Arc<dyn Handler> = Arc::new(Lent(Arc::clone(&machine.engine)));
    let door = open_door(machine.home.path(), Role::App, || async { Ok(holder) }).await.unwrap();
    let engine = Arc::clone(&machine.engine);
    let leaving = async {
        while !engine.asked.lock().unwrap().contains(&Request::Subscribe) {
            tokio::task::yield_now().await;
        }
        *engine.feed.lock().unwrap() = vec![pushed(sample::over())];
        door.close().await;
    };
    let (ended, ()) = tokio::join!(run(&machine, script(), "watch"), leaving);
    assert_eq!(ended.code, 0);
    assert_eq!(*machine.roles.lock().unwrap(), [Role::Watch]);
    assert!(ended.err.contains("is watching already"), "{}", ended.err);
    assert!(ended.err.ends_with("Watching; Ctrl-C ends it.\n"), "{}", ended.err);
}
