//! Bundles, typed.

use super::fake::Engine;
use super::fake::Machine;
use super::fake::person;
use super::fake::run;
use super::fake::script;
use super::sample;
use seaworthy_wire::Code;
use seaworthy_wire::ConnectionsView;
use seaworthy_wire::Fault;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;

fn machine() -> Machine {
    Machine::with(Engine::of(sample::release()))
}

#[tokio::test]
async fn a_piece_of_evidence_is_shown_and_what_is_missing_of_it_is_said() {
    let ended = run(&machine(), script(), "view a.seaworthy --evidence 9f2d7c1a").await;
    assert_eq!((ended.code, ended.out.as_str()), (3, "1 test passed\n"));
    assert!(ended.err.contains("7 more bytes"), "{}", ended.err);
    assert_eq!(run(&machine(), script(), "view a.seaworthy --expect right-words").await.code, 0);
}

#[tokio::test]
async fn a_key_under_a_passphrase_is_asked_for_once_and_the_bundle_is_then_made() {
    let mut engine = Engine::of(sample::release());
    let tries = std::sync::atomic::AtomicUsize::new(0);
    engine.instead = Box::new(move |request| match request {
        Request::Bundle { .. } => {
            let first = tries.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
            let code = if first { Code::NeedsPassphrase } else { Code::Outside };
            Some(Err(Fault::new(code, "asked")))
        }
        Request::Connections { .. } => {
            let vault = seaworthy_wire::VaultView::Locked;
            Some(Ok(Reply::Connections(ConnectionsView {
                connections: Vec::new(),
                vault,
                stores: Vec::new(),
            })))
        }
        Request::Unlock { .. } => Some(Ok(Reply::Done)),
        _ => None,
    });
    let machine = Machine::with(engine);
    let ended = run(&machine, person("correct horse battery"), "bundle -o nowhere.seaworthy").await;
    assert_eq!(ended.code, 5, "{}", ended.err);
    let asked: Vec<_> = machine.asked().iter().map(std::mem::discriminant).collect();
    assert_eq!(asked.len(), 4, "{:?}", machine.asked());
    assert_eq!(asked[0], asked[3]);
    // A script is not asked.
    let refused = run(&machine, script(), "bundle --without logs --json").await;
    assert_eq!(refused.lines().len(), 1);
}
