//! What the watch sees, and what follows from it.

use super::harbor::*;
use super::outside::Fate;
use chrono::TimeDelta;
use seaworthy_domain::Event;
use seaworthy_domain::GapCause;
use seaworthy_domain::Lifecycle;
use seaworthy_domain::OperationId;
use seaworthy_domain::Share;
use seaworthy_domain::operation::Act;
use seaworthy_domain::operation::EffectClass;
use seaworthy_domain::operation::Expected;
use seaworthy_domain::operation::Outcome;
use seaworthy_domain::operation::Preview;
use seaworthy_domain::policy::Then;
use seaworthy_ports::Invalid;
use seaworthy_wire::Code;
use seaworthy_wire::Forward;
use seaworthy_wire::Request;
use seaworthy_wire::State;

async fn observed(harbor: &Harbor) -> i64 {
    let view = harbor.get(Request::Status { which: which() }).await;
    let stage = view.release_stage();
    stage.observed_ms
}

trait AtStage {
    fn release_stage(&self) -> seaworthy_wire::ObservedView;
}

impl AtStage for seaworthy_wire::ReleaseView {
    fn release_stage(&self) -> seaworthy_wire::ObservedView {
        self.rollout.stages[0].observed.clone().unwrap()
    }
}

fn offline() -> Option<Invalid> {
    Some(Invalid::Offline { why: "no route".into() })
}

fn gaps(harbor: &Harbor) -> Vec<(GapCause, i64)> {
    harbor.release().gaps.iter().map(|gap| (gap.cause, gap.length().num_seconds())).collect()
}

