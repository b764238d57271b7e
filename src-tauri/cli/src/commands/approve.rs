//! Reviewing and approving the exact commands that may run here.

use super::confirm;
use crate::run::Ended;
use crate::run::Place;
use crate::session::Session;
use crate::session::unexpected;
use seaworthy_wire::ApprovalView;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;

pub(crate) async fn approve(session: &mut Session<'_>, place: &Place, names: &[String], all: bool) -> Ended {
    let which = session.which.clone();
    let found = match session.ask(Request::Approvals { which: which.clone() }).await? {
        Reply::Approvals(found) => found,
        other => return Err(unexpected(&other)),
    };
    let wanted = choose(found, names)?;
    let waiting: Vec<ApprovalView> = wanted.into_iter().filter(|approval| !approval.approved).collect();
    if waiting.is_empty() {
        session.out.say("Every command is approved.\n");
        session.out.record("approvals", None, None, &waiting);
        return Ok(None);
    }
    let text = crate::render::approvals(&waiting, session.out.paint);
    session.out.say(&text);
    let (broken, sound): (Vec<_>, Vec<_>) = waiting.iter().partition(|approval| approval.problem.is_some());
    if let [first, ..] = broken.as_slice() {
        let problem = first.problem.clone().unwrap_or_default();
        let fault = Fault::new(Code::Refused, format!("{} cannot be approved: {problem}", first.subject));
        if sound.is_empty() || !names.is_empty() {
            return Err(fault);
        }
        session.out.warn(&fault);
    }
    decide(session, place, &sound, all || !names.is_empty()).await?;
    let digests = sound.iter().map(|approval| approval.digest.clone()).collect();
    let view = session.ask_release(Request::Approve { which, digests }).await?;
    let subjects: Vec<&str> = sound.iter().map(|approval| approval.subject.as_str()).collect();
    session.out.say(&format!("\nApproved for this machine: {}\n", subjects.join(", ")));
    session.out.record("release", Some(&view.head.id), None, &view);
    Ok(None)
}

/// Once by a person, or by words that say what is meant.
async fn decide(
    session: &mut Session<'_>,
    place: &Place,
    waiting: &[&ApprovalView],
    named: bool,
) -> Result<(), Fault> {
    if place.yes && named {
        return Ok(());
    }
    let subjects: Vec<&str> = waiting.iter().map(|approval| approval.subject.as_str()).collect();
    if session.out.console.can_ask && !place.yes {
        let these = if waiting.len() == 1 {
            "this command".to_owned()
        } else {
            format!("these {} commands", waiting.len())
        };
        return confirm(session.out, &format!("\nApprove {these} for this machine?")).await;
    }
    session.out.record("approvals", None, Some(Code::NeedsApproval), &waiting);
    let fault = Fault::new(Code::NeedsApproval, format!("waiting for approval: {}", subjects.join(", ")));
    let flags = if named { "--yes" } else { "--all --yes, or names and --yes" };
    Err(fault.with_help(format!("read the text above; when it may run on this machine, add {flags}")))
}

/// Those that were named, or all.
fn choose(found: Vec<ApprovalView>, names: &[String]) -> Result<Vec<ApprovalView>, Fault> {
    if let Some(strange) = names.iter().find(|name| !found.iter().any(|approval| is_named(approval, name))) {
        let known: Vec<&str> = found.iter().map(|approval| approval.subject.as_str()).collect();
        let fault = Fault::new(Code::BadInput, format!("no command belongs to {strange}"));
        return Err(fault.with_help(format!("there are: {}", known.join(", "))));
    }
    let wanted =
        |approval: &ApprovalView| names.is_empty() || names.iter().any(|name| is_named(approval, name));
    Ok(found.into_iter().filter(wanted).collect())
}

/// `check lint` is meant by `lint`, `target web: deploy` by `web`, and each by all of its words.
fn is_named(approval: &ApprovalView, name: &str) -> bool {
    let subject = approval.subject.as_str();
    let rest = subject.split_once(' ').map_or(subject, |(_, rest)| rest);
    subject == name || rest == name || rest.split_once(':').is_some_and(|(target, _)| target == name)
}
