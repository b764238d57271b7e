//! Everything at a glance, and the ledger as people read it.

use super::harbor::*;
use crate::Engine;
use crate::words;
use seaworthy_domain::Event;
use seaworthy_wire::ActKind;
use seaworthy_wire::Code;
use seaworthy_wire::EventGroup;
use seaworthy_wire::EventPage;
use seaworthy_wire::Fault;
use seaworthy_wire::HomeView;
use seaworthy_wire::LedgerView;
use seaworthy_wire::Push;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use seaworthy_wire::State;
use std::sync::Arc;
use tokio::sync::mpsc;

async fn answer(engine: &Arc<Engine>, request: Request) -> Result<Reply, Fault> {
    engine.call(request, mpsc::channel(1).0).await
}

async fn home(harbor: &Harbor) -> HomeView {
    match answer(&harbor.engine(), Request::Home).await {
        Ok(Reply::Home(view)) => view,
        other => panic!("not home: {other:?}"),
    }
}

async fn ledger(harbor: &Harbor, verify: bool) -> LedgerView {
    match answer(&harbor.engine(), Request::Ledger { verify }).await {
        Ok(Reply::Ledger(view)) => view,
        other => panic!("not the ledger: {other:?}"),
    }
}

async fn page(harbor: &Harbor, search: Option<&str>, group: Option<EventGroup>) -> EventPage {
    let search = search.map(str::to_owned);
    match answer(&harbor.engine(), Request::Log { which: None, search, group, before: None, limit: 100 })
        .await
    {
        Ok(Reply::Events(page)) => page,
        other => panic!("no events: {other:?}"),
    }
}

