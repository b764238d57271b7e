//! What people are told, how often, and what they do about it.

use super::harbor::*;
use super::outside::Fate;
use chrono::TimeDelta;
use seaworthy_domain::Lifecycle;
use seaworthy_ports::Button;
use seaworthy_ports::Notice;
use seaworthy_ports::Press;
use seaworthy_ports::ReadError;
use seaworthy_wire::AttentionChange;
use seaworthy_wire::AttentionView;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use seaworthy_wire::QuietChange;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use seaworthy_wire::State;
use secrecy::SecretString;

const BREACHED: &str = "error_rate > 1%";

impl Harbor {
    fn said(&self) -> Vec<Notice> {
        std::mem::take(&mut self.outside.state().notices)
    }

    fn titles(&self) -> Vec<String> {
        self.said().into_iter().map(|notice| notice.title).collect()
    }

    async fn wish(&self, change: AttentionChange) -> Result<AttentionView, Fault> {
        match self.reply(Request::Attention { change: Some(change) }).await? {
            Reply::Attention(view) => Ok(view),
            other => panic!("no settings: {other:?}"),
        }
    }

    async fn press(&self, notice: &Notice, button: Button) -> Option<Option<seaworthy_domain::ReleaseId>> {
        let press = Press { slot: notice.slot.clone(), button };
        self.engine().press(&press).await.unwrap()
    }

    /// On hold by a guardrail, and people were told; gives the notice.
    async fn stopped() -> (Self, Notice) {
        let harbor = Self::edited("then = \"rollback\"", "then = \"notify\"");
        harbor.name().await;
        harbor.deploy("production").await.unwrap();
        harbor.advance().await.unwrap();
        harbor.outside.state().errors = 5;
        harbor.look(12).await;
        let said = harbor.said();
        let first = said.first().unwrap_or_else(|| panic!("nothing was said")).clone();
        assert!(first.title.ends_with("is over its limit"), "{first:?}");
        harbor.look(1).await;
        harbor.said();
        (harbor, first)
    }
}