#[tokio::test(start_paused = true)]
async fn a_breach_goes_back_once_and_says_so() {
    let harbor = Harbor::climbing().await;
    harbor.look(3).await;
    harbor.outside.state().errors = 5;
    harbor.look(12).await;
    assert_eq!(harbor.release().lifecycle, Lifecycle::RolledBack);
    assert_eq!((harbor.outside.backward(), harbor.kinds("guardrail.breached")), (1, 1));
    assert!(harbor.outside.state().notices.iter().any(|notice| notice.title.starts_with("Rolling back")));
    harbor.look(12).await;
    assert_eq!(harbor.outside.backward(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_breach_that_a_crash_left_unanswered_is_answered_by_the_next_start() {
    let mut harbor = Harbor::climbing().await;
    harbor.look(3).await;
    let at = harbor.release().opened_at;
    let (guardrail, rule, reason) = ("errors".to_owned(), "rule".to_owned(), "50 %".to_owned());
    let then = Then::Rollback;
    let breach = Event::Breached { guardrail, rule, then, reason, from: at, at };
    harbor.engine().record(harbor.id(), &[breach]).unwrap();
    harbor.reopen(TimeDelta::zero());
    // Everything looks well again; what was decided stands.
    harbor.look(1).await;
    assert_eq!(harbor.release().lifecycle, Lifecycle::RolledBack);
}

#[tokio::test(start_paused = true)]
async fn a_rollback_without_effect_is_tried_three_times_and_then_people_are_told_now_and_then() {
    let harbor = Harbor::climbing().await;
    for _ in 0..9 {
        harbor.outside.next(Fate::Refused);
    }
    harbor.outside.state().errors = 5;
    harbor.look(40).await;
    assert_eq!(harbor.outside.backward(), 3);
    assert_eq!(harbor.release().lifecycle, Lifecycle::RollingOut);
    assert_eq!(harbor.advance().await.unwrap_err().code, Code::Refused);
    let told = || {
        let state = harbor.outside.state();
        state.notices.iter().filter(|notice| notice.title.contains("could not be rolled back")).count()
    };
    let before = told();
    assert!((2..=4).contains(&before), "{before} in ten minutes");
    harbor.look(4 * 60).await;
    assert!((3..=5).contains(&(told() - before)), "{} in an hour", told() - before);
}

#[tokio::test(start_paused = true)]
async fn what_happens_under_a_hold_of_a_person_is_recorded_and_told() {
    let harbor = Harbor::edited("then = \"rollback\"", "then = \"hold\"");
    harbor.name().await;
    harbor.deploy("production").await.unwrap();
    harbor.advance().await.unwrap();
    harbor.look(3).await;
    harbor.hold().await;
    harbor.outside.state().errors = 5;
    harbor.look(60).await;
    assert_eq!((harbor.kinds("guardrail.breached"), harbor.kinds("hold.set")), (1, 1));
    let told = |what: &str| {
        let state = harbor.outside.state();
        state.notices.iter().filter(|notice| notice.title.ends_with(what)).count()
    };
    // Again after one, five and fifteen minutes, because nobody said that they saw it.
    assert_eq!(told("is over its limit"), 3);
    harbor.outside.state().invalid = offline();
    harbor.look(60).await;
    assert_eq!((harbor.kinds("guardrail.blind"), told("has no measurement")), (1, 3));
    assert_eq!(harbor.kinds("hold.set"), 1);
}

#[tokio::test(start_paused = true)]
async fn nothing_to_see_holds_and_pays_nothing() {
    let harbor = Harbor::climbing().await;
    harbor.look(8).await;
    let before = observed(&harbor).await;
    harbor.outside.state().invalid = offline();
    harbor.look(20).await;
    let hold = harbor.release().hold.expect("a hold");
    assert!(hold.reason.contains("no measurement") && hold.by == "guardrail errors", "{hold:?}");
    assert_eq!((harbor.outside.backward(), harbor.release().lifecycle), (0, Lifecycle::RollingOut));
    assert_eq!(observed(&harbor).await, before);
    harbor.outside.state().invalid = None;
    harbor.look(1).await;
    assert_eq!(gaps(&harbor), [(GapCause::Offline, 21 * 15)]);
    harbor.look(40).await;
    assert!(harbor.release().hold.is_some(), "until a person lifts it");
}

#[tokio::test(start_paused = true)]
async fn sleep_and_absence_are_gaps_by_name() {
    let mut harbor = Harbor::climbing().await;
    harbor.look(4).await;
    let before = observed(&harbor).await;
    harbor.clock.advance(TimeDelta::hours(9));
    harbor.look(1).await;
    harbor.reopen(TimeDelta::hours(2));
    harbor.look(1).await;
    let night = TimeDelta::hours(9) + EVERY;
    let away = TimeDelta::hours(2) + EVERY;
    let expected = [(GapCause::Suspended, night.num_seconds()), (GapCause::AppClosed, away.num_seconds())];
    assert_eq!(gaps(&harbor), expected);
    assert_eq!(observed(&harbor).await, before);
    // No catching up: the stage was open for eleven hours and seen for a minute.
    harbor.look(30).await;
    assert!(harbor.release().ladder.unwrap().current().unwrap().soaked.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_first_look_hours_after_the_traffic_moved_is_a_gap() {
    let harbor = Harbor::climbing().await;
    harbor.clock.advance(TimeDelta::hours(3));
    harbor.look(1).await;
    assert_eq!(gaps(&harbor), [(GapCause::AppClosed, 3 * 3_600 + 15)]);
}

#[tokio::test(start_paused = true)]
async fn a_jump_of_the_clock_is_told_once_and_not_credited() {
    let harbor = Harbor::climbing().await;
    harbor.look(4).await;
    let before = observed(&harbor).await;
    harbor.clock.jump_wall(TimeDelta::days(365));
    harbor.look(4).await;
    assert_eq!(harbor.kinds("clock.jumped"), 1);
    assert_eq!(observed(&harbor).await - before, 4 * 15_000);
    harbor.clock.jump_wall(TimeDelta::days(-800));
    harbor.look(1).await;
    assert_eq!(harbor.kinds("clock.jumped"), 2);
    assert!(gaps(&harbor).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_clock_set_back_while_away_does_not_look_into_the_past() {
    let mut harbor = Harbor::climbing().await;
    harbor.look(30).await;
    harbor.leave();
    harbor.clock.jump_wall(TimeDelta::minutes(-5));
    harbor.reopen(TimeDelta::zero());
    harbor.outside.state().errors = 5;
    harbor.look(8).await;
    assert_eq!(harbor.release().lifecycle, Lifecycle::RolledBack);
}

#[tokio::test(start_paused = true)]
async fn a_stage_that_advances_by_itself_does_so_soaked_and_not_on_hold() {
    let auto = Harbor::edited(
        "share = \"5%\"\nsoak = { length = \"5m\", coverage = \"90%\" }",
        "share = \"5%\"\nsoak = { length = \"5m\", coverage = \"90%\" }\nauto_advance = true",
    );
    auto.name().await;
    auto.deploy("production").await.unwrap();
    auto.advance().await.unwrap();
    auto.look(20).await;
    assert_eq!(auto.release().position(), "1.0.0/rc.1/stage:1");
    auto.hold().await;
    auto.look(10).await;
    assert_eq!(auto.release().position(), "1.0.0/rc.1/stage:1");
    auto.get(Request::Lift { which: which(), reason: String::new() }).await;
    auto.look(1).await;
    assert_eq!(auto.release().position(), "1.0.0/rc.1/stage:2");
}

#[tokio::test(start_paused = true)]
async fn nobody_advances_on_what_was_seen_long_ago() {
    let mut harbor = Harbor::climbing().await;
    harbor.look(30).await;
    assert!(harbor.release().ladder.unwrap().current().unwrap().soaked.is_some());
    harbor.clock.advance(TimeDelta::minutes(10));
    let fault = harbor.advance().await.unwrap_err();
    assert_eq!(fault.code, Code::NotReady);
    let named: Vec<_> = fault.missing.iter().map(|m| (m.name.as_str(), m.state)).collect();
    assert_eq!(named, [("guardrails/errors", State::NoData)]);
    harbor.reopen(TimeDelta::zero());
    assert_eq!(harbor.advance().await.unwrap_err().code, Code::NotReady);
    harbor.look(6).await;
    harbor.outside.state().errors = 5;
    harbor.look(1).await;
    let over = harbor.advance().await.unwrap_err();
    assert_eq!(over.missing[0].state, State::Fail, "over, though not for long enough");
    harbor.outside.state().errors = 0;
    harbor.look(10).await;
    harbor.advance().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn traffic_that_may_have_moved_is_looked_for_and_watched() {
    let mut harbor = Harbor::placed().await;
    harbor.outside.next(Fate::LostAfter);
    harbor.outside.state().unreadable = Some(seaworthy_ports::ReadError::Failed("no route".into()));
    let fault = harbor.advance().await.unwrap_err();
    assert_eq!(fault.code, Code::Outside, "not read, not sent");
    harbor.outside.state().unreadable = Some(seaworthy_ports::ReadError::NoEye);
    assert_eq!(harbor.advance().await.unwrap_err().code, Code::Unknown);
    harbor.outside.state().unreadable = None;
    harbor.reopen(TimeDelta::zero());
    assert_eq!(harbor.release().lifecycle, Lifecycle::Candidate);
    harbor.look(1).await;
    assert_eq!(harbor.release().lifecycle, Lifecycle::RollingOut);
    harbor.outside.state().errors = 5;
    harbor.look(12).await;
    assert_eq!(harbor.release().lifecycle, Lifecycle::RolledBack);
}

#[tokio::test(start_paused = true)]
async fn a_release_is_watched_to_its_end_and_closed_once() {
    let harbor = Harbor::climbing().await;
    for _ in 0..2 {
        harbor.look(30).await;
        harbor.advance().await.unwrap();
    }
    let close = || Request::Close { which: which(), summary: "fine".into() };
    harbor.look(5).await;
    let sealed = harbor.kinds("samples.sealed");
    assert_eq!(harbor.ask(close()).await.unwrap_err().code, Code::NotReady);
    assert_eq!(harbor.kinds("samples.sealed"), sealed, "a refused close seals nothing");
    harbor.look(60).await;
    let sealed = harbor.kinds("samples.sealed");
    assert!(harbor.release().watches_ended.contains_key("first-hour"));
    harbor.get(Request::Attest { which: which(), criterion: "lessons".into(), note: String::new() }).await;
    assert!(harbor.get(close()).await.head.over);
    assert_eq!(harbor.kinds("samples.sealed"), sealed + 1);
    assert_eq!(harbor.ask(close()).await.unwrap_err().code, Code::Refused);
}

#[tokio::test(start_paused = true)]
async fn one_release_has_production_at_a_time() {
    let harbor = Harbor::climbing().await;
    let folder = harbor.home().parent().unwrap().join("project").to_string_lossy().into_owned();
    harbor.get(Request::Open { folder, version: "1.1.0".into() }).await;
    let which = || seaworthy_wire::Which { release: Some("1.1.0".into()), folder: None };
    harbor.get(Request::Freeze { which: which() }).await;
    let view = harbor.get(Request::Candidate { which: which(), revision: None, again: true }).await;
    let step = seaworthy_wire::Forward::Deploy { environment: "production".into() };
    let expect = view.head.position;
    let fault = harbor.ask(Request::Move { which: which(), step, expect }).await.unwrap_err();
    assert_eq!(fault.code, Code::Refused);
    assert!(fault.message.starts_with("1.0.0 has production"), "{fault}");
}

/// Whose deployments have only the address that the target tells.
fn without_address() -> Harbor {
    let own = ("route = { header = \"x-candidate\" }", "route = \"own_url\"");
    let none = (
        "[environments.production]\ntarget = \"web\"\nurl = \"http://127.0.0.1:1\"",
        "[environments.production]\ntarget = \"web\"",
    );
    Harbor::edited_in(&[own, none])
}

#[tokio::test(start_paused = true)]
async fn a_release_is_watched_from_its_first_traffic_on_armed_or_not() {
    let harbor = Harbor::placed().await;
    let status = || Request::Status { which: which() };
    harbor.advance().await.unwrap();
    let view = harbor.get(status()).await;
    assert!(view.rollout.armed.state == State::NotArmed && view.is_watched(), "{:?}", view.rollout.armed);
    harbor.back().await.unwrap();
    assert!(!harbor.get(status()).await.is_watched());
}

#[tokio::test(start_paused = true)]
async fn nothing_gets_traffic_where_nobody_can_look() {
    let harbor = without_address();
    harbor.name().await;
    let preview = harbor.preview(Forward::Deploy { environment: "production".into() }).await;
    assert!(preview.consequences.iter().any(|line| line.contains("no `url`")), "{preview:?}");
    harbor.deploy("production").await.unwrap();
    let fault = harbor.advance().await.unwrap_err();
    assert_eq!(fault.code, Code::Refused);
    assert!(fault.message.contains("[environments.production]"), "{fault}");
    assert_eq!(harbor.outside.sent(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_address_that_a_look_finds_is_kept() {
    let mut harbor = without_address();
    harbor.name().await;
    harbor.outside.state().url = Some("http://127.0.0.1:2".into());
    harbor.outside.next(Fate::LostAfter);
    harbor.deploy("production").await.unwrap();
    harbor.outside.state().url = None;
    harbor.reopen(TimeDelta::zero());
    harbor.advance().await.unwrap();
    harbor.look(1).await;
    assert_eq!(harbor.outside.state().looks, 1);
}

#[tokio::test(start_paused = true)]
async fn a_look_that_cannot_be_made_is_no_data_and_people_are_told() {
    let harbor = without_address();
    harbor.name().await;
    harbor.deploy("production").await.unwrap();
    // An earlier version let it get traffic.
    let (release, operation) = (harbor.release(), OperationId(uuid::Uuid::now_v7()));
    let share = Share::percent(5.into()).unwrap();
    let intended = Event::Intended {
        operation,
        act: Act::SetShare { share, stage: Some(1) },
        environment: "production".into(),
        target: "web".into(),
        deployment: release.deployments[0].id.clone(),
        candidate: 1,
        expected: Expected::Anything,
        preview: Preview { method: String::new(), target: String::new(), body: Vec::new() },
        effect: EffectClass::Opaque,
        acting: None,
        rehearsal: false,
    };
    let settled = Event::Settled { operation, outcome: Outcome::Applied { url: None } };
    harbor.engine().record(release.id, &[intended, settled]).unwrap();
    harbor.look(1).await;
    let armed = harbor.get(Request::Status { which: which() }).await.rollout.armed;
    assert!(armed.state == State::NotArmed && armed.text.contains("has no address"), "{armed:?}");
    assert!(harbor.outside.state().notices.iter().any(|notice| notice.title.ends_with("is not watched")));
    harbor.look(20).await;
    assert!(harbor.release().hold.is_some_and(|hold| hold.reason.contains("no measurement")));
    assert_eq!((harbor.kinds("guardrail.blind"), harbor.outside.state().looks), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn samples_that_cannot_be_kept_stop_no_rollback() {
    let mut harbor = Harbor::climbing().await;
    harbor.look(3).await;
    harbor.leave();
    let samples = harbor.home().join("samples");
    std::fs::remove_dir_all(&samples).unwrap();
    std::fs::write(&samples, "in the way").unwrap();
    harbor.reopen(TimeDelta::zero());
    harbor.outside.state().errors = 5;
    harbor.look(12).await;
    assert_eq!(harbor.release().lifecycle, Lifecycle::RolledBack);
    assert!(harbor.outside.state().notices.iter().any(|notice| notice.title.ends_with("cannot be kept")));
}
