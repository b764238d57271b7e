//! What can become of one operation.

use super::harbor::*;
use super::outside::Fate;
use seaworthy_domain::DeploymentId;
use seaworthy_domain::Lifecycle;
use seaworthy_domain::Share;
use seaworthy_domain::operation::OperationState;
use seaworthy_ports::ReadError;
use seaworthy_wire::Code;
use seaworthy_wire::Request;
use seaworthy_wire::Saw;

fn candidate(harbor: &Harbor) -> DeploymentId {
    harbor.release().deployment_in("production").unwrap().id.clone()
}

fn stage(harbor: &Harbor) -> Option<u32> {
    harbor.release().ladder.and_then(|ladder| ladder.current().map(|entry| entry.stage))
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_lost_is_found_by_looking() {
    let harbor = Harbor::placed().await;
    harbor.outside.next(Fate::LostAfter);
    harbor.advance().await.unwrap();
    assert_eq!(stage(&harbor), Some(1));
    let harbor = Harbor::placed().await;
    harbor.outside.next(Fate::LostBefore);
    assert_eq!(harbor.advance().await.unwrap_err().code, Code::Outside);
    assert_eq!((stage(&harbor), harbor.outside.sent()), (None, 2), "nothing is sent again by itself");
    harbor.advance().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_refusal_and_what_never_left_change_nothing() {
    for fate in [Fate::Refused, Fate::NotSent] {
        let harbor = Harbor::placed().await;
        let before = harbor.release().position();
        harbor.outside.next(fate);
        assert_eq!(harbor.advance().await.unwrap_err().code, Code::Outside);
        assert_eq!(harbor.release().position(), before);
        assert!(harbor.release().open_operation().is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn only_the_tree_of_the_candidate_is_deployed() {
    let harbor = Harbor::named().await;
    harbor.outside.state().modified = vec!["src/main.rs".into()];
    let step = seaworthy_wire::Forward::Deploy { environment: "production".into() };
    let shown = harbor.reply(Request::Preview { which: which(), step }).await.unwrap_err();
    let refused = harbor.deploy("production").await.unwrap_err();
    assert_eq!((shown.code, refused.code), (Code::Refused, Code::Refused));
    assert!(refused.message.contains("tracked files differ from the commit (src/main.rs)"), "{refused}");
    assert_eq!((refused, harbor.outside.sent()), (shown, 0));
    harbor.outside.state().modified.clear();
    harbor.deploy("production").await.unwrap();
    // From here on nothing is taken from the tree.
    harbor.outside.state().modified = vec!["src/main.rs".into()];
    harbor.advance().await.unwrap();
    harbor.back().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn accepted_is_not_done() {
    let harbor = Harbor::placed().await;
    let id = candidate(&harbor);
    harbor.advance().await.unwrap();
    harbor.look(30).await;
    harbor.outside.next(Fate::Partly("20%".parse().unwrap()));
    let fault = harbor.advance().await.unwrap_err();
    assert_eq!(fault.code, Code::Unknown);
    assert!(matches!(harbor.release().open_operation().unwrap().state, OperationState::Unknown(_)));
    // Half of it is neither done nor undone, however often somebody looks.
    assert_eq!(harbor.reconcile(None).await.unwrap_err().code, Code::Unknown);
    let looks = harbor.kinds("op.observed");
    assert_eq!(harbor.reconcile(None).await.unwrap_err().code, Code::Unknown);
    assert_eq!(harbor.kinds("op.observed"), looks, "the same half is no news");
    assert_eq!(harbor.advance().await.unwrap_err().code, Code::Unknown);
    harbor.outside.catch_up("production", &id);
    harbor.reconcile(None).await.unwrap();
    assert_eq!((stage(&harbor), harbor.outside.sent()), (Some(2), 3));
    assert_eq!(harbor.reconcile(None).await.unwrap_err().code, Code::Refused);
}

#[tokio::test(start_paused = true)]
async fn what_takes_no_effect_is_known_not_to_have() {
    let harbor = Harbor::placed().await;
    harbor.outside.next(Fate::Later);
    assert_eq!(harbor.advance().await.unwrap_err().code, Code::Outside);
    assert_eq!((stage(&harbor), harbor.release().open_operation().cloned()), (None, None));
}

#[tokio::test(start_paused = true)]
async fn a_target_that_somebody_changed_is_left_alone() {
    let harbor = Harbor::placed().await;
    harbor.outside.meddle(&candidate(&harbor), "7%");
    let fault = harbor.advance().await.unwrap_err();
    assert_eq!(fault.code, Code::Outside);
    assert!(fault.message.contains("7%"), "{fault}");
    assert_eq!(harbor.outside.sent(), 1);
}

#[tokio::test(start_paused = true)]
async fn forward_needs_a_look_and_backward_does_not() {
    let harbor = Harbor::climbing().await;
    harbor.look(30).await;
    harbor.outside.state().unreadable = Some(ReadError::Failed("no route".into()));
    assert_eq!(harbor.advance().await.unwrap_err().code, Code::Outside);
    assert_eq!(harbor.outside.sent(), 2);
    let back = harbor.back().await.unwrap_err();
    assert_eq!((back.code, harbor.outside.backward()), (Code::Unknown, 1));
    assert_eq!(harbor.outside.share(&candidate(&harbor)), Share::NONE);
    // Unknown, and nobody can look: it is not sent again.
    assert_eq!(harbor.back().await.unwrap_err().code, Code::Unknown);
    harbor.look(3).await;
    assert_eq!(harbor.outside.backward(), 1);
    harbor.outside.state().unreadable = None;
    harbor.look(1).await;
    assert_eq!(harbor.release().lifecycle, Lifecycle::RolledBack);
}

#[tokio::test(start_paused = true)]
async fn a_step_that_a_rollback_overtook_half_way_ends_with_it() {
    let harbor = Harbor::climbing().await;
    harbor.look(30).await;
    harbor.outside.next(Fate::Partly("20%".parse().unwrap()));
    assert_eq!(harbor.advance().await.unwrap_err().code, Code::Unknown);
    assert!(harbor.back().await.unwrap().head.rolled_back);
    assert_eq!(harbor.release().open_operation(), None);
    harbor.get(Request::Candidate { which: which(), revision: None, again: true }).await;
    harbor.deploy("production").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_cannot_look_goes_back_all_the_same_by_their_word() {
    for eye in [ReadError::NoEye, ReadError::Failed("no route".into())] {
        let harbor = Harbor::climbing().await;
        harbor.outside.state().unreadable = Some(eye);
        harbor.outside.next(Fate::LostBefore);
        assert_eq!(harbor.back().await.unwrap_err().code, Code::Unknown);
        let refused = harbor.back().await.unwrap_err();
        assert_eq!((refused.code, harbor.outside.backward()), (Code::Unknown, 1), "{refused}");
        // The watch has no word to give.
        harbor.look(2).await;
        assert_eq!(harbor.outside.backward(), 1);
        let request = Request::Rollback { which: which(), reason: "enough".into(), emergency: true };
        let _unknown_where_it_cannot_be_confirmed = harbor.ask(request).await;
        assert_eq!(harbor.outside.backward(), 2);
        assert_eq!(harbor.outside.share(&candidate(&harbor)), Share::NONE);
        let first = harbor.release().operations.iter().find(|op| op.act.is_backward()).cloned().unwrap();
        assert_eq!(first.state, OperationState::Void("dana cannot look, and goes back again".into()));
    }
}

#[tokio::test(start_paused = true)]
async fn where_nobody_can_look_the_captain_must() {
    for (saw, reached) in [(Saw::Applied, Some(1)), (Saw::Absent, None)] {
        let harbor = Harbor::placed().await;
        harbor.outside.state().unreadable = Some(ReadError::NoEye);
        harbor.outside.next(Fate::LostBefore);
        assert_eq!(harbor.advance().await.unwrap_err().code, Code::Unknown);
        assert_eq!(harbor.reconcile(None).await.unwrap_err().code, Code::Unknown);
        harbor.reconcile(Some(saw)).await.unwrap();
        assert_eq!(stage(&harbor), reached);
    }
    // Where somebody can look, what is there counts and not what somebody says.
    let harbor = Harbor::placed().await;
    harbor.outside.state().unreadable = Some(ReadError::NoEye);
    harbor.outside.next(Fate::LostBefore);
    harbor.advance().await.unwrap_err();
    harbor.outside.state().unreadable = None;
    harbor.reconcile(Some(Saw::Applied)).await.unwrap();
    assert_eq!(stage(&harbor), None);
}

#[tokio::test(start_paused = true)]
async fn what_changes_while_the_target_is_read_is_not_sent() {
    let harbor = Harbor::placed().await;
    harbor.outside.state().sabotage = Some("share".into());
    let fault = harbor.advance().await.unwrap_err();
    assert!(fault.message.contains("target web: set share changed since it was approved"), "{fault}");
    assert_eq!(harbor.outside.sent(), 1);
    let fault = harbor.back().await.unwrap_err();
    assert_eq!((fault.code, harbor.outside.sent()), (Code::NeedsApproval, 1), "not even to go back");
}

#[tokio::test(start_paused = true)]
async fn a_hold_during_the_look_stops_what_was_about_to_be_sent() {
    let harbor = Harbor::placed().await;
    let (advanced, ()) = tokio::join!(harbor.advance(), async {
        harbor.outside.looked.notified().await;
        harbor.hold().await;
    });
    assert!(advanced.unwrap_err().message.contains("on hold"));
    assert_eq!(harbor.outside.sent(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_hold_between_two_steps_of_a_deploy_stops_the_second() {
    let harbor = Harbor::named().await;
    harbor.get(Request::Check { which: which(), names: vec!["lint".into()] }).await;
    harbor.outside.next(Fate::Waits);
    let (deployed, ()) = tokio::join!(harbor.deploy("staging"), async {
        harbor.outside.until_it_waits().await;
        harbor.hold().await;
        harbor.outside.go.notify_one();
    });
    assert_eq!(deployed.unwrap_err().code, Code::Refused);
    assert_eq!(harbor.outside.sent(), 1);
    assert_eq!(harbor.release().deployment_in("staging").unwrap().share, Share::NONE);
}

#[tokio::test(start_paused = true)]
async fn a_rollback_during_an_advance_waits_for_its_end_and_wins() {
    let harbor = Harbor::placed().await;
    let id = candidate(&harbor);
    harbor.outside.next(Fate::Waits);
    let (advanced, back, ()) = tokio::join!(
        harbor.advance(),
        async {
            harbor.outside.until_it_waits().await;
            harbor.back().await
        },
        async {
            while harbor.release().hold.is_none() {
                tokio::task::yield_now().await;
            }
            assert_eq!(harbor.outside.sent(), 2, "the hold is recorded while the advance is on its way");
            harbor.outside.go.notify_one();
        }
    );
    advanced.unwrap();
    assert!(back.unwrap().head.rolled_back);
    assert_eq!((harbor.outside.share(&id), harbor.outside.backward()), (Share::NONE, 1));
    assert!(harbor.release().hold.is_none() && harbor.release().open_operation().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_step_that_is_waited_for_makes_way_for_a_rollback_on_hold_too() {
    let harbor = Harbor::climbing().await;
    harbor.look(30).await;
    harbor.outside.next(Fate::Partly("20%".parse().unwrap()));
    let (advanced, back) = tokio::join!(harbor.advance(), async {
        while harbor.outside.sent() < 3 {
            tokio::task::yield_now().await;
        }
        harbor.hold().await;
        harbor.back().await
    });
    assert_eq!(advanced.unwrap_err().code, Code::Unknown);
    let view = back.unwrap();
    assert!(view.head.rolled_back && view.head.hold.is_some(), "a person's hold stays");
    let events = harbor.engine().ledger.events(0, 1_000).unwrap();
    let outcomes: Vec<_> = events.iter().filter(|stored| stored.event.kind == "op.outcome").collect();
    let said = format!("{:?}", outcomes[2].event.body);
    assert!(said.contains("not waited for: traffic goes back"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn a_step_that_a_rollback_overtook_says_so() {
    let harbor = Harbor::climbing().await;
    let expect = harbor.release().position();
    harbor.back().await.unwrap();
    let step = seaworthy_wire::Forward::Advance;
    let late = harbor.ask(Request::Move { which: which(), step, expect }).await.unwrap_err();
    assert_eq!(late.code.exit_status(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_hold_of_a_person_outlasts_the_rollback() {
    let harbor = Harbor::climbing().await;
    harbor.hold().await;
    let view = harbor.back().await.unwrap();
    assert!(view.head.rolled_back && view.head.hold.is_some());
    let next = harbor.ask(Request::Candidate { which: which(), revision: None, again: true }).await;
    assert_eq!(next.unwrap_err().code, Code::Refused);
}

#[tokio::test(start_paused = true)]
async fn a_candidate_without_traffic_can_be_taken_back_too() {
    let harbor = Harbor::placed().await;
    assert!(harbor.back().await.unwrap().head.rolled_back);
    harbor.get(Request::Candidate { which: which(), revision: None, again: true }).await;
}

#[tokio::test(start_paused = true)]
async fn the_frozen_policy_is_the_one_whose_gate_is_passed() {
    let harbor = Harbor::new();
    let folder = harbor.home().parent().unwrap().join("project").to_string_lossy().into_owned();
    harbor.get(Request::Open { folder, version: "1.0.0".into() }).await;
    let guarded = "guards = \"freeze\"\ncriteria = [{ id = \"lessons\"";
    harbor.policy_with("guards = \"close\"\ncriteria = [{ id = \"lessons\"", guarded);
    let fault = harbor.ask(Request::Freeze { which: which() }).await.unwrap_err();
    assert_eq!(fault.missing.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(), ["done/lessons"]);
    harbor.policy_with("000000000001", "000000000002");
    assert_eq!(harbor.ask(Request::Freeze { which: which() }).await.unwrap_err().code, Code::Refused);
}

#[tokio::test(start_paused = true)]
async fn a_commit_that_is_a_candidate_already_is_named_again_only_on_demand() {
    let harbor = Harbor::climbing().await;
    let name = |again| Request::Candidate { which: which(), revision: None, again };
    harbor.back().await.unwrap();
    let fault = harbor.ask(name(false)).await.unwrap_err();
    let expected = "c0ffeec0 is rc.1, which was rolled back: enough";
    assert_eq!((fault.code, fault.message.as_str()), (Code::NamedBefore, expected));
    assert_eq!(harbor.get(name(true)).await.head.candidate.as_deref(), Some("rc.2"));
    let fault = harbor.ask(name(false)).await.unwrap_err();
    assert!(fault.message.starts_with("c0ffeec0 is rc.2, the candidate already"), "{fault}");
    assert_eq!(harbor.release().candidates.len(), 2);
}