#[tokio::test(start_paused = true)]
async fn a_breach_is_said_until_somebody_saw_it() {
    let (harbor, notice) = Harbor::stopped().await;
    harbor.look(4 * 25).await;
    let again = harbor.titles();
    assert!(again.len() == 2 && again.iter().all(|title| *title == notice.title), "{again:?}");
    let view = harbor.get(Request::Status { which: which() }).await;
    assert_eq!(view.notices.open.len(), 1);
    assert_eq!(view.notices.open[0].title, notice.title);
    let view = harbor.get(Request::Seen { which: which() }).await;
    assert!(view.notices.open.is_empty());
    assert_eq!(
        (harbor.kinds("notice.settled"), &harbor.outside.state().withdrawn[..]),
        (1, &[notice.slot][..])
    );
    harbor.look(4 * 60).await;
    assert_eq!(harbor.titles(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn whoever_acts_on_a_release_has_seen_what_was_said_of_it() {
    let (harbor, _) = Harbor::stopped().await;
    harbor.clock.advance(TimeDelta::seconds(1));
    harbor.hold().await;
    assert_eq!(harbor.kinds("notice.settled"), 1);
    assert!(harbor.get(Request::Status { which: which() }).await.notices.open.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_restart_goes_on_where_it_was() {
    let (mut harbor, notice) = Harbor::stopped().await;
    harbor.reopen(TimeDelta::seconds(1));
    harbor.engine().remind().await;
    assert_eq!(harbor.titles(), Vec::<String>::new(), "it was just said");
    harbor.clock.advance(TimeDelta::minutes(20));
    harbor.engine().remind().await;
    let said = harbor.said();
    assert_eq!(said.len(), 1);
    assert_eq!((&said[0].title, &said[0].body, &said[0].slot), (&notice.title, &notice.body, &notice.slot));
    harbor.get(Request::Seen { which: which() }).await;
    harbor.reopen(TimeDelta::hours(1));
    harbor.engine().remind().await;
    assert_eq!(harbor.titles(), Vec::<String>::new(), "it was seen");
}

#[tokio::test(start_paused = true)]
async fn what_nobody_could_be_told_is_said_afterwards() {
    let harbor = Harbor::climbing().await;
    harbor.outside.state().deaf = Some("no service".into());
    harbor.outside.state().errors = 5;
    harbor.look(12).await;
    assert_eq!(harbor.release().lifecycle, Lifecycle::RolledBack);
    let view = harbor.get(Request::Status { which: which() }).await;
    let unheard: Vec<_> =
        view.notices.unheard.iter().map(|one| (one.title.as_str(), one.why.as_str())).collect();
    assert!(unheard.contains(&("Rolling back harbor 1.0.0", "no service")), "{unheard:?}");
    let doctor = harbor.reply(Request::TryNotice).await.unwrap_err();
    assert_eq!(doctor.code, Code::Outside);
    let view = harbor.get(Request::Abandon { which: which(), reason: "enough".into() }).await;
    assert!(view.head.over && !view.notices.unheard.is_empty());
    assert!(view.notices.open.is_empty(), "nothing is said any more of a release that is over");
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_rollback_is_said_and_its_beginning_taken_back() {
    let harbor = Harbor::climbing().await;
    harbor.outside.state().errors = 5;
    harbor.look(13).await;
    let said = harbor.said();
    let title = |notice: &Notice| notice.title.clone();
    let begun = said.iter().find(|notice| notice.title.starts_with("Rolling back")).unwrap();
    assert!(said.iter().map(title).any(|title| title == "harbor 1.0.0 was rolled back"), "{said:?}");
    assert!(harbor.outside.state().withdrawn.contains(&begun.slot));
}

#[tokio::test(start_paused = true)]
async fn a_step_that_nobody_took_and_nobody_knows_of_is_said() {
    let harbor = Harbor::edited("name = \"Canary\"", "name = \"Canary\"\nauto_advance = true");
    harbor.name().await;
    harbor.deploy("production").await.unwrap();
    harbor.advance().await.unwrap();
    harbor.outside.next(Fate::Waits);
    harbor.glance(24).await;
    harbor.outside.until_it_waits().await;
    harbor.outside.state().unreadable = Some(ReadError::Failed("gone".into()));
    harbor.outside.go.notify_one();
    harbor.engine().idle().await;
    let unknown = "harbor 1.0.0: the outcome of a step is unknown";
    assert!(harbor.titles().iter().any(|title| title == unknown));
    harbor.outside.state().unreadable = None;
    harbor.look(2).await;
    harbor.titles();
    harbor.look(40).await;
    assert!(harbor.titles().iter().all(|title| title != unknown), "it is known now");
}

#[tokio::test(start_paused = true)]
async fn hidden_names_stay_in_the_ledger() {
    let (harbor, notice) = Harbor::stopped().await;
    assert!(notice.body.contains(BREACHED) && notice.title.contains("harbor"));
    let view = harbor.wish(AttentionChange { names_hidden: Some(true), quiet: None }).await.unwrap();
    assert!(view.names_hidden);
    harbor.look(30).await;
    for Notice { title, body, .. } in harbor.said() {
        assert_eq!(
            (title.as_str(), body.as_str()),
            ("A guardrail is over its limit", "Open Seaworthy to see which.")
        );
    }
    let told = harbor.get(Request::Status { which: which() }).await.recent;
    assert!(told[0].text.contains("harbor 1.0.0"), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_decision_waits_for_the_morning_and_a_breach_does_not() {
    let harbor = Harbor::climbing().await;
    let quiet = |hours: &str| AttentionChange {
        quiet: Some(QuietChange::Hours { hours: hours.into(), zone: "UTC".into() }),
        names_hidden: None,
    };
    for hours in ["8", "08:00-08:00", "08:00-24:01"] {
        assert_eq!(harbor.wish(quiet(hours)).await.unwrap_err().code, Code::BadInput, "{hours}");
    }
    assert_eq!(harbor.kinds("notices.set"), 0);
    harbor.wish(quiet("08:00-09:00")).await.unwrap();
    harbor.look(24).await;
    assert_eq!((harbor.titles(), harbor.kinds("notice.kept_back")), (Vec::new(), 1));
    harbor.outside.state().errors = 5;
    harbor.look(12).await;
    assert_eq!(harbor.titles()[0], "Rolling back harbor 1.0.0");
    harbor.get(Request::Seen { which: which() }).await;
    assert_eq!(harbor.kinds("notice.settled"), 2);
}

#[tokio::test(start_paused = true)]
async fn what_was_held_back_is_said_after_a_restart_too() {
    let mut harbor = Harbor::climbing().await;
    let quiet = Some(QuietChange::Hours { hours: "08:00-09:00".into(), zone: "UTC".into() });
    harbor.wish(AttentionChange { quiet, names_hidden: None }).await.unwrap();
    harbor.look(24).await;
    harbor.reopen(TimeDelta::hours(1));
    harbor.engine().remind().await;
    assert_eq!(harbor.titles(), ["harbor 1.0.0: you decide"]);
}

#[tokio::test(start_paused = true)]
async fn a_notice_can_hold_and_nothing_more() {
    let (harbor, notice) = Harbor::stopped().await;
    assert!(notice.holds);
    assert_eq!(harbor.press(&notice, Button::Hold).await, None);
    let hold = harbor.release().hold.expect("a hold");
    assert_eq!(hold.reason, "held from a notice");
    assert!(harbor.get(Request::Status { which: which() }).await.notices.open.is_empty(), "and it was seen");
    let unknown = Notice { slot: "nothing".into(), ..notice };
    assert_eq!(harbor.press(&unknown, Button::Hold).await, None);
    assert_eq!(harbor.press(&unknown, Button::Open).await, Some(None));
}

#[tokio::test(start_paused = true)]
async fn opening_a_notice_leads_to_its_release_and_is_seeing_it() {
    let (harbor, notice) = Harbor::stopped().await;
    assert_eq!(harbor.press(&notice, Button::Open).await, Some(Some(harbor.id())));
    assert_eq!(harbor.kinds("notice.settled"), 1);
    assert!(harbor.release().hold.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_secret_is_masked_in_a_notice() {
    let harbor = Harbor::climbing().await;
    harbor.engine().ports.redactor.learn(&SecretString::from("error_rate > 1%"));
    harbor.outside.state().errors = 5;
    harbor.look(12).await;
    let said = harbor.said();
    assert!(!said.is_empty() && said.iter().all(|notice| !notice.body.contains(BREACHED)), "{said:?}");
}

#[tokio::test(start_paused = true)]
async fn a_doctor_and_settings_say_who_shows_notices() {
    let harbor = Harbor::new();
    let Reply::Attention(view) = harbor.reply(Request::Attention { change: None }).await.unwrap() else {
        panic!("no settings")
    };
    assert_eq!((view.service.as_deref(), view.problem, view.quiet), (Some("kept"), None, None));
    let Reply::Doctor(doctor) = harbor.reply(Request::Doctor).await.unwrap() else { panic!("no doctor") };
    assert!(doctor.lines.iter().any(|line| line.what == "notifications" && line.state == State::Pass));
}
