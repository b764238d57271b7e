//! Ledgers and evidence that are not as they were left.

use super::harbor::*;
use chrono::TimeDelta;
use seaworthy_domain::operation::OperationState;
use seaworthy_wire::Code;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use std::fs;
use tokio::sync::mpsc;

#[tokio::test(start_paused = true)]
async fn a_policy_that_cannot_be_read_stops_everything_but_the_stop() {
    let mut harbor = Harbor::climbing().await;
    let digest = harbor.release().policy.to_string();
    harbor.leave();
    let mut blobs = vec![harbor.home().join("evidence")];
    let mut spoilt = 0;
    while let Some(path) = blobs.pop() {
        if path.is_dir() {
            blobs.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if digest.ends_with(&*path.file_name().unwrap().to_string_lossy()) {
            fs::remove_file(&path).unwrap();
            fs::write(&path, "spoilt").unwrap();
            spoilt += 1;
        }
    }
    assert_eq!(spoilt, 1, "the pinned policy was not found");
    harbor.reopen(TimeDelta::zero());
    assert_eq!(harbor.advance().await.unwrap_err().code, Code::Integrity);
    let _ = harbor.ask(Request::Hold { which: which(), reason: "stop".into() }).await;
    assert_eq!(harbor.release().hold.map(|hold| hold.reason).as_deref(), Some("stop"));
    assert_eq!(harbor.outside.sent(), 2);
    // A watch goes on for whoever else there is, and says that this one has none.
    harbor.look(2).await;
    assert!(harbor.outside.state().notices.iter().any(|notice| notice.title.ends_with("is not watched")));
}

#[tokio::test(start_paused = true)]
async fn a_ledger_that_lost_its_newest_events_moves_only_once_accepted() {
    let mut harbor = Harbor::placed().await;
    harbor.leave();
    let home = harbor.home();
    let ledger = || fs::read_dir(&home).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<_> = ledger().filter(|path| path.to_string_lossy().contains("ledger.db")).collect();
    let copies: Vec<_> = files.iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect();
    harbor.reopen(TimeDelta::zero());
    harbor.outside.next(super::outside::Fate::LostBefore);
    harbor.outside.state().unreadable = Some(seaworthy_ports::ReadError::NoEye);
    harbor.advance().await.unwrap_err();
    harbor.leave();
    // Yesterday's copy is put back beside today's anchor.
    for path in ledger().filter(|path| path.to_string_lossy().contains("ledger.db")).collect::<Vec<_>>() {
        fs::remove_file(path).unwrap();
    }
    for (path, bytes) in copies {
        fs::write(path, bytes).unwrap();
    }
    harbor.reopen(TimeDelta::zero());
    assert_eq!(harbor.advance().await.unwrap_err().code, Code::Integrity);
    assert_eq!(harbor.outside.sent(), 2);
    let (pushes, _) = mpsc::channel(1);
    let accept = Request::AcceptRegression { reason: "restored a copy".into() };
    assert_eq!(harbor.engine().call(accept, pushes).await, Ok(Reply::Done));
    assert_eq!(harbor.kinds("ledger.regression_accepted"), 1);
    assert!(harbor.release().operations.iter().all(|op| op.state == OperationState::Applied));
    harbor.outside.state().unreadable = None;
    harbor.advance().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_damaged_ledger_is_only_shown() {
    let mut harbor = Harbor::placed().await;
    harbor.leave();
    let path = harbor.home().join("ledger.db");
    let mut bytes = fs::read(&path).unwrap();
    let needle = b"release.opened";
    let found: Vec<_> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(needle)).collect();
    assert!(!found.is_empty());
    for at in found {
        bytes[at] ^= 1;
    }
    fs::write(&path, bytes).unwrap();
    let engine = match harbor.open(&harbor.home()) {
        Ok(engine) => engine,
        Err(fault) => return assert_eq!(fault.code, Code::Integrity),
    };
    let request = Request::Hold { which: which(), reason: "stop".into() };
    let (pushes, _) = mpsc::channel(1);
    assert!(engine.call(request, pushes).await.is_err());
    engine.tick().await;
    assert_eq!(harbor.outside.sent(), 1);
}