fn kinds_of(page: &EventPage) -> Vec<&str> {
    page.events.iter().map(|event| event.kind.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn home_is_empty_before_the_first_release() {
    let view = home(&Harbor::new()).await;
    assert_eq!((view.waiting, view.releases, view.waiting_total), (Vec::new(), Vec::new(), 0));
}

#[tokio::test(start_paused = true)]
async fn home_names_the_next_act_of_a_release() {
    let harbor = Harbor::named().await;
    let view = home(&harbor).await;
    let [row] = &view.releases[..] else { panic!("{view:?}") };
    assert_eq!((row.card.project.as_str(), row.policy.as_str()), ("harbor", "Harbor v1"));
    assert_eq!(row.phases.iter().filter(|phase| phase.title == "All").count(), 1);
    assert!(row.lane.is_none() && row.timers.is_empty());
    let [waiting] = &view.waiting[..] else { panic!("{view:?}") };
    assert_eq!((waiting.state, waiting.word.as_str()), (State::Pass, "May move"));
    assert!(matches!(waiting.act.as_ref().map(|act| &act.kind), Some(ActKind::Deploy { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_soak_is_a_timer_and_a_lane_and_nothing_to_wait_for() {
    let harbor = Harbor::climbing().await;
    harbor.look(4).await;
    let view = home(&harbor).await;
    let row = &view.releases[0];
    assert_eq!(view.waiting, []);
    let lane = row.lane.as_ref().expect("it has traffic");
    assert!(lane.from < lane.to && lane.to <= view.now && lane.gaps.is_empty(), "{lane:?}");
    let [timer] = &row.timers[..] else { panic!("{:?}", row.timers) };
    assert_eq!((timer.state, timer.text.as_str()), (State::Pending, "Canary can end"));
    assert!(timer.at > view.now && timer.at <= view.now + 300_000, "{timer:?} at {}", view.now);
}

#[tokio::test(start_paused = true)]
async fn a_breach_waits_first_and_a_hold_waits_too() {
    let harbor = Harbor::climbing().await;
    harbor.look(2).await;
    harbor.outside.state().errors = 5;
    harbor.look(3).await;
    let view = home(&harbor).await;
    let [waiting] = &view.waiting[..] else { panic!("{view:?}") };
    assert_eq!((waiting.state, waiting.word.as_str()), (State::Fail, "Over limit"));
    assert_eq!(waiting.act, None);
    assert_eq!(view.releases[0].timers[0].text, "automatic rollback");

    let harbor = Harbor::named().await;
    harbor.hold().await;
    let view = home(&harbor).await;
    assert_eq!((view.waiting[0].state, view.waiting[0].line.as_str()), (State::Hold, "stop"));
}

#[tokio::test(start_paused = true)]
async fn every_append_tells_how_the_ledger_is() {
    let harbor = Harbor::named().await;
    let before = ledger(&harbor, false).await;
    assert_eq!((before.state, before.verified), (State::Pending, 0));
    let mut listener = harbor.engine().listen();
    harbor.hold().await;
    let mut told = None;
    while let Ok(push) = listener.try_recv() {
        if let Push::Ledger { view } = push {
            told = Some(view);
        }
    }
    let told = told.expect("it was told");
    assert_eq!((told.events, told.verified), (before.events + 1, 0));
    assert_ne!(told.head, before.head);
}

#[tokio::test(start_paused = true)]
async fn a_second_look_verifies_what_was_appended_since() {
    let harbor = Harbor::named().await;
    let view = ledger(&harbor, true).await;
    assert!(view.events > 0);
    assert_eq!((view.state, view.verified), (State::Pass, view.events));
    harbor.hold().await;
    let later = ledger(&harbor, false).await;
    assert_eq!((later.verified, later.events), (view.events, view.events + 1));
}

#[tokio::test(start_paused = true)]
async fn pages_are_filtered_by_group_and_by_words_together() {
    let harbor = Harbor::placed().await;
    let calls = page(&harbor, None, Some(EventGroup::Calls)).await;
    assert!(kinds_of(&calls).contains(&"op.intended"));
    assert!(kinds_of(&calls).iter().all(|kind| words::kinds(EventGroup::Calls).contains(kind)));
    let decided = page(&harbor, Some("candidate.na"), Some(EventGroup::Decisions)).await;
    assert_eq!(kinds_of(&decided), ["candidate.named"]);
    assert_eq!(kinds_of(&page(&harbor, Some("candidate.na"), Some(EventGroup::Calls)).await), [""; 0]);
    assert_eq!(kinds_of(&page(&harbor, Some("dana named"), None).await), ["candidate.named"]);
}

#[tokio::test(start_paused = true)]
async fn an_entry_is_shown_with_the_bytes_that_were_hashed() {
    let harbor = Harbor::named().await;
    let engine = harbor.engine();
    let Ok(Reply::Event(second)) = answer(&engine, Request::Event { seq: 2 }).await else {
        panic!("no entry")
    };
    let Ok(Reply::Event(first)) = answer(&engine, Request::Event { seq: 1 }).await else {
        panic!("no entry")
    };
    assert_eq!(second.previous.as_deref(), Some(first.event.hash.as_str()));
    assert_eq!(first.previous, None);
    assert!(second.stored.contains(&second.event.kind), "{}", second.stored);
    for seq in [0, 10_000] {
        assert_eq!(answer(&engine, Request::Event { seq }).await.unwrap_err().code, Code::BadInput);
    }
}

#[test]
fn groups_name_kinds_that_exist_and_share_none() {
    let page = include_str!("../../../../docs/formats/events.md");
    let groups = [EventGroup::Decisions, EventGroup::Calls, EventGroup::Evidence, EventGroup::Gaps];
    let mut named: Vec<_> = groups.into_iter().flat_map(words::kinds).collect();
    assert!(named.iter().all(|kind| page.contains(&format!("### `{kind}`"))), "{named:?}");
    let count = named.len();
    named.sort_unstable();
    named.dedup();
    assert_eq!(named.len(), count);
    let gap = Event::ClockJumped { by_ms: 5 }.to_entry().unwrap();
    assert!(words::kinds(EventGroup::Gaps).contains(&gap.kind.as_str()));
}

#[tokio::test(start_paused = true)]
async fn what_acted_by_itself_is_told_and_so_is_why_traffic_went_back() {
    let harbor = Harbor::climbing().await;
    harbor.look(2).await;
    let running = harbor.get(Request::Status { which: which() }).await;
    assert!(running.bearing.may_move.line.ends_with(" more to observe"), "{:?}", running.bearing.may_move);
    harbor.outside.state().errors = 5;
    harbor.look(8).await;
    let view = harbor.get(Request::Status { which: which() }).await;
    assert!(view.head.rolled_back);
    let why = &view.bearing.happened.answer;
    assert!(
        why.starts_with("rc.1 was rolled back by guardrail errors ") && why.contains("error_rate"),
        "{why}"
    );
    let may_move = &view.bearing.may_move;
    assert_eq!(may_move.answer, "Rolled back, name a fixed candidate");
    assert_eq!(
        (view.rollout.decision.state, view.rollout.guardrails[0].state),
        (State::Pending, State::Fail)
    );
    let log = page(&harbor, None, None).await;
    let actor = |kind: &str| {
        let found = log.events.iter().find(|event| event.kind == kind);
        found.map(|event| event.actor.as_str()).unwrap_or_default()
    };
    for kind in ["guardrail.breached", "op.intended", "op.outcome", "hold.set"] {
        assert_eq!(actor(kind), "guardrail errors, watch of dana", "{kind}");
    }
    assert_eq!((actor("notice.given"), actor("release.opened")), ("Seaworthy, run by dana", "dana"));

    let harbor = Harbor::climbing().await;
    harbor.back().await.unwrap();
    let view = harbor.get(Request::Status { which: which() }).await;
    assert!(
        view.bearing.happened.answer.starts_with("rc.1 was rolled back 0"),
        "{:?}",
        view.bearing.happened
    );
    let intended = page(&harbor, Some("rolling production"), None).await;
    assert_eq!(intended.events[0].actor, "dana");
}
